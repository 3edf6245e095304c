"""Conformance cases 76, 77 and 102: namespaces that come and go, those of amendments, and monikers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.ways import Way

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

NO_ERROR = (com.WBEM_S_NO_ERROR,)


@pytest.fixture
def locator(way: Way) -> Iterator[com.Locator]:
    """A locator over one fresh fixture F, however often it connects."""
    made = way.locator(fixture_engine)
    keep = made.connect_server("root")
    yield made
    assert keep.services is not None


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


def test_amended_objects_need_the_flag_and_an_amendment_has_no_instances(locator: com.Locator) -> None:
    """Case 77."""
    conf = locator.connect_server("root\\conf").services
    assert conf is not None
    part = conf.get_object("CF_Part").object
    assert part is not None
    held = part.get_qualifier_set().qualifier_set
    assert held is not None
    assert held.put("Description", "a part", com.WBEM_FLAVOR_AMENDED) == NO_ERROR
    assert conf.put_class(part, com.WBEM_FLAG_USE_AMENDED_QUALIFIERS) == NO_ERROR
    amended = conf.get_object("CF_Part", com.WBEM_FLAG_USE_AMENDED_QUALIFIERS).object
    assert amended is not None
    spawned = amended.spawn_instance().new_instance
    assert spawned is not None
    assert spawned.put("Id", 0, "new") == NO_ERROR
    assert conf.put_instance(spawned) == (com.WBEM_E_AMENDED_OBJECT,)
    assert conf.put_instance(spawned, com.WBEM_FLAG_USE_AMENDED_QUALIFIERS) == NO_ERROR
    overlays = locator.connect_server("root\\conf\\ms_409").services
    assert overlays is not None
    overlay = overlays.get_object("CF_Part").object
    assert overlay is not None
    instance = overlay.spawn_instance().new_instance
    assert overlays.put_instance(instance) == (com.WBEM_E_INVALID_OPERATION,)


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
