"""Replay of queries and enumerations read to their end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from oracle.cases import Case, cases
from oracle.fixture import substituted
from oracle.variants import check_properties
from wmix import com

if TYPE_CHECKING:
    from oracle.conftest import Connect
    from wmix.com import ClassObject, Enumerator, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def opened(services: Services, given: dict[str, Any]) -> tuple[int, Enumerator | None]:
    """Open what a case asks for."""
    if "instances_of" in given:
        return services.create_instance_enum(given["instances_of"], given["flags"])
    return services.exec_query(given["language"], given["query"], given["flags"])


class Reading:
    """What the calls of one case gave."""

    def __init__(self, services: Services, given: dict[str, Any]) -> None:
        self.open, enumerator = opened(services, given)
        self.next: list[tuple[int, int]] = []
        self.objects: list[ClassObject] = []
        self.error: int | None = self.open if self.open >= 0x80000000 else None
        while enumerator is not None and not self._is_over(given):
            result = enumerator.next(given["timeout"], given["batch"])
            self.next.append((result.hresult, result.returned or 0))
            self.objects += result.objects or ()
            if result.hresult >= 0x80000000:
                self.error = result.hresult

    def _is_over(self, given: dict[str, Any]) -> bool:
        if len(self.objects) >= given.get("max_rows", 1_000_000):
            return True
        return bool(self.next) and self.next[-1][0] != com.WBEM_S_NO_ERROR

    def values(self, key: str) -> Counter[object]:
        """The values of a property of all objects, as a multiset."""
        return Counter(item.get(key).value for item in self.objects)


@pytest.mark.parametrize(
    "case",
    [*cases("query."), *cases("wql."), *cases("types", kind="query")],
)
def test_a_query_answers_as_recorded(case: Case, connect: Connect) -> None:
    given, expected = case.input, case.expected
    reading = Reading(connect(given.get("namespace", "ROOT\\CIMV2")), given)
    assert reading.open == int(expected["open"], 16)
    for recorded, (hresult, returned) in zip(expected.get("next", ()), reading.next, strict=False):
        assert (hresult, returned) == (int(recorded["hr"], 16), recorded["n"])
    assert len(reading.next) >= len(expected.get("next", ()))
    if "error" in expected:
        assert reading.error == int(expected["error"], 16)
    if "rows" in expected:
        assert reading.error is None
        assert reading.values(given["key"]) == Counter(map(substituted, expected["rows"]))
    if "row_count" in expected:
        assert len(reading.objects) == expected["row_count"]
    for item in reading.objects:
        if expected.get("key_absent"):
            assert item.get(given["key"]).hresult == com.WBEM_E_NOT_FOUND
        for name in expected.get("absent", ()):
            assert item.get(name).hresult == com.WBEM_E_NOT_FOUND
        check_properties(item, expected.get("props", {}))
