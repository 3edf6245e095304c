"""Qualifier places: where the qualifiers of a QualifierSet are, and which may be put there. Brief 3.5.2 to 3.5.8.

A set of an instance is changed directly.  A set of a class is read from the definition and changed in the draft of its
:class:`~wmix.com.class_editing.ClassEditor`, which the first change makes.  Key, ID and CIMTYPE have one flavor each;
CIMTYPE is the server's, and only its class after the colon can be chosen.

Depends on ``cim`` and ``class_editing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from wmix.cim.names import fold
from wmix.cim.qualifiers import STANDARD_QUALIFIERS, QualifierSet, Scope, standard_flavor
from wmix.cim.types import CimType
from wmix.errors import NotFound, error_for
from wmix.status import (
    WBEM_E_CANNOT_BE_KEY,
    WBEM_E_INVALID_OPERATION,
    WBEM_E_INVALID_QUALIFIER,
    WBEM_E_INVALID_QUALIFIER_TYPE,
    WBEM_E_PROPAGATED_QUALIFIER,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.properties import CimProperty
    from wmix.com.class_editing import ClassEditor

__all__ = [
    "ClassQualifiers",
    "FixedQualifiers",
    "InstancePropertyQualifiers",
    "MethodQualifiers",
    "PropertyQualifiers",
    "QualifierPlace",
]

_ONE_FLAVOR: Final = frozenset({"key", "id", "cimtype"})
_NOT_KEYS: Final = frozenset({CimType.REAL32, CimType.REAL64, CimType.OBJECT})


class QualifierPlace(Protocol):
    """Where a set's qualifiers are."""

    def shown(self) -> QualifierSet:
        """The qualifiers as they are now; not to be changed."""
        ...

    def put(self, name: str, value: object, flavor: int) -> None:
        """Set one."""
        ...

    def delete(self, name: str) -> int:
        """Delete one; a success status."""
        ...


class FixedQualifiers:
    """A set that is changed itself: that of an instance."""

    __slots__ = ("_held", "_scope")

    def __init__(self, held: QualifierSet, scope: int = Scope.ANY) -> None:
        self._held = held
        self._scope = scope

    @classmethod
    def over(cls, place: QualifierSet | QualifierPlace) -> QualifierPlace:
        """*place*, or the place that a bare set makes."""
        return cls(place) if isinstance(place, QualifierSet) else place

    def shown(self) -> QualifierSet:
        return self._held

    def put(self, name: str, value: object, flavor: int) -> None:
        _check_scope(name, self._scope)
        self._held.put(name, value, _flavor(name, flavor))

    def delete(self, name: str) -> int:
        return self._held.delete(name)


class InstancePropertyQualifiers(FixedQualifiers):
    """The set of a property of an instance: keys are made by classes."""

    __slots__ = ()

    def __init__(self, held: QualifierSet) -> None:
        super().__init__(held, Scope.PROPERTY | Scope.PARAMETER)

    def put(self, name: str, value: object, flavor: int) -> None:
        if fold(name) == "key":
            raise error_for(WBEM_E_CANNOT_BE_KEY, "a property becomes a key in its class, not in an instance")
        if fold(name) == "cimtype":
            raise error_for(WBEM_E_INVALID_QUALIFIER, "CIMTYPE follows from the class")
        super().put(name, value, flavor)


class _Edited:
    """A set of a class: read from the definition, changed in the draft."""

    __slots__ = ("_defined", "_edit")

    scope: int

    def __init__(self, defined: Callable[[], CimClass], edit: Callable[[], ClassEditor]) -> None:
        """
        Args:
            defined: the definition as it is now.
            edit: the editor of the class, made now if there is none.
        """
        self._defined = defined
        self._edit = edit

    def shown(self) -> QualifierSet:
        return self._defined().qualifiers

    def _draft(self) -> QualifierSet:
        return self._edit().class_qualifiers()

    def put(self, name: str, value: object, flavor: int) -> None:
        _check_scope(name, self.scope)
        self._draft().put(name, value, _flavor(name, flavor))

    def delete(self, name: str) -> int:
        # Looked at first: asking the draft for the set of an inherited method declares the method.
        held = self.shown().get(name)
        if held is None:
            raise NotFound(f"there is no qualifier {name!r}", operation="Delete")
        if held.is_propagated:
            raise error_for(WBEM_E_PROPAGATED_QUALIFIER, f"{held.name} is inherited", operation="Delete")
        return self._draft().delete(name)


class ClassQualifiers(_Edited):
    """The set of a class itself."""

    __slots__ = ()
    scope = Scope.CLASS


class PropertyQualifiers(_Edited):
    """The set of a property of a class, or of a parameter in a signature."""

    __slots__ = ("_name",)
    scope = Scope.PROPERTY | Scope.PARAMETER

    def __init__(self, defined: Callable[[], CimClass], edit: Callable[[], ClassEditor], name: str) -> None:
        super().__init__(defined, edit)
        self._name = name

    def _property(self) -> CimProperty | None:
        return self._defined().properties.get(self._name)

    def shown(self) -> QualifierSet:
        prop = self._property()
        return QualifierSet() if prop is None else prop.qualifiers

    def _draft(self) -> QualifierSet:
        return self._edit().property_qualifiers(self._name)

    def put(self, name: str, value: object, flavor: int) -> None:
        if fold(name) == "cimtype":
            if not isinstance(value, str):
                raise error_for(WBEM_E_INVALID_QUALIFIER_TYPE, "CIMTYPE is text", operation="Put")
            self._edit().put_cimtype(self._name, value)
            return
        prop = self._property()
        if fold(name) == "key" and prop is not None and (value is not True or prop.is_array or prop.type in _NOT_KEYS):
            raise error_for(
                WBEM_E_CANNOT_BE_KEY,
                f"{prop.name} cannot be a key: arrays, reals and objects are none",
                operation="Put",
            )
        super().put(name, value, flavor)

    def delete(self, name: str) -> int:
        if fold(name) == "cimtype" and self._property() is not None:
            raise error_for(WBEM_E_INVALID_OPERATION, "CIMTYPE is the server's", operation="Delete")
        return super().delete(name)


class MethodQualifiers(_Edited):
    """The set of a method."""

    __slots__ = ("_name",)
    scope = Scope.METHOD

    def __init__(self, defined: Callable[[], CimClass], edit: Callable[[], ClassEditor], name: str) -> None:
        super().__init__(defined, edit)
        self._name = name

    def shown(self) -> QualifierSet:
        method = self._defined().methods.get(self._name)
        return QualifierSet() if method is None else method.qualifiers

    def _draft(self) -> QualifierSet:
        return self._edit().method_qualifiers(self._name)


def _check_scope(name: str, scope: int) -> None:
    known = STANDARD_QUALIFIERS.get(fold(name))
    if known is not None and not known.scope & scope:
        raise error_for(WBEM_E_INVALID_QUALIFIER, f"the qualifier {known.name} has no place here", operation="Put")


def _flavor(name: str, given: int) -> int:
    return standard_flavor(name) if fold(name) in _ONE_FLAVOR else given
