"""Whom methods run as: maps of users to accounts, and what root does not do by omission."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from wmix.errors import InvalidParameter
from wmix.port.caller import Rights
from wmix.server.identities import Identities, parse_map

if TYPE_CHECKING:
    from collections.abc import Sequence

ME = pwd.getpwuid(os.geteuid()).pw_name
ACTING = Rights.METHOD_EXECUTE | Rights.WRITE_PROVIDER
SOMEBODY = pwd.getpwnam("nobody")


def test_a_map_is_a_user_and_an_account() -> None:
    assert parse_map(r"DOM\alice=unix") == (r"DOM\alice", "unix")
    assert parse_map(r"DOM\a=b = c") == (r"DOM\a=b", "c")
    for text in ("", "alice", "=unix", "alice="):
        with pytest.raises(InvalidParameter, match="maps nobody"):
            parse_map(text)


def test_a_server_of_an_account_runs_methods_as_that_account() -> None:
    identities = Identities(uid=4711)
    assert identities.runs_as("DOM\\alice") is None
    assert identities.voided("DOM\\alice") == 0


def test_root_does_nothing_for_users_who_are_not_mapped() -> None:
    identities = Identities([("DOM\\alice", "nobody")], uid=0)
    assert identities.voided("DOM\\bob") == ACTING
    assert identities.voided("dom\\ALICE") == 0
    assert identities.runs_as("dom\\ALICE") == "nobody"


def test_root_can_be_mapped_to_in_so_many_words() -> None:
    identities = Identities([("DOM\\alice", "root")], uid=0)
    assert identities.voided("DOM\\alice") == 0
    assert identities.runs_as("DOM\\alice") is None


def test_the_own_account_can_be_mapped_to_without_being_root() -> None:
    identities = Identities([("DOM\\alice", "nobody")], uid=SOMEBODY.pw_uid)
    assert identities.runs_as("DOM\\alice") is None


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ([("a", "nobody"), ("A", "nobody")], "mapped twice"),
        ([("a", "no such account")], "no account 'no such account'"),
        ([("a", "nobody")], "only root can act as others"),
    ],
)
def test_a_map_that_cannot_be_is_refused(maps: Sequence[tuple[str, str]], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        Identities(maps, uid=0 if message == "mapped twice" else 4711)
