"""Conformance cases 88 to 91: methods and what a caller may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, fixture_engine
from wmix import com
from wmix.port.caller import Caller, Rights

if TYPE_CHECKING:
    from conformance.conftest import Connect
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def test_a_method_without_its_required_input_is_run_and_says_so(services: Services) -> None:
    """Case 88."""
    hresult, out = services.exec_method("CF_Job", "Create", 0, None, None)
    assert hresult == com.WBEM_S_NO_ERROR
    assert out is not None
    assert out.get("ReturnValue").value == 21
    identifier = out.get("Id")
    assert (identifier.value, identifier.type) == (None, com.CIM_UINT32)


def test_a_caller_who_may_only_enter_reads_and_does_no_more(connect: Connect) -> None:
    """Case 90."""
    services = connect(caller=Caller("reader", rights=Rights.ENABLE))
    hresult, part = services.get_object('CF_Part.Id="p1"')
    assert hresult == com.WBEM_S_NO_ERROR
    assert services.put_instance(part) == (com.WBEM_E_ACCESS_DENIED,)
    assert services.exec_method("CF_Job", "Create") == (com.WBEM_E_ACCESS_DENIED, None)


def test_a_remote_caller_needs_the_right_to_come_from_afar() -> None:
    """Case 91."""
    caller = Caller("remote", rights=Rights.ALL & ~Rights.REMOTE_ENABLE, is_remote=True)
    locator = com.Locator(fixture_engine, caller=caller)
    assert locator.connect_server(NAMESPACE) == (com.WBEM_E_ACCESS_DENIED, None)
    locator.close()
