"""The place of the parser in the tokens, and what all grammar rules need: look, take, expect, refuse, recover.

A refusal is raised as :class:`Refused` and caught once per declaration; the cursor then goes on behind the next
semicolon that ends a declaration.  Depends on ``lexer`` and ``diagnostics``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic, shorten
from wmix.mof.escapes import unescape
from wmix.mof.lexer import ALIAS, BAD, DIRECTIVE, END, NAME, SIMPLE, STRING, tokenize

if TYPE_CHECKING:
    from wmix.mof.source import Source, Span

__all__ = ["MAX_NESTING", "Cursor", "Refused"]

MAX_NESTING: Final = 64
"""Levels of values inside values; WBEM_MAX_OBJECT_NESTING (wmi-semantics 10.3)."""


_INSTANCE: Final = "instance"


class Refused(Exception):
    """A declaration is wrong; ``diagnostic`` is None when the lexer has reported it already."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        super().__init__()
        self.diagnostic = diagnostic


class Cursor:
    """Tokens of one file and the index of the next one.

    ``kinds`` and ``index`` are public, so that the loops that see every token of a large file can use them without a
    call for each.
    """

    __slots__ = ("_ends", "_starts", "_text", "diagnostics", "index", "kinds", "level", "source")

    def __init__(self, source: Source, begin: int = 0, until: int | None = None) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        tokens = tokenize(source, self.diagnostics, begin, until)
        self.kinds = tokens.kinds
        self._text = source.text
        self._starts = tokens.starts
        self._ends = tokens.ends
        self.index = 0
        self.level = 0

    # -- looking

    @property
    def kind(self) -> str:
        """The kind of the next token; of a sign, the sign itself."""
        return self.kinds[self.index]

    @property
    def keyword(self) -> str:
        """The lower-case form of the next token when it is a name, "" for anything else."""
        return self.word(0)

    def word(self, distance: int) -> str:
        """As :attr:`keyword`, of the token *distance* places behind the next one."""
        i = self.index + distance
        if i < len(self.kinds) and self.kinds[i] == NAME:
            return self._text[self._starts[i] : self._ends[i]].lower()
        return ""

    def kind_at(self, distance: int) -> str:
        """The kind of the token *distance* places behind the next one."""
        return self.kinds[min(self.index + distance, len(self.kinds) - 1)]

    def at(self, sign: str) -> bool:
        """Whether *sign* is next."""
        return self.kinds[self.index] == sign

    @property
    def start(self) -> int:
        """Where the next token begins."""
        return self._starts[self.index]

    def span_at(self, index: int) -> Span:
        """The place of the token at *index*."""
        return (self._starts[index], self._ends[index])

    def span_from(self, start: int) -> Span:
        """From *start* to the end of the last taken token."""
        return (start, self._ends[self.index - 1])

    # -- taking

    def take(self) -> str:
        """The text of the next token, which is left behind."""
        i = self.index
        if self.kinds[i] != END:
            self.index = i + 1
        return self._text[self._starts[i] : self._ends[i]]

    def shown(self) -> str:
        """The text of the next token."""
        return self._text[self._starts[self.index] : self._ends[self.index]]

    def take_sign(self, sign: str) -> bool:
        """Take *sign* if it is next."""
        if self.kinds[self.index] == sign:
            self.index += 1
            return True
        return False

    def expect(self, sign: str, status: int, expected: str | None = None) -> None:
        """Take *sign*, or refuse with *status*."""
        if self.kinds[self.index] != sign:
            raise self.unexpected(status, expected or f"'{sign}'")
        self.index += 1

    def name(self, status: int, expected: str) -> str:
        """Take a name, or refuse with *status*."""
        i = self.index
        if self.kinds[i] != NAME:
            raise self.unexpected(status, expected)
        self.index = i + 1
        return self._text[self._starts[i] : self._ends[i]]

    def alias(self) -> str | None:
        """``as $name`` if it is next: the name without its sign."""
        if self.keyword != "as":
            return None
        self.index += 1
        if self.kinds[self.index] == NAME:
            raise self.unexpected(
                codes.WBEMMOF_E_EXPECTED_DOLLAR, "'$' before the alias name", hint=f"write ${self.shown()}"
            )
        if self.kind != ALIAS:
            raise self.unexpected(codes.WBEMMOF_E_EXPECTED_ALIAS_NAME, "an alias such as $name")
        return self.take()[1:]

    def text(self) -> tuple[str, Span]:
        """Take one string, or several that stand side by side: ``stringValue = 1*( <"> *stringChar <"> )``."""
        i = self.index
        kinds, text = self.kinds, self._text
        start, end = self._starts[i], self._ends[i]
        value = unescape(text[start + 1 : end - 1])
        i += 1
        if kinds[i] == STRING:
            pieces = [value]
            while kinds[i] == STRING:
                end = self._ends[i]
                pieces.append(unescape(text[self._starts[i] + 1 : end - 1]))
                i += 1
            value = "".join(pieces)
        self.index = i
        return value, (start, end)

    def deeper(self) -> None:
        """Go one level down; :meth:`higher` comes back."""
        self.level += 1
        if self.level > MAX_NESTING:
            raise self.refused(
                codes.WBEM_E_QUOTA_VIOLATION,
                f"values are nested deeper than {MAX_NESTING} levels",
                self.span_at(self.index),
            )

    def higher(self) -> None:
        """Come back from one level down."""
        self.level -= 1

    # -- refusing

    def unexpected(self, status: int, expected: str, *, hint: str | None = None) -> Refused:
        """The refusal that *expected* should stand in the place of the next token."""
        if self.kind == BAD:
            return Refused(None)
        found = self.describe()
        start, end = self.span_at(self.index)
        if self.kind == SIMPLE:
            end = start + len(_INSTANCE)
        return Refused(
            Diagnostic(
                self.source,
                (start, end),
                status,
                f"expected {expected}, found {found}",
                found=found,
                expected=expected,
                hint=hint,
            )
        )

    def refused(
        self, status: int, detail: str, span: Span, *, expected: str | None = None, hint: str | None = None
    ) -> Refused:
        """The refusal that what stands at *span* cannot stand there, for the reason *detail*."""
        found = shorten(self.source.text[span[0] : span[1]])
        return Refused(Diagnostic(self.source, span, status, detail, found=repr(found), expected=expected, hint=hint))

    def describe(self) -> str:
        """The next token as a message shows it."""
        kind = self.kind
        if kind == END:
            return "the end of the file"
        if kind == SIMPLE:
            return f"'{self.shown()[: len(_INSTANCE)]}'"
        text = shorten(self.shown())
        if kind == STRING:
            return f"string {text}"
        return f"'{text}'" if kind == NAME or len(text) == 1 else text

    def report(self, refusal: Refused) -> None:
        """Keep the diagnostic of *refusal*, if the mistake has not been reported yet."""
        if refusal.diagnostic is not None and len(self.diagnostics) < 2 * MAX_DIAGNOSTICS:
            self.diagnostics.append(refusal.diagnostic)

    def recover(self, first: int, level: int = 0, *, inside: bool = False) -> None:
        """Go behind the semicolon that ends what began at token *first*, or to what can only begin something else.

        A semicolon inside the braces of the broken declaration does not end it.

        Args:
            first: index of the declaration's first token.
            level: how deep its surroundings are nested.
            inside: whether it is a member, which the closing brace of its surroundings ends too.
        """
        kinds = self.kinds
        self.level = level
        depth = 0
        for kind in kinds[first : self.index]:
            depth += (kind == "{") - (kind == "}")
        i = self.index
        while (kind := kinds[i]) != END:
            if kind == "{":
                depth += 1
            elif kind == "}":
                if inside and depth <= 0:
                    break
                depth = max(0, depth - 1)
            elif kind == ";" and depth <= 0:
                i += 1
                break
            elif kind == DIRECTIVE and i > first:
                break
            i += 1
        self.index = i
