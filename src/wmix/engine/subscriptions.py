"""Permanent subscriptions of an engine: started by the server, and by ``wmix.connect(subscriptions=True)``. Brief 7.4.

An engine runs none unless it is told to, so that a command that reads one value does not begin to mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wmix.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.engine.engine import Engine
    from wmix.local.permanent.manager import BindingState

__all__ = ["start_subscriptions", "subscription_states"]


@runtime_checkable
class _Subscribing(Protocol):
    """A source that has permanent subscriptions."""

    async def start_permanent(self) -> None:
        """Bring them into force."""
        ...

    def permanent_states(self) -> Sequence[BindingState]:
        """Every binding as it stands."""
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


def subscription_states(engine: Engine) -> Sequence[BindingState]:
    """Every binding of *engine*: whether it is in force, or why not, and what became of its consumer's events.

    On the engine's loop; nothing before subscriptions were started.
    """
    source = engine.source
    return source.permanent_states() if isinstance(source, _Subscribing) else ()
