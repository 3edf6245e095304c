"""Security descriptors: owner, group, who gets access and what is audited. [MS-DTYP] 2.4.5, 2.4.6.

The binary form is the self-relative one: a head of 20 octets with the places of the four parts, which follow in the
order in which Windows writes them (audit list, access list, owner, group).
"""

from __future__ import annotations

from typing import Final, Self

from wmix.errors import InvalidParameter
from wmix.record import Record
from wmix.security.ace import OBJECT_TYPES, Ace
from wmix.security.sid import Sid

__all__ = ["MOST_OCTETS", "Control", "SecurityDescriptor"]

MOST_OCTETS: Final = 1 << 18
"""Octets of the longest descriptor that is read: two lists of the most octets that a list can have, and more."""

_HEAD: Final = 20
_LIST_HEAD: Final = 8
_LONGEST_LIST: Final = 0xFFFF


class Control:
    """Bits that say where the parts of a descriptor come from."""

    OWNER_DEFAULTED: Final = 0x0001
    GROUP_DEFAULTED: Final = 0x0002
    DACL_PRESENT: Final = 0x0004
    DACL_DEFAULTED: Final = 0x0008
    SACL_PRESENT: Final = 0x0010
    SACL_DEFAULTED: Final = 0x0020
    DACL_AUTO_INHERIT_REQUIRED: Final = 0x0100
    SACL_AUTO_INHERIT_REQUIRED: Final = 0x0200
    DACL_AUTO_INHERITED: Final = 0x0400
    SACL_AUTO_INHERITED: Final = 0x0800
    DACL_PROTECTED: Final = 0x1000
    SACL_PROTECTED: Final = 0x2000
    SELF_RELATIVE: Final = 0x8000


class SecurityDescriptor(Record):
    """Who owns an object, who gets which access to it (``dacl``) and whose access is audited (``sacl``).

    A list that is None is not there.  ``control`` is the sum of :class:`Control` bits; those that say whether a list
    is there, and that the form is self-relative, follow from the rest when octets are made.
    """

    owner: Sid | None = None
    group: Sid | None = None
    dacl: tuple[Ace, ...] | None = None
    sacl: tuple[Ace, ...] | None = None
    control: int = 0

    @classmethod
    def read(cls, octets: bytes) -> Self:
        """The descriptor that *octets* are, in self-relative form.

        Raises:
            InvalidParameter: they are none; the message names the position.
        """
        if not _HEAD <= len(octets) <= MOST_OCTETS:
            raise InvalidParameter(
                f"a security descriptor has {_HEAD} to {MOST_OCTETS} octets, not {len(octets)}",
                hint="give the octets in self-relative form",
            )
        if octets[0] != 1:
            raise InvalidParameter(f"octet 0: a security descriptor has revision 1, not {octets[0]}")
        control = int.from_bytes(octets[2:4], "little")
        if not control & Control.SELF_RELATIVE:
            raise InvalidParameter("octet 2: the descriptor is not in self-relative form (bit 0x8000)")
        owner, group, sacl, dacl = [int.from_bytes(octets[at : at + 4], "little") for at in range(4, _HEAD, 4)]
        return cls(
            _read_sid(octets, owner, "owner"),
            _read_sid(octets, group, "group"),
            _read_list(octets, dacl, "DACL") if control & Control.DACL_PRESENT else None,
            _read_list(octets, sacl, "SACL") if control & Control.SACL_PRESENT else None,
            control,
        )

    @property
    def octets(self) -> bytes:
        """The self-relative form.

        Raises:
            InvalidParameter: a list has more octets than its form has room for.
        """
        control = self.control | Control.SELF_RELATIVE
        control |= Control.DACL_PRESENT if self.dacl is not None else 0
        control |= Control.SACL_PRESENT if self.sacl is not None else 0
        parts = (
            None if self.sacl is None else _list_octets(self.sacl, "SACL"),
            None if self.dacl is None else _list_octets(self.dacl, "DACL"),
            None if self.owner is None else self.owner.octets,
            None if self.group is None else self.group.octets,
        )
        places, at = [], _HEAD
        for part in parts:
            places.append(0 if part is None else at)
            at += 0 if part is None else len(part)
        sacl, dacl, owner, group = places
        head = bytes((1, 0)) + control.to_bytes(2, "little")
        head += b"".join([place.to_bytes(4, "little") for place in (owner, group, sacl, dacl)])
        return head + b"".join([part for part in parts if part is not None])

    @classmethod
    def parse(cls, text: str) -> Self:
        """The descriptor that *text* writes in SDDL: ``O:BAG:BAD:(A;CI;CCDC;;;AU)``.

        Raises:
            InvalidParameter: it writes none; the message shows where.
        """
        from wmix.security.sddl import parse

        return cls(*parse(text))

    @property
    def sddl(self) -> str:
        """The text form.

        Raises:
            InvalidParameter: it has entries that have no text form here: conditional ones.
        """
        from wmix.security.sddl import write

        return write(self.owner, self.group, self.dacl, self.sacl, self.control)

    @property
    def is_protected(self) -> bool:
        """Whether access is not inherited from above."""
        return bool(self.control & Control.DACL_PROTECTED)


def _read_sid(octets: bytes, at: int, what: str) -> Sid | None:
    if not at:
        return None
    _check_place(octets, at, what)
    return Sid.read(octets, at)


def _read_list(octets: bytes, at: int, what: str) -> tuple[Ace, ...] | None:
    if not at:
        return None
    _check_place(octets, at, what)
    if at + _LIST_HEAD > len(octets):
        raise InvalidParameter(f"octet {at}: the {what} is cut off")
    end = at + int.from_bytes(octets[at + 2 : at + 4], "little")
    count = int.from_bytes(octets[at + 4 : at + 6], "little")
    if octets[at] not in (2, 4) or end > len(octets) or end < at + _LIST_HEAD:
        raise InvalidParameter(f"octet {at}: the {what} has revision {octets[at]} and {end - at} octets")
    found: list[Ace] = []
    at += _LIST_HEAD
    for _ in range(count):
        entry, at = Ace.read(octets, at, end)
        found.append(entry)
    return tuple(found)


def _check_place(octets: bytes, at: int, what: str) -> None:
    if at < _HEAD or at % 4 or at >= len(octets):
        raise InvalidParameter(f"the {what} cannot be at octet {at} of {len(octets)}")


def _list_octets(entries: tuple[Ace, ...], what: str) -> bytes:
    body = b"".join([entry.octets for entry in entries])
    size = _LIST_HEAD + len(body)
    if size > _LONGEST_LIST:
        raise InvalidParameter(f"the {what} has {size} octets; {_LONGEST_LIST} are the most")
    revision = 4 if any(entry.type in OBJECT_TYPES for entry in entries) else 2
    return bytes((revision, 0)) + size.to_bytes(2, "little") + len(entries).to_bytes(2, "little") + bytes(2) + body
