"""Spellings of dates: one meaning each, or refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.wql.vectors import pairs
from wmix.cim.datetime import CimDateTime
from wmix.errors import InvalidDatetime
from wmix.wql.dates import parse_moment

ZONE = timezone(timedelta(hours=2))


@pytest.mark.parametrize(("text", "expected"), pairs("dates.txt"))
def test_vectors(text: str, expected: str) -> None:
    if expected.startswith("! "):
        with pytest.raises(InvalidDatetime, match=expected[2:]) as caught:
            parse_moment(text, ZONE)
        assert caught.value.hint
    else:
        assert parse_moment(text, ZONE) == CimDateTime(expected)


def test_without_a_zone_a_date_is_utc() -> None:
    assert parse_moment("2020").text == "20200101000000.000000+000"


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_cim_text_means_itself_and_other_spellings_mean_the_same(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    cim = CimDateTime.from_datetime(moment)
    assert parse_moment(cim.text) == cim
    clock = f"{moment:%H:%M:%S}:{moment.microsecond // 1000}"
    for day in ("{0.year}-{0.month}-{0.day}", "{0.day} {1} {0.year}", "{1} {0.day}, {0.year}"):
        assert parse_moment(f"{day.format(moment, moment.strftime('%B'))} {clock}") == cim


@given(st.text("0123456789 :/.-*+APMjanJulyx", max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(InvalidDatetime):
        assert isinstance(parse_moment(text), CimDateTime)


def test_a_long_text_is_not_looked_at() -> None:
    with pytest.raises(InvalidDatetime):
        parse_moment(" " * 10 + "1" * 1_000_000)
