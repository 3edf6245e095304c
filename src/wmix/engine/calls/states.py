"""The states of a call and the only table of their transitions.

A call is NEW until its work starts, RUNNING until its source has nothing more to give, DRAINING while results wait
to be read, and then DONE, FAILED or CANCELLED for ever.  A call with one result goes from RUNNING to DONE directly:
its result is small and stays.

The picture in the documentation is drawn from :data:`TRANSITIONS`.
"""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["TRANSITIONS", "CallState", "Event", "IllegalTransition", "next_state"]


class CallState(enum.Enum):
    """Where a call is in its life."""

    NEW = "new"
    RUNNING = "running"
    DRAINING = "draining"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to the call any more."""
        return self in (CallState.DONE, CallState.FAILED, CallState.CANCELLED)


class Event(enum.Enum):
    """What can happen to a call."""

    START = "start"
    EXHAUST = "exhaust"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"


class IllegalTransition(RuntimeError):
    """An event came in a state that does not know it: a fault of the engine, never of a caller."""


TRANSITIONS: Final[dict[tuple[CallState, Event], CallState]] = {
    (CallState.NEW, Event.START): CallState.RUNNING,
    (CallState.NEW, Event.CANCEL): CallState.CANCELLED,
    (CallState.RUNNING, Event.EXHAUST): CallState.DRAINING,
    (CallState.RUNNING, Event.COMPLETE): CallState.DONE,
    (CallState.RUNNING, Event.FAIL): CallState.FAILED,
    (CallState.RUNNING, Event.CANCEL): CallState.CANCELLED,
    (CallState.DRAINING, Event.COMPLETE): CallState.DONE,
    (CallState.DRAINING, Event.CANCEL): CallState.CANCELLED,
}


def next_state(state: CallState, event: Event) -> CallState:
    """The state after *event*; a final state stays as it is when it is cancelled.

    Raises:
        IllegalTransition: the table has no such transition.
    """
    if state.is_final and event is Event.CANCEL:
        return state
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(f"{event.name} in state {state.name}") from None
