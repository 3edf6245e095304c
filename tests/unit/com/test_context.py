"""Context: named values in the order of insertion, whose calls never leave an error object."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fixture_f import INSTANCES
from wmix import com
from wmix.com.context import call_context

NO_ERROR = (com.WBEM_S_NO_ERROR,)


def filled(**values: object) -> com.Context:
    context = com.Context()
    for name, value in values.items():
        assert context.set_value(name, 0, value) == NO_ERROR
    return context


def test_a_value_is_found_in_any_case_and_keeps_its_first_spelling() -> None:
    context = filled(Name=1)
    assert context.get_value("NAME") == (com.WBEM_S_NO_ERROR, 1)
    assert context.set_value("name", 0, 2) == NO_ERROR
    assert context.get_names().names == ["Name"]
    assert context.get_value("Name").value == 2


def test_none_is_a_value_and_a_missing_argument_is_a_null_pointer() -> None:
    context = filled(a=None)
    assert context.get_value("a") == (com.WBEM_S_NO_ERROR, None)
    assert context.set_value("a", 0) == (com.WBEM_E_INVALID_PARAMETER,)
    assert context.set_value(None, 0, 1) == (com.WBEM_E_INVALID_PARAMETER,)
    assert context.get_value(None) == (com.WBEM_E_INVALID_PARAMETER, None)


def test_an_unknown_name_is_not_found() -> None:
    context = com.Context()
    assert context.get_value("a") == (com.WBEM_E_NOT_FOUND, None)
    assert context.delete_value("a") == (com.WBEM_E_NOT_FOUND,)
    assert com.get_error_info() is None


def test_enumeration_is_in_the_order_of_insertion() -> None:
    context = filled(b=1, a=2)
    assert context.next() == (com.WBEM_E_UNEXPECTED, None, None)
    assert context.begin_enumeration() == NO_ERROR
    assert context.next() == (com.WBEM_S_NO_ERROR, "b", 1)
    assert context.begin_enumeration() == NO_ERROR
    assert [context.next().name for _ in range(2)] == ["b", "a"]
    assert context.next() == (com.WBEM_S_NO_MORE_DATA, None, None)
    assert context.end_enumeration() == NO_ERROR
    assert context.next().hresult == com.WBEM_E_UNEXPECTED


def test_a_value_deleted_meanwhile_is_passed_over() -> None:
    context = filled(a=1, b=2)
    context.begin_enumeration()
    context.delete_value("A")
    assert context.next().name == "b"


def test_delete_all_leaves_nothing() -> None:
    context = filled(a=1, b=2)
    assert context.delete_all() == NO_ERROR
    assert context.get_names().names == []


def test_a_clone_is_independent() -> None:
    context = filled(a=1)
    copy = context.clone().new_copy
    assert copy is not None
    copy.set_value("a", 0, 2)
    assert context.get_value("a").value == 1


def test_reserved_names_have_their_legal_values() -> None:
    context = com.Context()
    assert context.set_value("__ProviderArchitecture", 0, 48) == (com.WBEM_E_INVALID_PARAMETER,)
    assert context.set_value("__ProviderArchitecture", 0, 64) == NO_ERROR


@pytest.mark.parametrize("method", ["get_names", "begin_enumeration", "next"])
def test_flags_are_reserved(method: str) -> None:
    assert getattr(com.Context(), method)(1).hresult == com.WBEM_E_INVALID_PARAMETER


def test_lists_and_objects_are_values() -> None:
    context = filled(list=["a", 1], object=com.ClassObject(INSTANCES[0]))
    assert context.get_value("list").value == ["a", 1]
    found = context.get_value("object").value
    assert isinstance(found, com.ClassObject)
    assert found.get("Id").value == "p1"


@pytest.mark.parametrize("value", [object(), {"a": 1}, [object()], b"bytes"])
def test_what_no_variant_holds_is_a_programming_error(value: Any) -> None:
    with pytest.raises(TypeError):
        com.Context().set_value("a", 0, value)


def test_a_call_sees_the_values_as_they_were_when_it_was_made() -> None:
    context = filled(a=1)
    seen = call_context(context)
    context.set_value("a", 0, 2)
    assert seen is not None
    assert seen["a"] == 1
    assert call_context(None) is None
    with pytest.raises(TypeError):
        call_context({"a": 1})  # type: ignore[arg-type]  # on purpose
