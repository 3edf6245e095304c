"""Name servers and search domains: resolv.conf(5), and what systemd-networkd and systemd-resolved keep for each link.

The stub of systemd-resolved on 127.0.0.53 is no server: behind it are those of ``/run/systemd/resolve/resolv.conf``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["Resolver", "link_resolver", "system_resolver"]

_STUBS: Final = ("127.0.0.53", "127.0.0.54")
_RESOLVED: Final = "/run/systemd/resolve/resolv.conf"


class Resolver:
    """Whom to ask for names, and under which domains."""

    __slots__ = ("domain", "search", "servers")

    def __init__(self, servers: tuple[str, ...] = (), search: tuple[str, ...] = (), domain: str | None = None) -> None:
        self.servers = servers
        self.search = search
        #: The domain of this machine: the first that is searched, unless it is given as such.
        self.domain = domain or (search[0] if search else None)

    def __bool__(self) -> bool:
        return bool(self.servers or self.search)


def system_resolver(files: SystemFiles) -> Resolver:
    """What holds for the whole machine."""
    found = _read(files, "/etc/resolv.conf")
    if found.servers and all(server in _STUBS for server in found.servers):
        behind = _read(files, _RESOLVED)
        return Resolver(behind.servers, behind.search or found.search, behind.domain or found.domain)
    return Resolver(tuple(server for server in found.servers if server not in _STUBS), found.search, found.domain)


def link_resolver(files: SystemFiles, index: int) -> Resolver:
    """What was set for the link *index* alone; empty where no manager keeps it."""
    for name, key in ((f"/run/systemd/resolve/netif/{index}", "SERVERS"), (f"/run/systemd/netif/links/{index}", "DNS")):
        values = _assignments(files, name)
        servers = tuple(_address(word) for word in values.get(key, "").split())
        # A leading "~" marks a domain that is only routed, a leading "+" one that is searched.
        domains = tuple(word.lstrip("+") for word in values.get("DOMAINS", "").split() if not word.startswith("~"))
        if servers or domains:
            return Resolver(servers, domains)
    return Resolver()


def _address(word: str) -> str:
    """The address in ``[address]:port%interface#name``, of which all but the address may be missing."""
    word = word.partition("#")[0]
    if word.startswith("["):
        return word[1:].partition("]")[0]
    word = word.partition("%")[0]
    return word.partition(":")[0] if word.count(":") == 1 else word


def _read(files: SystemFiles, name: str) -> Resolver:
    servers: list[str] = []
    search: tuple[str, ...] = ()
    domain = None
    for line in files.lines(name):
        words = line.partition("#")[0].partition(";")[0].split()
        if len(words) < 2:
            continue
        # The last of several "search" and "domain" lines counts, and each replaces the other.
        if words[0] == "nameserver":
            servers.append(words[1])
        elif words[0] == "search":
            search, domain = tuple(words[1:]), None
        elif words[0] == "domain":
            search, domain = (words[1],), words[1]
    return Resolver(tuple(servers), search, domain)


def _assignments(files: SystemFiles, name: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in files.lines(name) if "=" in line and not line.startswith("#"))
