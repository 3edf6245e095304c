"""Win32_TimeZone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.config import Settings
from wmix.providers import time_zone

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def zone(tree: LinuxTree, ask: Ask, rules: str, name: str | None = None) -> dict[str, Any]:
    tree.write("/etc/localtime", f"TZif2\0\n{rules}\n")
    if name is not None:
        tree.write("/etc/timezone", name)
    (row,) = ask([time_zone.make_time_zone(tree.root)], "Win32_TimeZone")
    return row


def test_a_zone_with_daylight_time(tree: LinuxTree, ask: Ask) -> None:
    assert zone(tree, ask, "CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin") == {
        "Caption": "(UTC+01:00) Europe/Berlin",
        "Description": "(UTC+01:00) Europe/Berlin",
        "SettingID": "Europe/Berlin",
        "Bias": 60,
        "StandardName": "CET",
        "StandardBias": 0,
        "StandardMonth": 10,
        "StandardDay": 5,
        "StandardDayOfWeek": 0,
        "StandardHour": 3,
        "StandardMinute": 0,
        "StandardSecond": 0,
        "StandardMillisecond": 0,
        "StandardYear": 0,
        "DaylightName": "CEST",
        "DaylightBias": -60,
        "DaylightMonth": 3,
        "DaylightDay": 5,
        "DaylightDayOfWeek": 0,
        "DaylightHour": 2,
        "DaylightMinute": 0,
        "DaylightSecond": 0,
        "DaylightMillisecond": 0,
        "DaylightYear": 0,
    }


def test_a_zone_without_daylight_time_has_zeros(tree: LinuxTree, ask: Ask) -> None:
    row = zone(tree, ask, "<-0330>3:30")
    assert (row["Bias"], row["StandardName"], row["Caption"]) == (-210, "-0330", "(UTC-03:30) -0330")
    assert row["DaylightName"] is row["SettingID"] is None
    assert row["StandardMonth"] == row["DaylightMonth"] == row["DaylightBias"] == 0


def test_changes_that_cannot_be_expressed_are_null(tree: LinuxTree, ask: Ask) -> None:
    row = zone(tree, ask, "AAA3BBB,J60/0,J300/0")
    assert row["DaylightName"] == "BBB"
    assert row["DaylightMonth"] is row["StandardHour"] is None


def test_a_zone_that_states_no_rules_gives_no_row(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/localtime", "nothing")
    assert ask([time_zone.make_time_zone(tree.root)], "Win32_TimeZone") == []


def test_this_machine_has_one_zone(ask: Ask) -> None:
    (row,) = ask(time_zone.providers(Settings()), "Win32_TimeZone")
    assert row["StandardName"]
