"""passwd(5), group(5), shadow(5) and the identifiers made of their numbers."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.account_files import (
    GroupEntry,
    PasswdEntry,
    ShadowEntry,
    group_sid,
    read_groups,
    read_shadow,
    read_users,
    user_name,
    user_sid,
)
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_users_are_the_lines_that_are_entries(tree: LinuxTree) -> None:
    tree.write(
        "/etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\n# comment\n\n+nis::::::\nbad:x:y:0:::\nshort:x:1\n"
        "ann:x:1000:100:Ann Example,Room 1,,:/home/ann:/bin/zsh\nann:x:5:5:again:/:/bin/sh\n",
    )
    root, ann = read_users(tree.files)
    assert root == PasswdEntry("root", 0, 0, "root", "/root", "/bin/bash")
    assert (ann.uid, ann.full_name) == (1000, "Ann Example")


def test_groups_have_members(tree: LinuxTree) -> None:
    tree.write("/etc/group", "sudo:x:27:ann,bob\nempty:x:28:\nbad:x:z:\n")
    assert read_groups(tree.files) == [GroupEntry("sudo", 27, ("ann", "bob")), GroupEntry("empty", 28, ())]


def test_shadow_is_unknown_where_it_cannot_be_read(tree: LinuxTree) -> None:
    assert read_shadow(tree.files) is None
    tree.write("/etc/shadow", "ann:$6$x:19000:0:99999:7:::\nbob:!*:19000::::::\nnew::-1:5:::::\n")
    shadow = read_shadow(tree.files)
    assert shadow is not None
    assert shadow["ann"] == ShadowEntry("ann", "$6$x", 19000, 0, 99999)
    assert not shadow["ann"].is_locked
    assert shadow["bob"].is_locked
    assert shadow["bob"].maximum_days is None
    assert shadow["new"].last_change == -1


def test_names_of_numbers(tree: LinuxTree) -> None:
    tree.write("/etc/passwd", "ann:x:1000:100::/home/ann:/bin/zsh\n")
    assert user_name(tree.files, 1000) == "ann"
    assert user_name(tree.files, 1001) is None
    assert user_name(SystemFiles(), os.getuid()) == pwd.getpwuid(os.getuid()).pw_name
    assert user_name(SystemFiles(), 4_294_967_294 - 7) is None


def test_identifiers_follow_sambas_rule() -> None:
    assert user_sid(1000) == "S-1-22-1-1000"
    assert group_sid(27) == "S-1-22-2-27"
