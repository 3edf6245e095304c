"""Names of PCI and USB hardware by their numbers: the files ``pci.ids`` and ``usb.ids`` of the hwdata project.

The files are read when a number is first asked for, searched in place rather than parsed (they have 30,000 lines), and
what was found is kept while the file does not change.  Without them hardware has no names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["HardwareIds"]

_DIRECTORIES: Final = ("/usr/share/hwdata", "/usr/share/misc", "/usr/share")


class HardwareIds:
    """Looks up names in the files of one machine.

    Args:
        bus: ``pci`` or ``usb``.
    """

    def __init__(self, files: SystemFiles, bus: str) -> None:
        self._files = files
        self._names = tuple(f"{directory}/{bus}.ids" for directory in _DIRECTORIES)
        self._found: dict[tuple[str, str], tuple[str | None, str | None]] = {}
        self._state: tuple[str, float] | None = None

    def lookup(self, vendor: str, device: str) -> tuple[str | None, str | None]:
        """The names of a vendor and of its device, both given by four hexadecimal digits; None for what is unknown."""
        state = self._file()
        if state is None:
            return None, None
        if state != self._state:
            self._found, self._state = {}, state
        key = (vendor.lower(), device.lower())
        if key not in self._found:
            self._found[key] = _search(self._files.read(state[0]) or b"", *key)
        return self._found[key]

    def _file(self) -> tuple[str, float] | None:
        """The first file that is there, and when it was written."""
        for name in self._names:
            modified = self._files.modified(name)
            if modified is not None:
                return name, modified
        return None


def _search(data: bytes, vendor: str, device: str) -> tuple[str | None, str | None]:
    """A vendor's line begins with its number, a device's below it with a tab, and what is below that with two."""
    data = b"\n" + data
    start = data.find(f"\n{vendor}  ".encode())
    if start < 0:
        return None, None
    line_end = data.find(b"\n", start + 1)
    vendor_name = data[start + 7 : line_end if line_end >= 0 else None]
    device_name = None
    prefix = f"\t{device}  ".encode()
    for line in _lines(data, line_end):
        if line.startswith(prefix):
            device_name = line[len(prefix) :]
            break
        if line and not line.startswith((b"\t", b"#")):
            break
    return _text(vendor_name), None if device_name is None else _text(device_name)


def _lines(data: bytes, at: int) -> list[bytes]:
    """The lines after offset *at*, as far as one vendor's can reach."""
    return data[at + 1 : at + 1 + (1 << 17)].split(b"\n") if at >= 0 else []


def _text(name: bytes) -> str | None:
    return name.decode("utf-8", "replace").strip() or None
