"""IWbemCallResult: the outcome of a semisynchronous call. [MS-WMI] 3.1.4.5.

Every getter waits, may be asked again, and answers for every operation: GetCallStatus with the operation's own status,
the others with what it gave, or WBEM_E_INVALID_OPERATION where it gives nothing of that kind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.wbem.call_result import (
    CALL_RESULT,
    GetCallStatusReply,
    GetResultObjectReply,
    GetResultStringReply,
    WaitForResult,
)
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.protocol.wbem.login import ServicesReply
from wmix.server.host import seconds
from wmix.status import WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from wmix.engine.calls.callresult import CallResult
    from wmix.engine.services import Services
    from wmix.net.server.incoming import IncomingCall
    from wmix.server.host import Host

__all__ = ["CallResultStub"]


class CallResultStub(Stub):
    """The handle of one call."""

    def __init__(self, host: Host, door: Services, result: CallResult) -> None:
        self._host = host
        self._door = door
        self._result = result

    def released(self) -> None:
        """A read that still runs is given up; a write or a method runs to its end."""
        self._result.release()

    @answers(CALL_RESULT, "GetResultObject")
    async def get_result_object(self, call: IncomingCall, asked: WaitForResult) -> GetResultObjectReply:
        """The object of GetObject, the out-parameters of ExecMethod."""
        if not await self._wait(call, asked):
            return GetResultObjectReply(None, WBEM_S_TIMEDOUT)
        return GetResultObjectReply(self._host.writer.unit(self._result.object()))

    @answers(CALL_RESULT, "GetResultString")
    async def get_result_string(self, call: IncomingCall, asked: WaitForResult) -> GetResultStringReply:
        """The path of the instance that PutInstance wrote."""
        if not await self._wait(call, asked):
            return GetResultStringReply(None, WBEM_S_TIMEDOUT)
        return GetResultStringReply(self._result.text())

    @answers(CALL_RESULT, "GetResultServices")
    async def get_result_services(self, call: IncomingCall, asked: WaitForResult) -> ServicesReply:
        """The namespace that OpenNamespace opened."""
        from wmix.server.services import ServicesStub

        if not await self._wait(call, asked):
            return ServicesReply(None, WBEM_S_TIMEDOUT)
        stub = ServicesStub(self._host, self._door.namespace_services(self._result))
        return ServicesReply(call.export(stub, IID_IWbemServices))

    @answers(CALL_RESULT, "GetCallStatus")
    async def get_call_status(self, call: IncomingCall, asked: WaitForResult) -> GetCallStatusReply:
        """Whether the operation has ended, and how."""
        if not await self._wait(call, asked):
            return GetCallStatusReply(0, WBEM_S_TIMEDOUT)
        return GetCallStatusReply(self._result.status, WBEM_S_NO_ERROR)

    async def _wait(self, call: IncomingCall, asked: WaitForResult) -> Any:
        if asked.timeout:
            call.waits()
        try:
            return await self._result.wait(0 if call.is_cancelled else seconds(asked.timeout))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (call.may_end_early and call.is_cancelled) or task is None:
                raise
            task.uncancel()
            return self._result.is_done
