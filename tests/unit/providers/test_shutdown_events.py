"""Win32_ComputerShutdownEvent: with a logind on a private bus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import HeaderFields, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusRouter, Proxy, open_dbus_connection
from jeepney.wrappers import DBusAddress

from unit.providers.event_requests import Told, running
from unit.providers.fake_systemd import private_bus, tree_on
from unit.providers.linux_tree import LinuxTree
from wmix.providers import shutdown_events, systemd
from wmix.providers.shutdown_events import make_shutdown_events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "org.freedesktop.login1"
LOGIND = DBusAddress("/org/freedesktop/login1", bus_name=NAME, interface=f"{NAME}.Manager")


@pytest.fixture(scope="module")
def bus_root() -> Iterator[Path]:
    with private_bus() as root:
        yield root


@pytest.fixture
def tree(bus_root: Path) -> Iterator[LinuxTree]:
    with tree_on(bus_root) as tree:
        (bus_root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
        yield tree


class Logind:
    """A connection that says what logind says."""

    def __init__(self, tree: LinuxTree) -> None:
        self._address = f"unix:path={tree.files.path('/run/dbus/system_bus_socket')}"

    async def open(self, name: str | None = NAME) -> None:
        self.connection = await open_dbus_connection(self._address)
        if name is not None:
            async with DBusRouter(self.connection) as router:
                await Proxy(message_bus, router).RequestName(name)

    async def say(self, begins: bool) -> None:
        await self.connection.send(new_signal(LOGIND, "PrepareForShutdown", "b", (begins,)))

    async def say_to_everybody(self, begins: bool) -> None:
        """Say it to each connection directly, which needs no subscription; it has arrived when this returns."""
        async with DBusRouter(self.connection) as router:
            bus = Proxy(message_bus, router)
            (names,) = await bus.ListNames()
            for name in names:
                if name.startswith(":") and name != self.connection.unique_name:
                    signal = new_signal(LOGIND, "PrepareForShutdown", "b", (begins,))
                    signal.header.fields[HeaderFields.destination] = name
                    await router.send(signal)
            await bus.ListNames()

    async def until_heard(self, told: Told) -> Any:
        """Say it again and again, for the source may not listen yet."""
        heard = asyncio.ensure_future(told.next())
        while not heard.done():
            await self.say(True)
            await asyncio.wait({heard}, timeout=0.05)
        return heard.result()


def test_logind_tells_before_the_machine_goes_down(tree: LinuxTree) -> None:
    async def main() -> None:
        logind, forger = Logind(tree), Logind(tree)
        await logind.open()
        await forger.open(None)
        async with running(make_shutdown_events(tree.root)) as told:
            assert await logind.until_heard(told) == {"MachineName": "box.example.org", "Type": 1}
            told.waiting()
            # A shutdown that was called off is none, and nobody else may tell of one.
            await logind.say(False)
            await forger.say(True)
            await forger.say_to_everybody(True)
            await logind.say(True)
            assert (await told.next())["Type"] == 1
            await logind.say(False)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(told.next(), 0.2)
        await logind.connection.close()
        await forger.connection.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_logind_that_is_started_anew_is_found_again(
    tree: LinuxTree, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shutdown_events, "AGAIN", 0.05)
    monkeypatch.setattr(systemd, "_PING", 0.05)

    async def main() -> None:
        async with running(make_shutdown_events(tree.root)) as told:
            for _ in range(2):
                logind = Logind(tree)
                await logind.open()
                assert (await logind.until_heard(told))["Type"] == 1
                await logind.connection.close()

    asyncio.run(asyncio.wait_for(main(), 60))
    assert "cannot be listened to" in caplog.text


def test_without_systemd_nobody_tells_and_the_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with running(make_shutdown_events(LinuxTree(tmp_path).root)) as told:
            assert await told.next() is None

    asyncio.run(main())
    assert "nothing tells of shutdowns" in caplog.text
