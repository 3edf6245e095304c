"""The system properties that every object has: ``__GENUS`` to ``__PATH``.  wmi-semantics 3.3, [MS-WMI] 2.2.

They are never stored: all follow from the class, the key values and the origin.  The order is that of Windows
(3.3.1). An instance without usable keys has no ``__RELPATH``; one whose select list left the keys out has no
``__SERVER``, ``__NAMESPACE`` and ``__PATH`` either (asserted on Windows by the reference cases ``object-system-14``
and ``-15``). Depends on ``layout`` and ``paths``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.layout import UNSET
from wmix.cim.names import fold
from wmix.cim.paths import relpath
from wmix.cim.types import GENUS_CLASS, GENUS_INSTANCE, CimType
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout

__all__ = [
    "SYSTEM_PROPERTIES",
    "SYSTEM_TYPES",
    "Origin",
    "class_system_value",
    "instance_relpath",
    "instance_system_value",
    "is_system_name",
    "system_spelling",
]

SYSTEM_TYPES: Final[dict[str, tuple[CimType, bool]]] = {
    "__GENUS": (CimType.SINT32, False),
    "__CLASS": (CimType.STRING, False),
    "__SUPERCLASS": (CimType.STRING, False),
    "__DYNASTY": (CimType.STRING, False),
    "__RELPATH": (CimType.STRING, False),
    "__PROPERTY_COUNT": (CimType.SINT32, False),
    "__DERIVATION": (CimType.STRING, True),
    "__SERVER": (CimType.STRING, False),
    "__NAMESPACE": (CimType.STRING, False),
    "__PATH": (CimType.STRING, False),
}
"""Name -> (CIM type, is array), in the order of enumeration."""

SYSTEM_PROPERTIES: Final = tuple(SYSTEM_TYPES)
"""The names, in the order of enumeration (3.3.1)."""

_BY_FOLDED: Final = {fold(name): name for name in SYSTEM_PROPERTIES}


class Origin(Record):
    """Where an object came from: the computer's name and the namespace (``root\\cimv2``)."""

    server: str
    namespace: str


def is_system_name(name: str) -> bool:
    """Whether *name*, in any case, is one of the ten system properties."""
    return fold(name) in _BY_FOLDED


def system_spelling(name: str) -> str | None:
    """The system property *name* in its own spelling; None when there is none of that name."""
    return _BY_FOLDED.get(fold(name))


def instance_relpath(layout: InstanceLayout, values: Sequence[object]) -> str | None:
    """``Class.Key="v"``, ``Class=@`` for a singleton; None when a key is absent, NULL, or the class has none (4.2)."""
    cls = layout.cls
    path_keys = layout.path_keys
    if path_keys is None:
        return f"{cls.name}=@" if cls.is_singleton and not cls.keys else None
    pairs: list[tuple[str | None, object]] = []
    for name, i in path_keys:
        value = values[i]
        if value is UNSET:
            value = layout.defaults[i]
        if value is None:
            return None
        pairs.append((name, value))
    return relpath(cls.name, pairs)


def instance_system_value(
    layout: InstanceLayout, values: Sequence[object], origin: Origin | None, name: str
) -> int | str | tuple[str, ...] | None:
    """The value of the system property *name* (own spelling) on an instance."""
    cls = layout.cls
    if name == "__GENUS":
        return GENUS_INSTANCE
    if name == "__PROPERTY_COUNT":
        return len(layout.names)
    if name == "__RELPATH":
        return instance_relpath(layout, values)
    if name in ("__SERVER", "__NAMESPACE", "__PATH"):
        if origin is None or (layout.selected and layout.key_indexes is None and cls.keys):
            return None
        if name == "__SERVER":
            return origin.server
        if name == "__NAMESPACE":
            return origin.namespace
        relative = instance_relpath(layout, values)
        return None if relative is None else _absolute(origin.server, origin.namespace, relative)
    return _shared_value(cls, name)


def class_system_value(cls: CimClass, name: str) -> int | str | tuple[str, ...] | None:
    """The value of the system property *name* (own spelling) on a class definition."""
    if name == "__GENUS":
        return GENUS_CLASS
    if name == "__PROPERTY_COUNT":
        return len(cls.properties)
    if name == "__RELPATH":
        return cls.name or None
    if name == "__SERVER":
        return cls.server
    if name == "__NAMESPACE":
        return cls.namespace
    if name == "__PATH":
        if cls.server is None or cls.namespace is None or not cls.name:
            return None
        return _absolute(cls.server, cls.namespace, cls.name)
    return _shared_value(cls, name)


def _shared_value(cls: CimClass, name: str) -> str | tuple[str, ...] | None:
    """The properties that a class and its instances have in common: they tell of the derivation."""
    if name == "__CLASS":
        return cls.name or None
    if name == "__SUPERCLASS":
        return cls.superclass
    if name == "__DYNASTY":
        return cls.dynasty or None
    if name == "__DERIVATION":
        return cls.derivation
    raise KeyError(name)


def _absolute(server: str, namespace: str, relative: str) -> str:
    return f"\\\\{server}\\{namespace}:{relative}"
