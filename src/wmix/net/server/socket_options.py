"""Options of an accepted socket: answers leave at once, and a peer that has vanished is noticed. tcp(7).

What a system does not have is left out: none of it changes what is said, only when it arrives.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Any

__all__ = ["acknowledge_at_once", "prepare"]

#: Seconds after which a silent peer is asked whether it is there; milliseconds that octets may stay unacknowledged.
_KEEP_IDLE: Final = 60
_USER_TIMEOUT: Final = 60_000


def prepare(sock: Any) -> None:
    """Set what holds for the life of a connection; *sock* is None for a transport without one."""
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", _KEEP_IDLE), ("TCP_USER_TIMEOUT", _USER_TIMEOUT)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def acknowledge_at_once(sock: Any) -> None:
    """Acknowledge what has arrived: an auth3 has no answer, and its client may wait with the next write for this."""
    if sock is not None and hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
