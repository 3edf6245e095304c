"""Default routes: ``/proc/net/route`` and ``/proc/net/ipv6_route``."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["DefaultRoute", "default_routes"]

# linux/route.h, linux/ipv6_route.h.
_RTF_UP: Final = 0x1
_RTF_GATEWAY: Final = 0x2
_RTF_REJECT: Final = 0x200

#: What the kernel uses for a route of IP version 6 that was given no metric.
_VERSION_6_METRIC: Final = 1024

_ANY_VERSION_6: Final = "0" * 32


class DefaultRoute:
    """A way to everywhere: through ``gateway`` (None when the link itself leads there) at a cost of ``metric``."""

    __slots__ = ("gateway", "link", "metric")

    def __init__(self, link: str, gateway: str | None, metric: int) -> None:
        self.link = link
        self.gateway = gateway
        self.metric = metric

    def __repr__(self) -> str:
        return f"DefaultRoute({self.link!r}, {self.gateway!r}, {self.metric})"


def default_routes(files: SystemFiles) -> list[DefaultRoute]:
    """The default routes of all links, those of IP version 4 first, in the kernel's order."""
    routes = []
    for line in files.lines("/proc/net/route")[1:]:
        fields = line.split()
        try:
            link, destination, gateway, flags, metric, mask = (fields[i] for i in (0, 1, 2, 3, 6, 7))
            if int(destination, 16) or int(mask, 16) or not int(flags, 16) & _RTF_UP or int(flags, 16) & _RTF_REJECT:
                continue
            # The number is the address as it lies in the memory of this machine.
            address = socket.inet_ntop(socket.AF_INET, int(gateway, 16).to_bytes(4, sys.byteorder))
            routes.append(DefaultRoute(link, address if int(flags, 16) & _RTF_GATEWAY else None, int(metric)))
        except (ValueError, IndexError, OverflowError):
            continue
    for line in files.lines("/proc/net/ipv6_route"):
        # Most lines are routes to single addresses: this test spares their parsing.
        if not line.startswith(_ANY_VERSION_6 + " 00 "):
            continue
        fields = line.split()
        try:
            bits = int(fields[8], 16)
            if not bits & _RTF_UP or bits & _RTF_REJECT:
                continue
            address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(fields[4]))
            cost = int(fields[5], 16) or _VERSION_6_METRIC
            routes.append(DefaultRoute(fields[9], address if bits & _RTF_GATEWAY else None, cost))
        except (ValueError, IndexError):
            continue
    return routes
