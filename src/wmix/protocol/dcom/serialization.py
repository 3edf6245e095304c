"""Type serialization version 1: a structure in NDR that says how long it is, for use outside of stubs. [MS-RPCE] 2.2.6.

Alignment begins anew behind the two headers.  The length includes the padding to eight octets by the text; peers exist
that leave it out, so the octets that are there decide.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, TypeVar

from wmix.protocol.ndr.octets import Reader

if TYPE_CHECKING:
    from wmix.protocol.ndr.structure import Structure

__all__ = ["HEADERS_SIZE", "deserialize", "serialize"]

#: Version 1, little-endian, length 8, filler; length of the object, filler.
_HEADERS: Final = Struct("<BBHIII")
HEADERS_SIZE: Final = _HEADERS.size
_VERSION: Final = 1
_LITTLE_ENDIAN: Final = 0x10
_COMMON_SIZE: Final = 8
_FILLER: Final = 0xCCCCCCCC
_ALIGNMENT: Final = 8

S = TypeVar("S", bound="Structure")


def serialize(value: Structure) -> bytes:
    """*value* with its headers, a multiple of eight octets."""
    octets = value.encode()
    octets += bytes(-len(octets) % _ALIGNMENT)
    return _HEADERS.pack(_VERSION, _LITTLE_ENDIAN, _COMMON_SIZE, _FILLER, len(octets), 0) + octets


def deserialize(kind: type[S], octets: bytes) -> S:
    """The value that *octets* begin with.

    Raises:
        MalformedData: they do not begin with the headers, or the structure is wrong.
    """
    reader = Reader(octets)
    reader.place = (kind.wire_name, "common type header")
    version, endianness, size, _, _, _ = reader.unpack(_HEADERS)
    if (version, endianness, size) != (_VERSION, _LITTLE_ENDIAN, _COMMON_SIZE):
        raise reader.malformed(f"version {version}, endianness {endianness:#x}, length {size} are not spoken")
    return kind.decode(octets[HEADERS_SIZE:])
