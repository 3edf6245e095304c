"""Class parts and decorations that were decoded before, recognised by their octets.

Every instance that travels alone carries its whole class part, a thousand octets and more, equal for all instances of
a query. Comparing it with those already known costs a tenth of hashing it, and nothing compared with decoding it
(measured). The cache belongs to a stream of objects from one peer and is bounded in number and octets, as the peer
decides what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import Origin

if TYPE_CHECKING:
    from wmix.protocol.wmio.reader_compiler import InstanceReader

__all__ = ["ClassCache"]

_KEY_LENGTH: Final = 64
"""Octets by which class parts are told apart before they are compared whole: length, ancestors, some qualifiers."""

_MAX_OCTETS: Final = 1 << 22
_MAX_DECORATIONS: Final = 32


class ClassCache:
    """Readers of known class parts; the least recently used are dropped.

    One cache may serve several decoders, but not several threads at once.
    """

    __slots__ = ("_decorations", "_last", "_last_decoration", "_max_parts", "_octets", "_parts", "_readers")

    def __init__(self, max_parts: int = 64) -> None:
        """A cache of at most *max_parts* class parts and 4 MiB."""
        self._max_parts = max_parts
        self._readers: dict[bytes, list[InstanceReader]] = {}
        self._parts = 0
        self._octets = 0
        self._last: InstanceReader | None = None
        self._decorations: dict[bytes, Origin] = {}
        self._last_decoration: tuple[bytes, Origin] | None = None

    def __len__(self) -> int:
        return self._parts

    def find(self, data: bytes, position: int, end: int, origin: Origin | None) -> InstanceReader | None:
        """The reader for the class part at *position* of *data*, of an object from *origin*."""
        last = self._last
        if last is not None and last.part.origin is origin and data.startswith(last.part.data, position, end):
            return last
        key = data[position : position + _KEY_LENGTH]
        for reader in self._readers.get(key, ()):
            part = reader.part
            if data.startswith(part.data, position, end) and (part.origin is origin or part.origin == origin):
                self._readers[key] = self._readers.pop(key)
                self._last = reader
                return reader
        return None

    def add(self, reader: InstanceReader) -> None:
        """Keep *reader*, unless its class part alone is too large."""
        size = len(reader.part.data)
        self._last = reader
        if size > _MAX_OCTETS // 4:
            return
        self._readers.setdefault(reader.part.data[:_KEY_LENGTH], []).append(reader)
        self._parts += 1
        self._octets += size
        while self._parts > self._max_parts or self._octets > _MAX_OCTETS:
            key = next(iter(self._readers))
            oldest = self._readers[key].pop(0)
            if not self._readers[key]:
                del self._readers[key]
            self._parts -= 1
            self._octets -= len(oldest.part.data)

    def find_decoration(self, data: bytes, position: int, end: int) -> tuple[Origin, int] | None:
        """Origin and end of the decoration at *position*, if it is the one found last."""
        last = self._last_decoration
        if last is not None and data.startswith(last[0], position, end):
            return last[1], position + len(last[0])
        return None

    def decoration(self, octets: bytes, server: str, namespace: str) -> Origin:
        """The origin that the decoration *octets* stands for, the same object every time."""
        origin = self._decorations.get(octets)
        if origin is None:
            origin = Origin(server, namespace)
            if len(self._decorations) >= _MAX_DECORATIONS:
                self._decorations.clear()
            self._decorations[octets] = origin
        self._last_decoration = (octets, origin)
        return origin
