"""The queue of a subscription against a model: order, bound, and one sign for every gap."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from unit.local.systems import PAIR, STONE
from wmix.local.subscriptions.queue import EventQueue

LAYOUTS = (STONE.layout, PAIR.layout)
SIGN = ("gap",)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 1), st.integers(0, 6)),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("clear")),
    ),
    max_size=30,
)


@given(limit=st.integers(1, 6), steps=STEPS)
def test_a_queue_is_a_bounded_list_with_signs_where_something_is_missing(limit: int, steps: list[Any]) -> None:
    queue, model, dropped, number = EventQueue(limit), list[tuple[int, Any]](), 0, 0
    for step in steps:
        match step:
            case ("put", which, count):
                rows: list[tuple[object, ...]] = [(number + i,) for i in range(count)]
                number += count
                first = queue.put(LAYOUTS[which], rows)
                fits = max(0, min(count, limit - len(model)))
                at_gap = bool(model) and model[-1][1] == SIGN and not fits
                model += [(which, row) for row in rows[:fits]]
                dropped += count - fits
                assert first == (rows[fits] if fits < count and not at_gap else None)
                if first is not None:
                    queue.mark_gap(LAYOUTS[0], SIGN)
                    model.append((0, SIGN))
            case ("take", count):
                taken = queue.take(count)
                if not model:
                    assert taken is None
                    continue
                assert taken is not None
                layout, rows = taken
                assert 1 <= len(rows) <= count
                assert [(LAYOUTS.index(layout), row) for row in rows] == model[: len(rows)]
                del model[: len(rows)]
            case _:
                queue.clear()
                model.clear()
        assert (len(queue), bool(queue), queue.dropped) == (len(model), bool(model), dropped)
        assert len(model) <= limit + 1
