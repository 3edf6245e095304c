"""Who this machine is: the five words of uname(2), and the host name as WMI shows it.

``CSName`` and ``SystemName`` of every class are the node name up to its first dot (linux-mapping, section 2).  Under
another root than ``/`` the words come from ``/proc/sys/kernel`` below it; what is missing there is asked of the kernel.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["COMPUTER_SYSTEM", "Uname", "read_uname"]

#: What ``CSCreationClassName`` and ``SystemCreationClassName`` always say.
COMPUTER_SYSTEM: Final = "Win32_ComputerSystem"

_WIDE_MACHINES: Final = ("64", "s390x", "alpha")


class Uname(Record):
    """The words of uname(2)."""

    system: str
    node: str
    release: str
    version: str
    machine: str

    @property
    def host(self) -> str:
        """The node name up to its first dot: ``CSName``."""
        return self.node.partition(".")[0]

    @property
    def address_bits(self) -> int:
        """Width of an address of the kernel: 64 or 32."""
        return 64 if any(mark in self.machine for mark in _WIDE_MACHINES) else 32

    @property
    def process_address_space(self) -> int:
        """Octets of address space that one process can have at most, without a limit of its own.

        47 bits are the user half of four-level page tables of x86-64, which the kernel does not exceed unless asked.
        """
        return 1 << 47 if self.address_bits == 64 else 3 << 30


def read_uname(files: SystemFiles) -> Uname:
    """The words of the machine below *files*."""
    kernel = os.uname()
    if files.is_machine:
        return Uname(kernel.sysname, kernel.nodename, kernel.release, kernel.version, kernel.machine)
    directory = "/proc/sys/kernel/"
    return Uname(
        files.word(directory + "ostype") or kernel.sysname,
        files.word(directory + "hostname") or kernel.nodename,
        files.word(directory + "osrelease") or kernel.release,
        files.word(directory + "version") or kernel.version,
        files.word(directory + "arch") or kernel.machine,
    )
