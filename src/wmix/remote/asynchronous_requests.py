"""Requests as the asynchronous methods of IWbemServices, which take a sink instead of results. [MS-WMI] 3.1.4.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wmix.port import requests
from wmix.protocol.wbem import services_async as wire
from wmix.remote.contexts import context_octets

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.port.requests import Request
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.protocol.ndr.parameters import Parameters

    #: The name of a method, and what makes its parameters with a sink.
    Message: TypeAlias = tuple[str, Callable[[ObjRefStandard], Parameters]]

__all__ = ["asynchronous_message"]


def asynchronous_message(request: Request, encoded: bytes | None = None) -> Message:
    """The asynchronous method of *request*.

    Args:
        encoded: the object that is put, or the parameters of a method.

    Raises:
        InvalidParameter: a value of the context cannot travel.
    """
    context, flags = context_octets(request.context), request.flags
    match request:
        case requests.ExecQuery(query=query, language=language):
            return "ExecQueryAsync", lambda sink: wire.ExecQueryAsync(language, query, flags, context, sink)
        case requests.ExecNotificationQuery(query=query, language=language):
            return "ExecNotificationQueryAsync", lambda sink: wire.ExecNotificationQueryAsync(
                language, query, flags, context, sink
            )
        case requests.CreateInstanceEnum(class_name=name):
            return "CreateInstanceEnumAsync", lambda sink: wire.CreateInstanceEnumAsync(name, flags, context, sink)
        case requests.CreateClassEnum(superclass=name):
            return "CreateClassEnumAsync", lambda sink: wire.CreateClassEnumAsync(name or "", flags, context, sink)
        case requests.GetObject(path=path):
            return "GetObjectAsync", lambda sink: wire.GetObjectAsync(path or "", flags, context, sink)
        case requests.PutClass():
            return "PutClassAsync", lambda sink: wire.PutClassAsync(encoded, flags, context, sink)
        case requests.PutInstance():
            return "PutInstanceAsync", lambda sink: wire.PutInstanceAsync(encoded, flags, context, sink)
        case requests.DeleteClass(class_name=name):
            return "DeleteClassAsync", lambda sink: wire.DeleteClassAsync(name, flags, context, sink)
        case requests.DeleteInstance(path=path):
            return "DeleteInstanceAsync", lambda sink: wire.DeleteInstanceAsync(path, flags, context, sink)
        case requests.ExecMethod(path=path, method=method):
            return "ExecMethodAsync", lambda sink: wire.ExecMethodAsync(path, method, flags, context, encoded, sink)
        case _:
            raise TypeError(f"{request.operation} has no asynchronous form")
