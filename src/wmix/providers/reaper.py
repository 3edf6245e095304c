"""Reaper: collects the exit status of the processes that were started, so that none stays a zombie.

A process that has ended keeps its entry until its parent asks for the status.  One thread waits for all children at
once through their pidfds (pidfd_open(2), Linux 5.3) and ends with the last of them; it never waits for another child
of this program, whose status belongs to somebody else.  The thread is a daemon: it keeps no program alive.
"""

from __future__ import annotations

import os
import select
import threading

__all__ = ["Reaper"]


class Reaper:
    """Waits for adopted children, without blocking whoever adopts them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: dict[int, int] = {}
        self._poll: select.epoll | None = None
        self._idle = threading.Event()
        self._idle.set()

    def adopt(self, child: int) -> None:
        """Take over process *child*, a child of this process: its status is collected when it ends."""
        try:
            pidfd = os.pidfd_open(child)
        except OSError:  # an older kernel, or no descriptor left: a thread of its own
            threading.Thread(target=_collect, args=(child, 0), name=f"wmix-reaper-{child}", daemon=True).start()
            return
        with self._lock:
            self._children[pidfd] = child
            if self._poll is not None:
                self._poll.register(pidfd, select.EPOLLIN)
                return
            self._idle.clear()
            self._poll = poll = select.epoll()
            poll.register(pidfd, select.EPOLLIN)
        threading.Thread(target=self._run, args=(poll,), name="wmix-reaper", daemon=True).start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every adopted child has been collected, at most *timeout* seconds; whether that is so."""
        return self._idle.wait(timeout)

    def _run(self, poll: select.epoll) -> None:
        while True:
            for pidfd, _ in poll.poll():
                with self._lock:
                    child = self._children.pop(pidfd)
                    poll.unregister(pidfd)
                os.close(pidfd)
                _collect(child, os.WNOHANG)
            with self._lock:
                if not self._children:
                    self._poll = None
                    poll.close()
                    self._idle.set()
                    return


def _collect(child: int, options: int) -> None:
    try:
        os.waitpid(child, options)
    except ChildProcessError:  # its parent's SIGCHLD is ignored, or somebody has waited for all children
        return
