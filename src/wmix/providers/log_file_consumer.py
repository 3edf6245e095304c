"""LogFileEventConsumer: a line in a file for each event. Brief 7.4.6.

The file is created when it is missing, its directory is not.  Before a line is written, a file of more than
``MaximumFileSize`` octets (0 for no limit) is put away under a name that ends in ``001`` to ``999``, as the manual
has it: for a name of at most eight characters and an extension of at most three the number takes the place of the
extension, else it follows the whole name.  The number is one above the highest there is; after 999 it is the lowest
that is free, and when none is, the oldest file gives way.

``IsUnicode`` makes a new file UTF-16 with a byte order mark, else it is UTF-8; an existing file stays what it is.
Lines end with a line feed.  Only a regular file is written, and a symbolic link is not followed; a new file may be
read by its owner alone.  It is written by the engine's account: a consumer that no administrator has put writes only
to the directories that the configuration names.
"""

from __future__ import annotations

import os
import re
import stat
import time
from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied, DeadlineExceeded, InvalidParameter, WmiError
from wmix.providers.consumers import SUBSCRIPTION, consumer
from wmix.providers.string_templates import expand
from wmix.security.sid import ADMINISTRATORS
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition, Delivery

__all__ = ["consumers", "make_log_file_consumer", "write_line"]

_ADMINISTRATORS: Final = tuple(ADMINISTRATORS.octets)
_BOM: Final = b"\xff\xfe"
_SHORT_NAME: Final = re.compile(r"[^.]{1,8}(\.[^.]{0,3})?", re.DOTALL)
_LAST: Final = 999
#: Tries to get hold of a file that others put away meanwhile.
_ATTEMPTS: Final = 100
#: Seconds between two tries to lock a file.
_PAUSE: Final = 0.01


def consumers(_settings: Settings) -> list[ConsumerDefinition]:
    """The consumer of LogFileEventConsumer."""
    return [make_log_file_consumer()]


def make_log_file_consumer() -> ConsumerDefinition:
    """The consumer that writes to files of this machine."""

    @consumer("LogFileEventConsumer", namespace=SUBSCRIPTION, name="LogFileEventConsumer")
    def log(delivery: Delivery) -> None:
        """Append one line."""
        held = delivery.consumer
        _check_directory(held, delivery.settings)
        text = expand(_text(held, "Text"), delivery.event)
        limit = held["MaximumFileSize"]
        write_line(
            str(held["Filename"]),
            text,
            limit=int(limit) if limit else 0,
            is_unicode=held["IsUnicode"] is True,
            seconds=delivery.settings.timeouts.phase,
        )

    @log.check
    def check(held: CimInstance, settings: Settings) -> None:
        """Refuse what could never be written."""
        name = _text(held, "Filename")
        if not name or not os.path.isabs(name) or "\0" in name:
            raise InvalidParameter(
                f"Filename of the consumer is {name!r}",
                hint="name a file by its absolute path, in a directory that exists",
            )
        _check_directory(held, settings)

    return log


def write_line(filename: str, text: str, *, limit: int, is_unicode: bool, seconds: float = 10.0) -> None:
    """Append *text* and a line feed to *filename*; *limit* is in octets, 0 for none.

    Args:
        seconds: how long to wait in all for others who hold the file locked.

    Raises:
        WmiError: the file cannot be written: ACCESS_DENIED for want of permission, TIMED_OUT when it stays locked, else
            FAILED.
    """
    until = time.monotonic() + seconds
    try:
        descriptor = _locked(filename, until)
        try:
            if limit and os.fstat(descriptor).st_size > limit:
                os.rename(filename, archive_name(filename))
                # Whoever waits for the lock of the old file finds that it is another one now.
                old, descriptor = descriptor, _locked(filename, until)
                os.close(old)
            _append(descriptor, text, is_unicode)
        finally:
            os.close(descriptor)
    except WmiError:
        raise
    except PermissionError as error:
        raise AccessDenied(f"{filename}: {error.strerror}") from error
    except OSError as error:
        raise WmiError(
            f"{filename}: {error.strerror or error}",
            status=WBEM_E_FAILED,
            hint="the directory must exist, with room on its disk",
        ) from error


def _locked(filename: str, until: float) -> int:
    """The file, for nobody else who asks in this way: two who put it away at once would lose one of the two."""
    for _ in range(_ATTEMPTS):
        descriptor = _open(filename)
        try:
            _lock(descriptor, filename, until)
            if os.path.samestat(os.fstat(descriptor), os.stat(filename, follow_symlinks=False)):
                return descriptor
        except FileNotFoundError:
            pass  # it was put away while we waited
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise OSError(f"{filename} is put away again and again")


def _lock(descriptor: int, filename: str, until: float) -> None:
    """Lock the file; the system has no lock that waits for a time, so it is asked again and again."""
    import fcntl

    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise DeadlineExceeded(
                    f"{filename} stays locked by another program",
                    hint="see who holds it (fuser, lslocks), or let the consumer write to a file of its own",
                ) from None
            time.sleep(_PAUSE)
        else:
            return


def _open(filename: str) -> int:
    """The file, created if need be, for reading and appending; nothing but a regular file."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(filename, flags, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{filename} is no regular file")
    return descriptor


def _append(descriptor: int, text: str, is_unicode: bool) -> None:
    head = os.pread(descriptor, len(_BOM), 0)
    line = text + "\n"
    if head == _BOM or (not head and is_unicode):
        data = (b"" if head else _BOM) + line.encode("utf-16-le", "surrogatepass")
    else:
        data = line.encode("utf-8", "replace")
    while data:
        data = data[os.write(descriptor, data) :]


def archive_name(filename: str) -> str:
    """Where *filename* is put away: see the module's description."""
    directory, name = os.path.split(filename)
    stem = name.partition(".")[0] if _SHORT_NAME.fullmatch(name) else name
    taken: dict[int, float] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            number = entry.name.removeprefix(stem + ".")
            if entry.name != number and len(number) == 3 and number.isascii() and number.isdigit() and number != "000":
                taken[int(number)] = entry.stat(follow_symlinks=False).st_mtime
    highest = max(taken, default=0)
    if highest < _LAST:
        chosen = highest + 1
    else:
        free = (number for number in range(1, _LAST + 1) if number not in taken)
        chosen = next(free, None) or min(taken, key=lambda number: (taken[number], number))
    return os.path.join(directory, f"{stem}.{chosen:03}")


def _check_directory(held: CimInstance, settings: Settings) -> None:
    """See that the configuration lets this file be written."""
    allowed = settings.subscriptions.log_directories
    if allowed is None:
        if held["CreatorSID"] != _ADMINISTRATORS:
            raise AccessDenied(
                "a consumer that no administrator has put writes to directories of the configuration only",
                hint="name directories in log_directories",
            )
        return
    name = _text(held, "Filename") or ""
    place = os.path.realpath(os.path.dirname(name))
    if not any(place == root or place.startswith(root.rstrip("/") + "/") for root in map(os.path.realpath, allowed)):
        raise AccessDenied(
            f"the configuration does not let consumers write to {place}",
            hint=f"log_directories allows {', '.join(allowed) or 'no directory'}",
        )


def _text(held: CimInstance, name: str) -> str | None:
    value = held[name]
    return None if value is None else str(value)
