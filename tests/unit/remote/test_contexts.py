"""Named values as they travel."""

from __future__ import annotations

import pytest

from conformance.fixture_f import PART, instance
from wmix.errors import InvalidParameter
from wmix.port.context import Context
from wmix.protocol.wbem.context import VT_ARRAY, VarType, WireContext
from wmix.remote.contexts import context_octets


def test_no_values_are_no_context() -> None:
    assert context_octets(None) is None
    assert context_octets(Context()) is None


@pytest.mark.parametrize(
    ("value", "vartype"),
    [
        (None, VarType.NULL),
        (True, VarType.BOOL),
        (-5, VarType.I4),
        (0xFFFFFFFF, VarType.UI4),
        (1.5, VarType.R8),
        ("text", VarType.BSTR),
        (("a", "b"), VT_ARRAY | VarType.BSTR),
        ((1, 0xFFFFFFFF), VT_ARRAY | VarType.UI4),
        ((), VT_ARRAY | VarType.BSTR),
    ],
)
def test_a_value_arrives_with_its_type(value: object, vartype: int) -> None:
    octets = context_octets(Context({"Name": value}))
    assert octets is not None
    (item,) = WireContext.decode(octets).items
    assert (item.name, item.vartype, item.value) == ("Name", vartype, value)


def test_objects_travel_too() -> None:
    octets = context_octets(Context({"Object": instance(PART, Id="p1")}))
    assert octets is not None
    (item,) = WireContext.decode(octets).items
    assert item.vartype == VarType.UNKNOWN


@pytest.mark.parametrize("value", [1 << 32, b"octets", (1, "a"), object()])
def test_a_value_that_cannot_travel_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(InvalidParameter, match="Name"):
        context_octets(Context({"Name": value}))
