"""CIM datetime: a point in time or an interval as 25 characters, kept exactly as they came.

DSP0004 5.2.4 and the WMI documentation ("Date and Time Format", "Interval Format")::

    yyyymmddHHMMSS.mmmmmmsUUU     timestamp; s is + or -, UUU the minutes between local time and UTC
    ddddddddHHMMSS.mmmmmm:000     interval

A field of a timestamp that is not known is all asterisks, and so are the three digits of an unknown offset.  Month
and day may be 00, which hosts send for "no date".  Text is the value: it survives unchanged whatever calendar it
means, and whoever wants Python's own types asks for them and gets ``InvalidDatetime`` when there is no exact answer.

Depends on ``errors``.  The one look at the machine is the local offset that ``from_timestamp`` needs.
"""

from __future__ import annotations

import datetime
import re
import time
from functools import cache, lru_cache
from math import floor
from typing import Final, NoReturn, Self

from wmix.errors import InvalidDatetime

__all__ = ["CimDateTime"]

_PATTERN: Final = (
    r"(?:[0-9][0-9][0-9][0-9]|\*\*\*\*)(?:0[0-9]|1[0-2]|\*\*)(?:[0-2][0-9]|3[01]|\*\*)"
    r"(?:[01][0-9]|2[0-3]|\*\*)(?:[0-5][0-9]|\*\*)(?:[0-5][0-9]|\*\*)"
    r"\.(?:[0-9][0-9][0-9][0-9][0-9][0-9]|\*\*\*\*\*\*)[+-](?:[0-9][0-9][0-9]|\*\*\*)"
    r"|[0-9]{8}(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]\.[0-9]{6}:000"
)
"""Written out instead of with repeat counts, which match in twice the time."""

_FIELDS: Final = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14), (15, 21))
"""Where year, month, day, hour, minute, second and microsecond stand."""

_OFFSET: Final = slice(21, 25)
_SHOWN: Final = 60
"""Characters of a wrong text that a message shows."""

_EPOCH_ORDINAL: Final = 719_163
"""``date(1970, 1, 1).toordinal()``, without using the module before a date is."""

_MAX_DAYS: Final = 99_999_999
_MAX_OFFSET: Final = 999
_QUARTER: Final = 900
"""Seconds.  Zones change their offset at multiples of a quarter of an hour, so one lookup serves a whole quarter."""

_QUARTERS_KEPT: Final = 4096


class CimDateTime:
    """An immutable CIM timestamp or interval; equality and hash go by the exact text.

    Args:
        text: 25 characters as in the module's description.

    Raises:
        InvalidDatetime: anything else.
    """

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        try:
            valid = _pattern().fullmatch(text)
        except TypeError:
            valid = None
        if valid is None:
            shown = repr(text)
            raise InvalidDatetime(
                f"{shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + '…'} is not a CIM datetime",
                hint="Write yyyymmddHHMMSS.mmmmmm+UUU for a time, ddddddddHHMMSS.mmmmmm:000 for an interval.",
            )
        _set_text(self, text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The same as calling the class; for use where a function is wanted."""
        return cls(text)

    @classmethod
    def from_datetime(cls, moment: datetime.datetime) -> Self:
        """The timestamp of *moment*, to the microsecond.

        A naive *moment* gets the unknown offset ``+***``: that is what it says, and ``to_datetime`` gives it back.
        An offset that is not in whole minutes, or larger than 999 of them, is replaced by the nearest one that can
        be written; the instant stays the same.

        Raises:
            InvalidDatetime: the instant lies outside the years 1 to 9999 in the offset that can be written.
        """
        offset = moment.utcoffset()
        if offset is None:
            suffix = "+***"
        else:
            minutes = round(offset / datetime.timedelta(minutes=1))
            minutes = minutes if -_MAX_OFFSET <= minutes <= _MAX_OFFSET else 0
            if offset != datetime.timedelta(minutes=minutes):
                try:
                    moment = moment.astimezone(_zone(minutes))
                except OverflowError:
                    raise InvalidDatetime(f"{moment!r} cannot be written with an offset in minutes") from None
            suffix = f"{minutes:+04d}"
        m = moment
        return cls._trusted(
            f"{m.year:04d}{m.month:02d}{m.day:02d}{m.hour:02d}{m.minute:02d}{m.second:02d}.{m.microsecond:06d}{suffix}"
        )

    @classmethod
    def from_timedelta(cls, span: datetime.timedelta) -> Self:
        """The interval *span*, to the microsecond.

        Raises:
            InvalidDatetime: negative, or 100,000,000 days and more.
        """
        if not 0 <= span.days <= _MAX_DAYS:
            raise InvalidDatetime(f"an interval has 0 to {_MAX_DAYS} days, not {span}")
        minutes, seconds = divmod(span.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return cls._trusted(f"{span.days:08d}{hours:02d}{minutes:02d}{seconds:02d}.{span.microseconds:06d}:000")

    @classmethod
    def from_timestamp(cls, seconds: float, offset_minutes: int | None = None) -> Self:
        """The timestamp of a POSIX time.

        Args:
            seconds: since 1970-01-01 UTC, rounded to microseconds.
            offset_minutes: the offset to write it in, -999 to 999; the local zone's at that instant when omitted.

        Raises:
            InvalidDatetime: not a finite number, outside the years 1 to 9999, or an offset out of range.
        """
        try:
            whole = floor(seconds)
        except (ValueError, OverflowError):
            raise InvalidDatetime(f"{seconds!r} is not a point in time") from None
        micros = round((seconds - whole) * 1_000_000)
        if micros == 1_000_000:
            whole += 1
            micros = 0
        number = whole // _QUARTER
        if offset_minutes is None:
            quarter = _LOCAL_QUARTERS.get(number)
            if quarter is None or quarter[0] is not time.tzname:
                quarter = _local_quarter(number)
            _, template, minute = quarter
        else:
            template, minute = _quarter(number, _checked(offset_minutes) * 60)
        if template is None:
            return cls._trusted(_exact(whole, micros, offset_minutes))
        rest = whole - number * _QUARTER
        moment: Self = _new(cls)
        _set_text(moment, template % (rest // 60 + minute, rest % 60, micros))
        return moment

    @classmethod
    def _trusted(cls, text: str) -> Self:
        moment: Self = _new(cls)
        _set_text(moment, text)
        return moment

    @property
    def is_interval(self) -> bool:
        """Whether this is a length of time and not a point in time."""
        return self.text[21] == ":"

    @property
    def has_wildcards(self) -> bool:
        """Whether any field, the offset included, is unknown."""
        return "*" in self.text

    @property
    def offset_minutes(self) -> int | None:
        """Minutes between the written time and UTC; None when unknown, and for intervals."""
        text = self.text[_OFFSET]
        return None if text[0] == ":" or text[1] == "*" else int(text)

    def to_datetime(self) -> datetime.datetime:
        """The same instant as Python's type, aware; naive when only the offset is unknown.

        Raises:
            InvalidDatetime: an interval, a field that is unknown, or a day that the calendar does not have.
        """
        if self.is_interval:
            self._refuse("is an interval and not a point in time", "Use to_timedelta().")
        if "*" in self.text[: _OFFSET.start]:
            self._refuse("has unknown fields", "Read the fields that are there from the text.")
        offset = self.offset_minutes
        fields = [int(self.text[start:end]) for start, end in _FIELDS]
        try:
            return datetime.datetime(*fields, tzinfo=None if offset is None else _zone(offset))  # type: ignore[arg-type, misc]  # seven ints
        except ValueError as error:
            self._refuse(f"is no date of the calendar ({error})")

    def to_timedelta(self) -> datetime.timedelta:
        """The interval as Python's type, exact.

        Raises:
            InvalidDatetime: a timestamp.
        """
        if not self.is_interval:
            self._refuse("is a point in time and not an interval", "Use to_datetime().")
        text = self.text
        return datetime.timedelta(
            days=int(text[:8]),
            hours=int(text[8:10]),
            minutes=int(text[10:12]),
            seconds=int(text[12:14]),
            microseconds=int(text[15:21]),
        )

    def compare(self, other: CimDateTime) -> int | None:
        """-1, 0 or 1 as this one is before, equal to or after *other*; None when that cannot be said.

        Timestamps with the same offset (or with none both) compare field by field, up to the first unknown field;
        others by their instant.  A timestamp and an interval do not compare; two intervals always do.
        """
        mine, theirs = self.text, other.text
        if mine == theirs:
            return 0
        if mine[_OFFSET] == theirs[_OFFSET]:  # which also says that both are intervals, or none is
            if "*" in mine or "*" in theirs:
                return _compare_fields(mine, theirs)
            return -1 if mine < theirs else 1
        if self.is_interval or other.is_interval:
            return None
        if self.offset_minutes == other.offset_minutes:  # -000 and +000
            return _compare_fields(mine, theirs)
        here, there = self._instant(), other._instant()
        return None if here is None or there is None else (here > there) - (here < there)

    def _instant(self) -> tuple[int, str] | None:
        """Minutes since 0001-01-01 UTC, which may be negative, and the text of seconds and microseconds.

        None when a field is unknown or the calendar does not have the day.
        """
        text = self.text
        if "*" in text or (day := _ordinal(text[:8])) is None:
            return None
        return day * 1440 + int(text[8:10]) * 60 + int(text[10:12]) - int(text[_OFFSET]), text[12:21]

    def _refuse(self, why: str, hint: str | None = None) -> NoReturn:
        raise InvalidDatetime(f"{self.text} {why}", hint=hint)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, CimDateTime) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __reduce__(self) -> tuple[type[CimDateTime], tuple[str]]:
        return type(self), (self.text,)


_new = object.__new__
_set_text = CimDateTime.text.__set__  # type: ignore[attr-defined, misc]  # the slot itself, past __setattr__


def _compare_fields(mine: str, theirs: str) -> int | None:
    for start, end in _FIELDS:
        here, there = mine[start:end], theirs[start:end]
        if "*" in here or "*" in there:
            return None
        if here != there:
            return -1 if here < there else 1
    return 0


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(_PATTERN)


@lru_cache(maxsize=1024)
def _ordinal(day: str) -> int | None:
    """The number of the day ``yyyymmdd``; None when the calendar does not have it."""
    try:
        return datetime.date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal()
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _zone(minutes: int) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(minutes=minutes))


@lru_cache(maxsize=_QUARTERS_KEPT)
def _quarter(number: int, offset: int) -> tuple[str | None, int]:
    """What all times of a quarter of an hour have in common: their text with minutes, seconds and microseconds left
    open, and the minute in which the quarter begins.  No text when *offset* (seconds) is not in whole quarters.
    """
    if offset % _QUARTER:
        return None, 0
    day, second = divmod(number * _QUARTER + offset, 86400)
    return f"{_day_text(day)}{second // 3600:02d}%02d%02d.%06d{offset // 60:+04d}", second % 3600 // 60


_LOCAL_QUARTERS: Final[dict[int, tuple[tuple[str, str], str | None, int]]] = {}
"""Quarters in local time.  Each entry holds the ``time.tzname`` that it was made under: ``time.tzset`` makes a new
one, and with that the entry stale."""


def _local_quarter(number: int) -> tuple[tuple[str, str], str | None, int]:
    zone = time.tzname
    start = number * _QUARTER
    offset = _local_offset(start)
    uniform = offset == _local_offset(start + _QUARTER - 1)
    quarter = (zone, *(_quarter(number, offset) if uniform else (None, 0)))
    if len(_LOCAL_QUARTERS) >= _QUARTERS_KEPT:
        _LOCAL_QUARTERS.clear()
    _LOCAL_QUARTERS[number] = quarter
    return quarter


def _exact(whole: int, micros: int, offset: int | None) -> str:
    minutes = round(_local_offset(whole) / 60) if offset is None else _checked(offset)
    day, second = divmod(whole + minutes * 60, 86400)
    clock = f"{second // 3600:02d}{second % 3600 // 60:02d}{second % 60:02d}"
    return f"{_day_text(day)}{clock}.{micros:06d}{minutes:+04d}"


def _local_offset(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (ValueError, OverflowError, OSError):
        raise InvalidDatetime(f"{seconds} s since 1970 is outside the years 1 to 9999") from None


def _checked(offset: int) -> int:
    if not -_MAX_OFFSET <= offset <= _MAX_OFFSET:
        raise InvalidDatetime(f"an offset has at most {_MAX_OFFSET} minutes, not {offset}")
    return offset


def _day_text(days: int) -> str:
    """``yyyymmdd`` of a day counted from 1970-01-01."""
    try:
        day = datetime.date.fromordinal(_EPOCH_ORDINAL + days)
    except (ValueError, OverflowError):
        raise InvalidDatetime(f"day {days} since 1970 is outside the years 1 to 9999") from None
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
