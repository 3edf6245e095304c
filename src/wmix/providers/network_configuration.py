"""Win32_NetworkAdapterConfiguration: addresses, routes, names and leases of every network link.

``Index`` is the index of the link, as in Win32_NetworkAdapter.  Addresses come from the kernel (rtnetlink), routes and
switches of TCP/IP from ``/proc``, name servers and leases from the files of whoever manages the network.  What is not
of IP (IPX), not of Linux (the port filters of Windows) or not kept anywhere is NULL or false, as linux-mapping, section
6.4, lists it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.providers.dhcp_leases import find_lease
from wmix.providers.interface_addresses import interface_addresses
from wmix.providers.ip_routes import default_routes
from wmix.providers.name_servers import Resolver, link_resolver, system_resolver
from wmix.providers.network_links import NetworkLinks
from wmix.providers.registration import provider
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.interface_addresses import InterfaceAddress
    from wmix.providers.ip_routes import DefaultRoute
    from wmix.providers.network_links import NetworkLink
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

    Row = dict[str, object]

__all__ = ["network_configuration_providers", "providers"]

_CLASS: Final = "Win32_NetworkAdapterConfiguration"

_NAME_COLUMNS: Final = ("Caption", "Description")
_ADDRESS_COLUMNS: Final = ("IPAddress", "IPSubnet", "IPEnabled")
_ROUTE_COLUMNS: Final = ("DefaultIPGateway", "GatewayCostMetric", "IPConnectionMetric")
_DHCP_COLUMNS: Final = ("DHCPEnabled", "DHCPServer", "DHCPLeaseObtained", "DHCPLeaseExpires")
_DNS_COLUMNS: Final = ("DNSServerSearchOrder", "DNSDomain", "DNSDomainSuffixSearchOrder", "DNSHostName")
_WINS_COLUMNS: Final = ("WINSPrimaryServer", "WINSSecondaryServer", "TcpipNetbiosOptions")
_KERNEL_COLUMNS: Final = (
    "DefaultTTL",
    "TcpWindowSize",
    "KeepAliveTime",
    "KeepAliveInterval",
    "TcpMaxConnectRetransmissions",
    "TcpMaxDataRetransmissions",
    "PMTUDiscoveryEnabled",
    "PMTUBHDetectEnabled",
)

#: What is the same on every Linux: IGMP is complete (2), and names are looked up in files under /etc.
_CONSTANTS: Final = {
    "IGMPLevel": 2,
    "DatabasePath": "/etc",
    "WINSHostLookupFile": "/etc/hosts",
    "DomainDNSRegistrationEnabled": False,
    "FullDNSRegistrationEnabled": False,
    "DNSEnabledForWINSResolution": False,
    "WINSEnableLMHostsLookup": False,
    "IPFilterSecurityEnabled": False,
    "IPSecPermitIPProtocols": (),
    "IPSecPermitTCPPorts": (),
    "IPSecPermitUDPPorts": (),
    "IPXEnabled": False,
}

_UINT8_MAX: Final = 0xFF
_UINT16_MAX: Final = 0xFFFF

#: ``TcpipNetbiosOptions``.
_NETBIOS_ENABLED: Final = 1
_NETBIOS_DISABLED: Final = 2


def providers(settings: Settings) -> list[ProviderDefinition | MethodDefinition]:  # noqa: ARG001 - one shape for all
    """The network configuration of this machine."""
    return network_configuration_providers()


def network_configuration_providers(
    files: SystemFiles | None = None,
    addresses: Callable[[], Sequence[InterfaceAddress]] = interface_addresses,
) -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_NetworkAdapterConfiguration.

    Args:
        files: the machine whose files are read.
        addresses: what tells the addresses of its links, or raises OSError.
    """
    configurations = _Configurations(SystemFiles() if files is None else files, addresses)

    @provider(_CLASS, pushes=("Index", "InterfaceIndex", "IPEnabled", "MACAddress"), name="NetworkConfiguration")
    def network_configurations(request: InstanceRequest) -> Iterator[Row]:
        return configurations.rows(request)

    return [network_configurations]


class _Snapshot:
    """What one query reads once for all links."""

    __slots__ = ("addresses", "host", "kernel", "resolver", "routes", "wins")

    def __init__(self) -> None:
        self.addresses: dict[int, list[InterfaceAddress]] | None = None
        self.routes: list[DefaultRoute] = []
        self.resolver = Resolver()
        self.kernel: Row = {}
        self.wins: Row = {}
        self.host: str | None = None


class _Configurations:
    def __init__(self, files: SystemFiles, addresses: Callable[[], Sequence[InterfaceAddress]]) -> None:
        self._files = files
        self._addresses = addresses
        self._links = NetworkLinks(files)

    def rows(self, request: InstanceRequest) -> Iterator[Row]:
        """The wanted configurations, in the order of their indexes."""
        wanted = None if request.keys is None else {keys["Index"] for keys in request.keys}
        snapshot = self._snapshot(request)
        for link in self._links.all():
            if wanted is not None and link.index not in wanted:
                continue
            row: Row = {"Index": link.index, "InterfaceIndex": link.index}
            if request.wants("MACAddress"):
                row["MACAddress"] = link.mac_address
            own = None if snapshot.addresses is None else snapshot.addresses.get(link.index, [])
            is_enabled = None if own is None else _is_enabled(link, own)
            if request.wants_any(*_ADDRESS_COLUMNS):
                row["IPEnabled"] = is_enabled
            if request.early(row):
                row.update(_CONSTANTS)
                row.update(snapshot.kernel)
                row.update(snapshot.wins)
                self._finish(request, snapshot, link, row, own)
                yield row

    def _snapshot(self, request: InstanceRequest) -> _Snapshot:
        snapshot = _Snapshot()
        if request.wants_any(*_ADDRESS_COLUMNS, *_DHCP_COLUMNS, *_DNS_COLUMNS):
            snapshot.addresses = self._by_link()
        if request.wants_any(*_ROUTE_COLUMNS):
            snapshot.routes = default_routes(self._files)
        if request.wants_any(*_DNS_COLUMNS):
            snapshot.resolver = system_resolver(self._files)
            snapshot.host = read_uname(self._files).host
        if request.wants_any(*_KERNEL_COLUMNS):
            snapshot.kernel = self._kernel_columns()
        if request.wants_any(*_WINS_COLUMNS):
            snapshot.wins = self._wins_columns()
        return snapshot

    def _by_link(self) -> dict[int, list[InterfaceAddress]] | None:
        """The addresses of each link, those of IP version 4 first; None when the kernel does not tell."""
        try:
            addresses = self._addresses()
        except OSError:
            return None
        found: dict[int, list[InterfaceAddress]] = {}
        for address in sorted(addresses, key=lambda address: address.is_version_6):
            found.setdefault(address.index, []).append(address)
        return found

    def _finish(
        self,
        request: InstanceRequest,
        snapshot: _Snapshot,
        link: NetworkLink,
        row: Row,
        own: list[InterfaceAddress] | None,
    ) -> None:
        if request.wants_any(*_NAME_COLUMNS):
            _, product = self._links.product(link)
            name = self._links.display_name(link, product)
            row["Caption"], row["Description"] = name, product or name
        if request.wants("ServiceName"):
            row["ServiceName"] = link.driver
        if request.wants("SettingID"):
            row["SettingID"] = self._links.identifier(link)
        if request.wants("MTU"):
            row["MTU"] = link.mtu
        if own:
            row["IPAddress"] = tuple(address.address for address in own)
            row["IPSubnet"] = tuple(_subnet(address) for address in own)
        if request.wants_any(*_ROUTE_COLUMNS):
            row.update(_route_columns([route for route in snapshot.routes if route.link == link.name]))
        if own is not None and request.wants_any(*_DHCP_COLUMNS):
            row.update(self._dhcp_columns(link, own))
        if own is not None and _is_enabled(link, own) and request.wants_any(*_DNS_COLUMNS):
            row["DNSHostName"] = snapshot.host
            row.update(_dns_columns(link_resolver(self._files, link.index) or snapshot.resolver))

    def _dhcp_columns(self, link: NetworkLink, own: list[InterfaceAddress]) -> Row:
        version_4 = [address for address in own if not address.is_version_6]
        if not version_4:
            return {}
        lease = find_lease(self._files, link.name, link.index, {address.address for address in version_4})
        if lease is None:
            # Whoever set the address gave it a lifetime if a lease stands behind it.
            return {"DHCPEnabled": any(not address.is_permanent for address in version_4)}
        return {
            "DHCPEnabled": True,
            "DHCPServer": lease.server,
            "DHCPLeaseObtained": None if lease.obtained is None else CimDateTime.from_timestamp(lease.obtained),
            "DHCPLeaseExpires": None if lease.expires is None else CimDateTime.from_timestamp(lease.expires),
        }

    def _kernel_columns(self) -> Row:
        def switch(name: str) -> int | None:
            return self._files.number("/proc/sys/net/ipv4/" + name)

        def milliseconds(name: str) -> int | None:
            seconds = switch(name)
            return None if seconds is None else seconds * 1000

        time_to_live, discovery = switch("ip_default_ttl"), switch("ip_no_pmtu_disc")
        probing = switch("tcp_mtu_probing")
        # Least, default and largest buffer; a default of more than 16 bits has no place in the property.
        buffers = (self._files.text("/proc/sys/net/ipv4/tcp_rmem") or "").split()
        window = int(buffers[1]) if len(buffers) == 3 and buffers[1].isdecimal() else None
        return {
            "DefaultTTL": time_to_live if time_to_live is not None and time_to_live <= _UINT8_MAX else None,
            "TcpWindowSize": window if window is not None and window <= _UINT16_MAX else None,
            "KeepAliveTime": milliseconds("tcp_keepalive_time"),
            "KeepAliveInterval": milliseconds("tcp_keepalive_intvl"),
            "TcpMaxConnectRetransmissions": switch("tcp_syn_retries"),
            "TcpMaxDataRetransmissions": switch("tcp_retries2"),
            "PMTUDiscoveryEnabled": None if discovery is None else discovery == 0,
            "PMTUBHDetectEnabled": None if probing is None else probing > 0,
        }

    def _wins_columns(self) -> Row:
        """Samba's servers of WINS; its nmbd is who speaks NetBIOS here."""
        servers: list[str] = []
        for line in self._files.lines("/etc/samba/smb.conf"):
            name, separator, value = line.partition("=")
            if separator and "".join(name.split()).lower() == "winsserver":
                servers = value.replace(",", " ").split()
        speaks = self._files.exists("/run/samba/nmbd.pid")
        return {
            "WINSPrimaryServer": servers[0] if servers else None,
            "WINSSecondaryServer": servers[1] if len(servers) > 1 else None,
            "TcpipNetbiosOptions": _NETBIOS_ENABLED if speaks else _NETBIOS_DISABLED,
        }


def _is_enabled(link: NetworkLink, own: list[InterfaceAddress]) -> bool:
    """``IPEnabled``: any address but one that IP version 6 gives itself; never for loopback."""
    return not link.is_loopback and any(not (address.is_version_6 and address.is_link_local) for address in own)


def _subnet(address: InterfaceAddress) -> str:
    """A mask of four numbers for IP version 4, the length of the prefix for version 6."""
    if address.is_version_6:
        return str(address.prefix_length)
    mask = (0xFFFFFFFF << (32 - address.prefix_length)) & 0xFFFFFFFF
    return ".".join(str(octet) for octet in mask.to_bytes(4, "big"))


def _route_columns(routes: list[DefaultRoute]) -> Row:
    gateways = [(route.gateway, route.metric) for route in routes if route.gateway is not None]
    row: Row = {}
    if gateways:
        row["DefaultIPGateway"] = tuple(gateway for gateway, _ in gateways)
        row["GatewayCostMetric"] = tuple(min(metric, _UINT16_MAX) for _, metric in gateways)
    if routes:
        row["IPConnectionMetric"] = min(route.metric for route in routes)
    return row


def _dns_columns(resolver: Resolver) -> Row:
    return {
        "DNSServerSearchOrder": resolver.servers or None,
        "DNSDomain": resolver.domain,
        "DNSDomainSuffixSearchOrder": resolver.search or None,
    }
