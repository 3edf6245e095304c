"""Replay of IWbemContext."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.cases import Case, cases
from wmix import com


def variant(value: object) -> dict[str, Any]:
    """A value in the words of the recording."""
    kind = "VT_NULL" if value is None else {int: "VT_I4", str: "VT_BSTR", bool: "VT_BOOL"}[type(value)]
    return {"vt": kind, "value": value}


def perform(context: com.Context, step: dict[str, Any]) -> dict[str, Any]:
    match step["op"]:
        case "SetValue":
            given = step["value"]
            if given["vt"] == "NULLPTR":
                return {"hr": context.set_value(step["name"], 0).hresult}
            return {"hr": context.set_value(step["name"], 0, given.get("value")).hresult}
        case "GetValue":
            hresult, value = context.get_value(step["name"], 0)
            return {"hr": hresult, **variant(value)}
        case "BeginEnumeration":
            return {"hr": context.begin_enumeration(0).hresult}
        case "Next":
            hresult, name, value = context.next(0)
            return {"hr": hresult, "name": name, **variant(value)}
        case "EndEnumeration":
            return {"hr": context.end_enumeration().hresult}
        case other:
            pytest.fail(f"the recording has a step {other!r} that is not replayed")


@pytest.mark.parametrize("case", cases("context", kind="context"))
def test_a_context_answers_as_recorded(case: Case) -> None:
    context = com.Context()
    for step, expected in zip(case.input["steps"], case.expected["steps"], strict=True):
        wanted = {name: int(value, 16) if name == "hr" else value for name, value in expected.items()}
        answer = perform(context, step)
        assert {name: answer.get(name) for name in wanted} == wanted
