"""What the repository says of permanent subscriptions: bindings with both their ends, or why they are inactive. 7.4.1.

A binding names its filter and its consumer by paths, in its own namespace or another one of this machine.  The filter's
query runs in ``EventNamespace``, which is the filter's own namespace by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath, normalize_namespace
from wmix.errors import InvalidOperation, InvalidParameter, NotFound, WmiError
from wmix.local.objects import key_values
from wmix.local.permanent.checks import is_by_administrator
from wmix.local.permanent.registrations import registered_consumer
from wmix.port.caller import Caller, Rights
from wmix.record import Record, field
from wmix.security.sid import Sid

if TYPE_CHECKING:
    from wmix.local.namespace import LocalNamespace
    from wmix.local.system import LocalSystem
    from wmix.providers.consumers import ConsumerDefinition

__all__ = ["BINDING", "Binding", "Consumer", "Filter", "Inactive", "read_bindings"]

BINDING: Final = "__FilterToConsumerBinding"


class Filter(Record):
    """A filter: its path, and what it asks for where."""

    path: str
    namespace: str
    query: str
    #: For whom the query runs: who has put the filter.
    caller: Caller


class Consumer(Record):
    """A consumer: its path, its instance and the function that serves its class."""

    path: str
    namespace: str
    instance: CimInstance
    definition: ConsumerDefinition = field(default=None, compare=False)


class Binding(Record):
    """A filter bound to a consumer."""

    path: str
    namespace: str
    filter: Filter
    consumer: Consumer


class Inactive(Record):
    """A binding that is not in force, and why."""

    path: str
    namespace: str
    reason: str


async def read_bindings(system: LocalSystem) -> list[Binding | Inactive]:
    """Every binding of every namespace."""
    found: list[Binding | Inactive] = []
    for namespace in await system.schema.namespaces():
        place = system.open(namespace)
        async for instances in system.repository.instances(namespace, BINDING):
            found += [await _read(system, place, instance) for instance in instances]
    return found


async def _read(system: LocalSystem, place: LocalNamespace, instance: CimInstance) -> Binding | Inactive:
    path = str(CimInstance(instance.layout_, instance.raw_values_(), place.origin)["__PATH"])
    try:
        return Binding(
            path,
            place.namespace,
            await _filter(system, place, str(instance["Filter"])),
            await _consumer(system, place, str(instance["Consumer"])),
        )
    except WmiError as error:
        return Inactive(path, place.namespace, error.detail)
    except Exception as error:  # noqa: BLE001 - a wrong check of one consumer must not end all others
        return Inactive(path, place.namespace, f"{type(error).__name__}: {error}")


async def _filter(system: LocalSystem, place: LocalNamespace, text: str) -> Filter:
    where, found = await _find(system, place, text, "__EventFilter")
    namespace = str(found["EventNamespace"] or where.namespace)
    caller = await _creator(system, found)
    place = system.open(normalize_namespace(namespace))
    return Filter(str(found["__PATH"]), place.namespace, str(found["Query"] or ""), caller)


async def _creator(system: LocalSystem, instance: CimInstance) -> Caller:
    """Who has put *instance*: an administrator, or a user who may read what the namespace grants him."""
    if is_by_administrator(instance):
        return Caller("permanent subscriptions", rights=Rights.ALL)
    try:
        sid = Sid.read(bytes(instance["CreatorSID"] or ()))
    except InvalidParameter as error:
        raise InvalidOperation(f"nobody knows who has put the filter {instance['Name']}") from error
    domain, name = await system.host.run(system.principals.name, sid)
    if name is None:
        return Caller(str(sid), rights=Rights.READ, sids=(str(sid),))
    # By the name the groups are found too, which a namespace may turn away.
    return Caller(f"{domain}\\{name}" if domain else name, rights=Rights.READ)


async def _consumer(system: LocalSystem, place: LocalNamespace, text: str) -> Consumer:
    where, found = await _find(system, place, text, "__EventConsumer")
    machine = str(found.get_("MachineName") or "").strip("\\")
    if machine and not place.is_own_name(machine):
        raise NotFound(f"{found['__RELPATH']} is to run on {machine}; this is {place.server}")
    definition = await registered_consumer(where, found.class_)
    if definition is None:
        raise NotFound(f"no consumer provider is registered for {found.class_name_} in {where.namespace}")
    if definition.check_function is not None:
        # The rules may be stricter than when it was put.
        definition.check_function(found, system.settings)
    return Consumer(str(found["__PATH"]), where.namespace, found, definition)


async def _find(
    system: LocalSystem, place: LocalNamespace, text: str, class_name: str
) -> tuple[LocalNamespace, CimInstance]:
    """The instance that a reference names, and its namespace."""
    path = ObjectPath.parse(text)
    if path.server is not None and not place.is_own_name(path.server):
        raise NotFound(f"{text} is on another machine")
    where = place if path.namespace is None else system.open(normalize_namespace(path.namespace))
    cls = await system.schema.resolve(where.namespace, path.class_name)
    if not cls.inherits_from(class_name):
        raise NotFound(f"{cls.name} is not derived from {class_name}")
    found = await system.repository.get_instance(where.namespace, cls.name, key_values(cls, path))
    if found is None:
        raise NotFound(f"there is no instance {text} in {where.namespace}")
    return where, CimInstance(found.layout_, found.raw_values_(), where.origin)
