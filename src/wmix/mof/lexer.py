"""Words, literals and signs of MOF. DSP0004 annex A; wmi-semantics 9.1.

One regular expression without nested repetition reads the next token, so that time is linear in the text.  What it
cannot read gets a second look by ``_explain``, which reports the mistake and says where to go on; the parser
continues with what could be read.

- Tokens are no objects: a file has half a million of them, and every container that holds so many is walked by each
  garbage collection.  Their kinds are one text with a character for each, their places two arrays of numbers.
- The kind of a sign is the sign itself; the other kinds are the letters below.
- An instance of nothing but plain constants, as files have them by the thousand, is one token; ``simple`` has its
  grammar.  Whatever is not as plain as that is read word by word.
- Values are made from the text when the parser wants them: :func:`~wmix.mof.escapes.unescape`, :func:`number`.
- An identifier starts with a letter, an underscore or any character from U+0080 on, as in DSP0004.

Depends on ``diagnostics`` and ``source``.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic, shorten
from wmix.mof.escapes import ESCAPED
from wmix.mof.simple import INSTANCE

if TYPE_CHECKING:
    from wmix.mof.source import Source

__all__ = [
    "ALIAS",
    "BAD",
    "CHARACTER",
    "DECIMAL",
    "DIRECTIVE",
    "END",
    "INTEGER",
    "MAX_NUMBER",
    "NAME",
    "REAL",
    "SIMPLE",
    "STRING",
    "Tokens",
    "number",
    "tokenize",
]

MAX_NUMBER: Final = 400
"""Characters of one number; beyond every range of CIM, and short enough that converting it costs nothing."""

NAME: Final = "n"
STRING: Final = "s"
DECIMAL: Final = "9"
"""An integer in decimal."""
INTEGER: Final = "i"
"""An integer in hexadecimal, octal or binary."""
REAL: Final = "r"
CHARACTER: Final = "c"
ALIAS: Final = "$"
DIRECTIVE: Final = "#"
BAD: Final = "?"
"""Unreadable text, which has been reported."""
SIMPLE: Final = "I"
"""An instance of plain constants, without its semicolon."""
END: Final = "."

# Names as what they are not: a positive set up to U+10FFFF takes fifteen times as long to compile.
_FIRST: Final = r"[^\x00-@\[-^`{-\x7f]"
_FURTHER: Final = r"[^\x00-/:-@\[-^`{-\x7f]"
# A group is repeated within an atomic one, never possessively: before 3.11.5 Python leaves the text's position where
# the last, failing round came to (github.com/python/cpython/issues/100061).  What is rarely there is looked for first.
_COMMENT: Final = r"/\*[^*]*+\*++(?>(?:[^*/][^*]*+\*++)*)/"
_SPACE: Final = rf"[ \t\r\n\f\v]*+(?:(?!/)|(?>(?:(?://[^\n]*+|{_COMMENT})[ \t\r\n\f\v]*+)*))"
_TOKEN: Final = re.compile(
    rf"""{_SPACE}(?:
      ({INSTANCE})
    | ({_FIRST}{_FURTHER}*+)
    | ([{{}}()\[\];:,=])
    | ("[^"\\\r\n]*+(?:"|(?>(?:{ESCAPED}[^"\\\r\n]*+)*)"))
    | ([+-]?(?:0(?![0-9A-Za-z_.])|[1-9][0-9]*+)(?![\w.]))
    | ([+-]?(?:0[xX][0-9A-Fa-f]++|[01]++[bB]|0[0-7]++)(?![\w.]))
    | ([+-]?[0-9]*+\.[0-9]++(?:[eE][+-]?[0-9]++)?(?![\w.]))
    | ('(?:[^'\\\r\n]|{ESCAPED})')
    | (\${_FIRST}{_FURTHER}*+)
    | (\#{_FIRST}{_FURTHER}*+)
    | (.)
    | \Z
    )""",
    re.VERBOSE | re.DOTALL,
)
_KINDS: Final = (END, SIMPLE, NAME, "", STRING, DECIMAL, INTEGER, REAL, CHARACTER, ALIAS, DIRECTIVE, BAD)
"""By number of the group; a sign is its own kind."""
_SIGN, _BAD = 3, 11
_MALFORMED_NUMBER: Final = re.compile(r"[+-]?\.?[0-9][\w.]*+")
_STRAY: Final = re.compile(r"""[^\w\s{}()\[\];:,="'$#/+-]+|.""", re.DOTALL)
_UNCLOSED_STRING: Final = re.compile(rf'"[^"\\\r\n]*+(?>(?:{ESCAPED}[^"\\\r\n]*+)*)')
_REST_OF_STRING: Final = re.compile(r"""[^"\\\r\n]*+(?>(?:\\[^\r\n][^"\\\r\n]*+)*)"?""")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*+")
_CHARACTER_LITERAL: Final = re.compile(r"'(?>(?:[^'\\\r\n]|\\[^\r\n])*)'?")
_TYPOGRAPHIC: Final = dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f\u2033", '"'
)


class Tokens:
    """The tokens of one file: kinds, and offsets of start and end; the last one is END."""

    __slots__ = ("ends", "kinds", "starts")

    def __init__(self, kinds: str, starts: array[int], ends: array[int]) -> None:
        self.kinds = kinds
        self.starts = starts
        self.ends = ends

    def __len__(self) -> int:
        return len(self.kinds)


def tokenize(source: Source, diagnostics: list[Diagnostic], begin: int = 0, until: int | None = None) -> Tokens:
    """The tokens of *source*, or of what stands in it from *begin* to *until*.

    Each mistake is appended to *diagnostics*, at most ``MAX_DIAGNOSTICS`` of them, and leaves a BAD token; after the
    last one the text counts as ended.
    """
    text = source.text
    kinds: list[str] = []
    starts, ends = array("L"), array("L")
    add_kind, add_start, add_end = kinds.append, starts.append, ends.append
    ascii_only = text.isascii()
    position: int | None = begin
    until = len(text) if until is None else until
    while position is not None:
        following = None
        for found in _TOKEN.finditer(text, position, until):
            group = found.lastindex
            if group is None:
                break  # the end
            start, end = found.span(group)
            if group == _BAD:
                if len(diagnostics) < MAX_DIAGNOSTICS:
                    diagnostic, following = _explain(source, start)
                    diagnostics.append(diagnostic)
                    add_kind(BAD)
                    add_start(start)
                    add_end(following)
                break
            if group == _SIGN:
                add_kind(text[start])
            else:
                if not ascii_only and group not in _PLAIN:
                    _check_letters(source, start, text[start:end], diagnostics)
                add_kind(_KINDS[group])
            add_start(start)
            add_end(end)
        position = following
    add_kind(END)
    add_start(until)
    add_end(until)
    return Tokens("".join(kinds), starts, ends)


_PLAIN: Final = frozenset({1, 4, 5, 6, 7, 8})
"""Groups whose letters are anything, or ASCII by their expression."""


def number(word: str, kind: str) -> int | float | None:
    """The value of a numeric literal of kind DECIMAL, INTEGER or REAL; None when it is too large for any type."""
    if len(word) > MAX_NUMBER:
        return None
    if kind == DECIMAL:
        return int(word)
    if kind == REAL:
        value = float(word)
        return value if value - value == 0 else None  # None: infinite
    if "x" in word or "X" in word:
        return int(word, 16)
    return int(word[:-1], 2) if word[-1] in "bB" else int(word, 8)


def _check_letters(source: Source, start: int, word: str, diagnostics: list[Diagnostic]) -> None:
    """Characters from U+0080 on belong to names, except blanks and the quotes of word processors."""
    for offset, letter in enumerate(word, start):
        if letter.isspace() or letter in _TYPOGRAPHIC or letter == "\ufeff":
            straight = _TYPOGRAPHIC.get(letter)
            _report(
                diagnostics,
                Diagnostic(
                    source,
                    (offset, offset + 1),
                    codes.WBEMMOF_E_UNRECOGNIZED_TOKEN,
                    f"the character U+{ord(letter):04X} does not belong to MOF",
                    found=f"U+{ord(letter):04X}",
                    expected="a name" if straight is None else f"a straight quote {straight}",
                    hint="write an ordinary blank" if straight is None else f"write the straight quote {straight}",
                ),
            )
            return


def _report(diagnostics: list[Diagnostic], diagnostic: Diagnostic) -> None:
    if len(diagnostics) < MAX_DIAGNOSTICS:
        diagnostics.append(diagnostic)


def _explain(source: Source, start: int) -> tuple[Diagnostic, int]:
    """What is wrong with the text at *start*, which is no token, and where the next token may begin."""
    text = source.text
    letter = text[start]
    if text.startswith("/*", start):
        return (
            Diagnostic(
                source,
                (start, start + 2),
                codes.WBEMMOF_E_UNRECOGNIZED_TOKEN,
                "the comment is not closed",
                found="/*",
                expected="*/ at the end of the comment",
            ),
            len(text),
        )
    if letter == '"':
        return _explain_string(source, start)
    if letter == "'":
        return _explain_character(source, start)
    if (number := _MALFORMED_NUMBER.match(text, start)) is not None:
        return _explain_number(source, number.span(), number.group()), number.end()
    if letter in "$#":
        name = "an alias name" if letter == "$" else "pragma or include"
        code = codes.WBEMMOF_E_EXPECTED_ALIAS_NAME if letter == "$" else codes.WBEMMOF_E_INVALID_PRAGMA
        return (
            Diagnostic(
                source,
                (start, start + 1),
                code,
                f"expected {name} after '{letter}'",
                found=repr(text[start : start + 2]),
                expected=name,
            ),
            start + 1,
        )
    stray = _STRAY.match(text, start)
    end = stray.end() if stray else start + 1
    word = text[start:end]
    return (
        Diagnostic(
            source,
            (start, end),
            codes.WBEMMOF_E_UNRECOGNIZED_TOKEN,
            f"{shorten(word)!r} does not belong to MOF",
            found=repr(shorten(word)),
            expected="a name, a literal or one of { } ( ) [ ] ; : , =",
        ),
        end,
    )


def _explain_string(source: Source, start: int) -> tuple[Diagnostic, int]:
    text = source.text
    read = _UNCLOSED_STRING.match(text, start)
    stop = read.end() if read else start + 1
    if text[stop : stop + 1] == "\\" and text[stop + 1 : stop + 2] not in ("", "\r", "\n"):
        rest = _REST_OF_STRING.match(text, stop)
        end = rest.end() if rest else stop + 1
        escape = text[stop : stop + 2]
        return (
            Diagnostic(
                source,
                (stop, stop + 2),
                codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
                f"{escape} is not an escape",
                found=escape,
                expected=r"""one of \b \t \n \f \r \" \' \\ \xHHHH""",
                hint=r"write a backslash as \\",
            ),
            end,
        )
    line = _REST_OF_LINE.match(text, start)
    end = line.end() if line else stop
    return (
        Diagnostic(
            source,
            (start, end),
            codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
            "the string is not closed on its line",
            found="the end of the line",
            expected='a closing "',
            hint="write a long text as several strings, one behind the other",
        ),
        end,
    )


def _explain_character(source: Source, start: int) -> tuple[Diagnostic, int]:
    literal = _CHARACTER_LITERAL.match(source.text, start)
    end = max(literal.end() if literal else 0, start + 1)
    word = source.text[start:end]
    return (
        Diagnostic(
            source,
            (start, end),
            codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
            f"{shorten(word)} is not one character",
            found=shorten(word),
            expected="one character or escape between single quotes",
            hint="write strings in double quotes" if len(word) > 3 else None,
        ),
        end,
    )


def _explain_number(source: Source, span: tuple[int, int], word: str) -> Diagnostic:
    hint = None
    digits = word.lstrip("+-")
    if digits.isdigit() and digits[0] == "0":
        hint = "a leading 0 means octal; leave it out for a decimal number"
    elif digits.endswith(".") or re.fullmatch(r"[0-9]{1,20}[eE][0-9]{1,5}", digits):
        hint = "a real number has digits after its point"
    return Diagnostic(
        source,
        span,
        codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
        f"{shorten(word)!r} is not a number",
        found=repr(shorten(word)),
        expected="a decimal, 0x hexadecimal, 0 octal, binary b or real number",
        hint=hint,
    )
