"""Network links: the interfaces of the kernel, as ``/sys/class/net`` shows them.

A link is known by its index and its name.  Facts are read when they are asked for: an attribute that a link does not
have (the speed of a link that is down) is None.  Names of products come from ``pci.ids``, from what a USB device says
of itself, or are those of the driver (linux-mapping, section 6.4).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.hardware_ids import HardwareIds

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["ETHERNET", "LOOPBACK", "NetworkLink", "NetworkLinks"]

#: Kinds of hardware, ``if_arp.h``.
ETHERNET: Final = 1
LOOPBACK: Final = 772

_IFF_UP: Final = 0x1
_IFF_LOOPBACK: Final = 0x8

#: ``addr_assign_type``: the address is the one that the hardware was made with.
_PERMANENT_ADDRESS: Final = 0

#: Octets of an address that is shown; InfiniBand has twenty.
_MAC_LENGTH: Final = 6


class NetworkLink:
    """One link; every property reads its file anew."""

    __slots__ = ("_directory", "_files", "index", "name")

    def __init__(self, files: SystemFiles, name: str, index: int) -> None:
        self._files = files
        self._directory = "/sys/class/net/" + name
        self.name = name
        self.index = index

    @property
    def hardware_type(self) -> int | None:
        """The kind of hardware, a number of ``if_arp.h``."""
        return self._files.number(self._directory + "/type")

    @property
    def _flags(self) -> int:
        try:
            return int(self._files.text(self._directory + "/flags") or "0", 16)
        except ValueError:
            return 0

    @property
    def is_up(self) -> bool:
        """Whether the administrator has it switched on."""
        return bool(self._flags & _IFF_UP)

    @property
    def is_loopback(self) -> bool:
        """Whether it leads back to this machine."""
        return bool(self._flags & _IFF_LOOPBACK)

    @property
    def operational_state(self) -> str | None:
        """The state of RFC 2863 as the kernel spells it: ``up``, ``down``, ``dormant``, ``lowerlayerdown`` ..."""
        return self._files.word(self._directory + "/operstate")

    @property
    def has_carrier(self) -> bool | None:
        """Whether there is a signal; None while the link is switched off."""
        carrier = self._files.number(self._directory + "/carrier")
        return None if carrier is None else carrier == 1

    @property
    def mtu(self) -> int | None:
        """The largest packet, in octets."""
        return self._files.number(self._directory + "/mtu")

    @property
    def speed(self) -> int | None:
        """Bits per second; None for a link without hardware, without a signal, or of no fixed speed."""
        megabits = self._files.number(self._directory + "/speed")
        # Drivers say "unknown" as -1, which old kernels show unsigned.
        if megabits is None or not 0 < megabits < 0xFFFFFFFF or not self.is_physical:
            return None
        return megabits * 1_000_000

    @property
    def mac_address(self) -> str | None:
        """``00:11:22:AA:BB:CC``; None for loopback, tunnels and others without such an address."""
        address = self._files.word(self._directory + "/address")
        octets = (address or "").split(":")
        if len(octets) != _MAC_LENGTH or self.hardware_type != ETHERNET or not any(octet != "00" for octet in octets):
            return None
        return ":".join(octets).upper()

    @property
    def permanent_address(self) -> str | None:
        """The address that the hardware was made with; None when the present one was given later."""
        kind = self._files.number(self._directory + "/addr_assign_type")
        return self.mac_address if kind == _PERMANENT_ADDRESS else None

    @property
    def is_physical(self) -> bool:
        """Whether there is a device behind it, also one of a virtual machine."""
        return self._files.exists(self._directory + "/device")

    @property
    def driver(self) -> str | None:
        """The name of the device's driver."""
        link = self._files.link(self._directory + "/device/driver")
        return None if link is None else os.path.basename(link)

    @property
    def kind(self) -> str | None:
        """What a link without a device is: ``bridge``, ``bond``, ``vlan``, ``wlan`` ...; None where it has no kind."""
        for line in self._files.lines(self._directory + "/uevent"):
            if line.startswith("DEVTYPE="):
                return line.partition("=")[2] or None
        return None

    @property
    def device_directory(self) -> str:
        """The directory of the device, or of the link itself when there is none, below ``/sys/devices``."""
        path = self._directory + ("/device" if self.is_physical else "")
        root = os.path.realpath(self._files.root) if self._files.root else ""
        return os.path.realpath(self._files.path(path)).removeprefix(root)


class NetworkLinks:
    """The links of the machine below *files*, and the names of their products."""

    def __init__(self, files: SystemFiles) -> None:
        self._files = files
        self._pci = HardwareIds(files, "pci")
        self._usb = HardwareIds(files, "usb")

    def all(self) -> list[NetworkLink]:
        """Every link, in the order of the indexes."""
        links = []
        for name in self._files.names("/sys/class/net"):
            index = self._files.number(f"/sys/class/net/{name}/ifindex")
            if index is not None:
                links.append(NetworkLink(self._files, name, index))
        links.sort(key=lambda link: link.index)
        return links

    def product(self, link: NetworkLink) -> tuple[str | None, str | None]:
        """Manufacturer and product of *link*; the product is at least that of the driver, where there is one."""
        if not link.is_physical:
            return None, link.kind
        vendor, product = self._hardware(link.device_directory)
        return vendor, product or link.driver

    def display_name(self, link: NetworkLink, product: str | None) -> str:
        """``Name`` of an adapter: unique, because it ends in the name of the link."""
        return link.name if product is None else f"{product} {link.name}"

    def identifier(self, link: NetworkLink) -> str | None:
        """``GUID`` of an adapter: the same at every start, from the identifiers of machine and link; None without."""
        machine = self._files.word("/etc/machine-id") or self._files.word("/var/lib/dbus/machine-id")
        if machine is None:
            return None
        from uuid import UUID, uuid5  # only one column needs it

        try:
            return f"{{{uuid5(UUID(machine), link.name)}}}".upper()
        except ValueError:
            return None

    def _hardware(self, directory: str) -> tuple[str | None, str | None]:
        """Names of the hardware at *directory*; a virtio device is named by the PCI device that carries it."""
        bus = os.path.basename(self._files.link(directory + "/subsystem") or "")
        if bus == "virtio":
            directory = os.path.dirname(directory)
            bus = os.path.basename(self._files.link(directory + "/subsystem") or "")
        if bus == "pci":
            return self._by_number(self._pci, directory + "/vendor", directory + "/device")
        if bus == "usb":  # the link belongs to an interface of the device
            device = os.path.dirname(directory)
            vendor, product = self._by_number(self._usb, device + "/idVendor", device + "/idProduct")
            return (
                self._files.word(device + "/manufacturer") or vendor,
                self._files.word(device + "/product") or product,
            )
        return None, None

    def _by_number(self, ids: HardwareIds, vendor_file: str, device_file: str) -> tuple[str | None, str | None]:
        vendor, device = self._files.word(vendor_file), self._files.word(device_file)
        if vendor is None or device is None:
            return None, None
        vendor_name, device_name = ids.lookup(vendor.removeprefix("0x"), device.removeprefix("0x"))
        if device_name is not None and vendor_name is not None:
            device_name = f"{vendor_name} {device_name}"
        return vendor_name, device_name
