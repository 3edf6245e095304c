"""Where the password of a command comes from, and how options of a host go together."""

from __future__ import annotations

import io
import socket
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from wmix.cli.credentials import SERVICE, VARIABLE, credentials_of
from wmix.cli.main import main
from wmix.cli.options import UsageError
from wmix.cli.words import Arguments
from wmix.net.security.credentials import NTLM, Kerberos, Negotiate

if TYPE_CHECKING:
    from pathlib import Path


def arguments(**given: object) -> Arguments:
    made = Arguments()
    made.host = "srv1"
    for name, value in given.items():
        setattr(made, name, value)
    return made


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def test_the_password_of_the_environment_goes_with_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "s:ecret")
    assert credentials_of(arguments(user="DOM\\alice")) == NTLM("DOM\\alice", "s:ecret")
    assert credentials_of(arguments(user="alice@R", auth="kerberos")) == Kerberos("alice@R", "s:ecret")
    assert credentials_of(arguments(user="alice@r", auth="negotiate")) == Negotiate("alice@r", "s:ecret")


def test_a_file_goes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "other")
    file = tmp_path / "password"
    file.write_text("füße \nsecond line\n", encoding="utf-8")
    file.chmod(0o600)
    assert credentials_of(arguments(user="alice", password_file=str(file))) == NTLM("alice", "füße ")


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        credentials_of(arguments(user="alice", password_file=str(file)))
    with pytest.raises(UsageError, match="cannot be read"):
        credentials_of(arguments(user="alice", password_file=str(tmp_path / "none")))


def test_the_keyring_is_asked_before_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {(SERVICE, "alice"): "kept"}
    keyring = SimpleNamespace(get_password=lambda service, user: kept.get((service, user)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert credentials_of(arguments(user="alice")) == NTLM("alice", "kept")


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(UsageError, match=VARIABLE):
        credentials_of(arguments(user="alice"))


def test_without_a_user_the_tickets_of_the_user_serve() -> None:
    assert credentials_of(arguments()) == Kerberos()
    assert credentials_of(arguments(auth="negotiate")) == Negotiate()
    with pytest.raises(UsageError, match="--user"):
        credentials_of(arguments(auth="ntlm"))


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"authority": "kerberos:host/srv1"}, Kerberos()),
        ({"authority": "Kerberos:host/srv1", "user": "alice@R"}, Kerberos("alice@R", "s:ecret")),
        ({"authority": "ntlmdomain:DOM", "user": "alice"}, NTLM("alice", "s:ecret")),
        ({"authority": "ntlmdomain:DOM", "user": "alice", "auth": "negotiate"}, Negotiate("alice", "s:ecret")),
        ({"impersonation": "delegate"}, Kerberos()),
        ({"impersonation": "delegate", "user": "alice@R", "auth": "kerberos"}, Kerberos("alice@R", "s:ecret")),
        ({"impersonation": "identify", "user": "alice"}, NTLM("alice", "s:ecret")),
    ],
)
def test_the_authority_chooses_how_to_log_in(
    given: dict[str, object], made: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "s:ecret")
    assert credentials_of(arguments(**given)) == made


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"authority": "kerberos:x", "auth": "ntlm", "user": "alice"}, "of kerberos, and --auth says ntlm"),
        ({"authority": "ntlmdomain:x", "auth": "kerberos"}, "of ntlm, and --auth says kerberos"),
        ({"authority": "ntlmdomain:x", "user": "DOM\\alice"}, "name it once"),
        ({"authority": "ntlmdomain:x", "user": "alice@dom"}, "name it once"),
        ({"authority": "ntlmdomain:x"}, "NTLM needs a user"),
        ({"impersonation": "delegate", "user": "alice"}, "--auth kerberos"),
    ],
)
def test_options_of_the_login_that_contradict_each_other_are_told_before_the_password_is_asked(
    given: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        credentials_of(arguments(**given))


@pytest.mark.parametrize(
    "words",
    [
        ["query", "SELECT * FROM X", "--user", "alice"],
        ["query", "SELECT * FROM X", "--object-port", "24158"],
        ["get", "X", "--host", "srv1", "--user", "alice", "--repository", ":memory:"],
        ["get", "X", "--host", "srv1", "--user", "alice"],
        ["explain", "SELECT * FROM X", "--host", "srv1", "--object-port", "0"],
        ["get", "X", "--host", "srv1:99999", "--user", "alice"],
        ["get", "X", "--host", "srv1:", "--user", "alice"],
        ["get", "X", "--host=", "--user", "alice"],
        ["get", "X", "--host", "srv1", "--user", " "],
        ["query", "SELECT * FROM X", "--impersonation", "delegate"],
        ["query", "SELECT * FROM X", "--authority", "kerberos:host/srv1"],
        ["query", "SELECT * FROM X", "--host", "srv1", "--impersonation", "anonymous"],
        ["query", "SELECT * FROM X", "--host", "srv1", "--authority", "DOM"],
        ["query", "SELECT * FROM X", "--host", "srv1", "--user", "alice", "--impersonation", "delegate"],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "wmix: " in capsys.readouterr().err


def test_a_host_that_is_not_there_is_exit_code_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "secret")
    assert main(["query", "SELECT * FROM X", "--host", "127.0.0.1:1", "--user", "alice"]) == 4
    told = capsys.readouterr().err
    assert "phase: connect" in told
    assert "host: 127.0.0.1:1" in told
    assert told.startswith("wmix: no connection to 127.0.0.1:1: Connection refused [ERROR_CONNECTION_REFUSED")
    assert "nobody listens at this port" in told
    assert "Errno" not in told
    assert "secret" not in told


def test_the_options_of_a_host_that_were_given_without_one_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "X", "--impersonation", "identify"]) == 2
    assert capsys.readouterr().err.startswith("wmix: --impersonation needs --host\n")
    assert main(["query", "SELECT * FROM X", "--enumeration", "smart"]) == 2
    assert capsys.readouterr().err.startswith("wmix: --enumeration needs --host\n")
    assert main(["get", "X", "--authority", "kerberos:x", "--user", "alice"]) == 2
    assert capsys.readouterr().err.startswith("wmix: --user and --authority need --host\n")


def test_connecting_ends_with_the_deadline_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "secret")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        assert main(["query", "SELECT * FROM X", "--host", place, "--user", "alice", "--deadline", "0.3"]) == 1
        assert time.monotonic() - started < 5
    told = capsys.readouterr().err
    assert told.startswith("wmix: the deadline of 0.3 s has passed: no answer from 127.0.0.1:")
    assert "phase: bind" in told
    assert told.endswith("hint: give a longer --deadline\n")
