"""The operating system's own description: os-release(5), and the name that WMI makes of it.

``Win32_OperatingSystem.Name`` is a string of three parts joined by ``|``: title, directory and device.  Where Windows
writes ``Microsoft Windows ...|C:\\WINDOWS|\\Device\\Harddisk0\\Partition1`` it is ``PRETTY_NAME|/|<root device>`` here,
and the same string is ``OSName`` everywhere (linux-mapping 6.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.providers.mounts import parse_mountinfo
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["mount_source", "operating_system_name", "operating_system_title", "parse_assignments", "read_os_release"]


def read_os_release(files: SystemFiles) -> dict[str, str]:
    """The assignments of /etc/os-release, else of /usr/lib/os-release; empty when there is neither."""
    return parse_assignments(files.lines("/etc/os-release") or files.lines("/usr/lib/os-release"))


def parse_assignments(lines: list[str]) -> dict[str, str]:
    """``NAME=value`` lines of a file that a shell could read, as os-release(5) and locale.conf(5) restrict them.

    Values may stand in single or double quotes; a backslash escapes the next character except in single quotes.
    """
    found = {}
    for line in lines:
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.removeprefix("export ").strip()] = _unquote(value.strip())
    return found


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if "\\" not in value:
        return value
    characters = iter(value)
    return "".join(next(characters, "") if character == "\\" else character for character in characters)


def operating_system_title(files: SystemFiles) -> str:
    """PRETTY_NAME, else what ``uname -s -r`` prints."""
    pretty = read_os_release(files).get("PRETTY_NAME")
    if pretty:
        return pretty
    uname = read_uname(files)
    return f"{uname.system} {uname.release}"


def operating_system_name(files: SystemFiles) -> str:
    """The three-part name; the last part is empty when the root device is unknown."""
    return f"{operating_system_title(files)}|/|{mount_source(files, '/') or ''}"


def mount_source(files: SystemFiles, mount_point: str) -> str | None:
    """What is mounted at *mount_point*, e.g. ``/dev/sda1``: the last mount there counts."""
    source = None
    for mount in parse_mountinfo(files.read("/proc/self/mountinfo") or b""):
        if mount.mount_point == mount_point:
            source = mount.device
    return source
