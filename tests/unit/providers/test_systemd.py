"""The connection to systemd: deadlines, refusals, losses, and a missing jeepney."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from unit.providers.fake_systemd import FakeSystemd, private_bus, tree_on
from unit.providers.linux_tree import LinuxTree
from wmix.errors import WmiError
from wmix.providers.systemd import UNIT, SystemdRefusal, connect_systemd, is_running, system_state
from wmix.status import WBEM_E_PROVIDER_FAILURE, WBEM_E_PROVIDER_LOAD_FAILURE, WBEM_E_TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_systemd_runs_where_its_directory_is(tmp_path: Path) -> None:
    tree = LinuxTree(tmp_path)
    assert not is_running(tree.files)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert is_running(tree.files)


def test_the_state_of_the_system_is_the_managers(tree: LinuxTree, systemd: FakeSystemd) -> None:
    systemd.state = "degraded"
    assert system_state(tree.files) == "degraded"
    systemd.refused["Get"] = "org.freedesktop.DBus.Error.AccessDenied"
    assert system_state(tree.files) is None


def test_the_state_is_unknown_when_nobody_owns_the_name_or_there_is_no_bus(tree: LinuxTree, tmp_path: Path) -> None:
    assert system_state(tree.files) is None
    assert system_state(LinuxTree(tmp_path).files) is None


def test_a_refusal_has_the_errors_name(tree: LinuxTree, systemd: FakeSystemd) -> None:
    systemd.refused["ListUnits"] = "org.freedesktop.DBus.Error.AccessDenied"

    async def ask() -> None:
        async with connect_systemd(tree.files) as manager:
            await manager.units()

    with pytest.raises(SystemdRefusal, match="refused") as caught:
        asyncio.run(ask())
    assert caught.value.name == "org.freedesktop.DBus.Error.AccessDenied"


def test_a_property_that_is_not_known_is_none_or_an_error(tree: LinuxTree, systemd: FakeSystemd) -> None:
    path = systemd.add("s.service").path

    async def ask() -> None:
        async with connect_systemd(tree.files) as manager:
            assert await manager.get_known(path, UNIT, "Nonsense") is None
            assert await manager.get(path, UNIT, "ActiveState") == "inactive"
            await manager.get(path, UNIT, "Nonsense")

    with pytest.raises(SystemdRefusal):
        asyncio.run(ask())


def test_every_call_has_a_deadline(tree: LinuxTree, systemd: FakeSystemd) -> None:
    systemd.mute.add("ListUnits")

    async def ask() -> None:
        async with connect_systemd(tree.files, 0.05) as manager:
            await manager.units()

    with pytest.raises(WmiError, match="ListUnits") as caught:
        asyncio.run(ask())
    assert caught.value.status == WBEM_E_TIMED_OUT


def test_a_bus_that_does_not_answer_times_out_and_leaves_nothing_open(tmp_path: Path) -> None:
    with silent_bus(tmp_path) as listener:
        assert failure(tmp_path, 0.05).status == WBEM_E_TIMED_OUT
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(1) == b"\0"
            accepted.settimeout(30)
            while accepted.recv(1024):  # to the end: the other side has closed
                pass


def test_a_bus_that_hangs_up_fails(tmp_path: Path) -> None:
    import threading

    def hang_up() -> None:
        accepted, _ = listener.accept()
        accepted.recv(1024)
        accepted.close()

    with silent_bus(tmp_path) as listener:
        thread = threading.Thread(target=hang_up)
        thread.start()
        assert failure(tmp_path, 30).status == WBEM_E_PROVIDER_FAILURE
        thread.join()


def test_a_bus_that_is_lost_during_a_call_fails(tree: LinuxTree, systemd: FakeSystemd) -> None:
    systemd.mute.add("ListUnits")

    async def ask() -> None:
        async with connect_systemd(tree.files) as manager:
            call = asyncio.ensure_future(manager.units())
            await asyncio.to_thread(systemd.ignored.wait, 30)
            manager._router._conn.writer.transport.abort()
            await call

    with pytest.raises(WmiError) as caught:
        asyncio.run(ask())
    assert caught.value.status == WBEM_E_PROVIDER_FAILURE


def silent_bus(root: Path) -> socket.socket:
    """A socket at the place of the system bus that says nothing; the path is relative, since it must be short."""
    import os

    directory = root / "run/dbus"
    directory.mkdir(parents=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.getcwd()
    os.chdir(directory)
    try:
        listener.bind("system_bus_socket")
    finally:
        os.chdir(before)
    listener.listen()
    return listener


def failure(root: Path, timeout: float) -> WmiError:
    tree = LinuxTree(root)

    async def ask() -> None:
        async with connect_systemd(tree.files, timeout):
            pass

    with pytest.raises(WmiError) as caught:
        asyncio.run(ask())
    return caught.value


def test_without_jeepney_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jeepney.io.asyncio", None)
    error = failure(tmp_path, 1)
    assert error.status == WBEM_E_PROVIDER_LOAD_FAILURE
    assert "wmix[linux]" in (error.hint or "")
