"""Acting as another account: one thread, and what it starts, and nothing else."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import fixture_engine
from wmix.errors import AccessDenied
from wmix.port.caller import Caller
from wmix.port.requests import ExecMethod
from wmix.providers.impersonation import SystemAccount, acting_as, system_account
from wmix.providers.registration import method

if TYPE_CHECKING:
    from wmix.port.provider import MethodCall

NOBODY = pwd.getpwnam("nobody")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as others")


def ids() -> tuple[str, ...]:
    """The numbers of the calling thread, as the system tells them: real, effective, saved, and groups."""
    with open("/proc/thread-self/status", encoding="ascii") as file:
        told = dict(line.split(":", 1) for line in file)
    return (*told["Uid"].split()[:3], *told["Gid"].split()[:2], told["Groups"].strip())


def test_an_account_is_known_with_its_groups() -> None:
    account = system_account("nobody")
    assert (account.uid, account.gid) == (NOBODY.pw_uid, NOBODY.pw_gid)
    assert NOBODY.pw_gid in account.groups
    with pytest.raises(AccessDenied, match="no account 'nobody at all'"):
        system_account("nobody at all")


def test_acting_as_oneself_changes_nothing() -> None:
    before = ids()
    me = SystemAccount("me", os.geteuid(), os.getegid(), tuple(os.getgroups()))
    with acting_as(me):
        assert ids() == before


@needs_root
def test_one_thread_acts_and_the_others_do_not() -> None:
    # Not below pytest's own directory, which only its owner enters.
    place = tempfile.TemporaryDirectory()
    folder = Path(place.name)
    folder.chmod(0o777)
    before = ids()
    seen: dict[str, Any] = {}
    acting, looked = threading.Event(), threading.Event()

    def act() -> None:
        account = system_account("nobody")
        with acting_as(account):
            seen["inside"] = ids()
            acting.set()
            looked.wait(20)
            (folder / "file").write_text("")
            seen["child"] = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout.strip()
            with pytest.raises(PermissionError):
                open("/etc/shadow", encoding="ascii").close()
        seen["after"] = ids()

    thread = threading.Thread(target=act)
    thread.start()
    assert acting.wait(20)
    seen["meanwhile"] = ids()
    looked.set()
    thread.join()
    uid, gid = str(NOBODY.pw_uid), str(NOBODY.pw_gid)
    assert seen["inside"][:5] == (uid, uid, "0", gid, gid)
    assert seen["meanwhile"] == before
    assert seen["after"] == before
    assert seen["child"] == uid
    assert (folder / "file").stat().st_uid == NOBODY.pw_uid
    place.cleanup()


@needs_root
def test_a_program_that_is_started_cannot_go_back() -> None:
    script = "import os\ntry:\n    os.setuid(0)\nexcept PermissionError:\n    print('refused', os.getresuid())"

    def act() -> str:
        with acting_as(system_account("nobody")):
            return subprocess.run(["python3", "-c", script], capture_output=True, text=True, check=True).stdout

    uid = NOBODY.pw_uid
    assert asyncio.run(asyncio.to_thread(act)) == f"refused ({uid}, {uid}, {uid})\n"


@method("CF_Job", "Create", namespace="root\\conf", static=True)
def who(call: MethodCall) -> dict[str, object]:
    """Say who runs this."""
    return {"ReturnValue": 0, "Id": int(ids()[1])}


@method("CF_Job", "Create", namespace="root\\conf", static=True)
async def who_on_the_loop(call: MethodCall) -> dict[str, object]:
    """Say who runs this, on the thread of everybody."""
    return {"ReturnValue": 0, "Id": int(ids()[1])}


def running(definition: Any, runs_as: str | None) -> Any:
    """The out-parameters of a method for a caller who is mapped to an account."""

    async def run() -> Any:
        engine = fixture_engine(providers=[definition])
        try:
            services = await engine.connect("root\\conf", Caller("DOM\\alice", is_remote=True, runs_as=runs_as))
            return (await services.run(ExecMethod(path="CF_Job", method="Create"))).object()
        finally:
            await engine.close()

    return asyncio.run(run())


@needs_root
def test_a_method_runs_as_whom_its_caller_is_mapped_to() -> None:
    assert running(who, "nobody").Id == NOBODY.pw_uid
    assert running(who, None).Id == 0


def test_a_method_on_the_event_loop_cannot_act_as_another() -> None:
    assert running(who_on_the_loop, None).Id == os.geteuid()
    with pytest.raises(AccessDenied, match="runs on the event loop"):
        running(who_on_the_loop, "nobody")
