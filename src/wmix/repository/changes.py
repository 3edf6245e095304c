"""What was written, for those who listen: the changes of one transaction, told when it was committed.

A :class:`ChangeLog` belongs to a repository, a :class:`Pending` to whatever runs its transactions.  Nothing is noted
while nobody listens: a write then costs what it always did.  Listeners may come and go on any thread.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

from wmix.port.events import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.port.events import ChangeListener

__all__ = ["ChangeLog", "Pending"]

_log = logging.getLogger("wmix.repository")


class ChangeLog:
    """Who listens to the changes of a repository."""

    def __init__(self) -> None:
        #: Tells this repository from others that write into the same database.
        self.identity = os.urandom(16).hex()
        self._lock = threading.Lock()
        # Replaced as a whole, so that telling needs no lock.
        self._listeners: tuple[ChangeListener, ...] = ()

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def listen(self, listener: ChangeListener) -> Callable[[], None]:
        """Tell *listener* what is committed from now on; what is returned ends that and may be called again."""
        # An object of its own for each time, so that who listens twice can stop once.
        held = _Held(listener)
        with self._lock:
            self._listeners = (*self._listeners, held)

        def stop() -> None:
            with self._lock:
                self._listeners = tuple([other for other in self._listeners if other is not held])

        return stop

    def tell(self, changes: Sequence[Change]) -> None:
        """Tell everybody; one who fails is reported, for the write itself is done."""
        if not changes:
            return
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:  # noqa: BLE001 - what was committed cannot fail any more
                _log.exception("a listener to changes of the repository failed")


class _Held:
    __slots__ = ("listener",)

    def __init__(self, listener: ChangeListener) -> None:
        self.listener = listener

    def __call__(self, changes: Sequence[Change]) -> None:
        self.listener(changes)


class Pending:
    """The changes of the running transaction, until it is committed or undone."""

    def __init__(self, log: ChangeLog) -> None:
        self.log = log
        #: Whether another process listens, for which the changes are written down.
        self.is_journalled = False
        self._changes: list[Change] = []
        self._marks: list[int] = []

    @property
    def is_heard(self) -> bool:
        """Whether changes are to be noted."""
        return self.is_journalled or self.log.is_heard

    @property
    def changes(self) -> Sequence[Change]:
        """What was noted."""
        return self._changes

    def instance(self, namespace: str, previous: CimInstance | None, current: CimInstance | None) -> None:
        """Note what happened to an instance."""
        self._changes.append(Change("instance", namespace, previous, current))

    def cls(self, namespace: str, previous: CimClass | None, current: CimClass | None) -> None:
        """Note what happened to a class."""
        self._changes.append(Change("class", namespace, previous, current))

    def namespace(self, name: str, *, created: bool) -> None:
        """Note that the namespace *name* (from the root on) was created or deleted."""
        parent = name.rpartition("\\")[0]
        self._changes.append(Change("namespace", parent, None if created else name, name if created else None))

    def begin_part(self) -> None:
        """What follows can be undone alone."""
        self._marks.append(len(self._changes))

    def keep_part(self) -> None:
        """The part becomes one with what is around it."""
        if self._marks:
            self._marks.pop()

    def undo_part(self) -> None:
        """The part did not happen."""
        if self._marks:
            del self._changes[self._marks.pop() :]

    def undo(self) -> None:
        """The transaction did not happen."""
        self._changes.clear()
        self._marks.clear()

    def commit(self) -> None:
        """The transaction has happened: tell it."""
        changes = self._changes
        if changes:
            self._changes = []
            self.log.tell(changes)
        self._marks.clear()
