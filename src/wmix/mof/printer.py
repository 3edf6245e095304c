"""MOF text of classes and instances, as IWbemClassObject::GetObjectText writes it. wmi-semantics 3.4.12, 9.4.

A class shows what it declares itself: local members, qualifiers that were not inherited.  An instance shows the
properties that have a value, in class order.  Text that is compiled again, where the superclass is the same, gives an
equal object; a class that is embedded as a value is written as a declaration, which is this package's own addition.

Depends on ``cim``, ``literals`` and ``flavors``; ``ast_printer`` writes syntax trees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.methods import RETURN_VALUE
from wmix.cim.names import fold
from wmix.cim.types import CimType, type_name
from wmix.mof.flavors import flavor_words
from wmix.mof.literals import scalar_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.cim.methods import CimMethod, CimParameter
    from wmix.cim.properties import CimProperty
    from wmix.cim.qualifiers import Qualifier, QualifierSet

__all__ = ["class_text", "declared_type", "instance_text", "value_text"]

_INDENT: Final = "\t"


def class_text(cls: CimClass, *, flavors: bool = True, indent: str = "") -> str:
    """``class Name : Parent { ... };`` without a final line feed.

    Args:
        flavors: False leaves out the flavor words (WBEM_FLAG_NO_FLAVORS).
        indent: before every line.
    """
    writer = _Writer(flavors)
    return writer.cls(cls, indent) + ";"


def instance_text(
    instance: CimInstance, *, only: Iterable[str] | None = None, flavors: bool = True, indent: str = ""
) -> str:
    """``instance of Class { ... };`` without a final line feed.

    Args:
        only: names of the properties that may be shown, in any case; None shows all that have a value.
        flavors: False leaves out the flavor words (WBEM_FLAG_NO_FLAVORS).
        indent: before every line.
    """
    writer = _Writer(flavors)
    wanted = None if only is None else frozenset([fold(name) for name in only])
    return writer.instance(instance, indent, wanted) + ";"


def value_text(value: object, cim_type: CimType, *, flavors: bool = True, indent: str = "") -> str:
    """A value as its declaration has it; objects in it continue on further lines behind *indent*."""
    return _Writer(flavors).value(value, cim_type, indent)


class _Writer:
    __slots__ = ("_flavors",)

    def __init__(self, flavors: bool) -> None:
        self._flavors = flavors

    # -- values

    def value(self, value: object, cim_type: CimType, indent: str) -> str:
        if isinstance(value, tuple | list):
            return "{" + ", ".join([self.value(item, cim_type, indent) for item in value]) + "}"
        if isinstance(value, CimInstance):
            return self.instance(value, indent).removeprefix(indent)
        if isinstance(value, CimClass):
            return self.cls(value, indent).removeprefix(indent)
        return scalar_text(value, cim_type)

    def instance(self, instance: CimInstance, indent: str, wanted: frozenset[str] | None = None) -> str:
        layout = instance.layout_
        # Only instances that somebody gave qualifiers to have any of their own; asking every one would make them.
        own: dict[int, QualifierSet] = getattr(instance, "_own_qualifiers", {})
        lines = []
        if head := self._qualifiers(own[-1].entries() if -1 in own else ()):
            lines.append(indent + head)
        lines += [f"{indent}instance of {instance.class_name_}", indent + "{"]
        inner = indent + _INDENT
        values = zip(layout.names, instance.raw_values_(), layout.defaults, layout.types, strict=True)
        for i, (name, raw, default, (cim_type, _)) in enumerate(values):
            value = default if raw is UNSET else raw
            if (value is None and default is None) or (wanted is not None and fold(name) not in wanted):
                continue
            head = self._qualifiers(own[i].entries() if i in own else ())
            lines.append(f"{inner}{head}{' ' if head else ''}{name} = {self.value(value, cim_type, inner)};")
        return "\n".join([*lines, indent + "}"])

    # -- classes

    def cls(self, cls: CimClass, indent: str) -> str:
        lines = []
        if head := self._qualifiers(cls.qualifiers.entries()):
            lines.append(indent + head)
        below = f" : {cls.superclass}" if cls.superclass else ""
        lines += [f"{indent}class {cls.name}{below}", indent + "{"]
        inner = indent + _INDENT
        lines += [f"{inner}{self._property(prop, cls, inner)};" for prop in cls.properties.values() if prop.local]
        lines += [f"{inner}{self._method(method, inner)};" for method in cls.methods.values() if method.local]
        return "\n".join([*lines, indent + "}"])

    def _property(self, prop: CimProperty, cls: CimClass, indent: str) -> str:
        head = self._qualifiers(prop.qualifiers.entries())
        default = ""
        if _shows_default(prop, cls):
            default = f" = {self.value(prop.default, prop.type, indent)}"
        array = "[]" if prop.is_array else ""
        kind = declared_type(prop.cimtype, prop.type)
        return f"{head}{' ' if head else ''}{kind} {prop.name}{array}{default}"

    def _method(self, method: CimMethod, indent: str) -> str:
        head = self._qualifiers(method.qualifiers.entries())
        out = method.out_signature
        returned = None if out is None else out.properties.get(RETURN_VALUE)
        returns = "void" if returned is None else declared_type(returned.cimtype, returned.type)
        parameters = ", ".join([self._parameter(parameter, indent) for parameter in method.parameters])
        return f"{head}{' ' if head else ''}{returns} {method.name}({parameters})"

    def _parameter(self, parameter: CimParameter, indent: str) -> str:
        marks = [mark for mark, holds in (("in", parameter.is_in), ("out", parameter.is_out)) if holds]
        marks += [self._qualifier(qualifier) for qualifier in parameter.qualifiers]
        default = ""
        if parameter.default is not None:
            default = f" = {self.value(parameter.default, parameter.type, indent)}"
        array = "[]" if parameter.is_array else ""
        kind = declared_type(parameter.cimtype, parameter.type)
        return f"[{', '.join(marks)}] {kind} {parameter.name}{array}{default}"

    # -- qualifiers

    def _qualifiers(self, entries: Iterable[Qualifier]) -> str:
        """``[a, b(1)]``; CIMTYPE is in the declaration already (9.4.3), inherited ones are the parent's."""
        shown = [
            self._qualifier(entry) for entry in entries if not entry.is_propagated and fold(entry.name) != "cimtype"
        ]
        return f"[{', '.join(shown)}]" if shown else ""

    def _qualifier(self, entry: Qualifier) -> str:
        value = entry.value
        if isinstance(value, tuple):
            shown = f"{entry.name}{{{', '.join([scalar_text(item, entry.type) for item in value])}}}"
        elif value is True:
            shown = entry.name
        else:
            shown = f"{entry.name}({scalar_text(value, entry.type)})"
        words = flavor_words(entry.name, entry.flavor) if self._flavors else ""
        return f"{shown} : {words}" if words else shown


def _shows_default(prop: CimProperty, cls: CimClass) -> bool:
    """Whether the declaration has to say the default: not when none was declared, or when it is the parent's anyway."""
    if not prop.has_default:
        return False
    if fold(prop.origin) == fold(cls.name):
        return prop.default is not None
    base = None if cls.parent is None else cls.parent.properties.get(prop.name)
    return base is None or type(base.default) is not type(prop.default) or base.default != prop.default


def declared_type(cimtype: str, cim_type: CimType) -> str:
    """The type as a declaration has it: ``uint32``, ``CIM_X ref``, ``Win32_Y``, ``object``."""
    _, _, target = cimtype.partition(":")
    if cim_type is CimType.REFERENCE:
        return f"{target or 'object'} ref"
    if cim_type is CimType.OBJECT:
        return target or "object"
    return type_name(cim_type)
