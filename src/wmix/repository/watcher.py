"""The watcher: looks at what other processes changed, and once, after opening, at the pages of a large file.

One thread per open repository, with a connection of its own, so that neither a long reading nor a transaction makes it
late.  A failed look is repeated with the next one: what is wrong is told to those who ask for something.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from wmix.errors import WmiError
from wmix.repository.reading import Reader
from wmix.repository.session import ReadSession
from wmix.status import WBEM_E_CRITICAL_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.repository.database import Database
    from wmix.repository.journal import OthersWrites

__all__ = ["Watcher"]

_log = logging.getLogger("wmix.repository")


class Watcher:
    """Tells *changed* the counter of schema changes every *interval* seconds, and *damaged* of damage."""

    def __init__(
        self,
        database: Database,
        interval: float,
        changed: Callable[[int], None],
        damaged: Callable[[WmiError], None],
        others: OthersWrites,
    ) -> None:
        self._database = database
        self._interval = interval
        self._changed = changed
        self._damaged = damaged
        self._others = others
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="wmix-repository-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        session = ReadSession(self._database)
        checked = False
        try:
            while True:
                try:
                    self._changed(session.read(Reader.schema_changes))
                    self._others.look(session)
                    if not checked:
                        checked = True
                        self._database.check()
                except WmiError as error:
                    if error.status == WBEM_E_CRITICAL_ERROR:
                        _log.error("%s", error.detail)
                        self._damaged(error)
                        return
                    _log.debug("the repository %s could not be looked at: %s", self._database.place, error)
                self._wake.wait(self._interval)
                self._wake.clear()
                if self._stopped:
                    return
        finally:
            self._others.close()
            session.close()

    def hurry(self) -> None:
        """Look at once."""
        self._wake.set()

    def stop(self) -> None:
        """Make it end."""
        self._stopped = True
        self._wake.set()

    def join(self, timeout: float) -> None:
        """Wait until it has ended, *timeout* seconds at most."""
        self._thread.join(timeout)
