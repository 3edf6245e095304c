"""IWbemObjectSink: where asynchronous calls deliver; the client exports it, the server calls it. [MS-WMI] 3.1.4.2.

Indicate is the plain form.  The form with an ObjectArray, which a sink may invite by WBEM_S_NEW_STYLE, has no published
stub layout and is not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.structure import count_of, wire
from wmix.protocol.ndr.types import U32, NdrType
from wmix.protocol.wbem.automation import BSTR
from wmix.protocol.wbem.enumerator import read_object_pointers, write_object_pointers
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink
from wmix.protocol.wbem.interface_types import CLASS_OBJECT
from wmix.protocol.wbem.login import HresultReply

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = ["OBJECT_SINK", "Indicate", "SetStatus"]


class _ObjectArray(NdrType):
    """A conformant array of objects by value."""

    def read(self, reader: Reader) -> tuple[bytes, ...]:
        return read_object_pointers(reader, reader.u32())

    def write(self, writer: Writer, value: Any) -> None:
        writer.u32(len(value))
        write_object_pointers(writer, value)


class Indicate(Parameters):
    """Opnum 3, in: one or more objects."""

    _count = count_of("objects", U32)
    objects: tuple[bytes, ...] = wire(_ObjectArray())


class SetStatus(Parameters):
    """Opnum 4, in; ``flags`` is a value of WBEM_STATUS_TYPE: complete, requirements, progress."""

    flags: int = wire(U32, default=0)
    hresult: int = wire(U32, default=0)
    string: str | None = wire(BSTR, default=None)
    object: bytes | None = wire(CLASS_OBJECT, default=None)


OBJECT_SINK: Final = Interface(
    "IWbemObjectSink",
    IID_IWbemObjectSink,
    (Method("Indicate", 3, Indicate, HresultReply), Method("SetStatus", 4, SetStatus, HresultReply)),
)
