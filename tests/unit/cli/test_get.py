"""``wmix get``: an instance in every format, a class as its definition."""

from __future__ import annotations

import json

import pytest

from unit.cli.demo import wmi
from unit.cli.test_terminal import Screen


def test_an_object_is_text_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("get", "Demo_Thing.Id=2") == 0
    assert capsys.readouterr().out == "Id: 2\nName:\nSize:\nMade:\nReady:\nTags:\nPart:\nNext:\n"


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("jsonl", '{"Id": 2, "Name": null,'),
        ("json", '[\n{"Id": 2,'),
        ("csv", "Id,Name,Size,Made,Ready,Tags,Part,Next\r\n2,,,,,,,\r\n"),
        ("table", "Id  Name  Size"),
        ("mof", "instance of Demo_Thing\n{\n\tId = 2;\n};\n"),
    ],
)
def test_other_formats_are_there(capsys: pytest.CaptureFixture[str], style: str, text: str) -> None:
    assert wmi("get", "Demo_Thing.Id=2", "--format", style) == 0
    assert capsys.readouterr().out.startswith(text)


@pytest.mark.parametrize("words", [("get", "Demo_Thing.Id=2"), ("classes", "Win32_Process", "--system")])
def test_a_screen_too_narrow_for_a_table_gets_text(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    out, err = Screen(), Screen()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("COLUMNS", "40")
    assert wmi(*words, "--format", "table") == 0
    assert ":\x1b[0m " in out.getvalue()
    assert "columns do not fit" in err.getvalue()


def test_system_properties_come_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("get", "Demo_Thing.Id=2", "--system") == 0
    assert capsys.readouterr().out.startswith("__GENUS: 2\n__CLASS: Demo_Thing\n")


def test_a_class_path_gives_the_definition(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("get", "Win32_LogicalDisk", "-f", "json") == 0
    assert json.loads(capsys.readouterr().out)["__CLASS"] == "Win32_LogicalDisk"
    assert wmi("get", "Win32_LogicalDisk") == 0
    assert capsys.readouterr().out.startswith("Win32_LogicalDisk\n  derived from  CIM_LogicalDisk : ")


def test_a_class_has_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("get", "Win32_LogicalDisk", "-f", "csv") == 2
    assert "its definition has no format csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "code"), [("Demo_Thing.Id=9", 1), ("Demo_Nothing.Id=9", 1), ("Demo_Thing.Nothing=1", 1), ("A.B", 2)]
)
def test_what_is_not_there_is_1_and_what_is_no_path_2(capsys: pytest.CaptureFixture[str], path: str, code: int) -> None:
    assert wmi("get", path) == code
    assert "[WBEM_E_" in capsys.readouterr().err
