"""Writers of instance parts, put together once per class part and null pattern; the mirror of ``reader_compiler``.

The pattern of a row (which values are NULL or unset) is predicted from the row before: finding it out costs as much
as writing the row. A :class:`_Shape` checks the prediction on the places that should be empty, and by the failures of
``struct`` and ``str.join`` on the others. Texts are joined and encoded once per row; if one is not Latin-1 or holds a
NUL, or if there are arrays or objects, the items are written one by one. Everything else is ``write_instance_part``.

Values are in the exact forms of ``wmix.cim.types``: whoever fills a row has checked them.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from itertools import accumulate
from operator import add, attrgetter, neg
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.protocol.wmio.heap import HEAP_FLAG, HeapWriter
from wmix.protocol.wmio.instance_part import NO_PROPERTY_QUALIFIERS, write_instance_part
from wmix.protocol.wmio.property_table import DEFAULT_BIT, NULL_BIT, NdTable
from wmix.protocol.wmio.reader_compiler import MAX_SHAPES, pick
from wmix.protocol.wmio.strings import encode_string
from wmix.protocol.wmio.values import write_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.protocol.wmio.class_part import ClassPart
    from wmix.protocol.wmio.values import ObjectEncoder

__all__ = ["InstanceWriter"]

_SET: Final = 0
_BETWEEN: Final = "\0\0"
"""Between two texts: the NUL of the one and the flag of the other."""

_TEXTS: Final = frozenset({CimType.STRING, CimType.DATETIME, CimType.REFERENCE})
_text_of: Final[Callable[[Any], str]] = attrgetter("text")
_MISPREDICTED: Final = (struct.error, TypeError, AttributeError)


class InstanceWriter:
    """Writes instances of one class part.

    Attributes:
        part: the class part, to be put in front or sent once.
    """

    __slots__ = ("_encoder", "_explicit_defaults", "_last", "_shapes", "part")

    def __init__(self, part: ClassPart, encoder: ObjectEncoder, *, explicit_defaults: bool = False) -> None:
        self.part = part
        self._encoder = encoder
        self._explicit_defaults = explicit_defaults
        self._shapes: OrderedDict[bytes, _Shape] = OrderedDict()
        self._last: _Shape | None = None

    def write(self, values: Sequence[object]) -> bytes:
        """The instance part of *values*, one for each property of the class part, in class order."""
        shape = self._last
        if shape is not None:
            data = shape.write(values)
            if data is not None:
                return data
        return self._find(values).write(values) or write_instance_part(
            self.part, values, self._encoder, explicit_defaults=self._explicit_defaults
        )

    def _find(self, values: Sequence[object]) -> _Shape:
        pattern = bytes([NULL_BIT if v is None else DEFAULT_BIT if v is UNSET else _SET for v in values])
        shapes = self._shapes
        shape = shapes.pop(pattern, None)
        if shape is None:
            shape = _Shape(self.part, pattern, self._encoder, self._explicit_defaults)
            if len(shapes) >= MAX_SHAPES:
                shapes.popitem(last=False)
        shapes[pattern] = shape
        self._last = shape
        return shape


class _Shape:
    """How rows with one pattern of NULL and unset values are written."""

    __slots__ = (
        "_arguments",
        "_booleans",
        "_characters",
        "_constants",
        "_dates",
        "_empty",
        "_empty_places",
        "_encoder",
        "_first_length",
        "_fixed",
        "_items",
        "_name",
        "_pack",
        "_prefix",
        "_simple",
        "_steps",
        "_texts",
    )

    def __init__(self, part: ClassPart, pattern: bytes, encoder: ObjectEncoder, explicit_defaults: bool) -> None:
        slots = part.slots
        count = len(slots)
        defaults: list[object] = []
        source: dict[int, int] = {}
        bits = [0] * count
        for order, state in enumerate(pattern):
            default = part.properties[order].default
            if state == DEFAULT_BIT and explicit_defaults:
                if default is None:
                    bits[order] = NULL_BIT
                else:
                    source[order] = count + len(defaults)
                    defaults.append(default)
            elif state == _SET:
                source[order] = order
            else:
                bits[order] = state
        empty = [order for order, state in enumerate(pattern) if state != _SET]
        self._empty_places = pick(empty)
        self._empty = tuple([None if pattern[order] == NULL_BIT else UNSET for order in empty])
        self._encoder = encoder
        self._name = encode_string(part.name)
        self._prefix = f"\0{part.name}\0"
        self._first_length = len(self._name)
        # The arguments of pack: values, constants, references of heap items, Booleans, characters, the two lengths.
        self._constants = (*defaults, NdTable.of(bits).data, 4, NO_PROPERTY_QUALIFIERS)
        stored = [o for o in part.lookup if o in source and slots[o].in_heap]
        booleans = [o for o in source if slots[o].type is CimType.BOOLEAN and not slots[o].is_array]
        characters = [o for o in source if slots[o].type is CimType.CHAR16 and not slots[o].is_array]
        first_reference = count + len(self._constants)
        first_boolean = first_reference + len(stored) + 1
        first_character = first_boolean + len(booleans)
        length = first_character + len(characters)
        place = dict(source)
        for orders, first in ((stored, first_reference), (booleans, first_boolean), (characters, first_character)):
            place |= {order: first + k for k, order in enumerate(orders)}
        formats, arguments = [f"<I5x{part.nd_length}s"], [length, count + len(defaults)]
        offset = 0
        for order in sorted(source, key=lambda order: slots[order].offset):
            slot = slots[order]
            letter = "h" if order in booleans else slot.format
            formats.append(f"{slot.offset - offset}x{letter}")
            arguments.append(place[order])
            offset = slot.offset + slot.size
        formats.append(f"{part.values_length - offset}xIBI")
        arguments += [count + len(defaults) + 1, count + len(defaults) + 2, length + 1]
        layout = struct.Struct("".join(formats))
        self._pack = layout.pack
        self._fixed = layout.size
        self._arguments = pick(arguments)
        self._booleans = pick([source[o] for o in booleans]) if booleans else None
        self._characters = pick([source[o] for o in characters]) if characters else None
        self._texts = pick([source[o] for o in stored])
        self._dates = [k for k, o in enumerate(stored) if slots[o].type is CimType.DATETIME]
        self._items = [(source[o], slots[o], slots[o].type in _TEXTS and not slots[o].is_array) for o in stored]
        self._simple = self._name[0] == 0 and all(is_text for _, _, is_text in self._items)
        self._steps = tuple(range(0, 2 * len(stored) + 1, 2))

    def write(self, values: Sequence[object]) -> bytes | None:
        """The instance part of *values*; None when they are of another pattern."""
        if self._empty_places(values) != self._empty:
            return None
        try:
            source: tuple[Any, ...] = (*values, *self._constants)
            heap = self._texts_at_once(source) if self._simple else None
            if heap is None:
                heap = self._one_by_one(source)
            octets, references = heap
            if self._booleans is not None:
                references += map(neg, self._booleans(source))
            if self._characters is not None:
                references += map(ord, self._characters(source))
            size = len(octets)
            fields = self._arguments((*source, *references, self._fixed + size, size | HEAP_FLAG))
            return self._pack(*fields) + octets
        except _MISPREDICTED:
            return None

    def _texts_at_once(self, source: tuple[Any, ...]) -> tuple[bytes, list[int]] | None:
        """Heap and references when all texts are Latin-1 without NUL; the last reference is the heap's end."""
        texts: Any = self._texts(source)
        if self._dates:
            texts = list(texts)
            for k in self._dates:
                texts[k] = _text_of(texts[k])
        joined = f"{self._prefix}\0{_BETWEEN.join(texts)}\0" if texts else self._prefix
        if joined.count("\0") != 2 * len(texts) + 2:
            return None
        try:
            octets = joined.encode("latin-1")
        except UnicodeEncodeError:
            return None
        lengths = accumulate(map(len, texts), initial=self._first_length)
        return octets, list(map(add, self._steps, lengths))

    def _one_by_one(self, source: tuple[Any, ...]) -> tuple[bytes, list[int]]:
        heap = HeapWriter(self._encoder)
        data = heap.data
        data += self._name
        references = []
        for place, slot, is_text in self._items:
            value = source[place]
            if is_text:
                references.append(len(data))
                data += encode_string(value if value.__class__ is str else _text_of(value))
                continue
            if value is None or value is UNSET:
                raise TypeError  # of another pattern
            (reference,) = _REFERENCE.unpack(write_value(value, slot.type, slot.is_array, heap))
            references.append(reference)
        references.append(len(data))
        return bytes(data), references


_REFERENCE: Final = struct.Struct("<I")
