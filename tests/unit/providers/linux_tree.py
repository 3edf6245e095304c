"""A machine made of plain files: trees that stand for ``/proc``, ``/sys`` and ``/etc`` below a temporary directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.config import Settings
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.provider import Comparison, InstanceRequest
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from wmix.cim.classes import CimClass

STATUS = """Name:\t{name}
Umask:\t0022
State:\tS (sleeping)
Tgid:\t{pid}
Pid:\t{pid}
PPid:\t1
Uid:\t{uid}\t{uid}\t{uid}\t{uid}
Gid:\t1000\t1000\t1000\t1000
VmPeak:\t    3000 kB
VmSize:\t    2900 kB
VmHWM:\t    1200 kB
VmRSS:\t    1100 kB
RssAnon:\t     700 kB
RssFile:\t     400 kB
VmSwap:\t     100 kB
Threads:\t3
"""
LIMITS = """Limit                     Soft Limit           Hard Limit           Units
Max resident set          {resident:<20} unlimited            bytes
Max address space         {space:<20} unlimited            bytes
"""
IO = "rchar: 1001\nwchar: 1002\nsyscr: 11\nsyscw: 12\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n"


class LinuxTree:
    """Writes the files of one machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = SystemFiles(root)
        (root / "proc/sys/kernel").mkdir(parents=True)
        self.write("/proc/sys/kernel/hostname", "box.example.org\n")
        self.write("/proc/sys/kernel/ostype", "Linux\n")
        self.write("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
        self.write("/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n")
        self.write("/proc/sys/kernel/arch", "x86_64\n")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def link(self, name: str, target: str) -> None:
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def remove(self, name: str) -> None:
        (self.root / name.lstrip("/")).unlink()

    def process(
        self,
        pid: int,
        name: str = "daemon",
        *,
        arguments: Iterable[str] = ("/usr/sbin/daemon", "-f"),
        program: str | None = "/usr/sbin/daemon",
        state: str = "S",
        nice: int = 0,
        policy: int = 0,
        started: int = 12345,
        uid: int = 1000,
        session: int = 4294967295,
        descriptors: int = 3,
        resident: str = "unlimited",
        space: str = "unlimited",
        cgroup: str = "/",
    ) -> None:
        """One process; field numbers of stat are those of proc_pid_stat(5)."""
        directory = f"/proc/{pid}"
        fields = ["0"] * 49
        fields[0], fields[1] = state, "1"
        fields[7], fields[9] = "5", "6"  # minflt, majflt
        fields[11], fields[12] = "250", "150"  # utime, stime
        fields[16], fields[17], fields[19] = str(nice), "3", str(started)
        fields[20], fields[21], fields[38] = "4096000", "275", str(policy)
        escaped = name.replace("\\", "\\\\").replace("\n", "\\n")
        self.write(f"{directory}/stat", f"{pid} ({escaped}) {' '.join(fields)}\n")
        self.write(f"{directory}/comm", f"{name}\n")
        self.write(f"{directory}/cmdline", "".join(f"{argument}\0" for argument in arguments))
        self.write(f"{directory}/status", STATUS.format(name=name, pid=pid, uid=uid))
        self.write(f"{directory}/io", IO)
        self.write(f"{directory}/limits", LIMITS.format(resident=resident, space=space))
        self.write(f"{directory}/cgroup", f"0::{cgroup}\n")
        self.write(f"{directory}/sessionid", f"{session}\n")
        if program is not None:
            self.link(f"{directory}/exe", program)
        for number in range(descriptors):
            self.link(f"{directory}/fd/{number}", "/dev/null")


def request_for(
    cls: CimClass,
    *,
    properties: Iterable[str] | None = None,
    keys: Iterable[Mapping[str, object]] | None = None,
    comparisons: Iterable[Comparison] = (),
    is_remote: bool = False,
) -> InstanceRequest:
    """What the engine would hand to a provider."""
    return InstanceRequest(
        cls,
        namespace="root\\cimv2",
        scope=Scope(Caller("tester", is_remote=is_remote)),
        settings=Settings(),
        properties=None if properties is None else frozenset(properties),
        keys=None if keys is None else tuple(keys),
        comparisons=tuple(comparisons),
    )


def compare(name: str, operator: str, value: object, accepts: Callable[[object], bool] | None = None) -> Comparison:
    """A comparison as the planner makes it; equality unless *accepts* says otherwise."""
    return Comparison(name=name, operator=operator, value=value, accepts=accepts or (lambda given: given == value))
