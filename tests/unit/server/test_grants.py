"""Grants: what users may do beyond reading."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidParameter
from wmix.port.caller import Caller, Rights
from wmix.server.grants import Grants, parse_grant


def test_whoever_logs_in_may_read_and_nothing_else() -> None:
    assert Grants().rights("DOM\\alice") == Rights.ENABLE | Rights.REMOTE_ENABLE


def test_rights_are_granted_by_words() -> None:
    user, rights = parse_grant(r"DOM\alice=execute, Write,provider-write,subscribe")
    assert user == r"DOM\alice"
    assert rights == (
        Rights.METHOD_EXECUTE | Rights.FULL_WRITE | Rights.PARTIAL_WRITE | Rights.WRITE_PROVIDER | Rights.SUBSCRIBE
    )


def test_grants_of_one_user_add_up_and_names_ignore_case() -> None:
    grants = Grants([parse_grant("DOM\\alice=execute"), parse_grant("dom\\ALICE=subscribe")])
    assert grants.rights("Dom\\Alice") == Rights.READ | Rights.METHOD_EXECUTE | Rights.SUBSCRIBE
    assert grants.rights("DOM\\bob") == Rights.READ
    assert grants.names("DOM\\ALICE")
    assert not grants.names("DOM\\bob")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alice", "'alice' is no grant"),
        ("=execute", "is no grant"),
        ("alice=", "'' is no right"),
        ("alice=execute,fly", "'fly' is no right"),
    ],
)
def test_what_is_no_grant_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message) as caught:
        parse_grant(text)
    assert "execute" in (caught.value.hint or "")


def test_whoever_is_granted_all_is_an_administrator() -> None:
    user, rights = parse_grant("DOM\\adm=all")
    assert Caller(user, rights=Grants([(user, rights)]).rights(user), is_remote=True).is_administrator
    _, most = parse_grant("DOM\\adm=read,execute,write,provider-write,subscribe")
    assert not Caller(user, rights=most, is_remote=True).is_administrator
