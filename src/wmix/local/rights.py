"""Rights that depend on what a call is about: tested where that is known. Brief 1.1.6, 1.4.35, 8.4.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import AccessDenied
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from wmix.port.caller import Caller

__all__ = ["require"]


def require(caller: Caller, needed: int, namespace: str) -> None:
    """See that *caller* holds the rights *needed* in *namespace*.

    Raises:
        AccessDenied: one is missing; the message names it.
    """
    missing = caller.lacks(needed)
    if missing:
        raise AccessDenied(
            f"{caller.name} lacks {Rights.describe(missing)} in {namespace}",
            namespace=namespace,
            hint="grant the right to this user, or log in as another one",
        )
