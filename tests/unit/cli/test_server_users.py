r"""The files and options of ``wmix serve`` that say who may log in."""

from __future__ import annotations

import errno
import os
import pwd
from typing import TYPE_CHECKING

import pytest

from wmix.cli.server_users import check_command_user, check_keytab, doubts, users_in, voided
from wmix.cli.words import Arguments
from wmix.errors import InvalidParameter
from wmix.port.caller import Rights
from wmix.server.identities import Identities
from wmix.server.users import Users, make_account

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = Users([make_account("DOM", "alice", "x"), make_account("", "bob", "x")])


def refused(path: Path) -> InvalidParameter:
    with pytest.raises(InvalidParameter) as caught:
        users_in(str(path))
    return caught.value


def test_a_file_that_is_not_there_is_told_with_how_to_make_it(tmp_path: Path) -> None:
    error = refused(tmp_path / "none")
    assert error.detail == f"the file of users {tmp_path}/none cannot be read: No such file or directory"
    assert "install -m 600" in (error.hint or "")
    assert "Errno" not in error.diagnostic()


def test_a_folder_is_no_file_of_users(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert error.detail.endswith("cannot be read: Is a directory")
    assert error.hint == "name the file of users itself"


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> Users:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr("wmix.cli.server_users.read_users", denied)
    error = refused(tmp_path / "users")
    assert error.detail.endswith("cannot be read: Permission denied")
    assert "account of the server" in (error.hint or "")


def test_a_user_who_is_named_again_is_told_by_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.touch(0o600)
    path.write_text("# users\nDOM:alice:x\n:bob:y\ndom:ALICE:z\n")
    assert "line 4 of" in refused(path).detail
    assert "the user of line 2 again" in refused(path).detail


# -- keytabs


def test_a_keytab_that_is_not_there_is_told_with_how_to_make_it(tmp_path: Path) -> None:
    for name in (f"{tmp_path}/none", f"FILE:{tmp_path}/none"):
        with pytest.raises(InvalidParameter) as caught:
            check_keytab(name)
        assert caught.value.detail == f"the keytab {tmp_path}/none cannot be read: No such file or directory"
        assert "ktadd" in (caught.value.hint or "")


@pytest.mark.parametrize("octets", [b"", b"\x05", b"DOM:alice:secret\n"])
def test_a_file_without_keys_is_none(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "keytab"
    path.write_bytes(octets)
    with pytest.raises(InvalidParameter, match="is no keytab") as caught:
        check_keytab(str(path))
    assert "secret" not in caught.value.diagnostic()


def test_a_file_of_keys_is_one_and_other_places_are_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "key:tab"
    path.write_bytes(b"\x05\x02rest")
    check_keytab(str(path))
    check_keytab(f"FILE:{path}")
    check_keytab("MEMORY:keys")


# -- options against files


def told(
    *,
    users: str | None = "users.txt",
    keytab: str | None = None,
    grants: tuple[str, ...] = (),
    maps: tuple[str, ...] = (),
) -> list[str]:
    arguments = Arguments()
    arguments.users = users
    arguments.keytab = keytab
    arguments.grants = [(user, 1) for user in grants]
    arguments.maps = [(user, "nobody") for user in maps]
    return list(doubts(arguments, KNOWN if users else Users()))


def test_users_of_the_file_are_known_in_any_case() -> None:
    assert told(grants=("dom\\ALICE", "Bob"), maps=("DOM\\alice",)) == []


@pytest.mark.parametrize(
    ("user", "hint"),
    [
        ("DOM\\alcie", "did you mean DOM\\alice?"),
        ("alice", "did you mean DOM\\alice?"),
        ("DOM\\bob", "did you mean bob?"),
        ("zzzzzz", "users are written as in the file: DOM\\alice, bob"),
        ("alice@REALM", "principals of Kerberos log in where there is a --keytab"),
    ],
)
def test_a_user_who_is_in_no_file_is_told_once_with_the_nearest_name(user: str, hint: str) -> None:
    said = f"names {user}, who is not in users.txt\nhint: {hint}"
    assert told(grants=(user, user), maps=(user,)) == [f"wmix: --grant {said}", f"wmix: --map {said}"]


def test_principals_need_no_file() -> None:
    assert told(users=None, keytab="MEMORY:keys", grants=("alice@REALM",)) == []
    assert told(keytab="MEMORY:keys", grants=("alice@REALM", "bob")) == []
    assert told(users=None, keytab="MEMORY:keys", grants=("DOM\\alice",)) == [
        "wmix: --grant names DOM\\alice, who is no principal of Kerberos\nhint: write alice@REALM"
    ]


def test_a_file_that_names_nobody_is_told() -> None:
    arguments = Arguments()
    arguments.users = "users.txt"
    (said,) = doubts(arguments, Users())
    assert said.startswith("wmix: users.txt names nobody\nhint: ")


def test_a_grant_that_a_server_of_root_does_not_follow_is_told() -> None:
    arguments = Arguments()
    arguments.grants = [
        ("alice", int(Rights.METHOD_EXECUTE)),
        ("bob", int(Rights.WRITE_PROVIDER)),
        ("eve", int(Rights.READ)),
    ]
    mine = pwd.getpwuid(os.geteuid()).pw_name
    first, second = voided(arguments, Identities(uid=0))
    assert first.startswith("wmix: alice is granted execute, which a server that runs as root refuses")
    assert "hint: say as whom it is done, --map 'alice=ACCOUNT'" in first
    assert second.startswith("wmix: bob is granted provider-write,")
    assert len(list(voided(arguments, Identities([("ALICE", mine)], uid=0)))) == 1
    assert list(voided(arguments, Identities(uid=1000))) == []


def test_an_account_for_programs_that_is_none_is_refused() -> None:
    check_command_user(pwd.getpwuid(os.geteuid()).pw_name)
    with pytest.raises(InvalidParameter, match="there is no account 'no such'") as caught:
        check_command_user("no such")
    assert caught.value.hint == "`getent passwd` lists the accounts"


def test_places_that_are_not_there_are_told(tmp_path: Path) -> None:
    def said(repository: str | None, *directories: str) -> list[str]:
        arguments = Arguments()
        arguments.repository, arguments.log_directories = repository, list(directories)
        return [text.partition("\n")[0] for text in doubts(arguments, Users())]

    none = tmp_path / "none"
    assert said(f"{none}/db", str(tmp_path), str(none)) == [
        f"wmix: --log-directory names {none}, which is no directory",
        f"wmix: nothing can be stored in {none}/db: {none} is no directory",
    ]
    for where in (f"{tmp_path}/db", "db", ":memory:", "postgresql://none/db", None):
        assert said(where) == []


def test_keys_that_others_may_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "keytab"
    path.touch(0o600)
    assert told(keytab=str(path)) == []
    path.chmod(0o640)
    (said,) = told(keytab=f"FILE:{path}")
    assert said.endswith(f"may be read by others\nhint: chmod 600 {path}")
