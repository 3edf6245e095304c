"""``wmix namespaces``: a name a line, or in a format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from unit.cli.demo import wmi

if TYPE_CHECKING:
    import pytest

ALL = ["root", "root\\cimv2", "root\\default", "root\\StandardCimv2", "root\\subscription"]


def test_all_namespaces_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces") == 0
    assert capsys.readouterr() == ("".join(f"{name}\n" for name in ALL), "")


def test_a_format_makes_objects_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"Name": name} for name in ALL]


def test_the_list_may_begin_further_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces", "-n", "ROOT/CIMV2") == 0
    assert capsys.readouterr().out == "root\\cimv2\n"
    assert wmi("namespaces", "-n", "root/nowhere") == 1
