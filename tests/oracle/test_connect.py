"""Replay of ConnectServer and OpenNamespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oracle.cases import Case, cases
from oracle.fixture import substituted

if TYPE_CHECKING:
    from oracle.conftest import Connect
    from wmix import com

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


@pytest.mark.parametrize("case", cases("connect", kind="connect"))
def test_connect_server_answers_as_recorded(case: Case, locator: com.Locator) -> None:
    flags = case.input.get("flags", 0)
    result = locator.connect_server(substituted(case.input["resource"]), security_flags=flags)
    assert result.hresult == int(case.expected["hr"], 16)


@pytest.mark.parametrize("case", cases("openns", kind="openns"))
def test_open_namespace_answers_as_recorded(case: Case, connect: Connect) -> None:
    result = connect(case.input["namespace"]).open_namespace(case.input["child"])
    assert result.hresult == int(case.expected["hr"], 16)
