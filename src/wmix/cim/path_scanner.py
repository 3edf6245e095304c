r"""The elements of object paths: location, class and keys, each read from a text at a position.

[MS-WMI] 2.2.2.  ``paths`` (values) and ``wbem_path`` (the IWbemPath object) share these readers, so that one grammar
serves both; ``wbem_path`` needs the keys as they were spelled and accepts texts without a class.

Every reader moves forward only: one pass over the text, whatever it holds.  Names are letters, digits, ``_`` and
everything beyond ASCII, not starting with a digit; namespace names may also hold ``-``, ``.`` and other marks that
hosts are known to use.  Depends on ``errors``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NoReturn

from wmix.errors import InvalidPath, QuotaExceeded

__all__ = [
    "MAX_IDENTIFIER",
    "MAX_KEYS",
    "MAX_PATH",
    "SEPARATORS",
    "KeyToken",
    "KeyValue",
    "check_length",
    "is_identifier",
    "is_namespace",
    "scan_class",
    "scan_keys",
    "scan_location",
    "split_names",
    "utf16_length",
]

MAX_PATH: Final = 8192
"""UTF-16 units of an object path. [MS-WMI] appendix A, notes 35 to 54; WBEM_MAX_PATH."""

MAX_IDENTIFIER: Final = 4096
"""UTF-16 units of a class name. WBEM_MAX_IDENTIFIER."""

MAX_KEYS: Final = 256
"""Keys of one instance. WMI documentation, "Creating a Class"."""

_LONGEST_NUMBER: Final = {"decimal": 64, "hex": 55}
"""Characters. No integer type needs more, and reading digits takes time quadratic in their number; paths are written
with decimal numbers, so that a hexadecimal one may not be longer than those."""

SEPARATORS: Final = "\\/"

KeyValue = str | int | bool
"""A key's value as a path can hold it; datetimes and references are text."""

KeyToken = tuple[str | None, KeyValue, str]
"""Name (None when left out), value, and the value as it was spelled."""

_NEVER_IN_NAMESPACES: Final = frozenset({*map(chr, range(0x21)), *"\"'*,/:;<=>?\\|\x7f"})
"""Characters that no name of a namespace has."""

_BLANKS_HINT: Final = "Leave out the blanks around the dot, the comma and the equals sign."
_ESCAPE_HINT: Final = 'Inside quotes write \\\\ for a backslash and \\" for a quote.'


@cache
def _identifier() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_\u0080-\U0010ffff][0-9A-Za-z_\u0080-\U0010ffff]*")


@cache
def _namespace() -> re.Pattern[str]:
    name = f"[^{re.escape(''.join(sorted(_NEVER_IN_NAMESPACES)))}]+"
    return re.compile(rf"{name}(?:[\\/]{name})*")


@cache
def _stop() -> re.Pattern[str]:
    """What is before the first of these can be a location."""
    return re.compile(r"""[:"'=]""")


@cache
def _value() -> re.Pattern[str]:
    """Unrolled loops: after each prefix there is one way to go on, so that no text makes the match go back."""
    return re.compile(
        r""" "(?P<double>[^"\\]*(?:\\["'\\][^"\\]*)*)"
           | '(?P<single>[^'\\]*(?:\\["'\\][^'\\]*)*)'
           | (?P<hex>[+-]?0[xX][0-9A-Fa-f]++)(?![0-9A-Za-z_])
           | (?P<decimal>[+-]?[0-9]++)(?![0-9A-Za-z_])
           | (?P<word>[A-Za-z]++)(?![0-9A-Za-z_])""",
        re.VERBOSE,
    )


@cache
def _escape() -> re.Pattern[str]:
    return re.compile(r"\\(.)", re.DOTALL)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which WMI states all its limits."""
    if text.isascii() or max(text) <= "\uffff":
        return len(text)
    return len(text) + sum(1 for c in text if c > "\uffff")


def check_length(text: str, limit: int, what: str) -> None:
    """Refuse a text of more than *limit* UTF-16 units.

    Raises:
        QuotaExceeded: it is longer.
    """
    if len(text) * 2 > limit and utf16_length(text) > limit:
        raise QuotaExceeded(f"{what} may have {limit} characters, not {utf16_length(text)}")


def is_identifier(text: str) -> bool:
    """Whether *text* can be the name of a class, property, method or qualifier."""
    return _identifier().fullmatch(text) is not None


def is_namespace(text: str) -> bool:
    """Whether *text* is names with single separators between them."""
    return all(name and _NEVER_IN_NAMESPACES.isdisjoint(name) for name in split_names(text))


def split_names(text: str) -> list[str]:
    """The names between the separators, empty ones included."""
    return text.replace("/", "\\").split("\\")


def scan_location(text: str) -> tuple[str | None, str | None, int | None]:
    """Server, namespace (with backslashes) and the offset at which the class begins.

    The offset is None when there is no class.  Text without a colon is a class when it has no separator either.

    Raises:
        InvalidPath: a location that is none.
    """
    start, server = 0, None
    if text[:2] in ("\\\\", "//"):
        server, start = _scan_server(text)
    elif text[:1] and text[0] in SEPARATORS:
        if text[1:2] and text[1] in SEPARATORS:
            refuse("a server's name stands after two equal separators", text, 1)
        start = 1
    stop = _stop().search(text, start)
    end = stop.start() if stop else len(text)
    colon = text[end : end + 1] == ":"
    if start == 0 and not colon and not _has_separator(text, 0, end):
        return None, None, 0 if text else None
    if not colon and end < len(text):
        refuse("there must be a colon between namespace and class", text, end)
    match = _namespace().match(text, start, end)
    if match is None or match.end() != end:
        _refuse_namespace(text, start if match is None else match.end(), end)
    return server, match.group().replace("/", "\\"), end + 1 if colon else None


def _scan_server(text: str) -> tuple[str, int]:
    """The server after the two separators, and the offset behind the separator that follows it."""
    slashes = [i for i in (text.find("\\", 2), text.find("/", 2)) if i >= 0]
    end = min(slashes) if slashes else len(text)
    server = text[2:end]
    if not server or any(c <= " " or c in "\"'*,;<=>?|" for c in server):
        refuse("there must be a server's name after the two separators", text, 2)
    if end >= len(text) - 1:
        refuse(f"there must be a namespace after the server {server}", text, len(text))
    return server, end + 1


def _has_separator(text: str, start: int, end: int) -> bool:
    return text.find("\\", start, end) >= 0 or text.find("/", start, end) >= 0


def _refuse_namespace(text: str, position: int, end: int) -> NoReturn:
    if position >= end:
        refuse("a name is missing in the namespace", text, position)
    if text[position] in SEPARATORS:
        refuse("a name is missing in the namespace", text, position + 1)
    refuse(f"{text[position]!r} cannot stand in a namespace", text, position)


def scan_class(text: str, position: int) -> tuple[str, int]:
    """The class name at *position* and the offset behind it.

    Raises:
        InvalidPath: no name there.
        QuotaExceeded: a name of more than 4096 UTF-16 units.
    """
    match = _identifier().match(text, position)
    if match is None:
        refuse("there must be a class name", text, position)
    name = match.group()
    check_length(name, MAX_IDENTIFIER, "a class name")
    return name, match.end()


def scan_keys(text: str, position: int) -> tuple[list[KeyToken] | None, bool]:
    """The keys from *position* to the end of the text, and whether they are the ``=@`` of a singleton.

    No keys (None) at the end of the text: the path of a class.

    Raises:
        InvalidPath: anything else than keys.
    """
    if position == len(text):
        return None, False
    sign = text[position]
    if sign == "=":
        if text.startswith("@", position + 1):
            _expect_end(text, position + 2)
            return None, True
        value, spelled, position = _scan_value(text, position + 1)
        if text.startswith(",", position):
            refuse("with several keys each needs its name", text, position)
        _expect_end(text, position)
        return [(None, value, spelled)], False
    if sign != ".":
        refuse(f"there must be a dot or an equals sign, not {sign!r}, after the class", text, position)
    return _scan_named_keys(text, position + 1), False


def _scan_named_keys(text: str, position: int) -> list[KeyToken]:
    keys: list[KeyToken] = []
    seen: set[str] = set()
    while True:
        match = _identifier().match(text, position)
        if match is None:
            refuse("there must be a key's name", text, position)
        name = match.group()
        if name.casefold() in seen:
            refuse(f"the key {name} stands twice", text, position)
        seen.add(name.casefold())
        if not text.startswith("=", match.end()):
            refuse(f"there must be an equals sign after the key {name}", text, match.end())
        value, spelled, position = _scan_value(text, match.end() + 1)
        keys.append((name, value, spelled))
        if not text.startswith(",", position):
            _expect_end(text, position)
            return keys
        if len(keys) == MAX_KEYS:
            refuse(f"an instance has at most {MAX_KEYS} keys", text, position)
        position += 1


def _scan_value(text: str, position: int) -> tuple[KeyValue, str, int]:
    match = _value().match(text, position)
    if match is None:
        _refuse_value(text, position)
    kind, spelled = match.lastgroup, match.group()
    content = match.group(kind) if kind else ""
    if kind in ("double", "single"):
        value: KeyValue = _escape().sub(r"\1", content) if "\\" in content else content
    elif kind in ("hex", "decimal"):
        if len(content) > _LONGEST_NUMBER[kind]:
            refuse("the number has too many digits", text, position)
        value = int(content, 16 if kind == "hex" else 10)
    elif content.upper() in ("TRUE", "FALSE"):
        value = content.upper() == "TRUE"
    else:
        refuse(f"{content} is no value of a key", text, position, 'Put text in quotes: Key="value".')
    return value, spelled, match.end()


def _refuse_value(text: str, position: int) -> NoReturn:
    quote = text[position : position + 1]
    if not quote:
        refuse("there must be a value after the equals sign", text, position)
    if quote not in "\"'":
        refuse("a value is text in quotes, a number, TRUE or FALSE", text, position, 'Put text in quotes: Key="value".')
    i = position + 1
    while i < len(text) and text[i] != quote:
        if text[i] == "\\":
            if text[i + 1 : i + 2] not in ("\\", '"', "'"):
                refuse("a backslash must be followed by a backslash or a quote", text, i, _ESCAPE_HINT)
            i += 1
        i += 1
    refuse("the quote is never closed", text, position, _ESCAPE_HINT)


def _expect_end(text: str, position: int) -> None:
    if position < len(text):
        refuse(f"{text[position]!r} cannot stand here: the path must end, or a comma and a key follow", text, position)


def refuse(why: str, text: str, position: int, hint: str | None = None) -> NoReturn:
    """Raise ``InvalidPath`` for the mistake at *position*; a blank there is named as the cause."""
    if text[position : position + 1].isspace():
        why, hint = f"{why}; blanks are not allowed between the elements of a path", _BLANKS_HINT
    raise InvalidPath(f"{why} (at offset {position})", text=text, position=position, hint=hint)
