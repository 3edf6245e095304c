"""Connections to fixture F by way of com: in process, over the wire, and for sinks once more with callbacks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, SlowSource, fixture_engine
from conformance.ways import DIFFERENCES, WITH_SINKS, FarEngines, InProcess, OverTheWire
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.ways import Way
    from wmix.com import Services
    from wmix.port.caller import Caller

    Connect = Callable[..., Services]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot be the same over the wire, and what has nothing to do with sinks where these are called."""

    def is_left_out(item: pytest.Item) -> bool:
        name, _, way = item.name.partition("[")
        if way.startswith("callbacks") and item.path.stem not in WITH_SINKS:
            return True
        return way.startswith(("wire", "callbacks")) and name in DIFFERENCES

    left = [item for item in items if is_left_out(item)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True)
def _no_error_object() -> None:
    """Begin without an error object of an earlier test on this thread."""
    com.get_error_info()


@pytest.fixture(scope="session")
def far_engines() -> Iterator[FarEngines]:
    """The process in which engines live that are reached over the wire."""
    made = FarEngines()
    yield made
    made.close()


@pytest.fixture(params=["here", "wire", "callbacks"])
def way(request: pytest.FixtureRequest, far_engines: FarEngines) -> Iterator[Way]:
    """The way to the engine."""
    with_callbacks = request.param == "callbacks"
    made: Way = InProcess() if request.param == "here" else OverTheWire(far_engines, callbacks=with_callbacks)
    yield made
    made.close()


@pytest.fixture
def connect(way: Way) -> Connect:
    """Connects to a namespace of a fresh fixture F: ``connect(slow=..., namespace=..., caller=...)``."""

    def made(slow: SlowSource | None = None, namespace: str = NAMESPACE, caller: Caller | None = None) -> Services:
        locator = way.locator(fixture_engine if slow is None else partial(fixture_engine, slow), caller)
        result = locator.connect_server(namespace)
        assert result.hresult == com.WBEM_S_NO_ERROR
        assert result.services is not None
        return result.services

    return made


@pytest.fixture
def services(connect: Connect) -> Services:
    """root\\conf of fixture F."""
    return connect()
