"""What is refused when it is put: filters, bindings, consumers and timers that could never work. Brief 7.4.1 to 7.4.3.

Refused are texts that do not parse, and values that a consumer itself declares impossible.  What may yet come into
being, such as a class, a namespace or the other end of a binding, is not asked for here: the subscription is kept
inactive, and reported, until it is there.

``CreatorSID`` is never what the caller says: it becomes the identifier of the administrators when the caller is one,
else that of the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidParameter, InvalidPath, InvalidQuery, error_for
from wmix.local.permanent.registrations import find_consumer
from wmix.security.sid import ADMINISTRATORS, Sid
from wmix.status import WBEM_E_INVALID_QUERY_TYPE
from wmix.wql.ast import SelectQuery
from wmix.wql.parser import parse

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.local.namespace import LocalNamespace
    from wmix.port.caller import Caller

__all__ = ["is_by_administrator", "prepare"]

_ADMINISTRATORS: Final = tuple(ADMINISTRATORS.octets)


async def prepare(place: LocalNamespace, instance: CimInstance, caller: Caller) -> None:
    """Check *instance*, which is about to be stored, and write its creator into it.

    Raises:
        InvalidQuery: the query of a filter does not parse, or its language is not WQL.
        InvalidPath: an end of a binding names no instance.
        InvalidParameter: a value is missing or impossible.
    """
    cls = instance.class_
    if "CreatorSID" in instance:
        instance["CreatorSID"] = await _creator(place, caller)
    if cls.inherits_from("__EventFilter"):
        _check_filter(instance, place.settings.limits.max_predicate_terms)
    elif cls.inherits_from("__FilterToConsumerBinding"):
        _check_binding(instance)
    elif cls.inherits_from("__EventConsumer"):
        definition = await find_consumer(place, cls)
        if definition is not None and definition.check_function is not None:
            definition.check_function(instance, place.settings)
    elif cls.inherits_from("__TimerInstruction"):
        _check_timer(instance)


def is_by_administrator(instance: CimInstance) -> bool:
    """Whether an administrator has put *instance*."""
    return "CreatorSID" in instance and instance["CreatorSID"] == _ADMINISTRATORS


async def _creator(place: LocalNamespace, caller: Caller) -> tuple[int, ...]:
    if caller.is_administrator:
        return _ADMINISTRATORS
    if caller.sids:
        return tuple(Sid.parse(caller.sids[0]).octets)
    domain, _, name = caller.name.rpartition("\\")
    # Names may come from afar: not on the loop.
    found: Sid = await place.registry.host.run(place.principals.named, domain, name)
    return tuple(found.octets)


def _check_filter(instance: CimInstance, max_terms: int) -> None:
    language = instance["QueryLanguage"]
    if str(language or "").casefold() != "wql":
        raise error_for(
            WBEM_E_INVALID_QUERY_TYPE,
            f"QueryLanguage of the filter {instance['Name']} is {language!r}",
            hint="set it to WQL",
        )
    text = str(instance["Query"] or "")
    query = parse(text, max_terms=max_terms)
    if not isinstance(query, SelectQuery):
        raise InvalidQuery(
            f"the filter {instance['Name']} does not select events",
            text=text,
            span=(0, len(text)),
            expected="SELECT list FROM an event class",
        )


def _check_binding(instance: CimInstance) -> None:
    for end in ("Filter", "Consumer"):
        try:
            path = ObjectPath.parse(str(instance[end]))
        except InvalidPath as error:
            raise InvalidPath(f"{end} of the binding: {error.detail}") from error
        if not path.is_instance:
            raise InvalidPath(f"{end} of the binding is {instance[end]!r}: that names a class, not an instance")


def _check_timer(instance: CimInstance) -> None:
    name = "IntervalBetweenEvents" if "IntervalBetweenEvents" in instance else "EventDateTime"
    if not instance[name]:
        raise InvalidParameter(
            f"{name} of the timer {instance['TimerId']} is {instance[name]!r}", hint="say when the timer fires"
        )
