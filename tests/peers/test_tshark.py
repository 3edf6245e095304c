"""tshark, the dissector that people debug such conversations with, reads one of our client with our server.

It is given the password (or the keytab), opens what is sealed by itself, and finds nothing wrong in DCE RPC, DCOM and
the references to objects.  It knows the interfaces of DCOM; of those of WMI, version 4.0 only opens the stubs.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from peers.capture import Capture
from wmix.errors import NotFound
from wmix.protocol.rpc.pdu_types import PduType
from wmix.record import Record
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from key_distribution_centre import Realm

USER, PASSWORD = "TEST\\alice", "Secret of alice"
RESOLVER, OBJECTS = 135, 49666
FIELDS = (
    "frame.number",
    "tcp.dstport",
    "dcerpc.pkt_type",
    "dcerpc.auth_type",
    "dcerpc.auth_level",
    "dcerpc.stub_data",
    "dcerpc.decrypted_stub_data",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "_ws.col.Protocol",
    "_ws.col.Info",
    "dcom.objref.flags",
    "dcom.ipid",
)
#: PI_WARN; what is worse is more.
WARNING = 0x00600000
CALLS = {PduType.REQUEST, PduType.RESPONSE, PduType.FAULT}


class Packet(Record):
    """What tshark says about one packet, by the names of its fields."""

    fields: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    @property
    def types(self) -> set[int]:
        """Types of its PDUs."""
        return {int(text) for text in self["dcerpc.pkt_type"].split(",") if text}

    @property
    def severity(self) -> int:
        """Of the worst that tshark found."""
        return max((int(text) for text in self["_ws.expert.severity"].split(",") if text), default=0)


@wmix.provider("Demo_Disk", keys=("DeviceID",), properties={"DeviceID": "string", "Size": "uint64", "Free": "sint32"})
def disks(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """Enough of them for replies in several fragments."""
    for number in range(300):
        yield {"DeviceID": f"sd{number}", "Size": 1 << 40, "Free": -number}


def dissected(capture: Path, *options: str) -> list[Packet]:
    """The packets of a capture as tshark reads them."""
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed: package tshark")
    command = [tshark, "-r", str(capture), "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
    for option in options:
        command += ["-o", option]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return [Packet(dict(zip(FIELDS, line, strict=True))) for line in lines]


def talk(served: Served, auth: wmix.NTLM | wmix.Kerberos | wmix.Negotiate, path: Path, **options: Any) -> Path:
    """A client does something of everything; what was said, in a capture."""
    told = served.server.listener.bindings_for("127.0.0.1", served.port).exporter.strings
    objects = told[0].port
    assert objects is not None
    with Capture() as capture:
        first, second = capture.door_to(served.port, RESOLVER), capture.door_to(objects, OBJECTS)
        with wmix.connect(f"localhost:{first}", object_port=second, auth=auth, **options) as client:
            assert len(client.query("SELECT * FROM Demo_Disk").list()) == 300
            assert client.query("SELECT Caption FROM Win32_OperatingSystem").one().Caption
            assert client.get('Demo_Disk.DeviceID="sd7"').Free == -7
            with pytest.raises(NotFound):
                client.get('Demo_Disk.DeviceID="none"')
            assert client.call("Win32_Process", "Create", CommandLine="true").ReturnValue == 0
            assert client.cls("Win32_Process").path_
        capture.write(path)
    return path


def wrong(packets: list[Packet]) -> list[str]:
    """Everything that tshark has a word of blame for."""
    return [
        f"{packet['frame.number']}: {packet['_ws.col.Info']} {packet['_ws.expert.message']}"
        for packet in packets
        if packet["_ws.malformed"] or "alformed" in packet["_ws.col.Info"] or packet.severity >= WARNING
    ]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(users={USER: PASSWORD}, grants=[f"{USER}=execute"], providers=[disks]) as running:
        yield running


@pytest.fixture(scope="module")
def conversation(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client with NTLM at level privacy."""
    return talk(served, wmix.NTLM(USER, PASSWORD), tmp_path_factory.mktemp("capture") / "ntlm.pcap")


@pytest.fixture(scope="module")
def packets(conversation: Path) -> list[Packet]:
    return dissected(conversation, f"ntlmssp.nt_password:{PASSWORD}")


def test_nothing_is_malformed(packets: list[Packet]) -> None:
    assert wrong(packets) == []


def test_every_request_after_the_bind_is_sealed(packets: list[Packet]) -> None:
    calls = [packet for packet in packets if PduType.REQUEST in packet.types]
    assert len(calls) > 15
    assert {packet["dcerpc.auth_level"] for packet in calls} == {"6"}
    answers = [packet for packet in packets if PduType.RESPONSE in packet.types]
    assert {packet["dcerpc.auth_level"] for packet in answers} == {"6"}


def test_tshark_opens_what_is_sealed(packets: list[Packet]) -> None:
    """Interfaces that it knows it reads; of the others it shows the stub in the clear, which begins with a version."""
    known = {packet["_ws.col.Protocol"] for packet in packets}
    assert {"ISystemActivator", "IRemUnknown"} <= known
    opened = [
        packet["dcerpc.decrypted_stub_data"]
        for packet in packets
        if packet.types == {PduType.REQUEST} and packet["_ws.col.Protocol"] == "DCERPC"
    ]
    assert len(opened) > 10
    assert all(stub.startswith("05000700") for stub in opened)


def test_the_references_to_objects_are_read(packets: list[Packet]) -> None:
    """In the reply of the activation: the properties in a custom one, and in them the standard one of the login."""
    (reply,) = [
        packet
        for packet in packets
        if packet["_ws.col.Protocol"] == "ISystemActivator" and packet.types == {PduType.RESPONSE}
    ]
    assert [int(flag, 16) for flag in reply["dcom.objref.flags"].split(",")] == [4, 1]
    assert reply["dcom.ipid"]


def test_with_another_password_tshark_opens_nothing(conversation: Path) -> None:
    """The judge is awake: what it reads above it owes to the password."""
    packets = dissected(conversation, "ntlmssp.nt_password:another")
    assert not any(packet["dcerpc.decrypted_stub_data"].startswith("05000700") for packet in packets)


def test_a_conversation_at_integrity_is_signed_and_in_the_clear(served: Served, tmp_path: Path) -> None:
    capture = talk(served, wmix.NTLM(USER, PASSWORD), tmp_path / "integrity.pcap", level="integrity")
    packets = dissected(capture, f"ntlmssp.nt_password:{PASSWORD}")
    assert wrong(packets) == []
    levels = {packet["dcerpc.auth_level"] for packet in packets if CALLS & packet.types}
    assert levels == {"5"}
    assert "ISystemActivator" in {packet["_ws.col.Protocol"] for packet in dissected(capture)}


def test_a_negotiated_login_is_read(served: Served, tmp_path: Path) -> None:
    """Inside SPNEGO tshark opens the first sealed PDU of a direction and loses its place in the key stream after it.

    It leaves out the eight octets that encrypt the signature, which it counts where NTLM stands alone.  The first PDUs
    show that the key streams begin anew after the signed list of mechanisms.
    """
    capture = talk(served, wmix.Negotiate(USER, PASSWORD), tmp_path / "negotiate.pcap")
    packets = dissected(capture)
    assert wrong(packets) == []
    opened = dissected(capture, f"ntlmssp.nt_password:{PASSWORD}")
    activation = [packet for packet in opened if packet["_ws.col.Protocol"] == "ISystemActivator"]
    assert [packet.types for packet in activation] == [{PduType.REQUEST}, {PduType.RESPONSE}]
    assert wrong(activation) == []
    assert activation[1]["dcom.ipid"]
    first = next(packet for packet in opened if packet.types == {PduType.REQUEST} and packet not in activation)
    assert first["dcerpc.decrypted_stub_data"].startswith("05000700")
    assert {packet["dcerpc.auth_type"] for packet in packets if CALLS & packet.types} == {"9"}
    assert {packet["dcerpc.auth_level"] for packet in packets if CALLS & packet.types} == {"6"}


@pytest.mark.parametrize("negotiates", [False, True])
def test_a_login_by_kerberos_has_no_ntlm_in_it(realm: Realm, tmp_path: Path, negotiates: bool) -> None:
    alice = "alice@WMIX.TEST"
    auth = (wmix.Negotiate if negotiates else wmix.Kerberos)(alice, realm.password)
    with serving(users={USER: PASSWORD}, grants=[f"{alice}=execute"], providers=[disks], keytab=realm.keytab) as served:
        capture = talk(served, auth, tmp_path / "kerberos.pcap")
    keys = tmp_path / "all.keytab"
    for principal in ("host/localhost", f"krbtgt/{realm.centre.realm}"):  # whose checksums are in a ticket
        realm.centre.export_keys(principal, keys, keep=True)
    packets = dissected(capture, "kerberos.decrypt:TRUE", f"kerberos.file:{keys}")
    assert wrong(packets) == []
    assert b"NTLMSSP" not in capture.read_bytes()
    assert {packet["dcerpc.auth_type"] for packet in packets if CALLS & packet.types} == {"9" if negotiates else "16"}
    assert {packet["dcerpc.auth_level"] for packet in packets if CALLS & packet.types} == {"6"}
    assert {"ISystemActivator", "IRemUnknown"} <= {packet["_ws.col.Protocol"] for packet in packets}
