"""Parameters are held against the signature, and whose signature is remembered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import JOB
from wmix.errors import InvalidMethod
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import ExecMethod
from wmix.remote.method_parameters import Signatures

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

SCOPE = Scope(Caller("alice"))


class Host:
    """Gives the class of jobs by every name but that of a path that names no class."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, name: str, scope: Scope) -> CimClass | None:
        """The definition."""
        assert scope is SCOPE
        self.asked.append(name)
        return None if name == "Unknown" else JOB


def parameters(signatures: Signatures, *requests: ExecMethod) -> list[object]:
    async def run() -> list[object]:
        return [await signatures.parameters(request, SCOPE) for request in requests]

    return asyncio.run(run())


def create(path: str | None = "CF_Job", **given: object) -> ExecMethod:
    return ExecMethod(path=path, method="Create", parameters=given)


def test_nothing_given_is_nothing_sent_and_nothing_asked() -> None:
    host = Host()
    assert parameters(Signatures(host.fetch), create(), create().replace(parameters=None)) == [None, None]
    assert host.asked == []


def test_an_instance_without_values_is_sent_as_it_is() -> None:
    method = JOB.methods["Create"]
    assert method.in_signature is not None
    empty = method.in_signature.spawn_()
    (sent,) = parameters(Signatures(Host().fetch), create().replace(parameters=empty))
    assert sent == empty


def test_what_is_wrong_with_the_path_is_for_the_host_to_say() -> None:
    host = Host()
    wrong = [create("no path {", Cmd="ls"), create("Unknown", Cmd="ls")]
    assert parameters(Signatures(host.fetch), *wrong) == [None, None]
    assert host.asked == ["Unknown"]


@pytest.mark.parametrize("method", ["Destroy", None])
def test_a_method_that_the_class_does_not_have_is_refused(method: str | None) -> None:
    with pytest.raises(InvalidMethod):
        parameters(Signatures(Host().fetch), ExecMethod(path="CF_Job", method=method, parameters={"Cmd": "ls"}))


def test_a_class_is_asked_for_once_and_anew_when_it_is_forgotten() -> None:
    host = Host()
    signatures = Signatures(host.fetch)
    parameters(signatures, create("CF_Job", Cmd="ls"), create("cf_job.Id=1", Cmd="ls"))
    assert host.asked == ["CF_Job"]
    signatures.forget()
    parameters(signatures, create("CF_Job", Cmd="ls"))
    assert host.asked == ["CF_Job"] * 2


def test_so_many_classes_are_remembered_and_the_oldest_is_asked_for_anew() -> None:
    host = Host()
    signatures = Signatures(host.fetch)
    parameters(signatures, *[create(f"C{number}", Cmd="ls") for number in range(128)])
    parameters(signatures, create("C0", Cmd="ls"))
    assert len(host.asked) == 128
    parameters(signatures, create("C128", Cmd="ls"), create("C1", Cmd="ls"), create("C0", Cmd="ls"))
    assert host.asked[128:] == ["C128", "C0"]
