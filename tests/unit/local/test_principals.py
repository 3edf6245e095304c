"""Callers and identifiers: accounts of this machine, of others, and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.local.principals import Principals
from wmix.port.caller import Caller, Rights
from wmix.providers.system_files import SystemFiles
from wmix.security.sid import ADMINISTRATORS, AUTHENTICATED_USERS, EVERYONE, LOCAL, LOCAL_SYSTEM, NETWORK, USERS, Sid

if TYPE_CHECKING:
    from pathlib import Path

EVERYBODY = {EVERYONE, AUTHENTICATED_USERS}


@pytest.fixture
def principals(tmp_path: Path) -> Principals:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(
        "root:x:0:0::/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\nann:x:1001:1001::/home/ann:/bin/sh\n"
    )
    (tmp_path / "etc/group").write_text("root:x:0:\nsudo:x:27:ann\nbob:x:1000:\nann:x:1001:\nstaff:x:50:bob,ann\n")
    return Principals("HOST", SystemFiles(tmp_path))


def reader(name: str, **more: object) -> Caller:
    return Caller(name, rights=Rights.READ, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["bob", "HOST\\bob", ".\\bob", "host\\bob", "bob@HOST"])
def test_an_account_of_this_machine_has_its_numbers(principals: Principals, name: str) -> None:
    own = {Sid(22, (1, 1000)), Sid(22, (2, 1000)), Sid(22, (2, 50)), USERS}
    assert principals.of(reader(name)) == EVERYBODY | {LOCAL} | own


def test_whoever_may_become_root_is_an_administrator(principals: Principals) -> None:
    assert ADMINISTRATORS in principals.of(reader("ann"))
    assert principals.of(reader("root")) >= {ADMINISTRATORS, LOCAL_SYSTEM, Sid(22, (1, 0))}
    assert ADMINISTRATORS not in principals.of(reader("bob"))


def test_whoever_was_granted_everything_is_an_administrator(principals: Principals) -> None:
    assert ADMINISTRATORS in principals.of(Caller("DOM\\eve", is_remote=True))


def test_an_account_of_another_domain_has_an_identifier_of_its_names(principals: Principals) -> None:
    found = principals.of(reader("DOM\\Bob", is_remote=True))
    own = principals.named("dom", "bob")
    assert found == EVERYBODY | {NETWORK, own}
    assert principals.of(reader("BOB@dom", is_remote=True)) == found
    assert own.parts[0] == 21
    assert len(own.parts) == 8
    assert principals.named("other", "bob") != own
    assert principals.named("dom", "bobby").parts[:4] == own.parts[:4]
    assert principals.name(own) == (None, None)


def test_identifiers_that_a_login_brings_are_those_that_count(principals: Principals) -> None:
    assert principals.of(reader("bob", sids=("S-1-5-21-1-2-3-500",))) == EVERYBODY | {LOCAL, Sid(5, (21, 1, 2, 3, 500))}


@pytest.mark.parametrize(
    ("domain", "name", "sid"),
    [
        (None, "Everyone", EVERYONE),
        ("BUILTIN", "administrators", ADMINISTRATORS),
        (None, "authenticated users", AUTHENTICATED_USERS),
        (None, "bob", Sid(22, (1, 1000))),
        ("host", "bob", Sid(22, (1, 1000))),
        (None, "staff", Sid(22, (2, 50))),
    ],
)
def test_names_lead_to_identifiers(principals: Principals, domain: str | None, name: str, sid: Sid) -> None:
    assert principals.named(domain, name) == sid


@pytest.mark.parametrize(
    ("sid", "name"),
    [
        (EVERYONE, ("", "Everyone")),
        (ADMINISTRATORS, ("BUILTIN", "Administrators")),
        (Sid(22, (1, 1000)), ("HOST", "bob")),
        (Sid(22, (2, 50)), ("HOST", "staff")),
        (Sid(22, (1, 4711)), (None, None)),
        (Sid(22, (3, 1)), (None, None)),
    ],
)
def test_identifiers_lead_to_names(principals: Principals, sid: Sid, name: tuple[str | None, str | None]) -> None:
    assert principals.name(sid) == name


def test_the_name_service_is_asked_for_a_user_that_the_files_do_not_list() -> None:
    """On the machine itself; the files of a tree tell all there is."""
    here = Principals("HOST", SystemFiles())
    assert Sid(22, (1, 0)) in here.of(reader("root"))
    assert Sid(22, (1, 0)) not in here.of(reader("nobody of that name"))
