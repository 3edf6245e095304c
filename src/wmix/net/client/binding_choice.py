"""Where the objects of a host are reached: by which of its bindings, or where the user says. [MS-DCOM] 3.2.4.2.

A host lists the names and addresses that it knows of itself.  Behind NAT, by an alias or over a tunnel none of them
need be right, but the address that has just answered is: it comes first, with the port of the binding.  What the user
has named goes before everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wmix.protocol.dcom.bindings import DualStringArray

__all__ = ["object_endpoints"]


def object_endpoints(
    bindings: DualStringArray,
    answered: str,
    *,
    object_host: str | None = None,
    object_port: int | None = None,
) -> list[tuple[str, int]]:
    """Hosts and ports to try, in this order, each once; empty when there is no port.

    Args:
        bindings: of the exporter; only those over TCP with a port count.
        answered: the address at which the host has answered.
        object_host, object_port: what the user has named instead of what the bindings say.
    """
    listed = [(binding.host, binding.port) for binding in bindings.tcp_bindings() if binding.port]
    ports = [object_port] if object_port else [port for _, port in listed if port]
    if object_host is not None:
        return list(dict.fromkeys((object_host, port) for port in ports))
    named = [(host, object_port or port) for host, port in listed if host]
    found = [(answered, port) for port in ports] + [(host, port) for host, port in named if port]
    return list(dict.fromkeys(found))
