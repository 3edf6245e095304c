"""Provided classes: classes that exist because a provider serves them.

A definition may declare the properties of its class; otherwise they are learnt from the first object that it yields,
once, when the class is first touched: integers are sint64, floats real64, the rest what they are.  A provider that
yields nothing has only its keys, as strings, until it yields something.
"""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.declarations import split_type
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Flavor, Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import InvalidClass, ProviderError, WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.provider import InstanceRequest
from wmix.providers.streams import close_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wmix.local.registry import ProviderRegistry
    from wmix.local.schema import Schema
    from wmix.providers.consumers import ConsumerDefinition
    from wmix.providers.registration import EventDefinition, MethodDefinition, ProviderDefinition

__all__ = ["ProvidedClasses"]

#: Who asks a provider for its first object, to learn its class.
_LEARNER = Caller("wmix")


class ProvidedClasses:
    """Builds, and keeps, the classes of definitions that no other source describes."""

    def __init__(self, registry: ProviderRegistry, namespaces: Iterable[str] = ()) -> None:
        self._registry = registry
        self._namespaces = tuple(namespaces)
        self._known: dict[tuple[str, str], CimClass] = {}

    def namespaces(self) -> tuple[str, ...]:
        """Namespaces that exist because a provider names them."""
        return self._namespaces

    def names(self, namespace: str) -> list[str]:
        """The classes of the given definitions in *namespace*."""
        provided = [definition.class_name for definition in self._registry.definitions(namespace)]
        provided += [source.class_name for source in self._registry.event_sources(namespace)]
        return provided + [consumer.class_name for consumer in self._registry.consumers(namespace)]

    def is_final(self, namespace: str, name: str) -> bool:
        """Whether the class *name* will stay as it is: it is not one of a provider that has yielded nothing yet."""
        folded = name.casefold()
        if (namespace.casefold(), folded) in self._known:
            return True
        return all(definition.class_name.casefold() != folded for definition in self._registry.definitions(namespace))

    async def load(self, namespace: str, name: str, schema: Schema) -> CimClass | None:
        """The class *name*, built from its definition, or None.

        Raises:
            WmiError: the definition is wrong, or the provider failed while its first object was read.
        """
        key = (namespace.casefold(), name.casefold())
        if key in self._known:
            return self._known[key]
        for definition in self._registry.definitions(namespace):
            if definition.class_name.casefold() == key[1]:
                cls, final = await self._build(namespace, definition, schema)
                if final:
                    self._known[key] = cls
                return cls
        for source in self._registry.event_sources(namespace):
            if source.class_name.casefold() == key[1]:
                cls = self._known[key] = await self._build_event(namespace, source, schema)
                return cls
        consumer = self._registry.consumer(namespace, name)
        if consumer is None:
            return None
        cls = self._known[key] = await self._build_consumer(namespace, consumer, schema)
        return cls

    async def _build_event(self, namespace: str, source: EventDefinition, schema: Schema) -> CimClass:
        parent = await self._parent(namespace, source, source.parent, schema)
        properties = [_property(name, text, False) for name, text in (source.properties or {}).items()]
        return derive(parent, source.class_name, properties=properties, namespace=namespace)

    async def _build_consumer(self, namespace: str, consumer: ConsumerDefinition, schema: Schema) -> CimClass:
        parent = await self._parent(namespace, consumer, consumer.parent, schema)
        keys = {name.casefold() for name in consumer.keys}
        properties = _with_keys(consumer.properties or {}, consumer.keys)
        return derive(
            parent,
            consumer.class_name,
            properties=[_property(name, text, name.casefold() in keys) for name, text in properties.items()],
            namespace=namespace,
        )

    @staticmethod
    async def _parent(namespace: str, definition: object, name: str, schema: Schema) -> CimClass:
        parent = await schema.find(namespace, name)
        if parent is None:
            raise InvalidClass(f"{definition!r}: there is no class {name} in {namespace}")
        return parent

    async def _build(self, namespace: str, definition: ProviderDefinition, schema: Schema) -> tuple[CimClass, bool]:
        parent = None
        if definition.parent is not None:
            parent = await self._parent(namespace, definition, definition.parent, schema)
        types = definition.properties
        final = True
        if types is None:
            types = await self._learn(namespace, definition)
            final = bool(types)
        types = _with_keys(types, definition.keys)
        qualifiers = [_flag("dynamic"), Qualifier("provider", definition.name, CimType.STRING, False, Flavor(0))]
        if definition.singleton:
            qualifiers.append(_flag("singleton"))
        keys = {name.casefold() for name in definition.keys}
        cls = derive(
            parent,
            definition.class_name,
            properties=[_property(name, text, name.casefold() in keys) for name, text in types.items()],
            methods=[_method(method) for method in self._registry.methods(namespace, definition.class_name)],
            qualifiers=qualifiers,
            namespace=namespace,
        )
        return cls, final

    async def _learn(self, namespace: str, definition: ProviderDefinition) -> dict[str, str]:
        """Property types from the first object of the provider."""
        hosted = self._registry.provider(namespace, definition.class_name)
        if hosted is None:
            return {}
        draft = CimClass(definition.class_name, namespace=namespace)
        settings = self._registry.host.settings
        request = InstanceRequest(draft, namespace=namespace, scope=Scope(_LEARNER), settings=settings)
        stream = hosted.open(request)
        try:
            async with asyncio.timeout(settings.timeouts.wait):
                async for rows in stream:
                    if rows:
                        return {name: _type_of(definition, name, value) for name, value in rows[0].items()}
        except WmiError:
            raise
        except Exception as error:
            raise ProviderError(
                f"{definition!r} failed while its class was learnt from its first object: {error!r}",
                provider=definition.name,
                class_name=definition.class_name,
                hint="declare the class with properties={...}",
            ) from error
        finally:
            await close_stream(stream)
        return {}


def _with_keys(types: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """*types*, and the keys that are not among them as strings."""
    known = {name.casefold() for name in types}
    return {**types, **{name: "string" for name in keys if name.casefold() not in known}}


def _type_of(definition: ProviderDefinition, name: str, value: object) -> str:
    """The CIM type that a Python value suggests."""
    if isinstance(value, list | tuple):
        first = next((item for item in value if item is not None), "")
        return _type_of(definition, name, first) + "[]"
    match value:
        case None | str():
            return "string"
        case bool():
            return "boolean"
        case int():
            return "sint64" if -(2**63) <= value < 2**63 else "uint64"
        case float():
            return "real64"
        case CimDateTime() | datetime.datetime() | datetime.timedelta():
            return "datetime"
        case CimInstance() | CimClass():
            return "object"
    raise ProviderError(
        f"{definition!r}: {name} is a {type(value).__name__}, which no CIM type holds",
        provider=definition.name,
        class_name=definition.class_name,
        property_name=name,
    )


def _property(name: str, text: str, key: bool) -> CimProperty:
    cim_type, is_array, cimtype = split_type(text)
    qualifiers = [Qualifier("CIMTYPE", cimtype, CimType.STRING, False, Flavor.TO_INSTANCE | Flavor.TO_DERIVED_CLASS)]
    if key:
        qualifiers.append(_flag("key"))
    return CimProperty(name, cim_type, is_array, qualifiers=QualifierSet(qualifiers), is_key=key)


def _flag(name: str) -> Qualifier:
    propagates = Flavor.TO_INSTANCE | Flavor.TO_DERIVED_CLASS | Flavor.NOT_OVERRIDABLE
    return Qualifier(name, True, CimType.BOOLEAN, False, propagates if name == "key" else Flavor(0))


def _method(definition: MethodDefinition) -> CimMethod:
    def parameters(types: Mapping[str, str] | None, *, is_in: bool) -> list[CimParameter]:
        made = []
        for name, text in (types or {}).items():
            cim_type, is_array, cimtype = split_type(text)
            made.append(CimParameter(name, cim_type, is_array, is_in=is_in, is_out=not is_in, cimtype=cimtype))
        return made

    out = dict(definition.out or {"ReturnValue": "uint32"})
    returned = out.pop("ReturnValue", None)
    qualifiers = [_flag("implemented")] + ([_flag("static")] if definition.static else [])
    return CimMethod.declare(
        definition.method,
        [*parameters(definition.parameters, is_in=True), *parameters(out, is_in=False)],
        None if returned is None else split_type(returned)[0],
        qualifiers=qualifiers,
        origin=definition.class_name,
    )
