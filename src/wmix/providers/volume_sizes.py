"""Sizes of mounted file systems: statvfs(3), which may block for ever on a dead server.

A local file system answers at once.  A remote one is asked on a daemon thread of its own and given a few seconds; when
it does not answer, its sizes are unknown and the thread is left to it.  At most one thread waits for each mount point:
later queries join the one that is stuck instead of adding to it (linux-mapping, section 4).
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["PATIENCE", "SizeRound", "VolumeSizes"]

#: Seconds that the servers of one query have for their answers, together.
PATIENCE: Final = 2.0


class _Question:
    """One call of statvfs on a thread of its own."""

    __slots__ = ("answer", "answered")

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer: os.statvfs_result | None = None


class VolumeSizes:
    """Asks for sizes; keeps the questions that have no answer yet.

    Args:
        statvfs: what tells the sizes at a mount point, or raises OSError.
        patience: seconds to wait for remote file systems.
    """

    def __init__(self, statvfs: Callable[[str], os.statvfs_result] = os.statvfs, *, patience: float = PATIENCE) -> None:
        self._statvfs = statvfs
        self._patience = patience
        self._lock = threading.Lock()
        self._open: dict[str, _Question] = {}

    def local(self, mount_point: str) -> os.statvfs_result | None:
        """The sizes at a local *mount_point*; None when they cannot be read."""
        try:
            return self._statvfs(mount_point)
        except OSError:
            return None

    def ask(self, mount_points: Iterable[str]) -> SizeRound:
        """Ask all remote *mount_points* at the same time."""
        questions = {point: self._question(point) for point in mount_points}
        return SizeRound(questions, time.monotonic() + self._patience)

    def _question(self, mount_point: str) -> _Question:
        with self._lock:
            question = self._open.get(mount_point)
            if question is not None:
                return question
            question = self._open[mount_point] = _Question()
        threading.Thread(target=self._put, args=(mount_point, question), name="wmix-statvfs", daemon=True).start()
        return question

    def _put(self, mount_point: str, question: _Question) -> None:
        try:
            question.answer = self.local(mount_point)
        finally:
            with self._lock:
                del self._open[mount_point]
            question.answered.set()


class SizeRound:
    """The answers to one round of questions, all within one time."""

    def __init__(self, questions: dict[str, _Question], until: float) -> None:
        self._questions = questions
        self._until = until

    def answer(self, mount_point: str) -> os.statvfs_result | None:
        """The sizes at *mount_point*, waiting while the time of the round lasts; None when they stay unknown."""
        question = self._questions[mount_point]
        if question.answered.wait(max(0.0, self._until - time.monotonic())):
            return question.answer
        return None
