"""``wmix query``: select order, formats, system properties, modes, limits and files, over a real engine."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from unit.cli import demo
from unit.cli.demo import WHEN, wmi
from unit.cli.test_terminal import Screen

if TYPE_CHECKING:
    from pathlib import Path

THINGS = "SELECT * FROM Demo_Thing WHERE __CLASS = 'Demo_Thing'"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a query that succeeds and gives its output."""

    def ask(*words: str) -> str:
        assert wmi("query", *words) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return str(out)

    return ask


def test_json_is_one_array_with_every_kind_of_value(ask: Any) -> None:
    first, second = json.loads(ask(THINGS, "--format", "json"))
    assert list(first) == ["Id", "Name", "Size", "Made", "Ready", "Tags", "Part", "Next"]
    assert first == {
        "Id": 1,
        "Name": 'a "b"\n',
        "Size": 18446744073709551615,
        "Made": WHEN,
        "Ready": True,
        "Tags": ["x", "y;z"],
        "Part": {"__CLASS": "Test_Inner", "Text": "inside", "Number": 7},
        "Next": "Demo_Thing.Id=2",
    }
    assert second == {name: 2 if name == "Id" else None for name in first}


def test_jsonl_is_an_object_a_line(ask: Any) -> None:
    lines = ask(THINGS, "--format", "jsonl").splitlines()
    assert [json.loads(line)["Id"] for line in lines] == [1, 2]


@pytest.mark.parametrize(
    ("select", "names"),
    [
        ("Size, Name", ["Size", "Name"]),
        ("name, ID", ["Name", "Id"]),
        ("Name, Size, name", ["Name", "Size"]),
        ("__class, Name, __RELPATH", ["__CLASS", "Name", "__RELPATH"]),
        ("Part.Text, Name", ["Part", "Name"]),
    ],
)
def test_properties_stand_in_select_order_in_the_spelling_of_the_class(ask: Any, select: str, names: list[str]) -> None:
    rows = json.loads(ask(f"SELECT {select} FROM Demo_Thing", "-f", "json"))
    assert [list(row) for row in rows] == [names] * 3
    assert ask(f"SELECT {select} FROM Demo_Thing", "-f", "csv").splitlines()[0] == ",".join(names)


def test_keys_and_system_properties_come_on_demand(ask: Any) -> None:
    row, *_ = json.loads(ask("SELECT Name FROM Demo_Thing", "-f", "json"))
    assert row == {"Name": 'a "b"\n'}
    row, *_ = json.loads(ask("SELECT Name FROM Demo_Thing", "-f", "json", "--system"))
    assert list(row) == [
        "__GENUS", "__CLASS", "__SUPERCLASS", "__DYNASTY", "__RELPATH", "__PROPERTY_COUNT", "__DERIVATION", "__SERVER",
        "__NAMESPACE", "__PATH", "Name", "Id",
    ]  # fmt: skip
    assert (row["__GENUS"], row["__RELPATH"], row["__DERIVATION"]) == (2, "Demo_Thing.Id=1", [])
    assert row["__NAMESPACE"] == "root\\cimv2"


def test_derived_objects_show_what_they_have(ask: Any) -> None:
    rows = json.loads(ask("SELECT * FROM Demo_Thing", "-f", "json"))
    assert ["Extra" in row for row in rows] == [False, False, True]
    header, *lines = csv.reader(ask("SELECT * FROM Demo_Thing", "-f", "csv").splitlines(keepends=True))
    assert header[-1] == "Extra"
    assert [line[-1] for line in lines] == ["", "", "more"]


def test_csv_has_a_header_also_without_rows(ask: Any) -> None:
    assert ask("SELECT Name, Id FROM Demo_Thing WHERE Id = 99", "-f", "csv") == "Name,Id\r\n"


def test_text_is_a_property_a_line_and_a_blank_line_between_objects(ask: Any) -> None:
    assert ask("SELECT Name, Id, Tags FROM Demo_Thing WHERE Id < 3", "-f", "text") == (
        'Name: a "b"\\n\nId: 1\nTags: {x, y;z}\n\nName:\nId: 2\nTags:\n'
    )


def test_mof_is_instance_declarations(ask: Any) -> None:
    assert ask("SELECT Name, Id FROM Demo_Thing WHERE Id < 3", "-f", "mof") == (
        'instance of Demo_Thing\n{\n\tId = 1;\n\tName = "a \\"b\\"\\n";\n};\n\n'
        "instance of Demo_Thing\n{\n\tId = 2;\n};\n"
    )


def test_a_pipe_gets_a_plain_table(ask: Any) -> None:
    assert ask("SELECT Name, Id FROM Demo_Thing WHERE Id < 3").splitlines() == [
        "Name     Id",
        'a "b"\\n   1',
        "          2",
    ]


def test_a_screen_gets_a_ruled_table_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Screen(), Screen()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("COLUMNS", "22")
    monkeypatch.setenv("NO_COLOR", "1")
    assert wmi("query", "SELECT Id, __RELPATH, __DYNASTY FROM Demo_Thing WHERE Id = 1") == 0
    assert out.getvalue() == "Id  __RELPA…  __DYNAS…\n──  ────────  ────────\n 1  Demo_Th…  Demo_Th…\n"


def test_a_screen_too_narrow_gets_text_and_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Screen(), Screen()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    assert wmi("query", THINGS) == 0
    assert out.getvalue().startswith('Id: 1\nName: a "b"\\n\nSize: 18446744073709551615\n')
    assert err.getvalue().startswith("wmix: 8 columns do not fit")


@pytest.mark.parametrize("mode", ["sync", "semisync", "async"])
def test_every_mode_gives_the_same_rows(ask: Any, mode: str) -> None:
    lines = ask("SELECT Id, Square FROM Demo_Number", "--mode", mode, "-f", "csv").splitlines()
    assert lines[1:] == [f"{i},{i * i}" for i in range(1000)]


@pytest.mark.parametrize("batch", ["1", "7", "1000"])
def test_the_batch_changes_no_row(ask: Any, batch: str) -> None:
    assert len(ask("SELECT Id FROM Demo_Number WHERE Id < 100", "--batch", batch, "-f", "jsonl").splitlines()) == 100


def test_verbose_tells_what_was_done(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "wmix.cli"):
        assert wmi("query", "SELECT Id FROM Demo_Thing") == 0
    connected, counted = [record.getMessage() for record in caplog.records if record.name == "wmix.cli"]
    assert connected == "connected to root\\cimv2"
    assert counted.startswith("3 rows in ")


def test_a_limit_stops_the_provider(ask: Any) -> None:
    demo.stopped.clear()
    assert ask("SELECT Id FROM Demo_Endless", "--limit", "5", "-f", "jsonl").count("\n") == 5
    assert demo.stopped.wait(5)


def test_a_file_takes_the_rows_in_the_format_of_its_ending(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, text in [
        ("rows.json", '[\n{"Id": 1}\n]\n'),
        ("rows.jsonl", '{"Id": 1}\n'),
        ("rows.CSV", "Id\r\n1\r\n"),
        ("rows.mof", "instance of Demo_Thing\n{\n\tId = 1;\n};\n"),
        ("rows", "Id\n 1\n"),
    ]:
        path = tmp_path / name
        assert wmi("query", "SELECT Id FROM Demo_Thing WHERE Id = 1", "--out", str(path)) == 0
        assert path.read_bytes().decode() == text
    assert capsys.readouterr() == ("", "")


def test_a_failed_query_leaves_a_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("old")
    assert wmi("query", "SELECT Nothing FROM Demo_Thing", "--out", str(path)) == 2
    assert wmi("query", "SELECT * FROM Demo_Failing", "--out", str(path)) == 1
    assert path.read_text() == "old"


def test_a_file_that_cannot_be_made_is_a_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "no" / "such"
    assert wmi("query", "SELECT Id FROM Demo_Thing", "--out", str(path)) == 1
    assert capsys.readouterr().err == f"wmix: {path} cannot be written: No such file or directory\n"


def test_a_file_that_takes_nothing_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    for style in ("json", "table"):
        assert wmi("query", "SELECT Id FROM Demo_Thing", "--out", "/dev/full", "--format", style) == 1
        assert capsys.readouterr().err == "wmix: /dev/full cannot be written: No space left on device\n"


def test_a_file_that_takes_nothing_is_named_by_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["namespaces"], ["describe", "Demo_Thing"], ["get", "Demo_Thing.Id=1"]):
        assert wmi(*words, "--out", "/dev/full") == 1
        assert capsys.readouterr().err == "wmix: /dev/full: No space left on device\n"


def test_a_failure_after_rows_keeps_them_in_the_file_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "rows.json"
    assert wmi("query", "SELECT Id FROM Demo_Broken", "--out", str(path)) == 3
    assert [row["Id"] for row in json.loads(path.read_text())] == [0, 1, 2]
    err = capsys.readouterr().err
    assert "WBEM_E_PROVIDER_FAILURE" in err
    assert "partial result: 3 rows" in err


@pytest.mark.parametrize(
    ("name", "words", "code", "said"),
    [
        ("Demo_Silent", ["--deadline", "0.3"], 3, "WBEM_E_TIMED_OUT"),
        ("Demo_Silent", ["--timeout", "0.3"], 3, "nothing arrived for 0.3 s"),
        ("Demo_Mute", ["--deadline", "0.3"], 1, "WBEM_E_TIMED_OUT"),
        ("Demo_Mute", ["--timeout", "0.3"], 1, "nothing arrived for 0.3 s"),
        ("Demo_Failing", [], 1, "the cable is out"),
        ("Demo_Nothing", [], 1, "Demo_Nothing"),
    ],
)
def test_a_deadline_or_failure_is_told(
    capsys: pytest.CaptureFixture[str], name: str, words: list[str], code: int, said: str
) -> None:
    assert wmi("query", f"SELECT Id FROM {name}", "-f", "jsonl", *words) == code
    out, err = capsys.readouterr()
    assert out == ('{"Id": 7}\n' if code == 3 else "")
    assert said in err


def test_the_advice_about_a_deadline_names_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("query", "SELECT Id FROM Demo_Silent", "-f", "jsonl", "--deadline", "0.5") == 3
    assert "hint: give a longer --deadline, or ask for less\n" in capsys.readouterr().err


def test_a_deadline_that_passed_while_connecting_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([0.0, 5.0])
    monkeypatch.setattr("wmix.cli.session.monotonic", lambda: next(ticks))
    assert wmi("query", "SELECT Id FROM Demo_Thing", "--deadline", "3") == 1
    assert "the deadline of 3 s has passed [WBEM_E_TIMED_OUT" in capsys.readouterr().err
