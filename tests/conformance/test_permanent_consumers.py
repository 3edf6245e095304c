"""Conformance cases 84 and 85: what permanent consumers do with events, in process and on a host."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, PATIENCE, fixture_engine
from wmix import com
from wmix.engine.subscriptions import start_subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.ways import Way
    from wmix.com import Services
    from wmix.engine.engine import Engine

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def subscribing_engine() -> Engine:
    """Fixture F with its permanent subscriptions in force."""
    engine = fixture_engine()
    engine.spawn(start_subscriptions(engine))
    return engine


@pytest.fixture
def opened(way: Way) -> Callable[[str], Services]:
    """Opens namespaces of one engine."""
    locator = way.locator(subscribing_engine)

    def connect(namespace: str) -> Services:
        services = locator.connect_server(namespace).services
        assert services is not None
        return services

    return connect


def put(services: Services, class_name: str, **values: object) -> None:
    """Put an instance."""
    cls = services.get_object(class_name).object
    assert cls is not None
    made = cls.spawn_instance().new_instance
    assert made is not None
    for name, value in values.items():
        assert made.put(name, 0, value)[0] == com.WBEM_S_NO_ERROR
    assert services.put_instance(made) == (com.WBEM_S_NO_ERROR,)


def bind(services: Services, name: str, path: Path, text: str) -> str:
    """A filter for new parts and a consumer that writes *text* for each; the path of their binding."""
    query = 'SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA "CF_Part"'
    put(services, "__EventFilter", Name=name, Query=query, QueryLanguage="WQL", EventNamespace=NAMESPACE)
    put(services, "LogFileEventConsumer", Name=name, Filename=str(path), Text=text)
    ends = {"Filter": f'__EventFilter.Name="{name}"', "Consumer": f'LogFileEventConsumer.Name="{name}"'}
    put(services, "__FilterToConsumerBinding", **ends)
    escaped = {end: reference.replace('"', '\\"') for end, reference in ends.items()}
    return f'__FilterToConsumerBinding.Consumer="{escaped["Consumer"]}",Filter="{escaped["Filter"]}"'


def lines(path: Path, count: int) -> list[str]:
    """The lines of a file, once it has *count*."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        threading.Event().wait(0.005)
    raise AssertionError(f"{path.name} never had {count} lines")


def test_a_permanent_consumer_acts_while_it_is_bound(opened: Callable[[str], Services], tmp_path: Path) -> None:
    """Case 84."""
    subscription, parts = opened("root\\subscription"), opened(NAMESPACE)
    watched, other = tmp_path / "watched", tmp_path / "other"
    binding = bind(subscription, "watched", watched, "%TargetInstance.Id%")
    bind(subscription, "other", other, "%TargetInstance.Id%")
    put(parts, "CF_Part", Id="x1")
    assert lines(watched, 1) == ["x1"]
    assert lines(other, 1) == ["x1"]
    assert subscription.delete_instance(binding) == (com.WBEM_S_NO_ERROR,)
    put(parts, "CF_Part", Id="x2")
    # The other consumer has had its chance by now, and so has this one.
    assert lines(other, 2) == ["x1", "x2"]
    assert lines(watched, 1) == ["x1"]


def test_templates_of_standard_consumers(opened: Callable[[str], Services], tmp_path: Path) -> None:
    """Case 85."""
    # Both are kept: the engine in process lives as long as somebody holds it.
    subscription, parts = opened("root\\subscription"), opened(NAMESPACE)
    bind(subscription, "t", tmp_path / "log", '%TargetInstance.Num% %% "%X%"')
    put(parts, "CF_Part", Id="x", Num=5)
    assert lines(tmp_path / "log", 1) == ['5 % "%X%"']
