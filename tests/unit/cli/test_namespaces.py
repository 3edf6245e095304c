"""``wmix namespaces``: a name a line, or in a format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import wmix
from unit.cli.demo import wmi
from wmix.cli.main import main
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from pathlib import Path

    from wmix.config import Settings

ALL = ["root", "root\\cimv2", "root\\default", "root\\StandardCimv2", "root\\subscription"]


def test_all_namespaces_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces") == 0
    assert capsys.readouterr() == ("".join(f"{name}\n" for name in ALL), "")


def test_a_format_makes_objects_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"Name": name} for name in ALL]


def test_the_list_may_begin_further_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces", "-n", "ROOT/CIMV2") == 0
    assert capsys.readouterr().out == "root\\cimv2\n"
    assert wmi("namespaces", "-n", "root/nowhere") == 1


# -- what stays closed


class AsEve:
    """Connects a user whom one namespace does not let in; its further namespaces can be made to fail."""

    def __init__(self, repository: str) -> None:
        self._repository = repository
        self.clients: list[wmix.Client] = []

    def __call__(
        self, *, namespace: str, settings: Settings, repository: str | None, locale: str | None
    ) -> wmix.Client:
        """A client."""
        eve = wmix.Caller("eve", rights=Rights.ENABLE)
        client = wmix.connect(namespace=namespace, settings=settings, repository=self._repository, caller=eve)
        self.clients.append(client)
        return client


@pytest.fixture
def eve(tmp_path: Path) -> AsEve:
    repository = str(tmp_path / "repository.db")
    closed = wmix.SecurityDescriptor.parse("O:BAG:BAD:P(A;CI;CCDCLCSWRPWPDTLORCWD;;;BA)")
    with wmix.connect(namespace="root", repository=repository) as admin:
        for place, name in ((admin, "open"), (admin, "closed")):
            place.put(place.cls("__Namespace").spawn_(Name=name))
        below = admin.namespace("closed")
        below.put(below.cls("__Namespace").spawn_(Name="hidden"))
        below.call("__SystemSecurity=@", "SetSD", SD=list(closed.octets))
    return AsEve(repository)


def test_a_namespace_that_lets_nobody_in_is_listed_and_told_of(eve: AsEve, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["namespaces"], connect=eve) == 3
    out, err = capsys.readouterr()
    assert out.splitlines() == sorted([*ALL, "root\\closed", "root\\open"], key=str.casefold)
    assert err.splitlines() == [
        "wmix: access to root\\closed is denied: what is below it is unknown",
        "wmix: partial result: 7 namespaces are listed",
    ]


def test_what_was_found_before_a_failure_is_written(
    eve: AsEve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: wmix.Client, name: str, *, deadline: float | None = None) -> wmix.Client:
        raise wmix.ConnectError("the cable is out")

    monkeypatch.setattr(wmix.Client, "namespace", lost)
    assert main(["namespaces", "--format", "csv"], connect=eve) == 3
    out, err = capsys.readouterr()
    assert out.splitlines()[:2] == ["Name", "root"]
    assert "the cable is out" in err
    assert err.splitlines()[-1] == "wmix: partial result: 2 namespaces are listed"


def test_nothing_below_that_can_be_read_is_a_failure(
    eve: AsEve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: wmix.Client, class_name: str, *, deadline: float | None = None) -> wmix.Client:
        raise wmix.ConnectError("the cable is out")

    monkeypatch.setattr(wmix.Client, "instances", lost)
    assert main(["namespaces"], connect=eve) == 4
    assert capsys.readouterr().out == ""


def test_the_deadline_is_that_of_the_whole_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("namespaces", "--deadline", "0.000001") == 1
    assert "--deadline" in capsys.readouterr().err
