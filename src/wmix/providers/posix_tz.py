"""Time zone rules: the POSIX ``TZ`` string that ends a TZif file. RFC 9636 3.3, POSIX.1 8.3.

``CET-1CEST,M3.5.0,M10.5.0/3`` says: standard time CET, one hour east; daylight time CEST from the last Sunday of
March at two o'clock to the last Sunday of October at three.  Offsets in the string count westward; here, as in CIM,
they count eastward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["Change", "ZoneRules", "parse_tz", "read_zone", "zone_identifier"]

_DIRECTORY = "/usr/share/zoneinfo/"


class Change(Record):
    """When the clock is changed every year, in the local time before the change."""

    month: int
    #: 1 to 5; 5 is the last such weekday of the month.
    week: int
    #: 0 is Sunday.
    weekday: int
    #: Seconds after midnight, 0 to 86,399.
    time: int

    @classmethod
    def parse(cls, text: str) -> Change | None:
        """``Mm.w.d[/time]``; None for the forms that count days of the year, which CIM cannot express."""
        date, _, time = text.partition("/")
        if not date.startswith("M"):
            return None
        month, week, weekday = (int(part) for part in date[1:].split("."))
        # A time may lie outside its day ("/26", "/-1"): CIM names the day on which it really is.
        days, seconds = divmod(_seconds(time) if time else 7200, 86400)
        return cls(month, week, (weekday + days) % 7, seconds)


class ZoneRules(Record):
    """A zone's present rules; offsets are seconds east of UTC, names are abbreviations."""

    standard_name: str
    standard_offset: int
    daylight_name: str | None = None
    daylight_offset: int | None = None
    #: When daylight time begins, and when it ends; None where there is none, or CIM cannot say it.
    daylight_begins: Change | None = None
    daylight_ends: Change | None = None


def parse_tz(text: str) -> ZoneRules:
    """The rules that a TZ string states.

    Raises:
        ValueError: *text* is no such string.
    """
    names, _, changes = text.partition(",")
    standard, rest = _name(names)
    offset, rest = _offset(rest)
    if not rest:
        return ZoneRules(standard, -offset)
    daylight, rest = _name(rest)
    # Without an offset of its own, daylight time is one hour ahead of standard time.
    daylight_offset = _offset(rest)[0] if rest else offset - 3600
    begins, comma, ends = changes.partition(",")
    if not comma:
        return ZoneRules(standard, -offset, daylight, -daylight_offset)
    return ZoneRules(standard, -offset, daylight, -daylight_offset, Change.parse(begins), Change.parse(ends))


def _name(text: str) -> tuple[str, str]:
    if text.startswith("<"):
        name, closing, rest = text[1:].partition(">")
        if not closing:
            raise ValueError(f"unclosed zone name in {text!r}")
        return name, rest
    length = next((at for at, character in enumerate(text) if not character.isalpha()), len(text))
    if length == 0:
        raise ValueError(f"no zone name in {text!r}")
    return text[:length], text[length:]


def _offset(text: str) -> tuple[int, str]:
    length = next((at for at, character in enumerate(text) if character not in "+-:0123456789"), len(text))
    return _seconds(text[:length]), text[length:]


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def zone_identifier(files: SystemFiles) -> str | None:
    """The name of the system's zone in the time zone database, e.g. ``Europe/Berlin``; None when it has none."""
    target = files.link("/etc/localtime")
    if target is not None and "/zoneinfo/" in target:
        name = target.partition("/zoneinfo/")[2]
        return name.removeprefix("posix/").removeprefix("right/") or None
    return files.word("/etc/timezone")


def read_zone(files: SystemFiles) -> ZoneRules | None:
    """The rules of the system's zone; UTC when none is set, None when its file holds no rules."""
    identifier = zone_identifier(files)
    data = files.read(_DIRECTORY + identifier) if identifier else None
    if data is None:
        data = files.read("/etc/localtime")
    if data is None:
        return ZoneRules("UTC", 0)
    # The footer stands between the last two newlines.  Version 1 of the format has none, and files that count leap
    # seconds leave it empty.
    _, _, footer = data[:-1].rpartition(b"\n")
    if not data.startswith(b"TZif") or not footer or not data.endswith(b"\n"):
        return None
    try:
        return parse_tz(footer.decode("ascii"))
    except ValueError:  # an abbreviation that no rule covers, or text that is no rule
        return None
