"""BSTR, the string of OLE Automation. [MS-OAUT] 2.2.23.

On the wire a pointer to a counted block of UTF-16 units.  Native peers send no terminator; two widely used clients
count and send a NUL, so NULs at the end are taken off when reading and never written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import decode_utf16
from wmix.protocol.ndr.types import NdrType

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = ["BSTR"]

#: cBytes of a null string that has a block nevertheless.
_NULL_SIZE: Final = 0xFFFFFFFF
_UNIT: Final = 2


class _FlaggedWordBlob(NdrType):
    """FLAGGED_WORD_BLOB: maximum count, octets, units, the units."""

    least_size = 12

    def read(self, reader: Reader) -> str | None:
        most = reader.u32()
        size = reader.u32()
        count = reader.u32()
        if count > most:
            raise reader.malformed(f"{count} units of at most {most}")
        octets = reader.take(most * _UNIT)[: count * _UNIT]
        if size == _NULL_SIZE and not count:
            return None
        return decode_utf16(octets).rstrip("\0")

    def write(self, writer: Writer, value: str) -> None:
        octets = value.encode("utf-16-le", "surrogatepass")
        count = len(octets) // _UNIT
        writer.u32(count)
        writer.u32(len(octets))
        writer.u32(count)
        writer.data += octets


#: ``str`` or None.
BSTR: Final = Unique(_FlaggedWordBlob())
