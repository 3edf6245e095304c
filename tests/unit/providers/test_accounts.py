"""Win32_UserAccount and Win32_Group over trees, and on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.linux_tree import LinuxTree, compare
from wmix.config import Settings
from wmix.providers import accounts

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask

PASSWD = """root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ann:x:1000:100:Ann Example,,,:/home/ann:/bin/zsh
bob:x:1001:100::/home/bob:/bin/bash
"""


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    tree.write("/etc/passwd", PASSWD)
    return tree


def users(tree: LinuxTree, ask: Ask, **question: Any) -> dict[str, dict[str, Any]]:
    return {row["Name"]: row for row in ask([accounts.make_user_accounts(tree.root)], "Win32_UserAccount", **question)}


def test_a_user_is_an_account_of_this_host(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/shadow", "ann:$6$x:100:0:90:7:::\n")
    assert users(tree, ask)["ann"] == {
        "Name": "ann",
        "Domain": "box",
        "Caption": "box\\ann",
        "FullName": "Ann Example",
        "Description": "Ann Example",
        "InstallDate": None,
        "Status": "OK",
        "LocalAccount": True,
        "SID": "S-1-22-1-1000",
        "SIDType": 1,
        "AccountType": 512,
        "Disabled": False,
        "Lockout": False,
        "PasswordChangeable": True,
        "PasswordExpires": True,
        "PasswordRequired": True,
    }


def test_without_the_password_file_only_a_refusing_shell_is_known(tree: LinuxTree, ask: Ask) -> None:
    found = users(tree, ask)
    assert (found["daemon"]["Disabled"], found["daemon"]["Status"]) == (True, "Degraded")
    for name in ("Disabled", "Status", "Lockout", "PasswordRequired", "PasswordExpires", "PasswordChangeable"):
        assert found["ann"][name] is None, name


@pytest.mark.parametrize(
    ("entry", "property_name", "value"),
    [
        ("ann:!$6$x:100:0:90:7:::", "Disabled", True),
        ("ann:*:100:0:90:7:::", "Disabled", True),
        ("ann::100:0:90:7:::", "PasswordRequired", False),
        ("ann:$6$x:100:0:99999:7:::", "PasswordExpires", False),
        ("ann:$6$x:100:0::7:::", "PasswordExpires", False),
        ("ann:$6$x:100:99999:90:7:::", "PasswordChangeable", False),
        ("ann:$6$x::0:90:7:::", "PasswordChangeable", True),
    ],
)
def test_the_password_file_tells_the_rest(
    tree: LinuxTree, ask: Ask, entry: str, property_name: str, value: bool
) -> None:
    tree.write("/etc/shadow", entry + "\n")
    assert users(tree, ask)["ann"][property_name] is value


def test_failed_logins_leave_the_lock_unknown(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/shadow", "ann:$6$x:100:0:90:7:::\nbob:$6$x:100:0:90:7:::\n")
    tree.write("/run/faillock/ann", b"\x01" * 64)
    tree.write("/run/faillock/bob", b"")
    found = users(tree, ask)
    assert found["ann"]["Lockout"] is None
    assert found["bob"]["Lockout"] is False


def test_the_password_file_is_read_only_when_it_is_asked_for(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(files: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(accounts, "read_shadow", refuse)
    assert len(users(tree, ask, properties=["Name", "SID", "FullName"])) == 4


@pytest.mark.parametrize(
    ("asked", "sid"),
    [("S-1-5-18", "S-1-5-18"), ("S-1-22-1-0", "S-1-22-1-0"), ("S-1-22-1-1000", "S-1-22-1-0")],
)
def test_root_answers_to_the_systems_identifier_when_asked_by_it(
    tree: LinuxTree, ask: Ask, asked: str, sid: str
) -> None:
    assert users(tree, ask, comparisons=(compare("SID", "=", asked),))["root"]["SID"] == sid
    assert users(tree, ask)["root"]["SID"] == "S-1-22-1-0"


def test_groups_and_the_two_well_known_ones(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/group", "root:x:0:\nsudo:x:27:ann\nusers:x:100:\n")
    found = ask([accounts.make_groups(tree.root)], "Win32_Group")
    assert [(row["Domain"], row["Name"], row["SID"], row["SIDType"]) for row in found] == [
        ("box", "root", "S-1-22-2-0", 4),
        ("box", "sudo", "S-1-22-2-27", 4),
        ("box", "users", "S-1-22-2-100", 4),
        ("BUILTIN", "Administrators", "S-1-5-32-544", 4),
        ("BUILTIN", "Users", "S-1-5-32-545", 4),
    ]
    assert found[3]["Description"] == "Members of root, sudo"
    assert found[0]["Caption"] == found[0]["Description"] == "box\\root"


def test_keys_of_groups_are_unique_though_case_is_ignored(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/group", "users:x:100:\n")
    keys = [
        (row["Domain"].lower(), row["Name"].lower()) for row in ask([accounts.make_groups(tree.root)], "Win32_Group")
    ]
    assert len(keys) == len(set(keys))


def test_this_machine_has_each_of_its_accounts_once(ask: Ask) -> None:
    names = [row["Name"] for row in ask(accounts.providers(Settings()), "Win32_UserAccount", properties=["Name"])]
    assert "root" in names
    assert len(names) == len(set(names))
