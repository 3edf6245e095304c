"""The commands against a host in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wire.far_host import PASSWORD, USER
from wmix.cli.main import main

if TYPE_CHECKING:
    from wire.conftest import FarHost


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WMIX_PASSWORD", PASSWORD)


def run(far: FarHost, *words: str, user: str = USER) -> int:
    return main([*words, "--host", far.place, "--user", user, "--namespace", "root/conf"])


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("query", "SELECT Id, Num FROM CF_Part WHERE Num < 3", "--format", "csv"), "p1,1"),
        (("query", "SELECT * FROM Far_Many", "--limit", "3", "--format", "jsonl"), '"number 2"'),
        (("get", 'CF_Part.Id="p2"'), "p2"),
        (("call", "CF_Job", "Create", "Cmd=four"), "4"),
        (("classes", "CF_*"), "CF_BigGear"),
        (("describe", "CF_Job"), "Create"),
        (("namespaces",), "root\\conf"),
        (("explain", "SELECT * FROM CF_Part"), "smart enumeration"),
        (("explain", 'SELECT * FROM CF_Part WHERE Id="p1"'), "plain Next"),
        (("explain", "SELECT * FROM CF_Part", "--enumeration", "plain"), "plain Next"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_command_asks_the_host(
    far: FarHost, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], shown: str
) -> None:
    code = run(far, *words)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    assert shown in out


def test_named_values_travel_with_a_call(far: FarHost, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("Pace=slow", "Truth=TRUE", "Number=7", "List=1", "List=2", "One[]=x", "Nothing=", 'Text="7"')
    words = [word for value in given for word in ("--context", value)]
    assert run(far, "query", "SELECT * FROM Far_Context", "--format", "csv", *words) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == sorted([
        "Name,Value", "Pace,'slow'", "Truth,True", "Number,7", 'List,"[1, 2]"', "One,['x']", "Nothing,None",
        "Text,'7'",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("words", "user", "code"),
    [
        (("--impersonation", "impersonate"), USER, 0),
        (("--authority", "ntlmdomain:FAR"), "tester", 0),
        (("--authority", "ntlmdomain:NEAR"), "tester", 4),
        (("--impersonation", "identify"), USER, 4),
        (("--authority", "kerberos:host/far"), USER, 4),
    ],
)
def test_a_login_is_made_as_the_options_say(
    far: FarHost, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], user: str, code: int
) -> None:
    assert run(far, "get", 'CF_Part.Id="p2"', *words, user=user) == code
    told = capsys.readouterr().err
    assert ("hint: " in told) is bool(code)
    assert "Traceback" not in told


def test_who_may_only_be_identified_is_told_what_to_leave_out(far: FarHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(far, "get", 'CF_Part.Id="p2"', "--impersonation", "identify") == 4
    assert "leave --impersonation out" in capsys.readouterr().err


def test_objects_are_put_and_deleted(far: FarHost, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(far, "put", 'CF_Pair.A=7,B="seven"', "--create") == 0
    assert run(far, "get", 'CF_Pair.A=7,B="seven"') == 0
    assert run(far, "delete", 'CF_Pair.A=7,B="seven"', "--yes") == 0
    assert run(far, "get", 'CF_Pair.A=7,B="seven"') == 1
    assert "WBEM_E_NOT_FOUND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "user", "code", "told"),
    [
        (("query", "SELECT * FROM CF_Part"), "FAR\\nobody", 4, "phase: activate"),
        (("query", "SELECT * FROM CF_None"), USER, 1, "there is no class CF_None in root\\conf [WBEM_E_INVALID_CLASS"),
        (("query", "SELEKT"), USER, 2, "WBEM_E_INVALID_QUERY"),
        (("query", "SELECT * FROM CF_Part WERE Num = 1"), USER, 2, "                        ^^^^\n"),
        (("query", "SELECT Numm FROM CF_Part"), USER, 2, "hint: did you mean Num?"),
        (("query", "SELECT * FROM CF_Part WHERE Numm = 1"), USER, 2, "                              ^^^^\n"),
        (("query", "SELECT * FROM CF_Part WITHIN 2"), USER, 2, "                        ^^^^^^\n"),
        (("watch", "SELECT * FROM __InstanceOperationEvent WITHN 2"), USER, 2, "^^^^^\n"),
        (("watch", "SELECT * FROM CF_Part WITHIN 2"), USER, 2, "WBEM_E_NOT_EVENT_CLASS"),
        (("get", "CF_Part.Id='none'"), USER, 1, "there is no instance CF_Part.Id='none' [WBEM_E_NOT_FOUND"),
        (("get", "CF_Part.Id="), USER, 2, "             ^\n"),
        (("get", "CF_Part.Num=1"), USER, 1, "hint: keys are Id"),
        (("describe", "CF_None"), USER, 1, "there is no class CF_None in root\\conf"),
        (("call", "CF_Job", "Craete"), USER, 1, "hint: did you mean Create?"),
        (("delete", "CF_Pair.A=7"), USER, 1, "the value of B is missing"),
        (("watch", "SELECT * FROM __InstanceOperationEvent WITHIN 2 WHERE Targt = 1"), USER, 2, "has no property"),
        (("mof", "compile", "none.mof"), USER, 2, "--host"),
    ],
)
def test_failures_have_their_exit_codes(
    far: FarHost, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], user: str, code: int, told: str
) -> None:
    assert run(far, *words, user=user) == code
    assert told in capsys.readouterr().err
