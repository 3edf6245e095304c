"""Objects, classes and methods that a host does not have: what the path tells about them, and what it may cost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.fixture_f import JOB, PAIR, PART, instance
from unit.net.scripted_host import ScriptedHost
from wmix.cim.classes import CimClass
from wmix.errors import InvalidClass, InvalidMethod, InvalidNamespace, InvalidPath, NotFound, WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import DeleteClass, DeleteInstance, ExecMethod, GetObject, PutInstance
from wmix.remote.path_mistakes import explain_missing
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_ALREADY_EXISTS,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_METHOD,
    WBEM_E_INVALID_OBJECT_PATH,
    WBEM_E_NOT_FOUND,
)
from wmix.testing.clock import run_virtual

IMMEDIATELY = 0x10


def refusal(request: Any, failures: dict[str, int]) -> tuple[WmiError, list[str]]:
    """The error that *request* ends with at a host that fails so, and the calls that it cost."""

    async def run() -> tuple[WmiError, list[str]]:
        host = ScriptedHost()
        host.failures.update(failures)
        host.results.update({"CF_Part": PART, "CF_Job": JOB, "Create": instance(PART, Id="p1")})
        source = host.source()
        place = source.open("root\\conf")
        scope = Scope(Caller("alice"))
        await place.login(scope)
        host.calls.clear()
        calls: dict[type, Any] = {GetObject: place.get, ExecMethod: place.call, PutInstance: place.put}
        call = calls.get(type(request), place.delete)
        try:
            with pytest.raises(WmiError) as caught:
                await call(request, scope)
            return caught.value, list(host.calls)
        finally:
            await source.close()

    found: tuple[WmiError, list[str]] = run_virtual(run)
    return found


def told(status: int, path: str, cls: CimClass | None = None, *, method: str | None = None) -> tuple[WmiError, int]:
    """What is told of a host's code, and how often it was asked for a class."""
    asked = 0

    async def find_class(name: str) -> CimClass | None:
        nonlocal asked
        asked += 1
        if cls is None:
            raise NotFound("gone")
        return cls

    kinds = {
        WBEM_E_NOT_FOUND: NotFound,
        WBEM_E_INVALID_CLASS: InvalidClass,
        WBEM_E_INVALID_OBJECT_PATH: InvalidPath,
        WBEM_E_INVALID_METHOD: InvalidMethod,
    }
    error = kinds[status](status=status, namespace="root\\conf")
    asyncio.run(explain_missing(error, path, find_class, method=method))
    assert error.status == status
    return error, asked


def test_an_instance_that_is_not_there_is_named_without_asking_again() -> None:
    error, calls = refusal(GetObject(path="CF_Part.Id='x'", flags=IMMEDIATELY), {"GetObject": WBEM_E_NOT_FOUND})
    assert type(error) is NotFound
    assert (error.detail, error.status) == ("there is no instance CF_Part.Id='x'", WBEM_E_NOT_FOUND)
    assert (error.namespace, error.operation) == ("root\\conf", "GetObject")
    assert calls.count("GetObject") == 1


def test_a_refusal_that_comes_with_the_result_is_told_alike() -> None:
    error, _ = refusal(GetObject(path="CF_Part", flags=IMMEDIATELY), {"GetResultObject": WBEM_E_NOT_FOUND})
    assert error.detail == "there is no class CF_Part in root\\conf"
    assert error.namespace == "root\\conf"


@pytest.mark.parametrize("status", [WBEM_E_NOT_FOUND, WBEM_E_INVALID_CLASS])
def test_a_class_that_is_not_there_is_named(status: int) -> None:
    for request in (GetObject(path="CF_Prat"), GetObject(path="root\\conf:CF_Prat")):
        error, calls = refusal(request, {"GetObject": status})
        assert (error.detail, error.status) == ("there is no class CF_Prat in root\\conf", status)
        assert calls.count("GetObject") == 1
    error, _ = refusal(DeleteClass(class_name="CF_Prat"), {"DeleteClass": status})
    assert error.detail == "there is no class CF_Prat in root\\conf"


def test_what_cannot_be_deleted_is_named() -> None:
    error, _ = refusal(DeleteInstance(path="CF_Part.Id='x'"), {"DeleteInstance": WBEM_E_NOT_FOUND})
    assert error.detail == "there is no instance CF_Part.Id='x'"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (WBEM_E_ALREADY_EXISTS, 'there is an instance CF_Part.Id="p1" already'),
        (WBEM_E_NOT_FOUND, 'there is no instance CF_Part.Id="p1"'),
    ],
)
def test_what_cannot_be_put_is_named(status: int, said: str) -> None:
    error, calls = refusal(PutInstance(object=instance(PART, Id="p1")), {"PutInstance": status})
    assert (error.detail, error.status, error.operation) == (said, status, "PutInstance")
    assert "GetObject" not in calls


def test_a_path_that_cannot_be_read_is_shown_with_its_place() -> None:
    error, calls = refusal(GetObject(path="CF_Part.Id="), {"GetObject": WBEM_E_INVALID_OBJECT_PATH})
    assert isinstance(error, InvalidPath)
    assert (error.text, error.position) == ("CF_Part.Id=", 11)
    assert "there must be a value" in error.detail
    assert calls.count("GetObject") == 1


def test_a_method_that_the_class_does_not_have_is_told_with_the_nearest() -> None:
    error, calls = refusal(ExecMethod(path="CF_Job", method="Craete"), {"ExecMethod": WBEM_E_INVALID_METHOD})
    assert isinstance(error, InvalidMethod)
    assert error.detail == "CF_Job has no method Craete"
    assert error.hint == "did you mean Create?"
    assert (error.operation, error.namespace) == ("ExecMethod", "root\\conf")
    assert calls.count("GetObject") == 1


def test_a_class_whose_method_is_to_run_and_that_is_not_there_is_named() -> None:
    request = ExecMethod(path="CF_Jbo", method="Create", parameters={"Cmd": "x"})
    error, calls = refusal(request, {"GetObject": WBEM_E_NOT_FOUND})
    assert error.detail == "there is no class CF_Jbo in root\\conf"
    assert calls == ["GetObject"]


@pytest.mark.parametrize(
    ("path", "detail", "hint"),
    [
        ("CF_Part.Num=1", "Num is no key of CF_Part", "keys are Id"),
        ("CF_Part.Id='x',Num=1", "Num is no key of CF_Part", "keys are Id"),
    ],
)
def test_keys_that_the_class_does_not_have_are_named(path: str, detail: str, hint: str) -> None:
    error, asked = told(WBEM_E_INVALID_OBJECT_PATH, path, PART)
    assert error.detail.endswith(detail)
    assert (error.hint, asked) == (hint, 1)


def test_a_key_that_is_missing_is_named_and_so_is_a_class_without_any() -> None:
    error, _ = told(WBEM_E_INVALID_OBJECT_PATH, "CF_Pair.A=1", PAIR)
    assert error.detail.endswith("the value of B is missing")
    error, _ = told(WBEM_E_INVALID_OBJECT_PATH, "Far_Base.Id=1", CimClass("Far_Base"))
    assert error.detail.endswith("Far_Base has no keys")


@pytest.mark.parametrize(
    ("status", "path", "cls", "method"),
    [
        (WBEM_E_INVALID_OBJECT_PATH, "CF_Part.Id='x'", PART, None),
        (WBEM_E_INVALID_OBJECT_PATH, "CF_Part.Num=1", None, None),
        (WBEM_E_INVALID_METHOD, "CF_Job", JOB, "Create"),
        (WBEM_E_INVALID_METHOD, "CF_Job", None, "Craete"),
        (WBEM_E_INVALID_CLASS, "CF_Part.Id='x'", PART, None),
        (WBEM_E_NOT_FOUND, "no path", None, None),
    ],
)
def test_what_the_path_does_not_tell_stays_as_it_was(
    status: int, path: str, cls: CimClass | None, method: str | None
) -> None:
    error, _ = told(status, path, cls, method=method)
    assert error.detail == ""


def test_other_refusals_and_words_of_the_host_are_left_alone() -> None:
    error, calls = refusal(GetObject(path="CF_Part.Id='x'"), {"GetObject": WBEM_E_ACCESS_DENIED})
    assert (error.detail, calls.count("GetObject")) == ("", 1)
    worded = NotFound("as the host says")
    asyncio.run(explain_missing(worded, "CF_Part", _never))
    assert worded.detail == "as the host says"


async def _never(name: str) -> CimClass | None:
    raise AssertionError(name)


def test_a_namespace_that_a_host_does_not_have_is_named() -> None:
    async def run() -> None:
        host = ScriptedHost()
        source = host.source()
        with pytest.raises(InvalidNamespace, match=r"the host has no namespace root\\none") as caught:
            await source.open("root\\none").login(Scope(Caller("alice")))
        assert caught.value.hint == "`wmix namespaces` lists those that there are"
        await source.close()

    run_virtual(run)
