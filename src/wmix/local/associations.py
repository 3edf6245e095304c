"""ASSOCIATORS OF and REFERENCES OF. [MS-WMI] 3.1.4.3.18, brief 5.6.

From the object at one end: which association classes can refer to it, which of their instances do, and what stands at
the other ends.  An association's provider that declares its reference properties in ``pushes`` is asked by the one end
that is known; nothing is ever enumerated from the far side.  Duplicates are kept, one for each association instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.paths import ObjectPath
from wmix.cim.types import CimType
from wmix.errors import InvalidPath, NotFound
from wmix.local.execution import explain_failure
from wmix.local.objects import find_instance, key_values
from wmix.port.batch import ObjectBatch
from wmix.port.provider import Comparison, InstanceRequest
from wmix.providers.streams import close_stream
from wmix.wql.ast import AssociatorsQuery
from wmix.wql.operations import check_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.cim.classes import CimClass
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.wql.ast import ReferencesQuery

__all__ = ["associated"]

_BATCH = 100


class _Source:
    """The object that the query starts from."""

    __slots__ = ("cls", "instance", "path")

    def __init__(self, path: ObjectPath, cls: CimClass, instance: CimInstance | None) -> None:
        self.path = path
        self.cls = cls
        self.instance = instance


async def associated(
    place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery, scope: Scope
) -> AsyncIterator[ObjectBatch]:
    """The batches of an association query.

    Raises:
        InvalidQuery: a class path without SchemaOnly.
        NotFound: the source's class does not exist.
    """
    source = await _source(place, query, scope)
    if source is None:
        return
    stream: AsyncIterator[CimInstance | CimClass]
    if query.schema_only:
        stream = _by_schema(place, query, source)
    elif isinstance(query, AssociatorsQuery):
        stream = _far_ends(place, query, source, scope)
    else:
        stream = _references(place, query, source, scope)
    found: list[CimInstance | CimClass] = []
    shown: set[str] = set()
    try:
        async for item in stream:
            finished = _finish(query, item, shown)
            if finished is not None:
                found.append(finished)
            if len(found) >= _BATCH:
                yield ObjectBatch(found)
                found = []
    finally:
        await stream.aclose()  # type: ignore[attr-defined]  # asynchronous generators
    if found:
        yield ObjectBatch(found)


async def _source(place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery, scope: Scope) -> _Source | None:
    try:
        path = ObjectPath.parse(query.path)
    except InvalidPath:
        # Windows accepts such a path and finds nothing (brief 5.6.7).
        return None
    cls = await place.schema.find(place.namespace, path.class_name)
    if cls is None:
        raise NotFound(f"there is no class {path.class_name} in {place.namespace}", namespace=place.namespace)
    check_path(query)
    if query.schema_only:
        return _Source(path, cls, None)
    keys = key_values(cls, path)
    instance = await find_instance(place, cls, keys, scope)
    if instance is None:
        return None
    own = instance.path_
    return None if own is None else _Source(own, instance.class_, instance)


# -- which associations -----------------------------------------------------------------------------------------------


async def _association_classes(place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery) -> list[CimClass]:
    """Concrete association classes that the clauses on the association let through."""
    wanted = query.assoc_class if isinstance(query, AssociatorsQuery) else query.result_class
    qualifier = query.required_assoc_qualifier if isinstance(query, AssociatorsQuery) else query.required_qualifier
    if wanted is not None:
        top = await place.schema.find(place.namespace, wanted)
        candidates = [] if top is None else await place.schema.tree(place.namespace, top)
    else:
        candidates = await place.schema.descendants(place.namespace, None)
    return [cls for cls in candidates if cls.is_association and (qualifier is None or cls.qualifiers.get(qualifier))]


def _reference_names(cls: CimClass) -> list[str]:
    return [prop.name for prop in cls.properties.values() if prop.type is CimType.REFERENCE and not prop.is_array]


def _roles(association: CimClass, source: CimClass, role: str | None) -> list[str]:
    """The reference properties of *association* in which an object of *source* can stand."""
    found = []
    for name in _reference_names(association):
        if role is not None and name.casefold() != role.casefold():
            continue
        target = association.properties[name].cimtype.partition(":")[2]
        if not target or target.casefold() == "object" or source.inherits_from(target):
            found.append(name)
    return found


# -- their instances --------------------------------------------------------------------------------------------------


async def _references(
    place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery, source: _Source, scope: Scope
) -> AsyncIterator[CimInstance | CimClass]:
    """The association instances that refer to the source."""
    async for instance in _referring(place, query, source, scope):
        yield instance


async def _referring(
    place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery, source: _Source, scope: Scope
) -> AsyncIterator[CimInstance]:
    for association in await _association_classes(place, query):
        roles = _roles(association, source.cls, query.role)
        if not roles:
            continue
        seen: set[str] = set()
        for role in roles:
            async for instance in _instances(place, association, role, source, scope):
                if not _refers(place, instance[role], source.path):
                    continue
                # One that refers to the source twice is found by each of its roles, and is one association.
                identity = str(instance["__RELPATH"]) if instance["__RELPATH"] else repr(instance.values_())
                if identity not in seen:
                    seen.add(identity)
                    yield instance


async def _instances(
    place: LocalNamespace, association: CimClass, role: str, source: _Source, scope: Scope
) -> AsyncIterator[CimInstance]:
    provider = place.registry.provider(place.namespace, association.name)
    layout = association.layout
    if provider is None:
        if association.is_abstract or association.is_dynamic:
            return
        stored = place.repository.rows(place.namespace, layout)
        try:
            async for known in stored:
                for values in known:
                    yield CimInstance(layout, values, place.origin)
        finally:
            await close_stream(stored)
        return
    ends: tuple[Comparison, ...] = ()
    if role in provider.pushes:
        ends = (Comparison(role, "=", str(source.path), lambda value: _refers(place, value, source.path)),)
    request = InstanceRequest(
        association, namespace=place.namespace, scope=scope, settings=place.settings, comparisons=ends
    )
    build = place.planner.builder(layout)
    try:
        stream = provider.open(request)
        try:
            async for rows in stream:
                for row in rows:
                    yield CimInstance(layout, build(row), place.origin)
        finally:
            await close_stream(stream)
    except Exception as error:
        raise explain_failure(error, provider, association.name) from error


def _refers(place: LocalNamespace, value: object, path: ObjectPath) -> bool:
    """Whether the reference *value* names the object of *path*, relative or in full."""
    if not isinstance(value, str):
        return False
    try:
        named = ObjectPath.parse(value)
    except InvalidPath:
        return False
    return _local(place, named).same_object(_local(place, path))


def _local(place: LocalNamespace, path: ObjectPath) -> ObjectPath:
    """*path* without server and namespace where they are this machine's and this namespace's."""
    if path.namespace is not None and path.namespace.casefold() != place.namespace.casefold():
        return path
    if path.server is not None and not place.is_own_name(path.server):
        return path
    return path.replace(server=None, namespace=None)


# -- what stands at the other ends ------------------------------------------------------------------------------------


async def _far_ends(
    place: LocalNamespace, query: AssociatorsQuery, source: _Source, scope: Scope
) -> AsyncIterator[CimInstance | CimClass]:
    async for association in _referring(place, query, source, scope):
        names = _reference_names(association.class_)
        skipped = False
        for name in names:
            value = association[name]
            if not skipped and _refers(place, value, source.path) and _plays(query.role, name):
                # The source itself: only once, for an association may lead from an object to itself.
                skipped = True
                continue
            if query.result_role is not None and name.casefold() != query.result_role.casefold():
                continue
            target = await _target(place, value, scope)
            if target is not None and _is_wanted(query, target.class_):
                yield target


def _plays(role: str | None, name: str) -> bool:
    return role is None or role.casefold() == name.casefold()


async def _target(place: LocalNamespace, value: object, scope: Scope) -> CimInstance | None:
    """The object that a reference names; None for one that does not exist (brief 5.6.8)."""
    if not isinstance(value, str):
        return None
    try:
        path = _local(place, ObjectPath.parse(value))
        if path.namespace is not None or path.is_class:
            return None
        cls = await place.schema.find(place.namespace, path.class_name)
        return None if cls is None else await find_instance(place, cls, key_values(cls, path), scope)
    except (InvalidPath, NotFound):
        return None


def _is_wanted(query: AssociatorsQuery | ReferencesQuery, cls: CimClass) -> bool:
    if query.result_class is not None and not cls.inherits_from(query.result_class):
        return False
    return query.required_qualifier is None or cls.qualifiers.get(query.required_qualifier) is not None


def _finish(
    query: AssociatorsQuery | ReferencesQuery, item: CimInstance | CimClass, shown: set[str]
) -> CimInstance | CimClass | None:
    """KeysOnly and ClassDefsOnly; None for a class that was given already."""
    if isinstance(item, CimInstance) and query.class_defs_only:
        item = item.class_
        if item.name in shown:
            return None
        shown.add(item.name)
    if isinstance(item, CimInstance) and query.keys_only:
        keys = {name.casefold() for name in item.class_.keys}
        layout = item.layout_
        values = [
            value if name.casefold() in keys else UNSET
            for name, value in zip(layout.names, item.raw_values_(), strict=True)
        ]
        return CimInstance(layout, values, item.origin_)
    return item


# -- by definition ----------------------------------------------------------------------------------------------------


async def _by_schema(
    place: LocalNamespace, query: AssociatorsQuery | ReferencesQuery, source: _Source
) -> AsyncIterator[CimClass]:
    """SchemaOnly: association classes, or the classes at their other ends, whether instances exist or not."""
    given: set[str] = set()
    for association in await _association_classes(place, query):
        for role in _roles(association, source.cls, query.role):
            ends = [association] if not isinstance(query, AssociatorsQuery) else []
            if isinstance(query, AssociatorsQuery):
                for name in _reference_names(association):
                    if name == role or (query.result_role and name.casefold() != query.result_role.casefold()):
                        continue
                    target = association.properties[name].cimtype.partition(":")[2]
                    cls = await place.schema.find(place.namespace, target) if target else None
                    ends += [] if cls is None or not _is_wanted(query, cls) else [cls]
            for cls in ends:
                if cls.name not in given:
                    given.add(cls.name)
                    yield cls
