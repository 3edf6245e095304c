"""The place of the parser in the tokens, and what all grammar rules need: look, take, expect, refuse.

Every refusal is an ``InvalidQuery`` that says where, what was found, what was expected and, when it is known, what to
write instead.  Depends on ``lexer``, ``ast`` and ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidQuery, QuotaExceeded
from wmix.wql.ast import PropertyRef
from wmix.wql.lexer import Token, TokenKind, tokenize

if TYPE_CHECKING:
    from wmix.wql.ast import Span

__all__ = ["MAX_NESTING", "RESERVED", "Cursor"]

MAX_NESTING: Final = 64
"""Levels of parentheses and NOT; keeps every walk over the tree far from the interpreter's own limit."""

RESERVED: Final = frozenset(
    ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IS", "NULL", "LIKE", "ISA", "TRUE", "FALSE"]
)
"""Words that are never names.  The other keywords (GROUP, WITHIN, ROLE, ...) are names wherever a name may stand:
classes have properties called so, and 5.1.2 restricts less than this."""


class Cursor:
    """Tokens of one query and the index of the next one."""

    __slots__ = ("_index", "_levels", "_tests", "_tokens", "max_terms", "text", "token")

    def __init__(self, text: str, max_terms: int) -> None:
        self.text = text
        self.max_terms = max_terms
        self._tokens = tokenize(text)
        self._index = 0
        self._levels = 0
        self._tests = 0
        self.token = self._tokens[0]
        """The next token."""

    def peek(self, distance: int = 1) -> Token:
        """The token *distance* places after the next one (-1: the last taken one); the END token beyond the end."""
        return self._tokens[min(self._index + distance, len(self._tokens) - 1)]

    @staticmethod
    def advice(token: Token) -> str | None:
        """What to do instead of the SQL that *token* begins, if it does."""
        return _ELSEWHERE.get(token.keyword)

    @property
    def last_end(self) -> int:
        """Offset at which the last taken token ended."""
        return self._tokens[self._index - 1].end if self._index else 0

    def take(self) -> Token:
        """The next token, left behind."""
        token = self.token
        if token.kind is not TokenKind.END:
            self._index += 1
            self.token = self._tokens[self._index]
        return token

    def at_sign(self, *signs: str) -> bool:
        """Whether one of *signs* is next."""
        return self.token.kind is TokenKind.SIGN and self.token.text in signs

    def at_word(self, *words: str) -> bool:
        """Whether one of the upper-case *words* is next, in any case."""
        return self.token.keyword in words

    def take_sign(self, sign: str) -> bool:
        """Take *sign* if it is next."""
        if self.at_sign(sign):
            self.take()
            return True
        return False

    def take_word(self, word: str) -> bool:
        """Take the upper-case *word* if it is next."""
        if self.token.keyword == word:
            self.take()
            return True
        return False

    def expect_sign(self, sign: str, expected: str | None = None) -> Token:
        """Take *sign* or refuse."""
        if not self.at_sign(sign):
            raise self.unexpected(expected or f"'{sign}'")
        return self.take()

    def expect_word(self, word: str, expected: str | None = None) -> Token:
        """Take the upper-case *word* or refuse."""
        if self.token.keyword != word:
            raise self.unexpected(expected or word)
        return self.take()

    def at_name(self) -> bool:
        """Whether a name is next: a word that is not reserved."""
        return self.token.kind is TokenKind.NAME and self.token.keyword not in RESERVED

    def name(self, expected: str) -> Token:
        """Take a name or refuse, with *expected* in the message."""
        if not self.at_name():
            hint = "write the name without quotes" if self.token.kind is TokenKind.STRING else None
            raise self.unexpected(expected, hint=hint)
        return self.take()

    def property_ref(self, expected: str) -> PropertyRef:
        """``propertyName *("." propertyName)`` - names may be dotted for embedded objects."""
        first = self.name(expected)
        parts = [first.text]
        while self.take_sign("."):
            parts.append(self.name("a property name after '.'").text)
        return PropertyRef(tuple(parts), self.span_from(first))

    def span_from(self, first: Token) -> Span:
        """From *first* to the last taken token."""
        return (first.start, self.last_end)

    def deeper(self) -> None:
        """Go one level down; :meth:`higher` comes back.

        Raises:
            QuotaExceeded: more than ``MAX_NESTING`` levels.
        """
        self._levels += 1
        if self._levels > MAX_NESTING:
            raise QuotaExceeded(
                f"the condition is nested deeper than {MAX_NESTING} levels (at character {self.token.start + 1})",
                hint="leave out parentheses, or split the query",
            )

    def higher(self) -> None:
        """Come back from one level down."""
        self._levels -= 1

    def count_test(self) -> None:
        """Count one comparison, IS NULL or ISA.

        Raises:
            QuotaExceeded: more than ``max_terms`` of them; WBEM_E_QUOTA_VIOLATION, as WMI answers (5.3.16).
        """
        self._tests += 1
        if self._tests > self.max_terms:
            raise QuotaExceeded(
                f"the condition has more than {self.max_terms} comparisons",
                hint="ask for more and filter what arrives, or split the query",
            )

    def unexpected(self, expected: str, *, token: Token | None = None, hint: str | None = None) -> InvalidQuery:
        """The error that *expected* should stand in the place of *token* (the next one by default)."""
        token = token or self.token
        return InvalidQuery(
            text=self.text,
            span=token.span,
            found=token.describe(),
            expected=expected,
            hint=hint or self.advice(token),
        )

    def invalid(
        self,
        detail: str,
        span: Span,
        *,
        expected: str | None = None,
        hint: str | None = None,
        status: int | None = None,
    ) -> InvalidQuery:
        """The error that what stands at *span* cannot stand there, for the reason *detail*."""
        found = self.text[span[0] : span[1]]
        return InvalidQuery(
            detail,
            text=self.text,
            span=span,
            found=repr(found if len(found) <= 40 else found[:39] + "…"),
            expected=expected,
            hint=hint,
            status=status,
        )


_ELSEWHERE: Final = {
    "ORDER": "WQL does not sort; sort what arrives",
    "LIMIT": "WQL does not count rows; stop reading after the rows you want",
    "TOP": "WQL does not count rows; stop reading after the rows you want",
    "DISTINCT": "WQL has no DISTINCT; drop duplicates from what arrives",
    "COUNT": "WQL has no functions; count what arrives",
    "JOIN": "WQL has no joins; use ASSOCIATORS OF",
    "INNER": "WQL has no joins; use ASSOCIATORS OF",
    "UNION": "WQL has no UNION; ask two queries",
    "IN": "write Name = 'a' OR Name = 'b'",
    "BETWEEN": "write Size >= 1 AND Size <= 9",
    "AS": "WQL has no aliases",
    "INSERT": "WQL only reads; write instances with put",
    "UPDATE": "WQL only reads; write instances with put",
    "DELETE": "WQL only reads; delete instances by their path",
    "WITHIN": "WITHIN stands after the class name, before WHERE",
    "HAVING": "HAVING stands after GROUP WITHIN, in event queries",
}
"""Words of SQL (or of another place in WQL) that people write, and what to do in WQL."""
