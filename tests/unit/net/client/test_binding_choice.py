"""Where objects are reached."""

from __future__ import annotations

from wmix.net.client.binding_choice import object_endpoints
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, NCACN_NP, DualStringArray, StringBinding

BINDINGS = DualStringArray(
    (
        StringBinding(NCACN_NP, r"\\SRV1[\PIPE\atsvc]"),
        StringBinding(NCACN_IP_TCP, "SRV1[49667]"),
        StringBinding(NCACN_IP_TCP, "10.0.0.5[49667]"),
        StringBinding(NCACN_IP_TCP, "fe80::1[49667]"),
        StringBinding(NCACN_IP_TCP, "no port"),
    )
)


def test_the_address_that_answered_comes_first_with_the_port_of_the_binding() -> None:
    assert object_endpoints(BINDINGS, "203.0.113.9") == [
        ("203.0.113.9", 49667),
        ("SRV1", 49667),
        ("10.0.0.5", 49667),
        ("fe80::1", 49667),
    ]


def test_each_endpoint_is_tried_once() -> None:
    assert object_endpoints(BINDINGS, "10.0.0.5") == [("10.0.0.5", 49667), ("SRV1", 49667), ("fe80::1", 49667)]


def test_a_named_host_is_the_only_one_and_a_named_port_goes_for_all() -> None:
    assert object_endpoints(BINDINGS, "1.2.3.4", object_host="nat") == [("nat", 49667)]
    assert object_endpoints(BINDINGS, "1.2.3.4", object_host="nat", object_port=24158) == [("nat", 24158)]
    assert object_endpoints(BINDINGS, "1.2.3.4", object_port=24158)[:2] == [("1.2.3.4", 24158), ("SRV1", 24158)]


def test_named_pipes_alone_lead_nowhere() -> None:
    pipes = DualStringArray((StringBinding(NCACN_NP, r"\\SRV1[\PIPE\atsvc]"),))
    assert object_endpoints(pipes, "1.2.3.4") == []
    assert object_endpoints(pipes, "1.2.3.4", object_port=24158) == [("1.2.3.4", 24158)]
