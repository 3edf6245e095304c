"""The asynchronous twins of IWbemServices, and CancelAsyncCall. [MS-WMI] 3.1.1.1.3, brief 1.1.5 and 1.1.6.

Each returns at once: WBEM_S_NO_ERROR when the operation was started, and then the sink gets exactly one final
SetStatus; or why it could not be started, and then the sink is never called.  These methods never touch the error
object of the thread (0.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.com.arguments import flags_of, optional, text_of
from wmix.com.classobject import ClassObject
from wmix.com.context import call_context
from wmix.com.results import Status
from wmix.com.sink import SinkBook, sink_of
from wmix.errors import InvalidParameter, NotFound, WmiError
from wmix.port.requests import (
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    PutClass,
    PutInstance,
)
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.com.connection import Lease
    from wmix.com.context import Context
    from wmix.com.sink import ObjectSink
    from wmix.engine.services import Services as Door
    from wmix.port.requests import Request

__all__ = ["AsynchronousServices", "in_parameters", "unwrapped"]


def unwrapped(value: ClassObject | None, name: str) -> CimInstance | CimClass | None:
    """A copy of what an object of com holds now, as it is sent: the caller may change it while the call runs."""
    checked = optional(value, ClassObject, name)
    return None if checked is None else checked.unwrapped().clone_()


def in_parameters(value: ClassObject | None) -> CimInstance | None:
    """The in-parameters of a method: an instance of its in-signature.

    Raises:
        InvalidParameter: a class.
    """
    found = unwrapped(value, "in_params")
    if found is None or isinstance(found, CimInstance):
        return found
    raise InvalidParameter("in-parameters are an instance; spawn one from the in-signature", operation="ExecMethod")


class AsynchronousServices:
    """The calls whose results go to a sink."""

    def __init__(self, lease: Lease, door: Door) -> None:
        self._lease = lease
        self._door = door
        self._sinks = SinkBook()

    def cancel_async_call(self, sink: ObjectSink | None) -> Status:
        """End every operation of *sink*; each gets SetStatus with WBEM_E_CALL_CANCELLED (1.4.63 to 1.4.67).

        Returns:
            WBEM_E_INVALID_PARAMETER for None, WBEM_E_NOT_FOUND for a sink that no operation has used.
        """
        checked = sink_of(sink, "sink")
        try:
            if checked is None:
                raise InvalidParameter("CancelAsyncCall needs a sink", operation="CancelAsyncCall")
            adapter = self._sinks.find(checked)
            if adapter is not None:
                self._lease.do(self._door.cancel, adapter)
            elif not self._sinks.knew(checked):
                raise NotFound("no operation uses this sink", operation="CancelAsyncCall")
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def get_object_async(
        self, object_path: str | None, flags: int, context: Context | None, response_handler: ObjectSink | None
    ) -> Status:
        """GetObject: one object is indicated."""
        path = text_of(object_path, "object_path")
        return self._deliver(GetObject(flags_of(flags), call_context(context), path), response_handler)

    def put_class_async(
        self,
        object: ClassObject | None,  # noqa: A002
        flags: int,
        context: Context | None,
        response_handler: ObjectSink | None,
    ) -> Status:
        """PutClass."""
        given = unwrapped(object, "object")
        return self._deliver(PutClass(flags_of(flags), call_context(context), given), response_handler)

    def delete_class_async(
        self, class_name: str | None, flags: int, context: Context | None, response_handler: ObjectSink | None
    ) -> Status:
        """DeleteClass."""
        name = text_of(class_name, "class_name")
        return self._deliver(DeleteClass(flags_of(flags), call_context(context), name), response_handler)

    def create_class_enum_async(
        self, superclass: str | None, flags: int, context: Context | None, response_handler: ObjectSink | None
    ) -> Status:
        """CreateClassEnum: the classes are indicated."""
        name = text_of(superclass, "superclass")
        return self._deliver(CreateClassEnum(flags_of(flags), call_context(context), name), response_handler)

    def put_instance_async(
        self, inst: ClassObject | None, flags: int, context: Context | None, response_handler: ObjectSink | None
    ) -> Status:
        """PutInstance: the final SetStatus has the path of the instance."""
        given = unwrapped(inst, "inst")
        return self._deliver(PutInstance(flags_of(flags), call_context(context), given), response_handler)

    def delete_instance_async(
        self, object_path: str | None, flags: int, context: Context | None, response_handler: ObjectSink | None
    ) -> Status:
        """DeleteInstance."""
        path = text_of(object_path, "object_path")
        return self._deliver(DeleteInstance(flags_of(flags), call_context(context), path), response_handler)

    def create_instance_enum_async(
        self,
        filter: str | None,  # noqa: A002
        flags: int,
        context: Context | None,
        response_handler: ObjectSink | None,
    ) -> Status:
        """CreateInstanceEnum: the instances are indicated."""
        name = text_of(filter, "filter")
        return self._deliver(CreateInstanceEnum(flags_of(flags), call_context(context), name), response_handler)

    def exec_query_async(
        self,
        query_language: str | None,
        query: str | None,
        flags: int,
        context: Context | None,
        response_handler: ObjectSink | None,
    ) -> Status:
        """ExecQuery: the objects are indicated."""
        language, text = text_of(query_language, "query_language"), text_of(query, "query")
        request = ExecQuery(flags_of(flags), call_context(context), text, language)
        return self._deliver(request, response_handler)

    def exec_notification_query_async(
        self,
        query_language: str | None,
        query: str | None,
        flags: int,
        context: Context | None,
        response_handler: ObjectSink | None,
    ) -> Status:
        """ExecNotificationQuery: the events are indicated until the call is cancelled."""
        language, text = text_of(query_language, "query_language"), text_of(query, "query")
        request = ExecNotificationQuery(flags_of(flags), call_context(context), text, language)
        return self._deliver(request, response_handler)

    def exec_method_async(
        self,
        object_path: str | None,
        method_name: str | None,
        flags: int,
        context: Context | None,
        in_params: ClassObject | None,
        response_handler: ObjectSink | None,
    ) -> Status:
        """ExecMethod: the out-parameters are indicated as one object."""
        path, method = text_of(object_path, "object_path"), text_of(method_name, "method_name")
        try:
            given = in_parameters(in_params)
        except WmiError as error:
            return Status(error.status)
        request = ExecMethod(flags_of(flags), call_context(context), path, method, given)
        return self._deliver(request, response_handler)

    def _deliver(self, request: Request, response_handler: ObjectSink | None) -> Status:
        sink = sink_of(response_handler, "response_handler")
        adapter = None
        try:
            if sink is not None:
                adapter = self._sinks.begin(sink, self._lease.another())
            self._lease.do(lambda: self._door.deliver(request, adapter))
        except WmiError as error:
            if adapter is not None:
                self._sinks.end(adapter, refused=True)
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)
