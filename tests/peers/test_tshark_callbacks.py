"""tshark reads a host calling the sinks of a client back: the reference to the sink, the way to it, and the calls.

The server meets the client under an address at which doors stand that record what goes through them.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from peers.capture import Capture
from peers.test_tshark import CALLS, OBJECTS, PASSWORD, RESOLVER, USER, Packet, disks, dissected, wrong
from wmix.protocol.rpc.pdu_types import PduType
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where the client is for the server, and the port of its sinks in the capture.
DOORS, SINKS = "127.0.0.3", 49700


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(users={USER: PASSWORD}, grants=[f"{USER}=execute"], providers=[disks]) as running:
        yield running


def talk(served: Served, path: Path, **options: Any) -> list[Packet]:
    """A client is told objects, a failure, and nothing any more after it has cancelled a call."""
    objects = served.server.listener.bindings_for("127.0.0.1", served.port).exporter.strings[0].port
    assert objects is not None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with Capture() as capture:
        first = capture.door_to(served.port, RESOLVER, source=DOORS)
        second = capture.door_to(objects, OBJECTS, source=DOORS)
        capture.door_to(port, SINKS, at=(DOORS, port))
        where: dict[str, Any] = {"object_host": "127.0.0.1", "object_port": second, "callbacks": wmix.Callbacks(port)}
        with wmix.connect(f"127.0.0.1:{first}", auth=wmix.NTLM(USER, PASSWORD), **where, **options) as client:
            assert len(client.query("SELECT * FROM Demo_Disk", mode="async").list()) == 300
            with pytest.raises(wmix.InvalidClass):
                client.query("SELECT * FROM Demo_None", mode="async").list()
            given_up = client.query("SELECT * FROM Demo_Disk", mode="async")
            given_up.next_batch(1, 10)
            given_up.cancel()
        capture.write(path)
    return dissected(path, f"ntlmssp.nt_password:{PASSWORD}")


def to_sinks(packets: list[Packet]) -> list[Packet]:
    """Requests to the client."""
    return [packet for packet in packets if packet["tcp.dstport"] == str(SINKS) and PduType.REQUEST in packet.types]


@pytest.mark.parametrize(("level", "number"), [("integrity", "5"), ("privacy", "6")])
def test_nothing_is_malformed_and_every_callback_is_at_the_level_of_the_client(
    served: Served, tmp_path: Path, level: str, number: str
) -> None:
    packets = talk(served, tmp_path / "callbacks.pcap", level=level)
    assert wrong(packets) == []
    asked = to_sinks(packets)
    # Where the exporter is may be asked by anybody; everything else has been proved.
    resolving = [packet for packet in asked if packet["_ws.col.Protocol"] == "IOXIDResolver"]
    assert resolving
    assert {packet["dcerpc.auth_level"] for packet in resolving} == {""}
    told = [packet for packet in asked if packet not in resolving]
    assert len(told) > 5
    assert {packet["dcerpc.auth_level"] for packet in told} == {number}
    others = [packet for packet in packets if CALLS & packet.types and packet["dcerpc.auth_level"]]
    assert {packet["dcerpc.auth_level"] for packet in others} == {number}
    assert "IRemUnknown" in {packet["_ws.col.Protocol"] for packet in told}


def test_the_reference_to_the_sink_stands_in_the_call(served: Served, tmp_path: Path) -> None:
    """tshark opens the stubs of WMI and does not read them: the signature of an OBJREF, its kind and the interface."""
    packets = talk(served, tmp_path / "callbacks.pcap")
    calls = [packet["dcerpc.decrypted_stub_data"] for packet in packets if packet["tcp.dstport"] == str(OBJECTS)]
    standard, sink = "4d454f5701000000", "0178857c8173cf11884d00aa004b2e24"
    passed = [stub for stub in calls if standard + sink in stub]
    assert len(passed) >= 3
    texts = "".join(f"{unit:02x}00" for unit in b"127.0.0.1[")
    assert all(texts in stub for stub in passed)
