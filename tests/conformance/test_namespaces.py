"""Conformance cases 76 and 102: namespaces that come and go, and monikers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

NO_ERROR = (com.WBEM_S_NO_ERROR,)


@pytest.fixture
def locator() -> Iterator[com.Locator]:
    """A locator over one fresh fixture F, however often it connects."""
    made = com.Locator(fixture_engine)
    keep = made.connect_server("root")
    yield made
    assert keep.services is not None
    made.close()


def test_a_namespace_is_an_instance_that_is_put_and_deleted(locator: com.Locator) -> None:
    """Case 76."""
    root = locator.connect_server("root").services
    assert root is not None
    cls = root.get_object("__Namespace").object
    assert cls is not None
    child = cls.spawn_instance().new_instance
    assert child is not None
    assert child.put("Name", 0, "sub") == NO_ERROR
    assert root.put_instance(child) == NO_ERROR
    hresult, sub = locator.connect_server("root\\sub")
    assert hresult == com.WBEM_S_NO_ERROR
    assert sub is not None
    assert sub.get_object("__Namespace").hresult == com.WBEM_S_NO_ERROR
    assert root.delete_instance('__Namespace.Name="sub"') == NO_ERROR
    assert locator.connect_server("root\\sub") == (com.WBEM_E_INVALID_NAMESPACE, None)
    assert sub.get_object("__Namespace") == (com.WBEM_E_INVALID_NAMESPACE, None)


def test_a_moniker_gives_an_object_or_the_default_namespace(locator: com.Locator) -> None:
    """Case 102."""
    hresult, part = com.get_object("winmgmts:root\\conf:CF_Part.Id='p1'", locator)
    assert hresult == com.WBEM_S_NO_ERROR
    assert isinstance(part, com.ClassObject)
    assert part.get("Num").value == 1
    hresult, services = com.get_object("winmgmts:", locator)
    assert hresult == com.WBEM_S_NO_ERROR
    assert isinstance(services, com.Services)
    assert "root\\cimv2" in repr(services)
