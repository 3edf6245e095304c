"""A row that is still encoded: the values of an instance, decoded when one of them is read.

A ``CimInstance`` takes any sequence as its values. This one keeps the octets of the instance part, and nothing of the
message that they came in, and reads them all at the first access: reading one value costs nearly as much as reading
all, and untouched rows, which are most of a filtered or counted result, cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from wmix.protocol.wmio.reader_compiler import InstanceReader
    from wmix.protocol.wmio.values import ObjectDecoder

__all__ = ["EncodedRow"]


class EncodedRow(Sequence[object]):
    """The values of the instance part *data*, in the layout order of *reader*.

    Raises:
        ProtocolError: on any access, when the octets are not valid.
    """

    __slots__ = ("_objects", "_reader", "_row", "data")

    def __init__(self, data: bytes, reader: InstanceReader, objects: ObjectDecoder | None = None) -> None:
        """*objects* decodes what is embedded; the bounds of an enclosing object go on to count there."""
        self.data = data
        self._reader = reader
        self._objects = objects
        self._row: tuple[object, ...] | None = None

    def values(self) -> tuple[object, ...]:
        """All values, decoded."""
        row = self._row
        if row is None:
            row = self._row = self._reader.read(self.data, self._objects)
        return row

    @overload
    def __getitem__(self, index: int) -> object: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[object, ...]: ...

    def __getitem__(self, index: int | slice) -> object:
        row = self._row
        return (self.values() if row is None else row)[index]

    def __len__(self) -> int:
        return len(self._reader.layout)

    def __iter__(self) -> Iterator[object]:
        return iter(self.values())

    def __repr__(self) -> str:
        return f"<EncodedRow of {self._reader.part.name}, {len(self.data)} octets>"
