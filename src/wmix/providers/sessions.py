"""Login sessions: who is logged on, from logind's run-time files, else from utmp(5).

logind keeps one file of assignments per session in ``/run/systemd/sessions``; reading them costs no message on a bus.
Without logind the records of ``/run/utmp`` tell; where neither is kept, nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.providers.os_release import parse_assignments
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["Session", "read_sessions"]

# struct utmp of glibc where size_t has 64 or 32 bits alike: type at 0, line at 8, user at 44; 384 octets.
_UTMP_SIZE = 384
_USER_PROCESS = 7


class Session(Record):
    """One user's session."""

    user: str
    #: Whether it is at the machine's own screen or console.
    is_local: bool
    #: Whether it is the one shown now.
    is_active: bool


def read_sessions(files: SystemFiles) -> list[Session] | None:
    """The sessions of users; None when this machine keeps no account of them."""
    if files.is_directory("/run/systemd/system"):
        return [
            session
            for name in files.names("/run/systemd/sessions")
            if not name.endswith(".ref")
            for session in _logind_session(files, name)
        ]
    data = files.read("/run/utmp")
    if data is None:
        return None
    records = (data[at : at + _UTMP_SIZE] for at in range(0, len(data) - _UTMP_SIZE + 1, _UTMP_SIZE))
    return [_utmp_session(record) for record in records if int.from_bytes(record[:2], "little") == _USER_PROCESS]


def _logind_session(files: SystemFiles, name: str) -> list[Session]:
    values = parse_assignments(files.lines(f"/run/systemd/sessions/{name}"))
    # Greeters, lock screens and the user manager have sessions too; theirs are of other classes.
    if values.get("CLASS") not in ("user", "user-early", "user-light") or values.get("STATE") == "closing":
        return []
    is_local = values.get("SEAT") == "seat0" and values.get("REMOTE", "0") != "1"
    return [Session(values.get("USER") or values.get("UID", ""), is_local, values.get("ACTIVE") == "1")]


def _utmp_session(record: bytes) -> Session:
    line = _text(record[8:40])
    user = _text(record[44:76])
    is_console = line.startswith(":") or (line.startswith("tty") and line[3:].isdecimal())
    return Session(user, is_console, is_console)


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")
