"""SMBIOS: structures in a table, also one that is cut off anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.providers.firmware import structure
from unit.providers.linux_tree import LinuxTree
from wmix.providers.smbios import CHASSIS, chassis_type, dmi_word, parse_structures, read_structures

if TYPE_CHECKING:
    from pathlib import Path

TABLE = structure(1, b"\x01\x02", "Vendor", " Product ") + structure(3, b"\x01\x91\x00") + structure(127, b"")


def test_structures_have_a_formatted_area_and_strings() -> None:
    system, chassis = parse_structures(TABLE + structure(4, b"\0"))
    assert (system.type, system.text(4), system.text(5), system.strings) == (
        1,
        "Vendor",
        "Product",
        ("Vendor", "Product"),
    )
    assert (chassis.type, chassis.byte(5), chassis.word(5), chassis.strings) == (3, 0x91, 0x0091, ())


def test_what_lies_outside_is_unknown() -> None:
    (first, *_) = parse_structures(TABLE)
    assert first.byte(6) is None
    assert first.word(5) is None
    assert first.text(99) is None
    (blank,) = parse_structures(structure(1, b"\x00\x02\x01", " "))
    assert [blank.text(4), blank.text(5), blank.text(6)] == [None] * 3


@given(st.integers(0, len(TABLE)))
def test_a_table_that_is_cut_off_gives_whole_structures_only(length: int) -> None:
    assert [s.type for s in parse_structures(TABLE[:length])] in ([], [1], [1, 3])


@given(st.binary(max_size=200))
def test_any_octets_are_read_without_an_error(data: bytes) -> None:
    for found in parse_structures(data):
        found.text(4)
        found.word(4)


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_a_machine_without_tables_has_no_structures(tree: LinuxTree) -> None:
    assert read_structures(tree.files, CHASSIS) == []
    assert chassis_type(tree.files) is None
    assert dmi_word(tree.files, "sys_vendor") is None


def test_structures_are_chosen_by_type_and_the_lock_is_no_part_of_the_chassis(tree: LinuxTree) -> None:
    tree.write("/sys/firmware/dmi/tables/DMI", TABLE)
    tree.write("/sys/class/dmi/id/chassis_type", f"{0x80 | 10}\n")
    tree.write("/sys/class/dmi/id/sys_vendor", "ACME \n")
    assert [s.type for s in read_structures(tree.files, CHASSIS)] == [3]
    assert chassis_type(tree.files) == 10
    assert dmi_word(tree.files, "sys_vendor") == "ACME"
