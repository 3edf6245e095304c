"""Ctrl-C: the prompt is back within one second, whatever providers and readers of pipes do.

The first one interrupts the command, which keeps the rows that came and says so.  Should that take too long (a pipe
that nobody reads takes no more rows, so that even a farewell cannot be written), the process ends all the same; a
second Ctrl-C ends it at once.  Where Python cannot pass an interrupt on (while it takes an object apart, or lets go of
the lock of an import) it comes again a moment later, and nothing is said.  Only for a process that is ours:
:func:`wmix.cli.main.main` without words.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Final

from wmix.cli.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["bound_interrupts"]

_GRACE: Final = 0.6
"""Seconds that an interrupted command gets to end in order."""

_AGAIN: Final = 0.005
"""Seconds after which an interrupt that was lost comes again."""


def bound_interrupts() -> None:
    """Handle SIGINT from now on, unless whoever started this process had it ignored."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    pressed = False
    main = _thread.get_ident()
    report = sys.unraisablehook

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        del number, frame
        if pressed:
            _end()
        pressed = True
        _after(_GRACE, _end)
        # What was being read or made is dropped where it stands: that nobody closed it is no news.
        warnings.simplefilter("ignore", ResourceWarning)
        raise KeyboardInterrupt

    def lost(what: sys.UnraisableHookArgs) -> None:
        nonlocal pressed
        if what.exc_type is not KeyboardInterrupt:
            report(what)
            return
        pressed = False
        _after(_AGAIN, lambda: _interrupt(main))

    signal.signal(signal.SIGINT, interrupted)
    sys.unraisablehook = lost


def _end() -> None:
    os._exit(INTERRUPTED)


def _interrupt(main: int) -> None:
    # A real signal where there is one: it wakes a thread that waits.
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _after(seconds: float, work: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
