"""Events about what was not delivered: ``__ConsumerFailureEvent`` and ``__EventQueueOverflowEvent``. Brief 7.4.5.

They happen in the namespace of the consumer.  One that cannot be delivered itself is counted and logged only, else
a failing consumer of failures would never end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.errors import ProviderError

if TYPE_CHECKING:
    from wmix.errors import WmiError
    from wmix.local.schema import Schema
    from wmix.providers.consumers import ConsumerDefinition

__all__ = ["DROPPED", "failure_event", "overflow_event"]

DROPPED: Final = "__EventDroppedEvent"


async def failure_event(
    schema: Schema, namespace: str, event: CimInstance, path: str, definition: ConsumerDefinition, error: WmiError
) -> CimInstance:
    """The consumer at *path* could not deal with *event*, for the reason *error*."""
    status = await _new(schema, namespace, "__ExtendedStatus")
    status["StatusCode"] = error.status
    status["Description"] = error.detail or error.symbol
    status["Operation"] = "deliver"
    status["ProviderName"] = (error.provider if isinstance(error, ProviderError) else None) or definition.name
    made = await _new(schema, namespace, "__ConsumerFailureEvent")
    made["Event"] = event
    made["IntendedConsumer"] = path
    made["ErrorCode"] = error.status
    made["ErrorDescription"] = error.detail or error.symbol
    made["ErrorObject"] = status
    return made


async def overflow_event(schema: Schema, namespace: str, event: CimInstance, path: str, size: int) -> CimInstance:
    """The queue of the consumer at *path*, with *size* events in it, had no room for *event*."""
    made = await _new(schema, namespace, "__EventQueueOverflowEvent")
    made["Event"] = event
    made["IntendedConsumer"] = path
    made["CurrentQueueSize"] = size
    return made


async def _new(schema: Schema, namespace: str, class_name: str) -> CimInstance:
    cls = await schema.resolve(namespace, class_name)
    return CimInstance(cls.layout, cls.layout.unset)
