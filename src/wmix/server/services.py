"""IWbemServices: every method in its three modes, over the engine's door. [MS-WMI] 3.1.4.3.

* synchronous: the answer comes when the operation has ended;
* semisynchronous (WBEM_FLAG_RETURN_IMMEDIATELY): the answer is a call result or an enumerator at once;
* asynchronous: the answer says whether the operation began, and its results go to the client's sink
  (:mod:`.asynchronous`).

Which of two results is filled follows wire-protocol 2.5: GetObject and OpenNamespace fill the object alone, ExecMethod
both, and the methods that write are told by their call result whenever the client has a place for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter
from wmix.net.server.stubs import answers
from wmix.port import requests
from wmix.port.flags import WBEM_FLAG_PROTOTYPE, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.protocol.wbem.identifiers import (
    IID_IEnumWbemClassObject,
    IID_IWbemCallResult,
    IID_IWbemObjectSink,
    IID_IWbemServices,
)
from wmix.protocol.wbem.interface_types import ABSENT
from wmix.protocol.wbem.services import (
    SERVICES,
    CallResultReply,
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    EnumeratorReply,
    ExecMethod,
    ExecMethodReply,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    GetObjectReply,
    OpenNamespace,
    OpenNamespaceReply,
    PutClass,
    PutInstance,
    QueryObjectSink,
    QueryObjectSinkReply,
)
from wmix.protocol.wmio import ObjectFlags
from wmix.server.asynchronous import AsynchronousServices, in_parameters
from wmix.server.call_contexts import call_context
from wmix.server.call_result import CallResultStub
from wmix.server.enumerator import EnumeratorStub
from wmix.server.event_sink import EventSinkStub
from wmix.server.host import object_of

if TYPE_CHECKING:
    from typing import Any

    from wmix.engine.calls.callresult import CallResult
    from wmix.engine.calls.enumerator import Enumerator
    from wmix.net.server.incoming import IncomingCall
    from wmix.port.requests import Request
    from wmix.protocol.dcom.methods import Method
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["ServicesStub"]


class ServicesStub(AsynchronousServices):
    """One namespace for one user."""

    def failed(self, method: Method, asked: Any, hresult: int) -> Parameters:
        """The answer of a method that failed: places that the client has for results are null, not missing."""
        match asked:
            case GetObject():
                return GetObjectReply(_empty(asked.wants_object), _empty(asked.wants_call_result), hresult)
            case ExecMethod():
                return ExecMethodReply(_empty(asked.wants_result), _empty(asked.wants_call_result), hresult)
            case OpenNamespace():
                return OpenNamespaceReply(_empty(asked.wants_services), _empty(asked.wants_call_result), hresult)
            case PutClass() | DeleteClass() | PutInstance() | DeleteInstance():
                return CallResultReply(_empty(asked.wants_call_result), hresult)
        return super().failed(method, asked, hresult)

    # -- namespaces -------------------------------------------------------------------------------------------------

    @answers(SERVICES, "OpenNamespace")
    async def open_namespace(self, call: IncomingCall, asked: OpenNamespace) -> OpenNamespaceReply:
        """The services of a namespace below this one."""
        request = requests.OpenNamespace(asked.flags, call_context(asked.context), asked.namespace)
        if _returns_at_once(request, asked.wants_call_result):
            handle = self._exported(call, self.door.begin(request))
            return OpenNamespaceReply(_empty(asked.wants_services), handle)
        result = await self.door.run(request)
        opened = ServicesStub(self.host, self.door.namespace_services(result))
        services = call.export(opened, IID_IWbemServices) if asked.wants_services else ABSENT
        return OpenNamespaceReply(services, _empty(asked.wants_call_result))

    @answers(SERVICES, "QueryObjectSink")
    async def query_object_sink(self, call: IncomingCall, asked: QueryObjectSink) -> QueryObjectSinkReply:
        """A sink for events of the client."""
        if asked.flags:
            raise InvalidParameter("QueryObjectSink takes no flags", operation="QueryObjectSink")
        await self.door.open_event_sink()
        return QueryObjectSinkReply(call.export(EventSinkStub(self.door), IID_IWbemObjectSink))

    @answers(SERVICES, "GetObject")
    async def get_object(self, call: IncomingCall, asked: GetObject) -> GetObjectReply:
        """A class or an instance by its path."""
        request = requests.GetObject(asked.flags, call_context(asked.context), asked.path)
        if _returns_at_once(request, asked.wants_call_result):
            handle = self._exported(call, self.door.begin(request))
            return GetObjectReply(_empty(asked.wants_object), handle)
        result = await self.door.run(request)
        found = self.host.writer.unit(result.object()) if asked.wants_object else ABSENT
        return GetObjectReply(found, _empty(asked.wants_call_result))

    @answers(SERVICES, "ExecMethod")
    async def exec_method(self, call: IncomingCall, asked: ExecMethod) -> ExecMethodReply:
        """Run a method of a class or an instance."""
        request = requests.ExecMethod(
            asked.flags, call_context(asked.context), asked.path, asked.method, in_parameters(asked.parameters)
        )
        if _returns_at_once(request, asked.wants_call_result):
            handle = self._exported(call, self.door.begin(request))
            return ExecMethodReply(_empty(asked.wants_result), handle)
        result = await self.door.run(request)
        out: bytes | None = None
        if result.outcome().object is not None:
            out = self.host.writer.unit(result.object())
        return ExecMethodReply(
            out if asked.wants_result else ABSENT,
            self._exported(call, result) if asked.wants_call_result else ABSENT,
        )

    # -- writing ----------------------------------------------------------------------------------------------------

    @answers(SERVICES, "PutClass")
    async def put_class(self, call: IncomingCall, asked: PutClass) -> CallResultReply:
        """Create or update a class."""
        request = requests.PutClass(asked.flags, call_context(asked.context), object_of(asked.object))
        return await self._change(call, request, asked.wants_call_result)

    @answers(SERVICES, "DeleteClass")
    async def delete_class(self, call: IncomingCall, asked: DeleteClass) -> CallResultReply:
        """Delete a class with what is below it."""
        request = requests.DeleteClass(asked.flags, call_context(asked.context), asked.class_name)
        return await self._change(call, request, asked.wants_call_result)

    @answers(SERVICES, "PutInstance")
    async def put_instance(self, call: IncomingCall, asked: PutInstance) -> CallResultReply:
        """Create or update an instance."""
        request = requests.PutInstance(asked.flags, call_context(asked.context), object_of(asked.object))
        return await self._change(call, request, asked.wants_call_result)

    @answers(SERVICES, "DeleteInstance")
    async def delete_instance(self, call: IncomingCall, asked: DeleteInstance) -> CallResultReply:
        """Delete the instance of a path."""
        request = requests.DeleteInstance(asked.flags, call_context(asked.context), asked.path)
        return await self._change(call, request, asked.wants_call_result)

    async def _change(self, call: IncomingCall, request: Request, wants_call_result: bool) -> CallResultReply:
        at_once = _returns_at_once(request, wants_call_result)
        if not wants_call_result:
            await self.door.run(request)
            return CallResultReply()
        result = self.door.begin(request)
        if not at_once:
            await result.wait()  # how it ended is told by the call result ([MS-WMI] 3.1.4.3.6)
        return CallResultReply(self._exported(call, result))

    # -- many objects -----------------------------------------------------------------------------------------------

    @answers(SERVICES, "CreateClassEnum")
    def create_class_enum(self, call: IncomingCall, asked: CreateClassEnum) -> Any:
        """The classes below another."""
        return self._enumerate(
            call, requests.CreateClassEnum(asked.flags, call_context(asked.context), asked.superclass)
        )

    @answers(SERVICES, "CreateInstanceEnum")
    def create_instance_enum(self, call: IncomingCall, asked: CreateInstanceEnum) -> Any:
        """The instances of a class."""
        return self._enumerate(
            call, requests.CreateInstanceEnum(asked.flags, call_context(asked.context), asked.class_name)
        )

    @answers(SERVICES, "ExecQuery")
    def exec_query(self, call: IncomingCall, asked: ExecQuery) -> Any:
        """The objects of a query."""
        context = call_context(asked.context)
        return self._enumerate(call, requests.ExecQuery(asked.flags, context, asked.query, asked.language))

    @answers(SERVICES, "ExecNotificationQuery")
    async def exec_notification_query(self, call: IncomingCall, asked: ExecNotificationQuery) -> EnumeratorReply:
        """The events of a query; never synchronous, but in force when the call returns."""
        context = call_context(asked.context)
        request = requests.ExecNotificationQuery(asked.flags, context, asked.query, asked.language)
        return self._opened(call, await self.door.subscribe(request))

    def _enumerate(self, call: IncomingCall, request: Request) -> Any:
        if request.flags & WBEM_FLAG_RETURN_IMMEDIATELY:
            return self._opened(call, self.door.open(request))
        return self._collected(call, request)

    async def _collected(self, call: IncomingCall, request: Request) -> EnumeratorReply:
        return self._opened(call, await self.door.collect(request))

    def _opened(self, call: IncomingCall, reader: Enumerator) -> EnumeratorReply:
        stub = EnumeratorStub(self.host, self.door, reader, prototype_flags(reader.call.request))
        return EnumeratorReply(call.export(stub, IID_IEnumWbemClassObject))

    def _exported(self, call: IncomingCall, result: CallResult) -> ObjRef:
        return call.export(CallResultStub(self.host, self.door, result), IID_IWbemCallResult)


def prototype_flags(request: Request) -> int:
    """What marks the answer to a query for a prototype, unless it asks for everything ([MS-WMIO] 2.2.6)."""
    if not isinstance(request, requests.ExecQuery) or not request.flags & WBEM_FLAG_PROTOTYPE:
        return 0
    words = (request.query or "").split()
    return 0 if len(words) > 1 and words[1] == "*" else int(ObjectFlags.PROTOTYPE)


def _returns_at_once(request: Request, wants_call_result: bool) -> bool:
    """Whether the call is semisynchronous.

    Raises:
        InvalidParameter: it is, and there is no place for its call result.
    """
    if not request.flags & WBEM_FLAG_RETURN_IMMEDIATELY:
        return False
    if not wants_call_result:
        raise InvalidParameter(
            f"{request.operation} with WBEM_FLAG_RETURN_IMMEDIATELY needs a place for a call result",
            operation=request.operation,
        )
    return True


def _empty(is_wanted: bool) -> Any:
    """The null pointer for a result, where the client has a place for it."""
    return None if is_wanted else ABSENT
