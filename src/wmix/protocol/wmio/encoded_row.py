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

__all__ = ["EmbeddedRow", "EncodedRow"]


class EncodedRow(Sequence[object]):
    """The values of an instance part, in the layout order of *reader*.

    Raises:
        ProtocolError: on any access, when the octets are not valid.
    """

    __slots__ = ("_reader", "_values")

    def __init__(self, data: bytes, reader: InstanceReader) -> None:
        """*data* is the instance part, whole and no more."""
        self._values: bytes | tuple[object, ...] = data
        self._reader = reader

    @property
    def data(self) -> bytes | None:
        """The octets, None once they are decoded."""
        values = self._values
        return values if isinstance(values, bytes) else None

    def values(self) -> tuple[object, ...]:
        """All values, decoded."""
        values = self._values
        if isinstance(values, bytes):
            values = self._values = self._decode(values)
        return values

    def _decode(self, data: bytes) -> tuple[object, ...]:
        return self._reader.read(data)

    @overload
    def __getitem__(self, index: int) -> object: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[object, ...]: ...

    def __getitem__(self, index: int | slice) -> object:
        values = self._values
        if values.__class__ is bytes:
            values = self.values()
        return values[index]

    def __len__(self) -> int:
        return len(self._reader.layout)

    def __iter__(self) -> Iterator[object]:
        return iter(self.values())

    def __repr__(self) -> str:
        state = "decoded" if self.data is None else f"{len(self.data)} octets"
        return f"<EncodedRow of {self._reader.part.name}, {state}>"


class EmbeddedRow(EncodedRow):
    """The values of an embedded instance; depth and work go on to count with the enclosing object."""

    __slots__ = ("_objects",)

    def __init__(self, data: bytes, reader: InstanceReader, objects: ObjectDecoder) -> None:
        super().__init__(data, reader)
        self._objects = objects

    def _decode(self, data: bytes) -> tuple[object, ...]:
        return self._reader.read(data, self._objects)
