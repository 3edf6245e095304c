"""Syntax trees to MOF text; reading the text gives the same tree. DSP0004 annex A.

For tools that rewrite files; objects of the model are ``printer``'s.  Depends on ``ast`` and ``literals``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType, type_name
from wmix.mof import ast
from wmix.mof.ast import CHARACTER
from wmix.mof.literals import character, quoted, real

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["declaration_text", "document_text"]

_FLAVORS: Final = {
    "toinstance": "ToInstance",
    "tosubclass": "ToSubclass",
    "nottoinstance": "NotToInstance",
    "nottosubclass": "NotToSubclass",
    "enableoverride": "EnableOverride",
    "disableoverride": "DisableOverride",
    "restricted": "Restricted",
    "amended": "Amended",
    "translatable": "Translatable",
}


def document_text(document: ast.Document) -> str:
    """A file, an empty line between its declarations."""
    return "\n\n".join([declaration_text(declaration) for declaration in document.declarations]) + "\n"


def declaration_text(declaration: ast.Declaration) -> str:
    """One declaration with its semicolon, or one pragma; no final line feed."""
    match declaration:
        case ast.ClassDeclaration() | ast.InstanceDeclaration():
            return _object(declaration, "") + ";"
        case ast.QualifierDeclaration():
            return _qualifier_declaration(declaration)
        case ast.Include(text=text):
            return f"#include ({quoted(text)})"
        case ast.NamespacePragma(text=text):
            return f"#pragma namespace({quoted(text)})"
        case ast.Amendment(text=text):
            return f"#pragma amendment({quoted(text)})"
        case ast.LocalePragma(text=text):
            return f"#pragma locale({quoted(text)})"
        case ast.ClassFlags(words=words):
            return f"#pragma classflags({', '.join(map(quoted, words))})"
        case ast.InstanceFlags(words=words):
            return f"#pragma instanceflags({', '.join(map(quoted, words))})"
        case ast.DeleteClassPragma(target=target, fail=fail):
            return f"#pragma deleteclass({quoted(target)}, {'FAIL' if fail else 'NOFAIL'})"
        case ast.DeleteInstancePragma(target=target, fail=fail):
            return f"#pragma deleteinstance({quoted(target)}, {'FAIL' if fail else 'NOFAIL'})"
        case ast.AutoRecover():
            return "#pragma autorecover"


def _object(node: ast.ClassDeclaration | ast.InstanceDeclaration, indent: str) -> str:
    head = _qualifiers(node.qualifiers)
    alias = "" if node.alias is None else f" as ${node.alias}"
    inner = indent + "\t"
    if isinstance(node, ast.ClassDeclaration):
        below = "" if node.superclass is None else f" : {node.superclass}"
        title = f"class {node.name}{alias}{below}"
        members = [f"{inner}{_property(prop, inner)};" for prop in node.properties]
        members += [f"{inner}{_method(method, inner)};" for method in node.methods]
    else:
        title = f"instance of {node.class_name}{alias}"
        members = [f"{inner}{_assignment(assignment, inner)};" for assignment in node.assignments]
    return "\n".join(
        [*([head] if head else ()), f"{indent if head else ''}{title}", indent + "{", *members, indent + "}"]
    )


def _assignment(node: ast.Assignment, indent: str) -> str:
    return f"{_prefix(node.qualifiers)}{node.name} = {_value(node.value, indent)}"


def _property(node: ast.PropertyDeclaration, indent: str) -> str:
    array = f"[{'' if node.size is None else node.size}]" if node.is_array else ""
    default = "" if node.default is None else f" = {_value(node.default, indent)}"
    return f"{_prefix(node.qualifiers)}{_type(node.type)} {node.name}{array}{default}"


def _method(node: ast.MethodDeclaration, indent: str) -> str:
    parameters = ", ".join([_property(parameter, indent) for parameter in node.parameters])
    return f"{_prefix(node.qualifiers)}{_type(node.returns)} {node.name}({parameters})"


def _type(node: ast.TypeName) -> str:
    if node.type is None:
        return "void"
    if node.type is CimType.REFERENCE:
        return f"{node.class_name or 'object'} ref"
    if node.type is CimType.OBJECT:
        return node.class_name or "object"
    return type_name(node.type)


def _value(node: ast.Value, indent: str) -> str:
    if isinstance(node, ast.Literal):
        return _literal(node)
    if isinstance(node, ast.ArrayValue):
        return "{" + ", ".join([_value(item, indent) for item in node.items]) + "}"
    if isinstance(node, ast.AliasReference):
        return f"${node.name}"
    return _object(node, indent)


def _literal(node: ast.Literal) -> str:
    value = node.value
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return real(value)
    if isinstance(value, int):
        return str(value)
    return character(value) if node.kind == CHARACTER else quoted(value)


def _prefix(uses: tuple[ast.QualifierUse, ...]) -> str:
    head = _qualifiers(uses)
    return f"{head} " if head else ""


def _qualifiers(uses: tuple[ast.QualifierUse, ...]) -> str:
    return f"[{', '.join(map(_qualifier, uses))}]" if uses else ""


def _qualifier(use: ast.QualifierUse) -> str:
    value = use.value
    shown = use.name
    if isinstance(value, ast.ArrayValue):
        shown += _value(value, "")
    elif value is not None:
        shown += f"({_literal(value)})"
    return f"{shown} : {_flavors(use.flavors, ' ')}" if use.flavors else shown


def _flavors(words: Iterable[str], between: str) -> str:
    return between.join([_FLAVORS[word] for word in words])


def _qualifier_declaration(node: ast.QualifierDeclaration) -> str:
    if node.type is None:
        return f"Qualifier {node.name} : {_flavors(node.flavors, ' ')};"
    text = f"Qualifier {node.name} : {type_name(node.type)}{'[]' if node.is_array else ''}"
    if node.default is not None:
        text += f" = {_value(node.default, '')}"
    if node.scopes is not None:
        text += f", Scope({', '.join(node.scopes)})"
    if node.flavors:
        text += f", Flavor({_flavors(node.flavors, ', ')})"
    return text + ";"
