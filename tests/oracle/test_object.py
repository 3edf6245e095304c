"""Replay of IWbemClassObject: reading values, names, and naming a new class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oracle.cases import Case, cases
from oracle.fixture import substituted
from oracle.variants import type_code, variant_type
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.conftest import Connect
    from wmix.com import ClassObject, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def subject(services: Services, given: dict[str, Any]) -> ClassObject:
    """The object of a case: the first of a query, or that of a path."""
    if "query" in given:
        enumerator = services.exec_query("WQL", given["query"]).enumerator
        assert enumerator is not None
        return (enumerator.next(-1, 1).objects or ())[0]
    found = services.get_object(substituted(given["path"])).object
    assert found is not None
    return found


def perform(item: ClassObject, step: dict[str, Any]) -> dict[str, Any]:
    flags = step.get("flags", 0)
    match step["op"]:
        case "Get":
            result = item.get(step["name"], flags)
            if result.hresult != com.WBEM_S_NO_ERROR:
                return {"hr": result.hresult}
            return {"hr": 0, "type": result.type, "vt": variant_type(result), "value": result.value}
        case "GetNames":
            if step.get("null_out"):
                # A null pointer for the result, which only a C caller can pass.
                return {"hr": com.WBEM_E_INVALID_PARAMETER}
            names = item.get_names(None, flags)
            return {"hr": names.hresult, "names": set(names.names or ())}
        case "BeginEnumeration":
            return {"hr": item.begin_enumeration(flags).hresult}
        case "Next":
            following = item.next(flags)
            return {"hr": following.hresult, "name": following.name}
        case "Put":
            return {"hr": item.put(step["name"], 0, step["value"]).hresult}
        case other:
            pytest.fail(f"the recording has a step {other!r} that is not replayed")


def recorded(step: dict[str, Any]) -> dict[str, Any]:
    """What a step of a recording expects, in the form of :func:`perform`."""
    forms: dict[str, Callable[[Any], Any]] = {
        "hr": lambda hr: int(hr, 16),
        "type": type_code,
        "names": set,
        "value": substituted,
    }
    return {name: forms[name](value) if name in forms else value for name, value in step.items()}


@pytest.mark.parametrize(
    "case",
    [case for group in ("system", "get", "names", "enum", "class") for case in cases(f"object.{group}")],
)
def test_an_object_answers_as_recorded(case: Case, connect: Connect) -> None:
    item = subject(connect(case.input["namespace"]), case.input)
    answers = [perform(item, step) for step in case.input["steps"]]
    for answer, step in zip(answers, case.expected.get("steps", ()), strict=False):
        wanted = recorded(step)
        assert {name: answer.get(name) for name in wanted} == wanted
    if "names" in case.expected:
        assert {answer["name"] for answer in answers if answer.get("name")} == set(case.expected["names"])
    if "ends_with" in case.expected:
        ends = [answer["hr"] for answer in answers if answer["hr"] != com.WBEM_S_NO_ERROR]
        assert ends[0] == int(case.expected["ends_with"], 16)
