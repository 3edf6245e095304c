"""EventSink: what QueryObjectSink gives a caller who has events of its own. [MS-WMI] 3.1.4.3.3, brief 1.4.68.

The roles are turned round: here the caller is the one who calls Indicate.  An event is an instance of a class below
``__ExtrinsicEvent``; it reaches whoever subscribes to its class in the namespace at that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.com.classobject import ClassObject
from wmix.com.errors import failed
from wmix.com.results import Status
from wmix.errors import WmiError, error_for
from wmix.status import WBEM_E_NOT_EVENT_CLASS, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.com.connection import Lease
    from wmix.engine.services import Services as Door

__all__ = ["EventSink"]


class EventSink:
    """Takes events; made by ``Services.query_object_sink``."""

    def __init__(self, lease: Lease, door: Door) -> None:
        self._lease = lease
        self._door = door

    def indicate(self, objects: Sequence[ClassObject]) -> Status:
        """Publish events, in order; none of them when one is wrong.

        Returns:
            WBEM_E_NOT_EVENT_CLASS for what is no extrinsic event, WBEM_E_INVALID_CLASS for a class that is not there.

        Raises:
            TypeError: one is no ClassObject.
        """
        events = []
        try:
            for item in objects:
                if not isinstance(item, ClassObject):
                    raise TypeError(f"an event is a ClassObject, not {type(item).__name__}")
                event = item.unwrapped()
                if not isinstance(event, CimInstance):
                    raise error_for(WBEM_E_NOT_EVENT_CLASS, f"{event.name} is a class: an event is an instance")
                # A copy, because the caller may change its object afterwards.
                events.append(event.clone_())
            self._lease.call(self._door.publish, events)
        except WmiError as error:
            return Status(failed(error))
        return Status(WBEM_S_NO_ERROR)

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: ClassObject | None) -> Status:
        """Say that no more events will come; nothing has to be done for that but :meth:`release`."""
        del flags, hresult, text, error_object
        return Status(WBEM_S_NO_ERROR)

    def release(self) -> None:
        """Give the sink up."""
        self._lease.release()

    def __repr__(self) -> str:
        return f"<com.EventSink of {self._door.namespace}>"
