"""Where a server says that it is reached: string bindings, with the address first that the client itself used.

Clients choose among the bindings: one takes the first that spells the address as its user did, another the first over
TCP.  So every client gets its own list: the local address of its connection, names of that address, the names of the
machine, and those that the server was told (behind a port forwarding only these are right).  [MS-DCOM] 2.2.19.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, SecurityBinding, StringBinding
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Bindings", "bindings_at", "plain_address"]

#: The port of the resolver, which bindings do not tell.
RESOLVER_PORT: Final = 135


class Bindings(Record):
    """The addresses for one client: of the resolver, which travel in references, and of the exporter."""

    resolver: DualStringArray
    exporter: DualStringArray


def plain_address(address: str) -> str:
    """*address* as clients spell it: without the scope of IPv6, and IPv4 in its own form."""
    text = address.partition("%")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def bindings_at(
    local: str,
    names: Iterable[str],
    *,
    resolver_port: int,
    object_port: int,
    services: Sequence[int],
) -> Bindings:
    """The bindings for a client that reached the address *local*.

    Args:
        names: further names and addresses.
        services: the security services that are understood, the preferred first.
    """
    hosts = [plain_address(local)]
    try:
        if ipaddress.ip_address(hosts[0]).is_loopback:
            hosts.append("localhost")
    except ValueError:
        pass  # a name
    hosts += [plain_address(name) for name in names]
    hosts = list({host.casefold(): host for host in reversed(hosts)}.values())[::-1]
    security = tuple([SecurityBinding(service) for service in services])
    # No port means 135: only another one is told, and understood by our own client.
    ending = "" if resolver_port == RESOLVER_PORT else f"[{resolver_port}]"
    return Bindings(
        DualStringArray(tuple([StringBinding(NCACN_IP_TCP, f"{host}{ending}") for host in hosts]), security),
        DualStringArray(tuple([StringBinding(NCACN_IP_TCP, f"{host}[{object_port}]") for host in hosts]), security),
    )
