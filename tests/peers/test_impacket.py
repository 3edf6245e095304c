"""impacket, which shares no code with this package, asks a server: whole conversations, sockets and logins included.

Rows are compared with those of the local engine, value by value, where impacket itself reads rightly.  It reads a
Boolean as the text ``'True'`` or ``'False'``, and a 64-bit number as text.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from impacket.dcerpc.v5.dcom import wmi
from impacket.dcerpc.v5.rpcrt import DCERPCException

import wmix
from conformance.fixture_f import fixture_repository
from peers import impacket_client
from wmix.status import WBEM_E_ACCESS_DENIED, WBEM_E_NOT_FOUND
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = "DOM\\alïce"
BOB = "DOM\\bob"
CONF = "//./root/conf"


@wmix.provider(
    "Demo_Disk",
    keys=("DeviceID",),
    properties={"DeviceID": "string", "Size": "uint64", "Free": "sint32", "Label": "string"},
)
def disks(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """Three disks."""
    for number in range(3):
        yield {"DeviceID": f"sd{number}", "Size": 1 << 40, "Free": -number, "Label": f"日本 {number}"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    users = {ALICE: "pa:ss wörd", BOB: "reads"}
    grants = [f"{ALICE}=execute,write,provider-write"]
    with serving(users=users, grants=grants, providers=[disks], repository=fixture_repository()) as running:
        yield running


def local(text: str) -> list[dict[str, Any]]:
    """The rows of a query as the local engine says them, in impacket's spelling."""
    with wmix.connect(providers=[disks], repository=":memory:") as client:
        return [{name: spelled(value) for name, value in row.values_().items()} for row in client.query(text)]


def spelled(value: Any) -> Any:
    """A value in the way in which impacket gives it."""
    if isinstance(value, bool):
        return str(value)
    return str(value) if isinstance(value, wmix.CimDateTime) else value


def test_rows_of_a_query_are_those_of_the_engine(served: Served) -> None:
    text = "SELECT Caption, Version, CSName, OSType, Primary, ServicePackMajorVersion FROM Win32_OperatingSystem"
    assert impacket_client.query(served, text) == local(text)


def test_all_rows_of_a_provider_come_in_order(served: Served) -> None:
    found = impacket_client.query(served, "SELECT DeviceID, Free, Label FROM Demo_Disk")
    assert found == [{"DeviceID": f"sd{number}", "Free": -number, "Label": f"日本 {number}"} for number in range(3)]


def test_a_wrong_password_is_refused_by_a_fault(served: Served) -> None:
    before = len(served.logins)
    with (
        pytest.raises(DCERPCException, match=r"rpc_s_access_denied|ACCESS_DENIED"),
        impacket_client.connected(served, password="wrong"),
    ):
        pass
    assert served.logins[before].error is not None


def test_a_wrong_class_is_an_error_of_wmi(served: Served) -> None:
    with impacket_client.connected(served) as services, pytest.raises(wmi.DCERPCSessionError, match="INVALID_CLASS"):
        services.ExecQuery("SELECT * FROM No_Such")


def test_an_unknown_namespace_is_an_error_of_the_login(served: Served) -> None:
    with (
        pytest.raises(wmi.DCERPCSessionError, match="INVALID_NAMESPACE"),
        impacket_client.connected(served, namespace="//./root/nowhere"),
    ):
        pass


@pytest.mark.parametrize("class_name", ["Win32_OperatingSystem", "Win32_Process", "Win32_LogicalDisk", "Win32_Service"])
def test_classes_of_the_system_are_read_as_the_engine_has_them(served: Served, class_name: str) -> None:
    """Rows that hold still: the keys, which impacket reads rightly."""
    with wmix.connect(providers=[disks], repository=":memory:") as client:
        properties = client.cls(class_name).properties
        keys = [name for name, item in properties.items() if "key" in item.qualifiers] or ["Name", "Version"]
    text = f"SELECT {', '.join(keys)} FROM {class_name}"
    found = impacket_client.query(served, text)
    mine = local(text)
    if class_name == "Win32_Process":
        # Processes come and go; those of this test are there both times.
        pids = {str(os.getpid()), "1"}
        assert pids <= {row["Handle"] for row in found}
    else:
        assert sorted(map(str, found)) == sorted(map(str, mine))


def test_a_class_is_described_with_its_methods(served: Served) -> None:
    with impacket_client.connected(served) as services:
        cls, _ = services.GetObject("Win32_Process")
        assert cls.getClassName() == "Win32_Process"
        with wmix.connect(repository=":memory:") as client:
            mine = client.cls("Win32_Process")
        assert set(cls.getMethods()) == set(mine.methods)
        assert set(cls.getProperties()) == set(mine.properties)
        assert cls.getProperties()["Handle"]["qualifiers"]["key"] == "True"
        assert list(cls.getMethods()["Create"]["InParams"]) == [
            "CommandLine",
            "CurrentDirectory",
            "ProcessStartupInformation",
        ]


def test_a_process_is_created_found_and_ended_by_methods(served: Served) -> None:
    with impacket_client.connected(served) as services:
        cls, _ = services.GetObject("Win32_Process")
        created = cls.Create("/bin/sleep 60", "/", None).getProperties()
        assert created["ReturnValue"]["value"] == 0
        pid = created["ProcessId"]["value"]
        try:
            enumerator = services.ExecQuery(f"SELECT * FROM Win32_Process WHERE ProcessId = {pid}")
            (process,) = enumerator.Next(0xFFFFFFFF, 1)
            assert (process.Name, process.Handle) == ("sleep", str(pid))
            assert process.Terminate(0).getProperties()["ReturnValue"]["value"] == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_methods_and_writes_are_refused_without_their_grant(served: Served) -> None:
    with impacket_client.connected(served, user="bob", password="reads") as services:
        cls, _ = services.GetObject("Win32_Process")
        cls.Create("/bin/true", "/", None)  # impacket writes the error to its log, and raises nothing
    (refused,) = [call for call in served.calls if call.operation == "ExecMethod" and call.user == BOB]
    assert refused.status == WBEM_E_ACCESS_DENIED
    with impacket_client.connected(served, user="bob", password="reads", namespace=CONF) as services:
        assert services.DeleteInstance('CF_Part.Id="p1"').GetCallStatus(0) & 0xFFFFFFFF == WBEM_E_ACCESS_DENIED
        services.GetObject('CF_Part.Id="p1"')


def test_an_instance_is_put_read_and_deleted(served: Served) -> None:
    """impacket marshals what was not set as zero, and a Boolean as true: only what was set is compared."""
    with impacket_client.connected(served, namespace=CONF) as services:
        cls, _ = services.GetObject("CF_Gear")
        made = cls.SpawnInstance()
        made.Id, made.Num, made.Tag = "made", 7, "ein Täg"
        assert services.PutInstance(made.marshalMe()).GetCallStatus(0) == 0
        found, _ = services.GetObject('CF_Gear.Id="made"')
        values = {name: prop["value"] for name, prop in found.getProperties().items()}
        assert (values["Id"], values["Num"], values["Tag"]) == ("made", 7, "ein Täg")
        assert services.DeleteInstance('CF_Gear.Id="made"').GetCallStatus(0) == 0
        assert services.DeleteInstance('CF_Gear.Id="made"').GetCallStatus(0) & 0xFFFFFFFF == WBEM_E_NOT_FOUND


def test_a_class_is_made_of_the_empty_one(served: Served) -> None:
    with impacket_client.connected(served, namespace=CONF) as services:
        cls, _ = services.GetObject("")
        cls.setClassName("CF_Made")
        cls.addNewAttribute("Name", wmi.CIM_TYPE_ENUM.CIM_TYPE_STRING, "somebody")
        assert services.PutClass(cls.marshalMe()).GetCallStatus(0) == 0
        found, _ = services.GetObject("CF_Made")
        assert found.getProperties()["Name"]["value"] == "somebody"
        assert services.DeleteClass("CF_Made").GetCallStatus(0) == 0
        with pytest.raises(wmi.DCERPCSessionError, match="NOT_FOUND"):
            services.GetObject("CF_Made")


def test_events_come_to_who_waits_for_them(served: Served) -> None:
    query = "SELECT * FROM __InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'CF_Part'"
    with impacket_client.connected(served, namespace=CONF) as services:
        events = services.ExecNotificationQuery(query, 0x30)
        with pytest.raises(wmi.DCERPCSessionError, match="TIMEDOUT"):
            events.Next(0, 1)
        cls, _ = services.GetObject("CF_Gear")
        made = cls.SpawnInstance()
        made.Id = "new gear"
        assert services.PutInstance(made.marshalMe()).GetCallStatus(0) == 0
        (event,) = events.Next(20_000, 1)
        assert event.getClassName() == "__InstanceCreationEvent"
        properties = event.getProperties()
        assert int(properties["TIME_CREATED"]["value"]) > 0
        # impacket shows an embedded instance as the text of its octets.
        assert b"new gear" in bytes.fromhex(str(properties["TargetInstance"]["value"]))
        events.RemRelease()
