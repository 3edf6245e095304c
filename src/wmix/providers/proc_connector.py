"""The kernel's process connector: what processes begin and end, told over netlink. connector.h and cn_proc.h of Linux.

The kernel answers a request to listen with an acknowledgement, and from then on sends a message for each fork, exec
and exit.  It wants CAP_NET_ADMIN for that, and to be asked from the machine's own process namespace; from another one
it keeps silent, which the missing acknowledgement tells.  What is not read in time is lost, and the next read says so.

Only whole processes are told here, no threads.  :func:`parse_messages` is pure.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Acknowledged", "Exec", "Exit", "Fork", "ProcConnector", "parse_messages"]

_NETLINK_CONNECTOR: Final = 11
_CN_IDX_PROC: Final = 1
_CN_VAL_PROC: Final = 1
_LISTEN: Final = 1
_NLMSG_DONE: Final = 3

_NETLINK_HEADER: Final = struct.Struct("=IHHII")
_CONNECTOR_HEADER: Final = struct.Struct("=IIIIHH")
#: ``what``, processor, time stamp; the data of the kind follow.
_EVENT_HEADER: Final = struct.Struct("=IIQ")
_WORDS: Final = struct.Struct("=4I")
_WORD: Final = struct.Struct("=I")

_NONE: Final = 0
_FORK: Final = 0x1
_EXEC: Final = 0x2
_EXIT: Final = 0x8000_0000

_DATAGRAM: Final = 65536
#: Octets that may wait unread: a second of some ten thousand forks.
_BUFFER: Final = 4 << 20
#: Datagrams of one read.
_AT_ONCE: Final = 1000


class Acknowledged(Record):
    """The kernel has taken the request to listen; ``error`` is a number of errno(3) when it has not."""

    error: int


class Fork(Record):
    """Process ``child`` was begun by process ``parent``."""

    parent: int
    child: int


class Exec(Record):
    """The process has become another program."""

    process: int


class Exit(Record):
    """The process has ended; ``status`` is that of wait(2)."""

    process: int
    status: int


def parse_messages(data: bytes) -> Iterator[Acknowledged | Fork | Exec | Exit]:
    """What a datagram tells, in its order; other kinds of message, threads and cut-off messages are left out."""
    at = 0
    body = _NETLINK_HEADER.size + _CONNECTOR_HEADER.size
    while at + body + _EVENT_HEADER.size <= len(data):
        length, *_ = _NETLINK_HEADER.unpack_from(data, at)
        index, value, *_ = _CONNECTOR_HEADER.unpack_from(data, at + _NETLINK_HEADER.size)
        end = at + length
        if length < body or end > len(data):
            return
        if (index, value) == (_CN_IDX_PROC, _CN_VAL_PROC):
            found = _event(data[at + body : end])
            if found is not None:
                yield found
        at += (length + 3) & ~3


def _event(data: bytes) -> Acknowledged | Fork | Exec | Exit | None:
    start = _EVENT_HEADER.size
    if len(data) < start + _WORD.size:
        return None
    what, _, _ = _EVENT_HEADER.unpack_from(data)
    if what == _NONE:
        return Acknowledged(_WORD.unpack_from(data, start)[0])
    if len(data) < start + 2 * _WORD.size:
        return None
    process, group = struct.unpack_from("=2I", data, start)
    if what == _EXEC:
        return Exec(group)
    if len(data) < start + _WORDS.size:
        return None
    words = _WORDS.unpack_from(data, start)
    if what == _FORK:
        # Parent's thread and process, child's thread and process: a thread of its own process is no new one.
        return Fork(words[1], words[3]) if words[2] == words[3] else None
    if what == _EXIT and process == group:
        return Exit(process, words[2])
    return None


class ProcConnector:
    """A listener; :meth:`close` ends it."""

    def __init__(self, listener: socket.socket) -> None:
        self._socket = listener

    @classmethod
    async def open(cls, timeout: float = 1.0) -> ProcConnector:
        """Listen; *timeout* in seconds bounds the wait for the acknowledgement.

        Raises:
            OSError: the kernel has no connector, or does not let this process listen.
        """
        listener = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, _NETLINK_CONNECTOR)
        made = cls(listener)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            listener.bind((0, _CN_IDX_PROC))
            listener.send(_request(_LISTEN))
            async with asyncio.timeout(timeout):
                await made._acknowledged()
        except TimeoutError as error:
            listener.close()
            raise OSError(errno.EPERM, "the kernel does not tell processes of this namespace") from error
        except BaseException:
            listener.close()
            raise
        return made

    async def _acknowledged(self) -> None:
        while True:
            for message in await self.read() or ():
                if isinstance(message, Acknowledged):
                    if message.error:
                        raise OSError(message.error, os.strerror(message.error))
                    return

    async def read(self) -> list[Acknowledged | Fork | Exec | Exit] | None:
        """The next messages, at least one datagram; None when some were lost."""
        loop = asyncio.get_running_loop()
        try:
            found = list(parse_messages(await loop.sock_recv(self._socket, _DATAGRAM)))
            for _ in range(_AT_ONCE):
                found += parse_messages(self._socket.recv(_DATAGRAM))
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return None
            raise
        return found

    def close(self) -> None:
        """Listen no more: the kernel stops counting this listener when its socket is closed."""
        self._socket.close()


def _request(operation: int) -> bytes:
    payload = _WORD.pack(operation)
    message = _CONNECTOR_HEADER.pack(_CN_IDX_PROC, _CN_VAL_PROC, 0, 0, len(payload), 0) + payload
    return _NETLINK_HEADER.pack(_NETLINK_HEADER.size + len(message), _NLMSG_DONE, 0, 0, os.getpid()) + message
