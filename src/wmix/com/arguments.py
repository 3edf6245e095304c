"""Arguments: what every method of com checks before it does anything.

A value of the wrong Python type is a programming error and raises ``TypeError``; everything else that is wrong with an
argument is an HRESULT.  Times of the COM interfaces are signed 32-bit milliseconds with -1 (or 0xFFFFFFFF) for "without
limit"; the engine counts seconds.

Depends on nothing of com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    T = TypeVar("T")

__all__ = ["check_no_flags", "count_of", "flags_of", "optional", "required", "seconds", "text_of", "truth"]

_MASK: Final = 0xFFFFFFFF


def _refuse(name: str, value: object, wanted: str) -> TypeError:
    return TypeError(f"{name} is {wanted}, not {type(value).__name__}")


def text_of(value: object, name: str) -> str | None:
    """A string, or None for a null pointer."""
    if value is None or isinstance(value, str):
        return value
    raise _refuse(name, value, "str or None")


def required(value: object, name: str, operation: str) -> str:
    """A string that must be there.

    Raises:
        InvalidParameter: it is None.
    """
    text = text_of(value, name)
    if text is None:
        raise InvalidParameter(f"{operation} needs a {name}", operation=operation)
    return text


def flags_of(value: object, name: str = "flags") -> int:
    """Flags, signed or unsigned, as an unsigned number of 32 bits.

    Raises:
        InvalidParameter: they do not fit.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(name, value, "int")
    if not -0x80000000 <= value <= _MASK:
        raise InvalidParameter(f"{name} has more than 32 bits: 0x{value:X}")
    return value & _MASK


def check_no_flags(value: object, operation: str) -> None:
    """See that a reserved flags argument is 0.

    Raises:
        InvalidParameter: it is not.
    """
    if flags_of(value):
        raise InvalidParameter(f"{operation} takes no flags, not 0x{flags_of(value):X}", operation=operation)


def count_of(value: object, name: str = "count") -> int:
    """An unsigned number of 32 bits.

    Raises:
        InvalidParameter: it is negative or too large.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse(name, value, "int")
    if not 0 <= value <= _MASK:
        raise InvalidParameter(f"{name} is within 0 to {_MASK}, not {value}")
    return value


def truth(value: object, name: str) -> bool:
    """True or False."""
    if isinstance(value, bool):
        return value
    raise _refuse(name, value, "bool")


def seconds(timeout: object) -> float | None:
    """A time-out in milliseconds as seconds; None for -1 and 0xFFFFFFFF.

    Raises:
        InvalidParameter: another negative number, or one of more than 32 bits.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, int):
        raise _refuse("timeout", timeout, "int (milliseconds)")
    if timeout in (-1, _MASK):
        return None
    if not 0 <= timeout <= _MASK:
        raise InvalidParameter(f"a timeout is -1 or at least 0 milliseconds, not {timeout}")
    return timeout / 1000


def optional(value: object, kind: type[T], name: str) -> T | None:
    """An object of com, or None for a null pointer."""
    if value is None or isinstance(value, kind):
        return value
    raise _refuse(name, value, f"{kind.__name__} or None")
