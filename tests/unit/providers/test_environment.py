"""Win32_Environment: variables of the system, and the caller's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree, request_for
from wmix.config import Settings
from wmix.providers import environment

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask
    from wmix.cim.image import ClassImage

PAM = """# comment
REMOTEHOST DEFAULT=localhost OVERRIDE=@{PAM_RHOST}
EDITOR   DEFAULT="vi -e"
PAGER DEFAULT=less OVERRIDE=more
HOME_BIN DEFAULT=${HOME}/bin
BROKEN
"""


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    tree.write("/etc/environment", 'PATH="/usr/bin:/bin"\nexport LANG=C\nPAGER=cat\n')
    tree.write("/etc/security/pam_env.conf", PAM)
    tree.write("/etc/passwd", f"ann:x:{os.geteuid()}:1::/:/bin/sh\n")
    return tree


def test_system_variables_come_from_the_files_of_every_login(tree: LinuxTree, ask: Ask) -> None:
    found = ask([environment.make_environment(tree.root, {})], "Win32_Environment")
    assert {row["Name"]: row["VariableValue"] for row in found} == {
        "PATH": "/usr/bin:/bin",
        "LANG": "C",
        "PAGER": "cat",
        "EDITOR": "vi -e",
    }
    assert {row["UserName"] for row in found} == {"<SYSTEM>"}
    assert found[0]["Caption"] == "<SYSTEM>\\EDITOR"
    assert all(row["SystemVariable"] for row in found)


def test_a_local_caller_sees_his_own_variables(tree: LinuxTree, ask: Ask) -> None:
    found = ask([environment.make_environment(tree.root, {"B": "2", "A": "caf\udce9"})], "Win32_Environment")
    mine = [row for row in found if not row["SystemVariable"]]
    assert [(row["UserName"], row["Name"], row["VariableValue"]) for row in mine] == [
        ("box\\ann", "A", "caf\ufffd"),
        ("box\\ann", "B", "2"),
    ]


def test_a_remote_caller_does_not(tree: LinuxTree, class_image: ClassImage) -> None:
    cls = class_image.load("root\\cimv2", "Win32_Environment")
    assert cls is not None
    provider = environment.make_environment(tree.root, {"SECRET": "x"})
    rows = [dict(row) for row in provider(request_for(cls, is_remote=True))]
    assert "SECRET" not in {row["Name"] for row in rows}
    assert len(rows) == 4


def test_this_machine_shows_the_variables_of_this_process(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WMIX_TEST_VARIABLE", "here")
    rows = ask(environment.providers(Settings()), "Win32_Environment", properties=["Name", "VariableValue"])
    assert {"Name": "WMIX_TEST_VARIABLE", "VariableValue": "here"} in rows
