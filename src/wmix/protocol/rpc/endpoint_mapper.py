"""Endpoint mapper: on which port an interface is reached, asked by ept_map with towers. [C706] appendices I, L, O.

No WMI client needs it, since activation tells the port; but port 135 is expected to answer it.  The towers here are
those of RPC over TCP, with five floors: interface, transfer syntax, connection-oriented RPC, port, address.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import Final

from wmix.protocol.ndr.arrays import Octets, VaryingArray
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.octets import Reader
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Full
from wmix.protocol.ndr.structure import Structure, count_of, wire
from wmix.protocol.ndr.types import GUID, U32
from wmix.protocol.rpc.presentation import NDR, SyntaxId
from wmix.record import Record

__all__ = [
    "ENDPOINT_MAPPER",
    "EPT_MAP",
    "EPT_S_NOT_REGISTERED",
    "ContextHandle",
    "EptMapReply",
    "EptMapRequest",
    "TcpTower",
    "TowerOctets",
]

ENDPOINT_MAPPER: Final = SyntaxId(Guid.parse("E1AF8308-5D1F-11C9-91A4-08002B14A0FA"), 3, 0)
EPT_MAP: Final = 3
#: ept_s_not_registered: no endpoint of that interface.
EPT_S_NOT_REGISTERED: Final = 0x16C9A0D6

# Protocol identifiers of the floors, [C706] appendix I.
_UUID: Final = 0x0D
_RPC_CONNECTION: Final = 0x0B
_TCP: Final = 0x07
_IP: Final = 0x09

_COUNT: Final = Struct("<H")
_IDENTIFIED: Final = Struct("<B16sH")
_FLOORS: Final = 5


class TcpTower(Record):
    """Where (``port``, ``address`` as four octets) an interface is reached over TCP; zeros in a question."""

    interface: SyntaxId
    transfer_syntax: SyntaxId = NDR
    port: int = 0
    address: bytes = bytes(4)

    def encode(self) -> bytes:
        """The octets of the tower; numbers of the lower floors are big-endian."""
        floors = [
            (_IDENTIFIED.pack(_UUID, syntax.uuid, syntax.major), _COUNT.pack(syntax.minor))
            for syntax in (self.interface, self.transfer_syntax)
        ]
        floors.append((bytes([_RPC_CONNECTION]), _COUNT.pack(0)))
        floors.append((bytes([_TCP]), self.port.to_bytes(2, "big")))
        floors.append((bytes([_IP]), self.address))
        halves = [_COUNT.pack(len(half)) + half for floor in floors for half in floor]
        return _COUNT.pack(len(floors)) + b"".join(halves)

    @classmethod
    def decode(cls, octets: bytes) -> TcpTower:
        """The tower in *octets*.

        Raises:
            MalformedData: it is none of RPC over TCP.
        """
        reader = Reader(octets)
        reader.place = ("twr_t", "floors")
        (count,) = reader.unpack(_COUNT)
        if count != _FLOORS:
            raise reader.malformed(f"{count} floors are not RPC over TCP")
        floors = []
        for _ in range(count):
            left = reader.take(reader.unpack(_COUNT)[0])
            floors.append((left, reader.take(reader.unpack(_COUNT)[0])))
        try:
            interface, syntax = (_identified(*floor) for floor in floors[:2])
            protocols = [left[0] for left, _ in floors[2:]]
        except (struct_error, IndexError, ValueError):
            raise reader.malformed("a floor that is not one of RPC over TCP") from None
        port, address = floors[3][1], floors[4][1]
        if protocols != [_RPC_CONNECTION, _TCP, _IP] or len(port) != 2 or len(address) != 4:
            raise reader.malformed("the lower floors are not RPC over TCP")
        return cls(interface, syntax, int.from_bytes(port, "big"), address)


def _identified(left: bytes, right: bytes) -> SyntaxId:
    protocol, uuid, major = _IDENTIFIED.unpack(left)
    if protocol != _UUID:
        raise ValueError(protocol)
    return SyntaxId(Guid(uuid), major, _COUNT.unpack(right)[0])


class TowerOctets(Structure):
    """twr_t: a tower as counted octets, for :meth:`TcpTower.decode`."""

    wire_name = "twr_t"
    _length = count_of("octets", U32)
    octets: bytes = wire(Octets())


class ContextHandle(Structure):
    """ndr_context_handle; all zero to begin, and when nothing is left to tell."""

    wire_name = "ndr_context_handle"
    attributes: int = wire(U32, default=0)
    uuid: Guid = wire(GUID, default=NULL_GUID)


class EptMapRequest(Parameters):
    """ept_map (opnum 3), in."""

    wire_name = "ept_map"
    object: Guid | None = wire(Full(GUID), default=None)
    tower: TowerOctets | None = wire(Full(TowerOctets), default=None)
    entry_handle: ContextHandle = wire(ContextHandle, default=ContextHandle())
    max_towers: int = wire(U32, default=4)


class EptMapReply(Parameters):
    """ept_map (opnum 3), out; ``max_towers`` is that of the request, which sizes the array."""

    wire_name = "ept_map"
    entry_handle: ContextHandle = wire(ContextHandle, default=ContextHandle())
    _count = count_of("towers", U32)
    max_towers: int = wire(U32, default=4)
    towers: tuple[TowerOctets, ...] = wire(VaryingArray(Full(TowerOctets), maximum=False), default=())
    status: int = wire(U32, default=0)
