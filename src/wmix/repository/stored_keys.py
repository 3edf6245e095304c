"""Keys and indexed values as octets, and names as text: the forms in which a database finds things.

Two forms of text, both octets, because a database compares octets the same way everywhere while its collations differ
and its text types refuse NUL and lone surrogates:

- :func:`key_text`, the canonical form of an instance's key values: a JSON array of them in the order of the key names,
  strings folded by the rule of WQL, in UTF-8 (surrogates as they are).  Equal keys have equal octets.
- :func:`index_value`, the value of an indexed property, made so that octets are in the order in which WQL orders the
  values (by code point after folding, numbers by size).  Long strings are cut: an index finds candidates, and who asks
  tests them again.

Depends on ``cim``, ``wql.casing`` and ``errors``.
"""

from __future__ import annotations

import hashlib
import struct
from json import JSONEncoder
from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.names import fold as fold_name
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.errors import InvalidParameter
from wmix.repository.keys import instance_key
from wmix.wql.casing import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.cim.classes import CimClass

__all__ = [
    "INDEXABLE",
    "TEXT_LIMIT",
    "UNSET_ENTRY",
    "index_bounds",
    "index_value",
    "key_text",
    "key_text_of",
    "name_text",
    "require_name",
]

KEY_LIMIT: Final = 900
"""Octets of a key that are stored as they are; of a longer one the digest is. Three of them fit in an index page of
PostgreSQL (2,704 octets), and no usual key is longer."""

TEXT_LIMIT: Final = 120
"""Characters of an indexed string that take part in its order."""

UNSET_ENTRY: Final = b""
"""The entry of an instance whose property nobody set: the class default shows, whatever it is when somebody asks."""

_TEXTS: Final = frozenset({CimType.STRING, CimType.REFERENCE, CimType.CHAR16})
_REALS: Final = frozenset({CimType.REAL32, CimType.REAL64})

INDEXABLE: Final = frozenset({*INTEGER_RANGES, *_TEXTS, *_REALS, CimType.BOOLEAN})
"""Types whose values have an order that octets can have.  Points in time have none: their offsets differ."""

_INTEGER_BIAS: Final = 1 << 64
_NOWHERE: Final = "\x7f"
_to_json = JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def key_text(cls: CimClass, values: Mapping[str, object]) -> bytes:
    """The canonical form of the key of an instance of *cls*; empty for a singleton.

    Raises:
        WmiError: as ``instance_key``.
    """
    if len(cls.keys) == 1:
        value = values.get(cls.keys[0])
        if type(value) is int and cls.properties[cls.keys[0]].type in INTEGER_RANGES:
            return b"[%d]" % value  # the same as below, for the most usual key, in a quarter of the time
    return key_text_of(cls, instance_key(cls, values))


def key_text_of(cls: CimClass, key: tuple[object, ...]) -> bytes:
    """The canonical form of what ``instance_key`` gave.

    The order is that of the names, so that a definition which lists its keys in another order finds what is stored.
    """
    if not key:
        return b""
    parts = []
    for name, value in sorted(zip(cls.keys, key, strict=True), key=lambda pair: fold_name(pair[0])):
        kind = cls.properties[name].type
        if kind is CimType.BOOLEAN:
            value = bool(value)  # noqa: PLW2901 - 1 and TRUE are one key
        elif kind in INTEGER_RANGES and isinstance(value, int):
            value = int(value)  # noqa: PLW2901 - the same
        parts.append(value.text if isinstance(value, CimDateTime) else value)
    text = _to_json(parts).encode("utf-8", "surrogatepass")
    if len(text) <= KEY_LIMIT:
        return text
    return b"sha256:" + hashlib.sha256(text).digest()


def index_value(cim_type: CimType, value: object) -> bytes | None:
    """The entry of *value*, in exact form and not NULL, in the index of a property of *cim_type*.

    None for a value that no comparison ever finds (a real that is no number).
    """
    if isinstance(value, str):
        return b"s" + fold(value[:TEXT_LIMIT]).encode("utf-8", "surrogatepass")
    if cim_type in _REALS:
        return _real(float(value))  # type: ignore[arg-type]  # reals compare with numbers only
    return b"i" + (int(value) + _INTEGER_BIAS).to_bytes(9, "big")  # type: ignore[call-overload,no-any-return]


def _real(value: float) -> bytes | None:
    if value != value:
        return None
    bits: int = struct.unpack(">Q", struct.pack(">d", value + 0.0))[0]  # + 0.0: -0.0 equals 0.0
    return b"r" + (bits ^ (0xFFFFFFFFFFFFFFFF if bits >> 63 else 1 << 63)).to_bytes(8, "big")


def index_bounds(cim_type: CimType, operator: str, value: object) -> tuple[bytes, bytes] | None:
    """The first entry, and the last, among which all values lie that satisfy ``property operator value``.

    None when the index cannot tell: another operator, or a constant that no property of the type can have.
    """
    if isinstance(value, bool) is not (cim_type is CimType.BOOLEAN) or isinstance(value, str) is not (
        cim_type in _TEXTS
    ):
        return None
    if not isinstance(value, int | float | str):
        return None
    if cim_type in INTEGER_RANGES:
        low, high = INTEGER_RANGES[cim_type]
        if not low <= value <= high or int(value) != value:  # type: ignore[operator]  # a number, see above
            return None
    entry = index_value(cim_type, value)
    if entry is None:
        return None
    kind = entry[:1]
    if operator == "=":
        return entry, entry
    if operator in ("<", "<="):
        return kind, entry
    if operator in (">", ">="):
        return entry, bytes([kind[0] + 1])
    return None


def name_text(name: str) -> str:
    """The form under which the name of a class or namespace is found.

    A name that cannot be stored (see :func:`require_name`) has one that is found nowhere.
    """
    folded = fold_name(name)
    return folded if folded.isprintable() else _NOWHERE


def require_name(name: str) -> str:
    """The form under which a name is stored.

    Raises:
        InvalidParameter: it has a character that not every database can store in a name.
    """
    found = name_text(name)
    if found == _NOWHERE:
        raise InvalidParameter(f"{name!r} cannot be a name: it has characters that cannot be printed")
    return found
