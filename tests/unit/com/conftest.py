"""Connections to fixture F, and ways to objects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, SlowSource, fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wmix.com import ClassObject, Services
    from wmix.port.caller import Caller

    Connect = Callable[..., Services]
    Fetch = Callable[[str], ClassObject]


@pytest.fixture(autouse=True)
def _no_error_object() -> None:
    """Begin without an error object of an earlier test on this thread."""
    com.get_error_info()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects to a namespace of a fresh fixture F: ``connect(slow=..., namespace=..., caller=...)``."""
    locators = []

    def made(
        slow: SlowSource | None = None, namespace: str = NAMESPACE, caller: Caller | None = None, **options: object
    ) -> Services:
        locator = com.Locator(lambda: fixture_engine(slow, **options), caller=caller)  # type: ignore[arg-type]  # as given
        locators.append(locator)
        result = locator.connect_server(namespace)
        assert result.hresult == com.WBEM_S_NO_ERROR
        assert result.services is not None
        return result.services

    yield made
    for locator in locators:
        locator.close()


@pytest.fixture
def services(connect: Connect) -> Services:
    """root\\conf of fixture F."""
    return connect()


@pytest.fixture
def fetch(services: Services) -> Fetch:
    """Gets an object by its path, semisynchronously."""

    def got(path: str) -> ClassObject:
        call = services.get_object(path, com.WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True).call_result
        assert call is not None
        found = call.get_result_object(-1).object
        assert found is not None
        return found

    return got
