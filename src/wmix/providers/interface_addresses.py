"""Addresses of network interfaces, asked of the kernel: rtnetlink(7), RTM_GETADDR.

One request and a few answers over a socket; no library, no rights needed.  The parser is pure: octets of answers in,
addresses out.
"""

from __future__ import annotations

import socket
import sys
from struct import Struct
from typing import Final

__all__ = ["InterfaceAddress", "interface_addresses", "parse_answer"]

# linux/netlink.h: struct nlmsghdr and its types and flags.
_HEADER: Final = Struct("=IHHII")  # length, type, flags, sequence, port
_ERROR: Final = 2
_DONE: Final = 3
_REQUEST_DUMP: Final = 0x301

# linux/rtnetlink.h, linux/if_addr.h.
_NEW_ADDRESS: Final = 20
_GET_ADDRESS: Final = 22
_ADDRESS: Final = Struct("=BBBBI")  # family, prefix length, flags, scope, index of the link
_ATTRIBUTE: Final = Struct("=HH")  # length, type
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_IFA_FLAGS: Final = 8
_PERMANENT: Final = 0x80
_LINK_SCOPE: Final = 253

_BUFFER: Final = 1 << 16
#: Seconds; the kernel answers at once or never.
_PATIENCE: Final = 2.0


class InterfaceAddress:
    """One address of one interface."""

    __slots__ = ("address", "index", "is_link_local", "is_permanent", "is_version_6", "prefix_length")

    def __init__(
        self,
        index: int,
        address: str,
        prefix_length: int,
        *,
        is_version_6: bool = False,
        is_link_local: bool = False,
        is_permanent: bool = True,
    ) -> None:
        self.index = index
        self.address = address
        self.prefix_length = prefix_length
        self.is_version_6 = is_version_6
        #: Good on its own link only.
        self.is_link_local = is_link_local
        #: Without a lifetime; one that ends came from DHCP or a router.
        self.is_permanent = is_permanent

    def __repr__(self) -> str:
        return f"InterfaceAddress({self.index}, {self.address!r}, {self.prefix_length})"


def interface_addresses() -> list[InterfaceAddress]:
    """The addresses of all interfaces, in the kernel's order.

    Raises:
        OSError: the kernel refuses the question, or does not answer within two seconds.
    """
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kind, socket.NETLINK_ROUTE) as connection:
        connection.settimeout(_PATIENCE)
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        connection.send(_HEADER.pack(_HEADER.size + len(body), _GET_ADDRESS, _REQUEST_DUMP, 1, 0) + body)
        found: list[InterfaceAddress] = []
        while True:
            addresses, is_last = parse_answer(connection.recv(_BUFFER))
            found += addresses
            if is_last:
                return found


def parse_answer(data: bytes) -> tuple[list[InterfaceAddress], bool]:
    """The addresses in one datagram, and whether it ends the answer.

    Raises:
        OSError: the kernel's answer is an error.
    """
    found: list[InterfaceAddress] = []
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size:
            break
        body = data[offset + _HEADER.size : offset + length]
        if kind == _DONE:
            return found, True
        if kind == _ERROR:
            number = -int.from_bytes(body[:4], sys.byteorder, signed=True)
            raise OSError(number, "the kernel does not tell its addresses")
        if kind == _NEW_ADDRESS and len(body) >= _ADDRESS.size:
            address = _parse_address(body)
            if address is not None:
                found.append(address)
        offset += _aligned(length)
    return found, False


def _parse_address(body: bytes) -> InterfaceAddress | None:
    family, prefix_length, flags, scope, index = _ADDRESS.unpack_from(body)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    local = remote = None
    offset = _ADDRESS.size
    while offset + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, offset)
        if length < _ATTRIBUTE.size:
            break
        value = body[offset + _ATTRIBUTE.size : offset + length]
        if kind == _IFA_LOCAL:
            local = value
        elif kind == _IFA_ADDRESS:
            remote = value
        elif kind == _IFA_FLAGS and len(value) == 4:  # all flags; the header has room for eight of them
            flags = int.from_bytes(value, sys.byteorder)
        offset += _aligned(length)
    # On a point-to-point link IFA_ADDRESS is the other end.
    octets = local or remote
    if octets is None or len(octets) != (4 if family == socket.AF_INET else 16):
        return None
    return InterfaceAddress(
        index,
        socket.inet_ntop(family, octets),
        prefix_length,
        is_version_6=family == socket.AF_INET6,
        is_link_local=scope == _LINK_SCOPE,
        is_permanent=bool(flags & _PERMANENT),
    )


def _aligned(length: int) -> int:
    """Messages and attributes begin at multiples of four octets."""
    return (length + 3) & ~3
