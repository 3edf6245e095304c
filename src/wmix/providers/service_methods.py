"""Methods of Win32_Service: start, stop, pause, resume, interrogate. linux-mapping 6.2, wmi-semantics 8.2.

Each answers with a return code of Windows' service control.  A start or stop is a job of systemd's, and the method
waits for its end.  Pausing is freezing the unit's control group.  Where systemd does not run the machine, all of them
are not supported.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import WmiError
from wmix.providers.registration import method
from wmix.providers.system_files import SystemFiles
from wmix.providers.systemd import UNIT, SystemdRefusal, connect_systemd, is_running
from wmix.status import WBEM_E_TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.port.provider import MethodCall
    from wmix.providers.registration import MethodDefinition
    from wmix.providers.system_files import Root
    from wmix.providers.systemd import Systemd

__all__ = ["JOB_TIMEOUT", "ServiceResult", "service_methods"]

#: Seconds that a start or a stop may take.
JOB_TIMEOUT: Final = 30.0


class ServiceResult(IntEnum):
    """Return values of the methods of Win32_Service that are given here."""

    SUCCESS = 0
    NOT_SUPPORTED = 1
    ACCESS_DENIED = 2
    DEPENDENT_SERVICES_RUNNING = 3
    CANNOT_ACCEPT_CONTROL = 5
    NOT_ACTIVE = 6
    REQUEST_TIMEOUT = 7
    UNKNOWN_FAILURE = 8
    PATH_NOT_FOUND = 9
    ALREADY_RUNNING = 10
    DEPENDENCY_FAILURE = 13
    DISABLED = 14
    ALREADY_PAUSED = 24


#: Result of a job, org.freedesktop.systemd1(5), signal JobRemoved.
_JOB_RESULTS: Final = {
    "done": ServiceResult.SUCCESS,
    "timeout": ServiceResult.REQUEST_TIMEOUT,
    "dependency": ServiceResult.DEPENDENCY_FAILURE,
}
#: Name of a D-Bus error, without the namespace.
_REFUSALS: Final = {
    "AccessDenied": ServiceResult.ACCESS_DENIED,
    "InteractiveAuthorizationRequired": ServiceResult.ACCESS_DENIED,
    "NoSuchUnit": ServiceResult.PATH_NOT_FOUND,
    "UnitMasked": ServiceResult.DISABLED,
    "OnlyByDependency": ServiceResult.CANNOT_ACCEPT_CONTROL,
    "UnitInactive": ServiceResult.NOT_ACTIVE,
    "UnknownMethod": ServiceResult.NOT_SUPPORTED,
    "NotSupported": ServiceResult.NOT_SUPPORTED,
    "Timeout": ServiceResult.REQUEST_TIMEOUT,
    "NoReply": ServiceResult.REQUEST_TIMEOUT,
}
_ACTIVE: Final = frozenset({"active", "reloading", "refreshing"})


def service_methods(root: Root = "/", *, job_timeout: float = JOB_TIMEOUT) -> list[MethodDefinition]:
    """The methods, carried out by the systemd of the machine below *root*; *job_timeout* is in seconds."""
    files = SystemFiles(root)

    async def carry_out(call: MethodCall, action: Callable[[_Service], Awaitable[ServiceResult]]) -> int:
        if not is_running(files):
            return ServiceResult.NOT_SUPPORTED.value
        try:
            async with connect_systemd(files) as systemd:
                service = await _find(systemd, str((call.keys or {}).get("Name", "")), job_timeout)
                return (ServiceResult.PATH_NOT_FOUND if service is None else await action(service)).value
        except SystemdRefusal as refusal:
            return _REFUSALS.get(refusal.name.rpartition(".")[2], ServiceResult.UNKNOWN_FAILURE).value
        except WmiError as error:
            if error.status == WBEM_E_TIMED_OUT:
                return ServiceResult.REQUEST_TIMEOUT.value
            raise

    @method("Win32_Service", "StartService")
    async def start_service(call: MethodCall) -> int:
        """Start the service and what it requires; returns when it has started, or has not."""
        return await carry_out(call, _start)

    @method("Win32_Service", "StopService")
    async def stop_service(call: MethodCall) -> int:
        """Stop the service, unless another one that runs requires it."""
        return await carry_out(call, _stop)

    @method("Win32_Service", "PauseService")
    async def pause_service(call: MethodCall) -> int:
        """Freeze the service's processes."""
        return await carry_out(call, _pause)

    @method("Win32_Service", "ResumeService")
    async def resume_service(call: MethodCall) -> int:
        """Let the processes of a paused service go on."""
        return await carry_out(call, _resume)

    @method("Win32_Service", "InterrogateService")
    async def interrogate_service(call: MethodCall) -> int:
        """Whether the service runs."""
        return await carry_out(call, _interrogate)

    return [start_service, stop_service, pause_service, resume_service, interrogate_service]


class _Service:
    """A service unit that exists."""

    def __init__(self, systemd: Systemd, name: str, path: str, job_timeout: float) -> None:
        self.systemd = systemd
        self.name = name
        self.path = path
        self.job_timeout = job_timeout

    async def get(self, name: str) -> Any:
        return await self.systemd.get_known(self.path, UNIT, name)

    async def is_active(self) -> bool:
        return await self.get("ActiveState") in _ACTIVE

    async def run_job(self, member: str) -> ServiceResult:
        result = await self.systemd.run_job(member, self.name, self.job_timeout)
        return _JOB_RESULTS.get(result, ServiceResult.UNKNOWN_FAILURE)


async def _find(systemd: Systemd, name: str, job_timeout: float) -> _Service | None:
    """The service of that name; names ignore case in WMI, in systemd they do not."""
    if not name:
        return None
    unit = f"{name}.service"
    path = await systemd.load(unit)
    if await systemd.get(path, UNIT, "LoadState") != "not-found":
        return _Service(systemd, unit, path, job_timeout)
    others = {*await systemd.unit_files(), *(loaded.name for loaded in await systemd.units())}
    for other in sorted(others):
        if other.casefold() == unit.casefold() and other != unit:
            return _Service(systemd, other, await systemd.load(other), job_timeout)
    return None


async def _start(service: _Service) -> ServiceResult:
    if await service.get("LoadState") == "masked":
        return ServiceResult.DISABLED
    if await service.is_active():
        return ServiceResult.ALREADY_RUNNING
    return await service.run_job("StartUnit")


async def _stop(service: _Service) -> ServiceResult:
    if await service.get("ActiveState") in ("inactive", "failed"):
        return ServiceResult.CANNOT_ACCEPT_CONTROL
    for name in await service.get("RequiredBy") or ():
        path = await service.systemd.load(name)
        if await service.systemd.get(path, UNIT, "ActiveState") in _ACTIVE:
            return ServiceResult.DEPENDENT_SERVICES_RUNNING
    return await service.run_job("StopUnit")


async def _pause(service: _Service) -> ServiceResult:
    if not await service.is_active():
        return ServiceResult.NOT_ACTIVE
    if not await service.get("CanFreeze"):
        return ServiceResult.NOT_SUPPORTED
    if await service.get("FreezerState") in ("frozen", "freezing"):
        return ServiceResult.ALREADY_PAUSED
    await service.systemd.freeze(service.name)
    return ServiceResult.SUCCESS


async def _resume(service: _Service) -> ServiceResult:
    if not await service.is_active():
        return ServiceResult.NOT_ACTIVE
    if not await service.get("CanFreeze"):
        return ServiceResult.NOT_SUPPORTED
    await service.systemd.thaw(service.name)
    return ServiceResult.SUCCESS


async def _interrogate(service: _Service) -> ServiceResult:
    return ServiceResult.SUCCESS if await service.is_active() else ServiceResult.NOT_ACTIVE
