"""The audit of logins: one line for each, whatever name a client gives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wmix.errors import AuthError
from wmix.server.audit import audit_login

if TYPE_CHECKING:
    import pytest

FORGED = "eve\n2026-01-01 INFO DOM\\alice@192.0.2.1 login: accepted\x1b[2J\u2028"


def lines(caplog: pytest.LogCaptureFixture, user: str, error: AuthError | None) -> list[str]:
    caplog.set_level(logging.INFO, "wmix.audit")
    audit_login(user, "192.0.2.7", error)
    return caplog.messages


def test_a_name_cannot_begin_a_line_nor_steer_a_terminal(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = lines(caplog, FORGED, AuthError(f"unknown user {FORGED}"))
    assert line.isprintable()
    assert line.startswith(r"eve\n2026-01-01 INFO DOM\alice@192.0.2.1 login: accepted\x1b[2J\u2028@192.0.2.7 ")


def test_an_accepted_name_is_shown_as_carefully(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = lines(caplog, "DOM\\al\rice", None)
    assert line == r"DOM\al\rice@192.0.2.7 login: accepted"


def test_a_name_of_any_length_makes_a_short_line(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = lines(caplog, "x" * 60_000, AuthError("unknown user " + "x" * 60_000))
    assert len(line) < 1000


def test_names_of_every_language_are_shown_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = lines(caplog, "DOM\\Jürgen Æ 山", None)
    assert line == "DOM\\Jürgen Æ 山@192.0.2.7 login: accepted"
