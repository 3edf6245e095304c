"""What stands behind a client: the engine of this machine, or one over a host.

The arguments are looked at when the client is made; the engine, with the heavy half of the package, is made with the
first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from wmix.config import Callbacks, Settings
    from wmix.engine.engine import Engine
    from wmix.net.security.credentials import Credentials
    from wmix.net.security.impersonation import Impersonation
    from wmix.port.backend import Repository
    from wmix.providers.registration import Definition

__all__ = ["Enumeration", "Level", "engine_maker"]

Level = Literal["privacy", "integrity"]
Enumeration = Literal["auto", "plain", "smart"]


def engine_maker(
    host: str | None,
    *,
    providers: Iterable[Definition],
    settings: Settings,
    repository: Repository | str | os.PathLike[str] | None,
    auth: Credentials | None,
    object_host: str | None,
    object_port: int | None,
    locale: str | None,
    level: Level,
    enumeration: Enumeration,
    impersonation: Impersonation,
    authority: str | None,
    callbacks: Callbacks | bool,
) -> Callable[[], Engine]:
    """What makes the engine, on the loop that it will live on; arguments as of a client.

    Raises:
        InvalidParameter: an argument that does not go with the host, or with none.
    """
    if host is None:
        given = (auth, object_host, object_port, authority)
        if impersonation != "impersonate" or callbacks is not False or any(value is not None for value in given):
            raise InvalidParameter(
                "auth, object_host, object_port, impersonation, authority and callbacks are for a host; none is named",
                operation="ConnectServer",
                hint="name the host, or leave them out: this machine knows who calls",
            )

        def local() -> Engine:
            from wmix.engine.assembly import local_engine

            return local_engine(providers=providers, settings=settings, repository=repository)

        return local
    if repository is not None or providers:
        raise InvalidParameter(
            "providers and a repository are those of this machine; a host has its own",
            operation="ConnectServer",
            hint="leave them out, or the host",
        )
    from wmix.net.client.host import HostAddress

    credentials = auth
    if auth is not None and authority is not None:
        from wmix.net.security.authority import with_authority

        credentials = with_authority(auth, authority)
    address = HostAddress.parse(host, object_host=object_host, object_port=object_port)

    def remote() -> Engine:
        from wmix.engine.assembly import remote_engine

        return remote_engine(
            address,
            credentials,
            settings=settings,
            locale=locale,
            level=level,
            enumeration=enumeration,
            impersonation=impersonation,
            callbacks=callbacks,
        )

    return remote
