"""Methods of Win32_Process: start, end, owner, priority. wmi-semantics 8.2, linux-mapping 6.2 with its return codes.

A process number may be given to another process at any time.  What signals a process therefore holds a pidfd, opened
between two readings of the process's start time that must agree: the signal reaches the process that was there when
the method was called, or none.
"""

from __future__ import annotations

import errno
import os
import signal
from typing import TYPE_CHECKING, Final

from wmix.providers.account_files import read_users, user_name, user_sid
from wmix.providers.domain_membership import read_membership
from wmix.providers.priority_class import NICE_BY_CLASS, REALTIME_CLASS, change_priority
from wmix.providers.process_creation import ProcessResult, create_process, result_of
from wmix.providers.procfs import ProcFs, process_identity, status_number
from wmix.providers.reaper import Reaper
from wmix.providers.registration import method
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from wmix.port.provider import MethodCall
    from wmix.providers.registration import MethodDefinition
    from wmix.providers.system_files import Root

__all__ = ["TERMINATION_GRACE", "process_methods"]

#: Seconds that a process has to end by itself before it is killed.
TERMINATION_GRACE: Final = 5.0
#: Seconds that the kernel has to end a killed process; a process in an uninterruptible wait takes longer.
_KILL_WAIT: Final = 1.0


def process_methods(root: Root = "/", *, grace: float = TERMINATION_GRACE) -> list[MethodDefinition]:
    """The methods; *grace* is how long Terminate lets a process end by itself, in seconds."""
    files = SystemFiles(root)
    reaper = Reaper()

    @method("Win32_Process", "Create", static=True)
    def create(call: MethodCall) -> dict[str, object]:
        """Start a process; ``ProcessId`` is NULL when that failed."""
        given = call.parameters
        result, number = create_process(
            given.get("CommandLine"), given.get("CurrentDirectory"), given.get("ProcessStartupInformation"), reaper
        )
        return {"ProcessId": number, "ReturnValue": int(result)}

    @method("Win32_Process", "Terminate")
    def terminate(call: MethodCall) -> int:
        """Ask the process to end, and end it when it has not after the grace time; ``Reason`` has no use here."""
        return int(_terminate(files, _number(call), grace))

    @method("Win32_Process", "GetOwner")
    def get_owner(call: MethodCall) -> dict[str, object]:
        """Name of the account that the process runs as; its number where it has no name."""
        uid, result = _owner(files, _number(call))
        if uid is None:
            return {"User": None, "Domain": None, "ReturnValue": int(result)}
        return {"User": user_name(files, uid) or str(uid), "Domain": _domain(files, uid), "ReturnValue": 0}

    @method("Win32_Process", "GetOwnerSid")
    def get_owner_sid(call: MethodCall) -> dict[str, object]:
        """Security identifier of the account that the process runs as."""
        uid, result = _owner(files, _number(call))
        return {"Sid": None if uid is None else user_sid(uid), "ReturnValue": int(result)}

    @method("Win32_Process", "SetPriority")
    def set_priority(call: MethodCall) -> int:
        """Put all threads of the process into a priority class."""
        return int(_set_priority(files, _number(call), call.parameters.get("Priority")))

    @method("Win32_Process", "GetAvailableVirtualSize")
    def get_available_virtual_size(call: MethodCall) -> dict[str, object]:
        """Octets of address space that the process can still take."""
        available, result = _available_virtual_size(files, _number(call))
        return {"AvailableVirtualSize": available, "ReturnValue": int(result)}

    @method("Win32_Process", "AttachDebugger")
    def attach_debugger(call: MethodCall) -> int:  # noqa: ARG001  a debugger registered with the system is Windows' own
        """There is no registered debugger to start."""
        return int(ProcessResult.UNKNOWN_FAILURE)

    return [
        create,
        terminate,
        get_owner,
        get_owner_sid,
        set_priority,
        get_available_virtual_size,
        attach_debugger,
    ]


def _number(call: MethodCall) -> int:
    """The process that the call is for; 0, which none has, when the key is not a number."""
    handle = str((call.keys or {}).get("Handle", ""))
    return int(handle) if handle.isascii() and handle.isdecimal() and len(handle) <= 10 else 0


def _terminate(files: SystemFiles, number: int, grace: float) -> ProcessResult:
    import select

    if number in (1, os.getpid()):
        return ProcessResult.INSUFFICIENT_PRIVILEGE
    identity = process_identity(files, number)
    if identity is None:
        return ProcessResult.PATH_NOT_FOUND
    try:
        pidfd = os.pidfd_open(number)
    except OSError as error:
        return result_of(error)
    try:
        if process_identity(files, number) != identity:
            return ProcessResult.PATH_NOT_FOUND
        signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        ended = select.poll()
        ended.register(pidfd, select.POLLIN)
        try:
            signal.pidfd_send_signal(pidfd, signal.SIGCONT)  # a suspended process cannot act on SIGTERM
            if not ended.poll(grace * 1000):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                ended.poll(_KILL_WAIT * 1000)
        except ProcessLookupError:  # ended and collected in between, which is what was asked for
            pass
        return ProcessResult.SUCCESS
    except PermissionError:
        return ProcessResult.ACCESS_DENIED
    except OSError as error:
        return result_of(error)
    finally:
        os.close(pidfd)


def _owner(files: SystemFiles, number: int) -> tuple[int | None, ProcessResult]:
    """The real user id of the process, or None and the reason."""
    status, result = _read(files, number, "status")
    uid = None if status is None else status_number(status, b"Uid:")
    if uid is None and status is not None:
        result = ProcessResult.UNKNOWN_FAILURE
    return uid, result


def _domain(files: SystemFiles, uid: int) -> str:
    """The host for an account of /etc/passwd, the realm for one that comes from elsewhere."""
    if not any(user.uid == uid for user in read_users(files)):
        realm = read_membership(files).realm
        if realm:
            return realm
    return read_uname(files).host


def _set_priority(files: SystemFiles, number: int, priority: object) -> ProcessResult:
    if not isinstance(priority, int) or (priority != REALTIME_CLASS and priority not in NICE_BY_CLASS):
        return ProcessResult.INVALID_PARAMETER
    if process_identity(files, number) is None:
        return ProcessResult.PATH_NOT_FOUND
    # Nice values and policies are of a thread; new threads get those of the one that makes them.
    for thread in files.names(f"/proc/{number}/task"):
        try:
            change_priority(int(thread), priority)
        except ProcessLookupError:
            continue
        except PermissionError as error:
            # setpriority(2): EACCES when only CAP_SYS_NICE is missing, EPERM for another user's process;
            # sched_setscheduler(2) says EPERM for both.
            if priority == REALTIME_CLASS or error.errno == errno.EACCES:
                return ProcessResult.INSUFFICIENT_PRIVILEGE
            return ProcessResult.ACCESS_DENIED
    return ProcessResult.SUCCESS


def _available_virtual_size(files: SystemFiles, number: int) -> tuple[int | None, ProcessResult]:
    status, result = _read(files, number, "status")
    if status is None:
        return None, result
    used = status_number(status, b"VmSize:")
    if used is None:  # a kernel thread has no address space of its own
        return None, ProcessResult.UNKNOWN_FAILURE
    limits = (_read(files, number, "limits")[0] or b"").partition(b"Max address space")[2].split(None, 1)
    total = int(limits[0]) if limits and limits[0].isdigit() else read_uname(files).process_address_space
    return max(total - used * 1024, 0), ProcessResult.SUCCESS


def _read(files: SystemFiles, number: int, name: str) -> tuple[bytes | None, ProcessResult]:
    """One file of the process, or None and the reason."""
    try:
        with ProcFs(files) as proc:
            if not proc.is_process(number):
                return None, ProcessResult.PATH_NOT_FOUND
            return proc.read(f"{number}/{name}", proc.descriptor), ProcessResult.SUCCESS
    except PermissionError:
        return None, ProcessResult.ACCESS_DENIED
    except OSError as error:
        return None, result_of(error)
