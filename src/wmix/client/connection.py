"""What a client stands on: a namespace of an engine, from the first call until it is closed.

The engine is made when the first call needs it, of this machine or of a host (:mod:`wmix.client.engines`).  The verbs
stand in :mod:`wmix.client.asynchronous`.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from typing import TYPE_CHECKING, Any, Self

from wmix.client.engines import engine_maker
from wmix.client.objects import AsyncClass, AsyncInstance, bound_to
from wmix.config import Settings
from wmix.errors import DeadlineExceeded, InvalidOperation, InvalidParameter, WmiError
from wmix.port.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.client.asynchronous import AsyncClient
    from wmix.client.blocking import Client
    from wmix.client.engines import Enumeration, Level
    from wmix.config import Callbacks
    from wmix.engine.engine import Engine
    from wmix.engine.services import Services
    from wmix.net.security.credentials import Credentials
    from wmix.net.security.impersonation import Impersonation
    from wmix.port.backend import Repository, Scope
    from wmix.providers.registration import Definition

__all__ = ["Connection"]


class Connection:
    """The life of a client; arguments as of :class:`~wmix.client.asynchronous.AsyncClient`."""

    instance_type: type[CimInstance] = AsyncInstance
    class_type: type[CimClass] = AsyncClass

    def __init__(
        self,
        host: str | None = None,
        *,
        namespace: str = "root/cimv2",
        providers: Iterable[Definition] = (),
        settings: Settings | None = None,
        repository: Repository | str | os.PathLike[str] | None = None,
        caller: Caller | None = None,
        auth: Credentials | None = None,
        object_host: str | None = None,
        object_port: int | None = None,
        locale: str | None = None,
        level: Level = "privacy",
        enumeration: Enumeration = "auto",
        subscriptions: bool = False,
        impersonation: Impersonation = "impersonate",
        authority: str | None = None,
        callbacks: Callbacks | bool = False,
    ) -> None:
        providers = tuple(providers)
        if subscriptions and host is not None:
            raise InvalidParameter(
                "permanent subscriptions are started on this machine; a host runs its own",
                operation="ConnectServer",
                hint="leave subscriptions out, or the host",
            )
        self._subscriptions = subscriptions
        self._host = host
        self._make_engine = engine_maker(
            host,
            providers=providers,
            settings=settings or Settings(),
            repository=repository,
            auth=auth,
            object_host=object_host,
            object_port=object_port,
            locale=locale,
            level=level,
            enumeration=enumeration,
            impersonation=impersonation,
            authority=authority,
            callbacks=callbacks,
        )
        self._namespace = namespace
        self._settings = settings or Settings()
        self._caller = caller
        self._locales = None if locale is None else _locales(locale)
        self._services: Services | None = None
        self._engine: Engine | None = None
        self._owns_engine = True
        self._until: float | None = None
        self._closed = False
        self._make = bound_to(self.instance_type, self, self.class_type)

    @classmethod
    def over(cls, services: Services, *, until: float | None = None, facing: object = None) -> Self:
        """A client over services that exist already; it does not own their engine.

        Args:
            until: no call may last longer than to this time of the loop's clock.
            facing: the client whose objects these are; by default this one.
        """
        client = cls(namespace=services.namespace, settings=services.engine.settings, caller=services.caller)
        client._services = services
        client._engine = services.engine
        client._owns_engine = False
        client._until = until
        if facing is not None:
            client.face_(facing)
        return client

    def face_(self, facing: Any) -> None:
        """Give objects that belong to *facing* instead of this client: the blocking client stands on this one."""
        self._make = bound_to(facing.instance_type, facing, facing.class_type)

    # -- life -------------------------------------------------------------------------------------------------------

    async def connect(self) -> Self:
        """Connect now instead of with the first call; see that the namespace exists.

        Raises:
            InvalidNamespace: there is none of that name.
            AccessDenied: the caller may not enter it.
            ConnectError: the host is not reached; ``phase`` and ``hint`` tell where it ended and what may help.
            AuthError: the host refuses the login.
            DeadlineExceeded: it took longer than ``Timeouts.connect``.
        """
        services = self._open()
        until = asyncio.get_running_loop().time() + self._settings.timeouts.connect
        await services.engine.login(services, deadline=until)
        if self._subscriptions:
            await self._subscribe(services, until)
        self._namespace = services.namespace
        return self

    async def _subscribe(self, services: Services, until: float) -> None:
        from wmix.engine.subscriptions import start_subscriptions  # few clients have any

        try:
            async with asyncio.timeout_at(until):
                await start_subscriptions(services.engine)
        except TimeoutError as error:
            if isinstance(error, WmiError):
                raise
            raise DeadlineExceeded(
                "the permanent subscriptions did not begin in time", phase="connect", operation="ConnectServer"
            ) from error

    async def __aenter__(self) -> Self:
        try:
            return await self.connect()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what runs and free what is held; may be called again."""
        if self._closed:
            return
        self._closed = True
        if self._engine is not None and self._owns_engine:
            await self._engine.close()

    def __del__(self) -> None:
        if getattr(self, "_engine", None) is not None and self._owns_engine and not self._closed:
            warnings.warn(f"{self!r} was dropped without close()", ResourceWarning, source=self, stacklevel=2)

    def __repr__(self) -> str:
        where = "" if self._host is None else f"{self._host} "
        return f"<{type(self).__name__} {where}{self._namespace}>"

    @property
    def namespace_(self) -> str:
        r"""The namespace: ``root\cimv2``; as it was given, until the client is connected."""
        return self._namespace

    @property
    def settings_(self) -> Settings:
        """Limits and time-outs."""
        return self._settings

    @property
    def server_(self) -> str:
        """The name of the computer that answers."""
        return self._open().backend.server

    def _open(self) -> Services:
        if self._closed:
            raise InvalidOperation("this client is closed", hint="connect anew")
        if self._services is None:
            self._engine = self._make_engine()
            self._engine.face = _client_for_provider
            caller = self._caller or Caller(_user_name())
            if self._locales:
                caller = caller.replace(locales=self._locales)
            self._services = self._engine.services(self._namespace, caller)
        return self._services

    def _deadline(self, seconds: float | None, default: float | None = None) -> float | None:
        """The absolute time of a deadline in *seconds*, no later than the client's own end."""
        if seconds is None:
            seconds = default
        elif not seconds > 0:
            raise InvalidParameter(f"a deadline is above 0 seconds, not {seconds!r}")
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        if self._until is None:
            return until
        return self._until if until is None else min(until, self._until)

    def _wait(self, timeout: float | None) -> float:
        if timeout is None:
            return self._settings.timeouts.wait
        if not timeout > 0:
            raise InvalidParameter(f"a timeout is above 0 seconds, not {timeout!r}")
        return timeout


def _client_for_provider(services: Services, scope: Scope) -> AsyncClient | Client:
    from wmix.client.for_providers import client_for_provider  # few providers ask anything

    return client_for_provider(services, scope)


def _locales(text: str) -> tuple[str, ...]:
    from wmix.engine.locator import parse_locales

    return parse_locales(text)


def _user_name() -> str:
    """As ``getpass.getuser`` finds it, whose module brings the control of terminals."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        name = os.environ.get(variable)
        if name:
            return name
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return "unknown"
