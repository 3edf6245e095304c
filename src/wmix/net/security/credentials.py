"""Who logs in, and with what secret.

Credentials are plain values: nothing is looked up or asked before a login begins.  Their ``repr`` never shows a secret,
so that they may stand in logs, errors and debuggers.
"""

from __future__ import annotations

from typing import TypeAlias

from wmix.errors import InvalidParameter
from wmix.record import Record

__all__ = ["NTLM", "Credentials", "Kerberos", "Negotiate"]


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


class Kerberos(Record):
    """A principal of a realm, proved by a ticket. RFC 4120; needs the extra ``kerberos``.

    Without arguments the user's own tickets serve, as ``kinit`` has left them.

    Args:
        principal: ``"alice@REALM"``, or without the realm where krb5.conf has a default one; the owner of the tickets
            or the first in the keytab when omitted.
        password: a ticket is got with it; it never leaves this machine.
        ccache: where tickets are kept, as krb5.conf writes it: a file's name, or ``"DIR:/..."``.
        keytab: a file with the principal's keys, instead of a password.
        spn: the service's name, ``"host/srv1.example"`` or with a realm; made of the host's name when omitted.

    Raises:
        InvalidParameter: more than one of *password*, *ccache* and *keytab*, or a password without its principal.

    >>> Kerberos("alice@EXAMPLE.COM", "secret")
    Kerberos('alice@EXAMPLE.COM', password=***)
    """

    principal: str | None = None
    password: str | None = None
    ccache: str | None = None
    keytab: str | None = None
    spn: str | None = None

    def __init__(
        self,
        principal: str | None = None,
        password: str | None = None,
        *,
        ccache: str | None = None,
        keytab: str | None = None,
        spn: str | None = None,
    ) -> None:
        given = [name for name, value in (("password", password), ("ccache", ccache), ("keytab", keytab)) if value]
        if len(given) > 1:
            raise InvalidParameter(f"{' and '.join(given)} are given; a login is proved by one of them")
        if password is not None and not principal:
            raise InvalidParameter("a password is given without the principal that it belongs to")
        super().__init__(principal=principal, password=password, ccache=ccache, keytab=keytab, spn=spn)

    def __repr__(self) -> str:
        return f"Kerberos({_shown(self)})"


class Negotiate(Record):
    r"""Kerberos where it works, NTLM otherwise; the host has its say. [MS-SPNG], RFC 4178.

    Kerberos is tried first when the extra ``kerberos`` is installed and a ticket can be had; NTLM needs *user* and
    *password*.

    Args:
        user: ``r"DOM\alice"`` or ``"alice@dom.example"``; the user of the tickets when omitted.
        password: the user's.
        domain: of the user, when the user's name does not say it.
        ccache, keytab, spn: as for :class:`Kerberos`.

    Raises:
        InvalidParameter: as for :class:`NTLM` and :class:`Kerberos`.

    >>> Negotiate(r"DOM\alice", "secret")
    Negotiate('DOM\\alice', password=***)
    """

    user: str | None = None
    password: str | None = None
    domain: str | None = None
    ccache: str | None = None
    keytab: str | None = None
    spn: str | None = None

    def __init__(
        self,
        user: str | None = None,
        password: str | None = None,
        *,
        domain: str | None = None,
        ccache: str | None = None,
        keytab: str | None = None,
        spn: str | None = None,
    ) -> None:
        super().__init__(user=user, password=password, domain=domain, ccache=ccache, keytab=keytab, spn=spn)
        _ = self.ntlm, self.kerberos  # both say what is wrong

    @property
    def ntlm(self) -> NTLM | None:
        """What an NTLM login is made with, None without a password."""
        if self.user is None or self.password is None:
            return None
        return NTLM(self.user, self.password, domain=self.domain)

    @property
    def kerberos(self) -> Kerberos:
        """What a Kerberos login is made with; the domain in upper case is the realm, as in Active Directory."""
        principal = self.user
        if principal is not None:
            domain, name = split_user(principal, self.domain)
            if not domain:
                name, _, domain = name.partition("@")
            principal = f"{name}@{domain.upper()}" if domain else name
        return Kerberos(principal, self.password, ccache=self.ccache, keytab=self.keytab, spn=self.spn)

    def __repr__(self) -> str:
        return f"Negotiate({_shown(self)})"


#: Everything that a login can be made with.
Credentials: TypeAlias = NTLM | Kerberos | Negotiate


def _shown(credentials: Kerberos | Negotiate) -> str:
    """What is set, the secret left out; the first field without its name."""
    parts = []
    for number, name in enumerate(type(credentials).__match_args__):
        value = getattr(credentials, name)
        if value is not None:
            parts.append("password=***" if name == "password" else f"{value!r}" if not number else f"{name}={value!r}")
    return ", ".join(parts)


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
