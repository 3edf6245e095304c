"""IRemUnknown(2): further interfaces of an object, and counting references. [MS-DCOM] 3.1.1.5.6, 3.1.1.5.7.

Every exporter has one such object, whose IPID comes with the activation or with resolving its OXID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.identifiers import IID_IRemUnknown, IID_IRemUnknown2
from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.dcom.objref import StdObjRef
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER
from wmix.protocol.ndr.structure import Structure, count_of, wire
from wmix.protocol.ndr.types import GUID, U16, U32

if TYPE_CHECKING:
    from wmix.protocol.ndr.guid import Guid

__all__ = [
    "REM_UNKNOWN",
    "REM_UNKNOWN2",
    "RemAddRef",
    "RemAddRefReply",
    "RemInterfaceRef",
    "RemQiResult",
    "RemQueryInterface",
    "RemQueryInterface2",
    "RemQueryInterface2Reply",
    "RemQueryInterfaceReply",
    "RemRelease",
    "RemReleaseReply",
]


class RemQiResult(Structure):
    """REMQIRESULT: one interface, or why there is none (``std`` is then zero). [MS-DCOM] 2.2.24."""

    wire_name = "REMQIRESULT"
    hresult: int = wire(U32, default=0)
    std: StdObjRef = wire(StdObjRef, default=StdObjRef())


class RemInterfaceRef(Structure):
    """REMINTERFACEREF: references to add to, or take from, an interface. [MS-DCOM] 2.2.23."""

    wire_name = "REMINTERFACEREF"
    ipid: Guid = wire(GUID)
    public_refs: int = wire(U32, default=0)
    private_refs: int = wire(U32, default=0)


class RemQueryInterface(Parameters):
    """Opnum 3, in: interfaces of the object that has the interface ``ipid``."""

    ipid: Guid = wire(GUID)
    refs: int = wire(U32, default=1)
    _count = count_of("iids", U16)
    iids: tuple[Guid, ...] = wire(Array(GUID), default=())


class RemQueryInterfaceReply(Parameters):
    """Opnum 3, out; ``results`` may be there although ``hresult`` is a failure: some or all were not found."""

    wire_name = "RemQueryInterface"
    results: tuple[RemQiResult, ...] | None = wire(Unique(Array(RemQiResult)), default=None)
    hresult: int = wire(U32, default=0)


class RemAddRef(Parameters):
    """Opnum 4, in."""

    _count = count_of("references", U16)
    references: tuple[RemInterfaceRef, ...] = wire(Array(RemInterfaceRef))


class RemAddRefReply(Parameters):
    """Opnum 4, out."""

    wire_name = "RemAddRef"
    results: tuple[int, ...] = wire(Array(U32), default=())
    hresult: int = wire(U32, default=0)


class RemRelease(Parameters):
    """Opnum 5, in."""

    _count = count_of("references", U16)
    references: tuple[RemInterfaceRef, ...] = wire(Array(RemInterfaceRef))


class RemReleaseReply(Parameters):
    """Opnum 5, out."""

    wire_name = "RemRelease"
    hresult: int = wire(U32, default=0)


class RemQueryInterface2(Parameters):
    """Opnum 6 of IRemUnknown2, in: as opnum 3, answered by whole OBJREFs."""

    ipid: Guid = wire(GUID)
    _count = count_of("iids", U16)
    iids: tuple[Guid, ...] = wire(Array(GUID), default=())


class RemQueryInterface2Reply(Parameters):
    """Opnum 6 of IRemUnknown2, out."""

    wire_name = "RemQueryInterface2"
    results: tuple[int, ...] = wire(Array(U32), default=())
    interfaces: tuple[bytes | None, ...] = wire(Array(INTERFACE_POINTER), default=())
    hresult: int = wire(U32, default=0)


_METHODS: Final = (
    Method("RemQueryInterface", 3, RemQueryInterface, RemQueryInterfaceReply),
    Method("RemAddRef", 4, RemAddRef, RemAddRefReply),
    Method("RemRelease", 5, RemRelease, RemReleaseReply),
)
REM_UNKNOWN: Final = Interface("IRemUnknown", IID_IRemUnknown, _METHODS)
REM_UNKNOWN2: Final = Interface(
    "IRemUnknown2",
    IID_IRemUnknown2,
    (*_METHODS, Method("RemQueryInterface2", 6, RemQueryInterface2, RemQueryInterface2Reply)),
)
