"""What ``@wmix.consumer`` records, and which consumers are shipped."""

from __future__ import annotations

import pytest

from unit.providers.event_objects import consumer as held
from unit.providers.event_objects import delivery, event, load
from wmix.config import Settings, Subscriptions
from wmix.errors import AccessDenied, InvalidParameter
from wmix.providers.allowed_consumers import check_allowed, is_allowed
from wmix.providers.consumers import SHIPPED_CONSUMERS, Delivery, consumer, load_consumer


def test_a_function_becomes_a_definition_and_stays_callable() -> None:
    @consumer("Demo_Pager", properties={"Number": "string"})
    def page(what: Delivery) -> int:
        return what.attempt

    assert (page.class_name, page.namespace, page.keys) == ("Demo_Pager", "root\\subscription", ("Name",))
    assert page.properties == {"Number": "string"}
    assert page.parent == "__EventConsumer"
    assert repr(page).startswith("<consumer test_a_function")
    assert page(delivery(held("LogFileEventConsumer"), event(), attempt=2)) == 2


def test_definitions_without_a_name_or_a_key_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="name of its class"):
        consumer("")
    with pytest.raises(InvalidParameter, match="needs a key"):
        consumer("Demo_Pager", properties={}, keys=())


@pytest.mark.parametrize("name", SHIPPED_CONSUMERS)
def test_every_standard_consumer_is_shipped(name: str) -> None:
    found = load_consumer(name.upper(), Settings())
    assert found is not None
    assert found.class_name == load(name).name
    assert found.namespace == "root\\subscription"
    assert found.check_function is not None


def test_other_classes_have_no_shipped_consumer() -> None:
    assert load_consumer("__EventConsumer", Settings()) is None


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("commandlineeventconsumer", True),
        ('CommandLineEventConsumer.Name="C"', True),
        ('CommandLineEventConsumer="c"', True),
        ('root\\subscription:CommandLineEventConsumer.Name="c"', True),
        ('CommandLineEventConsumer.Name="d"', False),
        ("c", False),
        ("LogFileEventConsumer", False),
        ("", False),
        ('"', False),
    ],
)
def test_what_the_configuration_allows(text: str, allowed: bool) -> None:
    settings = Settings(subscriptions=Subscriptions(allowed_consumers=(text,)))
    assert is_allowed(held("CommandLineEventConsumer"), settings) is allowed


def test_only_what_an_administrator_has_put_may_run() -> None:
    settings = Settings(subscriptions=Subscriptions(allowed_consumers=("CommandLineEventConsumer",)))
    check_allowed(held("CommandLineEventConsumer"), settings)
    for creator in (None, (1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0)):
        with pytest.raises(AccessDenied, match="not put by an administrator"):
            check_allowed(held("CommandLineEventConsumer", CreatorSID=creator), settings)


def test_by_default_nothing_is_allowed() -> None:
    with pytest.raises(AccessDenied, match=r"does not allow CommandLineEventConsumer\.Name"):
        check_allowed(held("CommandLineEventConsumer"), Settings())
