"""Permanent subscriptions of an engine: started by the server, and by ``wmix.connect(subscriptions=True)``. Brief 7.4.

An engine runs none unless it is told to, so that a command that reads one value does not begin to mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wmix.errors import NotSupported

if TYPE_CHECKING:
    from wmix.engine.engine import Engine

__all__ = ["start_subscriptions"]


@runtime_checkable
class _Subscribing(Protocol):
    """A source that has permanent subscriptions."""

    async def start_permanent(self) -> None:
        """Bring them into force."""
        ...


async def start_subscriptions(engine: Engine) -> None:
    """Bring the permanent subscriptions of *engine* into force, until it is closed; on its loop. May be called again.

    Raises:
        NotSupported: the engine leads to another machine, which runs its own.
    """
    source = engine.source
    if not isinstance(source, _Subscribing):
        raise NotSupported(
            "permanent subscriptions run where the repository is", hint="put them on the host; it runs them itself"
        )
    await source.start_permanent()
