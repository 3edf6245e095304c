"""One engine over the recorded world for all replays, reached by way of com."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oracle.fixture import oracle_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wmix.com import Services

    Connect = Callable[[str], Services]


@pytest.fixture(scope="session")
def locator() -> Iterator[com.Locator]:
    """A locator over the recorded world; its engine lives as long as the test run."""
    made = com.Locator(oracle_engine)
    keep = made.connect_server("ROOT")
    assert keep.hresult == com.WBEM_S_NO_ERROR
    yield made
    made.close()


@pytest.fixture
def connect(locator: com.Locator) -> Connect:
    """Connects to a namespace of the recorded world."""

    def made(namespace: str) -> Services:
        hresult, services = locator.connect_server(namespace)
        assert hresult == com.WBEM_S_NO_ERROR
        assert services is not None
        return services

    return made
