"""Selection: which properties GetNames and BeginEnumeration of IWbemClassObject list. Brief 3.4.5, 3.4.6.

The flags fall into groups of which one member may be set: a condition on a qualifier, keys or references, the place of
definition, and for classes overrides.  System properties come first, in the order of Windows (3.3.1).  Local is what
the object's class declares itself, inherited or overridden members apart; on instances the same, whoever set the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.system_properties import SYSTEM_PROPERTIES
from wmix.cim.types import CimType
from wmix.errors import InvalidParameter
from wmix.port.flags import (
    WBEM_FLAG_ALWAYS,
    WBEM_FLAG_CLASS_LOCAL_AND_OVERRIDES,
    WBEM_FLAG_CLASS_OVERRIDES_ONLY,
    WBEM_FLAG_KEYS_ONLY,
    WBEM_FLAG_LOCAL_ONLY,
    WBEM_FLAG_NONSYSTEM_ONLY,
    WBEM_FLAG_ONLY_IF_FALSE,
    WBEM_FLAG_ONLY_IF_IDENTICAL,
    WBEM_FLAG_ONLY_IF_TRUE,
    WBEM_FLAG_PROPAGATED_ONLY,
    WBEM_FLAG_REFS_ONLY,
    WBEM_FLAG_SYSTEM_ONLY,
    WBEM_MASK_CONDITION_ORIGIN,
)

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass, CimProperty

__all__ = ["enumerated_names", "selected_names"]

_CONDITION: Final = 0x3
_KIND: Final = WBEM_FLAG_KEYS_ONLY | WBEM_FLAG_REFS_ONLY
_OVERRIDES: Final = WBEM_FLAG_CLASS_OVERRIDES_ONLY | WBEM_FLAG_CLASS_LOCAL_AND_OVERRIDES
#: 0x70 stands for no restriction: programs pass the mask itself, and Windows accepts it.
_ORIGINS: Final = frozenset(
    (
        0,
        WBEM_FLAG_LOCAL_ONLY,
        WBEM_FLAG_PROPAGATED_ONLY,
        WBEM_FLAG_SYSTEM_ONLY,
        WBEM_FLAG_NONSYSTEM_ONLY,
        WBEM_MASK_CONDITION_ORIGIN,
    )
)


def selected_names(target: CimInstance | CimClass, flags: int, qualifier: str | None, value: object) -> list[str]:
    """The names that GetNames gives.

    Raises:
        InvalidParameter: unknown flags, two of one group, or a condition without its qualifier or value.
    """
    if flags & ~(_CONDITION | _KIND | WBEM_MASK_CONDITION_ORIGIN):
        raise InvalidParameter(f"GetNames does not know the flags 0x{flags:X}", operation="GetNames")
    condition = flags & _CONDITION
    if condition != WBEM_FLAG_ALWAYS and not qualifier:
        raise InvalidParameter("GetNames with a condition needs the name of a qualifier", operation="GetNames")
    if condition == WBEM_FLAG_ONLY_IF_IDENTICAL and value is None:
        raise InvalidParameter("GetNames needs the value to compare with", operation="GetNames")
    names = _listed(target, flags, "GetNames")
    if condition == WBEM_FLAG_ALWAYS or qualifier is None:
        return names
    return [name for name in names if _meets(target, name, condition, qualifier, value)]


def enumerated_names(target: CimInstance | CimClass, flags: int, *, is_class: bool) -> list[str]:
    """The names over which BeginEnumeration goes.

    Raises:
        InvalidParameter: unknown flags, two of one group, or flags for classes on an instance.
    """
    if flags & ~(_KIND | WBEM_MASK_CONDITION_ORIGIN | _OVERRIDES):
        raise InvalidParameter(f"BeginEnumeration does not know the flags 0x{flags:X}", operation="BeginEnumeration")
    overrides = flags & _OVERRIDES
    if overrides and (not is_class or flags & WBEM_MASK_CONDITION_ORIGIN or overrides == _OVERRIDES):
        raise InvalidParameter(
            f"the flags 0x{flags:X} of BeginEnumeration exclude each other, or are for classes",
            operation="BeginEnumeration",
        )
    return _listed(target, flags, "BeginEnumeration")


def _listed(target: CimInstance | CimClass, flags: int, operation: str) -> list[str]:
    origin, kind, overrides = flags & WBEM_MASK_CONDITION_ORIGIN, flags & _KIND, flags & _OVERRIDES
    if origin not in _ORIGINS:
        raise InvalidParameter(f"0x{origin:X} is no origin of properties", operation=operation)
    if kind == _KIND:
        raise InvalidParameter("either keys or references can be listed, not both", operation=operation)
    with_system = not (kind or overrides) and origin in (0, WBEM_FLAG_SYSTEM_ONLY, WBEM_MASK_CONDITION_ORIGIN)
    names = list(SYSTEM_PROPERTIES) if with_system else []
    if origin == WBEM_FLAG_SYSTEM_ONLY:
        return names
    cls = target.class_ if isinstance(target, CimInstance) else target
    return names + [name for name in target if _fits(cls, cls.properties[name], origin, kind, overrides)]


def _fits(cls: CimClass, prop: CimProperty, origin: int, kind: int, overrides: int) -> bool:
    if kind == WBEM_FLAG_KEYS_ONLY and not prop.is_key:
        return False
    if kind == WBEM_FLAG_REFS_ONLY and prop.type is not CimType.REFERENCE:
        return False
    if origin == WBEM_FLAG_LOCAL_ONLY:
        return prop.local
    if origin == WBEM_FLAG_PROPAGATED_ONLY:
        return not prop.local
    if overrides == WBEM_FLAG_CLASS_OVERRIDES_ONLY:
        return prop.local and fold(prop.origin) != fold(cls.name)
    return prop.local or not overrides


def _meets(target: CimInstance | CimClass, name: str, condition: int, qualifier: str, value: object) -> bool:
    if name in SYSTEM_PROPERTIES:
        return condition == WBEM_FLAG_ONLY_IF_FALSE
    held = target.properties_[name].qualifiers.get(qualifier)
    if condition == WBEM_FLAG_ONLY_IF_TRUE:
        return held is not None
    if condition == WBEM_FLAG_ONLY_IF_FALSE:
        return held is None
    wanted = tuple(value) if isinstance(value, list) else value
    return held is not None and type(held.value) is type(wanted) and held.value == wanted
