"""Win32_NetworkAdapter: every network link of the kernel, physical or not.

``DeviceID`` is the index of the link, ``NetConnectionID`` its name, which is what clients filter on.  ``Name`` ends in
the name of the link, so that two cards of one make differ (linux-mapping, section 6.4).  ``MaxSpeed`` and ``AutoSense``
stay NULL: only the driver knows them, and sysfs does not ask it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.providers.logical_device import DISABLED, ENABLED, OFF_LINE, RUNNING, device_path, logical_device
from wmix.providers.network_links import ETHERNET, NetworkLinks
from wmix.providers.procfs import boot_time
from wmix.providers.registration import provider
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.network_links import NetworkLink
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

    Row = dict[str, object]

__all__ = ["network_adapter_providers", "providers"]

_CLASS: Final = "Win32_NetworkAdapter"

_PRODUCT_COLUMNS: Final = ("Name", "Caption", "Description", "ProductName", "Manufacturer")
_STATE_COLUMNS: Final = (
    "NetEnabled",
    "NetConnectionStatus",
    "Status",
    "StatusInfo",
    "Availability",
    "ConfigManagerErrorCode",
)

# ``NetConnectionStatus``.
_DISCONNECTED: Final = 0
_CONNECTED: Final = 2
_NOT_PRESENT: Final = 4
_MEDIA_DISCONNECTED: Final = 7
_AUTHENTICATING: Final = 8

#: ``ConfigManagerErrorCode``: the device is disabled.
_DEVICE_DISABLED: Final = 22

_STATUS_BY_STATE: Final = {
    "up": _CONNECTED,
    "dormant": _AUTHENTICATING,
    "down": _MEDIA_DISCONNECTED,
    "lowerlayerdown": _MEDIA_DISCONNECTED,
    "notpresent": _NOT_PRESENT,
}

#: ``AdapterTypeID`` and ``AdapterType`` by kind of hardware (if_arp.h).  Wi-Fi is Ethernet to Windows as to the kernel,
#: and clients find all real cards by AdapterTypeID = 0; 801 to 803 are the monitor modes of Wi-Fi.
_ADAPTER_TYPES: Final = {
    ETHERNET: (0, "Ethernet 802.3"),
    801: (0, "Ethernet 802.3"),
    802: (0, "Ethernet 802.3"),
    803: (0, "Ethernet 802.3"),
    800: (1, "Token Ring 802.5"),
    774: (2, "Fiber Distributed Data Interface (FDDI)"),
    512: (3, "Wide Area Network (WAN)"),
    7: (6, "ARCNET"),
    19: (8, "ATM"),
    783: (10, "Infrared Wireless"),
    24: (13, "1394"),
}


def providers(settings: Settings) -> list[ProviderDefinition | MethodDefinition]:  # noqa: ARG001 - one shape for all
    """The network adapters of this machine."""
    return network_adapter_providers()


def network_adapter_providers(files: SystemFiles | None = None) -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_NetworkAdapter over the machine below *files*."""
    files = SystemFiles() if files is None else files
    adapters = _NetworkAdapters(files)

    @provider(
        _CLASS,
        pushes=("DeviceID", "Index", "InterfaceIndex", "NetConnectionID", "PhysicalAdapter", "NetEnabled"),
        name="NetworkAdapter",
    )
    def network_adapters(request: InstanceRequest) -> Iterator[Row]:
        return adapters.rows(request)

    return [network_adapters]


class _NetworkAdapters:
    def __init__(self, files: SystemFiles) -> None:
        self._files = files
        self._links = NetworkLinks(files)

    def rows(self, request: InstanceRequest) -> Iterator[Row]:
        """The wanted adapters, in the order of their indexes."""
        common = logical_device(_CLASS, read_uname(self._files).host)
        wanted = None if request.keys is None else {str(keys["DeviceID"]) for keys in request.keys}
        started = self._started() if request.wants("TimeOfLastReset") else None
        for link in self._links.all():
            if wanted is not None and str(link.index) not in wanted:
                continue
            row: Row = {
                "DeviceID": str(link.index),
                "Index": link.index,
                "InterfaceIndex": link.index,
                "NetConnectionID": link.name,
                "PhysicalAdapter": link.is_physical,
            }
            if request.wants_any(*_STATE_COLUMNS):
                row.update(_state(link))
            if request.early(row):
                yield {**common, **row, **self._rest(request, link), "TimeOfLastReset": started}

    def _started(self) -> CimDateTime | None:
        """Devices are reset when the machine starts; later resets leave no trace."""
        seconds = boot_time(self._files)
        return None if seconds is None else CimDateTime.from_timestamp(seconds)

    def _rest(self, request: InstanceRequest, link: NetworkLink) -> Row:
        row: Row = {"Installed": True, "MaxNumberControlled": 0}
        if request.wants_any(*_PRODUCT_COLUMNS):
            vendor, product = self._links.product(link)
            name = self._links.display_name(link, product)
            row.update(Name=name, Caption=name, Description=product or name, ProductName=product, Manufacturer=vendor)
        if request.wants("MACAddress"):
            row["MACAddress"] = link.mac_address
        if request.wants("PermanentAddress"):
            row["PermanentAddress"] = link.permanent_address
        if request.wants("Speed"):
            row["Speed"] = link.speed
        if request.wants_any("AdapterType", "AdapterTypeID"):
            number, text = _ADAPTER_TYPES.get(link.hardware_type or 0, (None, None))
            row["AdapterTypeID"], row["AdapterType"] = number, text
        if request.wants("ServiceName"):
            row["ServiceName"] = link.driver
        if request.wants("GUID"):
            row["GUID"] = self._links.identifier(link)
        if request.wants("PNPDeviceID"):
            row["PNPDeviceID"] = device_path(link.device_directory)
        return row


def _state(link: NetworkLink) -> Row:
    is_up = link.is_up
    connection = _connection(link) if is_up else _DISCONNECTED
    status = "OK" if connection == _CONNECTED else "Degraded"
    if not is_up or connection is None:
        status = "Unknown"
    return {
        "NetEnabled": is_up,
        "NetConnectionStatus": connection,
        "Status": status,
        "StatusInfo": ENABLED if is_up else DISABLED,
        "Availability": RUNNING if is_up else OFF_LINE,
        "ConfigManagerErrorCode": 0 if is_up else _DEVICE_DISABLED,
    }


def _connection(link: NetworkLink) -> int | None:
    """``NetConnectionStatus`` of a link that is switched on; None during a test of the hardware, or when not told."""
    state = link.operational_state
    if state == "unknown":  # drivers that do not keep the state, and loopback: the signal decides
        carrier = link.has_carrier
        if carrier is None:
            return None
        return _CONNECTED if carrier else _MEDIA_DISCONNECTED
    return _STATUS_BY_STATE.get(state or "")
