"""Consumers of events: what ``@wmix.consumer`` records, and the shipped ones. Brief 7.4.

A consumer is a function of one :class:`Delivery`: the event, and the instance of the consumer class that a
``__FilterToConsumerBinding`` names.  It returns when the event is dealt with, and raises when it is not; the
permanent subscriptions of an engine run it, one event at a time for each instance, and try again what may yet
succeed.  A coroutine runs on the event loop, any other function on a worker thread.

A decorator only records; the result is handed to ``wmix.connect(providers=...)``, as that of ``@wmix.provider``.
Depends on the port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.paths import normalize_namespace
from wmix.errors import InvalidParameter
from wmix.providers.declared_types import declared_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wmix.cim.instances import CimInstance
    from wmix.config import Settings

    ConsumerFunction = Callable[["Delivery"], Any]

__all__ = ["SHIPPED_CONSUMERS", "ConsumerDefinition", "Delivery", "consumer", "load_consumer"]

#: Where the standard consumers are.
SUBSCRIPTION: Final = "root\\subscription"

#: Class of root\subscription -> module with a function ``consumers(settings)``.
SHIPPED_CONSUMERS: Final[dict[str, str]] = {
    "ActiveScriptEventConsumer": "wmix.providers.script_consumer",
    "CommandLineEventConsumer": "wmix.providers.command_line_consumer",
    "LogFileEventConsumer": "wmix.providers.log_file_consumer",
    "NTEventLogEventConsumer": "wmix.providers.event_log_consumer",
    "SMTPEventConsumer": "wmix.providers.smtp_consumer",
}


class Delivery:
    """One event on its way to one consumer.

    Attributes:
        event: the event as the filter's query selected it.
        consumer: the instance of the consumer class, with its properties.
        attempt: 1 for the first try, and one more for each that follows a failure.
        settings: limits and time-outs of the engine.
    """

    __slots__ = ("attempt", "consumer", "event", "settings")

    def __init__(self, event: CimInstance, consumer: CimInstance, settings: Settings, attempt: int = 1) -> None:
        self.event = event
        self.consumer = consumer
        self.settings = settings
        self.attempt = attempt


class ConsumerDefinition:
    """A consumer as it was declared: its class, and the function that deals with an event.

    ``properties`` maps names to CIM type names and declares a new class below ``parent``; without it the class comes
    from the schema.
    """

    __slots__ = ("check_function", "class_name", "function", "keys", "name", "namespace", "parent", "properties")

    def __init__(
        self,
        class_name: str,
        function: ConsumerFunction,
        *,
        namespace: str,
        keys: Iterable[str],
        properties: Mapping[str, str] | None,
        parent: str,
        name: str | None,
    ) -> None:
        self.class_name = class_name
        self.function = function
        self.namespace = normalize_namespace(namespace)
        self.keys = tuple(keys)
        self.properties = declared_types(class_name, properties)
        self.parent = parent
        self.name = name or str(getattr(function, "__qualname__", class_name))
        self.check_function: Callable[[CimInstance, Settings], None] | None = None

    def __call__(self, delivery: Delivery) -> Any:
        """Call the decorated function itself, as tests do."""
        return self.function(delivery)

    def check(self, function: Callable[[CimInstance, Settings], None]) -> Callable[[CimInstance, Settings], None]:
        """Declare ``function(consumer, settings)``, which raises WmiError for an instance that can never work.

        Such an instance is refused when it is put.
        """
        self.check_function = function
        return function

    def __repr__(self) -> str:
        return f"<consumer {self.name} of {self.namespace}:{self.class_name}>"


def consumer(
    class_name: str,
    *,
    namespace: str = "root/subscription",
    keys: Iterable[str] = ("Name",),
    properties: Mapping[str, str] | None = None,
    parent: str = "__EventConsumer",
    name: str | None = None,
) -> Callable[[ConsumerFunction], ConsumerDefinition]:
    """Declare a function as the consumer of the events that are bound to instances of *class_name*.

    Args:
        keys: names of the key properties of a new class; one that is not among *properties* is a string.
        properties: the properties of a new class with their CIM types; a class of the schema has its own.
        parent: the superclass of a new class.

    Raises:
        InvalidParameter: the name is empty, a new class has no key, or a type is not the text of a CIM type.
    """
    if not class_name:
        raise InvalidParameter("a consumer needs the name of its class")
    keys = tuple(keys)
    if properties is not None and not keys:
        raise InvalidParameter(f"{class_name} needs a key: a binding names one of its instances")

    def decorate(function: ConsumerFunction) -> ConsumerDefinition:
        return ConsumerDefinition(
            class_name, function, namespace=namespace, keys=keys, properties=properties, parent=parent, name=name
        )

    return decorate


def load_consumer(class_name: str, settings: Settings) -> ConsumerDefinition | None:
    """The shipped consumer of *class_name*, in any case, or None; its module is imported now."""
    for known, module_name in SHIPPED_CONSUMERS.items():
        if known.casefold() == class_name.casefold():
            from importlib import import_module

            definitions: list[ConsumerDefinition] = import_module(module_name).consumers(settings)
            return next(definition for definition in definitions if definition.class_name == known)
    return None
