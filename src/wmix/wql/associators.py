"""ASSOCIATORS OF and REFERENCES OF. [MS-WMI] 2.2.1.1; 5.6 of the semantics brief.

::

    ASSOCIATORS OF {path} [WHERE clause ...]      REFERENCES OF {path} [WHERE clause ...]

Clauses stand in any order, each at most once, separated by white space only; ``=`` is the only operator.  The path is
kept as written: whether it is one, and whether its object exists, is found out when the query runs.
Depends on ``cursor`` and ``ast``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.wql.ast import AssociatorsQuery, ReferencesQuery
from wmix.wql.lexer import TokenKind

if TYPE_CHECKING:
    from wmix.wql.cursor import Cursor
    from wmix.wql.lexer import Token

__all__ = ["CLAUSES", "FLAGS", "associators", "references"]

CLAUSES: Final = {
    "ASSOCCLASS": ("assoc_class", "AssocClass", "a class name"),
    "RESULTCLASS": ("result_class", "ResultClass", "a class name"),
    "RESULTROLE": ("result_role", "ResultRole", "a property name"),
    "ROLE": ("role", "Role", "a property name"),
    "REQUIREDQUALIFIER": ("required_qualifier", "RequiredQualifier", "a qualifier name"),
    "REQUIREDASSOCQUALIFIER": ("required_assoc_qualifier", "RequiredAssocQualifier", "a qualifier name"),
}
"""Keyword, field of the syntax tree, spelling, what stands on the right."""

FLAGS: Final = {
    "CLASSDEFSONLY": ("class_defs_only", "ClassDefsOnly"),
    "KEYSONLY": ("keys_only", "KeysOnly"),
    "SCHEMAONLY": ("schema_only", "SchemaOnly"),
}
"""Keywords that stand alone."""

_ASSOCIATORS_ONLY: Final = frozenset({"ASSOCCLASS", "RESULTROLE", "REQUIREDASSOCQUALIFIER"})


def associators(cursor: Cursor) -> AssociatorsQuery:
    """``"ASSOCIATORS" "OF" "{" path "}" ["WHERE" 1*clause]``"""
    first = cursor.expect_word("ASSOCIATORS")
    path, fields = _statement(cursor, first, frozenset())
    return AssociatorsQuery(path.text, **fields, span=cursor.span_from(first), path_span=path.span, text=cursor.text)


def references(cursor: Cursor) -> ReferencesQuery:
    """``"REFERENCES" "OF" "{" path "}" ["WHERE" 1*clause]``"""
    first = cursor.expect_word("REFERENCES")
    path, fields = _statement(cursor, first, _ASSOCIATORS_ONLY)
    return ReferencesQuery(path.text, **fields, span=cursor.span_from(first), path_span=path.span, text=cursor.text)


def _statement(cursor: Cursor, first: Token, excluded: frozenset[str]) -> tuple[Token, dict[str, Any]]:
    cursor.expect_word("OF", f"OF after {first.keyword}")
    path = cursor.token
    if path.kind is not TokenKind.PATH:
        raise cursor.unexpected(
            "an object path in braces after OF", hint=f'write {first.keyword} OF {{Win32_LogicalDisk.DeviceID="C:"}}'
        )
    cursor.take()
    fields: dict[str, Any] = {}
    if cursor.take_word("WHERE"):
        _clause(cursor, excluded, fields)
        while cursor.token.kind is not TokenKind.END:
            _clause(cursor, excluded, fields)
    elif cursor.token.kind is not TokenKind.END:
        hint = "clauses stand after WHERE" if cursor.at_name() else None
        raise cursor.unexpected("WHERE or the end of the query", hint=hint)
    return path, fields


def _clause(cursor: Cursor, excluded: frozenset[str], fields: dict[str, Any]) -> None:
    """``clause = keyword "=" name / flag``"""
    token = cursor.token
    keyword = token.keyword
    if keyword not in CLAUSES and keyword not in FLAGS:
        known = [v[1] for k, v in CLAUSES.items() if k not in excluded] + [v[1] for v in FLAGS.values()]
        hint = None
        if keyword in ("AND", "OR") or cursor.at_sign(","):
            hint = "clauses are separated by blanks only, and all of them must hold"
        raise cursor.unexpected(f"one of {', '.join(known)}", hint=hint)
    if keyword in excluded:
        raise cursor.unexpected("a clause of REFERENCES OF", hint=f"{CLAUSES[keyword][1]} belongs to ASSOCIATORS OF")
    cursor.take()
    field = (CLAUSES.get(keyword) or FLAGS[keyword])[0]
    if field in fields:
        raise cursor.invalid(f"{token.text} is given twice", token.span, expected="each clause at most once")
    if keyword in FLAGS:
        fields[field] = True
        if cursor.at_sign("="):
            raise cursor.unexpected("another clause or the end of the query", hint=f"{FLAGS[keyword][1]} stands alone")
    else:
        _, spelling, what = CLAUSES[keyword]
        cursor.expect_sign("=", f"'=' after {spelling}")
        fields[field] = cursor.name(f"{what} after {spelling} =").text
    if "result_class" in fields and "class_defs_only" in fields:
        raise cursor.invalid(
            "ClassDefsOnly and ResultClass exclude each other",
            cursor.span_from(token),
            expected="one of the two",
        )
