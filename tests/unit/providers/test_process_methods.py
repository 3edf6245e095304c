"""Methods of Win32_Process on processes of our own, and their codes for those that may not be touched."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers import process_methods as methods_module
from wmix.providers.process_methods import process_methods
from wmix.providers.procfs import ProcFs
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unit.providers.conftest import Invoke
IGNORES_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()"


def path(handle: object) -> tuple[str, str, object]:
    return ("Win32_Process", "Handle", str(handle))


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    yield from _child("print(flush=True); input()")


@pytest.fixture
def stubborn() -> Iterator[subprocess.Popen[bytes]]:
    yield from _child(IGNORES_TERM)


def _child(code: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it runs its own code now
        yield process
        process.kill()


def test_terminate_ends_a_process_by_sigterm(child: subprocess.Popen[bytes], invoke: Invoke) -> None:
    assert invoke(process_methods(), path(child.pid), "Terminate", Reason=0) == 0
    assert child.wait() == -signal.SIGTERM


def test_terminate_kills_what_does_not_end_in_time(stubborn: subprocess.Popen[bytes], invoke: Invoke) -> None:
    assert invoke(process_methods(grace=0.01), path(stubborn.pid), "Terminate") == 0
    assert stubborn.wait() == -signal.SIGKILL


def test_terminate_wakes_a_suspended_process(child: subprocess.Popen[bytes], invoke: Invoke) -> None:
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    assert invoke(process_methods(), path(child.pid), "Terminate") == 0
    assert child.wait() == -signal.SIGTERM


@pytest.mark.parametrize("handle", ["1", str(os.getpid())])
def test_terminate_refuses_the_first_process_and_its_own(handle: str, invoke: Invoke) -> None:
    assert invoke(process_methods(), path(handle), "Terminate") == 3


@pytest.mark.parametrize("handle", ["", "x", "4294967295", "99999999999999", "-5"])
@pytest.mark.parametrize("method", ["Terminate", "GetOwner", "GetOwnerSid", "SetPriority", "GetAvailableVirtualSize"])
def test_a_process_that_does_not_exist_is_not_found(handle: str, method: str, invoke: Invoke) -> None:
    result = invoke(process_methods(), path(handle), method, **({"Priority": 32} if method == "SetPriority" else {}))
    assert (result if isinstance(result, int) else result["ReturnValue"]) == 9


def test_terminate_spares_the_other_threads_of_a_process(invoke: Invoke) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert invoke(process_methods(), path(thread.native_id), "Terminate") == 9
    finally:
        release.set()
        thread.join()


def test_terminate_signals_nobody_when_the_number_was_given_away(
    child: subprocess.Popen[bytes], invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = iter([100, 200])
    monkeypatch.setattr(methods_module, "process_identity", lambda files, number: next(started))
    assert invoke(process_methods(), path(child.pid), "Terminate") == 9
    assert child.poll() is None


@pytest.mark.parametrize(
    ("error", "code"), [(PermissionError(1, ""), 2), (ProcessLookupError(3, ""), 9), (OSError(22, ""), 8)]
)
def test_terminate_tells_why_a_signal_was_not_sent(
    child: subprocess.Popen[bytes], invoke: Invoke, monkeypatch: pytest.MonkeyPatch, error: OSError, code: int
) -> None:
    def refuse(pidfd: int, number: int) -> None:
        raise error

    monkeypatch.setattr(signal, "pidfd_send_signal", refuse)
    assert invoke(process_methods(), path(child.pid), "Terminate") == code


def test_create_is_static_and_gives_the_number(invoke: Invoke) -> None:
    result = invoke(process_methods(), path(0), "Create", CommandLine="sleep 100")
    assert result["ReturnValue"] == 0
    assert invoke(process_methods(), path(result["ProcessId"]), "Terminate") == 0
    assert next(m for m in process_methods() if m.method == "Create").static


@pytest.mark.parametrize(("parameters", "code"), [({}, 21), ({"CommandLine": "no-such-program-here"}, 9)])
def test_create_without_success_has_no_number(parameters: dict[str, str], code: int, invoke: Invoke) -> None:
    result = invoke(process_methods(), path(0), "Create", **parameters)
    assert result == {"ReturnValue": code, "ProcessId": None}


def test_the_owner_is_the_account_of_the_process(child: subprocess.Popen[bytes], invoke: Invoke) -> None:
    owner = invoke(process_methods(), path(child.pid), "GetOwner")
    host = socket.gethostname().partition(".")[0]
    assert owner == {"User": pwd.getpwuid(os.getuid()).pw_name, "Domain": host, "ReturnValue": 0}
    sid = invoke(process_methods(), path(child.pid), "GetOwnerSid")
    assert sid == {"Sid": f"S-1-22-1-{os.getuid()}", "ReturnValue": 0}


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_an_owner_without_a_name_is_his_number(tree: LinuxTree, invoke: Invoke) -> None:
    tree.process(10, uid=4242)
    owner = invoke(process_methods(tree.root), path(10), "GetOwner")
    assert owner == {"User": "4242", "Domain": "box", "ReturnValue": 0}


def test_an_owner_from_elsewhere_belongs_to_the_realm(tree: LinuxTree, invoke: Invoke) -> None:
    tree.process(10, uid=4242)
    tree.process(11, uid=7)
    tree.write("/etc/passwd", "lp:x:7:7:printer:/:/bin/false\n")
    tree.write("/etc/krb5.keytab", "")
    tree.write("/etc/sssd/sssd.conf", "[sssd]\ndomains = ad\n[domain/ad]\nkrb5_realm = AD.EXAMPLE.ORG\n")
    assert invoke(process_methods(tree.root), path(10), "GetOwner")["Domain"] == "AD.EXAMPLE.ORG"
    local = invoke(process_methods(tree.root), path(11), "GetOwner")
    assert (local["Domain"], local["User"]) == ("box", "lp")


def test_a_hidden_process_denies_access(tree: LinuxTree, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.process(10)

    def refuse(proc: ProcFs, name: str, directory: int) -> bytes:
        raise PermissionError(13, "")

    monkeypatch.setattr(ProcFs, "read", refuse)
    assert invoke(process_methods(tree.root), path(10), "GetOwner")["ReturnValue"] == 2
    assert invoke(process_methods(tree.root), path(10), "GetAvailableVirtualSize")["ReturnValue"] == 2


def test_a_status_without_an_owner_is_an_unknown_failure(tree: LinuxTree, invoke: Invoke) -> None:
    tree.process(10)
    tree.write("/proc/10/status", "Tgid:\t10\n")
    assert invoke(process_methods(tree.root), path(10), "GetOwnerSid") == {"Sid": None, "ReturnValue": 8}


def test_set_priority_reaches_every_thread(invoke: Invoke) -> None:
    code = "import threading; threading.Thread(target=input).start(); print(flush=True)"
    for process in _child(code):
        assert invoke(process_methods(), path(process.pid), "SetPriority", Priority=16384) == 0
        threads = os.listdir(f"/proc/{process.pid}/task")
        assert len(threads) > 1
        assert {os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in threads} == {5}


@pytest.mark.parametrize("priority", [None, 7, "32"])
def test_set_priority_knows_six_classes(priority: Any, invoke: Invoke) -> None:
    assert invoke(process_methods(), path(os.getpid()), "SetPriority", Priority=priority) == 21


@pytest.mark.parametrize(
    ("priority", "error", "code"),
    [
        (128, PermissionError(13, "EACCES"), 3),
        (128, PermissionError(1, "EPERM"), 2),
        (256, PermissionError(1, "EPERM"), 3),
        (64, ProcessLookupError(3, "ended"), 0),
    ],
)
def test_set_priority_tells_privilege_from_ownership(
    child: subprocess.Popen[bytes],
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    priority: int,
    error: OSError,
    code: int,
) -> None:
    def refuse(thread: int, priority_class: int) -> None:
        raise error

    monkeypatch.setattr(methods_module, "change_priority", refuse)
    assert invoke(process_methods(), path(child.pid), "SetPriority", Priority=priority) == code


@pytest.mark.parametrize(
    ("space", "available"), [("unlimited", (1 << 47) - 2900 * 1024), ("4194304", 4194304 - 2900 * 1024), ("1", 0)]
)
def test_available_space_is_what_the_limit_leaves(tree: LinuxTree, invoke: Invoke, space: str, available: int) -> None:
    tree.process(10, space=space)
    result = invoke(process_methods(tree.root), path(10), "GetAvailableVirtualSize")
    assert result == {"AvailableVirtualSize": available, "ReturnValue": 0}


def test_a_kernel_thread_has_no_address_space(tree: LinuxTree, invoke: Invoke) -> None:
    tree.process(2)
    tree.write("/proc/2/status", "Tgid:\t2\nUid:\t0\t0\t0\t0\n")
    result = invoke(process_methods(tree.root), path(2), "GetAvailableVirtualSize")
    assert result == {"AvailableVirtualSize": None, "ReturnValue": 8}


def test_there_is_no_debugger(invoke: Invoke) -> None:
    assert invoke(process_methods(), path(os.getpid()), "AttachDebugger") == 8


def test_every_method_of_the_class_is_given() -> None:
    names = {definition.method for definition in process_methods()}
    assert names == {
        "Create", "Terminate", "GetOwner", "GetOwnerSid", "SetPriority", "GetAvailableVirtualSize", "AttachDebugger"
    }  # fmt: skip
    assert SystemFiles("/").is_machine
