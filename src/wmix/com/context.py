"""Context: IWbemContext, named values that travel with a call. [MS-WMI] 2.2.13, brief 1.4.69, 1.4.70.

Names ignore case and keep the spelling of their first set; enumeration is in the order of insertion.  None is a value
(VT_NULL); the null pointer of C, which SetValue refuses, is an argument left out.  A context is in process: its methods
never leave an error object (0.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.com.arguments import check_no_flags, optional, required
from wmix.com.classobject import ClassObject
from wmix.com.results import ContextCloneResult, ContextNextResult, NamesResult, Status, ValueResult
from wmix.errors import InvalidParameter, NotFound, WmiError
from wmix.port.context import Context as CallContext
from wmix.status import WBEM_E_UNEXPECTED, WBEM_S_NO_ERROR, WBEM_S_NO_MORE_DATA

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Context", "call_context"]


class _NullPointer:
    """The type of the value that was not given."""

    def __repr__(self) -> str:
        return "<null pointer>"


_NULL_POINTER: Final = _NullPointer()


class Context:
    """Named values: text, numbers, booleans, None, objects, and lists of these."""

    def __init__(self) -> None:
        self._values = CallContext()
        self._pending: list[str] | None = None

    def clone(self) -> ContextCloneResult:
        """An independent copy; an enumeration is not copied."""
        copy = Context()
        copy._values = self._values.copy()
        return ContextCloneResult(WBEM_S_NO_ERROR, copy)

    def get_names(self, flags: int = 0) -> NamesResult:
        """The names in the order of insertion."""
        try:
            check_no_flags(flags, "GetNames")
        except WmiError as error:
            return NamesResult(error.status, None)
        return NamesResult(WBEM_S_NO_ERROR, list(self._values))

    def begin_enumeration(self, flags: int = 0) -> Status:
        """Begin an enumeration of the values; one that goes on is begun anew."""
        try:
            check_no_flags(flags, "BeginEnumeration")
        except WmiError as error:
            return Status(error.status)
        self._pending = list(self._values)[::-1]
        return Status(WBEM_S_NO_ERROR)

    def next(self, flags: int = 0) -> ContextNextResult:
        """The next value; WBEM_S_NO_MORE_DATA at the end, WBEM_E_UNEXPECTED without an enumeration."""
        try:
            check_no_flags(flags, "Next")
        except WmiError as error:
            return ContextNextResult(error.status, None, None)
        if self._pending is None:
            return ContextNextResult(WBEM_E_UNEXPECTED, None, None)
        while self._pending:
            name = self._pending.pop()
            if name in self._values:
                return ContextNextResult(WBEM_S_NO_ERROR, name, _shown(self._values[name]))
        return ContextNextResult(WBEM_S_NO_MORE_DATA, None, None)

    def end_enumeration(self) -> Status:
        """End the enumeration."""
        self._pending = None
        return Status(WBEM_S_NO_ERROR)

    def set_value(self, name: str | None, flags: int = 0, value: Any = _NULL_POINTER) -> Status:
        """Set a value, new or again; without *value* it is a null pointer, which is refused.

        Raises:
            TypeError: a value that no variant holds.
        """
        try:
            checked = required(name, "name", "SetValue")
            check_no_flags(flags, "SetValue")
            if value is _NULL_POINTER:
                raise InvalidParameter("SetValue needs a value; None is NULL", operation="SetValue")
            self._values[checked] = _kept(value)
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def get_value(self, name: str | None, flags: int = 0) -> ValueResult:
        """The value of *name*, any case; WBEM_E_NOT_FOUND when there is none."""
        try:
            value = self._values[self._known(name, flags, "GetValue")]
        except WmiError as error:
            return ValueResult(error.status, None)
        return ValueResult(WBEM_S_NO_ERROR, _shown(value))

    def delete_value(self, name: str | None, flags: int = 0) -> Status:
        """Forget the value of *name*; WBEM_E_NOT_FOUND when there is none."""
        try:
            del self._values[self._known(name, flags, "DeleteValue")]
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def delete_all(self) -> Status:
        """Forget every value."""
        self._values.clear()
        return Status(WBEM_S_NO_ERROR)

    def _known(self, name: str | None, flags: int, operation: str) -> str:
        checked = required(name, "name", operation)
        check_no_flags(flags, operation)
        if checked not in self._values:
            raise NotFound(f"the context has no value {checked}", operation=operation)
        return checked

    def __repr__(self) -> str:
        return f"<com.Context {dict(self._values.items())!r}>"


def _kept(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case ClassObject():
            return value.unwrapped()
        case list() | tuple():
            return [_kept(item) for item in value]
    raise TypeError(f"a context value is text, a number, a bool, None, an object or a list, not {type(value).__name__}")


def _shown(value: object) -> object:
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return ClassObject.wrapping(value)


def call_context(context: Context | None) -> CallContext | None:
    """The values of an optional context as they are now; what is set later belongs to later calls."""
    checked = optional(context, Context, "context")
    return None if checked is None else checked._values.copy()
