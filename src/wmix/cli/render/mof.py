"""MOF text of instances and classes, as GetObjectText writes it. DSP0004 annex A, wmi-semantics 9.1, 9.2, 9.4.

Instances show the properties that have a value, in class order.  Classes show what they declare themselves: local
members, and qualifiers that were not inherited, with their flavors.  Text that is read back gives the same object.
Depends on ``cim``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.qualifiers import Flavor
from wmix.cim.types import CimType, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.cim.classes import CimProperty
    from wmix.cim.methods import CimMethod, CimParameter
    from wmix.cim.qualifiers import Qualifier
    from wmix.cli.render.records import Record

__all__ = ["Mof", "class_text", "instance_text", "quoted", "value_text"]

_ESCAPES: Final = {
    **{code: f"\\x{code:04X}" for code in (*range(1, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))},
    **{ord(c): f"\\{name}" for c, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
    0: "\\x0000",
}

_QUOTED_NUMBERS: Final = (CimType.SINT64, CimType.UINT64)
_FLAVORS: Final = (
    (Flavor.AMENDED, "Amended"),
    (Flavor.NOT_OVERRIDABLE, "DisableOverride"),
    (Flavor.TO_INSTANCE, "ToInstance"),
    (Flavor.TO_DERIVED_CLASS, "ToSubclass"),
)


class Mof:
    """Writes a declaration per object, a blank line between two of them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._begun = False

    def rows(self, records: Sequence[Record]) -> str:
        texts = []
        for record in records:
            source = record.source
            if isinstance(source, CimClass):
                texts.append(class_text(source) + "\n")
            elif isinstance(source, CimInstance):
                texts.append(instance_text(source, only=record.shape.names) + "\n")
        if not texts:
            return ""
        lead = "\n" if self._begun else ""
        self._begun = True
        return lead + "\n".join(texts)

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return ""


def quoted(text: str) -> str:
    """A string literal (wmi-semantics 9.1.3)."""
    return '"' + text.translate(_ESCAPES) + '"'


def instance_text(instance: CimInstance, *, only: Iterable[str] | None = None, indent: str = "") -> str:
    """``instance of Class { ... };`` with the properties that have a value; *only* names those that may be shown."""
    wanted = None if only is None else {fold(name) for name in only}
    lines = [f"{indent}instance of {instance.class_name_}", indent + "{"]
    for name, prop in instance.properties_.items():
        if prop.value is not None and (wanted is None or fold(name) in wanted):
            lines.append(f"{indent}\t{name} = {value_text(prop.value, prop.type, indent + chr(9))};")
    return "\n".join([*lines, indent + "};"])


def value_text(value: object, cim_type: CimType, indent: str = "") -> str:
    """A value as its declaration has it; 64-bit integers are quoted (9.4.1)."""
    if value is None:
        return "NULL"
    if isinstance(value, tuple | list):
        return "{" + ", ".join([value_text(item, cim_type, indent) for item in value]) + "}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, CimInstance):
        return instance_text(value, indent=indent).lstrip("\t").removesuffix(";")
    if isinstance(value, CimClass):
        return class_text(value, indent=indent).lstrip("\t").removesuffix(";")
    if cim_type is CimType.CHAR16:
        return _character(str(value))
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, int) and cim_type not in _QUOTED_NUMBERS:
        return str(value)
    return quoted(str(value))


def _character(character: str) -> str:
    # Only a printable character is sure to survive between single quotes; the others stand as their number.
    if character.isprintable() and character.isascii() and character not in "'\\":
        return f"'{character}'"
    return str(ord(character))


def _real(number: float) -> str:
    """A real has digits after the point (9.1.6); the language has no infinities, so they are shown as text."""
    if not math.isfinite(number):
        return quoted(str(number))
    digits, exponent_mark, exponent = repr(number).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent_mark + exponent


def class_text(cls: CimClass, *, indent: str = "") -> str:
    """``class Name : Parent { ... };`` with what the class itself declares."""
    lines = []
    if head := _qualifiers(cls.qualifiers.entries()):
        lines.append(indent + head)
    lines += [f"{indent}class {cls.name}" + (f" : {cls.superclass}" if cls.superclass else ""), indent + "{"]
    lines += [f"{indent}\t{_property(prop)}" for prop in cls.properties.values() if prop.local]
    lines += [f"{indent}\t{_method(method)}" for method in cls.methods.values() if method.local]
    return "\n".join([*lines, indent + "};"])


def declared_type(cimtype: str, cim_type: CimType) -> str:
    """The type as a declaration has it: ``uint32``, ``CIM_X ref``, ``Win32_Y``, ``object``."""
    _, _, target = cimtype.partition(":")
    if cim_type is CimType.REFERENCE:
        return f"{target or 'object'} ref"
    if cim_type is CimType.OBJECT:
        return target or "object"
    return type_name(cim_type)


def _property(prop: CimProperty) -> str:
    head = _qualifiers(prop.qualifiers.entries())
    default = f" = {value_text(prop.default, prop.type)}" if prop.has_default and prop.default is not None else ""
    array = "[]" if prop.is_array else ""
    return f"{head}{' ' if head else ''}{declared_type(prop.cimtype, prop.type)} {prop.name}{array}{default};"


def _method(method: CimMethod) -> str:
    head = _qualifiers(method.qualifiers.entries())
    returns = "void" if method.return_type is None else type_name(method.return_type)
    parameters = ", ".join([_parameter(parameter) for parameter in method.parameters])
    return f"{head}{' ' if head else ''}{returns} {method.name}({parameters});"


def _parameter(parameter: CimParameter) -> str:
    marks = [mark for mark, holds in (("In", parameter.is_in), ("Out", parameter.is_out)) if holds]
    marks += [_qualifier(qualifier) for qualifier in parameter.qualifiers]
    default = "" if parameter.default is None else f" = {value_text(parameter.default, parameter.type)}"
    array = "[]" if parameter.is_array else ""
    kind = declared_type(parameter.cimtype, parameter.type)
    return f"[{', '.join(marks)}] {kind} {parameter.name}{array}{default}"


def _qualifiers(entries: Iterable[Qualifier]) -> str:
    """``[a, b(1)]``; CIMTYPE is in the declaration already (9.4.3), inherited ones are the parent's."""
    shown = [_qualifier(entry) for entry in entries if not entry.is_propagated and fold(entry.name) != "cimtype"]
    return f"[{', '.join(shown)}]" if shown else ""


def _qualifier(entry: Qualifier) -> str:
    value = entry.value
    if isinstance(value, tuple):
        shown = entry.name + value_text(value, entry.type)
    elif value is True:
        shown = entry.name
    else:
        shown = f"{entry.name}({value_text(value, entry.type)})"
    flavors = " ".join([name for bit, name in _FLAVORS if entry.flavor & bit])
    return f"{shown} : {flavors}" if flavors else shown
