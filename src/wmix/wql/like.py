"""LIKE patterns. [MS-WMI] 2.2.1.1; 5.4 of the semantics brief.

``%`` is any run of characters, ``_`` exactly one, ``[set]`` one of a set, ``[^set]`` one outside it; a match covers the
whole text and ignores case (``casing``).  In brackets ``a-f`` and ``a=f`` are ranges, a character followed by ``-``
or ``=`` and then ``]`` means those two literally, ``^`` first negates, ``[^]`` is a caret, and ``%``, ``_``, ``[``
stand for themselves.  Backslash is nothing special here: escapes end with the string constant.

Matching is linear in the text.  A pattern is cut at its ``%`` into segments of fixed length; the first is anchored at
the start, the last at the end, and those between are found from left to right, each at its first place, which is
enough because a later place never helps the next one.  A segment of plain characters is found by ``str.find``, one
with ``_`` or sets by the bit-parallel method of Baeza-Yates and Gonnet (Shift-And), never by backtracking.

Decisions where the sources are silent: an unclosed or empty bracket is refused; a range whose end lies before its
start holds nothing.  Depends on ``casing`` and ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidQuery
from wmix.record import Record
from wmix.wql.casing import fold

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ANY", "CharacterSet", "LikePattern", "Segment", "compile_like", "has_wildcards", "matcher", "parse_like"]


class CharacterSet(Record):
    """``[...]``: single characters and ranges, both folded, ends included."""

    characters: frozenset[str]
    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def holds(self, character: str) -> bool:
        """Whether the folded *character* satisfies the set."""
        inside = character in self.characters or any(low <= character <= high for low, high in self.ranges)
        return inside is not self.negated


ANY: Final = CharacterSet(frozenset(), negated=True)
"""``_``: whatever stands outside nothing."""

Item = str | CharacterSet
"""One place of a segment: a folded character, or a set."""


class Segment:
    """What stands between two ``%``: as many places as ``length``; ``literal`` when all of them are characters."""

    __slots__ = ("_any", "_masks", "_plain", "_runs", "_sets", "length", "literal")

    def __init__(self, items: list[Item]) -> None:
        self.length = len(items)
        self._runs: list[tuple[int, str]] = []
        self._sets: list[tuple[int, CharacterSet]] = []
        self._any = 0
        self._plain: dict[str, int] = {}
        self._masks: dict[str, int] = {}
        run: list[str] = []
        for place, item in enumerate(items):
            if isinstance(item, str):
                run.append(item)
                self._plain[item] = self._plain.get(item, 0) | 1 << place
                continue
            if run:
                self._runs.append((place - len(run), "".join(run)))
                run = []
            if item is ANY:
                self._any |= 1 << place
            else:
                self._sets.append((place, item))
        if run:
            self._runs.append((self.length - len(run), "".join(run)))
        plain = not self._any and not self._sets
        self.literal = "".join(run) if plain else None

    def matches_at(self, text: str, start: int) -> bool:
        """Whether the folded *text* has this segment at *start*; the caller knows that it is long enough."""
        for place, run in self._runs:
            if not text.startswith(run, start + place):
                return False
        return all(chosen.holds(text[start + place]) for place, chosen in self._sets)

    def find(self, text: str, start: int, end: int) -> int:
        """The end of the first place in ``text[start:end]`` that has this segment, or -1."""
        if self.literal is not None:
            found = text.find(self.literal, start, end)
            return found if found < 0 else found + self.length
        masks = self._masks
        goal = 1 << (self.length - 1)
        state = 0
        for position in range(start, end):
            mask = masks.get(text[position])
            if mask is None:
                mask = self._places_of(text[position])
            # Bit i of the state: the last i+1 characters are the first i+1 places of the segment.
            state = (state << 1 | 1) & mask
            if state & goal:
                return position + 1
        return -1

    def _places_of(self, character: str) -> int:
        """The places, as bits, where the segment may have *character*."""
        mask = self._any | self._plain.get(character, 0)
        for place, chosen in self._sets:
            if chosen.holds(character):
                mask |= 1 << place
        if len(self._masks) < _MAX_MASKS:
            self._masks[character] = mask
        return mask


_MAX_MASKS: Final = 4096
"""Characters for which a segment remembers where it may have them."""


class LikePattern(Record):
    """A pattern cut at its ``%``: one segment when it has none, else the first, those between, and the last."""

    segments: tuple[Segment, ...]

    @property
    def exact(self) -> str | None:
        """The folded text that alone matches, when there is only one."""
        return self.segments[0].literal if len(self.segments) == 1 else None

    @property
    def simple(self) -> tuple[str, tuple[str, ...], str] | None:
        """(start, parts between, end), folded, when the pattern has ``%`` and plain characters only; else None."""
        literals = [segment.literal for segment in self.segments]
        if len(literals) < 2 or any(literal is None for literal in literals):
            return None
        first, *between, last = [literal or "" for literal in literals]
        return first, tuple(part for part in between if part), last


def has_wildcards(pattern: str) -> bool:
    """Whether *pattern* has a metacharacter, one of ``% _ [``, wherever it stands."""
    return "%" in pattern or "_" in pattern or "[" in pattern


def parse_like(pattern: str) -> LikePattern:
    """The segments of *pattern*.

    Raises:
        InvalidQuery: a bracket that is not closed, or is empty; ``span`` counts within *pattern*.
    """
    segments: list[Segment] = []
    items: list[Item] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "%":
            segments.append(Segment(items))
            items = []
        elif character == "_":
            items.append(ANY)
        elif character == "[":
            item, position = _bracket(pattern, position)
            items.append(item)
        else:
            items.append(fold(character))
    segments.append(Segment(items))
    return LikePattern(tuple(segments))


def _bracket(pattern: str, start: int) -> tuple[Item, int]:
    """The set whose content begins at *start*, and the position after its ``]``."""
    if pattern.startswith("^]", start):
        return "^", start + 2
    negated = pattern.startswith("^", start)
    position = start + negated
    characters: set[str] = set()
    ranges: list[tuple[str, str]] = []
    while (character := pattern[position : position + 1]) != "]":
        if not character:
            raise InvalidQuery(
                "the '[' in the pattern is not closed",
                text=pattern,
                span=(start - 1, len(pattern)),
                expected="']'",
                hint="write [[] for the character '['",
            )
        following = pattern[position + 2 : position + 3]
        if pattern[position + 1 : position + 2] in ("-", "=") and following not in ("", "]"):
            ranges.append((fold(character), fold(following)))
            position += 3
        else:
            characters.add(fold(character))
            position += 1
    if not characters and not ranges:
        raise InvalidQuery(
            "the brackets in the pattern are empty",
            text=pattern,
            span=(start - 1, position + 1),
            expected="characters between '[' and ']'",
            hint="write [[] for the character '['",
        )
    if len(characters) == 1 and not ranges and not negated:
        return characters.pop(), position + 1
    return CharacterSet(frozenset(characters), tuple(ranges), negated), position + 1


def compile_like(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a text matches *pattern*.

    Raises:
        InvalidQuery: see :func:`parse_like`.

    >>> compile_like("[^a-f]%x")("gamma X")
    True
    """
    return matcher(parse_like(pattern))


def matcher(pattern: LikePattern) -> Callable[[str], bool]:
    """A function that tells whether a text matches the parsed *pattern*."""
    segments = pattern.segments
    first, between, last = segments[0], [s for s in segments[1:-1] if s.length], segments[-1]
    least = sum(segment.length for segment in segments)

    def matches_fixed(text: str) -> bool:
        return len(text) == least and first.matches_at(fold(text), 0)

    def matches(text: str) -> bool:
        if len(text) < least:
            return False
        text = fold(text)
        end = len(text) - last.length
        if not first.matches_at(text, 0) or not last.matches_at(text, end):
            return False
        position = first.length
        for segment in between:
            position = segment.find(text, position, end)
            if position < 0:
                return False
        return True

    return matches_fixed if len(segments) == 1 else matches
