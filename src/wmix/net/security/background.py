"""Calls that block, on threads that hold nothing up: neither the event loop nor the end of the process.

A key distribution centre that does not answer keeps the Kerberos library waiting for as long as its configuration says,
and nobody can interrupt it.  The threads of the loop's own executor would be waited for at exit, so each call here has
a daemon thread of its own; who stops waiting leaves it behind.  A login is rare enough for that.
"""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from wmix import status
from wmix.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_CALLS", "in_background"]

T = TypeVar("T")

#: Calls of the process that may be under way at once; those that were left behind count too.
MOST_CALLS: Final = 256
_free = threading.BoundedSemaphore(MOST_CALLS)


async def in_background(call: Callable[[], T]) -> T:
    """What *call* returns or raises; the caller may be cancelled at any time, *call* goes on.

    Raises:
        AuthError: too many calls are under way already.
    """
    if not _free.acquire(blocking=False):
        raise AuthError(
            f"{MOST_CALLS} logins wait for an answer already",
            status=status.SEC_E_NO_AUTHENTICATING_AUTHORITY,
            hint="check that the key distribution centre answers",
        )
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  # it is raised where the result is awaited
            deliver(partial(done.set_exception, error))
        else:
            deliver(partial(done.set_result, result))
        finally:
            _free.release()

    def deliver(settle: Callable[[], None]) -> None:
        try:
            loop.call_soon_threadsafe(lambda: None if done.done() else settle())
        except RuntimeError:
            return  # the loop was closed meanwhile: nobody waits

    try:
        threading.Thread(target=run, name="wmix-login", daemon=True).start()
    except BaseException:
        _free.release()
        raise
    return await done
