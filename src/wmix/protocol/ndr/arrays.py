"""Arrays: fixed, conformant, varying, conformant varying; octets among them. [C706] 14.3.3.

*Conformant* says that the maximum count travels in front (of the whole structure when the array is the last field),
*varying* that an offset and an actual count do.  Values are tuples; arrays of octets are ``bytes``.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, Any

from wmix.protocol.ndr.structure import as_type
from wmix.protocol.ndr.types import NdrType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.ndr.octets import Reader, Writer
    from wmix.protocol.ndr.structure import Structure

__all__ = ["Array", "FixedArray", "Octets", "VaryingArray"]


class _Elements(NdrType):
    """Elements one after the other, whose number is known from elsewhere."""

    def __init__(self, element: NdrType | type[Structure]) -> None:
        self.element = as_type(element)
        self.alignment = max(self.element.alignment, 4)
        self.deferring = self.element.deferring
        #: Elements of one plain item are read with one call.
        self._plain = len(self.element.packing) == 1 and not self.deferring

    def read_elements(self, reader: Reader, count: int) -> Any:
        """*count* elements, as far as they stand in place."""
        element = self.element
        if count * element.least_size > reader.remaining:
            raise reader.malformed(f"{count} elements do not fit in {reader.remaining} octets")
        if not self._plain:
            return tuple([element.read(reader) for _ in range(count)])
        if count:
            reader.align(element.alignment)
        return reader.unpack(Struct(f"<{count}{element.packing}"))

    def finish(self, reader: Reader, raw: Any) -> Any:
        if not self.deferring:
            return raw
        return tuple([self.element.finish(reader, item) for item in raw])

    def write_elements(self, writer: Writer, value: Sequence[Any]) -> None:
        """All elements, as far as they stand in place."""
        element = self.element
        if not self._plain:
            for item in value:
                element.write(writer, item)
        elif value:
            writer.align(element.alignment)
            try:
                writer.data += Struct(f"<{len(value)}{element.packing}").pack(*value)
            except struct_error as error:
                raise ValueError(f"an element does not fit: {error}") from None

    def write_deferred(self, writer: Writer, value: Sequence[Any]) -> None:
        if self.deferring:
            for item in value:
                self.element.write_deferred(writer, item)


class FixedArray(_Elements):
    """An array whose length both sides know."""

    def __init__(self, element: NdrType | type[Structure], length: int) -> None:
        super().__init__(element)
        self.length = length
        self.alignment = self.element.alignment
        self.least_size = self.element.least_size * length

    def read(self, reader: Reader) -> Any:
        return self.read_elements(reader, self.length)

    def write(self, writer: Writer, value: Sequence[Any]) -> None:
        if len(value) != self.length:
            raise ValueError(f"{self.length} elements wanted, got {len(value)}")
        self.write_elements(writer, value)


class Array(_Elements):
    """A conformant array: its count, then its elements."""

    conformant = True

    def read(self, reader: Reader) -> Any:
        return self.read_elements(reader, reader.u32())

    def write(self, writer: Writer, value: Sequence[Any]) -> None:
        writer.u32(len(value))
        self.write_elements(writer, value)


class VaryingArray(_Elements):
    """A varying array, or (``maximum=True``) a conformant varying one; the offset is 0.

    The maximum count that is written is the actual one; the one that is read only has to be large enough.
    """

    def __init__(self, element: NdrType | type[Structure], *, maximum: bool = True) -> None:
        super().__init__(element)
        self.maximum = maximum
        self.least_size = 12 if maximum else 8

    def read(self, reader: Reader) -> Any:
        return self.read_elements(reader, read_extent(reader, maximum=self.maximum))

    def write(self, writer: Writer, value: Sequence[Any]) -> None:
        write_extent(writer, len(value), maximum=self.maximum)
        self.write_elements(writer, value)


def read_extent(reader: Reader, *, maximum: bool) -> int:
    """The counts in front of a varying array; returns the actual one."""
    most = reader.u32() if maximum else None
    offset = reader.u32()
    actual = reader.u32()
    if offset:
        raise reader.malformed(f"the elements begin at {offset}, not at 0")
    if most is not None and actual > most:
        raise reader.malformed(f"{actual} elements of at most {most}")
    return actual


def write_extent(writer: Writer, count: int, *, maximum: bool) -> None:
    """The counts in front of a varying array of *count* elements."""
    if maximum:
        writer.u32(count)
    writer.u32(0)
    writer.u32(count)


class Octets(NdrType):
    """A conformant array of octets as ``bytes``, or a fixed one when its *length* is given."""

    conformant = True

    def __init__(self, length: int | None = None) -> None:
        self.length = length
        if length is not None:
            self.conformant = False
            self.alignment = 1
            self.least_size = length
            self.packing = f"{length}s"

    def read(self, reader: Reader) -> bytes:
        return reader.take(reader.u32() if self.length is None else self.length)

    def read_elements(self, reader: Reader, count: int) -> bytes:
        """*count* octets."""
        return reader.take(count)

    def write(self, writer: Writer, value: bytes) -> None:
        if self.length is None:
            writer.u32(len(value))
        elif len(value) != self.length:
            raise ValueError(f"{self.length} octets wanted, got {len(value)}")
        writer.data += value

    def write_elements(self, writer: Writer, value: bytes) -> None:
        """All octets."""
        writer.data += value
