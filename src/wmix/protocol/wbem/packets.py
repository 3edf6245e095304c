"""ObjectArray: many objects in one buffer, class parts sent once. [MS-WMI] 2.2.14.

An object is a tuple (kind, class identifier, octets), cheap to make by the thousand:

==========================  =================  ================================================
``CLASS``                   ``b""``            ObjectBlock of a class
``INSTANCE``                16 octets          ObjectBlock of an instance, class part included
``INSTANCE_WITHOUT_CLASS``  16 octets          flags, decoration, and the instance part alone
==========================  =================  ================================================

The identifier names the class part for the instances without one that follow, also in later packets to the same proxy.
Objects are found by the sizes in front of them, never by looking into them.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.octets import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CLASS",
    "INDICATE",
    "INSTANCE",
    "INSTANCE_WITHOUT_CLASS",
    "SMART_NEXT",
    "PacketObject",
    "decode_packet",
    "encode_packet",
    "object_at",
    "packet_begin",
]

#: (kind, class identifier, octets)
PacketObject: TypeAlias = tuple[int, bytes, bytes]

# bObjectType
CLASS: Final = 1
INSTANCE: Final = 2
INSTANCE_WITHOUT_CLASS: Final = 3

# bPacketType
INDICATE: Final = 0
SMART_NEXT: Final = 1

#: dwByteOrdering, abSignature, dwSizeOfHeader1, dwDataSize1, dwFlags, bVersion, bPacketType;
#: dwSizeOfHeader2, dwDataSize2; dwSizeOfHeader3, dwDataSize3, dwNumObjects.
_HEADER: Final = Struct("<I8sIIIBBIIIII")
_SIGNATURE: Final = b"WBEMDATA"
_VERSION: Final = 1
_SIZE1: Final = 26
_SIZE2: Final = 8
_SIZE3: Final = 12

#: dwSizeOfHeader, dwSizeOfData, bObjectType; dwSizeOfHeader, dwSizeOfData of the object.
_OBJECT: Final = Struct("<IIBII")
_OUTER_SIZE: Final = 9
_CLASS_SIZE: Final = 8
_INSTANCE_SIZE: Final = 24
_LEAST_OBJECT: Final = _OUTER_SIZE + _CLASS_SIZE


def encode_packet(objects: Iterable[PacketObject], packet_type: int = SMART_NEXT) -> bytes:
    """The octets of the packet that holds *objects*.

    Raises:
        ValueError: a kind that does not exist, or an identifier that is not of 16 octets.
    """
    pack = _OBJECT.pack
    parts = [b""]
    for kind, class_id, octets in objects:
        size = len(octets)
        if (
            (len(class_id) != _INSTANCE_SIZE - _CLASS_SIZE)
            if kind in {INSTANCE, INSTANCE_WITHOUT_CLASS}
            else (kind != CLASS or class_id)
        ):
            raise ValueError(f"no object of kind {kind} with an identifier of {len(class_id)} octets")
        header = _CLASS_SIZE + len(class_id)
        parts.append(pack(_OUTER_SIZE, header + size, kind, header, size) + class_id)
        parts.append(octets)
    count = len(parts) // 2
    size = sum(map(len, parts))
    parts[0] = _HEADER.pack(
        *(0, _SIGNATURE, _SIZE1, size + _SIZE2 + _SIZE3, 0, _VERSION, packet_type),
        *(_SIZE2, size + _SIZE3, _SIZE3, size, count),
    )
    return b"".join(parts)


def decode_packet(buffer: bytes) -> list[PacketObject]:
    """The objects in *buffer*; octets behind the last one are ignored.

    Raises:
        MalformedData: it is no packet, or an object is not all there.
    """
    count, position = packet_begin(buffer)
    objects: list[PacketObject] = []
    for _ in range(count):
        found, position = object_at(buffer, position)
        objects.append(found)
    return objects


def packet_begin(buffer: bytes) -> tuple[int, int]:
    """How many objects the packet in *buffer* says that it has, and where the first one begins.

    Raises:
        MalformedData: it is no packet, or so many objects do not fit in it.
    """
    reader = Reader(buffer)
    reader.place = ("ObjectArray", "header")
    values = reader.unpack(_HEADER)
    ordering, signature, size1, _, _, version, _, size2, _, size3, _, count = values
    if (ordering, signature, size1, version, size2, size3) != (0, _SIGNATURE, _SIZE1, _VERSION, _SIZE2, _SIZE3):
        raise reader.malformed("no packet of objects of version 1")
    reader.place = ("ObjectArray", "dwNumObjects")
    if count * _LEAST_OBJECT > reader.remaining:
        raise reader.malformed(f"{count} objects do not fit in {reader.remaining} octets")
    return count, reader.position


def object_at(buffer: bytes, position: int) -> tuple[PacketObject, int]:
    """The object that begins at *position*, and where it ends.

    Raises:
        MalformedData: it is not all there, or its sizes contradict each other.
    """
    try:
        outer, outer_size, kind, inner, size = _OBJECT.unpack_from(buffer, position)
    except struct_error:
        raise _malformed(position, f"{_OBJECT.size} octets wanted, {len(buffer) - position} left") from None
    start = position + _OUTER_SIZE + inner
    stop = start + size
    if outer != _OUTER_SIZE or inner + size != outer_size or stop > len(buffer):
        raise _malformed(position, f"sizes {outer}, {outer_size}, {inner}, {size} do not fit together")
    if inner == _INSTANCE_SIZE and INSTANCE <= kind <= INSTANCE_WITHOUT_CLASS:
        return (kind, buffer[start - 16 : start], buffer[start:stop]), stop
    if inner == _CLASS_SIZE and kind == CLASS:
        return (kind, b"", buffer[start:stop]), stop
    raise _malformed(position, f"no object of type {kind} with a header of {inner} octets")


def _malformed(position: int, what: str) -> MalformedData:
    return MalformedData(what, position=position, structure="WBEM_DATAPACKET_OBJECT")
