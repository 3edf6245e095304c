"""A systemd that owns its name on a private bus and answers from a table of units."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jeepney import HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusRouter, Proxy, open_dbus_connection
from jeepney.wrappers import DBusAddress

from unit.providers.linux_tree import LinuxTree
from wmix.providers.systemd import SERVICE, UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeepney.low_level import Message

NAME = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
MANAGER = f"{NAME}.Manager"
ERROR = "org.freedesktop.DBus.Error."

#: What a bus may be told to do by anybody: it is private.
CONFIGURATION = """<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>
"""


@contextmanager
def private_bus() -> Iterator[Path]:
    """A directory with a bus at the place of the system bus, for the time of the block."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("dbus-daemon is not installed: package dbus-daemon or dbus")
    root = Path(tempfile.mkdtemp(prefix="wmix"))  # a socket's path must be short
    try:
        socket = root / "run/dbus/system_bus_socket"
        socket.parent.mkdir(parents=True)
        configuration = root / "bus.conf"
        configuration.write_text(CONFIGURATION.format(path=socket))
        command = [program, f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address=1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as bus:
            assert bus.stdout is not None
            assert bus.stdout.readline(), "the bus did not start"
            yield root
            bus.terminate()
    finally:
        shutil.rmtree(root)


@contextmanager
def tree_on(root: Path) -> Iterator[LinuxTree]:
    """A machine that systemd runs, beside the bus below *root*."""
    tree = LinuxTree(root)
    (root / "run/systemd/system").mkdir(parents=True)
    yield tree
    for name in ("proc", "run/systemd", "usr"):
        shutil.rmtree(root / name, ignore_errors=True)


class FakeUnit:
    """A unit and the properties of its object: (interface, name) -> (signature, value)."""

    def __init__(self, name: str, *, load: str = "loaded", active: str = "inactive", description: str = "") -> None:
        self.name = name
        self.description = description or name
        self.load = load
        self.active = active
        self.job_result = "done"
        self.properties: dict[tuple[str, str], tuple[str, Any]] = {
            (UNIT, "CanFreeze"): ("b", True),
            (UNIT, "FreezerState"): ("s", "running"),
            (UNIT, "RefuseManualStop"): ("b", False),
            (UNIT, "FailureAction"): ("s", "none"),
            (UNIT, "RequiredBy"): ("as", []),
            (SERVICE, "User"): ("s", ""),
            (SERVICE, "MainPID"): ("u", 0),
            (SERVICE, "ExecMainStatus"): ("i", 0),
            (SERVICE, "ExecMainStartTimestamp"): ("t", 0),
            (SERVICE, "TimeoutStartUSec"): ("t", 90_000_000),
            (SERVICE, "TimeoutStopUSec"): ("t", (1 << 64) - 1),
            (SERVICE, "ExecStart"): ("a(sasbttttuii)", []),
        }

    @property
    def path(self) -> str:
        return f"{PATH}/unit/" + "".join(sign if sign.isalnum() else f"_{ord(sign):02x}" for sign in self.name)

    def get(self, interface: str, name: str) -> tuple[str, Any] | None:
        if (interface, name) == (UNIT, "ActiveState"):
            return "s", self.active
        if (interface, name) == (UNIT, "LoadState"):
            return "s", self.load
        return self.properties.get((interface, name))


class FakeSystemd:
    """Answers on a thread of its own until it is stopped."""

    def __init__(self, tree: LinuxTree) -> None:
        self.units: dict[str, FakeUnit] = {}
        self.files: dict[str, str] = {}
        self.state = "running"
        #: Method -> D-Bus error that it answers with.
        self.refused: dict[str, str] = {}
        #: Methods that are not answered at all.
        self.mute: set[str] = set()
        #: Set when one of them was called.
        self.ignored = threading.Event()
        #: Methods that were called, in order.
        self.calls: list[str] = []
        self._address = f"unix:path={tree.root}/run/dbus/system_bus_socket"
        self._ready = threading.Event()
        self._jobs = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def add(self, name: str, **options: Any) -> FakeUnit:
        unit = self.units[name] = FakeUnit(name, **options)
        return unit

    def __enter__(self) -> FakeSystemd:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        connection = await open_dbus_connection(self._address)
        try:
            async with DBusRouter(connection) as router:
                await Proxy(message_bus, router).RequestName(NAME)
            self._ready.set()
            while True:
                message = await connection.receive()
                if message.header.message_type is MessageType.method_call:
                    for answer in self._answers(message):
                        await connection.send(answer)
        except asyncio.CancelledError:
            pass
        finally:
            await connection.close()

    def _answers(self, message: Message) -> list[Message]:
        member = message.header.fields[HeaderFields.member]
        self.calls.append(member)
        if member in self.mute:
            self.ignored.set()
            return []
        if member in self.refused:
            return [new_error(message, self.refused[member], "s", ("refused",))]
        if member == "Get":
            return [self._get(message)]
        handler = getattr(self, f"_on_{member}", None)
        if handler is None:
            return [new_error(message, ERROR + "UnknownMethod")]
        answers: list[Message] = handler(message, *message.body)
        return answers

    def _get(self, message: Message) -> Message:
        interface, name = message.body
        path = message.header.fields[HeaderFields.path]
        if (path, name) == (PATH, "SystemState"):
            return new_method_return(message, "v", (("s", self.state),))
        for unit in self.units.values():
            if unit.path == path and (value := unit.get(interface, name)) is not None:
                return new_method_return(message, "v", (value,))
        return new_error(message, ERROR + "UnknownProperty", "s", (name,))

    def _on_ListUnits(self, message: Message) -> list[Message]:
        rows = [
            (unit.name, unit.description, unit.load, unit.active, "", "", unit.path, 0, "", "/")
            for unit in self.units.values()
        ]
        return [new_method_return(message, "a(ssssssouso)", (rows,))]

    def _on_ListUnitFiles(self, message: Message) -> list[Message]:
        return [new_method_return(message, "a(ss)", (list(self.files.items()),))]

    def _on_LoadUnit(self, message: Message, name: str) -> list[Message]:
        unit = self.units.get(name) or self.add(name, load="not-found")
        return [new_method_return(message, "o", (unit.path,))]

    def _on_Subscribe(self, message: Message) -> list[Message]:
        return [new_method_return(message)]

    def _job(self, message: Message, name: str, active: str) -> list[Message]:
        self._jobs += 1
        unit = self.units[name]
        path = f"{PATH}/job/{self._jobs}"
        other = self._removed(f"{PATH}/job/99", "other.service", "failed")
        reply = new_method_return(message, "o", (path,))
        if unit.job_result == "never":
            return [other, reply]
        if unit.job_result == "done":
            unit.active = active
        return [other, reply, self._removed(path, name, unit.job_result)]

    def _removed(self, job: str, unit: str, result: str) -> Message:
        emitter = DBusAddress(PATH, bus_name=NAME, interface=MANAGER)
        return new_signal(emitter, "JobRemoved", "uoss", (1, job, unit, result))

    def _on_StartUnit(self, message: Message, name: str, _mode: str) -> list[Message]:
        return self._job(message, name, "active")

    def _on_StopUnit(self, message: Message, name: str, _mode: str) -> list[Message]:
        return self._job(message, name, "inactive")

    def _on_FreezeUnit(self, message: Message, name: str) -> list[Message]:
        self.units[name].properties[UNIT, "FreezerState"] = ("s", "frozen")
        return [new_method_return(message)]

    def _on_ThawUnit(self, message: Message, name: str) -> list[Message]:
        self.units[name].properties[UNIT, "FreezerState"] = ("s", "running")
        return [new_method_return(message)]
