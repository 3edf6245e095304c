"""Strings and interface pointers, the two compound forms that every DCOM interface uses.

* ``[string] wchar_t*``: a conformant varying array of UTF-16 units whose counts include the final NUL ([C706] 14.3.4).
* ``MInterfacePointer``: a counted block of octets that holds an OBJREF ([MS-DCOM] 2.2.14); a null pointer and an empty
  block both mean "no interface".

BSTR belongs to OLE Automation and is declared with the interfaces that use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.arrays import read_extent, write_extent
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.types import NdrType

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = ["INTERFACE_BLOCK", "INTERFACE_POINTER", "WIDE_STRING", "InterfaceBlock", "WideString", "decode_utf16"]

_UNIT = 2


def decode_utf16(octets: bytes) -> str:
    """UTF-16 units as text; single surrogates, which Windows allows, stay what they are."""
    return octets.decode("utf-16-le", "surrogatepass")


class WideString(NdrType):
    """A string with its final NUL on the wire and without it as a value."""

    least_size = 12

    def read(self, reader: Reader) -> str:
        octets = reader.take(read_extent(reader, maximum=True) * _UNIT)
        if octets[-_UNIT:] != b"\0\0":
            raise reader.malformed("a string does not end in NUL")
        return decode_utf16(octets[:-_UNIT])

    def write(self, writer: Writer, value: str) -> None:
        octets = value.encode("utf-16-le", "surrogatepass") + b"\0\0"
        write_extent(writer, len(octets) // _UNIT, maximum=True)
        writer.data += octets


class InterfaceBlock(NdrType):
    """MInterfacePointer: the octets of an OBJREF, or None for an empty block.

    Both counts before the octets should be the same.  The WMI client that descends from Samba 4 makes the first one too
    large, by the four octets of the second, in the objects that it sends; what follows is where the second one says.
    """

    least_size = 8

    def read(self, reader: Reader) -> bytes | None:
        size = reader.u32()
        length = reader.u32()
        if length > size:
            raise reader.malformed(f"an interface pointer of {size} octets says that it has {length}")
        return reader.take(length) or None

    def write(self, writer: Writer, value: bytes | None) -> None:
        value = value or b""
        writer.u32(len(value))
        writer.u32(len(value))
        writer.data += value


WIDE_STRING: Final = WideString()
INTERFACE_BLOCK: Final = InterfaceBlock()
#: ``[unique] MInterfacePointer*`` or an interface pointer of an ORPC method: octets of an OBJREF, or None.
INTERFACE_POINTER: Final = Unique(INTERFACE_BLOCK)
