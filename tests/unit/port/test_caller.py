"""Callers and their rights. Brief 8.3."""

from __future__ import annotations

from wmix.port.caller import Caller, Rights


def test_a_caller_in_process_has_every_right() -> None:
    assert Caller("me").lacks(Rights.ALL) == 0
    assert not Caller("me").is_remote


def test_what_is_missing_is_named() -> None:
    caller = Caller("eve", rights=Rights.READ)
    missing = caller.lacks(Rights.ENABLE | Rights.METHOD_EXECUTE | Rights.PUBLISH)
    assert Rights.describe(missing) == "METHOD_EXECUTE|PUBLISH"
    assert Rights.describe(0) == "none"


def test_all_is_the_sum_of_what_has_a_name() -> None:
    assert sum(Rights.NAMES) == Rights.ALL
