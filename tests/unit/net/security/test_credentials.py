"""Credentials: the ways in which people write users, and what nobody gets to see."""

from __future__ import annotations

import pickle
import traceback

import pytest

import wmix
from wmix.errors import InvalidParameter
from wmix.net.security.credentials import NTLM, Kerberos, Negotiate

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
    for credentials in (
        NTLM("DOM\\alice", SECRET),
        Kerberos("alice@DOM", SECRET, spn="host/srv1"),
        Negotiate("DOM\\alice", SECRET, domain=None),
    ):
        shown = [repr(credentials), str(credentials), f"{credentials}", f"{[credentials]}", f"{credentials!r:>50}"]
        assert all("alice" in text for text in shown)
        assert not any(SECRET in text for text in shown)


def test_what_is_set_is_shown() -> None:
    assert repr(Kerberos()) == "Kerberos()"
    assert repr(Kerberos("a@R", keytab="/k", spn="host/x")) == "Kerberos('a@R', keytab='/k', spn='host/x')"
    assert repr(Negotiate("a", SECRET, domain="D")) == "Negotiate('a', password=***, domain='D')"


@pytest.mark.parametrize(
    "arguments",
    [
        {"password": "x"},
        {"principal": "a", "password": "x", "keytab": "k"},
        {"principal": "a", "ccache": "c", "keytab": "k"},
    ],
)
def test_kerberos_is_proved_by_one_thing(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidParameter):
        Kerberos(**arguments)
    with pytest.raises(InvalidParameter):
        Negotiate(**{{"principal": "user"}.get(name, name): value for name, value in arguments.items()})


@pytest.mark.parametrize(
    ("user", "domain", "principal", "ntlm"),
    [
        ("DOM\\alice", None, "alice@DOM", "DOM\\alice"),
        ("alice", "dom.example", "alice@DOM.EXAMPLE", "dom.example\\alice"),
        ("alice@dom.example", None, "alice@DOM.EXAMPLE", "alice@dom.example"),
        ("alice", None, "alice", "alice"),
    ],
)
def test_one_user_is_written_for_both_mechanisms(user: str, domain: str | None, principal: str, ntlm: str) -> None:
    credentials = Negotiate(user, SECRET, domain=domain)
    assert credentials.kerberos.principal == principal
    assert credentials.ntlm is not None
    assert credentials.ntlm.name == ntlm
    assert Negotiate(user, domain=domain).ntlm is None


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
    assert (wmix.NTLM, wmix.Kerberos, wmix.Negotiate) == (NTLM, Kerberos, Negotiate)
