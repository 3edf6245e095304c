"""SMBIOS structures: what the firmware says of the hardware. DSP0134, 6.1 and 7.

The kernel shows the raw table as ``/sys/firmware/dmi/tables/DMI``, for root only, and the common strings as
``/sys/class/dmi/id/*``.  CIM properties use the same numbers as the table, so that values pass through.  A machine
without firmware tables, or a caller who may not read them, has no structures, and every value is None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.providers.system_files import SystemFiles

__all__ = [
    "BIOS",
    "CHASSIS",
    "HARDWARE_SECURITY",
    "OEM_STRINGS",
    "PROCESSOR",
    "SYSTEM",
    "SYSTEM_RESET",
    "Structure",
    "chassis_type",
    "dmi_word",
    "parse_structures",
    "read_structures",
]

# Structure types, DSP0134 7.
BIOS: Final = 0
SYSTEM: Final = 1
CHASSIS: Final = 3
PROCESSOR: Final = 4
OEM_STRINGS: Final = 11
SYSTEM_RESET: Final = 23
HARDWARE_SECURITY: Final = 24
_END_OF_TABLE = 127

_HEADER = 4


class Structure:
    """One structure: its formatted area (header included) and its strings."""

    __slots__ = ("data", "strings", "type")

    def __init__(self, data: bytes, strings: tuple[str, ...]) -> None:
        self.type: int = data[0]
        self.data = data
        self.strings = strings

    def byte(self, offset: int) -> int | None:
        """The octet at *offset* of the formatted area; None when this version of the structure ends before it."""
        return self.data[offset] if offset < len(self.data) else None

    def word(self, offset: int) -> int | None:
        """The 16-bit number at *offset*."""
        return int.from_bytes(self.data[offset : offset + 2], "little") if offset + 2 <= len(self.data) else None

    def text(self, offset: int) -> str | None:
        """The string whose number stands at *offset*, without blanks at its ends; None for none or an empty one."""
        number = self.byte(offset)
        return (self.strings[number - 1] or None) if number and number <= len(self.strings) else None


def parse_structures(table: bytes) -> Iterator[Structure]:
    """The structures of a table in its order, up to the end-of-table structure or the first that is cut off."""
    at = 0
    while at + _HEADER <= len(table):
        length = table[at + 1]
        start = at + length
        if length < _HEADER or start > len(table):
            return
        data = table[at:start]
        # The unformatted area: strings that each end with a NUL, and one NUL more; two NULs when there is none.
        end = table.find(b"\0\0", start)
        if end < 0:
            return
        strings = tuple(part.decode("latin-1").strip() for part in table[start:end].split(b"\0")) if end > start else ()
        if data[0] == _END_OF_TABLE:
            return
        yield Structure(data, strings)
        at = end + 2


def read_structures(files: SystemFiles, kind: int) -> list[Structure]:
    """The structures of type *kind* that the firmware of this machine has."""
    table = files.read("/sys/firmware/dmi/tables/DMI") or b""
    return [structure for structure in parse_structures(table) if structure.type == kind]


def dmi_word(files: SystemFiles, name: str) -> str | None:
    """One of the strings that everybody may read, e.g. ``sys_vendor``; None when it is absent or empty."""
    return files.word(f"/sys/class/dmi/id/{name}")


def chassis_type(files: SystemFiles) -> int | None:
    """What the machine is built as, DSP0134 7.4.1, without the bit that tells of a lock."""
    number = files.number("/sys/class/dmi/id/chassis_type")
    return None if number is None else number & 0x7F
