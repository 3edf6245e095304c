"""impacket, which shares no code with this package, asks a server: whole conversations, sockets and logins included.

Rows are compared with those of the local engine, value by value, where impacket itself reads rightly.  It reads a
Boolean as the text ``'True'`` or ``'False'``, and a 64-bit number as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from impacket.dcerpc.v5.dcom import wmi
from impacket.dcerpc.v5.rpcrt import DCERPCException

import wmix
from peers import impacket_client
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = "DOM\\alïce"


@wmix.provider("Demo_Disk", keys=("DeviceID",), properties={"DeviceID": "string", "Size": "uint64", "Free": "sint32"})
def disks(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """Three disks."""
    for number in range(3):
        yield {"DeviceID": f"sd{number}", "Size": 1 << 40, "Free": -number}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(users={ALICE: "pa:ss wörd"}, providers=[disks]) as running:
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
    found = impacket_client.query(served, "SELECT DeviceID, Free FROM Demo_Disk")
    assert found == [{"DeviceID": f"sd{number}", "Free": -number} for number in range(3)]


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
