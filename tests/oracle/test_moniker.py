"""Replay of monikers: what kind of object a name binds to."""

from __future__ import annotations

import pytest

from oracle.cases import Case, cases
from wmix import com

KINDS = {"SWbemServices": com.Services, "SWbemObject": com.ClassObject}


@pytest.mark.parametrize("case", cases("moniker", kind="moniker"))
def test_a_moniker_binds_as_recorded(case: Case, locator: com.Locator) -> None:
    # That all characters were consumed shows in that the rest was no object path or syntax error.
    result = com.get_object(case.input["name"], locator)
    assert result.hresult == int(case.expected["hr"], 16)
    wanted = KINDS.get(case.expected.get("kind", ""))
    assert isinstance(result.object, wanted) if wanted is not None else result.object is None
