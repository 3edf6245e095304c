"""Errors, grouped by what the caller can do; each carries the WMI status that it stands for.

The tree (design, section 3; WBEMSTATUS of [MS-WMI] 2.2.11)::

    WmiError                            .status .symbol .phase .host .namespace .operation .extended .hint
    ├── ConnectError                    no connection: address, firewall, service
    ├── AuthError, AccessDenied         no login | logged in, right missing
    ├── InvalidQuery                    text, line, column, span; caret()
    ├── NotFound                        └── InvalidNamespace, UnknownProperty (AttributeError, KeyError)
    ├── InvalidClass, InvalidMethod, InvalidOperation, ObjectExists
    ├── InvalidPath, InvalidParameter, OutOfRange          (ValueError too)
    ├── TypeMismatch (TypeError)        └── InvalidDatetime (ValueError too)
    ├── ProviderError, QuotaExceeded, NotSupported, ProtocolError
    └── DeadlineExceeded (TimeoutError), Cancelled

``error_for`` turns a status into the right family; ``error_families`` says which code belongs where.
Depends on ``status`` and ``caret``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from wmix import status as codes
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AccessDenied",
    "AuthError",
    "Cancelled",
    "ConnectError",
    "DeadlineExceeded",
    "ExtendedStatus",
    "InvalidClass",
    "InvalidDatetime",
    "InvalidMethod",
    "InvalidNamespace",
    "InvalidOperation",
    "InvalidParameter",
    "InvalidPath",
    "InvalidQuery",
    "NotFound",
    "NotSupported",
    "ObjectExists",
    "OutOfRange",
    "ProtocolError",
    "ProviderError",
    "QuotaExceeded",
    "SynchronousCallWarning",
    "TypeMismatch",
    "UnknownProperty",
    "WmiError",
    "error_for",
    "nearest",
]


class SynchronousCallWarning(UserWarning):
    """A blocking call was made where a semisynchronous one would let the program go on."""


class ExtendedStatus(Record):
    """What an ``__ExtendedStatus`` (or ``__NotifyStatus``) object said beside the code. [MS-WMI] 2.2.20.

    ``operation`` and ``parameter_info`` are the provider's own words; ``status_code`` is unsigned.
    """

    status_code: int | None = None
    description: str | None = None
    operation: str | None = None
    parameter_info: str | None = None
    provider_name: str | None = None


class WmiError(Exception):
    """Anything that WMI answers with a failure code; base of all errors of this package.

    Args:
        detail: what happened, for people, without the code.
        status: the code, any 32-bit HRESULT or fault code, signed or unsigned; the family's own when omitted.
        phase: the step that failed ("connect", "bind", "login", "call", ...), where steps exist.
        host, namespace, operation: what the call was about, as far as known.
        extended: the error object that came along, if any.
        hint: what to do; the status table's advice when omitted.
    """

    default_status: ClassVar[int] = codes.WBEM_E_FAILED

    detail: str
    status: int
    phase: str | None
    host: str | None
    namespace: str | None
    operation: str | None
    extended: ExtendedStatus | None
    #: The property that the error is about, where there is one.
    property_name: str | None = None

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        phase: str | None = None,
        host: str | None = None,
        namespace: str | None = None,
        operation: str | None = None,
        extended: ExtendedStatus | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = self.default_status if status is None else status & 0xFFFFFFFF
        self.phase = phase
        self.host = host
        self.namespace = namespace
        self.operation = operation
        self.extended = extended
        self._hint = hint

    @property
    def symbol(self) -> str:
        """The code's name, or its hexadecimal form when it has none."""
        return codes.symbol(self.status)

    @property
    def hint(self) -> str | None:
        """What the caller can do about it, if anything is known."""
        if self._hint is not None:
            return self._hint
        known = codes.lookup(self.status)
        return known.hint or None if known else None

    @hint.setter
    def hint(self, text: str | None) -> None:
        self._hint = text

    def __str__(self) -> str:
        """What happened, with its code, and what to do where more is known than the code's general advice."""
        special = self.special_hint
        return f"{self.headline}; {special}" if special else self.headline

    @property
    def special_hint(self) -> str | None:
        """Advice for exactly this case; None when there is only the general advice of the code."""
        return self._hint

    @property
    def headline(self) -> str:
        """What happened, with its code."""
        known = codes.lookup(self.status)
        text = self.detail or (known.meaning if known else "failed")
        code = f"{known.symbol} 0x{self.status:08X}" if known else f"0x{self.status:08X}"
        return f"{text} [{code}]"

    def diagnostic(self) -> str:
        """The whole story for people: the message, where it happened, what the other side said, what to do.

        Several lines without a final line feed; the hint is the last one.
        """
        lines = [self.headline, *self._context_lines()]
        for label, value in (
            ("operation", self.operation),
            ("phase", self.phase),
            ("host", self.host),
            ("namespace", self.namespace),
        ):
            if value is not None:
                lines.append(f"  {label}: {value}")
        if self.extended is not None:
            lines += self._extended_lines(self.extended)
        cause = self.__cause__
        # What only adds a place to another error has its words already.
        if cause is not None and not (isinstance(cause, WmiError) and cause.detail and cause.detail in self.headline):
            lines.append(f"  cause: {str(cause) or type(cause).__name__}")
        lines += [f"  note: {note}" for note in getattr(self, "__notes__", ())]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)

    def _context_lines(self) -> list[str]:
        return []

    @staticmethod
    def _extended_lines(extended: ExtendedStatus) -> list[str]:
        lines = []
        if extended.description:
            lines.append(f"  description: {extended.description}")
        if extended.provider_name:
            lines.append(f"  provider: {extended.provider_name}")
        if extended.operation:
            lines.append(f"  provider's operation: {extended.operation}")
        if extended.parameter_info:
            lines.append(f"  parameters: {extended.parameter_info}")
        if extended.status_code is not None:
            lines.append(f"  provider's code: {codes.describe(extended.status_code)}")
        return lines

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls cls(*args), which loses every keyword; OSError's own would lose even the message.
        return _revive, (type(self), self.args), self.__dict__.copy()


def _revive(cls: type[WmiError], args: tuple[object, ...]) -> WmiError:
    error = cls.__new__(cls)
    error.args = args
    return error


class ConnectError(WmiError):
    """The host was not reached, or the connection broke."""

    default_status = codes.WBEM_E_TRANSPORT_FAILURE


class AuthError(WmiError):
    """The host was reached and refused the login."""

    default_status = codes.E_ACCESSDENIED


class AccessDenied(WmiError):
    """Logged in, but this user may not do this."""

    default_status = codes.WBEM_E_ACCESS_DENIED


class InvalidQuery(WmiError):
    """The query text is wrong, and where.

    Args:
        text: the whole query.
        line, column: place of the mistake, both counted from 1; computed from *span* when omitted.
        span: offsets of the mistake in *text*, end exclusive; an empty span is a place between two characters.
        found, expected: what stood there, and what could have stood there; together they make the detail when no
            detail is given.
    """

    default_status = codes.WBEM_E_INVALID_QUERY

    def __init__(
        self,
        detail: str = "",
        *,
        text: str | None = None,
        line: int | None = None,
        column: int | None = None,
        span: tuple[int, int] | None = None,
        found: str | None = None,
        expected: str | None = None,
        **context: Any,
    ) -> None:
        if not detail and expected is not None:
            detail = f"expected {expected}" + (f", found {found}" if found is not None else "")
        super().__init__(detail, **context)
        if text is not None and span is not None and line is None:
            before = text[: span[0]]
            line = before.count("\n") + 1
            column = span[0] - (before.rfind("\n") + 1) + 1
        self.text = text
        self.line = line
        self.column = column
        self.span = span
        self.found = found
        self.expected = expected

    def caret(self) -> str:
        """The line of the mistake with a mark under it; "" when the place is not known.

        A line that is too long for a terminal is cut on both sides of the place.
        """
        if self.text is None or self.line is None or self.column is None:
            return ""
        from wmix.caret import caret_text  # most programs show none

        width = self.span[1] - self.span[0] if self.span else 1
        return caret_text(self.text, self.line, self.column, width)

    def _context_lines(self) -> list[str]:
        if not (caret := self.caret()):
            return []
        return [f"query:{self.line}:{self.column}:", *caret.split("\n")]


class NotFound(WmiError):
    """The object does not exist."""

    default_status = codes.WBEM_E_NOT_FOUND


class InvalidClass(WmiError):
    """No such class, or a class where an instance was needed or the other way round."""

    default_status = codes.WBEM_E_INVALID_CLASS


class InvalidNamespace(NotFound):
    """No such namespace."""

    default_status = codes.WBEM_E_INVALID_NAMESPACE


class InvalidPath(WmiError, ValueError):
    """The text is not an object path; ``position`` is the offset of the mistake in ``text``, counted from 0."""

    default_status = codes.WBEM_E_INVALID_OBJECT_PATH

    def __init__(
        self, detail: str = "", *, text: str | None = None, position: int | None = None, **context: Any
    ) -> None:
        super().__init__(detail, **context)
        self.text = text
        self.position = position

    def _context_lines(self) -> list[str]:
        if self.text is None or self.position is None:
            return []
        place = InvalidQuery(text=self.text, span=(self.position, self.position + 1))
        return place.caret().split("\n")


class InvalidParameter(WmiError, ValueError):
    """An argument or a flag that this operation does not take."""

    default_status = codes.WBEM_E_INVALID_PARAMETER


class InvalidMethod(WmiError):
    """The class has no such method, or the method cannot be called this way."""

    default_status = codes.WBEM_E_INVALID_METHOD


class InvalidOperation(WmiError):
    """Not allowed on this object or in this state."""

    default_status = codes.WBEM_E_INVALID_OPERATION


class TypeMismatch(WmiError, TypeError):
    """A value of the wrong type for its property, parameter or qualifier."""

    default_status = codes.WBEM_E_TYPE_MISMATCH


class OutOfRange(WmiError, ValueError):
    """A value of the right type that does not fit."""

    default_status = codes.WBEM_E_VALUE_OUT_OF_RANGE


class InvalidDatetime(TypeMismatch, ValueError):
    """Not a CIM datetime, or one that has no counterpart in the type asked for."""


class UnknownProperty(NotFound, AttributeError, KeyError):
    """The class has no property of that name.

    Args:
        property_name, class_name: what was asked of what.
        candidates: the names that exist; the nearest one becomes the hint, worked out only when read (``hasattr``
            raises this error too, and must stay cheap).
    """

    def __init__(
        self,
        detail: str = "",
        *,
        property_name: str | None = None,
        class_name: str | None = None,
        candidates: Iterable[str] = (),
        **context: Any,
    ) -> None:
        if not detail and property_name is not None:
            detail = f"{class_name or 'the object'} has no property {property_name!r}"
        super().__init__(detail, **context)
        self.property_name = property_name
        self.class_name = class_name
        self.candidates = candidates

    @property
    def suggestion(self) -> str | None:
        """The existing name that looks most like the one asked for."""
        if self.property_name is None:
            return None
        self.candidates = tuple(self.candidates)
        return nearest(self.property_name, self.candidates)

    @property
    def special_hint(self) -> str | None:
        """The nearest existing name."""
        if self._hint is None and (name := self.suggestion) is not None:
            return f"did you mean {name!r}?"
        return self._hint

    @property
    def hint(self) -> str | None:
        """The nearest existing name, or how to see those that there are, or the general advice."""
        if self.special_hint is None and self.class_name is not None:
            return f"`wmix describe {self.class_name}` shows what it has"
        return self.special_hint or super().hint

    @hint.setter
    def hint(self, text: str | None) -> None:
        self._hint = text

    def __reduce__(self) -> tuple[Any, ...]:
        self.candidates = tuple(self.candidates)
        return super().__reduce__()


class ProviderError(WmiError):
    """The code that yields the objects failed.

    Args:
        provider, class_name, property_name: who failed, on what; each as far as known.
    """

    default_status = codes.WBEM_E_PROVIDER_FAILURE

    def __init__(
        self,
        detail: str = "",
        *,
        provider: str | None = None,
        class_name: str | None = None,
        property_name: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(detail, **context)
        self.provider = provider
        self.class_name = class_name
        self.property_name = property_name

    def _context_lines(self) -> list[str]:
        named = (("provider", self.provider), ("class", self.class_name), ("property", self.property_name))
        return [f"  {label}: {value}" for label, value in named if value is not None]


class QuotaExceeded(WmiError):
    """A limit on sizes, counts or time set on this side or the other."""

    default_status = codes.WBEM_E_QUOTA_VIOLATION


class DeadlineExceeded(WmiError, TimeoutError):
    """The time given for the call is over."""

    default_status = codes.WBEM_E_TIMED_OUT


class Cancelled(WmiError):
    """The call was cancelled by this side or the other."""

    default_status = codes.WBEM_E_CALL_CANCELLED


class NotSupported(WmiError):
    """The feature does not exist here."""

    default_status = codes.WBEM_E_NOT_SUPPORTED


class ProtocolError(WmiError):
    """The other side sent what the protocol does not allow."""

    default_status = codes.WBEM_E_INVALID_STREAM


class ObjectExists(WmiError):
    """Creation was asked for, and the object is already there."""

    default_status = codes.WBEM_E_ALREADY_EXISTS


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like *name*, ignoring case; None when nothing is near.

    A schema that both begin with (``Win32_``) makes them no more alike.
    """
    from difflib import SequenceMatcher, get_close_matches  # only needed when something has already failed

    spellings = {candidate.casefold(): candidate for candidate in candidates}
    schema, mark, rest = name.casefold().partition("_")
    for found in get_close_matches(name.casefold(), spellings, n=3, cutoff=0.6):
        other = found.removeprefix(schema + mark) if mark else found
        if other == found or (rest and rest in other) or SequenceMatcher(None, rest, other).ratio() >= 0.6:
            return spellings[found]
    return None


def error_for(status: int, detail: str = "", **context: Any) -> WmiError:
    """The error of the family to which *status* belongs; a plain ``WmiError`` when it belongs to none.

    Args:
        status: WBEMSTATUS, HRESULT, Win32 or RPC fault code, signed or unsigned.
        context: further arguments of ``WmiError``.
    """
    return _families().get(codes.hresult(status), WmiError)(detail, status=status, **context)


@cache
def _families() -> dict[int, type[WmiError]]:
    from wmix.error_families import FAMILY_CODES  # read only when a code arrives

    classes = globals()
    return {getattr(codes, name): classes[family] for family, names in FAMILY_CODES.items() for name in names.split()}
