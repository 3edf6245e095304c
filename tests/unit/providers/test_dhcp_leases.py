"""Leases as three clients keep them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wmix.providers.dhcp_leases import find_lease
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

DHCLIENT = """
default-duid "\\000\\001";
lease {
  interface "eth0";
  fixed-address 192.0.2.7;
  option dhcp-server-identifier 192.0.2.9;
  expire 3 2024/01/03 09:00:00;
}
lease {
  interface "eth1";
  fixed-address 192.0.2.8;
}
lease {
  interface "eth0";
  fixed-address 192.0.2.8;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 3600;
  option dhcp-server-identifier 192.0.2.1;
  renew 3 2024/01/03 09:30:00;
  expire 3 2024/01/03 10:00:00;
}
"""
#: 2024-01-03 10:00:00 UTC.
EXPIRY = 1704276000


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_lease_of_networkd_began_when_its_file_was_written(tmp_path: Path) -> None:
    text = "# private\nADDRESS=192.0.2.8\nSERVER_ADDRESS=192.0.2.1\nLIFETIME=3600\n"
    os.utime(write(tmp_path, "run/systemd/netif/leases/2", text), (1000.0, 1000.0))
    lease = find_lease(SystemFiles(tmp_path), "eth0", 2, {"192.0.2.8"})
    assert lease is not None
    assert (lease.server, lease.obtained, lease.expires) == ("192.0.2.1", 1000.0, 4600.0)
    assert find_lease(SystemFiles(tmp_path), "eth0", 3, {"192.0.2.8"}) is None


def test_a_lease_whose_address_is_not_on_the_link_is_of_yesterday(tmp_path: Path) -> None:
    write(tmp_path, "run/systemd/netif/leases/2", "ADDRESS=192.0.2.8\n")
    assert find_lease(SystemFiles(tmp_path), "eth0", 2, {"192.0.2.9"}) is None


def test_networkmanager_keeps_little_more_than_the_address(tmp_path: Path) -> None:
    write(tmp_path, "var/lib/NetworkManager/internal-0f-eth0.lease", "ADDRESS=192.0.2.8\n")
    write(tmp_path, "var/lib/NetworkManager/internal-1f-eth1.lease", "nothing\n")
    lease = find_lease(SystemFiles(tmp_path), "eth0", 2, {"192.0.2.8"})
    assert lease is not None
    assert (lease.server, lease.obtained, lease.expires) == (None, None, None)
    assert find_lease(SystemFiles(tmp_path), "eth1", 3, {"192.0.2.8"}) is None


def test_the_last_lease_of_dhclient_for_a_link_counts(tmp_path: Path) -> None:
    write(tmp_path, "var/lib/dhcp/dhclient.eth0.leases", DHCLIENT)
    lease = find_lease(SystemFiles(tmp_path), "eth0", 2, {"192.0.2.8", "192.0.2.7"})
    assert lease is not None
    assert (lease.address, lease.server) == ("192.0.2.8", "192.0.2.1")
    assert (lease.obtained, lease.expires) == (EXPIRY - 3600, EXPIRY)


def test_times_of_dhclient_may_be_counted_endless_or_wrong(tmp_path: Path) -> None:
    for index, (text, expires) in enumerate(
        (("epoch 1704276000", EXPIRY), ("never", None), ("3 2024/13/03 10:00:00", None), ("epoch", None)), start=2
    ):
        body = f'lease {{ interface "e{index}"; fixed-address 192.0.2.8; expire {text}; }}'
        write(tmp_path, f"var/lib/dhclient/dhclient-e{index}.lease", body)
        lease = find_lease(SystemFiles(tmp_path), f"e{index}", index, {"192.0.2.8"})
        assert lease is not None
        assert lease.expires == expires
        assert lease.obtained is None


def test_without_a_client_there_is_no_lease(tmp_path: Path) -> None:
    assert find_lease(SystemFiles(tmp_path), "eth0", 2, {"192.0.2.8"}) is None
