"""Keys: what identifies an instance within its class, and that two spellings of a string are the same key.

Strings are compared by the rule of WQL (``wmix.wql.casing``), so that looking an object up by its path and finding it
by a query give the same.  ``stored_keys`` makes octets of it.  Depends on ``cim``, ``wql.casing`` and ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.layout import UNSET
from wmix.errors import error_for
from wmix.status import WBEM_E_NO_KEY
from wmix.wql.casing import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout

__all__ = ["effective_keys", "full_values", "instance_key"]


def instance_key(cls: CimClass, values: Mapping[str, object]) -> tuple[object, ...]:
    """What identifies an instance within its class: its key values in class order, strings without case.

    Args:
        values: by name in the class's spelling; others than keys are ignored.

    Raises:
        WmiError: WBEM_E_NO_KEY for a class that can hold no instances, and for a key that is NULL (brief 1.4.32).
    """
    if not cls.keys:
        if cls.is_singleton:
            return ()
        raise error_for(WBEM_E_NO_KEY, f"{cls.name} has no key property: it cannot hold instances")
    key: list[object] = []
    for name in cls.keys:
        value = values.get(name)
        if value is None:
            raise error_for(WBEM_E_NO_KEY, f"the key {name} of {cls.name} is NULL")
        key.append(fold(value) if isinstance(value, str) else value)
    return tuple(key)


def full_values(instance: CimInstance) -> Sequence[object]:
    """The values of *instance* in the layout of all properties; what a projection left out is unset."""
    layout, values = instance.layout_, instance.raw_values_()
    if not layout.selected:
        return values
    full: list[object] = list(layout.cls.layout.unset)
    for name, value in zip(layout.names, values, strict=True):
        full[layout.cls.layout.exact[name]] = value
    return full


def effective_keys(layout: InstanceLayout, values: Sequence[object]) -> dict[str, object]:
    """The key values by name; a key that is unset has its default."""
    found = {}
    for name in layout.cls.keys:
        i = layout.exact[name]
        found[name] = layout.defaults[i] if values[i] is UNSET else values[i]
    return found
