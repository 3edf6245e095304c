"""Calls with one result: made at once, or begun and waited for by a call result. [MS-WMI] 3.1.4.3, 3.1.4.5.

A semisynchronous call gives an IWbemCallResult, which is polled by the getter that fits the call: GetResultObject for
GetObject and ExecMethod, GetResultString for PutInstance, GetCallStatus for the others.  A caller who gives up leaves
nothing behind: the call result is released whatever happens.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from wmix.errors import ProtocolError
from wmix.net.client.failures import refused
from wmix.net.client.phases import Phase
from wmix.port.requests import DeleteClass
from wmix.protocol.wbem import services as wire
from wmix.protocol.wbem.call_result import CALL_RESULT, WaitForResult
from wmix.status import WBEM_S_TIMEDOUT, is_error

if TYPE_CHECKING:
    from wmix.net.client.exporter import RemoteExporter
    from wmix.net.client.references import RemoteReference
    from wmix.port.requests import DeleteInstance
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["Calls", "SingleCalls", "deletion"]

#: Milliseconds for which one getter waits on the host.
_SLICE: Final = 5000
_MILLISECONDS: Final = 1000


class Calls(Protocol):
    """What makes calls on IWbemServices of one namespace."""

    async def services_call(
        self, method: str, request: Parameters, *, until: float | None, seconds: float
    ) -> tuple[RemoteExporter, Any]:
        """The reply of a method, and the exporter it came from."""
        ...


class SingleCalls:
    """The calls with one result of one namespace.

    Args:
        patience: seconds without an answer after which the host is taken for gone.
        longest: seconds of a synchronous call that has no deadline.
    """

    def __init__(self, calls: Calls, *, patience: float, longest: float) -> None:
        self._calls = calls
        self._patience = patience
        self._longest = longest

    async def object(self, method: str, request: Parameters, *, immediately: bool, until: float | None) -> bytes | None:
        """The object of GetObject or ExecMethod, encoded; None when a method gives none."""
        if immediately:
            _, reply = await self._result(method, request, "GetResultObject", until)
            found: bytes | None = reply.object
            return found
        _, reply = await self._calls.services_call(method, request, until=until, seconds=self._longest)
        value = reply.object if isinstance(reply, wire.GetObjectReply) else reply.result
        if not isinstance(value, bytes | None):
            raise ProtocolError(f"{method} did not give what was asked for", operation=method, phase=Phase.CALL)
        return value

    async def text(self, request: Parameters, *, until: float | None) -> str | None:
        """The path of what PutInstance has written."""
        _, reply = await self._result("PutInstance", request, "GetResultString", until)
        path: str | None = reply.string
        return path

    async def status(self, method: str, request: Parameters, *, immediately: bool, until: float | None) -> None:
        """The end of PutClass, DeleteClass or DeleteInstance."""
        if not immediately:
            await self._calls.services_call(method, request, until=until, seconds=self._longest)
            return
        place, reply = await self._result(method, request, "GetCallStatus", until)
        if is_error(reply.status):
            raise refused(reply.status, place, Phase.CALL, operation=method)

    async def _result(self, method: str, request: Parameters, getter: str, until: float | None) -> tuple[str, Any]:
        """Begin *method* and wait for its result; the host's place and the getter's reply."""
        exporter, begun = await self._calls.services_call(method, request, until=until, seconds=self._patience)
        result = exporter.reference(begun.call_result)
        try:
            while True:
                reply = await self._wait(exporter, result, method, getter, until)
                if reply.hresult != WBEM_S_TIMEDOUT:
                    return exporter.place, reply
        finally:
            result.release()

    async def _wait(
        self, exporter: RemoteExporter, result: RemoteReference, method: str, getter: str, until: float | None
    ) -> Any:
        left = float("inf") if until is None else until - asyncio.get_running_loop().time()
        timeout = max(0, min(_SLICE, int(left * _MILLISECONDS) if until is not None else _SLICE))
        return await exporter.invoke(
            result,
            CALL_RESULT[getter],
            WaitForResult(timeout),
            seconds=self._patience + timeout / _MILLISECONDS,
            until=until,
            operation=method,
        )


def deletion(request: DeleteClass | DeleteInstance, context: bytes | None, immediately: bool) -> tuple[str, Parameters]:
    """DeleteClass or DeleteInstance: the name of the method, and its message."""
    if isinstance(request, DeleteClass):
        return "DeleteClass", wire.DeleteClass(request.class_name, request.flags, context, immediately)
    return "DeleteInstance", wire.DeleteInstance(request.path, request.flags, context, immediately)
