r"""Amendments: localised qualifiers beside the neutral classes. [MS-WMI] 3.1.1.2, brief 6.4.

The overlay of a class for a locale is a class of the same name in the child namespace ``ms_409`` (the locale's number
in hexadecimal), of which only the qualifiers with the flavor AMENDED count.  Whoever asks with
WBEM_FLAG_USE_AMENDED_QUALIFIERS sees the first overlay in the order of the caller's locales merged in; where both have
a qualifier, the neutral one stays.  That holds for classes and instances, of single calls, enumerations and queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.amendments import AMENDMENT, has_localised, localised_sets, merged, neutral, overlay_of
from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Flavor
from wmix.errors import InvalidOperation, error_for
from wmix.local.rights import require
from wmix.port.batch import ObjectBatch, RowBatch
from wmix.port.caller import Rights
from wmix.port.flags import WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.status import WBEM_E_AMENDED_OBJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.port.batch import Batch
    from wmix.port.caller import Caller

__all__ = [
    "amended",
    "amended_batches",
    "amended_instance",
    "check_instance",
    "drop_localised",
    "put_overlay",
    "wants_amended",
]

_AMENDED: Final = int(Flavor.AMENDED)


def wants_amended(flags: int) -> bool:
    """Whether a call asks for localised qualifiers, or brings them."""
    return bool(flags & WBEM_FLAG_USE_AMENDED_QUALIFIERS)


async def amended(place: LocalNamespace, cls: CimClass, caller: Caller) -> CimClass:
    """*cls* with the qualifiers of its first overlay; itself when there is none."""
    for locale in caller.locales:
        space = await place.schema.namespace(f"{place.namespace}\\{locale}")
        overlay = None if space is None else await place.schema.find(space, cls.name)
        if overlay is not None:
            return merged(cls, overlay)
    return cls


async def amended_instance(place: LocalNamespace, found: CimInstance, caller: Caller) -> CimInstance:
    """*found* as an instance of its amended class."""
    layout = await _amended_layout(place, found.layout_, caller)
    return found if layout is found.layout_ else CimInstance(layout, found.raw_values_(), found.origin_)


async def amended_batches(place: LocalNamespace, stream: AsyncIterator[Batch], caller: Caller) -> AsyncIterator[Batch]:
    """The batches of *stream* with amended classes; each class is looked up once."""
    layouts: dict[InstanceLayout, InstanceLayout] = {}
    try:
        async for batch in stream:
            if isinstance(batch, RowBatch):
                layout = layouts.get(batch.layout)
                if layout is None:
                    layout = layouts[batch.layout] = await _amended_layout(place, batch.layout, caller)
                yield RowBatch(layout, batch.rows, batch.origin)
            else:
                found = [
                    await amended(place, item, caller)
                    if isinstance(item, CimClass)
                    else await amended_instance(place, item, caller)
                    for item in batch.objects()
                ]
                yield ObjectBatch(found)
    finally:
        await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator


async def _amended_layout(place: LocalNamespace, layout: InstanceLayout, caller: Caller) -> InstanceLayout:
    """*layout* over the amended class: the same places for the same properties."""
    cls = await amended(place, layout.cls, caller)
    if cls is layout.cls:
        return layout
    return cls.layout_for(layout.names) if layout.selected else cls.layout


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
    stored = [held for _, held in localised_sets(cls)]
    for position, held in localised_sets(given):
        if any(item.flavor & _AMENDED and not any(item.name in own for own in stored) for item in held.entries()):
            raise error_for(
                WBEM_E_AMENDED_OBJECT,
                f"{position} has localised qualifiers",
                hint="put it with WBEM_FLAG_USE_AMENDED_QUALIFIERS, or get its class without",
            )


def _is_localised(cls: CimClass) -> bool:
    """Whether there is a localised qualifier at all: asked with every put, and seldom so."""
    held = [cls.qualifiers, *[prop.qualifiers for prop in cls.properties.values()]]
    return any(qualifiers.has_flavor(_AMENDED) for qualifiers in held)


def drop_localised(instance: CimInstance) -> None:
    """Take from *instance* the localised qualifiers that it has itself (6.4.3)."""
    for held in (instance.qualifiers_, *[value.qualifiers for value in instance.properties_.values()]):
        for item in held.entries():
            if item.flavor & _AMENDED and not item.is_propagated:
                held.delete(item.name)


async def put_overlay(place: LocalNamespace, given: CimClass, scope: Scope) -> CimClass:
    """Write the localised qualifiers of *given* to its overlay; *given* without them (6.4.3).

    The overlay is that of the caller's first locale that has one, made for the first locale when none has.

    Raises:
        AccessDenied: the caller may not write into the namespace of the locale.
    """
    caller = scope.caller
    if not has_localised(given):
        return given
    space = f"{place.namespace}\\{caller.locales[0]}"
    for locale in caller.locales:
        known = await place.schema.namespace(f"{place.namespace}\\{locale}")
        if known is not None and await place.schema.find(known, given.name) is not None:
            space = known
            break
    if await place.schema.namespace(space) is None:
        await place.repository.create_namespace(space)
    granted = await place.below(space).login(scope)
    if granted is not None:
        require(caller.replace(rights=caller.rights & granted), Rights.FULL_WRITE, space)
    await place.repository.put_class(space, overlay_of(given))
    return neutral(given)
