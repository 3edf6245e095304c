"""Default routes: the files of the kernel, and what is left out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wmix.providers.ip_routes import default_routes
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
ANY = "0" * 32
NEXT = "fd000000000000000000000000000001"


def number(address: str) -> str:
    """An address as the kernel writes it: its octets as a number of this machine."""
    octets = bytes(int(octet) for octet in address.split("."))
    return f"{int.from_bytes(octets, sys.byteorder):08X}"


def routes(root: Path, version_4: str, version_6: str = "") -> list[tuple[str, str | None, int]]:
    (root / "proc/net").mkdir(parents=True)
    (root / "proc/net/route").write_text(HEAD + version_4)
    (root / "proc/net/ipv6_route").write_text(version_6)
    return [(route.link, route.gateway, route.metric) for route in default_routes(SystemFiles(root))]


def test_default_routes_of_both_versions_are_found(tmp_path: Path) -> None:
    gateway = number("192.0.2.1")
    found = routes(
        tmp_path,
        f"eth0\t00000000\t{gateway}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        f"eth0\t{number('192.0.2.0')}\t00000000\t0001\t0\t0\t0\t{number('255.255.255.0')}\t0\t0\t0\n"
        "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n",
        f"{NEXT} 80 {ANY} 00 {ANY} 00000100 00000001 00000000 00000001     eth0\n"
        f"{ANY} 00 {ANY} 00 {NEXT} 00000400 00000002 00000000 00000003     eth0\n"
        f"{ANY} 00 {ANY} 00 {NEXT} 00000000 00000002 00000000 00000003     eth1\n"
        # What the kernel keeps to refuse packets that have no route.
        f"{ANY} 00 {ANY} 00 {ANY} ffffffff 00000001 00000000 00200200       lo\n",
    )
    assert found == [
        ("eth0", "192.0.2.1", 100),
        ("ppp0", None, 0),
        ("eth0", "fd00::1", 1024),
        ("eth1", "fd00::1", 1024),
    ]


def test_routes_that_are_down_or_refused_and_half_lines_are_left_out(tmp_path: Path) -> None:
    gateway = number("192.0.2.1")
    assert (
        routes(
            tmp_path,
            f"eth0\t00000000\t{gateway}\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
            "*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
            "eth0\t00000000\tzz\t0003\t0\t0\t0\t00000000\neth0\t00000000\n",
            f"{ANY} 00 {ANY} 00 {NEXT} 00000400\n{ANY} 00 {ANY} 00 xx 00000400 00000002 00000000 00000003 eth0\n",
        )
        == []
    )


def test_without_the_files_there_are_no_routes(tmp_path: Path) -> None:
    assert default_routes(SystemFiles(tmp_path)) == []
