"""ActiveScriptEventConsumer: never runs anything."""

from __future__ import annotations

import pytest

from unit.providers.event_objects import consumer, delivery, event
from wmix.config import Settings, Subscriptions
from wmix.errors import InvalidParameter, NotSupported
from wmix.providers.script_consumer import make_script_consumer

CLASS = "ActiveScriptEventConsumer"


@pytest.mark.parametrize("engine", ["VBScript", "JScript", "Python"])
@pytest.mark.parametrize("allowed", [(), (CLASS,)])
def test_every_language_is_not_supported(engine: str, allowed: tuple[str, ...]) -> None:
    settings = Settings(subscriptions=Subscriptions(allowed_consumers=allowed))
    held = consumer(CLASS, ScriptingEngine=engine, ScriptText="raise SystemExit")
    with pytest.raises(NotSupported, match=f"no scripting engine {engine}"):
        make_script_consumer()(delivery(held, event(), settings))


@pytest.mark.parametrize(
    "values",
    [
        {"ScriptText": "x"},
        {"ScriptingEngine": "VBScript"},
        {"ScriptingEngine": "VBScript", "ScriptText": "x", "ScriptFileName": "y"},
    ],
)
def test_wrong_ones_are_refused(values: dict[str, object]) -> None:
    check = make_script_consumer().check_function
    assert check is not None
    with pytest.raises(InvalidParameter):
        check(consumer(CLASS, **values), Settings())
    check(consumer(CLASS, ScriptingEngine="VBScript", ScriptFileName="/x.vbs"), Settings())
