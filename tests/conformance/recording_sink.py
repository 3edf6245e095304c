"""A sink that writes down what it is told, for tests of asynchronous calls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.com import ClassObject


class FinalStatus(NamedTuple):
    """The arguments of one SetStatus."""

    flags: int
    hresult: int
    text: str | None
    error_object: ClassObject | None


class RecordingSink:
    """Collects the objects of Indicate and the calls of SetStatus, in order of arrival."""

    def __init__(self, on_objects: Callable[[], object] | None = None) -> None:
        self.calls: list[str] = []
        self.objects: list[ClassObject] = []
        self.statuses: list[FinalStatus] = []
        self.threads: set[int] = set()
        self.first = threading.Event()
        self.done = threading.Event()
        self._ends = threading.Semaphore(0)
        self._on_objects = on_objects

    def indicate(self, objects: Sequence[ClassObject]) -> object:
        self.calls.append("indicate")
        self.threads.add(threading.get_ident())
        self.objects += objects
        self.first.set()
        return self._on_objects() if self._on_objects else None

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: ClassObject | None) -> None:
        self.calls.append("set_status")
        self.threads.add(threading.get_ident())
        self.statuses.append(FinalStatus(flags, hresult, text, error_object))
        self.done.set()
        self._ends.release()

    def wait_for_statuses(self, count: int, timeout: float) -> bool:
        """Wait for further SetStatus calls, *timeout* seconds at most for each."""
        return all(self._ends.acquire(timeout=timeout) for _ in range(count))

    def ids(self, key: str = "Id") -> list[object]:
        """The values of *key* of all objects."""
        return [item.get(key).value for item in self.objects]
