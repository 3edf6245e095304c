"""Phases of talking to a host: each has a deadline, and each error names the one in which it happened.

In the order in which they are passed through; a warm connection begins with ``CALL``.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CONNECTING", "Phase"]


class Phase(StrEnum):
    """A step on the way to an answer; the value is what people read."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    BIND = "bind"
    ACTIVATE = "activate"
    OBJECT_CONNECT = "object connect"
    LOGIN = "login"
    CALL = "call"
    NEXT = "next"
    RELEASE = "release"


#: The phases before there is a namespace to ask.
CONNECTING = frozenset({Phase.RESOLVE, Phase.CONNECT, Phase.BIND, Phase.ACTIVATE, Phase.OBJECT_CONNECT, Phase.LOGIN})
