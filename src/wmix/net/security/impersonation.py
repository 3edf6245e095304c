"""How far a host may act for the user who logs in. [MS-RPCE] 2.2.1.1.9.

The level travels inside the login, not beside it: NTLM asks for an identification by a flag of its messages ([MS-NLMP]
2.2.2.5), Kerberos by a flag of its first token, and hands the user's tickets over for delegation (RFC 4121 4.1.1).
DCOM's activation request has a field for it as well, which servers ignore.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

from wmix.errors import InvalidParameter
from wmix.net.security.credentials import NTLM

if TYPE_CHECKING:
    from wmix.net.security.credentials import Credentials

__all__ = ["Impersonation", "ImpersonationLevel", "impersonation_level"]

#: How clients name the levels.
Impersonation: TypeAlias = Literal["identify", "impersonate", "delegate"]


class ImpersonationLevel(IntEnum):
    """RPC_C_IMP_LEVEL: what a server may do with the identity of its client."""

    #: Learn who it is, and look up what that user may do.  WMI serves nobody who allows no more.
    IDENTIFY = 2
    #: Act as the user on its own machine.
    IMPERSONATE = 3
    #: Act as the user on other machines too, with the user's tickets; Kerberos alone can.
    DELEGATE = 4


def impersonation_level(word: str, credentials: Credentials) -> ImpersonationLevel:
    """The level that *word* names, which a login with *credentials* can have.

    Raises:
        InvalidParameter: it is no level, or NTLM is to delegate.
    """
    names = {level.name.lower(): level for level in ImpersonationLevel}
    level = names.get(word)
    if level is None:
        raise InvalidParameter(
            f"{word!r} is no impersonation level: it is one of {', '.join(names)}", operation="ConnectServer"
        )
    if level is ImpersonationLevel.DELEGATE and isinstance(credentials, NTLM):
        raise InvalidParameter(
            "an NTLM login cannot be delegated: the password stays here, and nothing else would let the host go on",
            operation="ConnectServer",
            hint="log in with wmix.Kerberos and forwardable tickets (kinit -f), or leave impersonation out",
        )
    return level
