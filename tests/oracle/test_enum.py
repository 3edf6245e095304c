"""Replay of enumerators step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oracle.cases import Case, cases
from oracle.test_query import opened

if TYPE_CHECKING:
    from oracle.conftest import Connect
    from wmix.com import Enumerator

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


class Player:
    """Performs the steps of one case; objects are numbered in the order in which they are first seen."""

    def __init__(self, enumerator: Enumerator) -> None:
        self._enumerators = [enumerator]
        self._seen: list[object] = []

    def perform(self, step: dict[str, Any]) -> dict[str, Any]:
        """One step, and what it gave in the words of the recording."""
        enumerator = self._enumerators[step.get("e", 0)]
        timeout = step.get("timeout", -1)
        match step["op"]:
            case "next":
                result = enumerator.next(
                    timeout,
                    step["count"],
                    want_objects=not step.get("null_objects"),
                    want_returned=not step.get("null_returned"),
                )
                returned = "unchanged" if result.returned is None else result.returned
                found = [self._number(item.get("__RELPATH").value) for item in result.objects or ()]
                return {"hr": result.hresult, "returned": returned, "ids": found}
            case "skip":
                return {"hr": enumerator.skip(timeout, step["count"]).hresult}
            case "reset":
                return {"hr": enumerator.reset().hresult}
            case "clone":
                copy = enumerator.clone()
                if copy.enumerator is not None:
                    self._enumerators.append(copy.enumerator)
                return {"hr": copy.hresult}
            case "release":
                enumerator.release()
                return {"refs": 0}
            case other:
                pytest.fail(f"the recording has a step {other!r} that is not replayed")

    def _number(self, path: object) -> int:
        if path not in self._seen:
            self._seen.append(path)
        return self._seen.index(path)


@pytest.mark.parametrize("case", cases("enum."))
def test_an_enumerator_answers_as_recorded(case: Case, connect: Connect) -> None:
    hresult, enumerator = opened(connect(case.input["namespace"]), {"language": "WQL", **case.input})
    assert hresult == int(case.expected["open"], 16)
    assert enumerator is not None
    player = Player(enumerator)
    answers = [player.perform(step) for step in case.input["steps"]]
    for answer, expected in zip(answers, case.expected.get("steps", [{}] * len(answers)), strict=True):
        wanted = {name: int(value, 16) if name == "hr" else value for name, value in expected.items()}
        assert {name: answer.get(name) for name in wanted} == wanted
    for answer in answers if "each_next" in case.expected else ():
        assert any(
            answer["returned"] == one["n"] and answer["hr"] in [int(hr, 16) for hr in one["hr"]]
            for one in case.expected["each_next"]
        )
