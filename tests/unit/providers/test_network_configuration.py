"""Win32_NetworkAdapterConfiguration over a tree that stands for a machine, and over this one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from wmix.cim.datetime import CimDateTime
from wmix.config import Settings
from wmix.port.provider import Comparison
from wmix.providers.interface_addresses import InterfaceAddress
from wmix.providers.network_configuration import network_configuration_providers, providers
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import AddLink, Ask

CLASS = "Win32_NetworkAdapterConfiguration"
LOOPBACK = InterfaceAddress(1, "127.0.0.1", 8)
LOCAL = InterfaceAddress(2, "fe80::1", 64, is_version_6=True, is_link_local=True)
GLOBAL = InterfaceAddress(2, "fd00::2", 64, is_version_6=True)
PLAIN = InterfaceAddress(2, "192.0.2.8", 20)
LEASED = InterfaceAddress(2, "192.0.2.8", 24, is_permanent=False)


def over(root: Path, *addresses: InterfaceAddress) -> Any:
    return network_configuration_providers(SystemFiles(root), lambda: addresses)


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def machine(tmp_path: Path, add_link: AddLink) -> Path:
    add_link("lo", 1, type="772", flags="0x9", address="00:00:00:00:00:00")
    add_link("eth0", 2, hardware="pci0000:00/0000:00:19.0", bus="pci", driver="e1000e", mtu="1400")
    return tmp_path


def test_addresses_routes_and_names_of_a_link_are_shown(ask: Ask, machine: Path) -> None:
    write(
        machine,
        "proc/net/ipv6_route",
        f"{'0' * 32} 00 {'0' * 32} 00 fd{'0' * 29}1 00000400 00000002 00000000 00000003     eth0\n",
    )
    write(machine, "etc/resolv.conf", "nameserver 192.0.2.53\nsearch example.org sub.example.org\n")
    write(machine, "etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n")
    write(machine, "proc/sys/kernel/hostname", "box.example.org\n")
    loopback, card = ask(over(machine, LOOPBACK, LOCAL, GLOBAL, PLAIN), CLASS)
    expected = {
        "Index": 2,
        "InterfaceIndex": 2,
        "Caption": "e1000e eth0",
        "Description": "e1000e",
        "ServiceName": "e1000e",
        "SettingID": "{4F0854D2-96AF-569F-9298-D03226D65A61}",
        "MACAddress": "02:FC:00:00:00:01",
        "MTU": 1400,
        "IPEnabled": True,
        "IPAddress": ("192.0.2.8", "fe80::1", "fd00::2"),
        "IPSubnet": ("255.255.240.0", "64", "64"),
        "DefaultIPGateway": ("fd00::1",),
        "GatewayCostMetric": (1024,),
        "IPConnectionMetric": 1024,
        "DHCPEnabled": False,
        "DNSServerSearchOrder": ("192.0.2.53",),
        "DNSDomain": "example.org",
        "DNSDomainSuffixSearchOrder": ("example.org", "sub.example.org"),
        "DNSHostName": "box",
        "IGMPLevel": 2,
        "DatabasePath": "/etc",
        "WINSHostLookupFile": "/etc/hosts",
        "TcpipNetbiosOptions": 2,
        "IPFilterSecurityEnabled": False,
        "IPSecPermitTCPPorts": (),
        "IPXEnabled": False,
    }
    assert {name: card[name] for name in expected} == expected
    for name in ("DefaultTOS", "DHCPServer", "IPXAddress", "WINSPrimaryServer", "TcpNumConnections", "DefaultTTL"):
        assert card[name] is None
    assert (loopback["IPEnabled"], loopback["IPAddress"]) == (False, ("127.0.0.1",))
    for name in ("DNSServerSearchOrder", "DNSHostName", "DefaultIPGateway", "MACAddress"):
        assert loopback[name] is None


@pytest.mark.parametrize(
    ("addresses", "is_enabled"),
    [((), False), ((LOCAL,), False), ((GLOBAL,), True), ((PLAIN,), True), ((LOCAL, PLAIN), True)],
)
def test_a_link_local_address_of_version_6_alone_does_not_enable_ip(
    ask: Ask, machine: Path, addresses: tuple[InterfaceAddress, ...], is_enabled: bool
) -> None:
    rows = ask(over(machine, *addresses), CLASS, properties=["IPEnabled"], keys=[{"Index": 2}])
    assert rows == [{"IPEnabled": is_enabled}]


def test_a_kernel_that_does_not_tell_its_addresses_leaves_them_unknown(ask: Ask, machine: Path) -> None:
    def refuse() -> list[InterfaceAddress]:
        raise PermissionError(1, "no netlink")

    rows = ask(network_configuration_providers(SystemFiles(machine), refuse), CLASS)
    for row in rows:
        for name in ("IPEnabled", "IPAddress", "IPSubnet", "DHCPEnabled", "DNSHostName"):
            assert row[name] is None


def test_addresses_are_not_asked_for_unless_they_are_needed(ask: Ask, machine: Path) -> None:
    def refuse() -> list[InterfaceAddress]:
        raise AssertionError

    definitions = network_configuration_providers(SystemFiles(machine), refuse)
    rows = ask(definitions, CLASS, properties=["Index", "MACAddress", "DefaultTTL", "DefaultIPGateway"])
    assert [row["Index"] for row in rows] == [1, 2]


def test_a_lease_tells_its_server_and_its_times(ask: Ask, machine: Path) -> None:
    text = "ADDRESS=192.0.2.8\nSERVER_ADDRESS=192.0.2.1\nLIFETIME=60\n"
    os.utime(write(machine, "run/systemd/netif/leases/2", text), (1000.0, 1000.0))
    columns = ["DHCPEnabled", "DHCPServer", "DHCPLeaseObtained", "DHCPLeaseExpires"]
    (row,) = ask(over(machine, LEASED), CLASS, properties=columns, keys=[{"Index": 2}])
    assert row == {
        "DHCPEnabled": True,
        "DHCPServer": "192.0.2.1",
        "DHCPLeaseObtained": CimDateTime.from_timestamp(1000.0),
        "DHCPLeaseExpires": CimDateTime.from_timestamp(1060.0),
    }


@pytest.mark.parametrize(
    ("addresses", "is_leased"), [((LEASED,), True), ((PLAIN,), False), ((GLOBAL,), None), ((), None)]
)
def test_without_a_lease_file_the_lifetime_of_the_address_tells(
    ask: Ask, machine: Path, addresses: tuple[InterfaceAddress, ...], is_leased: bool | None
) -> None:
    (row,) = ask(over(machine, *addresses), CLASS, properties=["DHCPEnabled", "DHCPServer"], keys=[{"Index": 2}])
    assert row == {"DHCPEnabled": is_leased, "DHCPServer": None}


def test_servers_of_the_link_win_over_those_of_the_machine(ask: Ask, machine: Path) -> None:
    write(machine, "etc/resolv.conf", "nameserver 192.0.2.53\n")
    write(machine, "run/systemd/netif/links/2", "DNS=192.0.2.54\n")
    (row,) = ask(over(machine, PLAIN), CLASS, properties=["DNSServerSearchOrder"], keys=[{"Index": 2}])
    assert row == {"DNSServerSearchOrder": ("192.0.2.54",)}


def test_switches_of_the_kernel_have_the_units_of_wmi(ask: Ask, machine: Path) -> None:
    for name, text in (
        ("ip_default_ttl", "64"),
        ("tcp_rmem", "4096 16384 33554432"),
        ("tcp_keepalive_time", "7200"),
        ("tcp_keepalive_intvl", "75"),
        ("tcp_syn_retries", "6"),
        ("tcp_retries2", "15"),
        ("ip_no_pmtu_disc", "0"),
        ("tcp_mtu_probing", "1"),
    ):
        write(machine, "proc/sys/net/ipv4/" + name, text + "\n")
    expected = {
        "DefaultTTL": 64,
        "TcpWindowSize": 16384,
        "KeepAliveTime": 7_200_000,
        "KeepAliveInterval": 75_000,
        "TcpMaxConnectRetransmissions": 6,
        "TcpMaxDataRetransmissions": 15,
        "PMTUDiscoveryEnabled": True,
        "PMTUBHDetectEnabled": True,
    }
    (row,) = ask(over(machine), CLASS, properties=expected, keys=[{"Index": 2}])
    assert row == expected


def test_a_window_that_does_not_fit_its_property_is_unknown(ask: Ask, machine: Path) -> None:
    write(machine, "proc/sys/net/ipv4/tcp_rmem", "4096 131072 33554432\n")
    (row,) = ask(over(machine), CLASS, properties=["TcpWindowSize"], keys=[{"Index": 2}])
    assert row == {"TcpWindowSize": None}


def test_samba_tells_the_servers_of_wins(ask: Ask, machine: Path) -> None:
    write(machine, "etc/samba/smb.conf", "[global]\n  WINS server = 192.0.2.3 192.0.2.4\n")
    write(machine, "run/samba/nmbd.pid", "77\n")
    columns = ["WINSPrimaryServer", "WINSSecondaryServer", "TcpipNetbiosOptions"]
    (row,) = ask(over(machine), CLASS, properties=columns, keys=[{"Index": 2}])
    assert tuple(row[name] for name in columns) == ("192.0.2.3", "192.0.2.4", 1)


def test_a_comparison_on_ipenabled_ends_a_row_early(ask: Ask, machine: Path) -> None:
    enabled = Comparison("IPEnabled", "=", True, lambda value: value is True)
    definitions = over(machine, LOOPBACK, PLAIN)
    rows = ask(definitions, CLASS, properties=["Index", "IPEnabled", "IPAddress"], comparisons=(enabled,))
    assert rows == [{"Index": 2, "IPEnabled": True, "IPAddress": ("192.0.2.8",)}]


def test_this_machine_lists_its_configurations(ask: Ask) -> None:
    rows = ask(providers(Settings()), CLASS)
    for row in rows:
        assert (row["IPAddress"] is None) == (row["IPSubnet"] is None)
        if row["IPAddress"] is not None:
            assert len(row["IPAddress"]) == len(row["IPSubnet"])
        assert row["IPEnabled"] is not True or row["IPAddress"]
