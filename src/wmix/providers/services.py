"""Win32_Service: the service units of systemd. linux-mapping 6.2.

Three steps, each as narrow as the query lets it be: two calls list all units and all unit files; conditions that these
decide are decided; what only a unit's own object knows is then asked for the units that are left, many at a time.
Where systemd does not run the machine there is nobody to ask, and no rows.  The methods are in
:mod:`wmix.providers.service_methods`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.datetime import CimDateTime
from wmix.providers.command_line import join_arguments
from wmix.providers.registration import provider
from wmix.providers.service_methods import service_methods
from wmix.providers.system_files import SystemFiles
from wmix.providers.systemd import SERVICE, UNIT, SystemdRefusal, Unit, connect_systemd, is_running
from wmix.providers.uname import COMPUTER_SYSTEM, read_uname

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root
    from wmix.providers.systemd import Systemd

__all__ = ["make_services", "providers"]

SUFFIX: Final = ".service"
#: Questions that may be under way at the same time; the bus limits the replies that one client may wait for.
PARALLEL: Final = 64

_STATES: Final = {
    "active": "Running",
    "reloading": "Running",
    "refreshing": "Running",
    "activating": "Start Pending",
    "deactivating": "Stop Pending",
    "maintenance": "Stopped",
    "inactive": "Stopped",
    "failed": "Stopped",
}
_AUTOMATIC: Final = frozenset({"enabled", "enabled-runtime", "linked", "linked-runtime"})
_MASKED: Final = frozenset({"masked", "masked-runtime"})
#: FailureAction that takes the machine down.
_CRITICAL: Final = frozenset({"reboot", "reboot-force", "reboot-immediate"})
# Codes of Windows' service control: ERROR_SERVICE_SPECIFIC_ERROR, ERROR_SERVICE_NEVER_STARTED.
_SPECIFIC_ERROR = 1066
_NEVER_STARTED = 1077
_UINT32 = 0xFFFFFFFF

#: Known after the two lists.
_LISTED: Final = frozenset(
    {
        "Name",
        "DisplayName",
        "Caption",
        "Description",
        "Started",
        "Status",
        "StartMode",
        "DelayedAutoStart",
        "InstallDate",
    }
)
#: Column -> properties of the unit's object that it is made of.
_ASKED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "State": ((UNIT, "FreezerState"),),
    "PathName": ((SERVICE, "ExecStart"),),
    "StartName": ((SERVICE, "User"),),
    "ProcessId": ((SERVICE, "MainPID"),),
    "ExitCode": ((SERVICE, "ExecMainStatus"), (SERVICE, "ExecMainStartTimestamp")),
    "ServiceSpecificExitCode": ((SERVICE, "ExecMainStatus"),),
    "AcceptStop": ((UNIT, "RefuseManualStop"),),
    "AcceptPause": ((UNIT, "CanFreeze"),),
    "ErrorControl": ((UNIT, "FailureAction"),),
    "WaitHint": ((SERVICE, "TimeoutStartUSec"), (SERVICE, "TimeoutStopUSec")),
}
#: Columns that say something of a running service only: nothing is asked for another.
_OF_ACTIVE: Final = frozenset({"State", "ProcessId", "AcceptStop", "AcceptPause"})
_OF_PENDING: Final = frozenset({"WaitHint"})


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_Service and the class's methods."""
    return [make_services(root), *service_methods(root)]


def make_services(root: Root = "/") -> ProviderDefinition:
    """The provider that asks the systemd of the machine below *root*."""
    files = SystemFiles(root)

    @provider("Win32_Service", pushes=_LISTED, name="Win32_Service")
    async def services(request: InstanceRequest) -> AsyncIterator[dict[str, object]]:
        """Services in order of their names."""
        if not is_running(files):
            return
        async with connect_systemd(files) as systemd:
            async for row in _rows(systemd, files, request):
                yield row

    return services


async def _rows(systemd: Systemd, files: SystemFiles, request: InstanceRequest) -> AsyncIterator[dict[str, object]]:
    host = read_uname(files).host
    units = {unit.name: unit for unit in await systemd.units()}
    unit_files = await systemd.unit_files()
    chosen = _chosen_names(request)
    listed = []
    for unit in _services(units, unit_files):
        name = unit.name.removesuffix(SUFFIX)
        if chosen is not None and name.casefold() not in chosen:
            continue
        row = _listed(files, name, unit, unit_files.get(unit.name), f"{name}.timer" in units, request)
        if request.early(row):
            listed.append((unit, _CONSTANTS | {"SystemName": host} | row))
    asked = [column for column in _ASKED if request.wants(column)]
    if not asked:
        for _, row in listed:
            yield row
        return
    slots = asyncio.Semaphore(PARALLEL)
    for at in range(0, len(listed), PARALLEL):
        part = listed[at : at + PARALLEL]
        answers = await asyncio.gather(*(_ask(systemd, slots, unit, asked) for unit, _ in part))
        for (unit, row), answer in zip(part, answers, strict=True):
            yield row | _told(unit, asked, answer)


def _chosen_names(request: InstanceRequest) -> frozenset[str] | None:
    """The names that the keys name, folded; None for all."""
    if request.keys is None:
        return None
    return frozenset(str(keys.get("Name", "")).casefold() for keys in request.keys)


def _services(units: Mapping[str, Unit], unit_files: Mapping[str, tuple[str, str]]) -> list[Unit]:
    """Service units that are loaded or have a file, by name; without templates, aliases and mere references."""
    found = {name: unit for name, unit in units.items() if unit.load != "not-found"}
    for name, (_, state) in unit_files.items():
        if name not in units and state != "alias" and not name.removesuffix(SUFFIX).endswith("@"):
            found[name] = Unit(name, "", "masked" if state in _MASKED else "loaded", "inactive", "dead", None)
    return [found[name] for name in sorted(found) if name.endswith(SUFFIX)]


def _listed(
    files: SystemFiles,
    name: str,
    unit: Unit,
    unit_file: tuple[str, str] | None,
    has_timer: bool,
    request: InstanceRequest,
) -> dict[str, object]:
    """What the two lists tell, and the unit's file where it is not loaded."""
    path, file_state = unit_file or (None, "")
    description = unit.description
    if not description and path is not None and request.wants_any("DisplayName", "Caption", "Description"):
        description = _description(files, path) or name
    is_masked = unit.load == "masked" or file_state in _MASKED
    row: dict[str, object] = {
        "Name": name,
        "DisplayName": description or name,
        "Caption": description or name,
        "Description": description or name,
        "Started": _STATES.get(unit.active) == "Running",
        "Status": "Error" if unit.active == "failed" else "OK",
        "StartMode": "Disabled" if is_masked else "Auto" if file_state in _AUTOMATIC else "Manual",
        "DelayedAutoStart": has_timer,
        "State": _STATES.get(unit.active, "Unknown"),
    }
    if path is not None and request.wants("InstallDate"):
        modified = files.modified(path)
        row["InstallDate"] = None if modified is None else CimDateTime.from_timestamp(modified)
    return row


def _description(files: SystemFiles, path: str) -> str | None:
    for line in files.lines(path):
        name, _, value = line.partition("=")
        if name.strip() == "Description":
            return value.strip()
    return None


async def _ask(
    systemd: Systemd, slots: asyncio.Semaphore, unit: Unit, columns: list[str]
) -> dict[tuple[str, str], Any]:
    """The properties of one unit that *columns* are made of; None for one that it does not have."""
    state = _STATES.get(unit.active)
    wanted: list[tuple[str, str]] = []
    for column in columns:
        is_idle = column in _OF_ACTIVE and state != "Running"
        is_settled = column in _OF_PENDING and state not in ("Start Pending", "Stop Pending")
        if not is_idle and not is_settled:
            wanted += _ASKED[column]
    if not wanted:
        return {}
    async with slots:
        path = unit.path
        if path is None:
            try:
                path = await systemd.load(unit.name)
            except SystemdRefusal:
                return {}
        questions = list(dict.fromkeys(wanted))
        values = await asyncio.gather(*(systemd.get_known(path, *question) for question in questions))
    return dict(zip(questions, values, strict=True))


def _told(unit: Unit, columns: list[str], answer: Mapping[tuple[str, str], Any]) -> dict[str, object]:
    """The columns made of what the unit's object said."""
    is_active = _STATES.get(unit.active) == "Running"
    has_failed = unit.active == "failed"
    row: dict[str, object] = {}
    for column in columns:
        values = [answer.get(question) for question in _ASKED[column]]
        value = values[0]
        if column == "State":
            if is_active and value in ("frozen", "freezing"):
                row["State"] = "Paused"
        elif column == "PathName":
            row[column] = join_arguments(value[0][1]) if value else None
        elif column == "StartName":
            row[column] = None if value is None else value or "root"
        elif column == "ProcessId":
            row[column] = value if is_active else 0
        elif column == "ExitCode":
            row[column] = _SPECIFIC_ERROR if has_failed else _NEVER_STARTED if not is_active and values[1] == 0 else 0
        elif column == "ServiceSpecificExitCode":
            row[column] = value & _UINT32 if has_failed and value is not None else 0
        elif column == "AcceptStop":
            row[column] = is_active and value is False
        elif column == "AcceptPause":
            row[column] = is_active and value is True
        elif column == "ErrorControl":
            row[column] = "Critical" if value in _CRITICAL else "Normal"
        else:
            row[column] = _wait_hint(unit, values[0], values[1])
    return row


def _wait_hint(unit: Unit, start: int | None, stop: int | None) -> int:
    """Milliseconds that a pending change may take; 0 when none is pending, or it may take for ever."""
    microseconds = start if unit.active == "activating" else stop if unit.active == "deactivating" else 0
    milliseconds = (microseconds or 0) // 1000
    return milliseconds if milliseconds <= _UINT32 else 0


_CONSTANTS: Final[dict[str, object]] = {
    "CreationClassName": "Win32_Service",
    "SystemCreationClassName": COMPUTER_SYSTEM,
    "ServiceType": "Own Process",
    "CheckPoint": 0,
    "WaitHint": 0,
    "TagId": 0,
    "DesktopInteract": False,
}
