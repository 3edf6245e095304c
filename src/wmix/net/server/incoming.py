"""An incoming call: who makes it, over which connection, and how it may be ended early.

Whoever answers a call gets this beside its parameters.  Objects that the answer refers to are exported through it, for
the user of the call, with addresses at which this very client reaches the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wmix.record import Record

if TYPE_CHECKING:
    import asyncio

    from wmix.net.server.exporter import ObjectExporter
    from wmix.net.server.string_bindings import Bindings
    from wmix.net.server.stubs import Stub
    from wmix.net.server.waiting_calls import WaitingCalls
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.protocol.ndr.guid import Guid

__all__ = ["Channel", "IncomingCall", "LoginIdentity"]


class LoginIdentity(Record):
    r"""A login that has succeeded: ``user`` is ``DOMAIN\name``, ``level`` that of RPC (2 to 6)."""

    user: str
    auth_type: int
    level: int
    #: The client does not allow that anything is done in the user's name.
    identifies_only: bool = False


class Channel(Protocol):
    """The connection of a call."""

    #: Address of the client, without port.
    peer: str

    @property
    def bindings(self) -> Bindings:
        """Where this client reaches the server."""
        ...


class IncomingCall:
    """One call that is being answered."""

    __slots__ = (
        "_counted",
        "_task",
        "_waiting",
        "channel",
        "exporter",
        "ipid",
        "is_cancelled",
        "login",
        "may_end_early",
    )

    def __init__(
        self,
        channel: Channel,
        exporter: ObjectExporter,
        login: LoginIdentity | None,
        ipid: Guid,
        waiting: WaitingCalls | None = None,
    ) -> None:
        self.channel = channel
        self.exporter = exporter
        #: None for a call without authentication.
        self.login = login
        #: The interface that is called, all zero for calls that are not on objects.
        self.ipid = ipid
        #: The client has asked for an early end: answer with what is there.
        self.is_cancelled = False
        #: Set while such an end is possible.
        self.may_end_early = False
        self._task: asyncio.Task[None] | None = None
        self._waiting = waiting
        self._counted: str | None = None

    @property
    def user(self) -> str:
        """The user, empty for a call without authentication."""
        return "" if self.login is None else self.login.user

    def export(self, stub: Stub, iid: Guid) -> ObjRefStandard:
        """A reference to a new object, for the user of this call.

        Raises:
            QuotaExceeded: the user, or the server, has as many objects as it may have.
        """
        std = self.exporter.export(stub, iid, owner=self.user, channel=self.channel)
        return self.exporter.reference(iid, std, self.channel.bindings.resolver)

    def waits(self) -> None:
        """It begins to wait, and may be ended early from now on.

        Raises:
            QuotaExceeded: as many calls of its connection or its user wait as may.
        """
        if self._waiting is not None and self._counted is None:
            self._counted = self._waiting.begin(self.channel, self.user)
        self.may_end_early = True

    def ended(self) -> None:
        """It has been answered, or given up."""
        if self._waiting is not None and self._counted is not None:
            self._waiting.end(self.channel, self._counted)
            self._counted = None

    def runs_in(self, task: asyncio.Task[None]) -> None:
        """The call goes on in *task*."""
        self._task = task

    def cancel(self) -> None:
        """The client wants an early end: a wait ends with what is there, everything else runs on."""
        self.is_cancelled = True
        if self._task is not None:
            # Not at once: a task that is cancelled before it began would not know that it was begun.
            self._task.get_loop().call_soon(self._interrupt)

    def _interrupt(self) -> None:
        if self.may_end_early and self._task is not None:
            self._task.cancel()

    def abandon(self) -> None:
        """Nobody will read the answer."""
        self.may_end_early = False
        if self._task is not None:
            self._task.get_loop().call_soon(self._task.cancel)
