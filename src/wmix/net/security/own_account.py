"""The account of a client as the one that may log in to it: how a host proves itself when it calls back.

A host that knows the user's secret proves that by logging in as that user.  Which domain it names is its own matter:
the proof is made with the secret, whatever the domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.net.security.credentials import NTLM, Negotiate
from wmix.net.security.ntlm_keys import nt_hash

if TYPE_CHECKING:
    from wmix.net.security.credentials import Credentials

__all__ = ["OwnAccount", "own_account"]


class OwnAccount:
    """Accounts of an acceptor that knows one user."""

    def __init__(self, credentials: NTLM) -> None:
        self._names = {credentials.user.casefold(), credentials.user.partition("@")[0].casefold()}
        self._key = nt_hash(credentials.password)

    def find(self, domain: str, user: str) -> bytes | None:
        """The secret of the user, under whatever domain; None for anybody else."""
        del domain
        return self._key if user.casefold() in self._names else None

    def __repr__(self) -> str:
        return f"OwnAccount({min(self._names)!r})"


def own_account(credentials: Credentials) -> OwnAccount | None:
    """The account that *credentials* know the password of; None for those that prove themselves by tickets alone."""
    found = credentials.ntlm if isinstance(credentials, Negotiate) else credentials
    return OwnAccount(found) if isinstance(found, NTLM) else None
