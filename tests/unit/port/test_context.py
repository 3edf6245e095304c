"""Context values: names without case, the order of the first set, reserved names. Brief 1.4.69, 1.4.70."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidParameter
from wmix.port.context import Context


def test_names_ignore_case_and_keep_their_first_spelling_and_place() -> None:
    context = Context({"Alpha": 1, "beta": 2})
    context["ALPHA"] = 3
    assert context.items() == [("Alpha", 3), ("beta", 2)]
    assert (context["alpha"], "BETA" in context, 5 in context, list(context)) == (3, True, False, ["Alpha", "beta"])


def test_null_is_a_value() -> None:
    context = Context({"a": None})
    assert (context["A"], context.get("a", 1), context.get("b", 1), len(context)) == (None, None, 1, 1)


def test_values_are_deleted_by_any_spelling() -> None:
    context = Context({"One": 1, "Two": 2})
    del context["ONE"]
    assert list(context) == ["Two"]
    with pytest.raises(KeyError):
        del context["One"]
    copy = context.copy()
    context.clear()
    assert (len(context), list(copy)) == (0, ["Two"])


def test_a_name_is_needed_and_reserved_values_are_checked() -> None:
    with pytest.raises(InvalidParameter, match="name"):
        Context({"": 1})
    Context({"__ProviderArchitecture": 64})
    with pytest.raises(InvalidParameter, match="32 or 64"):
        Context({"__providerarchitecture": 16})
