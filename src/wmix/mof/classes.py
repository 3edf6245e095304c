"""Class declarations: properties, references, methods. DSP0004 annex A (``classDeclaration``); wmi-semantics 9.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.types import CimType
from wmix.mof.ast import ClassDeclaration, MethodDeclaration, ParameterDeclaration, PropertyDeclaration, TypeName
from wmix.mof.cursor import Refused
from wmix.mof.lexer import DECIMAL, DIRECTIVE, END, INTEGER, NAME, number
from wmix.mof.qualifiers import qualifier_list
from wmix.mof.values import value

if TYPE_CHECKING:
    from wmix.mof.ast import QualifierUse, Value
    from wmix.mof.cursor import Cursor

__all__ = ["class_declaration"]

_TYPES: Final = {
    cim_type.name.lower(): cim_type for cim_type in CimType if cim_type not in (CimType.OBJECT, CimType.REFERENCE)
}
_MISTAKEN_TYPES: Final = {
    **dict.fromkeys(("int", "integer", "int32", "long"), "sint32"),
    **dict.fromkeys(("uint", "dword", "ulong"), "uint32"),
    **dict.fromkeys(("short", "int16"), "sint16"),
    **dict.fromkeys(("ushort", "word"), "uint16"),
    **dict.fromkeys(("int64", "longlong"), "sint64"),
    **dict.fromkeys(("int8", "sbyte"), "sint8"),
    **dict.fromkeys(("byte", "octet"), "uint8"),
    **dict.fromkeys(("char", "wchar"), "char16"),
    **dict.fromkeys(("float", "single"), "real32"),
    **dict.fromkeys(("double", "real"), "real64"),
    "bool": "boolean",
    "enum": "uint32 with the qualifiers ValueMap and Values",
    "struct": "a class of its own",
}
"""Words that people write for a type; no class is called so, and the right one is the hint."""

_MAX_SIZE: Final = 0x7FFFFFFF
"""Largest size of an array; it is kept as a qualifier, whose integers have 32 bits."""


def class_declaration(cursor: Cursor, qualifiers: tuple[QualifierUse, ...], start: int) -> ClassDeclaration:
    """``[qualifierList] "class" className [alias] [":" superClass] "{" *classFeature "}"``, without the semicolon.

    A broken member is reported and passed over, so that the ones behind it are read too.
    """
    cursor.index += 1
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_CLASS_NAME, "the name of the class")
    alias = cursor.alias()
    superclass = None
    if cursor.take_sign(":"):
        superclass = cursor.name(codes.WBEMMOF_E_EXPECTED_CLASS_NAME, "the name of the superclass")
    if cursor.kind == NAME or cursor.kind == ",":
        raise cursor.unexpected(
            codes.WBEMMOF_E_INVALID_CLASS_DECLARATION if superclass else codes.WBEMMOF_E_EXPECTED_OPEN_BRACE,
            "'{' and the members of the class",
            hint="a class has one superclass" if superclass else None,
        )
    cursor.expect("{", codes.WBEMMOF_E_EXPECTED_OPEN_BRACE, "'{' and the members of the class")
    properties: list[PropertyDeclaration] = []
    methods: list[MethodDeclaration] = []
    kinds = cursor.kinds
    level = cursor.level
    while (kind := kinds[cursor.index]) != "}" and kind != END:
        first = cursor.index
        try:
            member = _member(cursor)
        except Refused as refusal:
            cursor.report(refusal)
            cursor.recover(first, level, inside=True)
            if kinds[cursor.index] == DIRECTIVE:
                break
        else:
            (properties if isinstance(member, PropertyDeclaration) else methods).append(member)  # type: ignore[arg-type]
    cursor.expect("}", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACE, "a member of the class or '}'")
    _check_names(cursor, [prop.name for prop in properties], properties)
    _check_names(cursor, [method.name for method in methods], methods)
    return ClassDeclaration(
        name, superclass, alias, tuple(properties), tuple(methods), qualifiers, cursor.span_from(start)
    )


def _check_names(
    cursor: Cursor, names: list[str], members: list[PropertyDeclaration] | list[MethodDeclaration]
) -> None:
    if len({name.casefold() for name in names}) == len(names):
        return
    seen: set[str] = set()
    for member in members:
        if (folded := member.name.casefold()) in seen:
            raise cursor.refused(codes.WBEMMOF_E_DUPLICATE_PROPERTY, f"{member.name} is declared twice", member.span)
        seen.add(folded)


def _member(cursor: Cursor) -> PropertyDeclaration | MethodDeclaration:
    """``[qualifierList] dataType name ( [array] ["=" value] / "(" parameters ")" ) ";"``."""
    start = cursor.start
    qualifiers = qualifier_list(cursor)
    declared = _data_type(cursor, returns=True)
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_PROPERTY_NAME, "the name of a property or method")
    if cursor.kind == "(":
        return _method(cursor, name, declared, qualifiers, start)
    if declared.type is None:
        raise cursor.refused(
            codes.WBEMMOF_E_EXPECTED_OPEN_PAREN, "only a method can be void", declared.span, expected="a data type"
        )
    is_array, size = _array(cursor)
    default: Value | None = None
    if cursor.take_sign("="):
        default = value(cursor)
    if cursor.kind != ";":
        raise cursor.unexpected(
            codes.WBEMMOF_E_EXPECTED_SEMI, "';' after the property" if default else "'=', '[', '(' or ';'"
        )
    cursor.index += 1
    return PropertyDeclaration(name, declared, is_array, size, default, qualifiers, cursor.span_from(start))


def _array(cursor: Cursor) -> tuple[bool, int | None]:
    """``"[" [positiveDecimalValue] "]"`` if it is there."""
    if not cursor.take_sign("["):
        return False, None
    size = None
    if cursor.kind in (DECIMAL, INTEGER):
        at = cursor.index
        taken = number(cursor.take(), cursor.kinds[at])
        if not isinstance(taken, int) or not 0 < taken <= _MAX_SIZE:
            raise cursor.refused(
                codes.WBEMMOF_E_OUT_OF_RANGE, f"an array has 1 to {_MAX_SIZE} elements", cursor.span_at(at)
            )
        size = taken
    cursor.expect("]", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACKET, "']'" if size else "the size of the array or ']'")
    return True, size


def _data_type(cursor: Cursor, *, returns: bool = False) -> TypeName:
    """``intrinsicType / "object" / className / ("object" / className) "REF" / "void"``."""
    if cursor.kind != NAME:
        raise cursor.unexpected(codes.WBEMMOF_E_EXPECTED_TYPE_IDENTIFIER, "a data type")
    at = cursor.index
    span = cursor.span_at(at)
    word = cursor.take()
    folded = word.lower()
    known = _TYPES.get(folded)
    if known is not None:
        return TypeName(known, None, span)
    if folded == "void" and returns:
        return TypeName(None, None, span)
    target = None if folded == "object" else word
    # "ref" is no reserved word: in "string Ref;" and "Thing Ref;" it is the name.
    if cursor.keyword == "ref" and cursor.kind_at(1) == NAME:
        cursor.index += 1
        return TypeName(CimType.REFERENCE, target, cursor.span_from(span[0]))
    if folded == "typedef":
        raise cursor.refused(codes.WBEMMOF_E_TYPEDEF_NOT_SUPPORTED, "type definitions are not supported", span)
    if folded in _MISTAKEN_TYPES or folded == "ref":
        right = _MISTAKEN_TYPES.get(folded)
        raise cursor.refused(
            codes.WBEMMOF_E_UNRECOGNIZED_TYPE,
            f"{word!r} is not a type",
            span,
            expected="a data type",
            hint=f"write {right}" if right else "name the class of the reference: Class ref Name",
        )
    if cursor.at("{"):
        raise cursor.refused(codes.WBEMMOF_E_EXPECTED_BRACE_OR_BAD_TYPE, f"{word!r} begins no member of a class", span)
    return TypeName(CimType.OBJECT, target, span)


def _method(
    cursor: Cursor, name: str, returns: TypeName, qualifiers: tuple[QualifierUse, ...], start: int
) -> MethodDeclaration:
    """``"(" [parameter *( "," parameter )] ")" ";"``."""
    cursor.index += 1
    parameters: list[ParameterDeclaration] = []
    if cursor.kind != ")":
        parameters.append(_parameter(cursor))
        while cursor.take_sign(","):
            parameters.append(_parameter(cursor))
    cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN, "',' or ')' after a parameter")
    _check_names(cursor, [parameter.name for parameter in parameters], parameters)  # type: ignore[arg-type]  # invariance
    if cursor.kind == "[":
        raise cursor.unexpected(codes.WBEMMOF_E_NO_ARRAYS_RETURNED, "';': a method cannot return an array")
    cursor.expect(";", codes.WBEMMOF_E_EXPECTED_SEMI, "';' after the method")
    return MethodDeclaration(name, returns, tuple(parameters), qualifiers, cursor.span_from(start))


def _parameter(cursor: Cursor) -> ParameterDeclaration:
    """``[qualifierList] dataType name [array] ["=" value]``."""
    start = cursor.start
    qualifiers = qualifier_list(cursor)
    declared = _data_type(cursor)
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_PROPERTY_NAME, "the name of the parameter")
    is_array, size = _array(cursor)
    default = value(cursor) if cursor.take_sign("=") else None
    return ParameterDeclaration(name, declared, is_array, size, default, qualifiers, cursor.span_from(start))
