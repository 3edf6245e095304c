"""QualifierSet: IWbemQualifierSet, for reading. Brief 3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.com.arguments import check_no_flags, flags_of, text_of
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

__all__ = ["QualifierSet"]

_ORIGINS: Final = (0, WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY)


class QualifierSet:
    """The qualifiers of an object, a property or a method."""

    def __init__(self, qualifiers: CimQualifierSet) -> None:
        self._qualifiers = qualifiers
        self._pending: list[str] | None = None

    def get(self, name: str | None, flags: int = 0) -> QualifierResult:
        """The value and the flavor of a qualifier, in any case (3.5.3).

        Returns:
            WBEM_E_NOT_FOUND for an unknown name, WBEM_E_INVALID_PARAMETER for None or flags.
        """
        name = text_of(name, "name")
        if name is None or flags_of(flags):
            return QualifierResult(WBEM_E_INVALID_PARAMETER, None, None)
        found = self._qualifiers.get(name)
        if found is None:
            return QualifierResult(WBEM_E_NOT_FOUND, None, None)
        return QualifierResult(WBEM_S_NO_ERROR, _value(found), int(found.flavor))

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
            found = self._qualifiers.get(self._pending.pop())
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
            for item in self._qualifiers.entries()
            if not flags or item.is_propagated == (flags == WBEM_FLAG_PROPAGATED_ONLY)
        ]

    def __repr__(self) -> str:
        return f"<com.QualifierSet {', '.join(self._qualifiers)}>"


def _value(qualifier: Qualifier) -> object:
    return list(qualifier.value) if isinstance(qualifier.value, tuple) else qualifier.value
