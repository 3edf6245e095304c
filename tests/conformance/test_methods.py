"""Conformance case 87: the signatures of a method; what it answers when it is run is in test_rights.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix import com

if TYPE_CHECKING:
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def test_both_signatures_of_a_method_are_found_in_any_case(services: Services) -> None:
    """Case 87."""
    job = services.get_object("CF_Job").object
    assert job is not None
    hresult, ins, outs = job.get_method("CREATE")
    assert hresult == com.WBEM_S_NO_ERROR
    assert ins is not None
    assert outs is not None
    assert ins.get("Cmd").type == com.CIM_STRING
    assert (outs.get("Id").type, outs.get("ReturnValue").type) == (com.CIM_UINT32, com.CIM_UINT32)
    assert job.get_method("nosuch") == (com.WBEM_E_NOT_FOUND, None, None)
