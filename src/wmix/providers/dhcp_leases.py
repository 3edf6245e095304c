"""DHCP leases as the clients keep them: systemd-networkd, NetworkManager's own client, and dhclient.

A lease counts only while its address is on the link: files of clients that are no longer used stay behind.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wmix.providers.system_files import SystemFiles

__all__ = ["DhcpLease", "find_lease"]


class DhcpLease:
    """One lease; times are in seconds since 1970, None where the client does not keep them."""

    __slots__ = ("address", "expires", "obtained", "server")

    def __init__(
        self, address: str, server: str | None = None, obtained: float | None = None, expires: float | None = None
    ) -> None:
        self.address = address
        self.server = server
        self.obtained = obtained
        self.expires = expires


def find_lease(files: SystemFiles, link: str, index: int, addresses: Collection[str]) -> DhcpLease | None:
    """The lease of the link called *link* with number *index*, whose present addresses are *addresses*."""
    for lease in _leases(files, link, index):
        if lease.address in addresses:
            return lease
    return None


def _leases(files: SystemFiles, link: str, index: int) -> Iterator[DhcpLease]:
    names = [f"/run/systemd/netif/leases/{index}"]
    directory = "/var/lib/NetworkManager"
    names += [
        f"{directory}/{name}"
        for name in files.names(directory)
        if name.startswith("internal-") and name.endswith(f"-{link}.lease")
    ]
    for name in names:
        lease = _networkd(files, name)
        if lease is not None:
            yield lease
    for directory in ("/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/NetworkManager"):
        for name in files.names(directory):
            if "dhclient" in name and name.endswith((".leases", ".lease")):
                # The client appends; the last lease is the present one.
                yield from reversed(list(_dhclient(files.text(f"{directory}/{name}") or "", link)))


def _networkd(files: SystemFiles, name: str) -> DhcpLease | None:
    """A file of assignments that is written anew with each lease, so that its time is that of the lease."""
    values = dict(line.split("=", 1) for line in files.lines(name) if "=" in line and not line.startswith("#"))
    address = values.get("ADDRESS")
    if address is None:
        return None
    obtained = files.modified(name) if "LIFETIME" in values else None
    lifetime = values.get("LIFETIME", "")
    expires = obtained + int(lifetime) if obtained is not None and lifetime.isdecimal() else None
    return DhcpLease(address, values.get("SERVER_ADDRESS"), obtained, expires)


def _dhclient(text: str, link: str) -> Iterator[DhcpLease]:
    """The leases of dhclient.leases(5) that belong to *link*."""
    for part in text.split("lease {")[1:]:
        body = part.partition("}")[0]
        words: dict[str, str] = {}
        for statement in body.split(";"):
            # ``option name value``, ``name value``; what follows a "#" is a comment.
            fields = statement.partition("#")[0].split(None, 1)
            if fields and fields[0] == "option":
                fields = fields[1].split(None, 1) if len(fields) == 2 else []
            if len(fields) == 2:
                words[fields[0]] = fields[1].strip()
        if words.get("interface", "").strip('"') != link or "fixed-address" not in words:
            continue
        expires = _moment(words.get("expire", ""))
        seconds = words.get("dhcp-lease-time", "")
        obtained = expires - int(seconds) if expires is not None and seconds.isdecimal() else None
        yield DhcpLease(words["fixed-address"], words.get("dhcp-server-identifier"), obtained, expires)


def _moment(text: str) -> float | None:
    """``3 2024/01/03 10:00:00`` (weekday first, universal time) or ``epoch 1704276000``; None for ``never``."""
    words = text.split()
    try:
        if words[:1] == ["epoch"]:
            return float(int(words[1]))
        year, month, day = map(int, words[1].split("/"))
        hour, minute, second = map(int, words[2].split(":"))
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except (ValueError, IndexError):
        return None
