"""Services: IWbemServices, one namespace for one caller. [MS-WMI] 3.1.4.3, brief 1.1 to 1.4.

In-parameters stand in the order of the IDL.  Methods with one result have a last parameter ``call_result``: True
stands for a call-result pointer and makes the returned tuple end in ``call_result``.  Which of the two results is
filled is the table of brief 1.2; with WBEM_FLAG_RETURN_IMMEDIATELY it is the call result alone, and without it the
call runs to its end first, which a :class:`~wmix.errors.SynchronousCallWarning` points out.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, overload

from wmix.com.arguments import check_no_flags, flags_of, text_of, truth
from wmix.com.asynchronous import AsynchronousServices, in_parameters, unwrapped
from wmix.com.callresult import CallResult
from wmix.com.classobject import ClassObject
from wmix.com.context import call_context
from wmix.com.enumerator import Enumerator
from wmix.com.errors import failed
from wmix.com.event_sink import EventSink
from wmix.com.results import (
    EnumeratorResult,
    GetObjectCallResult,
    GetObjectResult,
    OpenNamespaceCallResult,
    OpenNamespaceResult,
    ParamsCallResult,
    ParamsResult,
    ResponseHandlerResult,
    Status,
    StatusCallResult,
)
from wmix.errors import InvalidParameter, SynchronousCallWarning, WmiError
from wmix.port.flags import WBEM_FLAG_RETURN_IMMEDIATELY
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
)
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.com.connection import Lease
    from wmix.com.context import Context
    from wmix.engine.calls.callresult import CallResult as Handle
    from wmix.engine.services import Services as Door
    from wmix.port.requests import Request

__all__ = ["Services"]


class Services(AsynchronousServices):
    """The door to one namespace."""

    def __init__(self, lease: Lease, door: Door) -> None:
        super().__init__(lease, door)

    # -- namespaces -------------------------------------------------------------------------------------------------

    @overload
    def open_namespace(
        self, namespace: str | None, flags: int = 0, context: Context | None = None, call_result: Literal[False] = False
    ) -> OpenNamespaceResult: ...

    @overload
    def open_namespace(
        self, namespace: str | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> OpenNamespaceCallResult: ...

    @overload
    def open_namespace(
        self, namespace: str | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> OpenNamespaceCallResult: ...

    def open_namespace(
        self, namespace: str | None, flags: int = 0, context: Context | None = None, call_result: bool = False
    ) -> OpenNamespaceResult | OpenNamespaceCallResult:
        r"""The services of a namespace below this one; ``a\b`` goes two levels down (1.4.9)."""
        request = OpenNamespace(flags_of(flags), call_context(context), text_of(namespace, "namespace"))
        opened = handle = None
        try:
            if self._is_semisynchronous(request, truth(call_result, "call_result")):
                handle = self._begin(request)
            else:
                result = self._run(request)
                opened = Services(self._lease.another(), self._door.namespace_services(result))
            status = WBEM_S_NO_ERROR
        except WmiError as error:
            status = failed(error)
        if call_result:
            return OpenNamespaceCallResult(status, opened, handle)
        return OpenNamespaceResult(status, opened)

    def query_object_sink(self, flags: int = 0) -> ResponseHandlerResult:
        """A sink into which a caller with FULL_WRITE pushes extrinsic events (1.4.68)."""
        try:
            check_no_flags(flags, "QueryObjectSink")
            lease = self._lease.another()
            lease.call(self._door.open_event_sink)
        except WmiError as error:
            return ResponseHandlerResult(failed(error), None)
        return ResponseHandlerResult(WBEM_S_NO_ERROR, EventSink(lease, self._door))

    # -- one object -------------------------------------------------------------------------------------------------

    @overload
    def get_object(
        self,
        object_path: str | None,
        flags: int = 0,
        context: Context | None = None,
        call_result: Literal[False] = False,
    ) -> GetObjectResult: ...

    @overload
    def get_object(
        self, object_path: str | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> GetObjectCallResult: ...

    @overload
    def get_object(
        self, object_path: str | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> GetObjectCallResult: ...

    def get_object(
        self, object_path: str | None, flags: int = 0, context: Context | None = None, call_result: bool = False
    ) -> GetObjectResult | GetObjectCallResult:
        """A class or an instance by its path; no path gives an empty class (1.4.10)."""
        request = GetObject(flags_of(flags), call_context(context), text_of(object_path, "object_path"))
        found = handle = None
        try:
            if self._is_semisynchronous(request, truth(call_result, "call_result")):
                handle = self._begin(request)
            else:
                found = ClassObject(self._run(request).object())
            status = WBEM_S_NO_ERROR
        except WmiError as error:
            status = failed(error)
        return GetObjectCallResult(status, found, handle) if call_result else GetObjectResult(status, found)

    # -- classes ----------------------------------------------------------------------------------------------------

    @overload
    def put_class(
        self,
        object: ClassObject | None,
        flags: int = 0,
        context: Context | None = None,
        call_result: Literal[False] = False,
    ) -> Status: ...

    @overload
    def put_class(
        self, object: ClassObject | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> StatusCallResult: ...

    @overload
    def put_class(
        self, object: ClassObject | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> StatusCallResult: ...

    def put_class(
        self,
        object: ClassObject | None,  # noqa: A002 - as in IDL
        flags: int = 0,
        context: Context | None = None,
        call_result: bool = False,
    ) -> Status | StatusCallResult:
        """Create or update a class (1.4.21)."""
        given = unwrapped(object, "object")
        return self._change(PutClass(flags_of(flags), call_context(context), given), call_result)

    @overload
    def delete_class(
        self,
        class_name: str | None,
        flags: int = 0,
        context: Context | None = None,
        call_result: Literal[False] = False,
    ) -> Status: ...

    @overload
    def delete_class(
        self, class_name: str | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> StatusCallResult: ...

    @overload
    def delete_class(
        self, class_name: str | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> StatusCallResult: ...

    def delete_class(
        self, class_name: str | None, flags: int = 0, context: Context | None = None, call_result: bool = False
    ) -> Status | StatusCallResult:
        """Delete a class, its subclasses and their instances (1.4.27)."""
        request = DeleteClass(flags_of(flags), call_context(context), text_of(class_name, "class_name"))
        return self._change(request, call_result)

    def create_class_enum(
        self, superclass: str | None, flags: int = 0, context: Context | None = None
    ) -> EnumeratorResult:
        """The classes below another; all, or with WBEM_FLAG_SHALLOW the topmost, for None or "" (1.4.31)."""
        return self._enumerate(
            CreateClassEnum(flags_of(flags), call_context(context), text_of(superclass, "superclass"))
        )

    # -- instances --------------------------------------------------------------------------------------------------

    @overload
    def put_instance(
        self,
        inst: ClassObject | None,
        flags: int = 0,
        context: Context | None = None,
        call_result: Literal[False] = False,
    ) -> Status: ...

    @overload
    def put_instance(
        self, inst: ClassObject | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> StatusCallResult: ...

    @overload
    def put_instance(
        self, inst: ClassObject | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> StatusCallResult: ...

    def put_instance(
        self, inst: ClassObject | None, flags: int = 0, context: Context | None = None, call_result: bool = False
    ) -> Status | StatusCallResult:
        """Create or update an instance (1.4.32); the call result's string is its path."""
        given = unwrapped(inst, "inst")
        return self._change(PutInstance(flags_of(flags), call_context(context), given), call_result)

    @overload
    def delete_instance(
        self,
        object_path: str | None,
        flags: int = 0,
        context: Context | None = None,
        call_result: Literal[False] = False,
    ) -> Status: ...

    @overload
    def delete_instance(
        self, object_path: str | None, flags: int, context: Context | None, call_result: Literal[True]
    ) -> StatusCallResult: ...

    @overload
    def delete_instance(
        self, object_path: str | None, flags: int = 0, context: Context | None = None, *, call_result: Literal[True]
    ) -> StatusCallResult: ...

    def delete_instance(
        self, object_path: str | None, flags: int = 0, context: Context | None = None, call_result: bool = False
    ) -> Status | StatusCallResult:
        """Delete the instance of a path (1.4.39)."""
        request = DeleteInstance(flags_of(flags), call_context(context), text_of(object_path, "object_path"))
        return self._change(request, call_result)

    def create_instance_enum(
        self,
        filter: str | None,  # noqa: A002 - as in IDL
        flags: int = 0,
        context: Context | None = None,
    ) -> EnumeratorResult:
        """The instances of a class and, without WBEM_FLAG_SHALLOW, of those below it (1.4.42)."""
        return self._enumerate(CreateInstanceEnum(flags_of(flags), call_context(context), text_of(filter, "filter")))

    # -- queries ----------------------------------------------------------------------------------------------------

    def exec_query(
        self, query_language: str | None, query: str | None, flags: int = 0, context: Context | None = None
    ) -> EnumeratorResult:
        """The objects of a query; with WBEM_FLAG_RETURN_IMMEDIATELY what is wrong with it is told by Next (1.4.47)."""
        language, text = text_of(query_language, "query_language"), text_of(query, "query")
        return self._enumerate(ExecQuery(flags_of(flags), call_context(context), text, language))

    def exec_notification_query(
        self, query_language: str | None, query: str | None, flags: int = 0, context: Context | None = None
    ) -> EnumeratorResult:
        """The events of a query; never synchronous: WBEM_FLAG_RETURN_IMMEDIATELY and _FORWARD_ONLY must be set.

        When it returns, the subscription is in force, and what is wrong with the query is its HRESULT (1.4.53).
        """
        language, text = text_of(query_language, "query_language"), text_of(query, "query")
        request = ExecNotificationQuery(flags_of(flags), call_context(context), text, language)
        try:
            lease = self._lease.another()
            handle = lease.call(self._door.subscribe, request)
            return EnumeratorResult(WBEM_S_NO_ERROR, Enumerator(lease, self._door, handle))
        except WmiError as error:
            return EnumeratorResult(failed(error), None)

    # -- methods ----------------------------------------------------------------------------------------------------

    @overload
    def exec_method(
        self,
        object_path: str | None,
        method_name: str | None,
        flags: int = 0,
        context: Context | None = None,
        in_params: ClassObject | None = None,
        call_result: Literal[False] = False,
    ) -> ParamsResult: ...

    @overload
    def exec_method(
        self,
        object_path: str | None,
        method_name: str | None,
        flags: int,
        context: Context | None,
        in_params: ClassObject | None,
        call_result: Literal[True],
    ) -> ParamsCallResult: ...

    @overload
    def exec_method(
        self,
        object_path: str | None,
        method_name: str | None,
        flags: int = 0,
        context: Context | None = None,
        in_params: ClassObject | None = None,
        *,
        call_result: Literal[True],
    ) -> ParamsCallResult: ...

    def exec_method(
        self,
        object_path: str | None,
        method_name: str | None,
        flags: int = 0,
        context: Context | None = None,
        in_params: ClassObject | None = None,
        call_result: bool = False,
    ) -> ParamsResult | ParamsCallResult:
        """Run a method on a class path (static) or an instance path; None for a method without out-parameters.

        The HRESULT tells whether the method was run; how it went is its ``ReturnValue`` (1.4.59).
        """
        path, method = text_of(object_path, "object_path"), text_of(method_name, "method_name")
        out = handle = None
        try:
            request = ExecMethod(flags_of(flags), call_context(context), path, method, in_parameters(in_params))
            if self._is_semisynchronous(request, truth(call_result, "call_result")):
                handle = self._begin(request)
            else:
                result = self._run(request)
                out = None if result.outcome().object is None else ClassObject(result.object())
                # Both are filled here, unlike those of GetObject ([MS-WMI] 3.1.4.3.22).
                handle = CallResult(self._lease.another(), self._door, result) if call_result else None
            status = WBEM_S_NO_ERROR
        except WmiError as error:
            status = failed(error)
        return ParamsCallResult(status, out, handle) if call_result else ParamsResult(status, out)

    def release(self) -> None:
        """Give the namespace up; enumerators and call results that came from it stay usable."""
        self._lease.release()

    # -- the modes --------------------------------------------------------------------------------------------------

    def _is_semisynchronous(self, request: Request, call_result: bool) -> bool:
        """Whether the call is to return at once; warns of one that is not, at the caller of the public method.

        Raises:
            InvalidParameter: it is, and there is no place for its call result (1.2).
        """
        if not request.flags & WBEM_FLAG_RETURN_IMMEDIATELY:
            _warn(request, stacklevel=4)
            return False
        if not call_result:
            raise InvalidParameter(
                f"{request.operation} with WBEM_FLAG_RETURN_IMMEDIATELY needs call_result=True",
                operation=request.operation,
            )
        return True

    def _begin(self, request: Request) -> CallResult:
        lease = self._lease.another()
        return CallResult(lease, self._door, lease.do(lambda: self._door.begin(request)))

    def _run(self, request: Request) -> Handle:
        return self._lease.call(self._door.run, request)

    def _change(self, request: Request, call_result: bool) -> Status | StatusCallResult:
        """A call whose result is its status, in the mode that flags and call result choose together."""
        handle = None
        try:
            if not truth(call_result, "call_result"):
                if request.flags & WBEM_FLAG_RETURN_IMMEDIATELY:
                    raise InvalidParameter(
                        f"{request.operation} with WBEM_FLAG_RETURN_IMMEDIATELY needs call_result=True",
                        operation=request.operation,
                    )
                _warn(request, stacklevel=4)
                self._run(request)
            else:
                # With a call result the outcome is told by it, whatever the flag says ([MS-WMI] 3.1.4.3.6).
                handle = self._begin(request)
            status = WBEM_S_NO_ERROR
        except WmiError as error:
            status = failed(error)
        return StatusCallResult(status, handle) if call_result else Status(status)

    def _enumerate(self, request: Request) -> EnumeratorResult:
        try:
            if request.flags & WBEM_FLAG_RETURN_IMMEDIATELY:
                return self._opened(request)
            _warn(request, stacklevel=4)
            lease = self._lease.another()
            return EnumeratorResult(
                WBEM_S_NO_ERROR, Enumerator(lease, self._door, lease.call(self._door.collect, request))
            )
        except WmiError as error:
            return EnumeratorResult(failed(error), None)

    def _opened(self, request: Request) -> EnumeratorResult:
        lease = self._lease.another()
        return EnumeratorResult(
            WBEM_S_NO_ERROR, Enumerator(lease, self._door, lease.do(lambda: self._door.open(request)))
        )

    def __repr__(self) -> str:
        return f"<com.Services {self._door.namespace}>"


def _warn(request: Request, *, stacklevel: int) -> None:
    warnings.warn(
        f"{request.operation} blocks until it has ended; with WBEM_FLAG_RETURN_IMMEDIATELY the program can go on",
        SynchronousCallWarning,
        stacklevel=stacklevel,
    )
