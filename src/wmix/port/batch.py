"""Batches: the unit in which objects travel between all stages.

A batch may stay in the form in which its source has it (rows of plain values here, octets from a socket elsewhere)
until a caller asks for objects or tuples.  Objects of one batch need not be of one class; rows of a
:class:`RowBatch` are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from wmix.cim.instances import CimInstance, instances
from wmix.port.demand import estimate
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import Origin
    from wmix.cim.layout import InstanceLayout
    from wmix.errors import ProtocolError

    CimObject: TypeAlias = CimInstance | CimClass
    #: Makes the caller's kind of instance from layout, values and origin; ``CimInstance`` itself is one.
    InstanceFactory: TypeAlias = Callable[[InstanceLayout, Sequence[object], Origin | None], CimInstance]

__all__ = ["Batch", "ObjectBatch", "RowBatch", "UndecodedObject", "undecoded"]


class UndecodedObject(Record):
    """An object that came from a host and could not be decoded: its octets, and what is wrong with them."""

    data: bytes
    error: ProtocolError


class Batch(Protocol):
    """Some objects, in order."""

    def __len__(self) -> int: ...

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Fresh objects; instances are built by *make*."""
        ...

    def part(self, start: int, stop: int) -> Batch:
        """The objects from *start* up to *stop*, without decoding them."""
        ...

    def octets(self) -> int:
        """About how much memory they take, by a look at some of them."""
        ...


class RowBatch:
    """Rows of one layout: tuples of values in the layout's order, from one origin."""

    __slots__ = ("layout", "origin", "rows")

    def __init__(self, layout: InstanceLayout, rows: Sequence[tuple[object, ...]], origin: Origin | None) -> None:
        self.layout = layout
        self.rows = rows
        self.origin = origin

    def __len__(self) -> int:
        return len(self.rows)

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Instances over the rows; each shares its row until it is changed."""
        return [*instances(make, self.layout, self.rows, self.origin)]

    def part(self, start: int, stop: int) -> RowBatch:
        """The rows from *start* up to *stop*."""
        return RowBatch(self.layout, self.rows[start:stop], self.origin)

    def octets(self) -> int:
        """About how much memory the rows take."""
        return estimate(self.rows)


class ObjectBatch:
    """Objects that exist already: classes, or instances of many layouts."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[CimObject]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Private copies: what a caller changes is not seen by others who read the same result."""
        return [
            make(item.layout_, tuple(item.raw_values_()), item.origin_)
            if isinstance(item, CimInstance)
            else item.clone_()
            for item in self.items
        ]

    def part(self, start: int, stop: int) -> ObjectBatch:
        """The objects from *start* up to *stop*."""
        return ObjectBatch(self.items[start:stop])

    def octets(self) -> int:
        """About how much memory the instances take; classes are those of the schema, which has them anyway."""
        return estimate(self.items)


def undecoded(batch: Batch) -> Sequence[UndecodedObject]:
    """The objects of *batch* that could not be decoded; only batches from a host have any."""
    found: Sequence[UndecodedObject] = getattr(batch, "undecoded", ())
    return found
