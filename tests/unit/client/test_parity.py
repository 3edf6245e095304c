"""The two clients are one: same verbs, same parameters, same defaults; a verb that waits is a coroutine on one side."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from wmix.client.asynchronous import AsyncClient
from wmix.client.blocking import Client
from wmix.client.handles import AsyncCallResult, AsyncQuery, CallResult, Query
from wmix.client.watching import AsyncWatch, Watch

ONE_SIDED = {"portal"}
HANDLE_VERBS = {
    "query",
    "select",
    "classes",
    "instances",
    "begin_get",
    "begin_put",
    "begin_delete",
    "begin_call",
    "watch",
}
INTERNAL = {"over", "face_", "instance_type", "class_type"}


def public(cls: type) -> dict[str, Any]:
    """What *cls* has, from its bases too; those of Python have nothing public."""
    found = {name: value for base in reversed(cls.__mro__) for name, value in vars(base).items()}
    return {name: value for name, value in found.items() if not name.startswith("_") and name not in INTERNAL}


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found if p.name not in ONE_SIDED]


@pytest.mark.parametrize(("blocking", "asynchronous"), [(Client, AsyncClient), (CallResult, AsyncCallResult)])
def test_both_have_the_same_public_names(blocking: type, asynchronous: type) -> None:
    assert set(public(blocking)) == set(public(asynchronous))


def test_both_query_handles_have_the_same_public_names() -> None:
    assert set(public(Query)) == set(public(AsyncQuery))
    assert set(public(Watch)) == set(public(AsyncWatch))


@pytest.mark.parametrize("name", sorted(name for name, value in public(AsyncClient).items() if callable(value)))
def test_a_verb_has_the_same_parameters_on_both(name: str) -> None:
    blocking, asynchronous = getattr(Client, name), getattr(AsyncClient, name)
    assert parameters(blocking) == parameters(asynchronous)
    assert blocking.__doc__
    assert asynchronous.__doc__


@pytest.mark.parametrize("name", sorted(name for name, value in public(AsyncClient).items() if callable(value)))
def test_verbs_that_return_a_handle_are_plain_functions_and_the_others_coroutines(name: str) -> None:
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name)) is (name not in HANDLE_VERBS)
    assert not inspect.iscoroutinefunction(getattr(Client, name))


def test_the_constructors_differ_only_in_the_portal() -> None:
    assert parameters(Client.__init__) == parameters(AsyncClient.__init__)
