"""The file of users, and which line a login means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.errors import InvalidParameter
from wmix.net.security.ntlm_keys import nt_hash
from wmix.server.users import Account, Users, make_account, read_users

if TYPE_CHECKING:
    from pathlib import Path


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_password_is_everything_behind_the_second_colon(tmp_path: Path) -> None:
    text = "# a comment\n\nDOM:alice:pa:ss : wörd\n:bob:\nLAB:ünï:密码\n"
    users = read_users(written(tmp_path / "users", text))
    assert len(users) == 3
    assert users.find("DOM", "alice") == nt_hash("pa:ss : wörd")
    assert users.find("", "bob") == nt_hash("")
    assert users.find("lab", "ÜNÏ") == nt_hash("密码")
    assert users.find("DOM", "carol") is None


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o620, 0o666])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "users", "DOM:alice:secret\n", mode)
    with pytest.raises(InvalidParameter, match=rf"others may read it \(mode {mode:04o}\)") as caught:
        read_users(path)
    assert "chmod 600" in (caught.value.hint or "")


@pytest.mark.parametrize("line", ["alice", "DOM:alice", "DOM::s3cr3t", "s3cr3t:"])
def test_what_is_no_line_is_told_by_its_number_and_never_shown(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "users", f"DOM:bob:x\n\n{line}\n")
    with pytest.raises(InvalidParameter, match="line 3 of") as caught:
        read_users(path)
    assert "s3cr3t" not in str(caught.value)


def test_a_user_is_there_once(tmp_path: Path) -> None:
    path = written(tmp_path / "users", "DOM:alice:a\ndom:ALICE:b\n")
    with pytest.raises(InvalidParameter, match=r"line 2 of .* names the user of line 1 again"):
        read_users(path)


def test_other_encodings_are_told(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_bytes(b"DOM:alice:\xff\n")
    path.chmod(0o600)
    with pytest.raises(InvalidParameter, match="not UTF-8: octet 10"):
        read_users(path)


def test_a_login_without_a_domain_finds_the_only_user_of_the_name() -> None:
    users = Users([make_account("DOM", "alice", "a"), make_account("LAB", "bob", "b"), make_account("DOM", "bob", "c")])
    for domain in ("", "."):
        found = users.account(domain, "Alice")
        assert found is not None
        assert found.name == "DOM\\alice"
        assert users.account(domain, "bob") is None  # there are two
    assert users.account("OTHER", "alice") is None


def test_a_line_without_a_domain_is_found_from_every_domain() -> None:
    users = Users([make_account("", "alice", "a")])
    for domain in ("", "DOM", "SRV1"):
        found = users.account(domain, "alice")
        assert found is not None
        assert found.name == "alice"


def test_the_key_of_an_account_is_not_shown() -> None:
    account = make_account("DOM", "alice", "secret")
    assert repr(account) == r"Account('DOM\\alice')"
    assert account == Account("DOM", "alice", nt_hash("secret"))
