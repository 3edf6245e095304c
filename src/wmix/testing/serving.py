r"""A WMI server for the time of a test: any client on this machine can talk to it.

::

    from wmix.testing.serving import serving

    with serving(providers=[disks]) as served:
        rows = my_client(served.host, served.port, served.user, served.password).query("SELECT * FROM Demo_Disk")

The server lives on a thread of its own, listens on loopback at a port that the system chooses, and stops with the
block.  It has one user, ``TEST\alice`` with a password made for the occasion, unless others are given.
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Any

from wmix.engine.assembly import local_engine
from wmix.engine.portal import Portal
from wmix.record import Record
from wmix.server.audit import audit_call, audit_login
from wmix.server.grants import Grants, parse_grant
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from wmix.engine.audit import AuditRecord
    from wmix.engine.engine import Engine
    from wmix.errors import WmiError
    from wmix.net.server.limits import ServerLimits
    from wmix.port.backend import Repository
    from wmix.providers.registration import Definition
    from wmix.server.client_sink import CallbackPolicy

__all__ = ["LoginRecord", "Served", "serving"]


class LoginRecord(Record):
    """A login that was tried; ``error`` is None for one that succeeded."""

    user: str
    address: str
    error: WmiError | None


class Served:
    r"""A server that is running.

    Attributes:
        host, port: where clients begin.
        users: the passwords by user, ``DOMAIN\name``.
        calls: a record of every call that has ended, in order.
        logins: a record of every login.
    """

    def __init__(self, portal: Portal, users: Mapping[str, str]) -> None:
        self.portal = portal
        self.users = dict(users)
        self.calls: list[AuditRecord] = []
        self.logins: list[LoginRecord] = []
        self.host = ""
        self.port = 0
        self.server: WmiServer
        self.engine: Engine

    @property
    def domain(self) -> str:
        """The domain of the first user."""
        return next(iter(self.users)).rpartition("\\")[0]

    @property
    def user(self) -> str:
        """The name of the first user, without domain."""
        return next(iter(self.users)).rpartition("\\")[2]

    @property
    def password(self) -> str:
        """The password of the first user."""
        return next(iter(self.users.values()))

    def _called(self, record: AuditRecord) -> None:
        self.calls.append(record)
        audit_call(record)

    def _logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        self.logins.append(LoginRecord(user, address, error))
        audit_login(user, address, error)

    async def _start(self, options: Mapping[str, Any], address: tuple[str, int, int], grants: Grants) -> None:
        engine_options = {name: options[name] for name in ("providers", "repository", "shipped")}
        self.engine = local_engine(**engine_options, installed=False, audit=self._called)
        accounts = []
        for name, password in self.users.items():
            domain, _, user = name.rpartition("\\")
            accounts.append(make_account(domain, user, password))
        self.server = WmiServer(
            self.engine,
            Users(accounts),
            grants=grants,
            require_privacy=options["require_privacy"],
            limits=options["limits"],
            on_login=self._logged_in,
            keytab=options["keytab"],
            callbacks=options["callbacks"],
        )
        self.host, self.port = await self.server.listen(*address)

    async def _stop(self) -> None:
        await self.server.close(0.0)
        await self.engine.close()


@contextlib.contextmanager
def serving(
    *,
    users: Mapping[str, str] | None = None,
    grants: Sequence[str] = (),
    providers: Sequence[Definition] = (),
    repository: Repository | str | os.PathLike[str] = ":memory:",
    shipped: bool = True,
    host: str = "127.0.0.1",
    port: int = 0,
    object_port: int = 0,
    require_privacy: bool = False,
    keytab: str | None = None,
    limits: ServerLimits | None = None,
    callbacks: CallbackPolicy | None = None,
) -> Iterator[Served]:
    r"""A server, for the time of the block.

    Args:
        users: passwords by user, ``{r"DOM\alice": "secret"}``.
        grants: what they may do beyond reading, ``[r"DOM\alice=execute,write"]``.
        providers: definitions made by ``@wmix.provider`` and ``@wmix.method``.
        repository: static classes and instances; by default an empty one, in memory.
        shipped: whether the providers over Linux facts are there.
        host: the address to listen at; port and object_port: 0 lets the system choose.
        require_privacy: refuse calls that are signed but not encrypted.
        keytab: keys of the server's names, for Kerberos; principals whom a grant names are let in.
        limits: what clients may make the server hold, and how long it waits for them.
        callbacks: how the server proves itself to sinks of clients; by default with the secret of each user.

    Raises:
        ConnectError: the address or a port cannot be had.
    """
    options = {
        "providers": providers,
        "repository": repository,
        "shipped": shipped,
        "require_privacy": require_privacy,
        "keytab": keytab,
        "limits": limits,
        "callbacks": callbacks,
    }
    portal = Portal()
    try:
        served = Served(portal, users or {"TEST\\alice": secrets.token_urlsafe(12)})
        portal.call(served._start, options, (host, port, object_port), Grants(map(parse_grant, grants)))
        try:
            yield served
        finally:
            portal.call(served._stop)
    finally:
        portal.close()
