"""The syntax tree of WQL: what a query says, before any class is known. [MS-WMI] 2.2.1.

Nodes are immutable records; two trees are equal when they say the same, wherever in a text they stood: ``span``
(offsets, end exclusive) and ``text`` do not count.  What has two spellings has one form here:

- a constant on the left is moved to the right and the operator mirrored; ``!=`` is ``<>``;
- ``= NULL`` and ``<> NULL`` are ``IsNull``, because they mean the same (5.3.8); no literal is ever NULL;
- parentheses leave no node, but ``And`` inside ``And`` stays, so that the printer can give back what was grouped.

Depends on ``record`` only.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal as OneOf

from wmix.record import Record, field

__all__ = [
    "And",
    "AssociatorsQuery",
    "Comparison",
    "Expression",
    "Group",
    "IsNull",
    "Isa",
    "Literal",
    "LiteralKind",
    "LiteralValue",
    "Not",
    "Operator",
    "Or",
    "PropertyRef",
    "Query",
    "ReferencesQuery",
    "SchemaQuery",
    "SelectQuery",
    "Span",
    "Star",
]

Span = tuple[int, int]
Operator = OneOf["=", "<>", "<", "<=", ">", ">=", "LIKE"]
LiteralValue = str | int | float | bool


class LiteralKind(Enum):
    """How a constant was written; the value is how messages call it."""

    STRING = "string"
    INTEGER = "integer"
    REAL = "real number"
    BOOLEAN = "boolean"


class Star(Record):
    """``*``: all properties."""

    span: Span = field(default=(0, 0), compare=False)


class PropertyRef(Record):
    """A property, or by further parts a property of an embedded object: ``TargetInstance.Name``."""

    parts: tuple[str, ...]
    span: Span = field(default=(0, 0), compare=False)

    def __str__(self) -> str:
        return ".".join(self.parts)


class Literal(Record):
    """A constant; ``value`` has the Python type that ``kind`` names, strings without quotes and escapes."""

    value: LiteralValue
    kind: LiteralKind
    span: Span = field(default=(0, 0), compare=False)


class Comparison(Record):
    """``property op constant``."""

    op: Operator
    ref: PropertyRef
    constant: Literal
    span: Span = field(default=(0, 0), compare=False)


class IsNull(Record):
    """``property IS [NOT] NULL``."""

    ref: PropertyRef
    negated: bool
    span: Span = field(default=(0, 0), compare=False)


class Isa(Record):
    """``property ISA "Class"``: the embedded object is of that class or of one derived from it."""

    ref: PropertyRef
    class_name: str
    span: Span = field(default=(0, 0), compare=False)


class Not(Record):
    """``NOT item``."""

    item: Expression
    span: Span = field(default=(0, 0), compare=False)


class And(Record):
    """``item AND item ...``: two or more."""

    items: tuple[Expression, ...]
    span: Span = field(default=(0, 0), compare=False)


class Or(Record):
    """``item OR item ...``: two or more."""

    items: tuple[Expression, ...]
    span: Span = field(default=(0, 0), compare=False)


Expression = Comparison | IsNull | Isa | Not | And | Or


class Group(Record):
    """``GROUP WITHIN within [BY by] [HAVING NumberOfEvents op n]``; ``within`` in whole seconds, 32 bits unsigned."""

    within: int
    by: tuple[PropertyRef, ...] = ()
    having: Comparison | None = None
    span: Span = field(default=(0, 0), compare=False)


class SelectQuery(Record):
    """``SELECT select FROM class_name [WITHIN within] [WHERE where] [GROUP ...]``: a data or an event query.

    ``within`` is the polling interval in seconds, 0.001 to 418,937.
    """

    select: Star | tuple[PropertyRef, ...]
    class_name: str
    where: Expression | None = None
    within: float | None = None
    group: Group | None = None
    span: Span = field(default=(0, 0), compare=False)
    class_span: Span = field(default=(0, 0), compare=False)
    text: str = field(default="", compare=False)

    @property
    def is_event_form(self) -> bool:
        """Whether it has a part that only event queries have."""
        return self.within is not None or self.group is not None


class SchemaQuery(Record):
    """``SELECT * FROM meta_class [WHERE where]``: class definitions."""

    where: Expression | None = None
    span: Span = field(default=(0, 0), compare=False)
    text: str = field(default="", compare=False)


class AssociatorsQuery(Record):
    """``ASSOCIATORS OF {path} [WHERE ...]``: the objects at the other ends of the path's associations.

    ``path`` is as written, without the braces.
    """

    path: str
    assoc_class: str | None = None
    result_class: str | None = None
    result_role: str | None = None
    role: str | None = None
    required_qualifier: str | None = None
    required_assoc_qualifier: str | None = None
    class_defs_only: bool = False
    keys_only: bool = False
    schema_only: bool = False
    span: Span = field(default=(0, 0), compare=False)
    path_span: Span = field(default=(0, 0), compare=False)
    text: str = field(default="", compare=False)


class ReferencesQuery(Record):
    """``REFERENCES OF {path} [WHERE ...]``: the associations that refer to the path."""

    path: str
    result_class: str | None = None
    role: str | None = None
    required_qualifier: str | None = None
    class_defs_only: bool = False
    keys_only: bool = False
    schema_only: bool = False
    span: Span = field(default=(0, 0), compare=False)
    path_span: Span = field(default=(0, 0), compare=False)
    text: str = field(default="", compare=False)


Query = SelectQuery | SchemaQuery | AssociatorsQuery | ReferencesQuery
