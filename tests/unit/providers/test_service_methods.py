"""Methods of Win32_Service: what systemd is told, and the code for each of its answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.providers.fake_systemd import FakeSystemd, private_bus, tree_on
from unit.providers.linux_tree import LinuxTree
from wmix.errors import WmiError
from wmix.providers import service_methods as methods_module
from wmix.providers.service_methods import service_methods
from wmix.providers.systemd import UNIT, connect_systemd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unit.providers.conftest import Invoke

METHODS = ["StartService", "StopService", "PauseService", "ResumeService", "InterrogateService"]
SYSTEMD = "org.freedesktop.systemd1."
DBUS = "org.freedesktop.DBus.Error."


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


def run(invoke: Invoke, tree: LinuxTree, method: str, name: str = "s", *, job_timeout: float = 30.0) -> int:
    definitions = service_methods(tree.root, job_timeout=job_timeout)

    async def call() -> int:
        code: int = await invoke(definitions, ("Win32_Service", "Name", name), method)
        return code

    return asyncio.run(call())


def test_a_service_is_started_and_stopped(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    unit = systemd.add("s.service")
    assert run(invoke, tree, "InterrogateService") == 6
    assert run(invoke, tree, "StartService") == 0
    assert unit.active == "active"
    assert run(invoke, tree, "StartService") == 10
    assert run(invoke, tree, "InterrogateService") == 0
    assert run(invoke, tree, "StopService") == 0
    assert unit.active == "inactive"
    assert run(invoke, tree, "StopService") == 5


def test_a_service_is_paused_and_resumed(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    unit = systemd.add("s.service", active="active")
    assert run(invoke, tree, "PauseService") == 0
    assert unit.properties[UNIT, "FreezerState"] == ("s", "frozen")
    assert run(invoke, tree, "PauseService") == 24
    assert run(invoke, tree, "ResumeService") == 0
    assert unit.properties[UNIT, "FreezerState"] == ("s", "running")
    unit.properties[UNIT, "CanFreeze"] = ("b", False)
    assert run(invoke, tree, "PauseService") == run(invoke, tree, "ResumeService") == 1
    unit.active = "inactive"
    assert run(invoke, tree, "PauseService") == run(invoke, tree, "ResumeService") == 6


@pytest.mark.parametrize(
    ("result", "code"),
    [("done", 0), ("timeout", 7), ("dependency", 13), ("failed", 8), ("canceled", 8), ("skipped", 8)],
)
def test_the_jobs_result_is_the_code(
    tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke, result: str, code: int
) -> None:
    systemd.add("s.service").job_result = result
    assert run(invoke, tree, "StartService") == code


def test_a_job_that_does_not_end_times_out(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    systemd.add("s.service").job_result = "never"
    assert run(invoke, tree, "StartService", job_timeout=0.05) == 7


def test_a_masked_service_is_disabled(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    systemd.add("s.service", load="masked")
    assert run(invoke, tree, "StartService") == 14
    assert "StartUnit" not in systemd.calls


def test_what_a_running_service_requires_is_not_stopped(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    unit = systemd.add("s.service", active="active")
    other = systemd.add("other.service", active="active")
    unit.properties[UNIT, "RequiredBy"] = ("as", ["idle.service", "other.service"])
    assert run(invoke, tree, "StopService") == 3
    assert unit.active == "active"
    other.active = "inactive"
    assert run(invoke, tree, "StopService") == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["none", ""])
def test_an_unknown_service_is_not_found(
    tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke, method: str, name: str
) -> None:
    assert run(invoke, tree, method, name) == 9


def test_names_ignore_case_and_the_exact_one_comes_first(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke) -> None:
    systemd.add("ModemManager.service", active="active")
    systemd.files["/usr/lib/systemd/system/ModemManager.service"] = "enabled"
    assert run(invoke, tree, "InterrogateService", "MODEMMANAGER") == 0
    systemd.units.clear()
    assert run(invoke, tree, "InterrogateService", "modemmanager") == 6
    systemd.add("modemmanager.service", active="active")
    assert run(invoke, tree, "InterrogateService", "modemmanager") == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DBUS + "AccessDenied", 2),
        (DBUS + "InteractiveAuthorizationRequired", 2),
        (SYSTEMD + "NoSuchUnit", 9),
        (SYSTEMD + "UnitMasked", 14),
        (SYSTEMD + "OnlyByDependency", 5),
        (DBUS + "UnknownMethod", 1),
        (DBUS + "NoReply", 7),
        (SYSTEMD + "TransactionIsDestructive", 8),
    ],
)
def test_refusals_have_codes(tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke, error: str, code: int) -> None:
    systemd.add("s.service")
    systemd.refused["StartUnit"] = error
    assert run(invoke, tree, "StartService") == code


def test_a_manager_that_does_not_answer_times_out(
    tree: LinuxTree, systemd: FakeSystemd, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods_module, "connect_systemd", lambda files: connect_systemd(files, 0.05))
    systemd.mute.add("LoadUnit")
    assert run(invoke, tree, "StartService") == 7


@pytest.mark.parametrize("method", METHODS)
def test_where_systemd_does_not_run_nothing_is_supported(tmp_path: Path, invoke: Invoke, method: str) -> None:
    assert run(invoke, LinuxTree(tmp_path), method) == 1


def test_without_a_bus_the_call_itself_fails(tmp_path: Path, invoke: Invoke) -> None:
    tree = LinuxTree(tmp_path)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    with pytest.raises(WmiError):
        run(invoke, tree, "StartService")
