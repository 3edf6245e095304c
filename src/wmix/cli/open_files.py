"""How many files ``wmix serve`` may open: as many as its connections need, where the hard limit lets it.

A login shell gives a process 1,024 descriptors, which are 512 connections.  The soft limit is raised, and not beyond
need: programs that the server starts inherit it, and some of them close every number below it.
"""

from __future__ import annotations

import contextlib

__all__ = ["raise_open_files"]


def raise_open_files(wanted: int) -> None:
    """Let this process open *wanted* files, or as many as the hard limit has; never fewer than before."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    # What forbids it (a sandbox) leaves the server with fewer connections, not without a server.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
