r"""Amendments: localised qualifiers beside the neutral classes. [MS-WMI] 3.1.1.2, brief 6.4.

The overlay of a class for a locale is a class of the same name in the child namespace ``ms_409`` (the locale's number
in hexadecimal), of which only the qualifiers with the flavor AMENDED count.  Whoever asks with
WBEM_FLAG_USE_AMENDED_QUALIFIERS sees the first overlay in the order of the caller's locales merged in; where both have
a qualifier, the neutral one stays.  Classes and single instances are amended; instances of enumerations and queries
have the neutral class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass, derive
from wmix.cim.instances import CimInstance
from wmix.cim.properties import CimProperty
from wmix.cim.qualifiers import Flavor, Qualifier, QualifierSet
from wmix.errors import InvalidOperation, error_for
from wmix.port.flags import WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.status import WBEM_E_AMENDED_OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.cim.methods import CimMethod
    from wmix.local.namespace import LocalNamespace
    from wmix.port.caller import Caller

__all__ = ["amended", "amended_instance", "check_instance", "put_overlay", "wants_amended"]

_AMENDED: Final = int(Flavor.AMENDED)
AMENDMENT: Final = "amendment"
"""The qualifier that marks overlays; such a class has no instances (6.4.4)."""


def wants_amended(flags: int) -> bool:
    """Whether a call asks for localised qualifiers, or brings them."""
    return bool(flags & WBEM_FLAG_USE_AMENDED_QUALIFIERS)


async def amended(place: LocalNamespace, cls: CimClass, caller: Caller) -> CimClass:
    """*cls* with the qualifiers of its first overlay; itself when there is none."""
    for locale in caller.locales:
        space = await place.schema.namespace(f"{place.namespace}\\{locale}")
        overlay = None if space is None else await place.schema.find(space, cls.name)
        if overlay is not None:
            return _merged(cls, overlay)
    return cls


async def amended_instance(place: LocalNamespace, found: CimInstance, caller: Caller) -> CimInstance:
    """*found* as an instance of its amended class."""
    cls = await amended(place, found.class_, caller)
    return found if cls is found.class_ else CimInstance(cls.layout, found.raw_values_(), found.origin_)


def _merged(cls: CimClass, overlay: CimClass) -> CimClass:
    merged = cls.clone_()
    _add(merged.qualifiers, overlay.qualifiers)
    for name, prop in overlay.properties.items():
        held = merged.properties.get(name)
        if held is not None:
            _add(held.qualifiers, prop.qualifiers)
    for name, method in overlay.methods.items():
        known = merged.methods.get(name)
        if known is not None:
            _add(known.qualifiers, method.qualifiers)
    return merged


def _add(neutral: QualifierSet, localised: QualifierSet) -> None:
    for item in localised.entries():
        if item.flavor & _AMENDED and item.name not in neutral:
            neutral.add(item)


# -- writing


def check_instance(cls: CimClass, instance: CimInstance, flags: int) -> None:
    """See that *instance* may be put as an instance of the stored class *cls*.

    Raises:
        InvalidOperation: *cls* is an overlay (6.4.4).
        WmiError: WBEM_E_AMENDED_OBJECT when it carries localised qualifiers and the flag is not set (6.4.3).
    """
    if AMENDMENT in cls.qualifiers:
        raise InvalidOperation(f"{cls.name} is an amendment: it has no instances")
    given = instance.class_
    if wants_amended(flags) or given is cls or not _is_localised(given):
        return
    stored = [held for _, held in _sets(cls)]
    for position, held in _sets(given):
        if any(item.flavor & _AMENDED and not any(item.name in own for own in stored) for item in held.entries()):
            raise error_for(
                WBEM_E_AMENDED_OBJECT,
                f"{position} has localised qualifiers",
                hint="put it with WBEM_FLAG_USE_AMENDED_QUALIFIERS, or get its class without",
            )


def _is_localised(cls: CimClass) -> bool:
    """Whether there is a localised qualifier at all: asked with every put, and seldom so."""
    for held in (cls.qualifiers, *[prop.qualifiers for prop in cls.properties.values()]):
        for item in held.entries():
            if item.flavor & _AMENDED:
                return True
    return False


def _sets(cls: CimClass) -> Iterator[tuple[str, QualifierSet]]:
    yield cls.name, cls.qualifiers
    for name, prop in cls.properties.items():
        yield f"{cls.name}.{name}", prop.qualifiers


async def put_overlay(place: LocalNamespace, given: CimClass, caller: Caller) -> CimClass:
    """Write the localised qualifiers of *given* to its overlay; *given* without them (6.4.3).

    The overlay is that of the caller's first locale that has one, made for the first locale when none has.
    """
    if not any(item.flavor & _AMENDED for held in _all_sets(given) for item in held.entries()):
        return given
    space = f"{place.namespace}\\{caller.locales[0]}"
    for locale in caller.locales:
        known = await place.schema.namespace(f"{place.namespace}\\{locale}")
        if known is not None and await place.schema.find(known, given.name) is not None:
            space = known
            break
    if await place.schema.namespace(space) is None:
        await place.repository.create_namespace(space)
    await place.repository.put_class(space, _overlay_of(given))
    return _neutral(given)


def _all_sets(cls: CimClass) -> Iterator[QualifierSet]:
    for _, held in _sets(cls):
        yield held
    for method in cls.methods.values():
        yield method.qualifiers


def _localised(held: QualifierSet) -> list[Qualifier]:
    settable = ~int(Flavor.ORIGIN_PROPAGATED)
    return [
        Qualifier(item.name, item.value, item.type, item.is_array, item.flavor & settable)
        for item in held.entries()
        if item.flavor & _AMENDED
    ]


def _overlay_of(given: CimClass) -> CimClass:
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


def _neutral(given: CimClass) -> CimClass:
    neutral = given.clone_()
    neutral.qualifiers = _without(neutral.qualifiers)
    for prop in neutral.properties.values():
        prop.qualifiers = _without(prop.qualifiers)
    for method in neutral.methods.values():
        method.qualifiers = _without(method.qualifiers)
    return neutral


def _without(held: QualifierSet) -> QualifierSet:
    return QualifierSet(item for item in held.entries() if not item.flavor & _AMENDED)
