"""Replay of GetObject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oracle.cases import Case, cases
from oracle.fixture import substituted
from oracle.variants import check_properties

if TYPE_CHECKING:
    from oracle.conftest import Connect

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


@pytest.mark.parametrize("case", [*cases("get", kind="get"), *cases("types", kind="get")])
def test_get_object_answers_as_recorded(case: Case, connect: Connect) -> None:
    services = connect(case.input.get("namespace", "ROOT\\CIMV2"))
    result = services.get_object(substituted(case.input["path"]), case.input["flags"])
    assert result.hresult == int(case.expected["hr"], 16)
    if "object" in case.expected:
        assert (result.object is not None) == (case.expected["object"] == "set")
    if "props" in case.expected:
        assert result.object is not None
        check_properties(result.object, case.expected["props"])
