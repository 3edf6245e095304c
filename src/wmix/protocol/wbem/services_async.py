"""IWbemServices: the methods that answer through a sink. [MS-WMI] 3.1.4.3.

Each takes what its twin takes and a sink in the place of results; the answer says only whether the operation began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U32
from wmix.protocol.wbem.automation import BSTR
from wmix.protocol.wbem.interface_types import CLASS_OBJECT, CONTEXT, REFERENCE

if TYPE_CHECKING:
    from wmix.protocol.dcom.objref import ObjRef

__all__ = [
    "CreateClassEnumAsync",
    "CreateInstanceEnumAsync",
    "DeleteClassAsync",
    "DeleteInstanceAsync",
    "ExecMethodAsync",
    "ExecNotificationQueryAsync",
    "ExecQueryAsync",
    "GetObjectAsync",
    "PutClassAsync",
    "PutInstanceAsync",
]


class GetObjectAsync(Parameters):
    """Opnum 7, in."""

    path: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class PutClassAsync(Parameters):
    """Opnum 9, in."""

    object: bytes | None = wire(CLASS_OBJECT)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class DeleteClassAsync(Parameters):
    """Opnum 11, in."""

    class_name: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class CreateClassEnumAsync(Parameters):
    """Opnum 13, in."""

    superclass: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class PutInstanceAsync(Parameters):
    """Opnum 15, in."""

    object: bytes | None = wire(CLASS_OBJECT)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class DeleteInstanceAsync(Parameters):
    """Opnum 17, in."""

    path: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class CreateInstanceEnumAsync(Parameters):
    """Opnum 19, in."""

    class_name: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class ExecQueryAsync(Parameters):
    """Opnum 21, in."""

    language: str | None = wire(BSTR)
    query: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class ExecNotificationQueryAsync(Parameters):
    """Opnum 23, in."""

    language: str | None = wire(BSTR)
    query: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)


class ExecMethodAsync(Parameters):
    """Opnum 25, in."""

    path: str | None = wire(BSTR)
    method: str | None = wire(BSTR)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)
    parameters: bytes | None = wire(CLASS_OBJECT, default=None)
    sink: ObjRef | None = wire(REFERENCE, default=None)
