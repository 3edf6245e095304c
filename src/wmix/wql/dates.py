"""Date and time constants: CIM datetimes, and the other spellings that WQL takes. 5.3.11 of the semantics brief.

The SDK pages on WQL-supported date and time formats list spellings whose order of month and day depends on the locale
of the server.  Here nothing depends on a locale: a spelling is read when it can mean one day only, otherwise refused
with the advice to write it another way.

=============================  =========================================================
``20200131235900.000000+000``  CIM format, the one to use
``2020``, ``202001``,          year; year and month; year, month and day; what is left
``20200131``                   out is the first
``2020-1-31`` ``2020/01/31``   year first, one separator out of ``/ - .``
``31.1.2020`` ``1/31/2020``    year last, when one number is over 12 or both are equal
``January 31, 2020``           English month, full or three letters, in any order with
``31 Jan 2020`` ``Jan 2020``   the day and a year of four digits
``... 14:30:05:250``           hours to milliseconds, ``AM`` or ``PM`` optional; hours
``... 2 PM``                   alone only with one of these
=============================  =========================================================

Depends on ``cim.datetime`` and ``errors``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

from wmix.cim.datetime import CimDateTime
from wmix.errors import InvalidDatetime

__all__ = ["parse_moment"]

_CIM_LENGTH: Final = 25
_LONGEST: Final = 64
"""Characters of the longest spelling that is looked at."""

_TIME: Final = (
    r"(?:^|\s+)(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[:.](?P<fraction>\d{1,3}))?)?)?"
    r"(?:\s*(?P<half>[AaPp][Mm]))?$"
)
_NUMERIC: Final = r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})"
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ADVICE: Final = "write the CIM format yyyymmddHHMMSS.mmmmmm+UUU, for example '20200131235900.000000+000'"


def parse_moment(text: str, zone: tzinfo | None = None) -> CimDateTime:
    """The CIM datetime that *text* means.

    Args:
        text: CIM format, or one of the spellings above.
        zone: where a spelling without offset is at home; UTC when omitted.

    Raises:
        InvalidDatetime: none of the spellings, no day of the calendar, or more than one possible meaning.
    """
    if len(text) == _CIM_LENGTH and text[14] == ".":
        return CimDateTime(text)
    words = text.strip(" ")
    if len(words) > _LONGEST or not words.isascii():
        raise InvalidDatetime(f"{words[:_LONGEST]!r} is not a date", hint=_ADVICE)
    hour, minute, second, micros, rest = _split_time(words)
    year, month, day = _date(rest, words)
    try:
        moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=zone or UTC)
    except ValueError as error:
        raise InvalidDatetime(f"{words!r} is not a date: {error}", hint=_ADVICE) from None
    return CimDateTime.from_datetime(moment)


def _split_time(words: str) -> tuple[int, int, int, int, str]:
    """Hour, minute, second, microsecond, and what stands before the time of day."""
    found = re.search(_TIME, words)
    if found is None or (found["minute"] is None and found["half"] is None):
        return 0, 0, 0, 0, words
    hour = int(found["hour"])
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise InvalidDatetime(f"{words!r}: with AM or PM the hour is 1 to 12", hint=_ADVICE)
        hour = hour % 12 + (12 if half.upper() == "PM" else 0)
    millis = int((found["fraction"] or "0").ljust(3, "0")) if "." in found.group() else int(found["fraction"] or 0)
    return hour, int(found["minute"] or 0), int(found["second"] or 0), millis * 1000, words[: found.start()]


def _date(rest: str, words: str) -> tuple[int, int, int]:
    if rest.isdigit() and len(rest) in (4, 6, 8):
        return int(rest[:4]), int(rest[4:6] or 1), int(rest[6:8] or 1)
    if numeric := re.fullmatch(_NUMERIC, rest):
        return _numeric_date(numeric[1], numeric[3], numeric[4], words)
    return _named_date(rest, words)


def _numeric_date(first: str, second: str, third: str, words: str) -> tuple[int, int, int]:
    if len(first) == 4 and len(third) <= 2:
        return int(first), int(second), int(third)
    if len(third) != 4 or len(first) > 2:
        raise InvalidDatetime(f"{words!r}: a year has four digits", hint=_ADVICE)
    one, other = int(first), int(second)
    if one <= 12 and other <= 12 and one != other:
        raise InvalidDatetime(
            f"{words!r} is two different days, depending on the locale",
            hint=f"write the year first ({third}-{first}-{second} or {third}-{second}-{first}), or the CIM format",
        )
    month, day = (other, one) if one > 12 else (one, other)
    return int(third), month, day


def _named_date(rest: str, words: str) -> tuple[int, int, int]:
    """An English month, a year of four digits and perhaps a day, in any order."""
    month = year = 0
    day: int | None = None
    if re.sub(r"[A-Za-z]+|[0-9]+|[ ,./-]", "", rest):
        raise InvalidDatetime(f"{words!r} is not a date", hint=_ADVICE)
    for word in re.findall(r"[A-Za-z]+|[0-9]+", rest):
        folded = word.lower()
        named = [number for number, name in enumerate(_MONTHS, 1) if folded in (name, name[:3])]
        if named and not month:
            month = named[0]
        elif not year and word.isdigit() and len(word) == 4:
            year = int(word)
        elif day is None and word.isdigit() and len(word) <= 2:
            day = int(word)
        else:
            month = 0
            break
    if not month or not year:
        raise InvalidDatetime(f"{words!r} is not a date", hint=_ADVICE)
    return year, month, 1 if day is None else day
