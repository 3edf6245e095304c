"""ActiveScriptEventConsumer: stored and shown, never run. Brief 7.4.6.

The languages of this consumer, VBScript and JScript, do not exist here, and no text of an instance is evaluated in
any other.  Every event that is bound to one fails with NOT_SUPPORTED, whatever the configuration allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter, NotSupported
from wmix.providers.consumers import SUBSCRIPTION, consumer

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition, Delivery

__all__ = ["consumers", "make_script_consumer"]


def consumers(_settings: Settings) -> list[ConsumerDefinition]:
    """The consumer of ActiveScriptEventConsumer."""
    return [make_script_consumer()]


def make_script_consumer() -> ConsumerDefinition:
    """The consumer that refuses every event."""

    @consumer("ActiveScriptEventConsumer", namespace=SUBSCRIPTION, name="ActiveScriptEventConsumer")
    def refuse(delivery: Delivery) -> None:
        """Say why nothing runs."""
        engine = delivery.consumer["ScriptingEngine"]
        raise NotSupported(
            f"there is no scripting engine {engine} here",
            hint="write the consumer in Python, with @wmix.consumer",
        )

    @refuse.check
    def check(held: CimInstance, settings: Settings) -> None:  # noqa: ARG001  storing needs no permission
        """Refuse an instance that names no engine, or not exactly one source of its text."""
        if not held["ScriptingEngine"]:
            raise InvalidParameter("ScriptingEngine of the consumer has no value", hint="name the scripting language")
        if (held["ScriptText"] is None) == (held["ScriptFileName"] is None):
            raise InvalidParameter(
                "a script comes from ScriptText or from ScriptFileName", hint="give exactly one of the two"
            )

    return refuse
