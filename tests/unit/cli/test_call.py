"""``wmix call``: parameters are typed by the signature, out-parameters are shown, return values explained."""

from __future__ import annotations

import json

import pytest

import wmix
from unit.cli.demo import wmi


def test_out_parameters_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("call", "Demo_Thing.Id=1", "Grow", "Force=true", "By=0x10", "names=a,b", "Rate=0.5") == 0
    out, err = capsys.readouterr()
    assert sorted(out.splitlines()) == [
        "ReturnValue: 0",
        "Seen: {'By': 16, 'Force': True, 'Names': ('a', 'b'), 'Rate': 0.5}",
    ]
    assert err == ""


def test_other_formats_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("call", "Demo_Thing.Id=1", "Grow", "Force=1", "-f", "jsonl") == 0
    assert json.loads(capsys.readouterr().out) == {"ReturnValue": 0, "Seen": "{'Force': True}"}


def test_a_method_without_output_writes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wmix.Client, "call", lambda *_, **__: None)
    assert wmi("call", "Demo_Thing", "Count") == 0
    assert capsys.readouterr() == ("", "")


def test_a_return_value_other_than_0_is_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("call", "Demo_Thing", "Count") == 0
    assert capsys.readouterr() == ("ReturnValue: 2\n", "wmix: Count returned 2\n")


def test_a_return_value_is_explained_by_the_value_map(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("call", "Win32_Process", "Create", "CommandLine=/no/such/program") == 0
    out, err = capsys.readouterr()
    assert "ReturnValue: 9\n" in out
    assert err == "wmix: Create returned 9: Path not found\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["Demo_Thing.Id=1", "Shrink"], 1, "Demo_Thing has no method Shrink"),
        (["Demo_Thing.Id=1", "Shrink", "By=1"], 1, "Demo_Thing has no method Shrink"),
        (["Demo_Thing.Id=1", "Grow", "Bye=1"], 1, "did you mean By?"),
        (["Demo_Thing.Id=1", "Grow", "By=much"], 1, "WBEM_E_TYPE_MISMATCH"),
        (["Demo_Thing.Id=1", "Grow", "By=-1"], 1, "WBEM_E_VALUE_OUT_OF_RANGE"),
        (["Demo_Thing.Id=9", "Grow", "By=1"], 1, "WBEM_E_NOT_FOUND"),
        (["Demo_Thing", "Grow", "By=1"], 1, "WBEM_E_INVALID_METHOD"),
        (["Demo_Nothing", "Grow", "By=1"], 1, "Demo_Nothing"),
        (["Demo_Thing.", "Grow"], 2, "WBEM_E_INVALID_OBJECT_PATH"),
        (["Demo_Thing", "Count", "=1"], 2, "a parameter is written Name=Value"),
    ],
)
def test_what_cannot_be_called_is_told(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert wmi("call", *words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
