"""Credit: in objects and in octets, small at first, growing with what is read at once."""

from __future__ import annotations

from wmix.config import Limits
from wmix.engine.calls.credit import FIRST_OCTETS, Credit


def test_either_kind_ends_the_credit() -> None:
    credit = Credit(Limits(), None)
    assert credit.covers(99, FIRST_OCTETS - 1)
    assert not credit.covers(100, 0)
    assert not credit.covers(0, FIRST_OCTETS)


def test_what_is_left_is_never_a_trickle() -> None:
    credit = Credit(Limits(), None)
    assert credit.left(10, 1000) == (90, FIRST_OCTETS - 1000)
    assert credit.left(99, FIRST_OCTETS + 5) == (25, FIRST_OCTETS // 2)
    assert min(Credit(Limits(buffer_objects=1, buffer_octets=1), None).left(5, 5)) == 1


def test_each_kind_grows_with_what_is_read_at_once_and_no_further_than_its_limit() -> None:
    credit = Credit(Limits(buffer_octets=1 << 16), None)
    credit.used(1, 100)
    assert (credit.objects, credit.octets) == (100, FIRST_OCTETS)
    credit.used(50, 100)
    assert (credit.objects, credit.octets) == (200, FIRST_OCTETS)
    credit.used(1, FIRST_OCTETS // 2)
    assert (credit.objects, credit.octets) == (200, 2 * FIRST_OCTETS)
    for _ in range(10):
        credit.used(1000, 1 << 20)
    assert (credit.objects, credit.octets) == (1000, 1 << 16)


def test_the_limits_bound_the_first_credit_too() -> None:
    credit = Credit(Limits(buffer_objects=7, buffer_octets=500), None)
    assert (credit.objects, credit.octets) == (7, 500)


def test_a_fixed_credit_stays_what_it_is() -> None:
    credit = Credit(Limits(), 3)
    credit.used(100, 0)
    assert credit.objects == 3
