"""Errors of com: HRESULTs instead of exceptions, and the error object of the calling thread.

Brief 0.8: a failing synchronous or semisynchronous call leaves an ``__ExtendedStatus`` for the thread that made it, to
be read right after the call, once.  Asynchronous calls never touch it; theirs comes with SetStatus.  Contexts, objects
and qualifier sets work in process and set none (0.9).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from wmix.com.classobject import ClassObject
from wmix.engine.error_object import error_object

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.errors import WmiError

__all__ = ["failed", "get_error_info"]


class _Slot(threading.local):
    """COM's error object is a property of the thread, whatever made the call; so it is here."""

    error: CimInstance | None = None


_slot = _Slot()


def failed(error: WmiError) -> int:
    """The HRESULT of *error*, which becomes the error of this thread."""
    # Not the exception itself, and the engine's own without its traceback: that would keep alive everything that the
    # failing call used, so that dropped enumerators were not released before the next garbage collection.
    _slot.error = error_object(error)
    error.__traceback__ = None
    return error.status


def get_error_info() -> ClassObject | None:
    """The ``__ExtendedStatus`` of the last synchronous or semisynchronous call that failed on this thread.

    It is given once; None when no call has failed since.
    """
    error, _slot.error = _slot.error, None
    return None if error is None else ClassObject(error)
