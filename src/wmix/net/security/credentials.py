"""Who logs in, and with what secret.

Credentials are plain values: nothing is looked up or asked before a login begins.  Their ``repr`` never shows a secret,
so that they may stand in logs, errors and debuggers.
"""

from __future__ import annotations

from wmix.errors import InvalidParameter
from wmix.record import Record

__all__ = ["NTLM"]


class NTLM(Record):
    r"""A user with a password, proved by NTLMv2. [MS-NLMP].

    Args:
        user: ``"alice"``, ``r"DOM\alice"`` or ``"alice@dom.example"``; the last travels whole, with an empty domain.
        password: any text; it is never sent, only proved.
        domain: the account's domain, or the host's name for a local account; "" or None leaves it to the host.

    Raises:
        InvalidParameter: no user, or the domain is given twice.

    >>> NTLM(r"DOM\alice", "secret")
    NTLM('DOM\\alice', password=***)
    """

    user: str
    password: str
    domain: str | None = None

    def __init__(self, user: str, password: str, *, domain: str | None = None) -> None:
        domain, user = split_user(user, domain)
        super().__init__(user=user, password=password, domain=domain)

    @property
    def name(self) -> str:
        r"""The user as people write it: ``DOM\alice``, or without a domain."""
        return f"{self.domain}\\{self.user}" if self.domain else self.user

    def __repr__(self) -> str:
        return f"NTLM({self.name!r}, password=***)"


def split_user(user: str, domain: str | None) -> tuple[str, str]:
    """Domain and user of the ways in which people write them; the domain is "" when none is given."""
    if "\\" in user:
        if domain is not None:
            raise InvalidParameter(f"the user {user!r} names a domain already, and domain={domain!r} is given too")
        domain, _, user = user.partition("\\")
    if not user:
        raise InvalidParameter("a login needs the name of a user; nobody is let in anonymously")
    # "." is how people write "the machine itself"; on the wire that is an empty domain.
    return "" if domain in {None, "."} else str(domain), user
