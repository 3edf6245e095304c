"""IEnumWbemClassObject: results in the portions that the client asks for. [MS-WMI] 3.1.4.4.

The enumerator of the engine has the semantics; here its portions become octets.  A portion that is there is answered
at once; for another one the call waits, ends early when its client asks for it, and is given up with its connection.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Clone, Next, NextAsync, NextReply, Reset, Skip
from wmix.protocol.wbem.identifiers import IID_IEnumWbemClassObject, IID_IWbemWCOSmartEnum
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.services import EnumeratorReply
from wmix.protocol.wbem.smart_enum import FETCH_SMART_ENUM, GetSmartEnum, GetSmartEnumReply
from wmix.server.portions import SharedReader, next_status
from wmix.server.smart_enum import SmartEnumStub
from wmix.status import WBEM_E_FAILED, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.engine.calls.enumerator import Enumerator, Portion
    from wmix.engine.services import Services
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.dcom.methods import Method
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.server.host import Host

__all__ = ["EnumeratorStub"]


class EnumeratorStub(Stub):
    """The results of one operation."""

    def __init__(self, host: Host, door: Services, reader: Enumerator, flags: int) -> None:
        self._host = host
        self._door = door
        self._shared = SharedReader(reader)
        self._flags = flags

    def released(self) -> None:
        """The results are given up, unless a smart enumerator reads them."""
        self._shared.released()

    def failed(self, method: Method, asked: Any, hresult: int) -> Parameters:
        """The answer of a method that failed."""
        return (
            NextReply(asked.count, (), hresult) if isinstance(asked, Next) else super().failed(method, asked, hresult)
        )

    @answers(ENUM_CLASS_OBJECT, "Next")
    def next(self, call: IncomingCall, asked: Next) -> Any:
        """Up to ``count`` objects."""
        found = self._shared.next(call, asked.timeout, asked.count)
        if hasattr(found, "__await__"):
            return self._later(call, asked, found)
        if self._host.writer.turns.must_wait(found.returned):
            return self._in_turn(asked, found)
        return self._reply(asked, found)

    async def _later(self, call: IncomingCall, asked: Next, found: Any) -> NextReply:
        portion = await found
        call.may_end_early = False  # what was taken out is to arrive
        return await self._in_turn(asked, portion)

    async def _in_turn(self, asked: Next, portion: Portion) -> NextReply:
        return await self._host.writer.turns.write(portion.returned, partial(self._reply, asked, portion))

    def _reply(self, asked: Next, portion: Portion) -> NextReply:
        units = self._host.writer.units(portion.batches, self._flags)
        return NextReply(asked.count, tuple(units), next_status(portion, asked.count))

    @answers(ENUM_CLASS_OBJECT, "NextAsync")
    def next_async(self, call: IncomingCall, asked: NextAsync) -> HresultReply:
        """Up to ``count`` objects to a sink."""
        sink = self._host.sink(call, asked.sink)
        status = WBEM_E_FAILED
        try:
            status = self._shared.reader.next_async(asked.count, self._door.delivery(sink))
        finally:
            if status != WBEM_S_NO_ERROR:
                sink.drop()
        return HresultReply(status)

    @answers(ENUM_CLASS_OBJECT, "Skip")
    async def skip(self, call: IncomingCall, asked: Skip) -> HresultReply:
        """Pass over objects."""
        return HresultReply(await self._shared.skip(call, asked.timeout, asked.count))

    @answers(ENUM_CLASS_OBJECT, "Reset")
    async def reset(self, call: IncomingCall, asked: Reset) -> HresultReply:
        """Go back to the first object."""
        del call, asked
        await self._shared.reader.reset()
        return HresultReply()

    @answers(ENUM_CLASS_OBJECT, "Clone")
    async def clone(self, call: IncomingCall, asked: Clone) -> EnumeratorReply:
        """A second enumerator at the same position."""
        del asked
        copy = EnumeratorStub(self._host, self._door, await self._shared.reader.clone(), self._flags)
        return EnumeratorReply(call.export(copy, IID_IEnumWbemClassObject))

    @answers(FETCH_SMART_ENUM, "GetSmartEnum")
    def get_smart_enum(self, call: IncomingCall, asked: GetSmartEnum) -> GetSmartEnumReply:
        """The same results with class parts sent once."""
        del asked
        smart = SmartEnumStub(self._host, self._shared.held(), self._flags)
        return GetSmartEnumReply(call.export(smart, IID_IWbemWCOSmartEnum))
