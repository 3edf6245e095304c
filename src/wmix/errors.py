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

``error_for`` turns a status into the right family.  Which code belongs to which family is one table, at the end.
Depends on ``status`` only.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

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

_CONTEXT_COLUMNS = 72
"""How much of a long line a caret message shows."""


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
        known = codes.lookup(self.status)
        text = self.detail or (known.meaning if known else "failed")
        code = f"{known.symbol} 0x{self.status:08X}" if known else f"0x{self.status:08X}"
        return f"{text} [{code}]"

    def diagnostic(self) -> str:
        """The whole story for people: the message, where it happened, what the other side said, what to do.

        Several lines without a final line feed; the hint is the last one.
        """
        lines = [str(self), *self._context_lines()]
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
        if self.__cause__ is not None:
            lines.append(f"  cause: {str(self.__cause__) or type(self.__cause__).__name__}")
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
        lines = self.text.split("\n")
        source = lines[self.line - 1].rstrip("\r") if self.line <= len(lines) else ""
        start = min(self.column - 1, len(source))
        width = max(1, self.span[1] - self.span[0]) if self.span else 1
        width = max(1, min(width, len(source) - start))
        left, right = 0, len(source)
        if right > _CONTEXT_COLUMNS:
            left = max(0, min(start - _CONTEXT_COLUMNS // 2, right - _CONTEXT_COLUMNS))
            right = min(right, left + _CONTEXT_COLUMNS)
            width = min(width, max(1, right - start))
        head, tail = ("…" if left else ""), ("…" if right < len(source) else "")
        shown = head + source[left:right] + tail
        return f"  {shown}\n  {_padding(head + source[left:start])}{'^' * width}"

    def _context_lines(self) -> list[str]:
        if not (caret := self.caret()):
            return []
        return [f"query:{self.line}:{self.column}:", *caret.split("\n")]


def _padding(text: str) -> str:
    """Blanks as wide as *text* on a terminal: tabs stay tabs, wide characters count double."""
    if text.isascii():
        return "".join("\t" if c == "\t" else " " for c in text)
    from unicodedata import combining, east_asian_width  # costs 1 ms, used on this path only

    def blank(c: str) -> str:
        if c == "\t":
            return c
        if combining(c):
            return ""
        return "  " if east_asian_width(c) in "WF" else " "

    return "".join(map(blank, text))


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
    def hint(self) -> str | None:
        """The nearest existing name, or the general advice."""
        if self._hint is None and (name := self.suggestion) is not None:
            return f"did you mean {name!r}?"
        return super().hint

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
    """The candidate that looks most like *name*, ignoring case; None when nothing is near."""
    from difflib import get_close_matches  # only needed when something has already failed

    spellings = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(name.casefold(), spellings, n=1, cutoff=0.6)
    return spellings[found[0]] if found else None


def error_for(status: int, detail: str = "", **context: Any) -> WmiError:
    """The error of the family to which *status* belongs; a plain ``WmiError`` when it belongs to none.

    Args:
        status: WBEMSTATUS, HRESULT, Win32 or RPC fault code, signed or unsigned.
        context: further arguments of ``WmiError``.
    """
    return _families().get(codes.hresult(status), WmiError)(detail, status=status, **context)


_FAMILY_CODES: Final[dict[type[WmiError], str]] = {
    ConnectError: """
        WBEM_E_TRANSPORT_FAILURE WBEM_E_NOT_AVAILABLE WBEM_E_SHUTTING_DOWN WBEM_E_CONNECTION_FAILED
        WBEM_E_FATAL_TRANSPORT_ERROR CO_E_OBJNOTCONNECTED CO_E_ACTIVATIONFAILED_TIMEOUT CO_E_SERVER_EXEC_FAILURE
        CO_E_SERVER_STOPPING REGDB_E_CLASSNOTREG RPC_E_CONNECTION_TERMINATED RPC_E_SERVER_DIED RPC_E_SERVER_DIED_DNE
        RPC_E_DISCONNECTED RPC_E_INVALID_IPID RPC_E_INVALID_OBJECT RPC_E_REMOTE_DISABLED ERROR_BAD_NETPATH
        ERROR_SERVICE_DISABLED ERROR_SERVICE_NOT_ACTIVE ERROR_SHUTDOWN_IN_PROGRESS ERROR_CONNECTION_REFUSED
        ERROR_HOST_UNREACHABLE RPC_S_INVALID_BINDING RPC_S_PROTSEQ_NOT_SUPPORTED RPC_S_SERVER_UNAVAILABLE
        RPC_S_CALL_FAILED RPC_S_CALL_FAILED_DNE EPT_S_NOT_REGISTERED OR_INVALID_OXID OR_INVALID_OID OR_INVALID_SET
        NCA_S_COMM_FAILURE NCA_S_WRONG_BOOT_TIME NCA_S_YOU_CRASHED
    """,
    AuthError: """
        E_ACCESSDENIED WBEM_E_LOCAL_CREDENTIALS RPC_E_ACCESS_DENIED RPC_E_NO_GOOD_SECURITY_PACKAGES
        CO_E_FAILEDTOIMPERSONATE ERROR_NO_LOGON_SERVERS ERROR_LOGON_FAILURE ERROR_ACCOUNT_RESTRICTION
        ERROR_PASSWORD_EXPIRED ERROR_ACCOUNT_DISABLED ERROR_ACCOUNT_LOCKED_OUT ERROR_LOGON_TYPE_NOT_GRANTED
        ERROR_TRUSTED_RELATIONSHIP_FAILURE RPC_S_UNKNOWN_AUTHN_SERVICE RPC_S_UNKNOWN_AUTHN_LEVEL RPC_S_SEC_PKG_ERROR
        NCA_S_UNSUPPORTED_AUTHN_LEVEL SEC_E_UNSUPPORTED_FUNCTION SEC_E_TARGET_UNKNOWN SEC_E_INTERNAL_ERROR
        SEC_E_INVALID_TOKEN SEC_E_LOGON_DENIED SEC_E_UNKNOWN_CREDENTIALS SEC_E_NO_CREDENTIALS
        SEC_E_NO_AUTHENTICATING_AUTHORITY SEC_E_CONTEXT_EXPIRED SEC_E_WRONG_PRINCIPAL SEC_E_TIME_SKEW
        SEC_E_BAD_BINDINGS
    """,
    AccessDenied: """
        WBEM_E_ACCESS_DENIED WBEM_E_PRIVILEGE_NOT_HELD WBEM_E_ENCRYPTED_CONNECTION_REQUIRED
        WBEMESS_E_AUTHZ_NOT_PRIVILEGED ERROR_PRIVILEGE_NOT_HELD RPC_E_UNSECURE_CALL
    """,
    InvalidQuery: """
        WBEM_E_INVALID_QUERY WBEM_E_INVALID_QUERY_TYPE WBEM_E_INVALID_SYNTAX WBEM_E_UNPARSABLE_QUERY
        WBEM_E_NOT_EVENT_CLASS WBEM_E_MISSING_GROUP_WITHIN WBEM_E_MISSING_AGGREGATION_LIST
        WBEM_E_PROPERTY_NOT_AN_OBJECT WBEM_E_AGGREGATING_BY_OBJECT WBEM_E_INVALID_OPERATOR
        WBEMESS_E_REGISTRATION_TOO_BROAD WBEMESS_E_REGISTRATION_TOO_PRECISE
    """,
    NotFound: """
        WBEM_E_NOT_FOUND ERROR_FILE_NOT_FOUND ERROR_PATH_NOT_FOUND
    """,
    InvalidNamespace: """
        WBEM_E_INVALID_NAMESPACE
    """,
    UnknownProperty: """
        WBEM_E_INVALID_PROPERTY
    """,
    InvalidClass: """
        WBEM_E_INVALID_CLASS WBEM_E_INVALID_SUPERCLASS WBEM_E_NO_SCHEMA
    """,
    InvalidPath: """
        WBEM_E_INVALID_OBJECT_PATH MK_E_SYNTAX
    """,
    InvalidParameter: """
        WBEM_E_INVALID_PARAMETER WBEM_E_UNSUPPORTED_PARAMETER WBEM_E_ILLEGAL_NULL WBEM_E_UNSUPPORTED_LOCALE
        WBEM_E_INVALID_LOCALE E_INVALIDARG E_POINTER RPC_X_NULL_REF_POINTER
    """,
    InvalidMethod: """
        WBEM_E_INVALID_METHOD WBEM_E_INVALID_METHOD_PARAMETERS WBEM_E_METHOD_NOT_IMPLEMENTED WBEM_E_METHOD_DISABLED
    """,
    InvalidOperation: """
        WBEM_E_INVALID_OPERATION WBEM_E_ILLEGAL_OPERATION WBEM_E_INVALID_OBJECT WBEM_E_UNEXPECTED WBEM_E_READ_ONLY
        WBEM_E_OVERRIDE_NOT_ALLOWED WBEM_E_PROPAGATED_QUALIFIER WBEM_E_PROPAGATED_PROPERTY WBEM_E_PROPAGATED_METHOD
        WBEM_E_SYSTEM_PROPERTY WBEM_E_CLASS_HAS_CHILDREN WBEM_E_CLASS_HAS_INSTANCES WBEM_E_CANNOT_BE_KEY
        WBEM_E_CANNOT_BE_SINGLETON WBEM_E_CANNOT_BE_ABSTRACT WBEM_E_INCOMPLETE_CLASS WBEM_E_CIRCULAR_REFERENCE
        WBEM_E_UNSUPPORTED_CLASS_UPDATE WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE WBEM_E_CANNOT_CHANGE_INDEX_INHERITANCE
        WBEM_E_UPDATE_OVERRIDE_NOT_ALLOWED WBEM_E_UPDATE_PROPAGATED_METHOD WBEM_E_AMENDED_OBJECT WBEM_E_NO_KEY
    """,
    TypeMismatch: """
        WBEM_E_TYPE_MISMATCH WBEM_E_UPDATE_TYPE_MISMATCH WBEM_E_INVALID_CIM_TYPE WBEM_E_INVALID_PROPERTY_TYPE
        WBEM_E_INVALID_QUALIFIER_TYPE DISP_E_TYPEMISMATCH
    """,
    OutOfRange: """
        WBEM_E_VALUE_OUT_OF_RANGE DISP_E_OVERFLOW
    """,
    ProviderError: """
        WBEM_E_PROVIDER_FAILURE WBEM_E_PROVIDER_NOT_FOUND WBEM_E_INVALID_PROVIDER_REGISTRATION
        WBEM_E_PROVIDER_LOAD_FAILURE WBEM_E_INITIALIZATION_FAILURE WBEM_E_UNINTERPRETABLE_PROVIDER_QUERY
        WBEM_E_VETO_DELETE WBEM_E_VETO_PUT WBEM_E_PROVIDER_SUSPENDED WBEM_E_PROVIDER_NOT_REGISTERED
        WBEM_E_PROVIDER_TIMED_OUT WBEM_E_PROVIDER_DISABLED RPC_E_SERVERFAULT
    """,
    QuotaExceeded: """
        WBEM_E_QUOTA_VIOLATION WBEM_E_OUT_OF_MEMORY WBEM_E_OUT_OF_DISK_SPACE WBEM_E_TOO_MANY_PROPERTIES
        WBEM_E_QUEUE_OVERFLOW WBEM_E_SERVER_TOO_BUSY WBEM_E_CLIENT_TOO_SLOW E_OUTOFMEMORY RPC_E_OUT_OF_RESOURCES
        RPC_S_SERVER_TOO_BUSY NCA_S_FAULT_REMOTE_NO_MEMORY NCA_S_OUT_ARGS_TOO_BIG NCA_S_SERVER_TOO_BUSY
    """,
    DeadlineExceeded: """
        WBEM_E_TIMED_OUT RPC_E_TIMEOUT ERROR_TIMEOUT ERROR_SEM_TIMEOUT
    """,
    Cancelled: """
        WBEM_E_CALL_CANCELLED RPC_E_CALL_CANCELED RPC_S_CALL_CANCELLED E_ABORT ERROR_CANCELLED NCA_S_FAULT_CANCEL
    """,
    NotSupported: """
        WBEM_E_NOT_SUPPORTED WBEM_E_PROVIDER_NOT_CAPABLE WBEM_E_UNSUPPORTED_PUT_EXTENSION
        WBEM_E_QUERY_NOT_IMPLEMENTED E_NOTIMPL E_NOINTERFACE ERROR_NOT_SUPPORTED RPC_E_INVALIDMETHOD
        RPC_S_UNKNOWN_IF RPC_S_PROCNUM_OUT_OF_RANGE RPC_S_CANNOT_SUPPORT NCA_S_OP_RNG_ERROR NCA_S_UNK_IF
        NCA_S_UNSUPPORTED_TYPE
    """,
    ProtocolError: """
        WBEM_E_INVALID_STREAM WBEM_E_UNKNOWN_OBJECT_TYPE WBEM_E_UNKNOWN_PACKET_TYPE WBEM_E_MARSHAL_VERSION_MISMATCH
        WBEM_E_MARSHAL_INVALID_SIGNATURE RPC_E_INVALID_DATAPACKET RPC_E_INVALID_DATA RPC_E_VERSION_MISMATCH
        RPC_E_INVALID_HEADER RPC_E_INVALID_EXTENSION RPC_E_INVALID_OBJREF RPC_S_PROTOCOL_ERROR
        RPC_S_UNSUPPORTED_TRANS_SYN RPC_X_BAD_STUB_DATA SEC_E_MESSAGE_ALTERED SEC_E_OUT_OF_SEQUENCE
        NCA_S_FAULT_CONTEXT_MISMATCH NCA_S_INVALID_PRES_CONTEXT_ID NCA_S_INVALID_CHECKSUM NCA_S_PROTO_ERROR
    """,
    ObjectExists: """
        WBEM_E_ALREADY_EXISTS WBEM_E_PROVIDER_ALREADY_REGISTERED
    """,
}
"""Which codes belong to which family, by their names in ``status``; a code that stands nowhere belongs to none."""


@cache
def _families() -> dict[int, type[WmiError]]:
    return {getattr(codes, name): family for family, names in _FAMILY_CODES.items() for name in names.split()}
