"""Class definitions for people and for programs: everything that a class has, inherited members included.

The text lists a property a line (``*`` marks keys, ``[]`` arrays) with what its qualifiers say in words, and below it
the values that it can take.  The JSON has the same facts under fixed names; qualifiers keep those of their definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.cim.names import fold
from wmix.cim.qualifiers import QualifierSet
from wmix.cim.types import type_name
from wmix.cli.render.values import display, json_value, one_line
from wmix.mof.printer import declared_type, value_text

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass, CimProperty
    from wmix.cim.methods import CimMethod, CimParameter

__all__ = ["as_json", "as_text", "value_map"]

_IN_WORDS = frozenset(("cimtype", "key", "valuemap", "values", "description"))
"""Qualifiers that the text shows in another way than by name."""


def value_map(qualifiers: QualifierSet) -> list[tuple[str, str]]:
    """Values and what they mean; the label is empty where the definition has none."""
    keys = qualifiers.value("ValueMap")
    labels = qualifiers.value("Values")
    if not isinstance(keys, tuple):
        # Values alone are numbered from 0 (DSP0004 5.6.3.54).
        return [(str(i), str(label)) for i, label in enumerate(labels)] if isinstance(labels, tuple) else []
    shown = labels if isinstance(labels, tuple) else ()
    return [(str(key), str(shown[i]) if i < len(shown) else "") for i, key in enumerate(keys)]


def as_text(cls: CimClass) -> str:
    """The definition for people."""
    lines = [cls.name]
    if cls.derivation:
        lines.append(f"  derived from  {' : '.join(cls.derivation)}")
    if cls.namespace:
        lines.append(f"  namespace     {cls.namespace}")
    if marks := _words(cls.qualifiers):
        lines.append(f"  qualifiers    {', '.join(marks)}")
    lines += _described(cls.qualifiers, "  ")
    if cls.properties:
        lines += ["", "properties (* key):", *_properties(cls)]
    if cls.methods:
        lines += ["", "methods:"]
        for method in cls.methods.values():
            lines += _method(method)
    return "\n".join(lines) + "\n"


def _properties(cls: CimClass) -> list[str]:
    properties = list(cls.properties.values())
    types = [_type(prop) for prop in properties]
    name_width = max(len(prop.name) for prop in properties)
    type_width = max(map(len, types))
    lines: list[str] = []
    for prop, kind in zip(properties, types, strict=True):
        words = _words(prop.qualifiers)
        if prop.has_default and prop.default is not None:
            words.append(f"default {value_text(prop.default, prop.type)}")
        if fold(prop.origin) != fold(cls.name):
            words.append(f"from {prop.origin}")
        mark = "*" if prop.is_key else " "
        lines.append(f"  {mark} {prop.name:<{name_width}}  {kind:<{type_width}}  {', '.join(words)}".rstrip())
        lines += _described(prop.qualifiers, "      ")
        lines += _values(prop.qualifiers, "      ")
    return lines


def _type(member: CimProperty | CimParameter) -> str:
    return declared_type(member.cimtype, member.type) + ("[]" if member.is_array else "")


def _method(method: CimMethod) -> list[str]:
    returns = "void" if method.return_type is None else type_name(method.return_type)
    words = _words(method.qualifiers)
    parameters = method.parameters
    lines = [f"    {returns} {method.name}(){'  ' + ', '.join(words) if words else ''}"]
    if parameters:
        lines[0] = lines[0].replace("()", "(" + ", ".join([_parameter(parameter) for parameter in parameters]) + ")", 1)
    lines += _described(method.qualifiers, "        ")
    for parameter in parameters:
        table = [entry for entry in parameter.qualifiers if fold(entry.name) in ("valuemap", "values")]
        if table:
            lines.append(f"        {parameter.name}:")
            lines += _pairs(value_map(QualifierSet(table)), "          ")
    if returned := value_map(method.qualifiers):
        lines.append("        returns:")
        lines += _pairs(returned, "          ")
    return lines


def _parameter(parameter: CimParameter) -> str:
    way = {(True, False): "in", (False, True): "out"}.get((parameter.is_in, parameter.is_out), "in, out")
    default = "" if parameter.default is None else f" = {value_text(parameter.default, parameter.type)}"
    return f"[{way}] {_type(parameter)} {parameter.name}{default}"


def _words(qualifiers: QualifierSet) -> list[str]:
    """The qualifiers as words: ``read``, ``Units bytes``, ``MaxLen 64``."""
    words = []
    for entry in qualifiers.entries():
        if fold(entry.name) in _IN_WORDS or entry.value is False:
            continue
        words.append(entry.name if entry.value is True else f"{entry.name} {display(entry.value)}")
    return words


def _described(qualifiers: QualifierSet, indent: str) -> list[str]:
    text = qualifiers.value("Description")
    return [indent + one_line(line) for line in text.splitlines()] if isinstance(text, str) else []


def _values(qualifiers: QualifierSet, indent: str) -> list[str]:
    return _pairs(value_map(qualifiers), indent)


def _pairs(pairs: list[tuple[str, str]], indent: str) -> list[str]:
    if not any(label and label != key for key, label in pairs):
        # Values that explain themselves need no line each.
        return [f"{indent}one of: {', '.join([one_line(key) for key, _ in pairs])}"] if pairs else []
    width = max(len(key) for key, _ in pairs)
    return [f"{indent}{one_line(key):>{width}}  {one_line(label)}".rstrip() for key, label in pairs]


def as_json(cls: CimClass) -> str:
    """The definition as one JSON object, indented."""
    import json  # only this format needs it

    found: dict[str, Any] = {
        "__CLASS": cls.name,
        "__SUPERCLASS": cls.superclass,
        "__DERIVATION": list(cls.derivation),
        "__NAMESPACE": cls.namespace,
        "qualifiers": _qualifier_json(cls.qualifiers),
        "properties": [
            {
                "name": prop.name,
                "type": prop.cimtype,
                "array": prop.is_array,
                "key": prop.is_key,
                "origin": prop.origin,
                "default": json_value(prop.default),
                "qualifiers": _qualifier_json(prop.qualifiers),
            }
            for prop in cls.properties.values()
        ],
        "methods": [
            {
                "name": method.name,
                "returns": None if method.return_type is None else type_name(method.return_type),
                "static": method.is_static,
                "origin": method.origin,
                "qualifiers": _qualifier_json(method.qualifiers),
                "parameters": [
                    {
                        "name": parameter.name,
                        "type": parameter.cimtype,
                        "array": parameter.is_array,
                        "in": parameter.is_in,
                        "out": parameter.is_out,
                        "default": json_value(parameter.default),
                        "qualifiers": _qualifier_json(QualifierSet(parameter.qualifiers)),
                    }
                    for parameter in method.parameters
                ],
            }
            for method in cls.methods.values()
        ],
    }
    return json.dumps(found, indent=2) + "\n"


def _qualifier_json(qualifiers: QualifierSet) -> dict[str, object]:
    return {name: json_value(value) for name, value in qualifiers.items() if fold(name) != "cimtype"}
