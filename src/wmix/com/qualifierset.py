"""QualifierSet: IWbemQualifierSet over the qualifiers of an object, a property or a method. Brief 3.5.

A set is a view: what is put on it belongs to the object that it came from, and is seen there at once.  Where the
qualifiers are, and which may be put there, is told by a :class:`QualifierPlace` of :mod:`wmix.com.qualifier_places`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.com.arguments import check_no_flags, flags_of, required, text_of
from wmix.com.qualifier_places import FixedQualifiers
from wmix.com.results import NamesResult, QualifierNextResult, QualifierResult, Status
from wmix.errors import InvalidParameter, WmiError
from wmix.port.flags import WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY
from wmix.status import (
    WBEM_E_INVALID_PARAMETER,
    WBEM_E_NOT_FOUND,
    WBEM_E_UNEXPECTED,
    WBEM_S_NO_ERROR,
    WBEM_S_NO_MORE_DATA,
)

if TYPE_CHECKING:
    from wmix.cim.qualifiers import Qualifier
    from wmix.cim.qualifiers import QualifierSet as CimQualifierSet
    from wmix.com.qualifier_places import QualifierPlace

__all__ = ["QualifierSet"]

_ORIGINS: Final = (0, WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY)


class QualifierSet:
    """The qualifiers of an object, a property or a method."""

    def __init__(self, qualifiers: CimQualifierSet | QualifierPlace) -> None:
        """Wrap a place, or a set that belongs to nothing else."""
        self._place: QualifierPlace = FixedQualifiers.over(qualifiers)
        self._pending: list[str] | None = None

    def get(self, name: str | None, flags: int = 0) -> QualifierResult:
        """The value and the flavor of a qualifier, in any case (3.5.3).

        Returns:
            WBEM_E_NOT_FOUND for an unknown name, WBEM_E_INVALID_PARAMETER for None or flags.
        """
        name = text_of(name, "name")
        if name is None or flags_of(flags):
            return QualifierResult(WBEM_E_INVALID_PARAMETER, None, None)
        found = self._place.shown().get(name)
        if found is None:
            return QualifierResult(WBEM_E_NOT_FOUND, None, None)
        return QualifierResult(WBEM_S_NO_ERROR, _value(found), int(found.flavor))

    def put(self, name: str | None, value: Any, flavor: int = 0) -> Status:
        """Set a qualifier, new or again (3.5.2).

        Args:
            value: text, bool, an integer of 32 bits, float, or a list of one of these.
            flavor: a sum of WBEM_FLAVOR_FLAG_PROPAGATE_TO_INSTANCE, _PROPAGATE_TO_DERIVED_CLASS, _NOT_OVERRIDABLE and
                WBEM_FLAVOR_AMENDED; Key, ID and CIMTYPE have flavors of their own, whatever is given (3.5.7).

        Returns:
            WBEM_E_OVERRIDE_NOT_ALLOWED for one that the parent class forbids to change, WBEM_E_CANNOT_BE_KEY,
            WBEM_E_INVALID_QUALIFIER in a wrong place, WBEM_E_INVALID_QUALIFIER_TYPE for another value,
            WBEM_E_INVALID_FLAVOR.
        """
        try:
            checked = required(name, "name", "Put")
            if value is None:
                raise InvalidParameter("a qualifier cannot be NULL", operation="Put")
            self._place.put(checked, value, flags_of(flavor, "flavor"))
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def delete(self, name: str | None) -> Status:
        """Delete a qualifier that was set here (3.5.4).

        Returns:
            WBEM_S_RESET_TO_DEFAULT when the parent's shows again, WBEM_E_PROPAGATED_QUALIFIER for one that is only
            inherited, WBEM_E_NOT_FOUND.
        """
        try:
            return Status(self._place.delete(required(name, "name", "Delete")))
        except WmiError as error:
            return Status(error.status)

    def get_names(self, flags: int = 0) -> NamesResult:
        """The names: all (0), WBEM_FLAG_LOCAL_ONLY or WBEM_FLAG_PROPAGATED_ONLY (3.5.5)."""
        try:
            return NamesResult(WBEM_S_NO_ERROR, self._names(flags))
        except WmiError as error:
            return NamesResult(error.status, None)

    def begin_enumeration(self, flags: int = 0) -> Status:
        """Begin an enumeration; flags as of :meth:`get_names`. One that goes on is begun anew."""
        try:
            self._pending = self._names(flags)[::-1]
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def next(self, flags: int = 0) -> QualifierNextResult:
        """The next qualifier; WBEM_S_NO_MORE_DATA at the end, WBEM_E_UNEXPECTED without an enumeration."""
        try:
            check_no_flags(flags, "Next")
        except WmiError as error:
            return QualifierNextResult(error.status, None, None, None)
        if self._pending is None:
            return QualifierNextResult(WBEM_E_UNEXPECTED, None, None, None)
        while self._pending:
            found = self._place.shown().get(self._pending.pop())
            if found is not None:
                return QualifierNextResult(WBEM_S_NO_ERROR, found.name, _value(found), int(found.flavor))
        return QualifierNextResult(WBEM_S_NO_MORE_DATA, None, None, None)

    def end_enumeration(self) -> Status:
        """End the enumeration."""
        self._pending = None
        return Status(WBEM_S_NO_ERROR)

    def _names(self, flags: int) -> list[str]:
        flags = flags_of(flags)
        if flags not in _ORIGINS:
            raise InvalidParameter(f"qualifiers are listed with the flags 0, 0x10 or 0x20, not 0x{flags:X}")
        return [
            item.name
            for item in self._place.shown().entries()
            if not flags or item.is_propagated == (flags == WBEM_FLAG_PROPAGATED_ONLY)
        ]

    def __repr__(self) -> str:
        return f"<com.QualifierSet {', '.join(self._place.shown())}>"


def _value(qualifier: Qualifier) -> object:
    return list(qualifier.value) if isinstance(qualifier.value, tuple) else qualifier.value
