"""Who logs in at a host, from the options of a command; the password never comes from the command line.

A password is looked for in this order: ``--password-file``, ``WMIX_PASSWORD``, the keyring (when the package of that
name is installed; service ``wmix``), and a prompt on the terminal.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from wmix.cli.options import UsageError

if TYPE_CHECKING:
    from wmix.cli.words import Arguments
    from wmix.net.security.credentials import Credentials

__all__ = ["SERVICE", "VARIABLE", "credentials_of"]

VARIABLE: Final = "WMIX_PASSWORD"
SERVICE: Final = "wmix"

_READ_BY_OTHERS: Final = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH


def credentials_of(arguments: Arguments) -> Credentials:
    """The credentials that the options name.

    Raises:
        UsageError: they name no user, or no password is to be had.
    """
    from wmix.net.security.credentials import NTLM, Kerberos, Negotiate

    how = _mechanism(arguments)
    if arguments.user is None:
        if how == "ntlm":
            raise UsageError("NTLM needs a user\nname one with --user")
        # The user's own tickets, as kinit has left them.
        return Kerberos() if how == "kerberos" else Negotiate()
    password = _password(arguments, arguments.user)
    if how == "kerberos":
        return Kerberos(arguments.user, password)
    return NTLM(arguments.user, password) if how == "ntlm" else Negotiate(arguments.user, password)


def _mechanism(arguments: Arguments) -> str:
    """How the user proves who he is: as the options say, or as fits what they say.

    Raises:
        UsageError: they contradict each other.
    """
    authority = (arguments.authority or "").partition(":")[0].lower()
    by_authority = {"kerberos": "kerberos", "ntlmdomain": "ntlm"}.get(authority)
    how = arguments.auth or by_authority
    if how is None:
        how = "kerberos" if arguments.user is None else "ntlm"
    if by_authority is not None and how not in (by_authority, "negotiate"):
        raise UsageError(f"--authority {authority}:... is of {by_authority}, and --auth says {how}\ngive one of them")
    if by_authority == "ntlm" and arguments.user is not None and ("\\" in arguments.user or "@" in arguments.user):
        raise UsageError("the domain stands in --user and in --authority\nname it once")
    if arguments.impersonation == "delegate" and how == "ntlm":
        raise UsageError("NTLM cannot delegate\nlog in with --auth kerberos and forwardable tickets (kinit -f)")
    return how


def _password(arguments: Arguments, user: str) -> str:
    if arguments.password_file is not None:
        return _from_file(arguments.password_file)
    given = os.environ.get(VARIABLE)
    if given is not None:
        return given
    kept = _from_keyring(user)
    return _asked(user, arguments.host or "") if kept is None else kept


def _from_file(path: str) -> str:
    """The first line of a file.

    Raises:
        UsageError: it cannot be read, or others may read it.
    """
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & _READ_BY_OTHERS:
                raise UsageError(f"{path} holds a password and others may read it\nchmod 600 {path}")
            return file.readline().rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8") from None


def _from_keyring(user: str) -> str | None:
    from importlib import import_module

    try:
        keyring = import_module("keyring")
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(SERVICE, user)
    except Exception:  # noqa: BLE001 - a keyring that cannot be opened is as none: whoever is there is asked
        return None
    return found


def _asked(user: str, host: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"there is no password for {user}\nset {VARIABLE}, or name a file with --password-file")
    from getpass import getpass

    return getpass(f"Password of {user} at {host}: ")
