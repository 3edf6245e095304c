"""Links over a tree that stands for sysfs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.providers.network_links import NetworkLinks
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import AddLink
    from wmix.providers.network_links import NetworkLink

PCI = "pci0000:00/0000:00:19.0"
VIRTIO = "pci0000:00/0000:00:03.0/virtio2"
USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0"


def only(root: Path) -> NetworkLink:
    (link,) = NetworkLinks(SystemFiles(root)).all()
    return link


def test_links_come_in_the_order_of_their_indexes(add_link: AddLink, tmp_path: Path) -> None:
    add_link("wlan0", 3)
    add_link("eth0", 2)
    add_link("lo", 1, type="772")
    (tmp_path / "sys/class/net/bonding_masters").write_text("bond0\n")
    assert [(link.index, link.name) for link in NetworkLinks(SystemFiles(tmp_path)).all()] == [
        (1, "lo"),
        (2, "eth0"),
        (3, "wlan0"),
    ]


@pytest.mark.parametrize(
    ("address", "kind", "shown"),
    [
        ("02:fc:00:00:00:0a", "1", "02:FC:00:00:00:0A"),
        ("00:00:00:00:00:00", "772", None),
        ("00:00:00:00:00:00", "1", None),
        ("0a:00:00:01", "768", None),
        ("80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01", "32", None),
        ("", "65534", None),
    ],
)
def test_only_an_ethernet_address_of_six_octets_is_shown(
    add_link: AddLink, tmp_path: Path, address: str, kind: str, shown: str | None
) -> None:
    add_link("x", 1, address=address, type=kind)
    assert only(tmp_path).mac_address == shown


@pytest.mark.parametrize(("assigned", "is_permanent"), [("0", True), ("1", False), ("3", False)])
def test_an_address_that_was_given_later_is_not_permanent(
    add_link: AddLink, tmp_path: Path, assigned: str, is_permanent: bool
) -> None:
    add_link("x", 1, addr_assign_type=assigned)
    link = only(tmp_path)
    assert link.permanent_address == (link.mac_address if is_permanent else None)


@pytest.mark.parametrize(
    ("speed", "hardware", "bits"),
    [("1000", PCI, 10**9), ("-1", PCI, None), ("0", PCI, None), ("4294967295", PCI, None), ("10000", None, None)],
)
def test_a_speed_is_known_only_for_hardware_that_has_one(
    add_link: AddLink, tmp_path: Path, speed: str, hardware: str | None, bits: int | None
) -> None:
    add_link("x", 1, hardware=hardware, speed=speed)
    assert only(tmp_path).speed == bits


def test_flags_and_states_are_read_as_the_kernel_writes_them(add_link: AddLink, tmp_path: Path) -> None:
    add_link("x", 1, flags="0x1003", operstate="up", carrier="1", mtu="1500")
    link = only(tmp_path)
    assert (link.is_up, link.is_loopback, link.operational_state, link.has_carrier) == (True, False, "up", True)
    assert link.mtu == 1500


def test_a_link_that_tells_nothing_has_no_facts(tmp_path: Path) -> None:
    (tmp_path / "sys/class/net/x").mkdir(parents=True)
    (tmp_path / "sys/class/net/x/ifindex").write_text("9")
    (tmp_path / "sys/class/net/x/flags").write_text("?")
    link = only(tmp_path)
    assert (link.is_up, link.is_loopback, link.is_physical) == (False, False, False)
    for value in (link.mac_address, link.speed, link.mtu, link.driver, link.kind, link.has_carrier, link.hardware_type):
        assert value is None


def test_a_pci_card_is_named_by_its_numbers(add_link: AddLink, tmp_path: Path) -> None:
    (tmp_path / "usr/share/misc").mkdir(parents=True)
    (tmp_path / "usr/share/misc/pci.ids").write_text(
        "8086  Intel\n\t1502  82579LM\n1af4  Red Hat\n\t1000  Virtio net\n"
    )
    add_link("eth0", 2, hardware=PCI, bus="pci", driver="e1000e")
    device = tmp_path / "sys/devices" / PCI
    (device / "vendor").write_text("0x8086\n")
    (device / "device").write_text("0x1502\n")
    links = NetworkLinks(SystemFiles(tmp_path))
    (link,) = links.all()
    assert links.product(link) == ("Intel", "Intel 82579LM")
    assert links.display_name(link, "Intel 82579LM") == "Intel 82579LM eth0"
    assert (link.driver, link.device_directory) == ("e1000e", "/sys/devices/" + PCI)


def test_a_virtio_device_is_named_by_the_pci_device_that_carries_it(add_link: AddLink, tmp_path: Path) -> None:
    (tmp_path / "usr/share/misc").mkdir(parents=True)
    (tmp_path / "usr/share/misc/pci.ids").write_text("1af4  Red Hat\n\t1000  Virtio net\n")
    add_link("eth0", 2, hardware=VIRTIO, bus="virtio", driver="virtio_net")
    parent = (tmp_path / "sys/devices" / VIRTIO).parent
    (parent / "subsystem").symlink_to("/bus/pci")
    (parent / "vendor").write_text("0x1af4\n")
    (parent / "device").write_text("0x1000\n")
    links = NetworkLinks(SystemFiles(tmp_path))
    assert links.product(links.all()[0]) == ("Red Hat", "Red Hat Virtio net")


def test_a_usb_device_says_itself_what_it_is(add_link: AddLink, tmp_path: Path) -> None:
    add_link("usb0", 2, hardware=USB, bus="usb", driver="r8152")
    device = (tmp_path / "sys/devices" / USB).parent
    (device / "idVendor").write_text("0bda\n")
    (device / "idProduct").write_text("8153\n")
    (device / "product").write_text("USB 10/100/1000 LAN\n")
    links = NetworkLinks(SystemFiles(tmp_path))
    assert links.product(links.all()[0]) == (None, "USB 10/100/1000 LAN")


def test_without_names_a_link_is_called_after_its_driver_or_its_kind(add_link: AddLink, tmp_path: Path) -> None:
    add_link("eth0", 2, hardware=PCI, bus="pci", driver="e1000e")
    add_link("br0", 3, uevent="DEVTYPE=bridge\nINTERFACE=br0")
    add_link("lo", 1)
    links = NetworkLinks(SystemFiles(tmp_path))
    assert [links.product(link) for link in links.all()] == [(None, None), (None, "e1000e"), (None, "bridge")]
    assert links.display_name(links.all()[0], None) == "lo"


def test_an_identifier_is_the_same_at_every_start_and_needs_the_machine_s(add_link: AddLink, tmp_path: Path) -> None:
    add_link("eth0", 2)
    add_link("eth1", 3)
    links = NetworkLinks(SystemFiles(tmp_path))
    first, second = links.all()
    assert links.identifier(first) is None
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("no identifier\n")
    assert links.identifier(first) is None
    (tmp_path / "etc/machine-id").write_text("3d1219c7c4c5404aaa1f6d2a48adfda4\n")
    # uuid5 of the machine's identifier as name space and the name of the link.
    assert links.identifier(first) == "{4F0854D2-96AF-569F-9298-D03226D65A61}"
    assert links.identifier(second) != links.identifier(first)
