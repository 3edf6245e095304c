"""Pointers: unique (may be null), reference (never null), full (several may share a pointee). [C706] 14.3.10 - 14.3.12.

In place stands a referent of four octets, non-zero when there is a pointee; the pointee follows the enclosing
structure, or the referent itself when the pointer is a parameter.  A reference pointer that is a parameter leaves no
octets at all: declare its pointee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.protocol.ndr.structure import as_type
from wmix.protocol.ndr.types import NdrType

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader, Writer
    from wmix.protocol.ndr.structure import Structure

__all__ = ["Full", "Reference", "Unique"]


class Unique(NdrType):
    """A pointer that may be null (``None``) and whose pointee is its own."""

    packing = "I"
    deferring = True

    def __init__(self, target: NdrType | type[Structure]) -> None:
        self.target = as_type(target)

    def read(self, reader: Reader) -> int:
        return reader.u32()

    def finish(self, reader: Reader, raw: int) -> Any:
        if not raw:
            return None
        return self.target.finish(reader, self.target.read(reader))

    def write(self, writer: Writer, value: Any) -> None:
        if value is None:
            writer.u32(0)
        else:
            writer.referent()

    def packed_referent(self, writer: Writer, value: Any) -> int:
        """The referent for *value*, for the caller to write."""
        return 0 if value is None else writer.new_referent()

    def write_deferred(self, writer: Writer, value: Any) -> None:
        if value is not None:
            self.target.write(writer, value)
            self.target.write_deferred(writer, value)


class Reference(Unique):
    """A reference pointer within a structure: a referent that is never null."""

    def finish(self, reader: Reader, raw: int) -> Any:
        if not raw:
            raise reader.malformed("a reference pointer is null")
        return super().finish(reader, raw)

    def write(self, writer: Writer, value: Any) -> None:
        if value is None:
            raise ValueError("a reference pointer cannot be null")
        super().write(writer, value)

    def packed_referent(self, writer: Writer, value: Any) -> int:
        if value is None:
            raise ValueError("a reference pointer cannot be null")
        return super().packed_referent(writer, value)


class Full(Unique):
    """A pointer that may be null and may point to what an earlier full pointer of the same stub points to.

    Values that are one object in memory travel once.
    """

    def finish(self, reader: Reader, raw: int) -> Any:
        if raw and raw in reader.referents:
            return reader.referents[raw]
        value = super().finish(reader, raw)
        if raw:
            reader.referents[raw] = value
        return value

    def write(self, writer: Writer, value: Any) -> None:
        writer.u32(self.packed_referent(writer, value))

    def packed_referent(self, writer: Writer, value: Any) -> int:
        if value is None:
            return 0
        known = writer.referents.get(id(value))
        if known is None:
            known = writer.referents[id(value)] = writer.new_referent()
        return known

    def write_deferred(self, writer: Writer, value: Any) -> None:
        if value is not None and id(value) not in writer.written:
            writer.written.add(id(value))
            super().write_deferred(writer, value)
