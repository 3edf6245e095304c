"""Class parts and decorations that were decoded before, recognised by their octets.

Every instance that travels alone carries its whole class part, a thousand octets and more, equal for all instances of
a query. Comparing it with those already known costs a tenth of hashing it, and nothing compared with decoding it
(measured). The cache belongs to a stream of objects from one peer and is bounded in number and octets, as the peer
decides what is sent.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import Origin

if TYPE_CHECKING:
    from wmix.protocol.wmio.reader_compiler import InstanceReader

__all__ = ["ClassCache"]

_KEY_LENGTH: Final = 256
"""Octets by which class parts are told apart before they are compared whole: length, ancestors, first properties."""

_BUCKET: Final = 8
"""Class parts kept that begin alike."""

_MAX_OCTETS: Final = 1 << 22
_MAX_DECORATIONS: Final = 32

_Key = tuple[bytes, str | None]


class ClassCache:
    """Readers of known class parts; the least recently used are dropped.

    One decoder at a time adds to it, while rows that it made may be read, and look for the classes of objects embedded
    in them, in other threads: every change is one step that leaves a valid cache.
    """

    __slots__ = ("_decorations", "_last", "_last_decoration", "_max_parts", "_readers")

    def __init__(self, max_parts: int = 64) -> None:
        """A cache of at most *max_parts* class parts that begin differently, and 4 MiB."""
        self._max_parts = max_parts
        self._readers: OrderedDict[_Key, tuple[InstanceReader, ...]] = OrderedDict()
        self._last: InstanceReader | None = None
        self._decorations: dict[bytes, Origin] = {}
        self._last_decoration: tuple[bytes, Origin] | None = None

    def __len__(self) -> int:
        return sum(map(len, list(self._readers.values())))

    def find(self, data: bytes, position: int, end: int, origin: Origin | None) -> InstanceReader | None:
        """The reader for the class part at *position* of *data*, of an object from *origin*."""
        last = self._last
        if last is not None and last.part.origin is origin and data.startswith(last.part.data, position, end):
            return last
        key = _key(data[position : position + _KEY_LENGTH], origin)
        for reader in self._readers.get(key, ()):
            part = reader.part
            if data.startswith(part.data, position, end) and (part.origin is origin or part.origin == origin):
                with suppress(KeyError):  # dropped meanwhile
                    self._readers.move_to_end(key)
                self._last = reader
                return reader
        return None

    def add(self, reader: InstanceReader) -> None:
        """Keep *reader*, unless its class part alone is too large."""
        part = reader.part
        self._last = reader
        if len(part.data) > _MAX_OCTETS // 4:
            return
        readers = self._readers
        key = _key(part.data[:_KEY_LENGTH], part.origin)
        readers[key] = (reader, *readers.pop(key, ())[: _BUCKET - 1])
        while len(readers) > self._max_parts or self._octets() > _MAX_OCTETS:
            readers.popitem(last=False)

    def _octets(self) -> int:
        return sum([len(reader.part.data) for bucket in list(self._readers.values()) for reader in bucket])

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


def _key(beginning: bytes, origin: Origin | None) -> _Key:
    # A class part that is shorter has octets of its instance in the slice when it is looked for: those are cut off.
    length = int.from_bytes(beginning[:4], "little")
    return beginning[:length], None if origin is None else origin.namespace
