"""Parameter lists: what a stub is made of. [C706] 14.4.

Each parameter is aligned by itself and its pointees follow it at once, before the next parameter; within a structure
they would wait for its end.  Octets after the last parameter are ignored: Windows ignores them, and clients exist that
send some (verification trailers among them, [MS-RPCE] 2.2.2.13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.protocol.ndr.structure import Layout, Structure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = ["Parameters"]


class _ParameterLayout(Layout):
    """Fields one after the other, each finished before the next begins."""

    alignment = 1
    conformant = False

    def __init__(self, structure: type[Structure], places: Iterable[tuple[str, Any]]) -> None:
        super().__init__(structure, places)
        self.alignment = 1
        self.conformant = False

    def read(self, reader: Reader) -> Any:
        values = []
        for name, place in self.places:
            reader.place = (self.name, name)
            type_ = place.type
            value = type_.read(reader)
            values.append(type_.finish(reader, value) if type_.deferring else value)
        return self._build(reader, values)

    def finish(self, reader: Reader, raw: Any) -> Any:
        del reader  # pointees have been read with their parameters
        return raw

    def write(self, writer: Writer, value: Any) -> None:
        for name, place in self.places:
            item = self.item(name, place, value)
            try:
                place.type.write(writer, item)
                place.type.write_deferred(writer, item)
            except ValueError as error:
                raise ValueError(f"{self.name}.{name}: {error}") from error

    def write_deferred(self, writer: Writer, value: Any) -> None:
        """Nothing: pointees have been written with their parameters."""


class Parameters(Structure):
    """Base of parameter lists: the in-parameters or the out-parameters of one method."""

    @classmethod
    def make_layout(cls, places: Iterable[tuple[str, Any]]) -> Layout:
        return _ParameterLayout(cls, places)
