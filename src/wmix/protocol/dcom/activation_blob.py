"""The activation properties BLOB: properties by class, each serialised by itself, behind a table. [MS-DCOM] 2.2.22.

It travels as the data of an OBJREF_CUSTOM, in the request and in the reply.  The properties themselves are in
``activation_request`` and ``activation_reply``; here they are octets, so unknown ones survive.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from wmix.protocol.dcom.serialization import HEADERS_SIZE, deserialize, serialize
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.octets import Reader
from wmix.protocol.ndr.pointers import Reference, Unique
from wmix.protocol.ndr.structure import Structure, count_of, wire
from wmix.protocol.ndr.types import GUID, U32
from wmix.record import Record

__all__ = ["DIFFERENT_MACHINE", "ActivationBlob", "CustomHeader", "Property"]

#: MSHCTX_DIFFERENTMACHINE.
DIFFERENT_MACHINE: Final = 2
#: MAX_ACTPROP_LIMIT, [MS-DCOM] 2.2.28.1.
_MOST_PROPERTIES: Final = 10
_SIZES: Final = Struct("<II")


class CustomHeader(Structure):
    """CustomHeader: which properties follow, and how long each is. [MS-DCOM] 2.2.22.1."""

    total_size: int = wire(U32, default=0)
    header_size: int = wire(U32, default=0)
    reserved: int = wire(U32, default=0)
    destination: int = wire(U32, default=DIFFERENT_MACHINE)
    _count = count_of("clsids", U32)
    class_info: Guid = wire(GUID, default=NULL_GUID)
    clsids: tuple[Guid, ...] = wire(Reference(Array(GUID)), default=())
    sizes: tuple[int, ...] = wire(Reference(Array(U32)), default=())
    reserved2: int | None = wire(Unique(U32), default=None)


class Property(Record):
    """One property: its class and its serialised octets, padding included."""

    clsid: Guid
    octets: bytes


class ActivationBlob(Record):
    """All properties in their order, which some clients insist on.

    Clients exist that take the first property from behind the sizes, ignoring the size of the header; with an even
    number of properties that is the same place.
    """

    properties: tuple[Property, ...]
    destination: int = DIFFERENT_MACHINE

    def find(self, clsid: Guid) -> bytes | None:
        """The octets of the first property of a class; None without one."""
        for item in self.properties:
            if item.clsid == clsid:
                return item.octets
        return None

    def encode(self) -> bytes:
        """The octets of the BLOB."""
        clsids = tuple([item.clsid for item in self.properties])
        sizes = tuple([len(item.octets) for item in self.properties])
        header = CustomHeader(destination=self.destination, clsids=clsids, sizes=sizes)
        header_size = len(serialize(header))
        total = header_size + sum(sizes)
        header = header.replace(total_size=total, header_size=header_size)
        return _SIZES.pack(total, 0) + serialize(header) + b"".join([item.octets for item in self.properties])

    @classmethod
    def decode(cls, octets: bytes) -> ActivationBlob:
        """The BLOB that *octets* are.

        Raises:
            MalformedData: it is none, or a property is not there.
        """
        reader = Reader(octets)
        reader.place = ("activation properties", "dwSize")
        reader.unpack(_SIZES)
        header = deserialize(CustomHeader, octets[_SIZES.size :])
        reader.place = ("CustomHeader", "cIfs")
        if not 0 < len(header.clsids) <= _MOST_PROPERTIES:
            raise reader.malformed(f"{len(header.clsids)} properties, 1 to {_MOST_PROPERTIES} are possible")
        if len(header.sizes) != len(header.clsids):
            raise reader.malformed(f"{len(header.sizes)} sizes for {len(header.clsids)} properties")
        reader.place = ("CustomHeader", "headerSize")
        if header.header_size < HEADERS_SIZE:
            raise reader.malformed(f"a header of {header.header_size} octets")
        reader.take(header.header_size)
        properties = []
        reader.place = ("CustomHeader", "pSizes")
        for clsid, size in zip(header.clsids, header.sizes, strict=True):
            properties.append(Property(clsid, reader.take(size)))
        return cls(tuple(properties), header.destination)
