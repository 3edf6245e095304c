"""What a class definition must obey, with the status that WMI answers when it does not.

wmi-semantics 3.3.6, 3.5.2, 3.5.10, 3.5.11, 6.2; [MS-WMI] 3.1.4.3.6 (PutClass).  One function per rule or group of
rules, so that a rule in doubt can be changed in one place.  Rules that need the repository (instances or subclasses
exist) are the schema's, not this file's.

One deliberate difference from the text: [MS-WMI] lets a class be a singleton only below a singleton, yet Windows
itself ships ``Win32_OperatingSystem`` below the abstract ``CIM_OperatingSystem``; an abstract parent is therefore
accepted too. Depends on ``qualifiers``, ``names``, ``types`` and ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.names import fold
from wmix.cim.qualifiers import STANDARD_QUALIFIERS, Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import error_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.cim.classes import CimClass, CimProperty
    from wmix.cim.methods import CimMethod

__all__ = [
    "MAX_KEYS",
    "MAX_PROPERTIES",
    "check_class",
    "check_class_name",
    "check_method_override",
    "check_property",
    "check_property_name",
    "merge_qualifiers",
]

MAX_PROPERTIES: Final = 1024
"""Properties per class, inherited ones included (wmi-semantics 0.11)."""

MAX_KEYS: Final = 256
"""Key properties per class (wmi-semantics 0.11)."""

MAX_IDENTIFIER: Final = 4096
"""UTF-16 units of a class name ([MS-WMI] appendix A, notes 32 and following)."""

_FIXED: Final = 0x10
_PROPAGATED: Final = 0x20
_SETTABLE: Final = 0x93
_UNFIT_FOR_KEYS: Final = frozenset({CimType.REAL32, CimType.REAL64, CimType.OBJECT})


def check_class_name(name: str) -> None:
    """Refuse a name that a user's class may not have (1.4.22)."""
    if not name:
        raise error_for(codes.WBEM_E_INCOMPLETE_CLASS, "the class has no name; set __CLASS first")
    if name.startswith("_"):
        raise error_for(
            codes.WBEM_E_INVALID_OPERATION,
            f"class name {name!r}: names that begin with '_' belong to the system",
        )
    if name.endswith("_"):
        raise error_for(codes.WBEM_E_INVALID_OBJECT, f"class name {name!r} may not end with '_'")
    if not name.isidentifier():
        raise error_for(codes.WBEM_E_INVALID_PARAMETER, f"class name {name!r} is not an identifier")
    if len(name) > MAX_IDENTIFIER:
        raise error_for(
            codes.WBEM_E_QUOTA_VIOLATION,
            f"a class name has at most {MAX_IDENTIFIER} characters, not {len(name)}",
        )


def check_property_name(name: str, class_name: str) -> None:
    """Refuse a property name that is no identifier or is reserved (3.3.6)."""
    if not name.isidentifier():
        raise error_for(codes.WBEM_E_INVALID_PROPERTY, f"property name {name!r} of {class_name} is not an identifier")
    if name.startswith("_") or name.endswith("_"):
        raise error_for(
            codes.WBEM_E_INVALID_PROPERTY,
            f"property name {name!r} of {class_name}: names that begin or end with '_' are reserved",
        )


def merge_qualifiers(
    inherited: QualifierSet, own: Iterable[Qualifier], what: str, scope: int, *, check: bool = True
) -> QualifierSet:
    """The effective set of a class or member: what passes from above, with the own qualifiers put over it.

    An own qualifier that is marked as propagated is a copy of the parent's and counts only if the parent lacks it.

    Raises:
        WmiError: WBEM_E_INVALID_QUALIFIER in a wrong place, WBEM_E_INVALID_FLAVOR, WBEM_E_INVALID_QUALIFIER_TYPE,
            WBEM_E_OVERRIDE_NOT_ALLOWED when the parent's qualifier may not be overridden.
    """
    merged = QualifierSet(inherited=inherited)
    for item in own:
        base = inherited.get(item.name)
        if item.flavor & _PROPAGATED:
            if base is not None:
                continue
            item = Qualifier(item.name, item.value, item.type, item.is_array, item.flavor & ~_PROPAGATED)  # noqa: PLW2901
        if check:
            _check_qualifier(item, base, what, scope)
        if base is not None and base.flavor & _FIXED:
            continue  # the same value again: it stays the parent's
        merged.add(item)
    return merged


def _check_qualifier(item: Qualifier, base: Qualifier | None, what: str, scope: int) -> None:
    known = STANDARD_QUALIFIERS.get(fold(item.name))
    if known is not None:
        if not known.scope & scope:
            raise error_for(codes.WBEM_E_INVALID_QUALIFIER, f"qualifier {known.name} has no place on {what}")
        if known.type != item.type or known.is_array != item.is_array:
            raise error_for(
                codes.WBEM_E_INVALID_QUALIFIER_TYPE,
                f"qualifier {known.name} of {what} holds {known.describe_type()}",
            )
    if item.flavor & ~_SETTABLE:
        raise error_for(
            codes.WBEM_E_INVALID_FLAVOR,
            f"flavor {item.flavor:#x} of qualifier {item.name} of {what} is not allowed",
        )
    if base is not None and base.flavor & _FIXED and base.value != item.value:
        raise error_for(
            codes.WBEM_E_OVERRIDE_NOT_ALLOWED,
            f"qualifier {base.name} of {what} is inherited as {base.value!r} and may not be overridden",
        )


def check_property(prop: CimProperty, base: CimProperty | None, parent: CimClass | None, class_name: str) -> None:
    """Check a declaration against the parent's property of the same name, if any, and the rules for keys.

    Raises:
        WmiError: WBEM_E_INVALID_PROPERTY, WBEM_E_TYPE_MISMATCH, WBEM_E_CANNOT_BE_KEY,
            WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE.
    """
    check_property_name(prop.name, class_name)
    what = f"{class_name}.{prop.name}"
    if base is not None:
        _check_type_kept(prop, base, what)
    key = prop.qualifiers.get("key")
    if key is None:
        return
    if key.value is not True:
        raise error_for(codes.WBEM_E_CANNOT_BE_KEY, f"{what}: the qualifier key can only be TRUE")
    if prop.is_array or prop.type in _UNFIT_FOR_KEYS:
        raise error_for(codes.WBEM_E_CANNOT_BE_KEY, f"{what}: arrays, reals and embedded objects cannot be keys")
    if isinstance(prop.default, str) and any(c < " " for c in prop.default):
        raise error_for(codes.WBEM_E_CANNOT_BE_KEY, f"{what}: a key may not hold control characters")
    if parent is not None and not (base is not None and base.is_key) and (parent.keys or not parent.is_abstract):
        # 3.5.10: keys are fixed by the first concrete class of a hierarchy, or by the first that has any.
        raise error_for(
            codes.WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE,
            f"{what} cannot become a key: {parent.name} "
            + (f"has the keys {', '.join(parent.keys)}" if parent.keys else "has no keys and is not abstract"),
        )


def _check_type_kept(prop: CimProperty, base: CimProperty, what: str) -> None:
    """The type of an inherited property stays; references and objects may be narrowed to a subclass (6.2.1)."""
    if (prop.type, prop.is_array) != (base.type, base.is_array):
        raise error_for(
            codes.WBEM_E_TYPE_MISMATCH,
            f"{what} is {base.cimtype}{'[]' if base.is_array else ''} in {base.origin}; "
            f"it cannot become {prop.cimtype}{'[]' if prop.is_array else ''}",
        )
    if base.target_class is not None and prop.target_class is None:
        raise error_for(
            codes.WBEM_E_TYPE_MISMATCH,
            f"{what} is {base.cimtype} in {base.origin}; it can only be narrowed",
        )


def check_method_override(method: CimMethod, base: CimMethod, class_name: str) -> None:
    """A method that the parent has may be declared again only with the same signature (8.1.3)."""
    if method.in_signature != base.in_signature or method.out_signature != base.out_signature:
        raise error_for(
            codes.WBEM_E_PROPAGATED_METHOD,
            f"{class_name}.{method.name}: {base.origin} declares a method of this name with another signature",
        )


def check_class(cls: CimClass, parent: CimClass | None) -> None:
    """Check the finished class as a whole (3.5.11, 6.2, 0.11).

    Raises:
        WmiError: WBEM_E_CIRCULAR_REFERENCE, WBEM_E_TOO_MANY_PROPERTIES, WBEM_E_CANNOT_BE_KEY,
            WBEM_E_CANNOT_BE_SINGLETON, WBEM_E_CANNOT_BE_ABSTRACT, WBEM_E_INVALID_SUPERCLASS.
    """
    if fold(cls.name) in map(fold, cls.derivation):
        raise error_for(codes.WBEM_E_CIRCULAR_REFERENCE, f"{cls.name} would be derived from itself")
    if len(cls.properties) > MAX_PROPERTIES:
        raise error_for(
            codes.WBEM_E_TOO_MANY_PROPERTIES,
            f"{cls.name} would have {len(cls.properties)} properties; the limit is {MAX_PROPERTIES}",
        )
    if len(cls.keys) > MAX_KEYS:
        raise error_for(
            codes.WBEM_E_CANNOT_BE_KEY,
            f"{cls.name} would have {len(cls.keys)} keys; the limit is {MAX_KEYS}",
        )
    if cls.is_singleton:
        if cls.keys:
            raise error_for(
                codes.WBEM_E_CANNOT_BE_SINGLETON,
                f"{cls.name} has keys ({', '.join(cls.keys)}): no singleton",
            )
        if parent is not None and not (parent.is_singleton or parent.is_abstract):
            raise error_for(codes.WBEM_E_CANNOT_BE_SINGLETON, f"{cls.name}: its parent {parent.name} is no singleton")
    if parent is None:
        return
    if cls.is_abstract and not parent.is_abstract:
        raise error_for(
            codes.WBEM_E_CANNOT_BE_ABSTRACT,
            f"{cls.name} cannot be abstract: its parent {parent.name} is not",
        )
    if parent.is_dynamic and not cls.is_dynamic:
        raise error_for(
            codes.WBEM_E_INVALID_SUPERCLASS,
            f"{cls.name} must be dynamic: the instances of its parent {parent.name} come from a provider",
        )
