"""A batch of events: rows whose embedded objects every reader gets as its own. Brief 0.7.

One event goes to many subscribers, and the object in it may be the one that the repository holds: what a reader changes
in its copy is seen by nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.port.batch import RowBatch

if TYPE_CHECKING:
    from wmix.port.batch import CimObject, InstanceFactory

__all__ = ["EventBatch"]


class EventBatch(RowBatch):
    """Events of one class."""

    __slots__ = ()

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Fresh events; the objects in them are built by *make* too, so that they can be written and deleted."""
        layout = self.layout
        if not layout.has_objects:
            return super().objects(make)
        return [make(layout, tuple([_private(value, make) for value in row]), None) for row in self.rows]

    def part(self, start: int, stop: int) -> EventBatch:
        """The events from *start* up to *stop*."""
        return EventBatch(self.layout, self.rows[start:stop], None)


def _private(value: object, make: InstanceFactory) -> object:
    if isinstance(value, CimInstance):
        layout, values = value.layout_, value.raw_values_()
        if layout.has_objects:
            values = [_private(item, make) for item in values]
        return make(layout, tuple(values), value.origin_)
    return value.clone_() if isinstance(value, CimClass) else value
