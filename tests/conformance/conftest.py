"""Connections to fixture F by way of com."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, SlowSource, fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wmix.com import Services
    from wmix.port.caller import Caller

    Connect = Callable[..., Services]


@pytest.fixture(autouse=True)
def _no_error_object() -> None:
    """Begin without an error object of an earlier test on this thread."""
    com.get_error_info()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects to a namespace of a fresh fixture F: ``connect(slow=..., namespace=..., caller=...)``."""
    locators = []

    def made(slow: SlowSource | None = None, namespace: str = NAMESPACE, caller: Caller | None = None) -> Services:
        locator = com.Locator(lambda: fixture_engine(slow), caller=caller)
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
