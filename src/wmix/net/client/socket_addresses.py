"""Addresses as sockets tell them."""

from __future__ import annotations

from typing import Any

__all__ = ["scoped_address"]


def scoped_address(place: tuple[Any, ...]) -> str:
    """The host of a socket address; link-local ones of IPv6 with their zone."""
    host = str(place[0])
    scope = place[3] if len(place) > 3 else 0
    return f"{host}%{scope}" if scope and "%" not in host else host
