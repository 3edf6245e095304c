"""systemd's manager over D-Bus: org.freedesktop.systemd1(5).

One connection serves one request.  Every call has a deadline; what the bus or the manager refuses is a
:class:`SystemdRefusal` with the D-Bus error's name.  The bus is spoken by jeepney (extra ``linux``), imported when a
connection is opened.  Whether systemd runs the machine at all is told by a directory, without any of it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import WmiError
from wmix.status import WBEM_E_PROVIDER_FAILURE, WBEM_E_PROVIDER_LOAD_FAILURE, WBEM_E_TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from wmix.providers.system_files import SystemFiles

__all__ = [
    "CALL_TIMEOUT",
    "SERVICE",
    "UNIT",
    "Systemd",
    "SystemdRefusal",
    "Unit",
    "connect_systemd",
    "is_running",
    "system_state",
]

#: Seconds that one call to the manager may take.
CALL_TIMEOUT: Final = 10.0
#: Seconds without a signal after which the bus is asked whether it is still there.
_PING: Final = 50.0
#: Signals that may wait; more than a manager sends while nobody reads.
_SIGNALS: Final = 100

_NAME = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_MANAGER = f"{_NAME}.Manager"
#: Interfaces of a unit's object.
UNIT: Final = f"{_NAME}.Unit"
SERVICE: Final = f"{_NAME}.Service"


class SystemdRefusal(Exception):
    """The manager, or the bus, answered with an error; ``name`` is the D-Bus name of it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}" if message else name)
        self.name = name


class Unit:
    """A unit as ListUnits tells of it."""

    __slots__ = ("active", "description", "load", "name", "path", "sub")

    def __init__(self, name: str, description: str, load: str, active: str, sub: str, path: str | None) -> None:
        self.name = name
        self.description = description
        self.load = load
        self.active = active
        self.sub = sub
        #: Object path; None for a unit that only has a file.
        self.path = path


def is_running(files: SystemFiles) -> bool:
    """Whether systemd is the manager of this machine: sd_booted(3)."""
    return files.is_directory("/run/systemd/system")


def system_state(files: SystemFiles) -> str | None:
    """``Manager.SystemState``, e.g. ``running``; None when it cannot be asked.  Not for a thread that runs a loop."""

    async def ask() -> str | None:
        async with connect_systemd(files) as systemd:
            return str(await systemd.get(_PATH, _MANAGER, "SystemState"))

    try:
        return asyncio.run(ask())
    except (WmiError, SystemdRefusal):
        return None


@asynccontextmanager
async def connect_systemd(files: SystemFiles, timeout: float = CALL_TIMEOUT) -> AsyncIterator[Systemd]:
    """A connection to the manager of the machine below *files*, closed at the end of the block.

    Raises:
        WmiError: PROVIDER_LOAD_FAILURE without jeepney; PROVIDER_FAILURE when there is no system bus;
            TIMED_OUT when it does not answer.
    """
    try:
        from jeepney.io.asyncio import DBusRouter
    except ImportError as error:
        raise WmiError(
            "services are asked of systemd over D-Bus, which needs the package jeepney",
            status=WBEM_E_PROVIDER_LOAD_FAILURE,
            hint="install the extra: pip install 'wmix[linux]'",
        ) from error
    address = (os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") if files.is_machine else None) or (
        f"unix:path={files.path('/run/dbus/system_bus_socket')}"
    )
    try:
        async with asyncio.timeout(timeout):
            connection = await _open(address)
    except TimeoutError as error:
        raise WmiError("the system bus does not answer", status=WBEM_E_TIMED_OUT) from error
    except (OSError, EOFError, RuntimeError, ValueError) as error:
        raise WmiError(f"no connection to the system bus: {error}", status=WBEM_E_PROVIDER_FAILURE) from error
    router = DBusRouter(connection)
    systemd = Systemd(router, timeout)
    try:
        await systemd.hello()
        yield systemd
    finally:
        try:
            await router.__aexit__(None, None, None)
        except (OSError, EOFError):  # the bus went away first; whoever waited for a reply was told
            pass
        finally:
            connection.writer.close()


async def _open(address: str) -> Any:
    """An authenticated connection.  jeepney's own function would leave the socket open when the bus does not answer."""
    from jeepney.auth import BEGIN, Authenticator
    from jeepney.bus import get_bus
    from jeepney.io.asyncio import DBusConnection

    reader, writer = await asyncio.open_unix_connection(get_bus(address))
    try:
        authenticator = Authenticator()
        for request in authenticator:
            writer.write(request)
            answer = await reader.read(1024)
            if not answer:
                raise EOFError("the bus closed the connection during authentication")
            authenticator.feed(answer)
        writer.write(BEGIN)
        await writer.drain()
    except BaseException:
        writer.close()
        raise
    return DBusConnection(reader, writer)


class Systemd:
    """Calls to the manager; each raises :class:`SystemdRefusal`, or WmiError when there is no answer."""

    def __init__(self, router: Any, timeout: float) -> None:
        self._router = router
        self._timeout = timeout

    async def hello(self) -> None:
        """The first message on a bus: it gives this connection its name."""
        await self._call(_BUS_OBJECT, "Hello", "", destination=_BUS)

    async def units(self) -> list[Unit]:
        """Every unit that is loaded."""
        (rows,) = await self._manager("ListUnits")
        return [Unit(name, text, load, active, sub, path) for name, text, load, active, sub, _, path, *_ in rows]

    async def unit_files(self) -> dict[str, tuple[str, str]]:
        """Unit name -> (path of its file, its state, e.g. ``enabled``)."""
        (rows,) = await self._manager("ListUnitFiles")
        return {path.rpartition("/")[2]: (path, state) for path, state in rows}

    async def load(self, name: str) -> str:
        """The object path of the unit *name*, which is loaded if need be; a name without a file has an object too."""
        (path,) = await self._manager("LoadUnit", "s", name)
        return str(path)

    async def get(self, path: str, interface: str, name: str) -> Any:
        """One property of an object."""
        address = (path, "org.freedesktop.DBus.Properties")
        ((_, value),) = await self._call(address, "Get", "ss", interface, name)
        return value

    async def get_known(self, path: str, interface: str, name: str) -> Any:
        """One property, or None when this version of systemd does not have it."""
        try:
            return await self.get(path, interface, name)
        except SystemdRefusal:
            return None

    async def run_job(self, member: str, name: str, timeout: float) -> str:
        """``StartUnit`` or ``StopUnit``, and the result of its job, e.g. ``done``; ``timeout`` when it takes longer."""
        from jeepney import MatchRule

        rule = MatchRule(type="signal", interface=_MANAGER, member="JobRemoved", path=_PATH)
        await self._call(_BUS_OBJECT, "AddMatch", "s", rule.serialise(), destination=_BUS)
        await self._manager("Subscribe")
        removed: asyncio.Queue[Any] = asyncio.Queue()
        with self._router.filter(rule, queue=removed):
            (job,) = await self._manager(member, "ss", name, "replace")
            try:
                async with asyncio.timeout(timeout):
                    while True:
                        _, path, _, result = (await removed.get()).body
                        if path == job:
                            return str(result)
            except TimeoutError:
                return "timeout"

    @asynccontextmanager
    async def signals(
        self, sender: str, path: str, interface: str, member: str
    ) -> AsyncIterator[AsyncIterator[tuple[Any, ...]]]:
        """The arguments of each signal *member* of an object of *sender*, from the beginning of the block on.

        What others send under that name is not heard.  The iterator raises WmiError when the bus is lost, or the
        sender is another one by now; it finds that out within a minute.
        """
        from jeepney import MatchRule

        owner = await self._owner(sender)
        facts = {"type": "signal", "interface": interface, "member": member, "path": path}
        queue: asyncio.Queue[Any] = asyncio.Queue(_SIGNALS)
        with self._router.filter(MatchRule(sender=owner, **facts), queue=queue):
            rule = MatchRule(sender=sender, **facts).serialise()
            await self._call(_BUS_OBJECT, "AddMatch", "s", rule, destination=_BUS)
            async with aclosing(self._told(queue, sender, owner)) as told:
                yield told

    async def _told(self, queue: asyncio.Queue[Any], sender: str, owner: str) -> AsyncGenerator[tuple[Any, ...], None]:
        while True:
            try:
                async with asyncio.timeout(_PING):
                    message = await queue.get()
            except TimeoutError as error:
                # A queue does not tell that nobody fills it any more.
                if await self._owner(sender) != owner:
                    raise WmiError(f"{sender} was started anew", status=WBEM_E_PROVIDER_FAILURE) from error
                continue
            yield message.body

    async def _owner(self, name: str) -> str:
        (owner,) = await self._call(_BUS_OBJECT, "GetNameOwner", "s", name, destination=_BUS)
        return str(owner)

    async def freeze(self, name: str) -> None:
        """Stop the processes of a unit where they are."""
        await self._manager("FreezeUnit", "s", name)

    async def thaw(self, name: str) -> None:
        """Let the processes of a frozen unit go on."""
        await self._manager("ThawUnit", "s", name)

    async def _manager(self, member: str, signature: str = "", *arguments: object) -> tuple[Any, ...]:
        return await self._call((_PATH, _MANAGER), member, signature, *arguments)

    async def _call(
        self, address: tuple[str, str], member: str, signature: str, *arguments: object, destination: str = _NAME
    ) -> tuple[Any, ...]:
        from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
        from jeepney.io.common import RouterClosed

        path, interface = address
        message = new_method_call(
            DBusAddress(path, bus_name=destination, interface=interface), member, signature or None, arguments
        )
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._router.send_and_get_reply(message)
        except TimeoutError as error:
            raise WmiError(f"systemd did not answer {member}", status=WBEM_E_TIMED_OUT) from error
        except (OSError, RouterClosed, KeyError) as error:  # KeyError: jeepney 0.9 forgets the serial number twice
            raise WmiError(f"the system bus was lost during {member}", status=WBEM_E_PROVIDER_FAILURE) from error
        body: tuple[Any, ...] = reply.body
        if reply.header.message_type is MessageType.error:
            raise SystemdRefusal(reply.header.fields.get(HeaderFields.error_name, ""), str(body[0]) if body else "")
        return body


_BUS: Final = "org.freedesktop.DBus"
_BUS_OBJECT: Final = ("/org/freedesktop/DBus", "org.freedesktop.DBus")
