"""GetObject: one class or one instance by path. [MS-WMI] 3.1.4.3.4, brief 1.4.10 to 1.4.20."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath
from wmix.cim.types import coerce
from wmix.errors import InvalidNamespace, InvalidPath, NotFound, OutOfRange, TypeMismatch, error_for
from wmix.local.execution import explain_failure
from wmix.port.backend import Outcome
from wmix.port.flags import WBEM_FLAG_DIRECT_READ, WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.port.provider import InstanceRequest
from wmix.status import WBEM_E_PROVIDER_NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.port.context import Context
    from wmix.port.requests import GetObject
    from wmix.providers.host import HostedProvider

__all__ = ["find_instance", "get_object", "key_values", "parse_path", "resolve_class"]


async def get_object(place: LocalNamespace, request: GetObject, scope: Scope) -> Outcome:
    """Answer GetObject.

    Raises:
        InvalidPath: the path is malformed, or its keys are not those of the class.
        NotFound: there is no such class or instance.
        InvalidNamespace: the path names another namespace.
    """
    if not request.path:
        return Outcome(object=CimClass("", namespace=place.namespace, server=place.server))
    path = parse_path(place, request.path)
    cls = await resolve_class(place, path)
    localised = bool(request.flags & WBEM_FLAG_USE_AMENDED_QUALIFIERS)
    if path.is_class:
        return Outcome(object=await _localised(place, cls, scope) if localised else cls)
    keys = key_values(cls, path)
    deep = not request.flags & WBEM_FLAG_DIRECT_READ
    found = await find_instance(place, cls, keys, scope, deep=deep, properties=_asked_properties(cls, request.context))
    if found is None:
        raise NotFound(
            f"there is no instance {request.path}",
            namespace=place.namespace,
            hint=f'`wmix query "SELECT * FROM {cls.name}"` lists what there is',
        )
    if found.class_name_.casefold() == "__namespace":
        from wmix.local.namespace_writes import show_security

        await show_security(place, found, scope)
    return Outcome(object=await _localised(place, found, scope) if localised else found)


async def _localised(place: LocalNamespace, found: CimClass | CimInstance, scope: Scope) -> CimClass | CimInstance:
    from wmix.local.amendments import amended, amended_instance  # few ask for it

    if isinstance(found, CimClass):
        return await amended(place, found, scope.caller)
    return await amended_instance(place, found, scope.caller)


def parse_path(place: LocalNamespace, text: str) -> ObjectPath:
    """Parse a path and see that it leads into this namespace.

    Raises:
        InvalidPath: it is malformed, or names no class.
        InvalidNamespace: it names another namespace or another machine.
    """
    path = ObjectPath.parse(text)
    if not path.class_name:
        raise InvalidPath(f"{text!r} names no class")
    if path.namespace is not None and path.namespace.casefold() != place.namespace.casefold():
        raise InvalidNamespace(
            f"{text!r} leads to {path.namespace}, this connection to {place.namespace}",
            namespace=place.namespace,
            hint="connect to that namespace",
        )
    if path.server is not None and not place.is_own_name(path.server):
        raise InvalidPath(f"{text!r} leads to the machine {path.server}; this is {place.server}")
    return path


async def resolve_class(place: LocalNamespace, path: ObjectPath) -> CimClass:
    """The class of *path*.

    Raises:
        NotFound: there is none (brief 1.4.13).
    """
    cls = await place.schema.find(place.namespace, path.class_name)
    if cls is None:
        from wmix.cim.names import nearest

        near = nearest(path.class_name, await place.schema.names(place.namespace))
        raise NotFound(
            f"there is no class {path.class_name} in {place.namespace}",
            namespace=place.namespace,
            hint=f"did you mean {near}?" if near else "`wmix classes` lists them",
        )
    return cls


def key_values(cls: CimClass, path: ObjectPath) -> dict[str, object]:
    """The key values of an instance path, in the class's spelling and types.

    Raises:
        InvalidPath: a key is missing, unknown, or of another type.
    """
    if path.singleton or cls.is_singleton:
        if not (path.singleton and cls.is_singleton):
            reason = "is no singleton" if path.singleton else "is a singleton: its path is Class=@"
            raise InvalidPath(f"{path}: {cls.name} {reason}")
        return {}
    given = path.keys or ()
    keys: dict[str, object] = {}
    for name, value in given:
        if name is None:
            if len(cls.keys) != 1:
                raise InvalidPath(f"{path}: {cls.name} has {len(cls.keys)} keys ({', '.join(cls.keys)}); name them")
            name = cls.keys[0]  # noqa: PLW2901 - the name that the path leaves out
        own = next((key for key in cls.keys if key.casefold() == name.casefold()), None)
        if own is None:
            raise InvalidPath(f"{path}: {name} is no key of {cls.name}", hint=f"keys are {', '.join(cls.keys)}")
        prop = cls.properties[own]
        try:
            keys[own] = coerce(value, prop.type, prop.is_array, what=f"{cls.name}.{own}")
        except (TypeMismatch, OutOfRange) as error:
            raise InvalidPath(f"{path}: {error.detail}") from error
    missing = [key for key in cls.keys if key not in keys]
    if missing:
        raise InvalidPath(f"{path}: the key {', '.join(missing)} of {cls.name} is missing")
    return keys


async def find_instance(
    place: LocalNamespace,
    cls: CimClass,
    keys: Mapping[str, object],
    scope: Scope,
    *,
    deep: bool = True,
    properties: frozenset[str] | None = None,
) -> CimInstance | None:
    """The instance of *cls*, or of a class below it, with these keys; None when there is none.

    Raises:
        WmiError: a provider failed; WBEM_E_PROVIDER_NOT_FOUND when the class is dynamic and has no provider.
    """
    classes = await place.schema.tree(place.namespace, cls) if deep else [cls]
    asked = False
    for candidate in classes:
        provider = place.registry.provider(place.namespace, candidate.name)
        if provider is not None:
            asked = True
            found = await _from_provider(place, candidate, provider, keys, scope, properties)
        elif candidate.is_abstract or candidate.is_dynamic:
            continue
        else:
            asked = True
            found = await _from_repository(place, candidate, keys)
        if found is not None:
            return found
    if not asked and cls.is_dynamic:
        raise error_for(WBEM_E_PROVIDER_NOT_FOUND, f"no provider is registered for {cls.name}")
    return None


async def _from_provider(
    place: LocalNamespace,
    cls: CimClass,
    provider: HostedProvider,
    keys: Mapping[str, object],
    scope: Scope,
    properties: frozenset[str] | None,
) -> CimInstance | None:
    request = InstanceRequest(
        cls,
        namespace=place.namespace,
        scope=scope,
        settings=place.settings,
        properties=properties,
        keys=(keys,),
    )
    try:
        row = await provider.get(request)
        if row is None:
            return None
        values = place.planner.builder(cls.layout)({**keys, **row})
    except Exception as error:
        raise explain_failure(error, provider, cls.name) from error
    return CimInstance(cls.layout, values, place.origin)


async def _from_repository(place: LocalNamespace, cls: CimClass, keys: Mapping[str, object]) -> CimInstance | None:
    stored = await place.repository.get_as(place.namespace, cls.layout, keys)
    if stored is None:
        return None
    found = CimInstance(cls.layout, stored.raw_values_(), place.origin)
    stored.share_qualifiers_(found)
    return found


def _asked_properties(cls: CimClass, context: Context | None) -> frozenset[str] | None:
    """The properties of a partial get (brief 1.4.71); None when the whole instance is wanted.

    Raises:
        UnknownProperty: the context names a property that the class does not have.
    """
    if context is None or not (context.get("__GET_EXTENSIONS") and context.get("__GET_EXT_CLIENT_REQUEST")):
        return None
    if context.get("__GET_EXT_KEYS_ONLY"):
        return frozenset(cls.keys)
    names = context.get("__GET_EXT_PROPERTIES")
    if not isinstance(names, list | tuple):
        return None
    return frozenset([cls.property_(str(name)).name for name in names]) | frozenset(cls.keys)
