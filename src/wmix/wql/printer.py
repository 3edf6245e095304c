"""The printer: syntax tree to text. Parsing the text gives an equal tree.

Keywords in capitals, one blank between words, strings in double quotes, parentheses only where the tree needs them.
Depends on ``ast``; the words of ASSOCIATORS clauses come from where they are parsed.
"""

from __future__ import annotations

from wmix.wql.associators import CLAUSES, FLAGS
from wmix.wql.ast import (
    And,
    AssociatorsQuery,
    Comparison,
    Expression,
    Group,
    Isa,
    IsNull,
    Literal,
    Not,
    Or,
    PropertyRef,
    Query,
    ReferencesQuery,
    SchemaQuery,
    SelectQuery,
    Star,
)

__all__ = ["number_text", "quoted", "to_text"]


def to_text(node: Query | Expression | PropertyRef | Literal | Group | Star) -> str:
    """The text of a query, or of any part of one that can stand alone."""
    match node:
        case SelectQuery():
            return _select(node)
        case SchemaQuery(where):
            return f"SELECT * FROM meta_class{_where(where)}"  # WQL is what this makes
        case AssociatorsQuery():
            return "ASSOCIATORS OF " + _associated(node)
        case ReferencesQuery():
            return "REFERENCES OF " + _associated(node)
        case Star():
            return "*"
        case PropertyRef():
            return str(node)
        case Literal():
            return _literal(node)
        case Group():
            return _group(node)
        case _:
            return _expression(node)


def quoted(text: str) -> str:
    """*text* as a string constant."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number_text(value: float) -> str:
    """*value* as a number constant; also what a string property is compared with when the constant is a number."""
    return str(value) if isinstance(value, int) else repr(value)


def _select(query: SelectQuery) -> str:
    chosen = "*" if isinstance(query.select, Star) else ", ".join(map(str, query.select))
    text = f"SELECT {chosen} FROM {query.class_name}"  # from a syntax tree
    if query.within is not None:
        seconds = query.within
        text += f" WITHIN {int(seconds) if seconds == int(seconds) else repr(seconds)}"
    text += _where(query.where)
    return text if query.group is None else f"{text} {_group(query.group)}"


def _where(where: Expression | None) -> str:
    return "" if where is None else f" WHERE {_expression(where)}"


def _group(group: Group) -> str:
    text = f"GROUP WITHIN {group.within}"
    if group.by:
        text += f" BY {', '.join(map(str, group.by))}"
    if group.having is not None:
        text += f" HAVING {_expression(group.having)}"
    return text


def _associated(query: AssociatorsQuery | ReferencesQuery) -> str:
    words = []
    for field, spelling, _ in CLAUSES.values():
        if (value := getattr(query, field, None)) is not None:
            words.append(f"{spelling} = {value}")
    words += [spelling for field, spelling in FLAGS.values() if getattr(query, field)]
    return f"{{{query.path}}}" + (" WHERE " + " ".join(words) if words else "")


def _expression(node: Expression) -> str:
    match node:
        case Comparison(op, ref, constant):
            return f"{ref} {op} {_literal(constant)}"
        case IsNull(ref, negated):
            return f"{ref} IS {'NOT ' if negated else ''}NULL"
        case Isa(ref, class_name):
            return f"{ref} ISA {quoted(class_name)}"
        case Not(item):
            return f"NOT {_inside(item, (Not, And, Or))}"
        case And(items):
            return " AND ".join(_inside(item, (And, Or)) for item in items)
        case Or(items):
            return " OR ".join(_inside(item, (Or,)) for item in items)


def _inside(node: Expression, wrapped: tuple[type, ...]) -> str:
    text = _expression(node)
    return f"({text})" if isinstance(node, wrapped) else text


def _literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return quoted(value) if isinstance(value, str) else number_text(value)
