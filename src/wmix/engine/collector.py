"""The collector of cycles, while something makes many objects that stay.

The interpreter looks for cycles each time that 700 containers more have been made than freed, and goes over all there
are the oftener the more of them stay: compiling a large file spends a third of its time on that, in vain.  For as long
as somebody holds :data:`PATIENT` it waits for more of them.  There is one collector in a process, and so there is one
count of those who hold it; whoever comes first changes the thresholds and whoever goes last restores them, however the
work ends and on whatever thread.
"""

from __future__ import annotations

import gc
import threading
from typing import Final

__all__ = ["PATIENT", "Patience"]

_THRESHOLD: Final = 100_000
"""Containers that may be young; some ten megabytes, which bounds what cycles can keep meanwhile."""


class Patience:
    """For a ``with`` statement: fewer collections inside; may be held by many at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._before = (0, 0, 0)
        self._set = (0, 0, 0)

    def __enter__(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                self._before = before = gc.get_threshold()
                # 0 is off, and stays so.
                self._set = (max(before[0], _THRESHOLD) if before[0] else 0, *before[1:])
                gc.set_threshold(*self._set)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holders -= 1
            # What somebody else has set meanwhile is theirs.
            if self._holders == 0 and gc.get_threshold() == self._set:
                gc.set_threshold(*self._before)


PATIENT: Final = Patience()
"""The one for the collector of this process."""
