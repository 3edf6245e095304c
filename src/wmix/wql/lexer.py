"""Words, numbers, strings and signs of WQL. [MS-WMI] 2.2.1.1; rules 5.1.1 to 5.1.8 of the semantics brief.

Two regular expressions without nested repetition read the next token, so that time is linear in the text: names, signs
and braces, then constants.  What they cannot read gets a second look by the ``_explain`` functions, which turn it into
a diagnostic.

- White space is blank, tab, CR and LF; nothing else, whatever Unicode calls it.
- In a string only ``\\\\``, ``\\"`` and ``\\'`` are escapes; any other backslash makes the query invalid, also in a
  LIKE pattern (Windows refuses ``LIKE "PCI\\%"``).
- A brace opens an object path, which is kept as it was written: it has its own rules of quoting.
- An identifier starts with a letter, an underscore or any character from U+0080 on, as in DSP0004.

Depends on ``errors`` only.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final, NoReturn

from wmix.errors import InvalidQuery

__all__ = ["MAX_NUMBER", "Number", "Token", "TokenKind", "tokenize"]

MAX_NUMBER: Final = 400
"""Characters of one number; beyond every range of CIM, and short enough that converting it costs nothing."""

Number = int | float


class TokenKind(Enum):
    """What a token is; the value is how messages call it."""

    NAME = "name"
    STRING = "string"
    INTEGER = "integer"
    REAL = "real number"
    SIGN = "sign"
    PATH = "object path"
    END = "the end of the query"


_KINDS: Final[dict[str | None, TokenKind]] = {kind.name: kind for kind in TokenKind}


class Token:
    """One token: its kind, its place, its text as written, and its value (strings unescaped, numbers converted)."""

    __slots__ = ("end", "kind", "start", "text", "value")

    def __init__(self, kind: TokenKind, start: int, end: int, text: str, value: str | Number) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text
        self.value = value

    def __repr__(self) -> str:
        return f"Token({self.kind.name}, {self.text!r}, {self.start}..{self.end})"

    @property
    def span(self) -> tuple[int, int]:
        """Offsets in the query, end exclusive."""
        return (self.start, self.end)

    @property
    def keyword(self) -> str:
        """The upper-case form of a name, "" for anything else."""
        return self.text.upper() if self.kind is TokenKind.NAME else ""

    def describe(self) -> str:
        """The token as a message shows it, shortened when long."""
        if self.kind is TokenKind.END:
            return str(self.kind.value)
        text = self.text if len(self.text) <= 40 else self.text[:39] + "…"
        if self.kind is TokenKind.STRING:
            return f"string {text}"
        return f"object path {{{text}}}" if self.kind is TokenKind.PATH else repr(text)


# Names as what they are not: a positive set up to U+10FFFF takes fifteen times as long to compile.
_FIRST: Final = r"[^\x00-@\[-^`{-\x7f]"
_FURTHER: Final = r"[^\x00-/:-@\[-^`{-\x7f]"
_TOKEN: Final = re.compile(
    rf"(?P<NAME>{_FIRST}{_FURTHER}*+)"
    r"|(?P<SIGN><>|<=|>=|!=|[=<>(),*]|\.(?![0-9]))"
    r"|(?P<PATH>{)"
)
"""What every query has; of what begins with a dot and a digit :func:`_constants` knows more."""
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


@cache
def _constants() -> re.Pattern[str]:
    """Strings and numbers; compiled for the first query that has some, as it takes longer than to read one."""
    return re.compile(
        r"""(?P<STRING>"[^"\\]*+(?>(?:\\[\\"'][^"\\]*+)*)"|'[^'\\]*+(?>(?:\\[\\"'][^'\\]*+)*)')"""
        r"|(?P<INTEGER>[+-]?(?:0[xX][0-9A-Fa-f]++|[0-9]++)(?![.\w]))"
        r"|(?P<REAL>[+-]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?![.\w]))"
        r"|(?P<SIGN>\.)"
    )


@cache
def _path_piece() -> re.Pattern[str]:
    return re.compile(r"""[^{}"'\s]++|"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|'[^'\\]*+(?>(?:\\.[^'\\]*+)*)'""", re.DOTALL)


@cache
def _malformed_number() -> re.Pattern[str]:
    return re.compile(r"[+-]?\.?[0-9][\w.]*+")


_MISTAKEN_SIGNS: Final = {
    "&": "write AND",
    "|": "write OR",
    "!": "write <> or != without a blank inside, or NOT before the property name",
    ";": "a query has no terminator; leave the ';' out",
    "\\": "a backslash stands in strings only; the namespace is what you connect to",
    ":": "FROM takes a class name; the namespace is what you connect to",
    "`": "names are written without quotes, strings with ' or \"",
    **dict.fromkeys("+-/%^~", "WQL does not calculate; compare with a constant"),
    **dict.fromkeys("[]", "names are written without brackets"),
}
_TYPOGRAPHIC_QUOTES: Final = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "write the straight quote '"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", 'write the straight quote "'),
}


def tokenize(text: str) -> list[Token]:
    """The tokens of *text*, the last one of kind END.

    Raises:
        InvalidQuery: a character, number, string or path that WQL does not know; with its place.
    """
    tokens: list[Token] = []
    position = _skip_space(text, 0)
    while position < len(text):
        found = _TOKEN.match(text, position) or _constants().match(text, position)
        if found is None:
            _explain(text, position)
        kind = _KINDS[found.lastgroup]
        start, end = found.span()
        word = found.group()
        value: str | Number = word
        if kind is TokenKind.NAME:
            if not word.isascii():
                _refuse_typography(text, start, word)
        elif kind is TokenKind.STRING:
            value = word[1:-1]
            if "\\" in value:
                value = _ESCAPE.sub(r"\1", value)
        elif kind is TokenKind.INTEGER or kind is TokenKind.REAL:
            value = _number(text, start, word, kind)
        elif kind is TokenKind.PATH:
            end, word = _object_path(text, start)
            value = word
        tokens.append(Token(kind, start, end, word, value))
        position = _skip_space(text, end)
    tokens.append(Token(TokenKind.END, position, position, "", ""))
    return tokens


def _number(text: str, start: int, word: str, kind: TokenKind) -> Number:
    if len(word) <= MAX_NUMBER:
        if kind is TokenKind.INTEGER:
            return int(word, 16) if "x" in word or "X" in word else int(word)
        value = float(word)
        if value - value == 0:  # finite
            return value
    raise InvalidQuery(
        "the number is too large",
        text=text,
        span=(start, start + len(word)),
        expected="a number in the range of a double",
    )


def _object_path(text: str, start: int) -> tuple[int, str]:
    """The path between the brace at *start* and the next brace outside quotes; its end and its text."""
    position = first = _skip_space(text, start + 1)
    match = _path_piece().match
    while (piece := match(text, position)) is not None:
        position = piece.end()
    path = text[first:position]
    position = _skip_space(text, end := position)
    if text[position : position + 1] != "}":
        if text[position : position + 1] in ("'", '"'):
            raise InvalidQuery(
                "the string in the object path is not closed",
                text=text,
                span=(position, len(text)),
                hint="double each backslash inside a key value",
            )
        if end == position or position == len(text):
            raise InvalidQuery(
                text=text,
                span=(position, min(position + 1, len(text))),
                expected="'}' after the object path",
                found=_shown(text, position),
            )
        raise InvalidQuery(
            "white space inside an object path",
            text=text,
            span=(end, position),
            found="white space",
            expected="'}' or the rest of the path",
            hint="write the path without blanks, also around '='",
        )
    if not path:
        raise InvalidQuery(
            "the object path is empty",
            text=text,
            span=(start, position + 1),
            found="'{}'",
            expected='an object path such as {Win32_LogicalDisk.DeviceID="C:"}',
        )
    return position + 1, path


def _skip_space(text: str, position: int) -> int:
    gap = _SPACE.match(text, position)
    return gap.end() if gap else position


def _refuse_typography(text: str, start: int, word: str) -> None:
    """Characters from U+0080 on belong to names, except those that a word processor put in place of ASCII."""
    for offset, character in enumerate(word, start):
        if character.isspace():
            raise InvalidQuery(
                f"the character U+{ord(character):04X} is not white space in WQL",
                text=text,
                span=(offset, offset + 1),
                found=f"U+{ord(character):04X}",
                expected="a blank, tab or line break",
                hint="write an ordinary blank",
            )
        if character in _TYPOGRAPHIC_QUOTES:
            raise InvalidQuery(
                f"{character!r} is not a quote in WQL",
                text=text,
                span=(offset, offset + 1),
                found=repr(character),
                expected="a string in ' or \"",
                hint=_TYPOGRAPHIC_QUOTES[character],
            )


def _explain(text: str, position: int) -> NoReturn:
    """Say what is wrong with the text at *position*, which is no token."""
    character = text[position]
    if character in "\"'":
        _explain_string(text, position)
    if (number := _malformed_number().match(text, position)) is not None:
        raise InvalidQuery(
            f"{_shorten(number.group())!r} is not a number",
            text=text,
            span=number.span(),
            found=repr(_shorten(number.group())),
            expected="a decimal integer, a real number or 0x and hexadecimal digits",
        )
    raise InvalidQuery(
        f"{character!r} does not belong to WQL",
        text=text,
        span=(position, position + 1),
        found=repr(character),
        expected="a name, a constant, an operator or a parenthesis",
        hint=_MISTAKEN_SIGNS.get(character),
    )


def _explain_string(text: str, start: int) -> NoReturn:
    quote = text[start]
    position = start + 1
    while position < len(text) and text[position] != quote:
        if text[position] == "\\":
            if text[position + 1 : position + 2] not in ("\\", '"', "'"):
                raise InvalidQuery(
                    f"{text[position : position + 2]!s} is not an escape",
                    text=text,
                    span=(position, min(position + 2, len(text))),
                    found=text[position : position + 2],
                    expected=r"""one of the escapes \\ \" \'""",
                    hint=r"write a backslash as \\",
                )
            position += 1
        position += 1
    raise InvalidQuery(
        "the string is not closed",
        text=text,
        span=(start, len(text)),
        found=TokenKind.END.value,
        expected=f"a closing {quote}",
        hint=r"a backslash before the closing quote is written as \\" if text.endswith(quote) else None,
    )


def _shown(text: str, position: int) -> str:
    return repr(text[position]) if position < len(text) else TokenKind.END.value


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
