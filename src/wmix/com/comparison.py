"""Comparison: what IWbemClassObject::CompareTo finds equal. Brief 3.4.10.

Names compare without case always.  Two objects of different genus are different whatever the flags say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.com.constants import (
    WBEM_FLAG_IGNORE_CASE,
    WBEM_FLAG_IGNORE_CLASS,
    WBEM_FLAG_IGNORE_DEFAULT_VALUES,
    WBEM_FLAG_IGNORE_FLAVOR,
    WBEM_FLAG_IGNORE_OBJECT_SOURCE,
    WBEM_FLAG_IGNORE_QUALIFIERS,
)

if TYPE_CHECKING:
    from wmix.cim.methods import CimMethod
    from wmix.cim.qualifiers import QualifierSet

__all__ = ["KNOWN_FLAGS", "same_object"]

KNOWN_FLAGS: Final = 0x3F
"""All comparison flags; any other bit is INVALID_PARAMETER."""


def same_object(mine: CimInstance | CimClass, theirs: CimInstance | CimClass, flags: int) -> bool:
    """Whether the two objects are the same as far as *flags* ask."""
    if isinstance(mine, CimInstance):
        return isinstance(theirs, CimInstance) and _same_instance(mine, theirs, flags)
    return isinstance(theirs, CimClass) and _same_class(mine, theirs, flags)


def _same_instance(mine: CimInstance, theirs: CimInstance, flags: int) -> bool:
    if not flags & WBEM_FLAG_IGNORE_OBJECT_SOURCE and not _same_source(mine, theirs):
        return False
    if not flags & WBEM_FLAG_IGNORE_CLASS and not _same_name(mine.class_, theirs.class_):
        return False
    if [fold(name) for name in mine] != [fold(name) for name in theirs]:
        return False
    if not all(_same_value(mine[name], theirs[name], flags) for name in mine):
        return False
    if flags & WBEM_FLAG_IGNORE_QUALIFIERS:
        return True
    return _same_qualifiers(mine.qualifiers_, theirs.qualifiers_, flags) and all(
        _same_qualifiers(mine.properties_[name].qualifiers, theirs.properties_[name].qualifiers, flags) for name in mine
    )


def _same_class(mine: CimClass, theirs: CimClass, flags: int) -> bool:
    if not flags & WBEM_FLAG_IGNORE_OBJECT_SOURCE and not _same_source(mine, theirs):
        return False
    if not _same_name(mine, theirs) or set(map(fold, mine.methods)) != set(map(fold, theirs.methods)):
        return False
    if [fold(name) for name in mine] != [fold(name) for name in theirs]:
        return False
    for name, prop in mine.properties.items():
        other = theirs.properties[name]
        if (prop.type, prop.is_array, fold(prop.cimtype)) != (other.type, other.is_array, fold(other.cimtype)):
            return False
        defaults_count = not flags & WBEM_FLAG_IGNORE_DEFAULT_VALUES
        if defaults_count and not _same_value(prop.default, other.default, flags):
            return False
        if not _same_qualifiers(prop.qualifiers, other.qualifiers, flags):
            return False
    return _same_qualifiers(mine.qualifiers, theirs.qualifiers, flags) and all(
        _same_method(method, theirs.methods[name], flags) for name, method in mine.methods.items()
    )


def _same_method(mine: CimMethod, theirs: CimMethod, flags: int) -> bool:
    return (
        _same_side(mine.in_signature, theirs.in_signature, flags)
        and _same_side(mine.out_signature, theirs.out_signature, flags)
        and _same_qualifiers(mine.qualifiers, theirs.qualifiers, flags)
    )


def _same_side(mine: CimClass | None, theirs: CimClass | None, flags: int) -> bool:
    return mine is theirs or (mine is not None and theirs is not None and _same_class(mine, theirs, flags))


def _same_name(mine: CimClass, theirs: CimClass) -> bool:
    return [fold(name) for name in (mine.name, *mine.derivation)] == [
        fold(name) for name in (theirs.name, *theirs.derivation)
    ]


def _same_source(mine: CimInstance | CimClass, theirs: CimInstance | CimClass) -> bool:
    return all(_same_value(mine[name], theirs[name], 0x10) for name in ("__SERVER", "__NAMESPACE"))


def _same_qualifiers(mine: QualifierSet, theirs: QualifierSet, flags: int) -> bool:
    if flags & WBEM_FLAG_IGNORE_QUALIFIERS:
        return True
    if len(mine) != len(theirs):
        return False
    for item in mine.entries():
        other = theirs.get(item.name)
        if other is None or not _same_value(item.value, other.value, flags):
            return False
        if not flags & WBEM_FLAG_IGNORE_FLAVOR and item.flavor != other.flavor:
            return False
    return True


def _same_value(mine: object, theirs: object, flags: int) -> bool:
    if isinstance(mine, tuple) and isinstance(theirs, tuple):
        return len(mine) == len(theirs) and all(
            _same_value(one, other, flags) for one, other in zip(mine, theirs, strict=True)
        )
    if isinstance(mine, CimInstance | CimClass) and isinstance(theirs, CimInstance | CimClass):
        return same_object(mine, theirs, flags)
    if isinstance(mine, str) and isinstance(theirs, str) and flags & WBEM_FLAG_IGNORE_CASE:
        return fold(mine) == fold(theirs)
    return type(mine) is type(theirs) and mine == theirs
