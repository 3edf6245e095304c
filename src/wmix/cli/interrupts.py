"""Ctrl-C: the prompt is back within one second, whatever providers and readers of pipes do.

The first one interrupts the command, which keeps the rows that came and says so.  Should that take too long (a pipe
that nobody reads takes no more rows, so that even a farewell cannot be written), the process ends all the same; a
second Ctrl-C ends it at once.  Only for a process that is ours: :func:`wmix.cli.main.main` without words.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Final

from wmix.cli.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["bound_interrupts"]

_GRACE: Final = 0.6
"""Seconds that an interrupted command gets to end in order."""


def bound_interrupts() -> None:
    """Handle SIGINT from now on, unless whoever started this process had it ignored."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    pressed = False

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        del number, frame
        if pressed:
            os._exit(INTERRUPTED)
        pressed = True
        timer = threading.Timer(_GRACE, os._exit, (INTERRUPTED,))
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupted)
