"""IWbemServices: the methods that answer through a sink of the client, and CancelAsyncCall. [MS-WMI] 3.1.4.3.

The answer says whether the operation began; everything else the sink is told, after that answer.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidParameter, NotFound, WmiError
from wmix.net.server.stubs import Stub, answers
from wmix.port import requests
from wmix.protocol.dcom.objref import ObjRefStandard
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.services import SERVICES, CancelAsyncCall
from wmix.server.call_contexts import call_context
from wmix.server.host import object_of

if TYPE_CHECKING:
    from wmix.engine.services import Services
    from wmix.net.server.incoming import IncomingCall
    from wmix.port.requests import Request
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.protocol.wbem import services_async as asynchronous
    from wmix.server.client_sink import ClientSink
    from wmix.server.host import Host

__all__ = ["AsynchronousServices", "in_parameters"]

#: Sinks of operations that have ended, which may still be named by a CancelAsyncCall that comes late.
_MOST_PAST: Final = 256


class AsynchronousServices(Stub):
    """The asynchronous half of IWbemServices."""

    def __init__(self, host: Host, door: Services) -> None:
        self.host = host
        self.door = door
        self._sinks: dict[tuple[int, int], list[ClientSink]] = {}
        self._past: dict[tuple[int, int], None] = {}

    @answers(SERVICES, "CancelAsyncCall")
    def cancel_async_call(self, call: IncomingCall, asked: CancelAsyncCall) -> HresultReply:
        """End every operation of a sink; each gets SetStatus with WBEM_E_CALL_CANCELLED."""
        del call
        if not isinstance(asked.sink, ObjRefStandard):
            raise InvalidParameter("CancelAsyncCall needs a sink", operation="CancelAsyncCall")
        sinks = self._sinks.get(_object_of(asked.sink))
        if not sinks and _object_of(asked.sink) not in self._past:
            raise NotFound("no operation uses this sink", operation="CancelAsyncCall")
        for sink in list(sinks or ()):
            self.door.cancel(sink)
        return HresultReply()

    @answers(SERVICES, "GetObjectAsync")
    def get_object_async(self, call: IncomingCall, asked: asynchronous.GetObjectAsync) -> HresultReply:
        """A class or an instance by its path."""
        context = call_context(asked.context)
        return self._deliver(call, requests.GetObject(asked.flags, context, asked.path), asked.sink)

    @answers(SERVICES, "PutClassAsync")
    def put_class_async(self, call: IncomingCall, asked: asynchronous.PutClassAsync) -> HresultReply:
        """Create or update a class."""
        context = call_context(asked.context)
        return self._deliver(call, requests.PutClass(asked.flags, context, object_of(asked.object)), asked.sink)

    @answers(SERVICES, "DeleteClassAsync")
    def delete_class_async(self, call: IncomingCall, asked: asynchronous.DeleteClassAsync) -> HresultReply:
        """Delete a class."""
        context = call_context(asked.context)
        return self._deliver(call, requests.DeleteClass(asked.flags, context, asked.class_name), asked.sink)

    @answers(SERVICES, "CreateClassEnumAsync")
    def create_class_enum_async(self, call: IncomingCall, asked: asynchronous.CreateClassEnumAsync) -> HresultReply:
        """The classes below another."""
        context = call_context(asked.context)
        return self._deliver(call, requests.CreateClassEnum(asked.flags, context, asked.superclass), asked.sink)

    @answers(SERVICES, "PutInstanceAsync")
    def put_instance_async(self, call: IncomingCall, asked: asynchronous.PutInstanceAsync) -> HresultReply:
        """Create or update an instance."""
        context = call_context(asked.context)
        return self._deliver(call, requests.PutInstance(asked.flags, context, object_of(asked.object)), asked.sink)

    @answers(SERVICES, "DeleteInstanceAsync")
    def delete_instance_async(self, call: IncomingCall, asked: asynchronous.DeleteInstanceAsync) -> HresultReply:
        """Delete the instance of a path."""
        context = call_context(asked.context)
        return self._deliver(call, requests.DeleteInstance(asked.flags, context, asked.path), asked.sink)

    @answers(SERVICES, "CreateInstanceEnumAsync")
    def create_instance_enum_async(
        self, call: IncomingCall, asked: asynchronous.CreateInstanceEnumAsync
    ) -> HresultReply:
        """The instances of a class."""
        context = call_context(asked.context)
        return self._deliver(call, requests.CreateInstanceEnum(asked.flags, context, asked.class_name), asked.sink)

    @answers(SERVICES, "ExecQueryAsync")
    def exec_query_async(self, call: IncomingCall, asked: asynchronous.ExecQueryAsync) -> HresultReply:
        """The objects of a query."""
        context = call_context(asked.context)
        return self._deliver(call, requests.ExecQuery(asked.flags, context, asked.query, asked.language), asked.sink)

    @answers(SERVICES, "ExecNotificationQueryAsync")
    def exec_notification_query_async(
        self, call: IncomingCall, asked: asynchronous.ExecNotificationQueryAsync
    ) -> HresultReply:
        """The events of a query, until it is cancelled."""
        context = call_context(asked.context)
        request = requests.ExecNotificationQuery(asked.flags, context, asked.query, asked.language)
        return self._deliver(call, request, asked.sink)

    @answers(SERVICES, "ExecMethodAsync")
    def exec_method_async(self, call: IncomingCall, asked: asynchronous.ExecMethodAsync) -> HresultReply:
        """Run a method."""
        context, parameters = call_context(asked.context), in_parameters(asked.parameters)
        request = requests.ExecMethod(asked.flags, context, asked.path, asked.method, parameters)
        return self._deliver(call, request, asked.sink)

    def _deliver(self, call: IncomingCall, request: Request, reference: ObjRef | None) -> HresultReply:
        sink = self.host.sink(call, reference, self._ended)
        try:
            self.door.deliver(request, sink)
        except WmiError:
            sink.drop()
            raise
        sink.begun()
        sink.vanished = partial(self.door.cancel, sink)
        self._sinks.setdefault(_object_of(sink.reference), []).append(sink)
        return HresultReply()

    def _ended(self, sink: ClientSink) -> None:
        """A sink has heard of its end."""
        key = _object_of(sink.reference)
        left = [other for other in self._sinks.get(key, ()) if other is not sink]
        if left:
            self._sinks[key] = left
        elif self._sinks.pop(key, None) is not None:
            self._past[key] = None
            if len(self._past) > _MOST_PAST:
                del self._past[next(iter(self._past))]


def _object_of(reference: Any) -> tuple[int, int]:
    """What tells a sink from others: its exporter and its identifier there."""
    return reference.std.oxid, reference.std.oid


def in_parameters(octets: bytes | None) -> CimInstance | None:
    """The in-parameters of a method: an instance of its in-signature.

    Raises:
        InvalidParameter: a class.
    """
    found = object_of(octets)
    if found is None or isinstance(found, CimInstance):
        return found
    raise InvalidParameter("in-parameters are an instance; spawn one from the in-signature", operation="ExecMethod")
