"""Win32_LogicalDisk.Chkdsk: the file system checkers of Linux behind one method (linux-mapping, section 6.3).

The return values are those of the method's page: 0 done, 1 scheduled for the next start, 2 unknown file system, 3
unknown error, 4 unsupported file system.  A check that ran to its end returns 0 whatever it found: the findings go,
line by line, to the logger ``wmix.providers.chkdsk`` and show as ``VolumeDirty``.

What is mounted read-write is never touched by a checker.  A repair runs to its end even when its caller has gone; a
check that only reads is ended with its call.  ``VigorousIndexCheck`` and ``SkipFolderCycle`` are accepted and change
nothing: no checker of Linux has an option for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import threading
from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied, NotFound
from wmix.providers.checker_run import CheckerRun, DeviceBusy
from wmix.providers.checkers import CHECKERS, TOOL_DIRECTORIES, Verdict, find_tool
from wmix.providers.dismount import Dismounted, run_tool
from wmix.providers.superblock import read_superblock
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wmix.port.provider import MethodCall
    from wmix.providers.checkers import Checker
    from wmix.providers.drive_names import DriveNames
    from wmix.providers.mounts import Mount
    from wmix.providers.superblock import Superblock
    from wmix.providers.volumes import Volumes

__all__ = ["Chkdsk"]

_log = logging.getLogger("wmix.providers.chkdsk")

# Return values.
DONE: Final = 0
SCHEDULED: Final = 1
UNKNOWN_FILE_SYSTEM: Final = 2
UNKNOWN_ERROR: Final = 3
UNSUPPORTED_FILE_SYSTEM: Final = 4

#: Seconds after which a check is ended, and after which a repair is no longer waited for.
CHECK_SECONDS: Final = 3600.0
REPAIR_SECONDS: Final = 4 * 3600.0

_EXT_TYPES: Final = ("ext2", "ext3", "ext4")
#: Types as the kernel mounts them, where the checker's table has another name.
_KINDS: Final = {"ntfs3": "ntfs", "msdos": "vfat"}


class _Options(Record):
    """The in-parameters that make a difference, with the defaults of the method's page."""

    fix_errors: bool = False
    force_dismount: bool = False
    recover_bad_sectors: bool = False
    ok_to_run_at_boot_up: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> _Options:
        """From the method's parameters; NULL counts as false."""
        return cls(
            fix_errors=bool(parameters.get("FixErrors")),
            force_dismount=bool(parameters.get("ForceDismount")),
            recover_bad_sectors=bool(parameters.get("RecoverBadSectors")),
            ok_to_run_at_boot_up=bool(parameters.get("OKToRunAtBootUp")),
        )


def _may_access(path: str, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


class _Stop:
    """Ends the check of a call that was cancelled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run: CheckerRun | None = None
        #: Whether the caller has gone.
        self.is_stopped = False

    def watch(self, run: CheckerRun | None) -> None:
        """From now on *run* is what to end."""
        with self._lock:
            self._run = run
            if self.is_stopped and run is not None:
                run.kill()

    def stop(self) -> None:
        """End what runs, unless it is a repair, and what will run."""
        with self._lock:
            self.is_stopped = True
            if self._run is not None:
                self._run.kill()


class Chkdsk:
    """The method over given volumes.

    Args:
        volumes: the file systems, and where findings are kept.
        names: how they are asked for.
        tools: directories where checkers are looked for, in order; those of the system when omitted.
        allow_dismount: whether ForceDismount is obeyed.
        temporary_directory: where the output of a checker is kept while it runs.
        check_seconds, repair_seconds: how long one run may last.
        may_access: whether this process may open a device for ``os.R_OK`` or ``os.W_OK``.
    """

    def __init__(
        self,
        volumes: Volumes,
        names: DriveNames,
        *,
        tools: Sequence[str] | None = None,
        allow_dismount: bool = False,
        temporary_directory: str | os.PathLike[str] | None = None,
        check_seconds: float = CHECK_SECONDS,
        repair_seconds: float = REPAIR_SECONDS,
        may_access: Callable[[str, int], bool] | None = None,
    ) -> None:
        self._volumes = volumes
        self._names = names
        self._tools = tuple(TOOL_DIRECTORIES if tools is None else tools)
        self._allow_dismount = allow_dismount
        self._temporary_directory = temporary_directory
        self._check_seconds = check_seconds
        self._repair_seconds = repair_seconds
        self._may_access = _may_access if may_access is None else may_access

    async def run(self, call: MethodCall) -> int:
        """The return value of one call, from a thread of its own: a repair outlives its call, and no pool waits for it.

        Raises:
            AccessDenied: the device may not be opened by this process.
            NotFound: no disk has the DeviceID of the call.
        """
        device_id = str((call.keys or {}).get("DeviceID"))
        options = _Options.of(call.parameters)
        stop = _Stop()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[int] = loop.create_future()

        def settle(result: int, error: BaseException | None) -> None:
            if not outcome.done():
                if error is None:
                    outcome.set_result(result)
                else:
                    outcome.set_exception(error)

        def work() -> None:
            result, error = UNKNOWN_ERROR, None
            try:
                result = self._check(device_id, options, stop)
            except BaseException as raised:  # noqa: BLE001 - handed to the caller
                error = raised
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                _log.debug("%s: ended after its event loop was closed", device_id)

        threading.Thread(target=work, name="wmix-chkdsk", daemon=True).start()
        try:
            return await outcome
        except asyncio.CancelledError:
            stop.stop()
            raise

    def _check(self, device_id: str, options: _Options, stop: _Stop) -> int:
        mount = self._names.find(device_id, self._volumes.table.disks())
        if mount is None:
            raise NotFound(f"no disk has the DeviceID {device_id!r}")
        device = self._volumes.device(mount)
        node = self._volumes.node(mount, device)
        if mount.is_remote or mount.is_memory or mount.is_layered or node is None:
            _log.info("%s: %s is not checked by this machine", device_id, mount.file_system)
            return UNSUPPORTED_FILE_SYSTEM
        if not os.path.exists(node):
            _log.warning("%s: %s does not exist", device_id, node)
            return UNKNOWN_ERROR
        self._demand_access(node, options)
        try:
            superblock = read_superblock(node)
        except PermissionError as error:
            # Some virtual machines refuse their disk even to root; what the kernel has counted can still be told.
            if not mount.may_change or options.fix_errors:
                raise AccessDenied(f"{node} may not be read") from error
            superblock = None
        except OSError as error:
            _log.warning("%s: %s cannot be read: %s", device_id, node, error)
            return UNKNOWN_ERROR
        kind = _kind(mount, superblock)
        if kind is None:
            _log.warning("%s: %s has no signature that is known", device_id, node)
            return UNKNOWN_FILE_SYSTEM
        return self._check_kind(_Disk(device_id, mount, node, kind, superblock), options, stop)

    def _demand_access(self, node: str, options: _Options) -> None:
        mode = os.R_OK | os.W_OK if options.fix_errors else os.R_OK
        if not self._may_access(node, mode):
            raise AccessDenied(
                f"{node} may not be {'written' if options.fix_errors else 'read'} by this user",
                hint="run as root, or as a user who may open the device",
            )

    def _check_kind(self, disk: _Disk, options: _Options, stop: _Stop) -> int:
        checker = CHECKERS.get(disk.kind)
        if checker is None:
            _log.info("%s: there is no checker for %s", disk.name, disk.kind)
            return UNSUPPORTED_FILE_SYSTEM
        mounted_at = disk.mount.mount_point or self._volumes.mounted_at(disk.node)
        if stop.is_stopped:  # nothing has begun yet, so nothing need begin
            return UNKNOWN_ERROR
        if mounted_at is not None and options.fix_errors:
            return self._fix_mounted(disk, mounted_at, checker, options, stop)
        if mounted_at is not None and (disk.mount.may_change or not disk.mount.is_mounted):
            return self._report(disk)
        return self._run(disk, checker, options, stop)

    def _report(self, disk: _Disk) -> int:
        """Tell what is known of a file system that is in use, without touching its device."""
        device = self._volumes.device(disk.mount)
        errors = self._volumes.kernel_errors(disk.mount, device) or 0
        errors += self._volumes.device_errors(disk.superblock) or 0
        if errors:
            _log.warning("%s: the kernel has counted %d errors on %s", disk.name, errors, disk.node)
        elif disk.superblock is not None and disk.superblock.failed:
            _log.warning("%s: errors are marked on %s", disk.name, disk.node)
        else:
            _log.info("%s: no errors are known; %s is mounted and was not read further", disk.name, disk.node)
        return DONE

    def _fix_mounted(self, disk: _Disk, mounted_at: str, checker: Checker, options: _Options, stop: _Stop) -> int:
        if options.force_dismount and self._allow_dismount and disk.mount.is_mounted:
            with Dismounted(disk.mount, self._volumes.table.machine_mounts(), disk.node, self._tools) as dismounted:
                if not dismounted.succeeded:
                    return UNKNOWN_ERROR
                result = self._run(disk, checker, options, stop)
            return result if dismounted.is_back else UNKNOWN_ERROR
        if options.ok_to_run_at_boot_up:
            return self._schedule(disk)
        _log.warning("%s: mounted at %s, it cannot be repaired now", disk.name, mounted_at)
        return UNKNOWN_ERROR

    def _schedule(self, disk: _Disk) -> int:
        """Have the file system checked at the next start of the machine."""
        if disk.kind not in _EXT_TYPES:
            _log.warning("%s: a check of %s cannot be scheduled", disk.name, disk.kind)
            return UNKNOWN_ERROR
        status, lines = run_tool(["tune2fs", "-E", "force_fsck", disk.node], self._tools)
        _tell(logging.INFO if status == 0 else logging.WARNING, disk.name, lines)
        return SCHEDULED if status == 0 else UNKNOWN_ERROR

    def _run(self, disk: _Disk, checker: Checker, options: _Options, stop: _Stop) -> int:
        repair = options.fix_errors
        if repair and checker.repair is None:
            _log.warning("%s: %s has no repair that is safe without its developers", disk.name, checker.program)
            return UNSUPPORTED_FILE_SYSTEM
        path = find_tool(checker.program, self._tools)
        if path is None:
            _log.warning("%s: %s is not installed (package %s)", disk.name, checker.program, checker.package)
            return UNSUPPORTED_FILE_SYSTEM
        command = checker.command(path, disk.node, repair=repair, is_image=disk.is_image)
        if repair and options.recover_bad_sectors and disk.kind in _EXT_TYPES:
            command.insert(1, "-c")
        try:
            run = CheckerRun(command, disk.node, is_repair=repair, directory=self._temporary_directory)
        except DeviceBusy:
            _log.warning("%s: another check of %s is going on", disk.name, disk.node)
            return UNKNOWN_ERROR
        except OSError as error:
            _log.warning("%s: %s cannot be started: %s", disk.name, checker.program, error)
            return UNKNOWN_ERROR
        try:
            stop.watch(run)
            verdict = self._await(disk, checker, run, repair=repair)
        finally:
            stop.watch(None)
            run.close()
        self._remember(disk.node, verdict)
        if verdict is Verdict.FAILED or (repair and verdict is Verdict.ERRORS):
            return UNKNOWN_ERROR
        return DONE

    def _await(self, disk: _Disk, checker: Checker, run: CheckerRun, *, repair: bool) -> Verdict:
        status = run.wait(self._repair_seconds if repair else self._check_seconds)
        if status is None:
            _tell(logging.WARNING, disk.name, run.lines())
            _log.warning("%s: %s did not end in time%s", disk.name, checker.program, "; it goes on" if repair else "")
            return Verdict.FAILED
        verdict = checker.judge(status, run.output(), repair=repair)
        level = logging.INFO if verdict is Verdict.SOUND else logging.WARNING
        _tell(level, disk.name, run.lines())
        _log.log(level, "%s: %s ended with status %d: %s", disk.name, checker.program, status, verdict.value)
        return verdict

    def _remember(self, node: str, verdict: Verdict) -> None:
        if verdict is Verdict.ERRORS:
            after = self._volumes.superblock(node)
            if after is not None:
                self._volumes.findings.put(node, after.fingerprint)
        elif verdict is not Verdict.FAILED:
            self._volumes.findings.clear(node)


class _Disk(Record):
    """The file system that is checked."""

    name: str
    mount: Mount
    node: str
    kind: str
    superblock: Superblock | None

    @property
    def is_image(self) -> bool:
        """Whether it is in a regular file."""
        try:
            return stat.S_ISREG(os.stat(self.node).st_mode)
        except OSError:
            return False


def _kind(mount: Mount, superblock: Superblock | None) -> str | None:
    if superblock is not None:
        return superblock.file_system
    kind = mount.file_system if mount.is_mounted else None
    return None if kind is None else _KINDS.get(kind, kind)


def _tell(level: int, name: str, lines: Sequence[str]) -> None:
    for line in lines:
        _log.log(level, "%s: %s", name, line)
