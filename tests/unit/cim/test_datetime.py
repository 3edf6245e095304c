"""CIM datetimes keep their text exactly, and convert exactly or not at all."""

from __future__ import annotations

import copy
import math
import os
import pickle
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.errors import InvalidDatetime, TypeMismatch
from wmix.status import WBEM_E_TYPE_MISMATCH

if TYPE_CHECKING:
    from collections.abc import Iterator


def digits(width: int, low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda n: f"{n:0{width}d}")


def known(wild: bool) -> st.SearchStrategy[str]:
    def field(width: int, low: int, high: int) -> st.SearchStrategy[str]:
        return digits(width, low, high) | st.just("*" * width) if wild else digits(width, low, high)

    day = (field(4, 0, 9999), field(2, 0, 12), field(2, 0, 31))
    clock = (field(2, 0, 23), field(2, 0, 59), field(2, 0, 59))
    parts = (*day, *clock, st.just("."), field(6, 0, 999999), st.sampled_from("+-"), field(3, 0, 999))
    return st.tuples(*parts).map("".join)


INTERVALS = st.tuples(
    digits(8, 0, 99_999_999),
    digits(2, 0, 23),
    digits(2, 0, 59),
    digits(2, 0, 59),
    st.just("."),
    digits(6, 0, 999_999),
    st.just(":000"),
).map("".join)
OFFSETS = st.integers(-999, 999)
AWARE = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001  # the bounds are naive by hypothesis' rule
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=OFFSETS.map(lambda m: timezone(timedelta(minutes=m))),
)


class TestText:
    @given(known(wild=True) | INTERVALS)
    @example("00000000000000.000000+000")
    @example("**************.******+***")
    def test_every_valid_text_survives_unchanged(self, text: str) -> None:
        moment = CimDateTime(text)
        assert moment.text == str(moment) == text
        assert CimDateTime.parse(text) == moment
        assert moment.is_interval == text.endswith(":000")
        assert moment.has_wildcards == ("*" in text)

    @given((known(wild=True) | INTERVALS), st.integers(0, 24), st.characters())
    def test_a_damaged_text_is_refused_or_still_valid_as_it_is(self, text: str, place: int, mark: str) -> None:
        damaged = text[:place] + mark + text[place + 1 :]
        try:
            moment = CimDateTime(damaged)
        except InvalidDatetime:
            return
        assert moment.text == damaged

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2024",
            "2024-01-02T03:04:05",
            "20240102030405.123456+06",
            "20240102030405.123456+0600",
            "20240102030405.123456+060\n",
            " 20240102030405.123456+060",
            "20240102030405.123456 060",
            "20240102030405,123456+060",
            "20241302030405.123456+060",
            "20240132030405.123456+060",
            "20240102240405.123456+060",
            "20240102036005.123456+060",
            "20240102030460.123456+060",
            "2***0102030405.123456+060",
            "202401*2030405.123456+060",
            "20240102030405.123***+060",
            "20240102030405.123456+0**",
            "20240102030405.123456****",
            "20240102030405.12345\uff16+060",
            "00000001020304.000000:001",
            "00000001240304.000000:000",
            "00000001026004.000000:000",
            "0000000102****.000000:000",
            "00000001020304.******:000",
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidDatetime) as caught:
            CimDateTime(text)
        assert caught.value.status == WBEM_E_TYPE_MISMATCH
        assert "yyyymmdd" in (caught.value.hint or "")

    @pytest.mark.parametrize("value", [None, 20240102, b"20240102030405.123456+060", datetime(2024, 1, 2, tzinfo=UTC)])
    def test_what_is_not_text_is_refused_as_a_type_mismatch(self, value: Any) -> None:
        with pytest.raises(TypeMismatch):
            CimDateTime(value)

    @pytest.mark.parametrize(
        ("text", "offset"),
        [
            ("20240102030405.000000+060", 60),
            ("20240102030405.000000-007", -7),
            ("20240102030405.000000-000", 0),
            ("20240102030405.000000+***", None),
            ("00000001020304.000000:000", None),
        ],
    )
    def test_the_offset_is_in_minutes(self, text: str, offset: int | None) -> None:
        assert CimDateTime(text).offset_minutes == offset


class TestValue:
    def test_equality_and_hash_go_by_the_text(self) -> None:
        moment = CimDateTime("20240102030405.000000+000")
        assert moment == CimDateTime("20240102030405.000000+000")
        assert hash(moment) == hash(CimDateTime("20240102030405.000000+000"))
        assert moment != CimDateTime("20240102030405.000000-000")
        assert moment != CimDateTime("20240102040405.000000+060")
        assert moment != "20240102030405.000000+000"

    def test_it_cannot_be_changed(self) -> None:
        moment = CimDateTime("20240102030405.000000+000")
        with pytest.raises(AttributeError, match="immutable"):
            moment.text = "x"
        with pytest.raises(AttributeError, match="immutable"):
            del moment.text
        with pytest.raises(AttributeError, match="immutable"):
            setattr(moment, "other", 1)  # noqa: B010  # a name that the type checker would refuse

    @pytest.mark.parametrize(
        "way", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), lambda m: eval(repr(m))]
    )
    def test_it_survives_copying_pickling_and_repr(self, way: Any) -> None:
        moment = CimDateTime("20240102030405.000000+000")
        assert way(moment) == moment

    def test_a_subclass_stays_itself(self) -> None:
        class Stamp(CimDateTime):
            __slots__ = ()

        assert type(Stamp.from_timestamp(0, 0)) is Stamp
        assert type(Stamp.from_timedelta(timedelta(1))) is Stamp
        assert type(copy.copy(Stamp.from_datetime(datetime.now(UTC)))) is Stamp


class TestDatetime:
    @given(AWARE)
    def test_an_aware_datetime_comes_back_equal_with_its_offset(self, moment: datetime) -> None:
        back = CimDateTime.from_datetime(moment).to_datetime()
        assert back == moment
        assert back.utcoffset() == moment.utcoffset()

    @given(st.datetimes())
    def test_a_naive_datetime_has_the_unknown_offset_and_comes_back_naive(self, moment: datetime) -> None:
        stamp = CimDateTime.from_datetime(moment)
        assert stamp.text.endswith("+***")
        assert stamp.to_datetime() == moment

    @given(known(wild=False))
    def test_a_timestamp_converts_exactly_or_is_refused(self, text: str) -> None:
        try:
            moment = CimDateTime(text).to_datetime()
        except InvalidDatetime:
            return
        assert CimDateTime.from_datetime(moment).text == text.replace("-000", "+000")

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("00000000000000.000000+000", "calendar"),
            ("20240230000000.000000+000", "calendar"),
            ("20240102030405.******+000", "unknown fields"),
            ("**************.******+000", "unknown fields"),
            ("00000001020304.000000:000", "is an interval"),
        ],
    )
    def test_what_has_no_exact_datetime_is_refused(self, text: str, why: str) -> None:
        with pytest.raises(InvalidDatetime, match=why):
            CimDateTime(text).to_datetime()

    @pytest.mark.parametrize(
        ("offset", "text"),
        [
            (timedelta(hours=1, minutes=19, seconds=32), "20240102030428.000000+080"),
            (timedelta(hours=23), "20240101040400.000000+000"),
        ],
    )
    def test_an_offset_that_cannot_be_written_is_replaced_and_the_instant_kept(
        self, offset: timedelta, text: str
    ) -> None:
        moment = datetime(2024, 1, 2, 3, 4, tzinfo=timezone(offset))
        stamp = CimDateTime.from_datetime(moment)
        assert stamp.text == text
        assert stamp.to_datetime() == moment

    def test_an_instant_that_leaves_the_calendar_is_refused(self) -> None:
        with pytest.raises(InvalidDatetime, match="cannot be written"):
            CimDateTime.from_datetime(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))))


class TestTimedelta:
    @given(st.timedeltas(timedelta(0), timedelta(days=99_999_999, hours=23)))
    def test_an_interval_comes_back_equal(self, span: timedelta) -> None:
        assert CimDateTime.from_timedelta(span).to_timedelta() == span

    @given(INTERVALS)
    def test_every_interval_converts_exactly(self, text: str) -> None:
        assert CimDateTime.from_timedelta(CimDateTime(text).to_timedelta()).text == text

    @pytest.mark.parametrize(
        "span", [timedelta(microseconds=-1), timedelta(days=100_000_000), timedelta.max, timedelta.min]
    )
    def test_a_span_that_cannot_be_written_is_refused(self, span: timedelta) -> None:
        with pytest.raises(InvalidDatetime, match="days"):
            CimDateTime.from_timedelta(span)

    def test_a_timestamp_is_no_span(self) -> None:
        with pytest.raises(InvalidDatetime, match="point in time"):
            CimDateTime("20240102030405.000000+000").to_timedelta()


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def enter(name: str) -> None:
        if name not in available_timezones():
            pytest.skip("this machine has no database of time zones")
        monkeypatch.setenv("TZ", name)
        time.tzset()

    before = os.environ.get("TZ")
    yield enter
    if before is None:
        monkeypatch.delenv("TZ", raising=False)
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


class TestTimestamp:
    @given(st.floats(-62_135_500_000, 253_402_200_000), st.integers(-900, 900))
    def test_it_is_what_python_makes_of_the_same_number(self, seconds: float, offset: int) -> None:
        moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset)))
        assert CimDateTime.from_timestamp(seconds, offset) == CimDateTime.from_datetime(moment)

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "19700101000000.000000+000"),
            (-0.25, "19691231235959.750000+000"),
            (1.9999996, "19700101000002.000000+000"),
            (899.9999999, "19700101001500.000000+000"),
            (1_700_000_000, "20231114221320.000000+000"),
        ],
    )
    def test_seconds_are_rounded_to_microseconds(self, seconds: float, text: str) -> None:
        assert CimDateTime.from_timestamp(seconds, 0).text == text

    @pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e12, -1e12, 1e300, 10**30])
    @pytest.mark.parametrize("offset", [None, 0])
    def test_what_is_outside_the_calendar_is_refused(self, seconds: float, offset: int | None) -> None:
        with pytest.raises(InvalidDatetime):
            CimDateTime.from_timestamp(seconds, offset)

    @pytest.mark.parametrize(
        ("offset", "text"), [(999, "19700101163900.000000+999"), (-999, "19691231072100.000000-999")]
    )
    def test_an_offset_of_three_digits_is_accepted(self, offset: int, text: str) -> None:
        assert CimDateTime.from_timestamp(0, offset).text == text

    @pytest.mark.parametrize("offset", [-1000, 1000, 10**9])
    def test_an_offset_of_four_digits_is_refused(self, offset: int) -> None:
        with pytest.raises(InvalidDatetime, match="at most 999"):
            CimDateTime.from_timestamp(0, offset)

    @pytest.mark.parametrize(
        "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
    )
    def test_the_local_offset_is_right_on_both_sides_of_every_change(self, name: str, in_zone: Any) -> None:
        in_zone(name)
        zone = ZoneInfo(name)
        start = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
        changes = [t for t in range(start, start + 366 * 86400, 900) if offset_at(t, zone) != offset_at(t - 900, zone)]
        for change in [*changes, start]:
            for seconds in (change - 900, change - 0.5, change, change + 899.5, change + 3600):
                expected = CimDateTime.from_datetime(datetime.fromtimestamp(seconds, zone))
                assert CimDateTime.from_timestamp(seconds) == expected

    def test_a_change_within_a_quarter_of_an_hour_is_exact(self, in_zone: Any) -> None:
        in_zone("America/St_Johns")  # until 2011 clocks were changed at one minute past midnight
        zone = ZoneInfo("America/St_Johns")
        for change in (datetime(2010, 3, 14, 3, 31, tzinfo=UTC), datetime(2010, 11, 7, 2, 31, tzinfo=UTC)):
            for seconds in (-60, -0.5, 0, 60, 839.5):
                moment = change + timedelta(seconds=seconds)
                stamp = CimDateTime.from_timestamp(moment.timestamp())
                assert stamp == CimDateTime.from_datetime(moment.astimezone(zone))

    def test_offsets_of_old_times_that_are_not_in_quarters_are_exact(self, in_zone: Any) -> None:
        in_zone("Africa/Monrovia")  # -00:44:30 until 1972-01-07
        for seconds in (0.0, 63_593_069.5, 63_593_070.0, 63_593_071.0, 63_594_000.0):
            stamp = CimDateTime.from_timestamp(seconds)
            assert stamp.to_datetime().timestamp() == seconds

    def test_a_change_of_the_zone_is_noticed(self, in_zone: Any) -> None:
        in_zone("Asia/Shanghai")
        assert CimDateTime.from_timestamp(0.0).text == "19700101080000.000000+480"
        in_zone("America/Chicago")  # the two have the same zone names, CST and CDT
        assert CimDateTime.from_timestamp(0.0).text == "19691231180000.000000-360"

    def test_the_offsets_kept_stay_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from wmix.cim import datetime as module

        monkeypatch.setattr(module, "_QUARTERS_KEPT", 8)
        for quarter in range(100):
            CimDateTime.from_timestamp(quarter * 900)
            assert len(module._LOCAL_QUARTERS) <= 8


def offset_at(seconds: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(seconds, zone).utcoffset()


class TestCompare:
    @given(AWARE, AWARE)
    def test_full_timestamps_compare_as_their_instants(self, first: datetime, second: datetime) -> None:
        result = CimDateTime.from_datetime(first).compare(CimDateTime.from_datetime(second))
        assert result == (first > second) - (first < second)

    @given(INTERVALS, INTERVALS)
    def test_intervals_compare_as_their_lengths(self, first: str, second: str) -> None:
        here, there = CimDateTime(first), CimDateTime(second)
        assert here.compare(there) == (here.to_timedelta() > there.to_timedelta()) - (
            here.to_timedelta() < there.to_timedelta()
        )

    @given(known(wild=True) | INTERVALS, known(wild=True) | INTERVALS)
    def test_comparing_the_other_way_round_gives_the_opposite(self, first: str, second: str) -> None:
        there, back = CimDateTime(first).compare(CimDateTime(second)), CimDateTime(second).compare(CimDateTime(first))
        assert back == (None if there is None else -there)

    @given(known(wild=False), known(wild=False))
    def test_times_of_one_offset_compare_field_by_field(self, first: str, second: str) -> None:
        assume(first[:21] != second[:21])
        assert CimDateTime(first[:21] + "+060").compare(CimDateTime(second[:21] + "+060")) == (
            1 if first[:21] > second[:21] else -1
        )

    @pytest.mark.parametrize(
        ("first", "second", "result"),
        [
            ("20240102030405.000000+000", "20240102040405.000000+060", 0),
            ("20240102030405.000000-000", "20240102030405.000000+000", 0),
            ("00010101000000.000000+060", "00010101000000.000000+000", -1),
            ("99991231235959.999999-060", "99991231235959.999999+000", 1),
            ("20240102030405.000000+***", "20240102030406.000000+***", -1),
            ("20240102030405.000000+***", "20240102030405.000000+000", None),
            ("2024**********.******+000", "2025**********.******+000", -1),
            ("2024**********.******+000", "20240102030405.000000+000", None),
            ("2024**********.******+000", "2024**********.******+000", 0),
            ("2024**********.******+000", "2025**********.******+060", None),
            ("00000000000000.000000+000", "20240102030405.000000+000", -1),
            ("00000000000000.000000+000", "20240102030405.000000+060", None),
            ("20240230000000.000000+000", "20240301000000.000000+060", None),
            ("00000001000000.000000:000", "00010101000000.000000+000", None),
            ("00000001000000.000000:000", "00000002000000.000000:000", -1),
        ],
    )
    def test_what_cannot_be_said_is_none(self, first: str, second: str, result: int | None) -> None:
        assert CimDateTime(first).compare(CimDateTime(second)) == result
