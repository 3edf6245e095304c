"""Readers of instance parts, put together once per class part and null pattern.

Which slots of a row hold a value is said by its NdTable alone, and rows of one query have few different ones. For
each (class part, NdTable) a :class:`_Shape` is made of three C-level steps: one ``struct`` format for all fields of
fixed place, one split of the heap into its texts, one ``itemgetter`` that puts values and texts into class order. The
split is valid only if texts are Latin-1, stand in the order that an earlier row had, and fill the heap; that is
checked for each row. Rows of another form (UTF-16, arrays, embedded objects) have their items read one by one, and
whatever is unusual beyond that (slack, qualifiers, errors) goes to ``instance_part.read_values``, the interpreter
that the tests compare with.

Patterns come from the peer: a bounded number of shapes is kept, the least recently used is dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import accumulate
from operator import add, itemgetter
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import InvalidDatetime
from wmix.protocol.wmio.heap import HEAP_FLAG, Heap
from wmix.protocol.wmio.instance_part import HEADER_LENGTH, NO_PROPERTY_QUALIFIERS, read_values
from wmix.protocol.wmio.property_table import DEFAULT_BIT, NULL_BIT, NdTable
from wmix.protocol.wmio.strings import COMPRESSED, read_string
from wmix.protocol.wmio.values import read_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.layout import InstanceLayout
    from wmix.protocol.wmio.class_part import ClassPart
    from wmix.protocol.wmio.property_table import Slot
    from wmix.protocol.wmio.values import ObjectDecoder

__all__ = ["MAX_SHAPES", "InstanceReader", "pick"]

MAX_SHAPES: Final = 64
"""Null patterns per class for which readers and writers are kept."""

_REMEMBERED: Final = 256
"""Null patterns seen once that are remembered; making a shape pays from the second row on."""

_LESSONS: Final = 8
"""How often a shape learns another order of the texts; a peer that changes it with every row is read text by text."""

_TAIL: Final = "IBI"
"""Length of the QualifierSet, InstPropQualSetFlag, HeapLength, when there are no qualifiers."""

_NAME: Final = 2
"""Where the reference to the class name is among the unpacked fields."""

_TEXTS: Final = frozenset({CimType.STRING, CimType.DATETIME, CimType.REFERENCE})


def pick(indexes: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """A function from a sequence to the tuple of its items at *indexes*."""
    if len(indexes) > 1:
        return itemgetter(*indexes)
    if not indexes:
        return lambda _: ()
    only = indexes[0]
    return lambda items: (items[only],)


class InstanceReader:
    """Reads instances of one class part.

    Attributes:
        part: the class part.
        layout: of the instances: all properties that the class part has.
    """

    __slots__ = ("_context", "_last", "_nd_end", "_overlaps", "_seen", "_shapes", "layout", "part")

    def __init__(
        self, part: ClassPart, context: Callable[[int], ObjectDecoder], layout: InstanceLayout | None = None
    ) -> None:
        """*context* makes the decoder of embedded objects for an instance part of so many octets."""
        self.part = part
        self.layout: InstanceLayout = part.cls.layout if layout is None else layout
        self._context = context
        self._nd_end = HEADER_LENGTH + part.nd_length
        self._shapes: OrderedDict[bytes, _Shape] = OrderedDict()
        self._seen: dict[bytes, None] = {}
        # One attribute, so that another thread never sees the shape of one pattern beside another pattern.
        self._last: tuple[bytes, _Shape | None] = (b"", None)
        self._overlaps = _overlap(part.slots)

    def read(self, data: bytes, objects: ObjectDecoder | None = None) -> tuple[object, ...]:
        """The values of the instance part *data*, in layout order; UNSET where the class default shows.

        Args:
            data: the octets from EncodingLength on, and no more.
            objects: decodes embedded objects; made when needed if not given.

        Raises:
            ProtocolError: not a valid instance part.
        """
        pattern = data[HEADER_LENGTH : self._nd_end]
        last = self._last
        shape = last[1] if pattern == last[0] else self._find(pattern)
        if shape is not None:
            try:
                row = shape.read(data)
                if row is None:
                    row = shape.read_each(data, self._context(len(data)) if objects is None else objects)
                if row is not None:
                    return row
            except (StructError, InvalidDatetime, IndexError):
                pass  # the interpreter tells what is wrong, and where
        return read_values(data, self.part, self._context(len(data)) if objects is None else objects)

    def _find(self, pattern: bytes) -> _Shape | None:
        shapes = self._shapes
        shape = shapes.pop(pattern, None)
        if shape is None:
            if self._overlaps or len(pattern) != self.part.nd_length:
                return None
            if pattern not in self._seen:
                if len(self._seen) >= _REMEMBERED:
                    self._seen.clear()
                self._seen[pattern] = None
                return None
            shape = _Shape(self.part, pattern)
            if len(shapes) >= MAX_SHAPES:
                shapes.popitem(last=False)
        shapes[pattern] = shape
        self._last = (pattern, shape)
        return shape


def _overlap(slots: Sequence[Slot]) -> bool:
    """Whether two slots share octets; a class part that says so is read by the interpreter."""
    end = 0
    for slot in sorted(slots, key=lambda slot: slot.offset):
        if slot.offset < end:
            return True
        end = slot.offset + slot.size
    return False


class _Shape:
    """How rows with one NdTable are read."""

    __slots__ = (
        "_booleans",
        "_characters",
        "_complex",
        "_date_fields",
        "_expected",
        "_first_text",
        "_fixed",
        "_gaps",
        "_lessons",
        "_others",
        "_place_each",
        "_positions",
        "_steps",
        "_text_fields",
        "_unpack",
    )

    def __init__(self, part: ClassPart, pattern: bytes) -> None:
        nd_table = NdTable(pattern)
        present = [order for order in range(len(part.slots)) if not nd_table[order] & (NULL_BIT | DEFAULT_BIT)]
        where: dict[int, int] = {}
        letters = ["<IBI", f"{part.nd_length}x"]
        offset = 0
        for order in sorted(present, key=lambda order: part.slots[order].offset):
            slot = part.slots[order]
            letters.append(f"{slot.offset - offset}x{slot.format}")
            where[order] = _NAME + 1 + len(where)
            offset = slot.offset + slot.size
        letters.append(f"{part.values_length - offset}x{_TAIL}")
        layout = Struct("".join(letters))
        self._unpack = layout.unpack_from
        self._fixed = layout.size
        slots = part.slots

        def having(kind: CimType) -> list[int]:
            return [o for o in present if slots[o].type is kind and not slots[o].is_array]

        booleans, characters = having(CimType.BOOLEAN), having(CimType.CHAR16)
        self._complex = [(where[o], slots[o]) for o in present if slots[o].is_array or slots[o].type is CimType.OBJECT]
        complex_orders = [o for o in present if slots[o].is_array or slots[o].type is CimType.OBJECT]
        texts = [o for o in present if slots[o].type in _TEXTS and not slots[o].is_array]
        self._booleans = pick([where[o] for o in booleans]) if booleans else None
        self._characters = pick([where[o] for o in characters]) if characters else None
        # The class name is the first text; then those of the properties, in class order until a row shows another one.
        self._text_fields = [_NAME] + [where[o] for o in texts]
        self._others = pick([where[o] for o in (*texts, *complex_orders)])
        self._date_fields = [k for k, o in enumerate(texts, 1) if slots[o].type is CimType.DATETIME]
        self._steps = tuple(range(0, 2 * len(self._text_fields), 2))
        self._gaps = [""] * (len(self._text_fields) + 1)
        # All that a row is put together from: fields, texts, Booleans, characters, items read one by one, constants.
        fields = _NAME + 1 + len(present) + len(_TAIL)
        first_text = fields
        first_boolean = first_text + len(self._text_fields)
        first_character = first_boolean + len(booleans)
        first_complex = first_character + len(characters)
        null = first_complex + len(complex_orders)
        places = [
            null + 1 if nd_table[o] & DEFAULT_BIT else null if nd_table[o] & NULL_BIT else where[o]
            for o in range(len(slots))
        ]
        for kind, first in ((booleans, first_boolean), (characters, first_character), (complex_orders, first_complex)):
            for k, o in enumerate(kind):
                places[o] = first + k
        for k, o in enumerate(texts, 1):
            places[o] = first_text + k
        self._first_text = first_text
        self._positions = places
        self._place_each = pick(places)
        self._lessons = _LESSONS
        self._learn(list(range(len(self._text_fields))))

    def _learn(self, order: list[int]) -> None:
        """Expect the texts in the heap in *order* (of ``_text_fields``)."""
        first = self._first_text
        moved = {first + field: first + k for k, field in enumerate(order)}
        # One attribute, so that a row that is read meanwhile by another thread sees all of it or nothing.
        self._expected = (
            order,
            pick([self._text_fields[field] for field in order]),
            pick([moved.get(place, place) for place in self._positions]),
            [order.index(field) for field in self._date_fields],
        )

    def _fields(self, data: bytes) -> tuple[Any, ...] | None:
        """The fields of fixed place; None when the part has qualifiers or slack."""
        fields: tuple[Any, ...] = self._unpack(data)
        if (
            fields[0] != len(data)
            or fields[-3] != 4
            or fields[-2] != NO_PROPERTY_QUALIFIERS
            or fields[-1] != len(data) - self._fixed | HEAP_FLAG
        ):
            return None
        return fields

    def read(self, data: bytes) -> tuple[object, ...] | None:
        """The row if its heap holds nothing but Latin-1 texts in the expected order; None otherwise."""
        if self._complex:
            return None
        fields = self._unpack(data)
        size = len(data)
        if (  # as in _fields, written out for the sake of speed
            fields[0] != size
            or fields[-3] != 4
            or fields[-2] != NO_PROPERTY_QUALIFIERS
            or fields[-1] != size - self._fixed | HEAP_FLAG
        ):
            return None
        pieces = str(data[self._fixed :], "latin-1").split("\0")
        texts: list[Any] = pieces[1::2]
        _, references, place, dates = self._expected
        if pieces[::2] != self._gaps or references(fields) != tuple(
            map(add, self._steps, accumulate(map(len, texts), initial=0))
        ):
            return None
        for k in dates:
            texts[k] = CimDateTime(texts[k])
        if self._booleans is not None:
            texts += [raw != 0 for raw in self._booleans(fields)]
        if self._characters is not None:
            texts += map(chr, self._characters(fields))
        return place((*fields, *texts, None, UNSET))

    def read_each(self, data: bytes, objects: ObjectDecoder) -> tuple[object, ...] | None:
        """The row, its texts read one by one; None when it is for the interpreter."""
        fields = self._fields(data)
        if fields is None:
            return None
        start, end = self._fixed, len(data)
        texts: list[Any] = []
        spent = 0
        latin = True
        find = data.find
        for field in self._text_fields:
            reference = fields[field]
            position = start + reference
            if reference >= HEAP_FLAG:
                return None  # NULL, or an entry of the dictionary
            if data[position] == COMPRESSED:
                stop = find(b"\0", position + 1)
                if stop < 0:
                    return None
                texts.append(str(data[position + 1 : stop], "latin-1"))
                spent += stop + 1 - position
            else:
                text, stop = read_string(data, position, end, "InstanceHeap", "InstanceData")
                texts.append(text)
                spent += stop - position
                latin = False
        if spent > end - start or fields[_NAME] in self._others(fields):
            return None  # items are shared, which only the interpreter accounts for
        if latin:
            self._notice(fields)
        for k in self._date_fields:
            texts[k] = CimDateTime(texts[k])
        if self._booleans is not None:
            texts += [raw != 0 for raw in self._booleans(fields)]
        if self._characters is not None:
            texts += map(chr, self._characters(fields))
        if self._complex:
            heap = Heap(data, start, end, "InstanceHeap", objects)
            texts += [read_value(fields[w], slot.type, slot.is_array, heap, slot.field) for w, slot in self._complex]
        return self._place_each((*fields, *texts, None, UNSET))

    def _notice(self, fields: tuple[Any, ...]) -> None:
        """Learn the order of the texts in the heap of this row for the next ones."""
        if self._complex or not self._lessons:
            return
        order = sorted(range(len(self._text_fields)), key=lambda k: fields[self._text_fields[k]])
        if order != self._expected[0]:
            self._lessons -= 1
            self._learn(order)
