"""PutClass and DeleteClass. [MS-WMI] 3.1.4.3.6, 3.1.4.3.8, brief 1.4.21 to 1.4.30 and 6.2.4.

What is put is taken as a declaration: the class is derived anew from the parent that the namespace has now, and every
class below it is derived anew from it.  All of that is one transaction.

Where the sources disagree about a forced update (6.2.4), this is what happens: own static instances are deleted, and
an instance of a subclass stops the update.  Shipped classes can be changed but not deleted (decision 0012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.class_rules import check_class_name
from wmix.cim.classes import CimClass
from wmix.cim.drafts import ClassDraft
from wmix.errors import InvalidOperation, NotFound, ObjectExists, WmiError, error_for
from wmix.local.amendments import put_overlay, wants_amended
from wmix.local.rights import require
from wmix.port.backend import Outcome
from wmix.port.caller import Rights
from wmix.port.flags import (
    WBEM_FLAG_CREATE_ONLY,
    WBEM_FLAG_UPDATE_FORCE_MODE,
    WBEM_FLAG_UPDATE_ONLY,
    WBEM_FLAG_UPDATE_SAFE_MODE,
)
from wmix.status import (
    WBEM_E_CIRCULAR_REFERENCE,
    WBEM_E_CLASS_HAS_CHILDREN,
    WBEM_E_CLASS_HAS_INSTANCES,
    WBEM_E_INVALID_CLASS,
    WBEM_E_OVERRIDE_NOT_ALLOWED,
    WBEM_E_PROPAGATED_METHOD,
    WBEM_E_TYPE_MISMATCH,
    WBEM_E_UPDATE_OVERRIDE_NOT_ALLOWED,
    WBEM_E_UPDATE_PROPAGATED_METHOD,
    WBEM_E_UPDATE_TYPE_MISMATCH,
)

if TYPE_CHECKING:
    from wmix.cim.classes import CimProperty
    from wmix.cim.qualifiers import QualifierSet
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.port.requests import DeleteClass, PutClass

__all__ = ["delete_class", "put_class"]

_KEPT = "delete classes that were put or compiled into the repository; these belong to the machine"

#: What is wrong with a subclass, as the update of its parent says it.
_UPDATE_CONFLICTS = {
    WBEM_E_TYPE_MISMATCH: WBEM_E_UPDATE_TYPE_MISMATCH,
    WBEM_E_OVERRIDE_NOT_ALLOWED: WBEM_E_UPDATE_OVERRIDE_NOT_ALLOWED,
    WBEM_E_PROPAGATED_METHOD: WBEM_E_UPDATE_PROPAGATED_METHOD,
}

#: Qualifiers on which the engine acts (brief 3.5.9); a change of any other leaves instances and subclasses as they are.
_ACTED_ON = frozenset(
    [
        "abstract",
        "association",
        "cimtype",
        "disabled",
        "dynamic",
        "id",
        "implemented",
        "in",
        "indexed",
        "key",
        "not_null",
        "out",
        "provider",
        "singleton",
        "static",
        "subtype",
    ]
)


async def put_class(place: LocalNamespace, request: PutClass, scope: Scope) -> Outcome:
    """Create or update a class.

    Raises:
        WmiError: the statuses of brief 1.4.21; nothing is changed then.
    """
    given = request.object
    if not isinstance(given, CimClass):
        raise error_for(WBEM_E_INVALID_CLASS, "PutClass takes a class, not an instance")
    require(scope.caller, Rights.FULL_WRITE, place.namespace)
    check_class_name(given.name)
    existing = await place.schema.find(place.namespace, given.name)
    if existing is not None and request.flags & WBEM_FLAG_CREATE_ONLY:
        raise ObjectExists(f"the class {existing.name} exists", namespace=place.namespace)
    if existing is None and request.flags & WBEM_FLAG_UPDATE_ONLY:
        raise NotFound(f"there is no class {given.name}", namespace=place.namespace)
    if existing is not None and wants_amended(request.flags):
        async with place.repository.transaction():
            given = await put_overlay(place, given, scope)
            return await _store(place, existing, given, request.flags)
    return await _store(place, existing, given, request.flags)


async def _store(place: LocalNamespace, existing: CimClass | None, given: CimClass, flags: int) -> Outcome:
    new = _derived_from(given, await _parent(place, given))
    if existing is None:
        await place.repository.put_class(place.namespace, new)
        return Outcome(change="created")
    if existing == new:
        return Outcome(change="unchanged")
    await _update(place, existing, new, flags)
    return Outcome(change="updated")


async def _parent(place: LocalNamespace, given: CimClass) -> CimClass | None:
    if given.superclass is None:
        return None
    parent = await place.schema.find(place.namespace, given.superclass)
    if parent is None:
        raise NotFound(f"the superclass {given.superclass} of {given.name} does not exist", namespace=place.namespace)
    if parent.inherits_from(given.name):
        raise error_for(
            WBEM_E_CIRCULAR_REFERENCE, f"{given.name} cannot be derived from {parent.name}, which is below it"
        )
    return parent


def _derived_from(given: CimClass, parent: CimClass | None, *, check: bool = True) -> CimClass:
    """What *given* declares itself, derived anew from *parent*."""
    return ClassDraft.of(given, parent).build(check=check)


async def _update(place: LocalNamespace, existing: CimClass, new: CimClass, flags: int) -> None:
    below = await place.schema.descendants(place.namespace, existing.name)
    forced = bool(flags & WBEM_FLAG_UPDATE_FORCE_MODE)
    if _shape(existing) != _shape(new):
        if below and not flags & (WBEM_FLAG_UPDATE_FORCE_MODE | WBEM_FLAG_UPDATE_SAFE_MODE):
            raise error_for(
                WBEM_E_CLASS_HAS_CHILDREN,
                f"{existing.name} has subclasses ({', '.join(cls.name for cls in below[:3])})",
                hint="update in safe or forced mode",
            )
        for cls in below if forced else [existing, *below]:
            if await _has_instances(place, cls):
                raise error_for(
                    WBEM_E_CLASS_HAS_INSTANCES, f"{cls.name} has instances", hint="delete them before the change"
                )
    changed = {existing.name.casefold(): new}
    for cls in below:
        parent = changed[(cls.superclass or "").casefold()]
        changed[cls.name.casefold()] = _rederived(cls, parent, new, forced=forced)
    async with place.repository.transaction():
        if forced and _shape(existing) != _shape(new):
            await _delete_instances(place, existing)
        for cls in changed.values():
            await place.repository.put_class(place.namespace, cls)


def _rederived(cls: CimClass, parent: CimClass, changed: CimClass, *, forced: bool) -> CimClass:
    """The subclass *cls* below *parent*, in which *changed* shows.

    A forced update drops a qualifier of the subclass that the parent no longer lets it have; every other conflict
    refuses the update in each mode (6.2.4).

    Raises:
        WmiError: the subclass cannot be derived any more; the message names it.
    """
    try:
        return _derived_from(cls, parent)
    except WmiError as error:
        if forced and error.status == WBEM_E_OVERRIDE_NOT_ALLOWED:
            try:
                # Without checks the parent's qualifier wins; with them whatever else is wrong is found.
                return _derived_from(_derived_from(cls, parent, check=False), parent)
            except WmiError as other:
                error = other
        raise error_for(
            _UPDATE_CONFLICTS.get(error.status, error.status),
            f"the change of {changed.name} does not fit its subclass {cls.name}: {error.detail}",
            hint="change the subclass first, or update in forced mode to drop its qualifier"
            if error.status == WBEM_E_OVERRIDE_NOT_ALLOWED
            else "change or delete the subclass first",
        ) from error


def _shape(cls: CimClass) -> object:
    """Everything of a definition that instances and subclasses depend on."""

    def acted_on(qualifiers: QualifierSet) -> tuple[tuple[str, object], ...]:
        found = [(name.casefold(), value) for name, value in qualifiers.items() if name.casefold() in _ACTED_ON]
        return tuple(sorted(found, key=lambda pair: pair[0]))

    def member(prop: CimProperty) -> object:
        return (prop.name.casefold(), prop.type, prop.is_array, prop.default, prop.cimtype, acted_on(prop.qualifiers))

    return (
        cls.derivation,
        acted_on(cls.qualifiers),
        tuple([member(prop) for prop in cls.properties.values()]),
        tuple([(name.casefold(), acted_on(method.qualifiers)) for name, method in cls.methods.items()]),
    )


async def _has_instances(place: LocalNamespace, cls: CimClass) -> bool:
    async for batch in place.repository.instances(place.namespace, cls.name):
        if batch:
            return True
    return False


async def _delete_instances(place: LocalNamespace, cls: CimClass) -> None:
    found = [item async for batch in place.repository.instances(place.namespace, cls.name) for item in batch]
    for item in found:
        keys = {name: item[name] for name in cls.keys}
        await place.repository.delete_instance(place.namespace, cls.name, keys)


async def delete_class(place: LocalNamespace, request: DeleteClass, scope: Scope) -> Outcome:
    """Delete a class, the classes below it, and all their static instances.

    Raises:
        NotFound: there is no such class.
        InvalidOperation: it, or one below it, is a system class or a shipped one.
    """
    name = request.class_name or ""
    require(scope.caller, Rights.FULL_WRITE, place.namespace)
    cls = await place.schema.find(place.namespace, name)
    if cls is None:
        raise NotFound(f"there is no class {name} in {place.namespace}", namespace=place.namespace)
    doomed = await place.schema.tree(place.namespace, cls)
    for each in doomed:
        if each.name.startswith("__"):
            raise InvalidOperation(f"{each.name} is a system class: it cannot be deleted", hint=_KEPT)
        if await place.repository.get_class(place.namespace, each.name) is None:
            raise InvalidOperation(
                f"{each.name} is shipped with the engine or comes from a provider: it cannot be deleted", hint=_KEPT
            )
    async with place.repository.transaction():
        for each in reversed(doomed):
            await place.repository.delete_class(place.namespace, each.name)
    return Outcome()
