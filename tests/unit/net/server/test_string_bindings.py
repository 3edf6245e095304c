"""String bindings: the address that the client used comes first, whatever else there is."""

from __future__ import annotations

import pytest

from wmix.net.server.string_bindings import bindings_at, plain_address


def texts(local: str, *names: str, resolver: int = 135) -> tuple[list[str], list[str]]:
    found = bindings_at(local, names, resolver_port=resolver, object_port=49152, services=(10, 9))
    assert [item.service for item in found.exporter.security] == [10, 9]
    return (
        [item.address for item in found.resolver.tcp_bindings()],
        [item.address for item in found.exporter.tcp_bindings()],
    )


def test_the_reached_address_comes_first_and_objects_have_a_port() -> None:
    assert texts("192.0.2.1", "srv1") == (["192.0.2.1", "srv1"], ["192.0.2.1[49152]", "srv1[49152]"])


def test_another_port_of_the_resolver_is_told() -> None:
    assert texts("192.0.2.1", resolver=1135)[0] == ["192.0.2.1[1135]"]


def test_on_loopback_its_name_is_told_too() -> None:
    assert texts("127.0.0.1", "srv1")[0] == ["127.0.0.1", "localhost", "srv1"]
    assert texts("::1")[1] == ["::1[49152]", "localhost[49152]"]


def test_what_is_there_twice_is_told_once() -> None:
    assert texts("192.0.2.1", "SRV1", "192.0.2.1", "srv1")[0] == ["192.0.2.1", "SRV1"]


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("srv1", "srv1"),
    ],
)
def test_addresses_are_spelled_as_clients_do(address: str, plain: str) -> None:
    assert plain_address(address) == plain
