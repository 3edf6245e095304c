"""Operations: which flags, arguments, rights and results each call has. [MS-WMI] 3.1.4.3, brief 1.2 to 1.4.

One table, read by the door (:mod:`wmix.engine.services`) for every caller and every mode.  Bits that the
specification tells to ignore are ignored; any other bit that is not listed is INVALID_PARAMETER ([MS-WMI] 2.2.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.path_scanner import utf16_length
from wmix.errors import InvalidNamespace, InvalidParameter, QuotaExceeded, error_for
from wmix.port import flags as f
from wmix.port.caller import Rights
from wmix.port.requests import (
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutClass,
    PutInstance,
    Request,
)
from wmix.record import Record
from wmix.status import WBEM_E_INVALID_QUERY_TYPE

if TYPE_CHECKING:
    from wmix.config import Limits

__all__ = ["OPERATIONS", "Operation", "check_arguments", "check_flags", "needed_rights"]

_IMMEDIATELY: Final = f.WBEM_FLAG_RETURN_IMMEDIATELY
_FORWARD: Final = f.WBEM_FLAG_FORWARD_ONLY
_STATUS: Final = f.WBEM_FLAG_SEND_STATUS
_AMENDED: Final = f.WBEM_FLAG_USE_AMENDED_QUALIFIERS
_DIRECT: Final = f.WBEM_FLAG_DIRECT_READ
_LOCATABLE: Final = f.WBEM_FLAG_ENSURE_LOCATABLE
_CHANGE: Final = f.WBEM_FLAG_UPDATE_ONLY | f.WBEM_FLAG_CREATE_ONLY
_UPDATE: Final = f.WBEM_FLAG_UPDATE_SAFE_MODE | f.WBEM_FLAG_UPDATE_FORCE_MODE


class Operation(Record):
    """The rules of one call."""

    #: Flags of the synchronous and semisynchronous form.
    flags: int
    #: Flags of the asynchronous twin; None where there is none.
    async_flags: int | None
    #: The rights that are tested before the call is accepted (1.1.6).
    rights: int = Rights.ENABLE
    #: Pairs of flags of which only one may be set.
    exclusive: tuple[int, ...] = ()
    #: Flags that must be set.
    mandatory: int = 0
    #: The call yields a set of objects: its semisynchronous result is an enumerator.
    is_set: bool = False
    #: Reads may be stopped half-way; writes and methods run to their end.
    stops_when_cancelled: bool = True


OPERATIONS: Final[dict[type[Request], Operation]] = {
    OpenNamespace: Operation(_IMMEDIATELY, None),
    GetObject: Operation(_IMMEDIATELY | _DIRECT | _AMENDED, _STATUS | _DIRECT | _AMENDED),
    PutClass: Operation(
        _IMMEDIATELY | _CHANGE | _UPDATE | _AMENDED | f.WBEM_FLAG_OWNER_UPDATE,
        _STATUS | _CHANGE | _UPDATE | _AMENDED,
        exclusive=(_CHANGE, _UPDATE),
        stops_when_cancelled=False,
    ),
    DeleteClass: Operation(_IMMEDIATELY | f.WBEM_FLAG_OWNER_UPDATE, _STATUS, stops_when_cancelled=False),
    CreateClassEnum: Operation(
        _IMMEDIATELY | _FORWARD | f.WBEM_FLAG_SHALLOW | _AMENDED,
        _STATUS | f.WBEM_FLAG_SHALLOW | _AMENDED,
        is_set=True,
    ),
    PutInstance: Operation(
        _IMMEDIATELY | _CHANGE | _AMENDED,
        _STATUS | _CHANGE | _AMENDED,
        exclusive=(_CHANGE,),
        stops_when_cancelled=False,
    ),
    DeleteInstance: Operation(_IMMEDIATELY, _STATUS, stops_when_cancelled=False),
    CreateInstanceEnum: Operation(
        _IMMEDIATELY | _FORWARD | f.WBEM_FLAG_SHALLOW | _DIRECT | _AMENDED | _LOCATABLE,
        _STATUS | f.WBEM_FLAG_SHALLOW | _DIRECT | _AMENDED | _LOCATABLE,
        is_set=True,
    ),
    ExecQuery: Operation(
        _IMMEDIATELY | _FORWARD | f.WBEM_FLAG_PROTOTYPE | _DIRECT | _AMENDED | _LOCATABLE,
        _STATUS | f.WBEM_FLAG_PROTOTYPE | _DIRECT | _AMENDED | _LOCATABLE,
        is_set=True,
    ),
    ExecNotificationQuery: Operation(
        _IMMEDIATELY | _FORWARD | _AMENDED, _STATUS | _AMENDED, mandatory=_IMMEDIATELY | _FORWARD, is_set=True
    ),
    ExecMethod: Operation(
        _IMMEDIATELY, _STATUS, rights=Rights.ENABLE | Rights.METHOD_EXECUTE, stops_when_cancelled=False
    ),
}


def check_flags(request: Request, *, asynchronous: bool) -> Operation:
    """See that the flags of *request* fit its operation and mode.

    Raises:
        InvalidParameter: a bit is not listed, a mandatory one is missing, or two exclude each other; the message names
            them in hexadecimal.
    """
    operation = OPERATIONS[type(request)]
    allowed = operation.async_flags if asynchronous else operation.flags
    name = request.operation + ("Async" if asynchronous else "")
    if allowed is None:
        raise InvalidParameter(f"{request.operation} has no asynchronous form", operation=name)
    given = request.flags & ~f.IGNORED_ON_RECEIPT
    if not request.flags & allowed & f.WBEM_FLAG_NO_ERROR_OBJECT:
        given &= ~f.WBEM_FLAG_NO_ERROR_OBJECT
    if given & ~allowed:
        raise InvalidParameter(
            f"{name} does not know the flag 0x{given & ~allowed:X}; it accepts 0x{allowed:X}", operation=name
        )
    for pair in operation.exclusive:
        if given & pair == pair:
            raise InvalidParameter(f"{name}: the flags 0x{pair:X} exclude each other", operation=name)
    if not asynchronous and given & operation.mandatory != operation.mandatory:
        raise InvalidParameter(
            f"{name} is never synchronous: the flags 0x{operation.mandatory:X} must be set", operation=name
        )
    return operation


def needed_rights(request: Request, operation: Operation) -> int:
    """The rights that are tested before *request* is accepted.

    Everybody who may enter a namespace may ask what else he may do there (brief 8.4.1).
    """
    if isinstance(request, ExecMethod) and (request.method or "").casefold() == "getcalleraccessrights":
        # Text, not a parsed path: a malformed one is the backend's to judge.
        class_name = (request.path or "").rpartition(":")[2].removesuffix("=@")
        if class_name.casefold() == "__systemsecurity":
            return Rights.ENABLE
    return operation.rights


def check_arguments(request: Request, limits: Limits) -> None:
    """See that required arguments are there and that texts are not longer than the limits (brief 0.10).

    Raises:
        InvalidParameter: a required argument is missing or empty.
        WmiError: WBEM_E_INVALID_QUERY_TYPE for a language that is not WQL.
        QuotaExceeded: a text is longer than its limit.
    """
    match request:
        case ExecQuery() | ExecNotificationQuery():
            _check_query(request, limits)
        case GetObject() if request.path:
            _check_length(request, "object path", request.path, limits.max_path)
        case DeleteInstance():
            _check_length(request, "object path", _required(request, "path", request.path), limits.max_path)
        case ExecMethod():
            _check_length(request, "object path", _required(request, "path", request.path), limits.max_path)
            _check_length(request, "method name", _required(request, "method", request.method), limits.max_identifier)
        case CreateInstanceEnum() | DeleteClass():
            name = _required(request, "class name", request.class_name)
            _check_length(request, "class name", name, limits.max_identifier)
        case CreateClassEnum() if request.superclass:
            _check_length(request, "class name", request.superclass, limits.max_identifier)
        case PutClass() | PutInstance():
            if request.object is None:
                raise InvalidParameter(f"{request.operation} needs an object", operation=request.operation)
        case OpenNamespace():
            _check_namespace(request, limits)
        case _:
            pass


def _check_query(request: ExecQuery | ExecNotificationQuery, limits: Limits) -> None:
    # The order is Windows': what is missing comes before a wrong language (brief 1.4.44).
    if request.language is None:
        raise InvalidParameter("the query language is missing; it is WQL", operation=request.operation)
    query = _required(request, "query", request.query)
    if request.language.upper() != "WQL":
        raise error_for(
            WBEM_E_INVALID_QUERY_TYPE,
            f"the query language {request.language!r} is not known; it is WQL",
            operation=request.operation,
        )
    _check_length(request, "query", query, limits.max_query)


def _check_namespace(request: OpenNamespace, limits: Limits) -> None:
    if request.namespace is None:
        raise InvalidParameter("OpenNamespace needs a namespace", operation=request.operation)
    if request.context is not None:
        raise InvalidParameter("OpenNamespace takes no context", operation=request.operation)
    if not request.namespace:
        raise InvalidNamespace("the namespace is empty", operation=request.operation)
    _check_length(request, "namespace", request.namespace, limits.max_namespace)


def _required(request: Request, what: str, value: str | None) -> str:
    if not value:
        raise InvalidParameter(f"{request.operation} needs a {what}", operation=request.operation)
    return value


def _check_length(request: Request, what: str, text: str, limit: int) -> None:
    units = utf16_length(text)
    if units > limit:
        raise QuotaExceeded(f"the {what} has {units} UTF-16 units; the limit is {limit}", operation=request.operation)
