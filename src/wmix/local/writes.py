"""Writes: PutInstance and DeleteInstance. [MS-WMI] 3.1.4.3.12, 3.1.4.3.14, brief 1.4.32 to 1.4.41.

The right that a write needs depends on where the instance lives: WRITE_PROVIDER for a provider's, FULL_WRITE for one
below a system class, PARTIAL_WRITE for any other in the repository (1.4.35).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.paths import relpath
from wmix.errors import InvalidPath, NotFound, ObjectExists, error_for
from wmix.local.amendments import check_instance, drop_localised, wants_amended
from wmix.local.execution import explain_failure
from wmix.local.namespace_writes import NAMESPACE_CLASS, delete_namespace, put_namespace
from wmix.local.objects import find_instance, key_values, parse_path, resolve_class
from wmix.local.partial_writes import partial_write
from wmix.local.rights import require
from wmix.port.backend import Outcome
from wmix.port.caller import Rights
from wmix.port.flags import WBEM_FLAG_CREATE_ONLY, WBEM_FLAG_UPDATE_ONLY
from wmix.port.provider import InstanceRequest
from wmix.status import (
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_OBJECT,
    WBEM_E_NO_KEY,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.port.requests import DeleteInstance, PutInstance
    from wmix.providers.host import HostedProvider

__all__ = ["delete_instance", "put_instance"]

#: The class above filters, consumers, bindings and timers.
_INDICATION: Final = "__IndicationRelated"


async def put_instance(place: LocalNamespace, request: PutInstance, scope: Scope) -> Outcome:
    """Create or update an instance; the outcome is its path.

    Raises:
        WmiError: INVALID_OBJECT for a class object, NO_KEY for a key without value, and the rest of
            brief 1.4.32.
    """
    instance = request.object
    if isinstance(instance, CimClass) or instance is None:
        raise error_for(WBEM_E_INVALID_OBJECT, "PutInstance takes an instance, not a class")
    cls = await place.schema.resolve(place.namespace, instance.class_name_)
    if cls.is_abstract:
        raise error_for(
            WBEM_E_INVALID_CLASS,
            f"{cls.name} is abstract: it has no instances",
            hint="put an instance of a class below it",
        )
    check_instance(cls, instance, request.flags)
    keys = _keys_of(cls, instance)
    provider = place.registry.provider(place.namespace, cls.name)
    check_write_right(scope, place, cls, provider)
    if cls.name.casefold() == NAMESPACE_CLASS:
        created = await put_namespace(place, str(keys["Name"]), instance, request.flags, scope)
        path = relpath(cls.name, [("Name", str(keys["Name"]))])
        return Outcome(path=path, change="created" if created else "updated")
    part = partial_write(cls, request)
    exists = await _existence(place, cls, keys, request, scope)
    if part is not None:
        there = await find_instance(place, cls, keys, scope, deep=False)
        if there is None:
            raise NotFound(f"there is no instance of {cls.name} with these keys", namespace=place.namespace)
        instance = part.merged(there, instance)
    if provider is not None:
        asked = InstanceRequest(
            cls,
            namespace=place.namespace,
            scope=scope,
            settings=place.settings,
            properties=None if part is None else part.names,
            keys=(keys,),
        )
        try:
            await provider.put(asked, instance.values_())
        except Exception as error:
            raise explain_failure(error, provider, cls.name) from error
        stored = CimInstance(cls.layout, place.planner.builder(cls.layout)(keys), place.origin)
    else:
        stored = CimInstance(cls.layout, _row(place, cls, instance), place.origin)
        if instance.layout_.names == cls.layout.names:
            instance.share_qualifiers_(stored)
            if wants_amended(request.flags):
                drop_localised(stored)
        concerns_events = _INDICATION in cls.derivation
        if concerns_events:
            from wmix.local.permanent.checks import prepare  # few write such objects

            await prepare(place, stored, scope.caller)
        await place.repository.put_instance(place.namespace, stored)
        if concerns_events:
            await place.subscriptions_settled()
    change: Literal["created", "updated"] | None = None
    if exists is not None:
        change = "updated" if exists else "created"
    return Outcome(path=str(stored["__RELPATH"]), change=change)


async def delete_instance(place: LocalNamespace, request: DeleteInstance, scope: Scope) -> Outcome:
    """Delete an instance.

    Raises:
        InvalidPath: the path is malformed or names a class.
        NotFound: there is no such class or instance.
        WmiError: PROVIDER_NOT_CAPABLE when its provider cannot delete.
    """
    path = parse_path(place, request.path or "")
    if path.is_class:
        raise InvalidPath(f"{request.path} names a class; DeleteInstance needs the keys of an instance")
    cls = await resolve_class(place, path)
    keys = key_values(cls, path)
    found = await find_instance(place, cls, keys, scope, properties=frozenset(cls.keys))
    if found is None:
        raise NotFound(f"there is no instance {request.path}", namespace=place.namespace)
    cls = found.class_
    provider = place.registry.provider(place.namespace, cls.name)
    check_write_right(scope, place, cls, provider)
    if cls.name.casefold() == NAMESPACE_CLASS:
        await delete_namespace(place, str(keys["Name"]))
    elif provider is not None:
        asked = InstanceRequest(cls, namespace=place.namespace, scope=scope, settings=place.settings, keys=(keys,))
        try:
            await provider.delete(asked)
        except Exception as error:
            raise explain_failure(error, provider, cls.name) from error
    elif not await place.repository.delete_instance(place.namespace, cls.name, keys):
        raise NotFound(f"there is no instance {request.path}", namespace=place.namespace)
    if _INDICATION in cls.derivation:
        await place.subscriptions_settled()
    return Outcome()


def check_write_right(scope: Scope, place: LocalNamespace, cls: CimClass, provider: HostedProvider | None) -> None:
    """See that the caller may write instances of *cls* (1.4.35).

    Raises:
        AccessDenied: a right is missing.
    """
    if cls.name.casefold() == NAMESPACE_CLASS:
        needed = Rights.FULL_WRITE
    elif provider is not None or cls.is_dynamic:
        needed = Rights.WRITE_PROVIDER
    elif any(name.startswith("__") for name in (cls.name, *cls.derivation)):
        needed = Rights.FULL_WRITE
    else:
        needed = 0 if scope.caller.rights & Rights.FULL_WRITE else Rights.PARTIAL_WRITE
    require(scope.caller, needed, place.namespace)


async def _existence(
    place: LocalNamespace, cls: CimClass, keys: Mapping[str, object], request: PutInstance, scope: Scope
) -> bool | None:
    """Whether the instance is there already; None when nobody asks.

    Raises:
        ObjectExists, NotFound: the flags forbid to go on.
    """
    flags = request.flags
    if not request.tells_change and not flags & (WBEM_FLAG_CREATE_ONLY | WBEM_FLAG_UPDATE_ONLY):
        return None
    exists = await find_instance(place, cls, keys, scope, deep=False, properties=frozenset(cls.keys)) is not None
    if exists and flags & WBEM_FLAG_CREATE_ONLY:
        raise ObjectExists(f"an instance of {cls.name} with these keys exists", namespace=place.namespace)
    if not exists and flags & WBEM_FLAG_UPDATE_ONLY:
        raise NotFound(f"there is no instance of {cls.name} with these keys", namespace=place.namespace)
    return exists


def _keys_of(cls: CimClass, instance: CimInstance) -> dict[str, object]:
    if cls.is_singleton:
        return {}
    if not cls.keys:
        raise error_for(WBEM_E_NO_KEY, f"{cls.name} has no key property: it cannot hold instances")
    keys: dict[str, object] = {}
    for name in cls.keys:
        value = instance.get_(name)
        if value is None:
            raise error_for(WBEM_E_NO_KEY, f"the key {name} of {cls.name} has no value", hint="give every key a value")
        keys[name] = value
    return keys


def _row(place: LocalNamespace, cls: CimClass, instance: CimInstance) -> tuple[object, ...]:
    """The values of *instance* in the layout of the stored class *cls*.

    What nobody has set stays so, and keeps showing the class default (3.4.18).
    """
    layout, own = cls.layout, instance.layout_
    values = instance.raw_values_()
    if own.names == layout.names and own.types == layout.types and not layout.has_objects:
        # An instance holds values in the exact form of its types already.
        return tuple(values)
    explicit = {name: value for name, value in zip(own.names, values, strict=True) if value is not UNSET}
    return place.planner.builder(layout)(explicit)
