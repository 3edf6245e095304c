"""Win32_Service: units of a systemd on a private bus become rows, asked for no more than the query needs."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.fake_systemd import FakeSystemd, private_bus, tree_on
from unit.providers.linux_tree import LinuxTree, compare, request_for
from wmix.cim.datetime import CimDateTime
from wmix.cim.layout import compile_row_builder
from wmix.config import Settings
from wmix.errors import WmiError
from wmix.providers import services
from wmix.providers.systemd import SERVICE, UNIT
from wmix.status import WBEM_E_PROVIDER_FAILURE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wmix.cim.image import ClassImage

CLASS = "Win32_Service"


@pytest.fixture(scope="module")
def bus_root() -> Iterator[Path]:
    with private_bus() as root:
        yield root


@pytest.fixture
def tree(bus_root: Path) -> Iterator[LinuxTree]:
    with tree_on(bus_root) as tree:
        yield tree


@pytest.fixture
def systemd(tree: LinuxTree) -> Iterator[FakeSystemd]:
    with FakeSystemd(tree) as systemd:
        yield systemd


def query(tree: LinuxTree, image: ClassImage, **question: Any) -> list[dict[str, Any]]:
    cls = image.load("root\\cimv2", CLASS)
    assert cls is not None

    async def collect() -> list[dict[str, Any]]:
        return [dict(row) async for row in services.make_services(tree.root)(request_for(cls, **question))]

    rows = asyncio.run(collect())
    build = compile_row_builder(cls.layout)
    for row in rows:
        build(row)  # every value has its type
    return rows


def only(tree: LinuxTree, image: ClassImage, name: str, *properties: str) -> dict[str, Any]:
    (row,) = query(tree, image, keys=[{"Name": name}], properties={"Name", *properties} if properties else None)
    return row


def exec_start(*arguments: str) -> tuple[str, Any]:
    return "a(sasbttttuii)", [(arguments[0], list(arguments), False, 0, 0, 0, 0, 0, 0, 0)]


def test_a_running_service_has_every_property(tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage) -> None:
    unit = systemd.add("web.service", active="active", description="A web server")
    unit.properties |= {
        (SERVICE, "ExecStart"): exec_start("/usr/bin/web", "-c", "/etc/web conf"),
        (SERVICE, "User"): ("s", "www"),
        (SERVICE, "MainPID"): ("u", 77),
        (SERVICE, "ExecMainStartTimestamp"): ("t", 5),
    }
    file = tree.write("/usr/lib/systemd/system/web.service", "[Unit]\n")
    os.utime(file, (1, 1_700_000_000))
    systemd.files["/usr/lib/systemd/system/web.service"] = "enabled"
    assert query(tree, class_image) == [
        {
            "Name": "web",
            "DisplayName": "A web server",
            "Caption": "A web server",
            "Description": "A web server",
            "State": "Running",
            "Started": True,
            "Status": "OK",
            "StartMode": "Auto",
            "DelayedAutoStart": False,
            "PathName": '/usr/bin/web -c "/etc/web conf"',
            "StartName": "www",
            "ProcessId": 77,
            "ExitCode": 0,
            "ServiceSpecificExitCode": 0,
            "ServiceType": "Own Process",
            "AcceptStop": True,
            "AcceptPause": True,
            "ErrorControl": "Normal",
            "CheckPoint": 0,
            "WaitHint": 0,
            "TagId": 0,
            "DesktopInteract": False,
            "InstallDate": CimDateTime.from_timestamp(1_700_000_000),
            "SystemName": "box",
            "SystemCreationClassName": "Win32_ComputerSystem",
            "CreationClassName": "Win32_Service",
        }
    ]


def test_services_that_are_loaded_or_have_a_file_are_listed_by_name(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage
) -> None:
    for name in ("b.service", "x@1.service", "y.socket", "z.timer"):
        systemd.add(name)
    systemd.add("ghost.service", load="not-found")
    for name, state in (
        ("a.service", "disabled"),
        ("x@.service", "static"),
        ("c.service", "alias"),
        ("d.path", "enabled"),
    ):
        systemd.files[f"/usr/lib/systemd/system/{name}"] = state
    assert [row["Name"] for row in query(tree, class_image, properties=["Name"])] == ["a", "b", "x@1"]


@pytest.mark.parametrize(
    ("active", "state", "started", "status"),
    [
        ("active", "Running", True, "OK"),
        ("reloading", "Running", True, "OK"),
        ("activating", "Start Pending", False, "OK"),
        ("deactivating", "Stop Pending", False, "OK"),
        ("inactive", "Stopped", False, "OK"),
        ("failed", "Stopped", False, "Error"),
        ("novel", "Unknown", False, "OK"),
    ],
)
def test_the_active_state_is_the_state(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage, active: str, state: str, started: bool, status: str
) -> None:
    systemd.add("s.service", active=active)
    row = only(tree, class_image, "s", "State", "Started", "Status")
    assert (row["State"], row["Started"], row["Status"]) == (state, started, status)


def test_a_frozen_service_is_paused(tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage) -> None:
    systemd.add("s.service", active="active").properties[UNIT, "FreezerState"] = ("s", "frozen")
    assert only(tree, class_image, "s", "State")["State"] == "Paused"


@pytest.mark.parametrize(
    ("file_state", "load", "mode"),
    [
        ("enabled", "loaded", "Auto"),
        ("enabled-runtime", "loaded", "Auto"),
        ("disabled", "loaded", "Manual"),
        ("static", "loaded", "Manual"),
        ("generated", "loaded", "Manual"),
        ("masked", "masked", "Disabled"),
        ("masked", "loaded", "Disabled"),
        (None, "loaded", "Manual"),
    ],
)
def test_the_file_state_is_the_start_mode(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage, file_state: str | None, load: str, mode: str
) -> None:
    systemd.add("s.service", load=load)
    if file_state is not None:
        systemd.files["/etc/systemd/system/s.service"] = file_state
    assert only(tree, class_image, "s", "StartMode")["StartMode"] == mode


def test_a_service_with_a_timer_starts_later(tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage) -> None:
    systemd.add("s.service")
    systemd.add("s.timer")
    assert only(tree, class_image, "s", "DelayedAutoStart")["DelayedAutoStart"] is True


@pytest.mark.parametrize(
    ("active", "status", "started", "codes"),
    [
        ("failed", 3, 9, (1066, 3)),
        ("failed", -1, 9, (1066, 4294967295)),
        ("inactive", 3, 9, (0, 0)),
        ("inactive", 0, 0, (1077, 0)),
    ],
)
def test_exit_codes_are_those_of_service_control(
    tree: LinuxTree,
    systemd: FakeSystemd,
    class_image: ClassImage,
    active: str,
    status: int,
    started: int,
    codes: tuple[int, int],
) -> None:
    unit = systemd.add("s.service", active=active)
    unit.properties[SERVICE, "ExecMainStatus"] = ("i", status)
    unit.properties[SERVICE, "ExecMainStartTimestamp"] = ("t", started)
    row = only(tree, class_image, "s", "ExitCode", "ServiceSpecificExitCode")
    assert (row["ExitCode"], row["ServiceSpecificExitCode"]) == codes


@pytest.mark.parametrize(("active", "hint"), [("activating", 90_000), ("deactivating", 0), ("active", 0)])
def test_a_pending_change_has_a_hint(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage, active: str, hint: int
) -> None:
    systemd.add("s.service", active=active)
    assert only(tree, class_image, "s", "WaitHint")["WaitHint"] == hint


def test_what_this_version_does_not_know_is_null_or_no(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage
) -> None:
    systemd.add("s.service", active="active").properties.clear()
    row = only(tree, class_image, "s")
    assert (row["State"], row["AcceptPause"], row["AcceptStop"], row["StartName"]) == ("Running", False, False, None)
    assert row["PathName"] is row["ProcessId"] is None


def test_a_service_that_takes_the_machine_down_is_critical(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage
) -> None:
    unit = systemd.add("s.service")
    unit.properties[UNIT, "FailureAction"] = ("s", "reboot-force")
    assert only(tree, class_image, "s", "ErrorControl")["ErrorControl"] == "Critical"


def test_a_service_that_is_not_loaded_is_described_by_its_file(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage
) -> None:
    tree.write("/usr/lib/systemd/system/s.service", "[Unit]\nDescription=From the file\n[Service]\nExecStart=/bin/s\n")
    systemd.files["/usr/lib/systemd/system/s.service"] = "disabled"
    systemd.files["/usr/lib/systemd/system/t.service"] = "disabled"
    rows = query(tree, class_image, properties=["Name", "DisplayName"])
    assert [row["DisplayName"] for row in rows] == ["From the file", "t"]
    assert "LoadUnit" not in systemd.calls
    systemd.refused["LoadUnit"] = "org.freedesktop.systemd1.NoSuchUnit"
    assert only(tree, class_image, "s", "PathName")["PathName"] is None


def test_names_and_states_cost_two_calls(tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage) -> None:
    for number in range(10):
        systemd.add(f"s{number}.service", active="inactive")
    query(tree, class_image, properties=["Name", "DisplayName", "Started", "StartMode", "State"])
    assert systemd.calls == ["ListUnits", "ListUnitFiles"]


def test_conditions_of_the_lists_are_decided_before_units_are_asked(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage
) -> None:
    for number in range(10):
        systemd.add(f"s{number}.service", active="active")
    rows = query(tree, class_image, properties=["Name", "ProcessId"], comparisons=[compare("Name", "=", "s3")])
    assert [row["Name"] for row in rows] == ["s3"]
    assert systemd.calls.count("Get") == 1


def test_keys_ignore_case_and_ask_no_other_unit(tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage) -> None:
    for name in ("ModemManager.service", "ssh.service"):
        systemd.add(name, active="active")
    assert only(tree, class_image, "MODEMMANAGER", "ProcessId")["Name"] == "ModemManager"
    assert systemd.calls.count("Get") == 1
    assert query(tree, class_image, keys=[{"Name": "none"}]) == []


def test_many_services_are_asked_in_parts(
    tree: LinuxTree, systemd: FakeSystemd, class_image: ClassImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PARALLEL", 3)
    for number in range(10):
        systemd.add(f"s{number}.service", active="active").properties[SERVICE, "MainPID"] = ("u", 100 + number)
    rows = query(tree, class_image, properties=["Name", "ProcessId"])
    assert [row["ProcessId"] for row in rows] == list(range(100, 110))


def test_where_systemd_does_not_run_there_are_no_services(tmp_path: Path, class_image: ClassImage) -> None:
    assert query(LinuxTree(tmp_path), class_image) == []


def test_without_a_bus_the_query_fails_and_says_why(tmp_path: Path, class_image: ClassImage) -> None:
    tree = LinuxTree(tmp_path)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    with pytest.raises(WmiError, match="system bus") as caught:
        query(tree, class_image)
    assert caught.value.status == WBEM_E_PROVIDER_FAILURE


def test_the_class_has_a_provider_and_five_methods() -> None:
    assert len(services.providers(Settings())) == 6
