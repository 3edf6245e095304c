r"""Who may log in at ``wmix serve``: the files that say so, and the options that name users, held against each other.

A file that cannot be used ends the start, with what to do.  A ``--grant`` or ``--map`` for somebody who is in no file
is told and does not: the file may be read again (SIGHUP) when it names him.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidParameter, nearest
from wmix.port.caller import Rights
from wmix.server.users import Users, read_users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.cli.words import Arguments
    from wmix.server.identities import Identities

__all__ = ["check_command_user", "check_keytab", "doubts", "users_in", "voided"]

_KEYTABS: Final = (b"\x05\x01", b"\x05\x02")
"""How the files of keys begin that MIT Kerberos writes."""

_READ_BY_OTHERS: Final = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH
_MOST_NAMED: Final = 5


def users_in(path: str) -> Users:
    """The users in the file *path*.

    Raises:
        InvalidParameter: it cannot be read, others may read it, or a line is no user.
    """
    try:
        return read_users(path)
    except OSError as error:
        hint = "see that the account of the server may read it"
        if isinstance(error, FileNotFoundError):
            hint = f"make it with `install -m 600 /dev/null {path}`, and write lines of domain:user:password into it"
        elif isinstance(error, IsADirectoryError):
            hint = "name the file of users itself"
        raise InvalidParameter(
            f"the file of users {path} cannot be read: {error.strerror or error}", hint=hint
        ) from None


def check_keytab(name: str) -> None:
    """See that there are keys for Kerberos; keys that are in no file are left to the library.

    Raises:
        InvalidParameter: the file is not there, may not be read, or is none of keys.
    """
    kind, colon, path = name.partition(":")
    if not colon or os.path.exists(name):
        path = name
    elif kind != "FILE":
        return
    try:
        with open(path, "rb") as file:
            begin = file.read(2)
    except OSError as error:
        hint = "see that the account of the server may read it"
        if isinstance(error, FileNotFoundError):
            hint = "export the keys of host/<name of this machine> with kadmin (ktadd -k) or ktpass, and name that file"
        raise InvalidParameter(f"the keytab {path} cannot be read: {error.strerror or error}", hint=hint) from None
    if begin not in _KEYTABS:
        raise InvalidParameter(f"{path} is no keytab", hint="`klist -k` lists the keys of one; --users names passwords")


def check_command_user(name: str) -> None:
    """See that there is the account that programs of event consumers are to run as.

    Raises:
        InvalidParameter: there is none.
    """
    import pwd  # this machine's accounts, of which most servers need none

    try:
        pwd.getpwnam(name)
    except KeyError:
        raise InvalidParameter(
            f"there is no account {name!r} on this machine, as which programs of event consumers could run",
            hint="`getent passwd` lists the accounts",
        ) from None


def doubts(arguments: Arguments, users: Users) -> Iterator[str]:
    """What of the options will not do what was meant, for people."""
    known = users.names
    if arguments.users is not None and not known:
        yield f"wmix: {arguments.users} names nobody\nhint: write domain:user:password lines into it, and send SIGHUP"
    path = (arguments.keytab or "").removeprefix("FILE:")
    if path and _is_open(path):
        yield f"wmix: the keytab {path} may be read by others\nhint: chmod 600 {path}"
    yield from _missing_places(arguments)
    named = [("--grant", user) for user, _ in arguments.grants] + [("--map", user) for user, _ in arguments.maps]
    folded = {name.casefold() for name in known}
    for option, user in dict.fromkeys(named):
        if user.casefold() not in folded and not (arguments.keytab is not None and "@" in user):
            yield f"wmix: {option} names {user}, {_absent(arguments, user, known)}"


def voided(arguments: Arguments, identities: Identities) -> Iterator[str]:
    """Which grants a server that runs as root does not follow, for people."""
    users = {user: rights for user, rights in arguments.grants if rights & identities.voided(user)}
    for user, rights in users.items():
        what = "execute" if rights & Rights.METHOD_EXECUTE else "provider-write"
        yield (
            f"wmix: {user} is granted {what}, which a server that runs as root refuses to users without an account\n"
            f"hint: say as whom it is done, --map '{user}=ACCOUNT', or run the server as another user"
        )


def _missing_places(arguments: Arguments) -> Iterator[str]:
    """Directories that are not there, though they may be made while the server runs."""
    for directory in arguments.log_directories:
        if not os.path.isdir(directory):
            yield f"wmix: --log-directory names {directory}, which is no directory\nhint: make it, or see the spelling"
    where = arguments.repository
    folder = "" if where is None or "://" in where or where == ":memory:" else os.path.dirname(where)
    if folder and not os.path.isdir(folder):
        yield f"wmix: nothing can be stored in {where}: {folder} is no directory\nhint: make it, or see the spelling"


def _absent(arguments: Arguments, user: str, known: list[str]) -> str:
    if arguments.users is None:
        return f"who is no principal of Kerberos\nhint: write {user.rpartition(chr(92))[2]}@REALM"
    missing = f"who is not in {arguments.users}"
    if "@" in user:
        return f"{missing}\nhint: principals of Kerberos log in where there is a --keytab"
    bare = user.rpartition("\\")[2].casefold()
    near = next((name for name in known if name.rpartition("\\")[2].casefold() == bare), None) or nearest(user, known)
    if near is not None:
        return f"{missing}\nhint: did you mean {near}?"
    listed = ", ".join(known[:_MOST_NAMED]) + (", ..." if len(known) > _MOST_NAMED else "")
    return f"{missing}\nhint: users are written as in the file: {listed or 'it names nobody'}"


def _is_open(path: str) -> bool:
    try:
        return bool(os.stat(path).st_mode & _READ_BY_OTHERS)
    except OSError:
        return False
