"""Replay of IWbemClassObject: reading values, names and method signatures, and naming a new class."""

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
        case "GetMethod":
            hresult, ins, outs = item.get_method(step["name"])
            sides = {"in": parameters(ins), "out": parameters(outs)}
            return {"hr": hresult, "in_set": ins is not None, "out_set": outs is not None, **sides}
        case "BeginMethodEnumeration":
            return {"hr": item.begin_method_enumeration(flags).hresult}
        case "NextMethod":
            return {"hr": item.next_method(flags).hresult}
        case "EndMethodEnumeration":
            return {"hr": item.end_method_enumeration().hresult}
        case other:
            pytest.fail(f"the recording has a step {other!r} that is not replayed")


def parameters(signature: ClassObject | None) -> dict[str, dict[str, Any]] | None:
    """The parameters of one direction by name: type and, where there is one, number."""
    if signature is None:
        return None
    found = {}
    for name in signature.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names or ():
        held = signature.get_property_qualifier_set(name).qualifier_set
        assert held is not None
        found[name] = {"type": signature.get(name).type, "id": held.get("ID").value}
    return found


def check_parameters(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    """See that the parameters are as recorded; more may be there (Windows has further ones)."""
    for side in ("in", "out"):
        if expected.get(side) is None:
            continue
        for wanted in expected[side]:
            found = answer[side][wanted["name"]]
            assert found["type"] == type_code(wanted["type"])
            assert "id" not in wanted or found["id"] == wanted["id"]


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
    cases("object."),
)
def test_an_object_answers_as_recorded(case: Case, connect: Connect) -> None:
    item = subject(connect(case.input["namespace"]), case.input)
    answers = [perform(item, step) for step in case.input["steps"]]
    for answer, step in zip(answers, case.expected.get("steps", ()), strict=False):
        check_parameters(answer, step)
        wanted = recorded({name: value for name, value in step.items() if value is None or name not in ("in", "out")})
        assert {name: answer.get(name) for name in wanted} == wanted
    if "names" in case.expected:
        assert {answer["name"] for answer in answers if answer.get("name")} == set(case.expected["names"])
    if "ends_with" in case.expected:
        ends = [answer["hr"] for answer in answers if answer["hr"] != com.WBEM_S_NO_ERROR]
        assert ends[0] == int(case.expected["ends_with"], 16)
