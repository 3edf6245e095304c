"""The estimate of what rows take: near what they really take, whatever they hold, and cheap for long lists."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from wmix.cim.classes import CimClass, CimProperty
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.port.batch import ObjectBatch, RowBatch
from wmix.port.demand import estimate, octets_of

BOX = CimClass("Demo_Box", properties=[CimProperty("Text", CimType.STRING)])
COUNT = 50


def text(number: int) -> str:
    return f"{number:1000}"


@pytest.mark.parametrize(
    "make",
    [
        lambda i: {f"Property{k}": text(i) for k in range(20)},
        lambda i: tuple([text(i) for _ in range(20)]),
        lambda i: {"Texts": [text(i) for _ in range(20)]},
        lambda i: {"Texts": tuple([text(i) for _ in range(20)]), "Number": 10**6 + i},
        lambda i: {"Inner": CimInstance(BOX.layout, (text(i),))},
        lambda i: (tuple([CimInstance(BOX.layout, (text(i),)) for _ in range(20)]),),
        text,
    ],
    ids=["mapping", "row", "array", "tuple", "embedded", "objects", "bare"],
)
def test_the_estimate_is_near_the_truth(make: Any) -> None:
    tracemalloc.start()
    rows = [make(i) for i in range(COUNT)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken * 0.7 < sum(map(octets_of, rows)) < taken * 1.5


def test_what_holds_itself_is_not_followed_for_ever() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert octets_of(endless) > 0


def test_of_a_long_list_three_are_looked_at() -> None:
    seen: list[object] = []

    def size_of(item: object) -> int:
        seen.append(item)
        return 10

    assert estimate(list(range(1000)), size_of) == 10_000
    assert seen == [0, 500, 999]
    assert estimate([1, 2], size_of) == 20
    assert estimate([], size_of) == 0


def test_batches_tell_what_their_rows_take() -> None:
    rows = [(text(i),) for i in range(10)]
    assert RowBatch(BOX.layout, rows, None).octets() == estimate(rows) > 10_000
    assert ObjectBatch([CimInstance(BOX.layout, row) for row in rows]).octets() > 10_000
    assert ObjectBatch([BOX] * 10).octets() < 2000, "classes are the schema's"
