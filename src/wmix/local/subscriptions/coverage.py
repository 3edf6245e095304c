"""Coverage: what has to run so that an event query misses nothing, and which queries cannot be served. Brief 7.1.

Changes of classes, namespaces and static instances come from the repository, without WITHIN.  Instances of providers
are polled for at the WITHIN interval, but for the kinds of changes that their provider tells itself.  Extrinsic events
need the sources of their class, of the classes below it and of those above it, which may yield it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidQuery, error_for
from wmix.local.subscriptions.event_query import EVENT
from wmix.local.subscriptions.intrinsic import INTRINSIC, KINDS
from wmix.record import Record
from wmix.status import (
    WBEM_E_INVALID_CLASS,
    WBEM_E_PROVIDER_NOT_FOUND,
    WBEMESS_E_REGISTRATION_TOO_BROAD,
    WBEMESS_E_REGISTRATION_TOO_PRECISE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.local.subscriptions.event_query import EventQuery
    from wmix.providers.host import HostedProvider
    from wmix.providers.registration import EventDefinition

__all__ = ["Coverage", "find_coverage"]

_EXTRINSIC = "__ExtrinsicEvent"
_SYSTEM = "__SystemEvent"


class Coverage(Record):
    """What one query needs beside the repository: classes to poll, classes that tell, sources of extrinsic events."""

    polled: tuple[tuple[CimClass, HostedProvider], ...] = ()
    told: tuple[tuple[CimClass, HostedProvider], ...] = ()
    sources: tuple[tuple[CimClass, EventDefinition], ...] = ()


async def find_coverage(place: LocalNamespace, query: EventQuery, layouts: Mapping[str, InstanceLayout]) -> Coverage:
    """What *query* needs; *layouts* are those of the intrinsic event classes.

    Raises:
        InvalidQuery: WBEMESS_E_REGISTRATION_TOO_PRECISE without WITHIN where polling is the only way,
            WBEMESS_E_REGISTRATION_TOO_BROAD where all classes of the namespace would have to be polled.
        InvalidClass: the class that TargetInstance is to be of does not exist.
        WmiError: WBEM_E_INVALID_CLASS when nothing yields the extrinsic class; WBEM_E_PROVIDER_NOT_FOUND when no
            provider serves the class of TargetInstance.
    """
    kinds = frozenset([kind for kind in KINDS if query.lens(layouts[INTRINSIC["instance", kind]]) is not None])
    polled: list[tuple[CimClass, HostedProvider]] = []
    told: list[tuple[CimClass, HostedProvider]] = []
    if kinds:
        for cls, provider in await _provided_targets(place, query):
            if provider.definition.tells & kinds:
                told.append((cls, provider))
            if kinds - provider.definition.tells:
                _check_polling(query, cls)
                polled.append((cls, provider))
    return Coverage(tuple(polled), tuple(told), tuple(await _sources(place, query, layouts)))


async def _provided_targets(place: LocalNamespace, query: EventQuery) -> list[tuple[CimClass, HostedProvider]]:
    """The classes that the query is about and a provider serves."""
    schema, registry, namespace = place.schema, place.registry, place.namespace
    if query.targets is None:
        # System classes are nobody's concern who does not name them.
        classes = [cls for cls in await schema.descendants(namespace, None) if not cls.name.startswith("__")]
    else:
        trees = [await schema.tree(namespace, await schema.resolve(namespace, name)) for name in query.targets]
        classes = list({cls.name.casefold(): cls for tree in trees for cls in tree}.values())
    found = []
    for cls in classes:
        provider = registry.provider(namespace, cls.name)
        if provider is not None:
            found.append((cls, provider))
    if query.targets and not found and all(cls.is_dynamic or cls.is_abstract for cls in classes):
        dynamic = [cls for cls in classes if cls.is_dynamic]
        if dynamic:
            raise error_for(WBEM_E_PROVIDER_NOT_FOUND, f"no provider is registered for {dynamic[0].name}")
    return found


def _check_polling(query: EventQuery, cls: CimClass) -> None:
    if query.within is None:
        raise InvalidQuery(
            f"{cls.name} has to be polled for, as its provider tells no changes: WITHIN is missing",
            text=query.text,
            span=query.span,
            expected=f"WITHIN and a number of seconds after {query.cls.name}",
            hint=f"write FROM {query.cls.name} WITHIN 5",
            status=WBEMESS_E_REGISTRATION_TOO_PRECISE,
        )
    if query.targets is None:
        raise InvalidQuery(
            "every class of the namespace would have to be polled",
            text=query.text,
            span=query.span,
            expected="a condition that names the class",
            hint=f'write for example WHERE TargetInstance ISA "{cls.name}"',
            status=WBEMESS_E_REGISTRATION_TOO_BROAD,
        )


async def _sources(
    place: LocalNamespace, query: EventQuery, layouts: Mapping[str, InstanceLayout]
) -> list[tuple[CimClass, EventDefinition]]:
    schema, registry, namespace, cls = place.schema, place.registry, place.namespace, query.cls
    related = await schema.tree(namespace, cls)
    above = [name for name in cls.derivation if name.casefold() != EVENT.casefold()]
    related += [found for name in above if (found := await schema.find(namespace, name)) is not None]
    sources = []
    for candidate in related:
        definition = registry.event_source(namespace, candidate.name)
        if definition is not None:
            sources.append((candidate, definition))
    is_ours = cls.inherits_from(_SYSTEM) or cls.name.casefold() == _EXTRINSIC.casefold()
    is_intrinsic = any(layout.cls.inherits_from(cls.name) for layout in layouts.values())
    # A class that somebody has put is one that somebody may publish events of.
    if sources or is_ours or is_intrinsic or await place.repository.get_class(namespace, cls.name) is not None:
        return sources
    raise error_for(
        WBEM_E_INVALID_CLASS,
        f"nothing in {namespace} yields events of {cls.name}",
        hint="declare a source with @wmix.events, or put the class and publish its events through QueryObjectSink",
    )
