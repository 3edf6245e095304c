"""Acting as another account of the system: what a provider does for a remote user who is mapped to it.

Linux has credentials for each thread, and only the C library's wrappers change those of all threads of a process at
once.  So the system calls are made directly: the worker thread that runs a function gets the account's groups and
numbers, and its own back afterwards; other threads notice nothing.  What the function starts (a process, a file that
it creates) is the account's from the beginning.  The saved user number stays the server's meanwhile, which is what
makes the way back possible; a program that is started has nothing of it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied, NotSupported
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SystemAccount", "acting_as", "system_account"]

#: Numbers of setresuid, setresgid and setgroups ([Linux] asm/unistd.h).
_CALLS: Final = {
    "x86_64": (117, 119, 116),
    "aarch64": (147, 149, 159),
    "riscv64": (147, 149, 159),
    "ppc64le": (164, 169, 81),
    "s390x": (208, 210, 206),
}


class SystemAccount(Record):
    """An account of this machine: its name, its numbers and those of its groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def system_account(name: str) -> SystemAccount:
    """The account of a name.

    Raises:
        AccessDenied: there is none.
    """
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise AccessDenied(
            f"there is no account {name!r} on this machine", hint="mend the map of users to accounts"
        ) from None
    return SystemAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))


@contextmanager
def acting_as(account: SystemAccount) -> Iterator[None]:
    """Let this thread, and no other, act as *account* within the block.

    Raises:
        NotSupported: the numbers of the system calls are not known for this processor.
        AccessDenied: this process may not act as others.
    """
    numbers = _CALLS.get(platform.machine())
    if numbers is None:
        raise NotSupported(f"acting as another account is not known for processors of type {platform.machine()}")
    uid, gid, groups = os.geteuid(), os.getegid(), os.getgroups()
    if (account.uid, account.gid, sorted(account.groups)) == (uid, gid, sorted(groups)):
        yield
        return
    try:
        _set_groups(numbers[2], account.groups)
        _call(numbers[1], account.gid, account.gid, gid)
        _call(numbers[0], account.uid, account.uid, uid)
        yield
    finally:
        # In this order: without its user number back the thread could change nothing else.
        _call(numbers[0], uid, uid, uid)
        _call(numbers[1], gid, gid, gid)
        _set_groups(numbers[2], groups)


def _set_groups(number: int, groups: Sequence[int]) -> None:
    _call(number, len(groups), (ctypes.c_uint32 * max(1, len(groups)))(*groups))


def _call(number: int, *arguments: object) -> None:
    if _syscall(number, *arguments):
        code = ctypes.get_errno()
        raise AccessDenied(
            f"this process may not act as another account: {os.strerror(code)}",
            hint="run the server as root, or map users to the account that it runs as",
        )


_syscall: Final = ctypes.CDLL(None, use_errno=True).syscall
