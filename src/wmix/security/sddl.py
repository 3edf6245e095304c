"""The text form of security descriptors, SDDL. [MS-DTYP] 2.5.1.

``O:owner G:group D:flags(entry)(entry) S:flags(entry)``; an entry is ``(type;flags;rights;object;inherited;who)``.
Rights are pairs of letters or a number; for the rights of namespaces the letters of directory objects stand, as on
Windows: CC is 0x1 (enable), DC 0x2 (execute methods), LC 0x4 (full write), SW 0x8 (partial write), RP 0x10 (write
through providers), WP 0x20 (from afar), DT 0x40 (subscribe), LO 0x80 (publish).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidParameter
from wmix.security.ace import Ace, AceFlag, AceType, guid_octets, guid_text
from wmix.security.descriptor import Control
from wmix.security.sid import ALIASES, Sid

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parse", "write"]

_Parts = tuple["Sid | None", "Sid | None", "tuple[Ace, ...] | None", "tuple[Ace, ...] | None", int]

_TYPES: Final = {
    "A": AceType.ALLOWED,
    "D": AceType.DENIED,
    "AU": AceType.AUDIT,
    "OA": AceType.ALLOWED_OBJECT,
    "OD": AceType.DENIED_OBJECT,
    "OU": AceType.AUDIT_OBJECT,
}
_FLAGS: Final = {
    "OI": AceFlag.OBJECT_INHERIT,
    "CI": AceFlag.CONTAINER_INHERIT,
    "NP": AceFlag.NO_PROPAGATE_INHERIT,
    "IO": AceFlag.INHERIT_ONLY,
    "ID": AceFlag.INHERITED,
    "SA": AceFlag.SUCCESSFUL_ACCESS,
    "FA": AceFlag.FAILED_ACCESS,
}
_RIGHTS: Final = {
    "CC": 0x1,
    "DC": 0x2,
    "LC": 0x4,
    "SW": 0x8,
    "RP": 0x10,
    "WP": 0x20,
    "DT": 0x40,
    "LO": 0x80,
    "CR": 0x100,
    "SD": 0x10000,
    "RC": 0x20000,
    "WD": 0x40000,
    "WO": 0x80000,
    "GA": 0x10000000,
    "GX": 0x20000000,
    "GW": 0x40000000,
    "GR": 0x80000000,
}
_DACL_FLAGS: Final = {
    "P": Control.DACL_PROTECTED,
    "AR": Control.DACL_AUTO_INHERIT_REQUIRED,
    "AI": Control.DACL_AUTO_INHERITED,
}
_SACL_FLAGS: Final = {
    "P": Control.SACL_PROTECTED,
    "AR": Control.SACL_AUTO_INHERIT_REQUIRED,
    "AI": Control.SACL_AUTO_INHERITED,
}
_NO_LIST: Final = "NO_ACCESS_CONTROL"
_WORDS: Final = {sid: alias for alias, sid in ALIASES.items()}
#: The D of "D:" is a hexadecimal digit, too: what a colon follows begins the next part.
_WHO: Final = re.compile(r"S-1(?:-(?:0x[0-9A-Fa-f]+(?!:)|\d+))+|[A-Za-z]{2}")
_LIST_FLAGS: Final = re.compile(rf"(?:{_NO_LIST}|AR|AI|P)*")
_ENTRY: Final = re.compile(r"\(([^()]*)\)")
_MAX_MASK: Final = 0xFFFFFFFF


def parse(text: str) -> _Parts:
    """Owner, group, access list, audit list and control bits that *text* writes.

    Raises:
        InvalidParameter: it writes none; the message tells the place.
    """
    owner: Sid | None = None
    group: Sid | None = None
    lists: dict[str, tuple[Ace, ...] | None] = {}
    control = 0
    at, seen = _blank(text, 0), set[str]()
    while at < len(text):
        part = text[at : at + 2].upper()
        if part not in ("O:", "G:", "D:", "S:") or part in seen:
            raise _wrong(text, at, "O:, G:, D: or S: is expected, each once")
        seen.add(part)
        at = _blank(text, at + 2)
        if part in ("O:", "G:"):
            sid, at = _who(text, at)
            owner, group = (sid, group) if part == "O:" else (owner, sid)
        else:
            flags = _DACL_FLAGS if part == "D:" else _SACL_FLAGS
            lists[part], bits, at = _list(text, at, flags)
            present = Control.DACL_PRESENT if part == "D:" else Control.SACL_PRESENT
            control |= bits | present
        at = _blank(text, at)
    return owner, group, lists.get("D:"), lists.get("S:"), control


def _list(text: str, at: int, names: Mapping[str, int]) -> tuple[tuple[Ace, ...] | None, int, int]:
    found = _LIST_FLAGS.match(text, at)
    word = found[0] if found else ""
    at += len(word)
    if word == _NO_LIST:
        return None, 0, at
    control = 0
    while word:
        name = next((name for name in ("AR", "AI", "P") if word.startswith(name)), None)
        if name is None:
            raise _wrong(text, at - len(word), f"{_NO_LIST} stands alone")
        control |= names[name]
        word = word[len(name) :]
    entries: list[Ace] = []
    at = _blank(text, at)
    while (entry := _ENTRY.match(text, at)) is not None:
        entries.append(_entry(text, at, entry[1]))
        at = _blank(text, entry.end())
    if text[at : at + 1] == "(":
        raise _wrong(text, at, "the entry has no end, or has parts that are not read here")
    return tuple(entries), control, at


def _entry(text: str, at: int, inside: str) -> Ace:
    fields = [field.strip() for field in inside.split(";")]
    if len(fields) != 6:
        raise _wrong(text, at, f"an entry has 6 parts between semicolons, not {len(fields)}")
    kind, flags, rights, object_type, inherited_type, who = fields
    if kind.upper() not in _TYPES:
        raise _wrong(text, at, f"the type {kind!r} is none of {', '.join(_TYPES)}")
    sid, end = _who(who, 0)
    if end != len(who):
        raise _wrong(text, at, f"{who!r} names nobody")
    return Ace(
        _TYPES[kind.upper()],
        _pairs(text, at, flags, _FLAGS, "flag"),
        _mask(text, at, rights),
        sid,
        _type_of(text, at, object_type),
        _type_of(text, at, inherited_type),
    )


def _mask(text: str, at: int, rights: str) -> int:
    if not rights[:1].isdigit():
        return _pairs(text, at, rights, _RIGHTS, "right")
    try:
        mask = int(rights, 0)
    except ValueError:
        mask = -1
    if not 0 <= mask <= _MAX_MASK:
        raise _wrong(text, at, f"{rights!r} is no mask of 32 bits")
    return mask


def _pairs(text: str, at: int, word: str, names: Mapping[str, int], what: str) -> int:
    found = 0
    for start in range(0, len(word), 2):
        pair = word[start : start + 2].upper()
        if pair not in names:
            raise _wrong(text, at, f"the {what} {pair!r} is none of {' '.join(names)}")
        found |= names[pair]
    return found


def _type_of(text: str, at: int, word: str) -> bytes | None:
    if not word:
        return None
    try:
        return guid_octets(word)
    except InvalidParameter as error:
        raise _wrong(text, at, error.detail) from None


def _who(text: str, at: int) -> tuple[Sid, int]:
    found = _WHO.match(text, at)
    if found is None:
        raise _wrong(text, at, "a security identifier is expected")
    word = found[0]
    if word[:2].upper() == "S-":
        return Sid.parse(word), found.end()
    sid = ALIASES.get(word.upper())
    if sid is None:
        raise _wrong(text, at, f"{word!r} is no short name that is the same on every machine; write S-1-...")
    return sid, found.end()


def _blank(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _wrong(text: str, at: int, what: str) -> InvalidParameter:
    return InvalidParameter(
        f"{text!r} is no security descriptor: at {at}: {what}", hint="write it as O:BAG:BAD:(A;CI;CCDC;;;AU)"
    )


# -- writing


def write(
    owner: Sid | None,
    group: Sid | None,
    dacl: tuple[Ace, ...] | None,
    sacl: tuple[Ace, ...] | None,
    control: int,
) -> str:
    """The text of a descriptor.

    Raises:
        InvalidParameter: an entry is of a type without a text form here.
    """
    parts = []
    if owner is not None:
        parts.append(f"O:{_word(owner)}")
    if group is not None:
        parts.append(f"G:{_word(group)}")
    if dacl is not None or control & Control.DACL_PRESENT:
        parts.append("D:" + _written_list(dacl, control, _DACL_FLAGS))
    if sacl is not None or control & Control.SACL_PRESENT:
        parts.append("S:" + _written_list(sacl, control, _SACL_FLAGS))
    return "".join(parts)


def _word(sid: Sid) -> str:
    return _WORDS.get(sid) or str(sid)


def _written_list(entries: tuple[Ace, ...] | None, control: int, names: Mapping[str, int]) -> str:
    if entries is None:
        return _NO_LIST
    flags = "".join([name for name, bit in names.items() if control & bit])
    return flags + "".join([_written(entry) for entry in entries])


def _written(entry: Ace) -> str:
    kind = next((name for name, number in _TYPES.items() if number == entry.type), None)
    if kind is None:
        raise InvalidParameter(f"an entry of type {entry.type} has no text form here")
    types = ["" if item is None else guid_text(item) for item in (entry.object_type, entry.inherited_object_type)]
    flags = "".join([name for name, bit in _FLAGS.items() if entry.flags & bit])
    return f"({kind};{flags};{_written_mask(entry.mask)};{types[0]};{types[1]};{_word(entry.sid)})"


def _written_mask(mask: int) -> str:
    if mask & ~sum(_RIGHTS.values()):
        return f"0x{mask:x}"
    return "".join([name for name, bit in _RIGHTS.items() if mask & bit])
