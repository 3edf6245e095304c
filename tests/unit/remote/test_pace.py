"""How portions and the window of calls grow."""

from __future__ import annotations

from wmix.remote.pace import COLLECT, PATIENT, Ask, Pace


def answer(pace: Pace, returned: int, *, octets: int = 0, waited: bool = True) -> Ask:
    ask = pace.ask()
    pace.answered(ask, returned, octets or 500 * max(returned, 1), reader_waited=waited)
    return ask


def test_the_first_object_is_asked_for_alone_and_patiently() -> None:
    assert Pace().ask() == Ask(1, PATIENT)


def test_portions_grow_as_long_as_the_host_fills_them() -> None:
    pace = Pace()
    assert [answer(pace, count).count for count in (1, 100, 1000, 1000)] == [1, 100, 1000, 1000]
    assert pace.ask() == Ask(1000, COLLECT)


def test_the_window_grows_while_the_reader_waits_and_no_further_than_four() -> None:
    pace = Pace()
    windows = []
    for count in (1, 100, 1000, 1000, 1000, 1000):
        answer(pace, count)
        windows.append(pace.window)
    assert windows == [1, 2, 3, 4, 4, 4]


def test_the_window_stays_when_the_answer_was_there_before_the_reader() -> None:
    pace = Pace()
    for count in (1, 100, 1000):
        answer(pace, count, waited=False)
    assert pace.window == 1


def test_the_window_grows_with_the_first_portion_that_is_more_than_one_object() -> None:
    pace = Pace(first=2)
    answer(pace, 2)
    assert pace.window == 2


def test_one_call_at_a_time_where_the_host_takes_no_more() -> None:
    pace = Pace(pipelined=False)
    for count in (1, 100, 1000):
        answer(pace, count)
    assert pace.window == 1


def test_a_slow_host_is_waited_for_with_one_call_for_one_object() -> None:
    pace = Pace()
    for count in (1, 100, 1000):
        answer(pace, count)
    answer(pace, 0)
    assert (pace.ask(), pace.window) == (Ask(1, PATIENT), 1)
    answer(pace, 1)
    assert pace.ask() == Ask(1000, COLLECT)


def test_large_objects_make_small_portions() -> None:
    pace = Pace()
    answer(pace, 1, octets=1 << 18)
    assert pace.ask().count == 4
    answer(pace, 4, octets=1 << 30)
    assert pace.ask().count == 1
