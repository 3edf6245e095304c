"""Who gets which access by a descriptor, and what a child inherits. [MS-DTYP] 2.5.3, [MS-WMI] 2.2.30.2, brief 8.4.3.

Entries are read in their order: access that was denied before it was granted stays denied, and the other way round.
A conditional entry that grants is passed over, and one that denies counts, as nobody here can test the condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.security.ace import Ace, AceFlag, AceType
from wmix.security.descriptor import Control, SecurityDescriptor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wmix.security.sid import Sid

__all__ = ["READ_CONTROL", "WRITE_DAC", "explicit_part", "granted", "inherited"]

READ_CONTROL: Final = 0x20000
WRITE_DAC: Final = 0x40000

_ALLOWS: Final = frozenset((AceType.ALLOWED, AceType.ALLOWED_OBJECT))
_DENIES: Final = frozenset(
    (AceType.DENIED, AceType.DENIED_OBJECT, AceType.DENIED_CALLBACK, AceType.DENIED_CALLBACK_OBJECT)
)


def granted(
    descriptor: SecurityDescriptor, sids: Collection[Sid], *, generic: Iterable[tuple[int, int]] = (), most: int
) -> int:
    """All access, within *most*, that somebody with the identifiers *sids* gets by *descriptor*.

    The owner may read and change the access list.  Without an access list everybody gets everything.

    Args:
        generic: what generic bits of masks stand for, as pairs of the bit and the access.
    """
    if descriptor.dacl is None:
        return most
    generic = tuple(generic)
    allowed = denied = 0
    if descriptor.owner is not None and descriptor.owner in sids:
        allowed = READ_CONTROL | WRITE_DAC
    for entry in descriptor.dacl:
        if entry.flags & AceFlag.INHERIT_ONLY or entry.sid not in sids:
            continue
        mask = entry.mask
        for bit, stands_for in generic:
            if mask & bit:
                mask |= stands_for
        if entry.type in _ALLOWS and entry.object_type is None:
            allowed |= mask & ~denied
        elif entry.type in _DENIES and entry.object_type is None:
            denied |= mask
    return allowed & most


def inherited(parent: SecurityDescriptor, own: SecurityDescriptor) -> SecurityDescriptor:
    """*own* with what a container inherits from *parent*: its own entries first, then those from above."""
    dacl, sacl = own.dacl, own.sacl
    control = own.control
    if not own.is_protected and parent.dacl is not None:
        dacl = (*(dacl or ()), *_passed_on(parent.dacl))
        control |= Control.DACL_AUTO_INHERITED
    if not control & Control.SACL_PROTECTED and parent.sacl is not None and (above := _passed_on(parent.sacl)):
        sacl = (*(sacl or ()), *above)
        control |= Control.SACL_AUTO_INHERITED
    return SecurityDescriptor(own.owner or parent.owner, own.group or parent.group, dacl, sacl, control)


def explicit_part(descriptor: SecurityDescriptor) -> SecurityDescriptor:
    """*descriptor* without the entries that come from above."""
    automatic = Control.DACL_AUTO_INHERITED | Control.SACL_AUTO_INHERITED
    return SecurityDescriptor(
        descriptor.owner,
        descriptor.group,
        _own(descriptor.dacl),
        _own(descriptor.sacl),
        descriptor.control & ~automatic,
    )


def _own(entries: tuple[Ace, ...] | None) -> tuple[Ace, ...] | None:
    return None if entries is None else tuple([entry for entry in entries if not entry.is_inherited])


def _passed_on(entries: tuple[Ace, ...]) -> list[Ace]:
    found: list[Ace] = []
    for entry in entries:
        flags = entry.flags
        if not flags & AceFlag.CONTAINER_INHERIT:
            continue
        if flags & AceFlag.NO_PROPAGATE_INHERIT:
            flags &= ~(AceFlag.CONTAINER_INHERIT | AceFlag.OBJECT_INHERIT | AceFlag.NO_PROPAGATE_INHERIT)
        found.append(entry.replace(flags=flags & ~AceFlag.INHERIT_ONLY | AceFlag.INHERITED))
    return found
