"""The syntax tree of MOF: what a file says, before any class is known. DSP0004 annex A; wmi-semantics 9.2, 9.3.

Two trees are equal when they say the same, wherever in a text they stood: spans do not count, nor does the case of
names that WMI compares without case, because the printer keeps spelling and the reader gives it back.  Nodes are made
by the hundred thousand and are therefore plain objects with slots, not records; nothing changes them once they are
made.  What has two spellings has one form here:

- adjacent strings are one string; numbers are their values, however they were written;
- flavor words are in lower case, in the order written; a qualifier without a value has the value None;
- ``#include ("x")`` and ``#pragma include ("x")`` are both ``Include``.

Depends on ``cim.types`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.cim.types import CimType
    from wmix.mof.simple import Pairs
    from wmix.mof.source import Source, Span

__all__ = [
    "BOOLEAN",
    "CHARACTER",
    "INTEGER",
    "NULL",
    "REAL",
    "STRING",
    "AliasReference",
    "Amendment",
    "ArrayValue",
    "Assignment",
    "AutoRecover",
    "ClassDeclaration",
    "ClassFlags",
    "Declaration",
    "DeleteClassPragma",
    "DeleteInstancePragma",
    "Document",
    "Include",
    "InstanceDeclaration",
    "InstanceFlags",
    "Literal",
    "LocalePragma",
    "MethodDeclaration",
    "NamespacePragma",
    "Node",
    "ParameterDeclaration",
    "PropertyDeclaration",
    "QualifierDeclaration",
    "QualifierUse",
    "TypeName",
    "Value",
]

STRING: Final = "string"
INTEGER: Final = "integer"
REAL: Final = "real number"
CHARACTER: Final = "character"
BOOLEAN: Final = "boolean"
NULL: Final = "NULL"
_NOWHERE: Final = (0, 0)


class Node:
    """Base of all nodes: equality and ``repr`` over the slots but ``span``."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(
            getattr(self, name) == getattr(other, name) and type(getattr(self, name)) is type(getattr(other, name))
            for name in self._fields()
        )

    __hash__ = None  # type: ignore[assignment]  # values are compared, not looked up

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join([f'{name}={getattr(self, name)!r}' for name in self._fields()])})"

    @classmethod
    def _fields(cls) -> list[str]:
        return [name for base in reversed(cls.__mro__) for name in getattr(base, "__slots__", ()) if name != "span"]


# -- values


class Literal(Node):
    """A constant: ``kind`` is STRING, INTEGER, REAL, CHARACTER, BOOLEAN or NULL, which is how messages call it."""

    __slots__ = ("kind", "span", "value")

    def __init__(self, kind: str, value: str | int | float | bool | None, span: Span = _NOWHERE) -> None:
        self.kind = kind
        self.value = value
        self.span = span


class AliasReference(Node):
    """``$name``: the path of the object declared ``as $name``; without the dollar sign here."""

    __slots__ = ("name", "span")

    def __init__(self, name: str, span: Span = _NOWHERE) -> None:
        self.name = name
        self.span = span


class ArrayValue(Node):
    """``{a, b}``; may be empty."""

    __slots__ = ("items", "span")

    def __init__(self, items: tuple[Value, ...], span: Span = _NOWHERE) -> None:
        self.items = items
        self.span = span


# -- qualifiers


class QualifierUse(Node):
    """``Name``, ``Name(value)`` or ``Name{v1, v2}``, then ``: flavor flavor``."""

    __slots__ = ("flavors", "name", "span", "value")

    def __init__(
        self,
        name: str,
        value: Literal | ArrayValue | None = None,
        flavors: tuple[str, ...] = (),
        span: Span = _NOWHERE,
    ) -> None:
        self.name = name
        self.value = value
        self.flavors = flavors
        self.span = span


class TypeName(Node):
    """A data type: ``type`` and, for references and embedded objects, the class; None there is any class.

    ``type`` None is ``void``.
    """

    __slots__ = ("class_name", "span", "type")

    def __init__(
        self,
        type: CimType | None,  # noqa: A002 - the standard's noun
        class_name: str | None = None,
        span: Span = _NOWHERE,
    ) -> None:
        self.type = type
        self.class_name = class_name
        self.span = span


# -- classes


class PropertyDeclaration(Node):
    """``[qualifiers] type name[size] = default;``; ``size`` None is an array without one, or no array."""

    __slots__ = ("default", "is_array", "name", "qualifiers", "size", "span", "type")

    def __init__(
        self,
        name: str,
        type: TypeName,  # noqa: A002 - the standard's noun
        is_array: bool = False,
        size: int | None = None,
        default: Value | None = None,
        qualifiers: tuple[QualifierUse, ...] = (),
        span: Span = _NOWHERE,
    ) -> None:
        self.name = name
        self.type = type
        self.is_array = is_array
        self.size = size
        self.default = default
        self.qualifiers = qualifiers
        self.span = span


class ParameterDeclaration(PropertyDeclaration):
    """A parameter: declared as a property is, without the semicolon."""

    __slots__ = ()


class MethodDeclaration(Node):
    """``[qualifiers] type name(parameters);``."""

    __slots__ = ("name", "parameters", "qualifiers", "returns", "span")

    def __init__(
        self,
        name: str,
        returns: TypeName,
        parameters: tuple[ParameterDeclaration, ...] = (),
        qualifiers: tuple[QualifierUse, ...] = (),
        span: Span = _NOWHERE,
    ) -> None:
        self.name = name
        self.returns = returns
        self.parameters = parameters
        self.qualifiers = qualifiers
        self.span = span


class ClassDeclaration(Node):
    """``[qualifiers] class name as $alias : superclass { members };``."""

    __slots__ = ("alias", "methods", "name", "properties", "qualifiers", "span", "superclass")

    def __init__(
        self,
        name: str,
        superclass: str | None = None,
        alias: str | None = None,
        properties: tuple[PropertyDeclaration, ...] = (),
        methods: tuple[MethodDeclaration, ...] = (),
        qualifiers: tuple[QualifierUse, ...] = (),
        span: Span = _NOWHERE,
    ) -> None:
        self.name = name
        self.superclass = superclass
        self.alias = alias
        self.properties = properties
        self.methods = methods
        self.qualifiers = qualifiers
        self.span = span


# -- instances


class Assignment(Node):
    """``[qualifiers] name = value;``."""

    __slots__ = ("name", "qualifiers", "span", "value")

    def __init__(
        self, name: str, value: Value, qualifiers: tuple[QualifierUse, ...] = (), span: Span = _NOWHERE
    ) -> None:
        self.name = name
        self.value = value
        self.qualifiers = qualifiers
        self.span = span


class InstanceDeclaration(Node):
    """``[qualifiers] instance of class_name as $alias { assignments };``, also as an embedded value.

    One that holds plain constants only keeps them as ``pairs`` of text (see ``simple``) and makes its assignments
    when somebody looks at them.
    """

    __slots__ = ("_assignments", "_body", "alias", "class_name", "pairs", "qualifiers", "span")

    def __init__(
        self,
        class_name: str,
        assignments: tuple[Assignment, ...] = (),
        alias: str | None = None,
        qualifiers: tuple[QualifierUse, ...] = (),
        span: Span = _NOWHERE,
    ) -> None:
        self.class_name = class_name
        self._assignments: tuple[Assignment, ...] | None = assignments
        self.alias = alias
        self.qualifiers = qualifiers
        self.span = span
        self.pairs: Pairs | None = None
        self._body: tuple[Source, int] | None = None

    @classmethod
    def plain(
        cls,
        class_name: str,
        pairs: Pairs,
        alias: str | None,
        qualifiers: tuple[QualifierUse, ...],
        span: Span,
        source: Source,
        body: int,
    ) -> InstanceDeclaration:
        """An instance whose *pairs* stand in *source* from *body* to the end of *span*."""
        self = cls(class_name, (), alias, qualifiers, span)
        self._assignments = None
        self.pairs = pairs
        self._body = (source, body)
        return self

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The values, in order."""
        found = self._assignments
        if found is None:
            from wmix.mof.instances import assignments_of  # the parser stands above the tree

            assert self._body is not None
            source, body = self._body
            found = self._assignments = assignments_of(source, body, self.span[1] - 1)
        return found

    @classmethod
    def _fields(cls) -> list[str]:
        return ["class_name", "assignments", "alias", "qualifiers"]


Value = Literal | AliasReference | ArrayValue | InstanceDeclaration | ClassDeclaration

# -- qualifier declarations


class QualifierDeclaration(Node):
    """``Qualifier name : flavors;`` (WMI) or ``Qualifier name : type = default, Scope(...), Flavor(...);`` (DSP0004).

    ``type`` and ``scopes`` are None in the first form, and when they are left out; words are in lower case.
    """

    __slots__ = ("default", "flavors", "is_array", "name", "scopes", "span", "type")

    def __init__(
        self,
        name: str,
        flavors: tuple[str, ...] = (),
        type: CimType | None = None,  # noqa: A002 - the standard's noun
        is_array: bool = False,
        default: Literal | ArrayValue | None = None,
        scopes: tuple[str, ...] | None = None,
        span: Span = _NOWHERE,
    ) -> None:
        self.name = name
        self.flavors = flavors
        self.type = type
        self.is_array = is_array
        self.default = default
        self.scopes = scopes
        self.span = span


# -- pragmas


class _TextPragma(Node):
    __slots__ = ("span", "text")

    def __init__(self, text: str, span: Span = _NOWHERE) -> None:
        self.text = text
        self.span = span


class NamespacePragma(_TextPragma):
    """``#pragma namespace("text")``: what follows goes there."""

    __slots__ = ()


class Include(_TextPragma):
    """``#include ("text")``: the declarations of another file stand here."""

    __slots__ = ()


class Amendment(_TextPragma):
    """``#pragma amendment("MS_409")``: the file holds localised text for that locale."""

    __slots__ = ()


class LocalePragma(_TextPragma):
    """``#pragma locale("en_US")``, DSP0004: the language of the text; it changes nothing that is stored."""

    __slots__ = ()


class _FlagsPragma(Node):
    __slots__ = ("span", "words")

    def __init__(self, words: tuple[str, ...], span: Span = _NOWHERE) -> None:
        self.words = words
        self.span = span


class ClassFlags(_FlagsPragma):
    """``#pragma classflags("safeupdate", ...)``: how the classes that follow are stored; words in lower case."""

    __slots__ = ()


class InstanceFlags(_FlagsPragma):
    """``#pragma instanceflags("createonly")``: how the instances that follow are stored."""

    __slots__ = ()


class _DeletePragma(Node):
    __slots__ = ("fail", "span", "target")

    def __init__(self, target: str, fail: bool = True, span: Span = _NOWHERE) -> None:
        self.target = target
        self.fail = fail
        self.span = span


class DeleteClassPragma(_DeletePragma):
    """``#pragma deleteclass("name", FAIL)``; ``fail``: whether a missing class ends the compilation."""

    __slots__ = ()


class DeleteInstancePragma(_DeletePragma):
    """``#pragma deleteinstance("path", NOFAIL)``."""

    __slots__ = ()


class AutoRecover(Node):
    """``#pragma autorecover``: the file is to be compiled again when the repository is made anew."""

    __slots__ = ("span",)

    def __init__(self, span: Span = _NOWHERE) -> None:
        self.span = span


Declaration = (
    ClassDeclaration
    | InstanceDeclaration
    | QualifierDeclaration
    | NamespacePragma
    | Include
    | Amendment
    | LocalePragma
    | ClassFlags
    | InstanceFlags
    | DeleteClassPragma
    | DeleteInstancePragma
    | AutoRecover
)


class Document(Node):
    """A file: its declarations in order."""

    __slots__ = ("declarations",)

    def __init__(self, declarations: tuple[Declaration, ...]) -> None:
        self.declarations = declarations
