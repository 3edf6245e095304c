"""Amendments: classes and the overlays that hold their localised qualifiers. [MS-WMI] 3.1.1.2, brief 6.4.

The overlay of a class is a class of its name in which only the qualifiers with the flavor AMENDED count; its members
are those that have such a qualifier.  Merged into the neutral class it adds what that class does not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass, derive
from wmix.cim.properties import CimProperty
from wmix.cim.qualifiers import Flavor, Qualifier, QualifierSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.cim.methods import CimMethod

__all__ = ["AMENDMENT", "has_localised", "localised_sets", "merged", "neutral", "overlay_of"]

_AMENDED: Final = int(Flavor.AMENDED)
AMENDMENT: Final = "amendment"
"""The qualifier that marks overlays; such a class has no instances (6.4.4)."""


def has_localised(cls: CimClass) -> bool:
    """Whether a localised qualifier is on the class, on a property or on a method."""
    sets = [held for _, held in localised_sets(cls)] + [method.qualifiers for method in cls.methods.values()]
    return any(item.flavor & _AMENDED for held in sets for item in held.entries())


def localised_sets(cls: CimClass) -> Iterator[tuple[str, QualifierSet]]:
    """What instances show of the qualifiers of *cls*: those of the class and of its properties, each with its place."""
    yield cls.name, cls.qualifiers
    for name, prop in cls.properties.items():
        yield f"{cls.name}.{name}", prop.qualifiers


def merged(cls: CimClass, overlay: CimClass) -> CimClass:
    """*cls* with the localised qualifiers of *overlay*; where both have a qualifier, its own stays."""
    found = cls.clone_()
    _add(found.qualifiers, overlay.qualifiers)
    for name, prop in overlay.properties.items():
        held = found.properties.get(name)
        if held is not None:
            _add(held.qualifiers, prop.qualifiers)
    for name, method in overlay.methods.items():
        known = found.methods.get(name)
        if known is not None:
            _add(known.qualifiers, method.qualifiers)
    return found


def _add(neutral: QualifierSet, localised: QualifierSet) -> None:
    for item in localised.entries():
        if item.flavor & _AMENDED and item.name not in neutral:
            neutral.add(item)


def _localised(held: QualifierSet) -> list[Qualifier]:
    settable = ~int(Flavor.ORIGIN_PROPAGATED)
    return [
        Qualifier(item.name, item.value, item.type, item.is_array, item.flavor & settable)
        for item in held.entries()
        if item.flavor & _AMENDED
    ]


def overlay_of(given: CimClass) -> CimClass:
    """The overlay with the localised qualifiers of *given*."""
    properties = [
        CimProperty(prop.name, prop.type, prop.is_array, qualifiers=QualifierSet(marks), cimtype=prop.cimtype)
        for prop in given.properties.values()
        if (marks := _localised(prop.qualifiers))
    ]
    methods: list[CimMethod] = []
    for method in given.methods.values():
        if marks := _localised(method.qualifiers):
            copy = method.copy()
            copy.qualifiers = QualifierSet(marks)
            methods.append(copy)
    marks = [Qualifier.of(AMENDMENT), *_localised(given.qualifiers)]
    return derive(None, given.name, properties=properties, methods=methods, qualifiers=marks, check=False)


def neutral(given: CimClass) -> CimClass:
    """*given* without its localised qualifiers."""
    found = given.clone_()
    found.qualifiers = _without(found.qualifiers)
    for prop in found.properties.values():
        prop.qualifiers = _without(prop.qualifiers)
    for method in found.methods.values():
        method.qualifiers = _without(method.qualifiers)
    return found


def _without(held: QualifierSet) -> QualifierSet:
    return QualifierSet(item for item in held.entries() if not item.flavor & _AMENDED)
