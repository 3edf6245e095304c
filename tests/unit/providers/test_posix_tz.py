"""TZ strings and the zone of the system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.posix_tz import Change, ZoneRules, parse_tz, read_zone, zone_identifier
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("UTC0", ZoneRules("UTC", 0)),
        ("IST-5:30", ZoneRules("IST", 19800)),
        ("<-03>3", ZoneRules("-03", -10800)),
        ("<+1245>-12:45:30", ZoneRules("+1245", 45930)),
        (BERLIN, ZoneRules("CET", 3600, "CEST", 7200, Change(3, 5, 0, 7200), Change(10, 5, 0, 10800))),
        (
            "EST5EDT,M3.2.0,M11.1.0",
            ZoneRules("EST", -18000, "EDT", -14400, Change(3, 2, 0, 7200), Change(11, 1, 0, 7200)),
        ),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", ZoneRules("IST", 3600, "GMT", 0, Change(10, 5, 0, 7200), Change(3, 5, 0, 3600))),
        (
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            ZoneRules("-02", -7200, "-01", -3600, Change(3, 5, 6, 82800), Change(10, 5, 0, 0)),
        ),
        (
            "IST-2IDT,M3.4.4/26,M10.5.0",
            ZoneRules("IST", 7200, "IDT", 10800, Change(3, 4, 5, 7200), Change(10, 5, 0, 7200)),
        ),
        ("AAA3BBB,J60/0,300/0", ZoneRules("AAA", -10800, "BBB", -7200)),
        ("AAA3BBB", ZoneRules("AAA", -10800, "BBB", -7200)),
    ],
)
def test_strings_state_rules(text: str, rules: ZoneRules) -> None:
    assert parse_tz(text) == rules


@pytest.mark.parametrize(
    "text", ["", "5", "<+01", "CET", "CET-x", "CET-1CEST,M3.5,M10.5.0", "CET-1CEST,Mx.5.0,M10.5.0"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_tz(text)


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def tzif(footer: str) -> bytes:
    return b"TZif2" + bytes(100) + b"\n" + footer.encode() + b"\n"


def test_the_link_names_the_zone_and_the_database_has_its_rules(tree: LinuxTree) -> None:
    tree.link("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin")
    tree.write("/usr/share/zoneinfo/Europe/Berlin", tzif(BERLIN))
    assert zone_identifier(tree.files) == "Europe/Berlin"
    assert read_zone(tree.files) == parse_tz(BERLIN)


@pytest.mark.parametrize("tree_of", ["posix/", "right/"])
def test_the_other_trees_of_the_database_have_the_same_zones(tree: LinuxTree, tree_of: str) -> None:
    tree.link("/etc/localtime", f"../usr/share/zoneinfo/{tree_of}Europe/Berlin")
    tree.write("/usr/share/zoneinfo/Europe/Berlin", tzif(BERLIN))
    assert zone_identifier(tree.files) == "Europe/Berlin"
    assert read_zone(tree.files) == parse_tz(BERLIN)


def test_a_copied_file_has_rules_and_debian_notes_the_name(tree: LinuxTree) -> None:
    tree.write("/etc/localtime", tzif(BERLIN))
    assert zone_identifier(tree.files) is None
    assert read_zone(tree.files) == parse_tz(BERLIN)
    tree.write("/etc/timezone", "Europe/Berlin\n")
    assert zone_identifier(tree.files) == "Europe/Berlin"


def test_without_a_setting_it_is_utc(tree: LinuxTree) -> None:
    assert read_zone(tree.files) == ZoneRules("UTC", 0)


@pytest.mark.parametrize("data", [b"", b"TZif" + bytes(40), b"text\nUTC0\n", tzif(""), tzif("bad rule"), tzif("\xff")])
def test_a_file_without_rules_leaves_the_zone_unknown(tree: LinuxTree, data: bytes) -> None:
    tree.write("/etc/localtime", data)
    assert read_zone(tree.files) is None


def test_every_zone_of_this_machine_can_be_read(tree: LinuxTree) -> None:
    database = "/usr/share/zoneinfo"
    found = 0
    for directory, _, names in os.walk(database):
        for name in names:
            path = os.path.join(directory, name)
            data = SystemFiles().read(path) or b""
            # Files below right/ count leap seconds and state no rules; their zones are found by the plain name.
            if data.startswith(b"TZif") and "/right/" not in path:
                tree.write("/etc/localtime", data)
                assert read_zone(tree.files) is not None, path
                found += 1
    if not found:
        pytest.skip("there is no time zone database: package tzdata")
