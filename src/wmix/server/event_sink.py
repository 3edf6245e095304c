"""IWbemObjectSink on the server's side: what QueryObjectSink gives a client with events of its own. [MS-WMI] 3.1.4.3.3.

Each Indicate is published in the namespace, whole or not at all; its answer is the HRESULT of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.errors import error_for
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.server.host import object_of
from wmix.status import WBEM_E_NOT_EVENT_CLASS, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.engine.services import Services
    from wmix.net.server.incoming import IncomingCall

__all__ = ["EventSinkStub"]


class EventSinkStub(Stub):
    """Takes the events of one client."""

    def __init__(self, door: Services) -> None:
        self._door = door

    @answers(OBJECT_SINK, "Indicate")
    async def indicate(self, call: IncomingCall, asked: Indicate) -> HresultReply:
        """Publish events."""
        del call
        events = []
        for octets in asked.objects:
            event = object_of(octets)
            if not isinstance(event, CimInstance):
                raise error_for(WBEM_E_NOT_EVENT_CLASS, "an event is an instance")
            events.append(event)
        await self._door.publish(events)
        return HresultReply(WBEM_S_NO_ERROR)

    @answers(OBJECT_SINK, "SetStatus")
    def set_status(self, call: IncomingCall, asked: SetStatus) -> HresultReply:
        """Hear that no more events will come."""
        del call, asked
        return HresultReply(WBEM_S_NO_ERROR)
