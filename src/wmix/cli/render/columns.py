"""Columns: what the formats with a header have in common.

Objects of one result may be of several classes, and derived classes have more properties.  The header is made of the
objects that are there when it is written: the names of the first, then those that others add.  What later objects have
beyond it cannot be shown any more; that is said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.cim.types import CimType
    from wmix.cli.render.records import Record, Shape

__all__ = ["Columns"]


class Columns:
    """The names of a header, and where each record has their values."""

    def __init__(self, names: Sequence[str], types: Sequence[tuple[CimType, bool] | None]) -> None:
        self.names = tuple(names)
        self.types = tuple(types)
        self._places: dict[int, tuple[Shape, tuple[int | None, ...]]] = {}
        self._missed: dict[str, str] = {}

    @classmethod
    def of(cls, records: Iterable[Record]) -> Columns:
        """The columns that show all of *records*."""
        names: dict[str, str] = {}
        types: dict[str, tuple[CimType, bool] | None] = {}
        seen: set[int] = set()
        for record in records:
            shape = record.shape
            if id(shape) in seen:
                continue
            seen.add(id(shape))
            for name, cim_type in zip(shape.names, shape.types, strict=True):
                folded = fold(name)
                names.setdefault(folded, name)
                if types.setdefault(folded, cim_type) != cim_type:
                    types[folded] = None
        return cls(tuple(names.values()), tuple(types.values()))

    def values(self, record: Record) -> list[object]:
        """The values of *record*, one a column; NULL where it has no such property."""
        shape = record.shape
        known = self._places.get(id(shape))
        if known is None:
            known = self._places[id(shape)] = (shape, self._match(shape))
        values = record.values
        return [None if place is None else values[place] for place in known[1]]

    def _match(self, shape: Shape) -> tuple[int | None, ...]:
        where = {fold(name): i for i, name in enumerate(shape.names)}
        columns = [fold(name) for name in self.names]
        for folded in where.keys() - set(columns):
            self._missed.setdefault(folded, shape.names[where[folded]])
        return tuple([where.get(folded) for folded in columns])

    def missed(self) -> list[str]:
        """Notes about properties that came too late for the header; each is told once."""
        names = sorted(name for name in self._missed.values() if name)
        if not names:
            return []
        self._missed = dict.fromkeys(self._missed, "")
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return [f"later objects have properties that the header lacks: {shown}; --format jsonl shows all"]
