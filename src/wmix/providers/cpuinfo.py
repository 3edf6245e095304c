"""Processors as the kernel describes them: proc_cpuinfo(5) and ``/sys/devices/system/cpu``.

A *logical* processor is one block of /proc/cpuinfo; a *package* is what sits in one socket, and one row of
Win32_Processor.  Virtual machines and other architectures than x86 may name no packages: all processors are then one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["LogicalProcessor", "Package", "cpu_flags", "has_hypervisor", "parse_cpu_list", "read_packages"]


class LogicalProcessor:
    """One processor that runs one thread at a time: its number and the fields of its block."""

    __slots__ = ("fields", "number")

    def __init__(self, number: int, fields: dict[str, str]) -> None:
        self.number = number
        self.fields = fields


class Package:
    """What sits in one socket; ``logical`` holds at least one processor, ascending by number."""

    __slots__ = ("cores", "index", "logical")

    def __init__(self, index: int, logical: list[LogicalProcessor], cores: int) -> None:
        #: Position among the packages, from 0.
        self.index = index
        self.logical = logical
        #: Physical cores that are in use.
        self.cores = cores

    def field(self, name: str) -> str | None:
        """A field of /proc/cpuinfo for the first processor; None when absent or empty."""
        return self.logical[0].fields.get(name) or None

    def number(self, name: str) -> int | None:
        """The same as a number: decimal, or hexadecimal with 0x."""
        try:
            return int(self.field(name) or "", 0)
        except ValueError:
            return None

    @property
    def flags(self) -> frozenset[str] | None:
        """Features of the processor; None where the kernel lists none."""
        listed = self.field("flags") or self.field("Features")
        return None if listed is None else frozenset(listed.split())


def read_packages(files: SystemFiles) -> list[Package]:
    """The packages that are online, in the order of their first processors."""
    grouped: dict[str, list[LogicalProcessor]] = {}
    for logical in _logical_processors(files):
        package = logical.fields.get("physical id") or _topology(files, logical.number, "physical_package_id") or ""
        grouped.setdefault("" if package == "-1" else package, []).append(logical)
    return [Package(index, group, _count_cores(files, group)) for index, group in enumerate(grouped.values())]


def _logical_processors(files: SystemFiles) -> list[LogicalProcessor]:
    found = []
    shared: dict[str, str] = {}
    fields: dict[str, str] = {}
    for line in [*files.lines("/proc/cpuinfo"), ""]:
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip()] = value.strip()
        elif fields:
            # Some architectures end with a block about the machine, which has no number of its own.
            number = fields.get("processor", "")
            if number.isdecimal():
                found.append(LogicalProcessor(int(number), fields))
            else:
                shared |= fields
            fields = {}
    for logical in found:
        logical.fields = {**shared, **logical.fields}
    return found


def _count_cores(files: SystemFiles, group: list[LogicalProcessor]) -> int:
    cores = {
        logical.fields.get("core id") or _topology(files, logical.number, "core_id") or f"-{logical.number}"
        for logical in group
    }
    return len(cores)


def _topology(files: SystemFiles, number: int, name: str) -> str | None:
    return files.word(f"/sys/devices/system/cpu/cpu{number}/topology/{name}")


def parse_cpu_list(text: str) -> list[int]:
    """The numbers in a list such as ``0-3,8``; an empty list for anything else."""
    numbers: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()):
            return []
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def cpu_flags(files: SystemFiles) -> frozenset[str] | None:
    """Features of the first processor; None where the kernel lists none."""
    for line in files.lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return None


def has_hypervisor(files: SystemFiles) -> bool:
    """Whether this machine runs above a hypervisor."""
    return "hypervisor" in (cpu_flags(files) or ()) or files.exists("/sys/hypervisor/type")
