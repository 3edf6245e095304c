"""IWbemServices: the methods that answer by themselves, at once or by a call result. [MS-WMI] 3.1.4.3.

The twins that answer through a sink are in ``services_async``; the table here has both.  Flags are those of
:mod:`wmix.port.flags`; which are legal is not the codec's question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U32
from wmix.protocol.wbem import services_async as twins
from wmix.protocol.wbem.automation import BSTR
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.protocol.wbem.interface_types import (
    ABSENT,
    CLASS_OBJECT,
    CONTEXT,
    IN_OUT_OBJECT,
    IN_OUT_REFERENCE,
    REFERENCE,
    WANTED,
    MaybeObject,
    MaybeReference,
)
from wmix.protocol.wbem.login import HresultReply

if TYPE_CHECKING:
    from wmix.protocol.dcom.objref import ObjRef

__all__ = [
    "SERVICES",
    "CallResultReply",
    "CancelAsyncCall",
    "CreateClassEnum",
    "CreateInstanceEnum",
    "DeleteClass",
    "DeleteInstance",
    "EnumeratorReply",
    "ExecMethod",
    "ExecMethodReply",
    "ExecNotificationQuery",
    "ExecQuery",
    "GetObject",
    "GetObjectReply",
    "OpenNamespace",
    "OpenNamespaceReply",
    "PutClass",
    "PutInstance",
    "QueryObjectSink",
    "QueryObjectSinkReply",
]


class CallResultReply(Parameters):
    """The out-parameters of PutClass, DeleteClass, PutInstance and DeleteInstance."""

    call_result: MaybeReference = wire(IN_OUT_REFERENCE, default=ABSENT)
    hresult: int = wire(U32, default=0)


class EnumeratorReply(Parameters):
    """The out-parameters of the methods that give an enumerator."""

    enumerator: ObjRef | None = wire(REFERENCE, default=None)
    hresult: int = wire(U32, default=0)


class OpenNamespace(Parameters):
    """Opnum 3, in: a namespace below this one."""

    namespace: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_services: bool = wire(WANTED, default=True)
    wants_call_result: bool = wire(WANTED, default=False)


class OpenNamespaceReply(Parameters):
    """Opnum 3, out."""

    wire_name = "OpenNamespace"
    services: MaybeReference = wire(IN_OUT_REFERENCE, default=ABSENT)
    call_result: MaybeReference = wire(IN_OUT_REFERENCE, default=ABSENT)
    hresult: int = wire(U32, default=0)


class CancelAsyncCall(Parameters):
    """Opnum 4, in: the sink of the operation to end."""

    sink: ObjRef | None = wire(REFERENCE)


class QueryObjectSink(Parameters):
    """Opnum 5, in."""

    flags: int = wire(U32, default=0)


class QueryObjectSinkReply(Parameters):
    """Opnum 5, out: a sink that takes events."""

    wire_name = "QueryObjectSink"
    sink: ObjRef | None = wire(REFERENCE, default=None)
    hresult: int = wire(U32, default=0)


class GetObject(Parameters):
    """Opnum 6, in: a class or an instance by path; no path means a new, empty class."""

    path: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_object: bool = wire(WANTED, default=True)
    wants_call_result: bool = wire(WANTED, default=False)


class GetObjectReply(Parameters):
    """Opnum 6, out."""

    wire_name = "GetObject"
    object: MaybeObject = wire(IN_OUT_OBJECT, default=ABSENT)
    call_result: MaybeReference = wire(IN_OUT_REFERENCE, default=ABSENT)
    hresult: int = wire(U32, default=0)


class PutClass(Parameters):
    """Opnum 8, in."""

    object: bytes | None = wire(CLASS_OBJECT)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_call_result: bool = wire(WANTED, default=False)


class DeleteClass(Parameters):
    """Opnum 10, in."""

    class_name: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_call_result: bool = wire(WANTED, default=False)


class CreateClassEnum(Parameters):
    """Opnum 12, in."""

    superclass: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class PutInstance(Parameters):
    """Opnum 14, in."""

    object: bytes | None = wire(CLASS_OBJECT)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_call_result: bool = wire(WANTED, default=False)


class DeleteInstance(Parameters):
    """Opnum 16, in."""

    path: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    wants_call_result: bool = wire(WANTED, default=False)


class CreateInstanceEnum(Parameters):
    """Opnum 18, in."""

    class_name: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class ExecQuery(Parameters):
    """Opnum 20, in."""

    language: str | None = wire(BSTR)
    query: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class ExecNotificationQuery(Parameters):
    """Opnum 22, in."""

    language: str | None = wire(BSTR)
    query: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class ExecMethod(Parameters):
    """Opnum 24, in; ``parameters`` is an instance of the method's in-signature."""

    path: str | None = wire(BSTR)
    method: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    parameters: bytes | None = wire(CLASS_OBJECT, default=None)
    wants_result: bool = wire(WANTED, default=True)
    wants_call_result: bool = wire(WANTED, default=False)


class ExecMethodReply(Parameters):
    """Opnum 24, out; ``result`` is an instance of the method's out-signature."""

    wire_name = "ExecMethod"
    result: MaybeObject = wire(IN_OUT_OBJECT, default=ABSENT)
    call_result: MaybeReference = wire(IN_OUT_REFERENCE, default=ABSENT)
    hresult: int = wire(U32, default=0)


SERVICES: Final = Interface(
    "IWbemServices",
    IID_IWbemServices,
    (
        Method("OpenNamespace", 3, OpenNamespace, OpenNamespaceReply),
        Method("CancelAsyncCall", 4, CancelAsyncCall, HresultReply),
        Method("QueryObjectSink", 5, QueryObjectSink, QueryObjectSinkReply),
        Method("GetObject", 6, GetObject, GetObjectReply),
        Method("GetObjectAsync", 7, twins.GetObjectAsync, HresultReply),
        Method("PutClass", 8, PutClass, CallResultReply),
        Method("PutClassAsync", 9, twins.PutClassAsync, HresultReply),
        Method("DeleteClass", 10, DeleteClass, CallResultReply),
        Method("DeleteClassAsync", 11, twins.DeleteClassAsync, HresultReply),
        Method("CreateClassEnum", 12, CreateClassEnum, EnumeratorReply),
        Method("CreateClassEnumAsync", 13, twins.CreateClassEnumAsync, HresultReply),
        Method("PutInstance", 14, PutInstance, CallResultReply),
        Method("PutInstanceAsync", 15, twins.PutInstanceAsync, HresultReply),
        Method("DeleteInstance", 16, DeleteInstance, CallResultReply),
        Method("DeleteInstanceAsync", 17, twins.DeleteInstanceAsync, HresultReply),
        Method("CreateInstanceEnum", 18, CreateInstanceEnum, EnumeratorReply),
        Method("CreateInstanceEnumAsync", 19, twins.CreateInstanceEnumAsync, HresultReply),
        Method("ExecQuery", 20, ExecQuery, EnumeratorReply),
        Method("ExecQueryAsync", 21, twins.ExecQueryAsync, HresultReply),
        Method("ExecNotificationQuery", 22, ExecNotificationQuery, EnumeratorReply),
        Method("ExecNotificationQueryAsync", 23, twins.ExecNotificationQueryAsync, HresultReply),
        Method("ExecMethod", 24, ExecMethod, ExecMethodReply),
        Method("ExecMethodAsync", 25, twins.ExecMethodAsync, HresultReply),
    ),
)
