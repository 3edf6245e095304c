"""Contexts of calls, from octets to named values."""

from __future__ import annotations

import pytest

from conformance.fixture_f import INNER, instance
from wmix.errors import InvalidParameter, ProtocolError
from wmix.protocol.wbem.context import VT_ARRAY, ContextItem, VarType, WireContext
from wmix.protocol.wmio import encode_object
from wmix.server.call_contexts import call_context


def test_there_may_be_none() -> None:
    assert call_context(None) is None


def test_values_keep_their_types_and_order() -> None:
    unit = encode_object(instance(INNER, P="x", Q=3), decoration=None)
    items = (
        ContextItem("__ProviderArchitecture", VarType.I4, 64),
        ContextItem("Flag", VarType.BOOL, True),
        ContextItem("Names", VT_ARRAY | VarType.BSTR, ("a", "b")),
        ContextItem("Nothing", VarType.NULL, None),
        ContextItem("Object", VarType.UNKNOWN, unit),
    )
    context = call_context(WireContext(items=items).encode())
    assert context is not None
    assert list(context) == [item.name for item in items]
    assert context["flag"] is True
    assert context["Names"] == ["a", "b"]
    assert context["Nothing"] is None
    assert context["Object"].P == "x"  # type: ignore[attr-defined]  # an instance


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ProtocolError):
        call_context(b"\1\2\3")
    wrong = WireContext(items=(ContextItem("__ProviderArchitecture", VarType.I4, 16),)).encode()
    with pytest.raises(InvalidParameter, match="32 or 64"):
        call_context(wrong)
