"""Win32_Process: the running processes. linux-mapping 5.1 and 6.2.

The provider reads what is asked for and nothing else.  The process numbers come from one directory listing; each
group of columns costs one file per process (:mod:`wmix.providers.process_columns`).  A condition on the number, or a
key, is decided before any file is opened; other conditions are decided as soon as their file has been read.

A process that ends while it is being read is left out.  What may not be read is NULL.  Its methods are in
:mod:`wmix.providers.process_methods`, which is imported when one of them is called: most queries call none.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Final

from wmix.providers.process_columns import COLUMNS, COMM_FILE, COMM_LENGTH, full_name, plan_stages
from wmix.providers.procfs import ProcFs
from wmix.providers.registration import method, provider
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.process_columns import Stage
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root

__all__ = ["make_processes", "providers"]

#: Known from the listing alone.
_NUMBERS: Final = frozenset({"Handle", "ProcessId"})
_CONSTANTS: Final = {
    "CreationClassName": "Win32_Process",
    "CSCreationClassName": "Win32_ComputerSystem",
    "OSCreationClassName": "Win32_OperatingSystem",
    "OtherOperationCount": 0,
    "OtherTransferCount": 0,
}
_MACHINE: Final = frozenset({"CSName", "OSName", "WindowsVersion"})
#: A process number is at most 2**22 (PID_MAX_LIMIT); a uint32 has ten digits.
_MAX_DIGITS = 10
_UINT32 = 0xFFFFFFFF
_METHODS: Final = (
    "Create", "Terminate", "GetOwner", "GetOwnerSid", "SetPriority", "GetAvailableVirtualSize", "AttachDebugger"
)  # fmt: skip
_ALL: Final = COLUMNS | _NUMBERS | _MACHINE | _CONSTANTS.keys()


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_Process and the class's methods."""
    return [make_processes(root), *_methods(root)]


def make_processes(root: Root = "/") -> ProviderDefinition:
    """The provider that reads ``/proc`` below *root*."""
    files = SystemFiles(root)

    @provider("Win32_Process", pushes=COLUMNS | _NUMBERS, name="Win32_Process")
    def processes(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """Processes in ascending order of their numbers."""
        with ProcFs(files) as proc:
            yield from _rows(proc, request)

    return processes


def _methods(root: Root) -> list[MethodDefinition]:
    """The methods of the class; what they do comes with the first call of one, for all of them together."""

    @cache
    def functions() -> dict[str, Callable[[MethodCall], object]]:
        from wmix.providers.process_methods import process_methods

        return {definition.method: definition.function for definition in process_methods(root)}

    def declared(name: str) -> MethodDefinition:
        def run(call: MethodCall) -> object:
            return functions()[name](call)

        return method("Win32_Process", name, static=name == "Create", name=f"Win32_Process.{name}")(run)

    return [declared(name) for name in _METHODS]


def _rows(proc: ProcFs, request: InstanceRequest) -> Iterator[dict[str, object]]:
    wanted = _ALL if request.properties is None else request.properties
    gives_handle = "Handle" in wanted or request.keys is not None
    gives_number = "ProcessId" in wanted
    template = _template(proc.files, wanted)
    stages = plan_stages(proc, wanted, (comparison.name for comparison in request.comparisons))
    numbers = _candidates(proc, request)
    if len(stages) == 1 and stages[0].columns == {"Name"}:
        yield from _names(proc, numbers, template, gives_number, gives_handle)
        return
    for number in numbers:
        row = template.copy()
        if gives_number:
            row["ProcessId"] = number
        if gives_handle:
            row["Handle"] = str(number)
        if not stages or _read_all(proc, stages, number, row, request):
            yield row


def _names(
    proc: ProcFs, numbers: list[int], template: dict[str, object], gives_number: bool, gives_handle: bool
) -> Iterator[dict[str, object]]:
    """``SELECT Name, ProcessId``, the commonest query of all: the kernel's three calls for each row and little else."""
    open_, read_, close_, flags, directory = os.open, os.read, os.close, os.O_RDONLY | os.O_CLOEXEC, proc.descriptor
    # With the key, as clients ask for it, and nothing that is the same in all rows.
    is_common = gives_number and gives_handle and not template
    for number in numbers:
        text = str(number)
        name = None
        try:
            descriptor = open_(text + "/comm", flags, dir_fd=directory)
            try:
                comm = read_(descriptor, COMM_FILE)
            finally:
                close_(descriptor)
            # 15 octets and a newline: the name may have been cut.
            name = (
                str(comm[:-1], "utf-8", "replace")
                if len(comm) != COMM_LENGTH + 1
                else full_name(proc, comm[:-1], text + "/", directory)
            )
        except PermissionError:
            pass
        except OSError:
            if proc.is_gone(text + "/", directory):
                continue
        if is_common and name is not None:
            yield {"Name": name, "ProcessId": number, "Handle": text}
            continue
        row = template.copy() if name is None else {**template, "Name": name}
        if gives_number:
            row["ProcessId"] = number
        if gives_handle:
            row["Handle"] = text
        yield row


def _read_all(proc: ProcFs, stages: list[Stage], number: int, row: dict[str, object], request: InstanceRequest) -> bool:
    """Read the files of one process into its row; False when it has ended or fails a condition."""
    prefix, directory, opened = f"{number}/", proc.descriptor, None
    if len(stages) > 1:  # one open directory makes sure that all files are of the same process
        try:
            opened = os.open(prefix, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
            prefix, directory = "", opened
        except (FileNotFoundError, ProcessLookupError):
            return False
        except OSError:  # not even the directory may be read; single files perhaps may
            pass
    try:
        last = stages[-1]
        for stage in stages:
            try:
                stage.fill(row, prefix, directory)
            except PermissionError:
                continue
            except OSError:  # ended, or a file that this kernel or this process does not have
                if proc.is_gone(prefix, directory):
                    return False
                continue
            if stage.is_tested and stage is not last and not request.early(row):
                return False
        return True
    finally:
        if opened is not None:
            os.close(opened)


def _template(files: SystemFiles, wanted: frozenset[str]) -> dict[str, object]:
    """The properties that are the same in every row; the wanted ones only."""
    row: dict[str, object] = {name: value for name, value in _CONSTANTS.items() if name in wanted}
    if not wanted.isdisjoint(_MACHINE):
        from wmix.providers.os_release import operating_system_name
        from wmix.providers.uname import read_uname

        uname = read_uname(files)
        if "CSName" in wanted:
            row["CSName"] = uname.host
        if "WindowsVersion" in wanted:
            row["WindowsVersion"] = uname.release
        if "OSName" in wanted:
            row["OSName"] = operating_system_name(files)
    return row


def _candidates(proc: ProcFs, request: InstanceRequest) -> list[int]:
    """The numbers that keys and conditions on the number leave, ascending."""
    named: set[int] | None = None
    if request.keys is not None:
        named = {_handle_number(keys.get("Handle")) for keys in request.keys}
    tests = []
    for comparison in request.comparisons:
        if comparison.name not in _NUMBERS:
            continue
        is_text, value = comparison.name == "Handle", comparison.value
        if comparison.operator == "=" and isinstance(value, str if is_text else int):
            exactly = {value if isinstance(value, int) else _handle_number(value)}
            named = exactly if named is None else named & exactly
        else:
            tests.append((comparison.accepts, is_text))
    if named is None:
        numbers = proc.processes()
    else:
        numbers = sorted(number for number in named if 0 <= number <= _UINT32 and proc.is_process(number))
    for accepts, is_text in tests:
        numbers = [number for number in numbers if accepts(str(number) if is_text else number)]
    return numbers


def _handle_number(value: object) -> int:
    """The process number that *value* of Handle stands for; -1 when no process can have it."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS:
        return int(value) if value == "0" or value[0] != "0" else -1
    return -1
