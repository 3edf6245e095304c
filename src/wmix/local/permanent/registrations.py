r"""Which consumer serves a class: by a definition of Python, or a registered consumer provider. Brief 6.6.1, 7.4.6.

A class with ``@wmix.consumer`` needs nothing else.  The standard consumers are registered like those of Windows, by an
instance of ``__Win32Provider`` and one of ``__EventConsumerProviderRegistration`` that names the classes.  In
``root\subscription`` these instances are put when permanent subscriptions are first started; in another namespace a
class of the same shape can be put and registered with the same provider.  Whoever deletes a registration takes the
class out of force, until subscriptions are started anew.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidPath, WmiError
from wmix.providers.consumers import SHIPPED_CONSUMERS, SUBSCRIPTION

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.local.namespace import LocalNamespace
    from wmix.local.system import LocalSystem
    from wmix.providers.consumers import ConsumerDefinition

__all__ = ["REGISTRATION", "find_consumer", "put_standard_registrations", "registered_consumer"]

_log = logging.getLogger("wmix.local.permanent")

PROVIDER: Final = "__Win32Provider"
REGISTRATION: Final = "__EventConsumerProviderRegistration"


async def find_consumer(place: LocalNamespace, cls: CimClass) -> ConsumerDefinition | None:
    """The consumer that would serve *cls*, whether it is registered already or comes with the standard ones."""
    found = await registered_consumer(place, cls)
    if found is None and place.namespace.casefold() == SUBSCRIPTION:
        return place.registry.standard_consumer(cls.name)
    return found


async def registered_consumer(place: LocalNamespace, cls: CimClass) -> ConsumerDefinition | None:
    """The consumer that serves *cls* or the nearest class above it; None when none is registered."""
    registered: dict[str, str] | None = None
    for name in (cls.name, *cls.derivation):
        given = place.registry.consumer(place.namespace, name)
        if given is not None:
            return given
        if registered is None:
            registered = await _registered(place)
        provider = registered.get(name.casefold())
        if provider is not None:
            return place.registry.standard_consumer(provider)
    return None


async def _registered(place: LocalNamespace) -> dict[str, str]:
    """Class -> name of the provider that is registered for it."""
    found: dict[str, str] = {}
    async for instances in place.repository.instances(place.namespace, REGISTRATION):
        for instance in instances:
            name = _provider_name(instance)
            if name is None:
                continue
            if await place.repository.get_instance(place.namespace, PROVIDER, {"Name": name}) is None:
                _log.warning("%s: consumers are registered with %s, which is not there", place.namespace, name)
                continue
            found.update((str(served).casefold(), name) for served in instance["ConsumerClassNames"] or ())
    return found


def _provider_name(registration: CimInstance) -> str | None:
    try:
        path = ObjectPath.parse(str(registration["provider"]))
    except InvalidPath:
        return None
    return str(path.keys[0][1]) if path.keys else None


async def put_standard_registrations(system: LocalSystem) -> None:
    """Put the registrations of the standard consumers into root\\subscription, where they are not there yet."""
    repository, schema = system.repository, system.schema
    try:
        provider = await schema.find(SUBSCRIPTION, PROVIDER)
        registration = await schema.find(SUBSCRIPTION, REGISTRATION)
        if provider is None or registration is None:
            return
        async with repository.transaction():
            for name in SHIPPED_CONSUMERS:
                if await schema.find(SUBSCRIPTION, name) is None:
                    continue
                reference = f'{PROVIDER}.Name="{name}"'
                if await repository.get_instance(SUBSCRIPTION, PROVIDER, {"Name": name}) is None:
                    await repository.put_instance(SUBSCRIPTION, _instance(provider, Name=name))
                if await repository.get_instance(SUBSCRIPTION, REGISTRATION, {"provider": reference}) is None:
                    made = _instance(registration, provider=reference, ConsumerClassNames=(name,))
                    await repository.put_instance(SUBSCRIPTION, made)
    except WmiError as error:
        _log.warning("the standard consumers cannot be registered: %s", error)


def _instance(cls: CimClass, **values: object) -> CimInstance:
    made = CimInstance(cls.layout, cls.layout.unset)
    for name, value in values.items():
        made[name] = value
    return made
