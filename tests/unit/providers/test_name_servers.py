"""Name servers: resolv.conf, the stub of resolved, and what managers keep for each link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.providers.name_servers import link_resolver, system_resolver
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_servers_come_in_their_order_and_the_last_search_line_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        "etc/resolv.conf",
        "# comment\nnameserver 192.0.2.53 ; first\nnameserver fd00::53\nsearch a.example\nsearch b.example c.example\n"
        "options ndots:2\nnameserver\n",
    )
    resolver = system_resolver(SystemFiles(tmp_path))
    assert resolver.servers == ("192.0.2.53", "fd00::53")
    assert resolver.search == ("b.example", "c.example")
    assert resolver.domain == "b.example"


def test_a_domain_line_is_a_search_of_one(tmp_path: Path) -> None:
    write(tmp_path, "etc/resolv.conf", "search a.example b.example\ndomain c.example\n")
    resolver = system_resolver(SystemFiles(tmp_path))
    assert (resolver.domain, resolver.search) == ("c.example", ("c.example",))


def test_behind_the_stub_are_the_real_servers(tmp_path: Path) -> None:
    write(tmp_path, "etc/resolv.conf", "nameserver 127.0.0.53\nsearch stub.example\n")
    write(tmp_path, "run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n")
    resolver = system_resolver(SystemFiles(tmp_path))
    assert resolver.servers == ("192.0.2.53",)
    assert resolver.search == ("stub.example",)


def test_a_stub_with_nothing_behind_it_is_no_server(tmp_path: Path) -> None:
    write(tmp_path, "etc/resolv.conf", "nameserver 127.0.0.53\n")
    assert system_resolver(SystemFiles(tmp_path)).servers == ()


def test_without_a_file_there_are_no_servers(tmp_path: Path) -> None:
    resolver = system_resolver(SystemFiles(tmp_path))
    assert not resolver
    assert (resolver.servers, resolver.search, resolver.domain) == ((), (), None)


@pytest.mark.parametrize(
    ("name", "text", "servers", "search"),
    [
        (
            "run/systemd/resolve/netif/2",
            "SERVERS=192.0.2.1 fd00::1%eth0\nDOMAINS=+a.example ~b.example\n",
            2,
            ("a.example",),
        ),
        (
            "run/systemd/netif/links/2",
            "# private\nDNS=192.0.2.1:53#dns.example [fd00::1]:853\nDOMAINS=a.example\n",
            2,
            ("a.example",),
        ),
        ("run/systemd/netif/links/2", "ADMIN_STATE=configured\n", 0, ()),
        ("run/systemd/netif/links/3", "DNS=192.0.2.1\n", 0, ()),
    ],
)
def test_a_manager_keeps_servers_for_each_link(
    tmp_path: Path, name: str, text: str, servers: int, search: tuple[str, ...]
) -> None:
    write(tmp_path, name, text)
    resolver = link_resolver(SystemFiles(tmp_path), 2)
    assert resolver.servers == ("192.0.2.1", "fd00::1")[:servers]
    assert resolver.search == search
