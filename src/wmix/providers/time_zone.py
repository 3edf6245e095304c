"""Win32_TimeZone: the system's zone and its rules. linux-mapping 6.1.

``Bias`` is standard time's minutes east of UTC.  A change is described as in SYSTEMTIME with a year of 0: ``Day`` is
the week of the month, 5 for the last.  A zone without daylight time has zeros there, and no ``DaylightName``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.providers.posix_tz import read_zone, zone_identifier
from wmix.providers.registration import provider
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.posix_tz import Change
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root

__all__ = ["make_time_zone", "providers"]


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_TimeZone."""
    return [make_time_zone(root)]


def make_time_zone(root: Root = "/") -> ProviderDefinition:
    """The provider that reads the zone set below *root*."""
    files = SystemFiles(root)

    @provider("Win32_TimeZone", name="Win32_TimeZone")
    def time_zone(request: InstanceRequest) -> Iterator[dict[str, object]]:  # noqa: ARG001  one row, from one file
        """One row; none when the zone's file holds no rules."""
        row = _row(files)
        if row is not None:
            yield row

    return time_zone


def _row(files: SystemFiles) -> dict[str, object] | None:
    rules = read_zone(files)
    if rules is None:
        return None
    identifier = zone_identifier(files)
    caption = f"({_utc(rules.standard_offset)}) {identifier or rules.standard_name}"
    saving = 0 if rules.daylight_offset is None else rules.daylight_offset - rules.standard_offset
    has_daylight = rules.daylight_name is not None
    return {
        "Caption": caption,
        "Description": caption,
        "SettingID": identifier,
        "Bias": rules.standard_offset // 60,
        "StandardName": rules.standard_name,
        "StandardBias": 0,
        **_change("Standard", rules.daylight_ends, has_daylight),
        "DaylightName": rules.daylight_name,
        "DaylightBias": -(saving // 60),
        **_change("Daylight", rules.daylight_begins, has_daylight),
    }


def _utc(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"UTC{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


def _change(prefix: str, change: Change | None, has_daylight: bool) -> dict[str, object]:
    names = [prefix + part for part in ("Month", "Day", "DayOfWeek", "Hour", "Minute", "Second", "Millisecond", "Year")]
    if change is None:
        # Zeros say that there is no change; a change that cannot be put into these words is unknown.
        return dict.fromkeys(names, None if has_daylight else 0)
    minutes, second = divmod(change.time, 60)
    hour, minute = divmod(minutes, 60)
    values = (change.month, change.week, change.weekday, hour, minute, second, 0, 0)
    return dict(zip(names, values, strict=True))
