"""Credentials: the ways in which people write users, and what nobody gets to see."""

from __future__ import annotations

import pickle
import traceback

import pytest

import wmix
from wmix.errors import InvalidParameter
from wmix.net.security.credentials import NTLM

SECRET = "correct horse"


@pytest.mark.parametrize(
    ("user", "domain", "expected"),
    [
        ("alice", None, ("", "alice", "alice")),
        ("DOM\\alice", None, ("DOM", "alice", "DOM\\alice")),
        ("alice", "DOM", ("DOM", "alice", "DOM\\alice")),
        (".\\alice", None, ("", "alice", "alice")),
        ("alice@dom.example", None, ("", "alice@dom.example", "alice@dom.example")),
        ("DOM\\a\\b", None, ("DOM", "a\\b", "DOM\\a\\b")),
    ],
)
def test_users_are_written_in_several_ways(user: str, domain: str | None, expected: tuple[str, str, str]) -> None:
    credentials = NTLM(user, SECRET, domain=domain)
    assert (credentials.domain, credentials.user, credentials.name) == expected


@pytest.mark.parametrize(("user", "domain"), [("", None), ("DOM\\", None), ("DOM\\alice", "OTHER")])
def test_a_login_needs_one_user_of_one_domain(user: str, domain: str | None) -> None:
    with pytest.raises(InvalidParameter):
        NTLM(user, SECRET, domain=domain)


def test_no_representation_shows_the_password() -> None:
    credentials = NTLM("DOM\\alice", SECRET)
    shown = [repr(credentials), str(credentials), f"{credentials}", f"{[credentials]}", f"{credentials!r:>50}"]
    assert all("alice" in text for text in shown)
    assert not any(SECRET in text for text in shown)


def test_no_error_shows_the_password() -> None:
    try:
        NTLM("DOM\\alice", SECRET).replace(user="")
    except InvalidParameter as error:
        text = "".join(traceback.format_exception(error)) + error.diagnostic()
    assert SECRET not in text


def test_credentials_are_values() -> None:
    credentials = NTLM("DOM\\alice", SECRET)
    assert credentials == NTLM("alice", SECRET, domain="DOM")
    assert credentials != NTLM("DOM\\alice", "other")
    assert pickle.loads(pickle.dumps(credentials)) == credentials
    assert credentials.replace(password="other").name == credentials.name


def test_they_are_public() -> None:
    assert wmix.NTLM is NTLM
