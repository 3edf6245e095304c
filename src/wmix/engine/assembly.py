"""Assembly: the one place that puts an engine together from concrete parts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wmix.cim.image import ClassImage
from wmix.config import Settings
from wmix.engine.engine import Engine
from wmix.engine.locator import machine_name
from wmix.errors import InvalidParameter
from wmix.local.system import LocalSystem
from wmix.providers.linux import load_providers
from wmix.repository.deferred import repository_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.config import Callbacks
    from wmix.engine.audit import Audit
    from wmix.net.client.host import HostAddress
    from wmix.net.security.credentials import Credentials
    from wmix.port.backend import Repository
    from wmix.providers.registration import Definition
    from wmix.remote.callback_receiver import CallbackReceiver

__all__ = ["local_engine", "remote_engine"]

#: The group of entry points whose objects are definitions, or lists of them, of installed packages.
ENTRY_POINTS = "wmix.providers"

_GLANCE = 1 << 16
"""Octets of a file of entry points that are looked at; in a longer one anything may stand."""


def local_engine(
    *,
    providers: Iterable[Definition] = (),
    settings: Settings | None = None,
    repository: Repository | str | os.PathLike[str] | None = None,
    image: ClassImage | bool | None = True,
    shipped: bool = True,
    installed: bool = True,
    server: str | None = None,
    audit: Audit | None = None,
) -> Engine:
    """An engine over this machine; to be called on the event loop that it will live on.

    Args:
        providers: definitions made by ``@wmix.provider``, ``@wmix.method`` and ``@wmix.events``; they come before all
            others.
        repository: static classes and instances: a path, the address of a database, ``:memory:``, or a repository;
            by default the one of ``WMIX_REPOSITORY``, else that of the user, opened when it exists or is written.
        image: the class image; True for the shipped one, None for no classes but those of repository and providers.
        shipped: whether the providers over Linux facts are there.
        installed: whether providers of installed packages (entry points ``wmix.providers``) are there.
        server: the name that ``__SERVER`` shows; by default this computer's.
        audit: gets a record of every call; by default the logger ``wmix.audit``.
    """
    settings = settings or Settings()
    given: list[Definition] = list(providers)
    if installed:
        given += _installed()
    system = LocalSystem(
        settings,
        repository_at(repository) if repository is None or isinstance(repository, str | os.PathLike) else repository,
        server=server or machine_name(),
        image=ClassImage.open() if image is True else image or None,
        definitions=given,
        loader=load_providers if shipped else None,
    )
    return Engine(system, settings) if audit is None else Engine(system, settings, audit=audit)


def remote_engine(
    address: HostAddress,
    credentials: Credentials | None,
    *,
    settings: Settings | None = None,
    locale: str | None = None,
    level: str = "privacy",
    enumeration: str = "auto",
    impersonation: str = "impersonate",
    callbacks: Callbacks | bool = False,
    audit: Audit | None = None,
) -> Engine:
    """An engine over a host; to be called on the event loop that it will live on.  Nothing is sent yet.

    Args:
        credentials: who logs in; nobody is let in without.
        locale: of texts, such as ``MS_409,MS_407``; None leaves it to the host.
        level: ``privacy`` encrypts every call, ``integrity`` signs it.
        enumeration: how objects are fetched: ``plain``, ``smart``, or ``auto`` as suits each query.
        impersonation: how far the host may act for the user: ``identify``, ``impersonate`` or ``delegate``.
        callbacks: whether the host calls the sinks of asynchronous calls, and where; False for polling it.

    Raises:
        InvalidParameter: a word is none of these, there are no credentials, they cannot be delegated, or give nothing
            by which callbacks could be verified.
    """
    from wmix.net.security.impersonation import impersonation_level
    from wmix.net.security.login import begin_login
    from wmix.net.security.ticket_store import TicketStore
    from wmix.protocol.rpc.verifier import AuthLevel
    from wmix.remote.choice import Way
    from wmix.remote.host import RemoteSource

    if credentials is None:
        raise InvalidParameter(
            f"the login at {address.host} needs credentials",
            operation="ConnectServer",
            hint='give auth=wmix.NTLM("DOM\\\\user", password), or wmix.Kerberos() with the tickets of kinit',
        )
    levels = {"privacy": AuthLevel.PRIVACY, "integrity": AuthLevel.INTEGRITY}
    if level not in levels or enumeration not in set(Way):
        wrong, known = (level, list(levels)) if level not in levels else (enumeration, [*Way])
        raise InvalidParameter(f"{wrong!r} is none of {', '.join(known)}", operation="ConnectServer")
    acting = impersonation_level(impersonation, credentials)
    settings = settings or Settings()
    tickets = TicketStore()
    source = RemoteSource(
        address,
        lambda host, wanted: begin_login(credentials, host=host, level=wanted, impersonation=acting, tickets=tickets),
        settings,
        locale=locale,
        level=levels[level],
        way=Way(enumeration),
        receiver=_receiver(credentials, callbacks, levels[level]),
    )
    return Engine(source, settings) if audit is None else Engine(source, settings, audit=audit)


def _receiver(credentials: Credentials, callbacks: Callbacks | bool, level: int) -> CallbackReceiver | None:
    if callbacks is False:
        return None
    from wmix.config import Callbacks
    from wmix.remote.callback_receiver import callback_receiver

    return callback_receiver(credentials, Callbacks() if callbacks is True else callbacks, level)


def _installed() -> Sequence[Definition]:
    """Definitions of installed packages; the search costs milliseconds, so that only names in the group are loaded."""
    import sys

    if "importlib.metadata" not in sys.modules and not _any_entry_points():
        return []
    from importlib.metadata import entry_points

    found: list[Definition] = []
    for point in entry_points(group=ENTRY_POINTS):
        loaded = point.load()
        found += loaded if isinstance(loaded, list | tuple) else [loaded]
    return found


def _any_entry_points() -> bool:
    """Whether any installed distribution has entry points in our group, by looking at the files themselves."""
    import sys

    wanted = f"[{ENTRY_POINTS}]".encode()
    for folder in sys.path:
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith("-info")]
        except OSError:
            continue
        for name in names:
            # Octets by the kernel's own calls: with a hundred packages a file object for each would cost milliseconds.
            try:
                descriptor = os.open(os.path.join(folder, name, "entry_points.txt"), os.O_RDONLY)
            except OSError:
                continue
            try:
                data = os.read(descriptor, _GLANCE)
                if wanted in data or len(data) == _GLANCE:
                    return True
            finally:
                os.close(descriptor)
    return False
