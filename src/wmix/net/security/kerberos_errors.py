"""What goes wrong with Kerberos, in words that say what to do. RFC 4120 section 7.5.9, and the codes of MIT's library.

The library names causes by codes of its own; those that people meet have a line here.  Everything else is shown in the
library's words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status
from wmix.errors import AuthError, NotSupported

if TYPE_CHECKING:
    from gssapi.raw import GSSError

__all__ = ["kerberos_error", "kerberos_missing"]

#: Where the codes of the library's table krb5 begin, unsigned.
_BASE: Final = 0x96C73A00

_CLOCK: Final = (
    "set the clocks of this machine, of the host and of the key distribution centre by one time source; Kerberos "
    "allows 5 minutes of difference"
)
_SPN: Final = (
    "give the host by the name that it is known by in its domain, not by address or alias; otherwise give the "
    'service\'s name: Kerberos(spn="host/name.example@REALM"); on the domain, "setspn -Q host/name.example" finds it'
)
_KDC: Final = (
    "check the [realms] section of krb5.conf, the SRV records _kerberos._udp of the domain, and that port 88 is open"
)
_KEY: Final = (
    "check that the name leads to the host meant, that only one account has this service's name, and that its "
    "keytab is of its latest password"
)
_TICKET: Final = "get one with kinit, or give a password, keytab= or ccache= in Kerberos(...)"

#: By code, less the base: what happened, the status, what to do.
_CAUSES: Final[dict[int, tuple[str, int, str]]] = {
    6: ("the user is not known", status.SEC_E_LOGON_DENIED, "check the principal's name and realm"),
    7: ("the service is not known", status.SEC_E_TARGET_UNKNOWN, _SPN),
    14: (
        "no common type of encryption",
        status.SEC_E_UNSUPPORTED_FUNCTION,
        "give the account AES keys: change its password once, and check msDS-SupportedEncryptionTypes",
    ),
    18: ("the account is disabled or locked", status.ERROR_ACCOUNT_DISABLED, "enable or unlock the account"),
    23: ("the password has expired", status.ERROR_PASSWORD_EXPIRED, "change the password, with kpasswd for instance"),
    24: ("wrong password", status.SEC_E_LOGON_DENIED, "check the password, and that the keytab is of its latest one"),
    31: ("wrong password", status.SEC_E_LOGON_DENIED, "check the password, and that the keytab is of its latest one"),
    32: ("the ticket has expired", status.SEC_E_CONTEXT_EXPIRED, _TICKET),
    33: ("the ticket is not yet valid", status.SEC_E_TIME_SKEW, _CLOCK),
    37: ("the clocks differ too much", status.SEC_E_TIME_SKEW, _CLOCK),
    41: (
        "the service has another key than the ticket was made for",
        status.SEC_E_WRONG_PRINCIPAL,
        _KEY,
    ),
    141: ("there is no ticket", status.SEC_E_NO_CREDENTIALS, _TICKET),
    144: ("the keytab has no key of this service", status.SEC_E_WRONG_PRINCIPAL, _SPN),
    154: ("the realm is not known", status.SEC_E_NO_AUTHENTICATING_AUTHORITY, _KDC),
    155: ("the key distribution centre's name is not known", status.SEC_E_NO_AUTHENTICATING_AUTHORITY, _KDC),
    156: ("no key distribution centre answers", status.SEC_E_NO_AUTHENTICATING_AUTHORITY, _KDC),
    181: ("the keytab has no key for this", status.SEC_E_NO_CREDENTIALS, "list what is in it with klist -k"),
    195: ("there is no ticket", status.SEC_E_NO_CREDENTIALS, _TICKET),
    224: (
        "there is no realm of this machine's own",
        status.SEC_E_NO_CREDENTIALS,
        'write the principal with its realm ("alice@REALM"), or set default_realm in krb5.conf',
    ),
}


def kerberos_error(error: GSSError, what: str, *, host: str | None = None) -> AuthError:
    """The error for what the library says; *what* is what was tried, as in "no ticket for host/srv1"."""
    words = _words(error)
    code = (error.min_code - _BASE) & 0xFFFFFFFF
    cause, number, hint = _CAUSES.get(code, ("", status.SEC_E_LOGON_DENIED, ""))
    detail = f"{what}: {cause} ({words})" if cause else f"{what}: {words}"
    return AuthError(detail, status=number, phase="bind", host=host, hint=hint or None)


def _words(error: GSSError) -> str:
    """What the library says about the mechanism's own code, which tells more than the general one."""
    try:
        said = [] if _is_general(error) else error.get_all_statuses(error.min_code, is_maj=False)
        said = said or error.get_all_statuses(error.maj_code, is_maj=True)
    except UnicodeDecodeError:  # the library speaks the language of the locale
        return f"code {error.maj_code:#x}, {error.min_code:#x}"
    return "; ".join(text.rstrip("\0") for text in said)


def _is_general(error: GSSError) -> bool:
    """Whether the mechanism has no code of its own: the library numbers "Success" anew."""
    return not error.min_code or "Success" in error.get_all_statuses(error.min_code, is_maj=False)


def kerberos_missing(error: ImportError) -> NotSupported:
    """The extra is not installed."""
    return NotSupported(
        f"Kerberos needs the package gssapi: {error}",
        hint='pip install "wmix[kerberos]"; built from source it needs libkrb5-dev, python3-dev and gcc (Debian)',
    )
