"""A capture of conversations with a server, without the rights that a live one needs.

Each port of the server has a door of its own; what goes through it is passed on and recorded in its order.  The record
is written as a capture file: IPv4 and TCP headers are made up around the octets, so that a dissector sees the
conversation as it was, at the ports of Windows.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Capture"]

_RAW_IPV4 = 101
_CLIENT, _SERVER = bytes((192, 0, 2, 10)), bytes((192, 0, 2, 20))
_SYN, _ACK, _PUSH, _FIN = 0x02, 0x10, 0x08, 0x01
#: Where a PDU of DCE RPC tells its length, which is less than that of an IPv4 packet.
_HEADER, _LENGTH_AT = 16, 8
_SECONDS = 30.0


class Capture:
    """Doors to a server, and what has gone through them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packets: list[tuple[float, bytes]] = []
        self._connections = 0
        self._doors: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_: object) -> None:
        for door in self._doors:
            door.close()
        for thread in self._threads:
            thread.join(_SECONDS)

    def door_to(self, port: int, shown: int, *, at: tuple[str, int] = ("127.0.0.1", 0), source: str = "") -> int:
        """The port of a door that leads to *port* on loopback, recorded as the port *shown*.

        Args:
            at: where the door is.
            source: the address from which those come who went through it; any when it is empty.
        """
        door = socket.create_server(at)
        door.settimeout(0.1)
        self._doors.append(door)
        self._run(lambda: self._admit(door, port, shown, source))
        return int(door.getsockname()[1])

    def write(self, path: Path) -> None:
        """The capture file, and what was recorded until now."""
        with self._lock:
            packets = list(self._packets)
        octets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, _RAW_IPV4)]
        for when, packet in packets:
            seconds = int(when)
            octets.append(
                struct.pack("<IIII", seconds, int((when - seconds) * 1_000_000), len(packet), len(packet)) + packet
            )
        path.write_bytes(b"".join(octets))

    def _run(self, work: object) -> None:
        thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _admit(self, door: socket.socket, port: int, shown: int, source: str) -> None:
        while True:
            try:
                client, _ = door.accept()
            except TimeoutError:
                continue
            except OSError:
                return  # the door was closed
            server = socket.create_connection(("127.0.0.1", port), _SECONDS, (source, 0))
            client.settimeout(None)
            server.settimeout(None)
            with self._lock:
                self._connections += 1
                conversation = _Conversation(50_000 + self._connections, shown)
                self._packets += [(time.time(), packet) for packet in conversation.begin()]
            self._run(lambda a=client, b=server, c=conversation: self._carry(a, b, c, True))
            self._run(lambda a=server, b=client, c=conversation: self._carry(a, b, c, False))

    def _carry(self, source: socket.socket, sink: socket.socket, conversation: _Conversation, of_client: bool) -> None:
        try:
            while data := source.recv(65536):
                with self._lock:
                    self._packets += [(time.time(), packet) for packet in conversation.say(data, of_client)]
                sink.sendall(data)
        except OSError:
            pass  # one side has closed
        finally:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_WR if end is sink else socket.SHUT_RD)
                except OSError:
                    continue
            if not conversation.leave():
                source.close()
                sink.close()


class _Conversation:
    """One TCP connection, its headers made up."""

    def __init__(self, client_port: int, server_port: int) -> None:
        self._ports = {True: client_port, False: server_port}
        self._next = {True: 1, False: 1}
        self._unsaid = {True: b"", False: b""}
        self._sides = 2

    def begin(self) -> list[bytes]:
        """The handshake."""
        first = self._packet(True, 0, _SYN, b"", 0)
        second = self._packet(False, 0, _SYN | _ACK, b"", 1)
        return [first, second, self._packet(True, 1, _ACK, b"", 1)]

    def say(self, data: bytes, of_client: bool) -> list[bytes]:
        """What one side says, each PDU that is whole in a segment of its own: Wireshark opens one to a segment."""
        self._unsaid[of_client] += data
        packets = []
        while len(rest := self._unsaid[of_client]) >= _HEADER:
            length = max(_HEADER, int.from_bytes(rest[_LENGTH_AT : _LENGTH_AT + 2], "little"))
            if len(rest) < length:
                break
            piece, self._unsaid[of_client] = rest[:length], rest[length:]
            packets.append(
                self._packet(of_client, self._next[of_client], _ACK | _PUSH, piece, self._next[not of_client])
            )
            self._next[of_client] = (self._next[of_client] + len(piece)) & 0xFFFFFFFF
        return packets

    def leave(self) -> int:
        """One side is done; how many are left."""
        self._sides -= 1
        return self._sides

    def _packet(self, of_client: bool, sequence: int, flags: int, data: bytes, acknowledged: int) -> bytes:
        source, sink = (_CLIENT, _SERVER) if of_client else (_SERVER, _CLIENT)
        header = struct.pack(
            ">HHIIBBHHH", self._ports[of_client], self._ports[not of_client], sequence, acknowledged, 5 << 4, flags,
            0xFFFF, 0, 0,
        )  # fmt: skip
        length = 20 + len(header) + len(data)
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, source, sink) + header + data
