"""IWbemFetchSmartEnum and IWbemWCOSmartEnum: results whose class parts travel once. [MS-WMI] 3.1.4.6, 3.1.4.7.

The buffer of a reply is an ObjectArray (:mod:`.packets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.arrays import Octets
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.structure import count_of, wire
from wmix.protocol.ndr.types import GUID, U32, NdrType
from wmix.protocol.wbem.identifiers import IID_IWbemFetchSmartEnum, IID_IWbemWCOSmartEnum
from wmix.protocol.wbem.interface_types import REFERENCE

if TYPE_CHECKING:
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = [
    "FETCH_SMART_ENUM",
    "WCO_SMART_ENUM",
    "GetSmartEnum",
    "GetSmartEnumReply",
    "SmartNext",
    "SmartNextReply",
]

#: Octets of the parameters of Next when a client marshals the GUID behind a pointer that the IDL does not have.
_WITH_REFERENT: Final = 28
_REFERENT: Final = 4


class _ProxyGuid(NdrType):
    """A GUID inline, or behind a referent when that explains the number of octets."""

    least_size = GUID.least_size

    def read(self, reader: Reader) -> Any:
        if reader.remaining == _WITH_REFERENT:
            reader.take(_REFERENT)
        return GUID.read(reader)

    def write(self, writer: Writer, value: Any) -> None:
        GUID.write(writer, value)


class GetSmartEnum(Parameters):
    """IWbemFetchSmartEnum, opnum 3, in: nothing."""


class GetSmartEnumReply(Parameters):
    """IWbemFetchSmartEnum, opnum 3, out."""

    wire_name = "GetSmartEnum"
    smart_enum: ObjRef | None = wire(REFERENCE, default=None)
    hresult: int = wire(U32, default=0)


class SmartNext(Parameters):
    """IWbemWCOSmartEnum, opnum 3, in; ``proxy`` names the client's cache of classes."""

    wire_name = "IWbemWCOSmartEnum::Next"
    proxy: Guid = wire(_ProxyGuid())
    timeout: int = wire(U32)
    count: int = wire(U32)


class SmartNextReply(Parameters):
    """IWbemWCOSmartEnum, opnum 3, out; no buffer when no objects are returned."""

    wire_name = "IWbemWCOSmartEnum::Next"
    returned: int = wire(U32, default=0)
    _size = count_of("buffer", U32)
    buffer: bytes | None = wire(Unique(Octets()), default=None)
    hresult: int = wire(U32, default=0)


FETCH_SMART_ENUM: Final = Interface(
    "IWbemFetchSmartEnum", IID_IWbemFetchSmartEnum, (Method("GetSmartEnum", 3, GetSmartEnum, GetSmartEnumReply),)
)
WCO_SMART_ENUM: Final = Interface(
    "IWbemWCOSmartEnum", IID_IWbemWCOSmartEnum, (Method("Next", 3, SmartNext, SmartNextReply),)
)
