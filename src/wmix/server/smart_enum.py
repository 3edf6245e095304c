"""IWbemWCOSmartEnum: results whose class parts travel once. [MS-WMI] 3.1.4.6, 3.1.4.7.

A smart enumerator walks the same results as the enumerator that it came from.  What the client has of class parts is
known by the GUID that it sends with every Next: another GUID is another cache, which is empty at first.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.wbem.packets import encode_packet
from wmix.protocol.wbem.smart_enum import WCO_SMART_ENUM, SmartNext, SmartNextReply
from wmix.server.object_writer import KnownClasses
from wmix.server.portions import MOST_SMART_OBJECTS, next_status

if TYPE_CHECKING:
    from wmix.engine.calls.enumerator import Portion
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.ndr.guid import Guid
    from wmix.server.host import Host
    from wmix.server.portions import SharedReader

__all__ = ["SmartEnumStub"]

#: Caches of one smart enumerator that are kept in mind; one is what clients have.
_MOST_PROXIES: Final = 4


class SmartEnumStub(Stub):
    """One smart enumerator."""

    def __init__(self, host: Host, shared: SharedReader, flags: int) -> None:
        self._host = host
        self._shared = shared
        self._flags = flags
        self._proxies: dict[Guid, KnownClasses] = {}

    def released(self) -> None:
        """The results are given up, unless the enumerator still reads them."""
        self._shared.released()

    @answers(WCO_SMART_ENUM, "Next")
    def next(self, call: IncomingCall, asked: SmartNext) -> Any:
        """Up to ``count`` objects as one packet."""
        found = self._shared.next(call, asked.timeout, asked.count, MOST_SMART_OBJECTS)
        if hasattr(found, "__await__"):
            return self._later(call, asked, found)
        if self._host.writer.turns.must_wait(found.returned):
            return self._in_turn(asked, found)
        return self._reply(asked, found)

    async def _later(self, call: IncomingCall, asked: SmartNext, found: Any) -> SmartNextReply:
        portion = await found
        call.may_end_early = False  # what was taken out is to arrive
        return await self._in_turn(asked, portion)

    async def _in_turn(self, asked: SmartNext, portion: Portion) -> SmartNextReply:
        return await self._host.writer.turns.write(portion.returned, partial(self._reply, asked, portion))

    def _reply(self, asked: SmartNext, portion: Portion) -> SmartNextReply:
        status = next_status(portion, asked.count)
        if not portion.returned:
            return SmartNextReply(0, None, status)
        objects = self._host.writer.packet(portion.batches, self._known(asked.proxy), self._flags)
        return SmartNextReply(len(objects), encode_packet(objects), status)

    def _known(self, proxy: Guid) -> KnownClasses:
        found = self._proxies.get(proxy)
        if found is None:
            if len(self._proxies) >= _MOST_PROXIES:
                del self._proxies[next(iter(self._proxies))]
            found = self._proxies[proxy] = KnownClasses()
        return found
