"""The authority of ConnectServer: which mechanism proves the user, and against whom. Brief 1.4.

``ntlmdomain:DOM`` is NTLM with an account of that domain, ``kerberos:SPN`` is Kerberos with the service of that name.
Words before the colon are understood in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter
from wmix.net.security.credentials import NTLM, Kerberos, Negotiate

if TYPE_CHECKING:
    from wmix.net.security.credentials import Credentials

__all__ = ["parse_authority", "with_authority"]

_KERBEROS = "kerberos"
_NTLM = "ntlmdomain"


def parse_authority(text: str) -> tuple[str, str]:
    """``kerberos`` or ``ntlmdomain``, and the name that follows.

    Raises:
        InvalidParameter: it is neither, or names nobody.
    """
    kind, colon, name = text.partition(":")
    if kind.casefold() not in (_KERBEROS, _NTLM) or not colon or not name:
        raise InvalidParameter(
            f"the authority {text!r} is neither Kerberos:principal nor NTLMDomain:domain", operation="ConnectServer"
        )
    return kind.casefold(), name


def with_authority(credentials: Credentials, text: str) -> NTLM | Kerberos:
    """*credentials* for the authority *text*; where they leave the mechanism open, the authority decides it.

    Raises:
        InvalidParameter: the authority is none, belongs to another mechanism, or domain or service are given already.
    """
    kind, name = parse_authority(text)
    return _of_kerberos(credentials, name) if kind == _KERBEROS else _of_ntlm(credentials, name)


def _of_kerberos(credentials: Credentials, spn: str) -> Kerberos:
    if isinstance(credentials, NTLM):
        raise _another("Kerberos", credentials)
    if credentials.spn is not None and credentials.spn != spn:
        raise _twice(f"the service {credentials.spn!r}")
    own = credentials.kerberos if isinstance(credentials, Negotiate) else credentials
    return own.replace(spn=spn)


def _of_ntlm(credentials: Credentials, domain: str) -> NTLM:
    if isinstance(credentials, Kerberos):
        raise _another("NTLM", credentials)
    own = credentials.ntlm if isinstance(credentials, Negotiate) else credentials
    if own is None:
        raise InvalidParameter(
            "the authority asks for NTLM, which needs user and password",
            operation="ConnectServer",
            hint='give wmix.NTLM("user", password), or the authority of Kerberos',
        )
    if own.domain or "@" in own.user:
        raise _twice("the domain")
    return own.replace(domain=domain)


def _another(mechanism: str, credentials: Credentials) -> InvalidParameter:
    return InvalidParameter(
        f"the authority is of {mechanism}, and {type(credentials).__name__} is to log in",
        operation="ConnectServer",
        hint="wmix.Negotiate leaves the choice to the authority",
    )


def _twice(what: str) -> InvalidParameter:
    return InvalidParameter(
        f"{what} stands in the credentials and in the authority; name it once", operation="ConnectServer"
    )
