"""Records keep the promises of a frozen dataclass: order, defaults, equality, hash, immutability, pickling."""

from __future__ import annotations

import pickle

import pytest

from wmix.record import Record, field


class Point(Record):
    x: int
    y: int = 7
    span: tuple[int, int] = field(default=(0, 0), compare=False)


class Point3(Point):
    z: int = 1


def test_fields_are_set_by_position_by_name_and_by_default() -> None:
    point = Point(1)
    assert (point.x, point.y, point.span) == (1, 7, (0, 0))
    assert Point(x=1, y=2) == Point(1, 2)
    assert Point3(1, 2, (0, 0), 9).z == 9


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "needs a value for 'x'"),
        ((1, 2, (0, 0), 4), {}, "at most 3"),
        ((1,), {"x": 2}, "two values for 'x'"),
        ((1,), {"q": 2}, "no field 'q'"),
    ],
)
def test_a_wrong_construction_says_which_field(args: tuple[int, ...], kwargs: dict[str, int], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Point(*args, **kwargs)  # type: ignore[arg-type]


def test_a_field_that_does_not_compare_counts_neither_for_equality_nor_for_hash() -> None:
    assert Point(1, span=(3, 4)) == Point(1)
    assert hash(Point(1, span=(3, 4))) == hash(Point(1))
    assert Point(1) != Point(2)
    assert Point(1) != Point3(1)
    assert repr(Point(1)) == "Point(x=1, y=7)"


def test_records_cannot_be_changed_but_copied_with_changes() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="immutable"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        del point.x
    assert point.replace(x=2) == Point(2)
    assert point == Point(1)


def test_records_survive_pickling_and_match_by_position() -> None:
    assert pickle.loads(pickle.dumps(Point3(1, 2, (5, 6), 3))) == Point3(1, 2, (5, 6), 3)
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
