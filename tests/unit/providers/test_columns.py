"""Groups of columns: nothing is read of which nothing is wanted."""

from __future__ import annotations

import pytest

from wmix.providers.columns import gather, group


@pytest.mark.parametrize(
    ("wanted", "read"), [(None, ["ab", "c"]), ({"B"}, ["ab"]), ({"C", "X"}, ["c"]), ({"X"}, []), (set(), [])]
)
def test_only_groups_of_which_something_is_wanted_are_read(wanted: set[str] | None, read: list[str]) -> None:
    calls: list[str] = []

    def first(argument: int) -> dict[str, object]:
        calls.append("ab")
        return {"A": argument, "B": 2}

    def second(argument: int) -> dict[str, object]:
        calls.append("c")
        return {"C": 3}

    groups = [group("A B", first), group("C", second)]
    row = gather(groups, None if wanted is None else frozenset(wanted), 7)
    assert calls == read
    assert row == {name: value for name, value in {"A": 7, "B": 2, "C": 3}.items() if name.lower() in "".join(read)}
