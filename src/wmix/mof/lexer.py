"""Words, literals and signs of MOF. DSP0004 annex A; wmi-semantics 9.1.

One regular expression without nested repetition reads the next token, so that time is linear in the text.  What it
cannot read gets a second look by ``_explain``, which reports the mistake and says where to go on; the parser
continues with what could be read.

- Tokens are kept as four parallel lists, not as objects: a file has half a million of them.
- The kind of a sign is the sign itself; the other kinds are the constants below.
- Values are converted here: strings without quotes and escapes, numbers as numbers.
- An identifier starts with a letter, an underscore or any character from U+0080 on, as in DSP0004.

Depends on ``diagnostics`` and ``source``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic, shorten

if TYPE_CHECKING:
    from wmix.mof.source import Source

__all__ = [
    "ALIAS",
    "BAD",
    "CHARACTER",
    "DIRECTIVE",
    "END",
    "INTEGER",
    "MAX_NUMBER",
    "NAME",
    "REAL",
    "STRING",
    "TokenValue",
    "Tokens",
    "tokenize",
]

MAX_NUMBER: Final = 400
"""Characters of one number; beyond every range of CIM, and short enough that converting it costs nothing."""

TokenValue = str | int | float

NAME: Final = "name"
STRING: Final = "string"
INTEGER: Final = "integer"
REAL: Final = "real number"
CHARACTER: Final = "character"
ALIAS: Final = "alias"
DIRECTIVE: Final = "directive"
BAD: Final = "unreadable text"
END: Final = "the end of the file"

# Names as what they are not: a positive set up to U+10FFFF takes fifteen times as long to compile.
_FIRST: Final = r"[^\x00-@\[-^`{-\x7f]"
_FURTHER: Final = r"[^\x00-/:-@\[-^`{-\x7f]"
_ESCAPED: Final = r"""\\(?:[btnfr"'\\]|[xX][0-9A-Fa-f]{1,4})"""
_TOKEN: Final = re.compile(
    rf"""(?:[ \t\r\n\f\v]++|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+(?:
      ({_FIRST}{_FURTHER}*+)
    | ([{{}}()\[\];:,=])
    | "([^"\\\r\n]*+(?:{_ESCAPED}[^"\\\r\n]*+)*+)"
    | ([+-]?(?:0(?![0-9A-Za-z_.])|[1-9][0-9]*+)(?![\w.]))
    | ([+-]?(?:0[xX][0-9A-Fa-f]++|[01]++[bB]|0[0-7]++)(?![\w.]))
    | ([+-]?[0-9]*+\.[0-9]++(?:[eE][+-]?[0-9]++)?(?![\w.]))
    | '((?:[^'\\\r\n]|{_ESCAPED}))'
    | (\${_FIRST}{_FURTHER}*+)
    | (\#{_FIRST}{_FURTHER}*+)
    )""",
    re.VERBOSE,
)
_NAME, _SIGN, _STRING, _DECIMAL, _OTHER_INTEGER, _REAL, _CHARACTER, _ALIAS, _DIRECTIVE = range(1, 10)
_GAP: Final = re.compile(r"(?:[ \t\r\n\f\v]++|//[^\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+")
_ESCAPE: Final = re.compile(r"\\(?:[xX]([0-9A-Fa-f]{1,4})|(.))")
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SIMPLE_ESCAPES: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_MALFORMED_NUMBER: Final = re.compile(r"[+-]?\.?[0-9][\w.]*+")
_STRAY: Final = re.compile(r"""[^\w\s{}()\[\];:,="'$#/+-]+|.""", re.DOTALL)
_UNCLOSED_STRING: Final = re.compile(rf'"[^"\\\r\n]*+(?:{_ESCAPED}[^"\\\r\n]*+)*+')
_REST_OF_STRING: Final = re.compile(r"""[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"?""")
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*+")
_CHARACTER_LITERAL: Final = re.compile(r"'(?:[^'\\\r\n]|\\[^\r\n])*+'?")
_TYPOGRAPHIC: Final = dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f\u2033", '"'
)


class Tokens:
    """The tokens of one file: kinds, values, and offsets of start and end; the last one is END."""

    __slots__ = ("ends", "kinds", "starts", "values")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.values: list[TokenValue] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def __len__(self) -> int:
        return len(self.kinds)


def tokenize(source: Source, diagnostics: list[Diagnostic]) -> Tokens:
    """The tokens of *source*.

    Each mistake is appended to *diagnostics*, at most ``MAX_DIAGNOSTICS`` of them, and leaves a BAD token; after the
    last one the text counts as ended.
    """
    text = source.text
    tokens = Tokens()
    kinds, values, starts, ends = tokens.kinds, tokens.values, tokens.starts, tokens.ends
    add_kind, add_value, add_start, add_end = kinds.append, values.append, starts.append, ends.append
    position = 0
    match = _TOKEN.match
    while True:
        found = match(text, position)
        if found is None:
            position = _after_mistake(source, position, tokens, diagnostics)
            if position < 0:
                break
            continue
        group = found.lastindex
        assert group is not None
        word = found[group]
        position = found.end()
        if group == _NAME:
            start = position - len(word)
            if not word.isascii():
                _check_letters(source, start, word, diagnostics)
            add_kind(NAME)
            add_value(word)
        elif group == _SIGN:
            start = position - 1
            add_kind(word)
            add_value(word)
        elif group == _STRING:
            start = position - len(word) - 2
            add_kind(STRING)
            add_value(_unescape(word) if "\\" in word else word)
        elif group <= _REAL:
            start = position - len(word)
            kind, value = _number(source, start, word, group, diagnostics)
            add_kind(kind)
            add_value(value)
        elif group == _CHARACTER:
            start = position - len(word) - 2
            kind, value = _character(source, start, word, diagnostics)
            add_kind(kind)
            add_value(value)
        else:
            start = position - len(word)
            if not word.isascii():
                _check_letters(source, start, word, diagnostics)
            add_kind(ALIAS if group == _ALIAS else DIRECTIVE)
            add_value(word[1:])
        add_start(start)
        add_end(position)
    end = len(text) if position == _AT_END else min(ends[-1] if ends else 0, len(text))
    add_kind(END)
    add_value("")
    add_start(end)
    add_end(end)
    return tokens


_AT_END: Final = -1
_TOO_MANY: Final = -2


def _after_mistake(source: Source, position: int, tokens: Tokens, diagnostics: list[Diagnostic]) -> int:
    """Report what stands behind *position*, which is no token; where to go on, or a negative number for the end."""
    gap = _GAP.match(source.text, position)
    start = gap.end() if gap else position
    if start >= len(source.text):
        return _AT_END
    if len(diagnostics) >= MAX_DIAGNOSTICS:
        return _TOO_MANY
    diagnostic, end = _explain(source, start)
    diagnostics.append(diagnostic)
    tokens.kinds.append(BAD)
    tokens.values.append(source.text[start:end])
    tokens.starts.append(start)
    tokens.ends.append(end)
    return end


def _unescape(word: str) -> str:
    text = _ESCAPE.sub(_escape_value, word)
    # Two escapes can spell the two UTF-16 units of one character.
    if "\\x" in word or "\\X" in word:
        text = _SURROGATES.sub(_joined, text)
    return text


def _escape_value(found: re.Match[str]) -> str:
    digits = found[1]
    return chr(int(digits, 16)) if digits is not None else _SIMPLE_ESCAPES[found[2]]


def _joined(found: re.Match[str]) -> str:
    return found[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _number(source: Source, start: int, word: str, group: int, diagnostics: list[Diagnostic]) -> tuple[str, TokenValue]:
    if len(word) <= MAX_NUMBER:
        if group == _DECIMAL:
            return INTEGER, int(word)
        if group == _REAL:
            value = float(word)
            if value - value == 0:  # finite
                return REAL, value
        elif word[-1] in "bB" and "x" not in word and "X" not in word:
            return INTEGER, int(word[:-1], 2)
        elif "x" in word or "X" in word:
            return INTEGER, int(word, 16)
        else:
            return INTEGER, int(word, 8)
    _report(
        diagnostics,
        Diagnostic(
            source,
            (start, start + len(word)),
            codes.WBEMMOF_E_OUT_OF_RANGE,
            "the number is too large",
            found=repr(shorten(word)),
            expected="a number in the range of a double",
        ),
    )
    return BAD, word


def _character(source: Source, start: int, word: str, diagnostics: list[Diagnostic]) -> tuple[str, TokenValue]:
    value = _unescape(word) if word[0] == "\\" else word
    if value <= "\uffff":
        return CHARACTER, value
    _report(
        diagnostics,
        Diagnostic(
            source,
            (start, start + len(word) + 2),
            codes.WBEMMOF_E_OUT_OF_RANGE,
            f"{word!r} takes two UTF-16 units; a char16 holds one",
            found=repr(word),
            expected="a character up to U+FFFF",
            hint="use a string",
        ),
    )
    return BAD, word


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
