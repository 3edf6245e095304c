"""``wmix mof``: files are stored whole or not at all, mistakes show their place, and a check changes nothing."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

import wmix
from unit.cli.demo import wmi
from wmix.cim.image import ClassImage
from wmix.cli.main import main
from wmix.cli.mof import COMMAND
from wmix.mof.printer import class_text

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """\
class Shop_Item { [key] string Id; uint32 Price = 5; string Tags[]; };
class Shop_Tool : Shop_Item { string Use; };
instance of Shop_Tool { Id = "saw"; Use = "cut"; };
"""

SYNTAX = "class Shop_Bad { [key] string Id\n uint32 Price; };\nclass Shop_Worse : { };\n"

REFUSED = "class Shop_Orphan : Nobody { };\ninstance of Nothing { A = 1; };\n"

CREATED = """\
shop.mof:1:1: created class root\\default:Shop_Item
shop.mof:2:1: created class root\\default:Shop_Tool
shop.mof:3:1: created instance root\\default:Shop_Tool.Id="saw"
"""


@pytest.fixture(name="place", autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files, and a repository in it that is not made yet."""
    (tmp_path / "shop.mof").write_text(SHOP)
    (tmp_path / "syntax.mof").write_text(SYNTAX)
    (tmp_path / "refused.mof").write_text(REFUSED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WMIX_REPOSITORY", str(tmp_path / "r.sqlite"))
    return tmp_path


def stored(namespace: str = "root/default") -> list[str]:
    with wmix.connect(namespace=namespace) as client:
        return sorted(cls.name for cls in client.classes() if cls.name.startswith("Shop_"))


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_every_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mof", "compile", "shop.mof"]) == 0
    assert capsys.readouterr() == (CREATED, "")
    assert stored() == ["Shop_Item", "Shop_Tool"]
    assert main(["mof", "compile", "shop.mof", "-f", "jsonl"]) == 0
    first, _, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first == {
        "Action": "unchanged",
        "Kind": "class",
        "Namespace": "root\\default",
        "What": "Shop_Item",
        "Place": "shop.mof:1:1",
    }
    assert last["Action"] == "updated"


def test_a_dry_run_says_the_same_and_leaves_not_even_a_file(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    assert main(["mof", "compile", "--dry-run", "shop.mof"]) == 0
    assert capsys.readouterr() == (CREATED, "wmix: a dry run: nothing was changed\n")
    assert not (place / "r.sqlite").exists()
    assert main(["mof", "compile", "shop.mof"]) == 0
    (place / "more.mof").write_text("class Shop_More : Shop_Tool { };")
    assert main(["mof", "compile", "--dry-run", "more.mof"]) == 0
    assert stored() == ["Shop_Item", "Shop_Tool"]


def test_declarations_go_where_the_command_or_a_pragma_says(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    assert main(["mof", "compile", "--namespace", "root/cimv2", "shop.mof"]) == 0
    assert stored("root/cimv2") == ["Shop_Item", "Shop_Tool"]
    assert stored() == []
    (place / "pragma.mof").write_text(
        '#pragma namespace("\\\\\\\\.\\\\root\\\\cimv2")\nclass Shop_X : Shop_Item { };\n'
    )
    assert main(["mof", "check", "pragma.mof"]) == 0
    assert main(["mof", "compile", "pragma.mof"]) == 0
    assert stored("root/cimv2") == ["Shop_Item", "Shop_Tool", "Shop_X"]
    assert capsys.readouterr().err == ""


def test_the_repository_may_be_named(place: Path) -> None:
    assert main(["mof", "compile", "--repository", "other.sqlite", "shop.mof"]) == 0
    assert stored() == []
    assert (place / "other.sqlite").exists()
    assert main(["get", "--repository=other.sqlite", "-n", "root/default", 'Shop_Item="saw"']) == 0
    assert main(["get", "-n", "root/default", 'Shop_Item="saw"']) == 1


def test_standard_input_is_a_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(monkeypatch, SHOP.encode("utf-16"))
    assert main(["mof", "compile", "-"]) == 0
    assert capsys.readouterr().out == CREATED.replace("shop.mof", "<stdin>")
    standard_input(monkeypatch, SYNTAX.encode())
    assert main(["mof", "compile", "-"]) == 2
    assert capsys.readouterr().err.startswith("wmix: <stdin>:2:2: ")
    standard_input(monkeypatch, b'#include ("shop.mof")')
    assert main(["mof", "check", "-"]) == 2
    assert "a text by itself can include no file" in capsys.readouterr().err


def test_what_can_be_read_only_once_is_a_file_by_the_name_given(capsys: pytest.CaptureFixture[str]) -> None:
    def fed(text: str, action: str) -> tuple[int, str]:
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(text.encode())
        try:
            return main(["mof", action, f"/dev/fd/{reading}"]), f"/dev/fd/{reading}"
        finally:
            os.close(reading)

    code, name = fed(SHOP, "compile")
    assert (code, capsys.readouterr().out) == (0, CREATED.replace("shop.mof", name))
    code, name = fed(SYNTAX, "check")
    assert code == 2
    assert capsys.readouterr().err.startswith(f"{name}:2:2: ")
    assert main(["mof", "compile", os.devnull]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_never_ends_is_not_read_for_ever(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wmix.cli.mof.LARGEST", 100)
    assert main(["mof", "check", "/dev/zero"]) == 1
    assert "/dev/zero gives more than 100 octets [WBEM_E_INVALID_PARAMETER" in capsys.readouterr().err
    standard_input(monkeypatch, b" " * 101)
    assert main(["mof", "check", "-"]) == 1
    assert "<stdin> gives more than 100 octets" in capsys.readouterr().err
    standard_input(monkeypatch, b" " * 100)
    assert main(["mof", "check", "-"]) == 0


@pytest.mark.parametrize("action", ["compile", "check"])
def test_wrong_syntax_is_2_with_a_caret_at_every_mistake(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mof", action, "syntax.mof"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "syntax.mof:2:2: expected '=', '[', '(' or ';', found 'uint32'" in err
    assert "\n   uint32 Price; };\n   ^^^^^^\n" in err
    assert "syntax.mof:3:20: expected the name of the superclass, found '{'" in err


@pytest.mark.parametrize("action", ["compile", "check"])
def test_what_the_classes_refuse_is_1_with_its_place(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mof", action, "refused.mof"]) == 1
    err = capsys.readouterr().err
    assert "refused.mof:1:1: Shop_Orphan: there is no class Nobody in root\\default" in err
    assert "WBEM_E_INVALID_SUPERCLASS" in err
    assert ("refused.mof:2:1:" in err) == (action == "check"), "a check tells them all"


def test_what_the_engine_refuses_is_1_and_nothing_is_stored(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "late.mof").write_text(SHOP + 'instance of Shop_Tool { Use = "none"; };\n')
    assert main(["mof", "compile", "late.mof"]) == 1
    err = capsys.readouterr().err
    assert "late.mof:4:1: " in err
    assert "WBEM_E_NO_KEY" in err
    assert stored() == []


def test_refused_access_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    def connect(**given: object) -> wmix.Client:
        return wmix.connect(caller=wmix.Caller("eve", rights=1), **given)  # type: ignore[arg-type]

    assert main(["mof", "compile", "shop.mof"], connect=connect) == 4
    assert "WBEM_E_ACCESS_DENIED" in capsys.readouterr().err


def test_a_check_knows_what_is_stored_and_changes_nothing(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "more.mof").write_text("class Shop_More : Shop_Tool { };")
    assert main(["mof", "check", "shop.mof"]) == 0
    assert capsys.readouterr() == ("", "")
    assert not (place / "r.sqlite").exists()
    assert main(["mof", "check", "more.mof"]) == 1
    assert main(["mof", "compile", "shop.mof"]) == 0
    assert main(["mof", "check", "more.mof", "refused.mof"]) == 1
    assert "more.mof" not in capsys.readouterr().err.replace("more.mof:1:1: Shop_More: there is no", "", 1)
    assert stored() == ["Shop_Item", "Shop_Tool"]
    assert main(["mof", "check", "-n", "root/nowhere", "shop.mof"]) == 1


def test_a_check_tells_twenty_mistakes_and_not_more(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "many.mof").write_text("class { };\n" * 50)
    assert main(["mof", "check", "many.mof"]) == 2
    assert capsys.readouterr().err.count("many.mof:") == 20


def test_a_syntax_mistake_in_any_file_stops_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mof", "compile", "shop.mof", "syntax.mof"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("wmix: nothing was stored\n")
    assert stored() == []


def test_a_refused_file_keeps_out_those_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mof", "compile", "shop.mof", "refused.mof"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "refused.mof:1:1: " in err
    assert err.endswith("wmix: nothing was stored, of none of the files\n")
    assert stored() == []


def test_files_see_what_those_before_them_declare(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "more.mof").write_text("class Shop_More : Shop_Tool { };")
    (place / "gone.mof").write_text('#pragma deleteclass("Shop_More", FAIL)\nclass Shop_Last : Shop_More { };')
    assert main(["mof", "compile", "--dry-run", "shop.mof", "more.mof"]) == 0
    assert capsys.readouterr().out == CREATED + "more.mof:1:1: created class root\\default:Shop_More\n"
    assert main(["mof", "check", "shop.mof", "more.mof"]) == 0
    assert main(["mof", "check", "shop.mof", "more.mof", "gone.mof"]) == 1
    assert "gone.mof:2:1: Shop_Last: there is no class Shop_More" in capsys.readouterr().err
    assert stored() == []
    assert main(["mof", "compile", "shop.mof", "more.mof"]) == 0
    assert stored() == ["Shop_Item", "Shop_More", "Shop_Tool"]


def test_flags_hold_until_a_pragma_says_otherwise(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    assert main(["mof", "compile", "--class-flags", "UpdateOnly", "shop.mof"]) == 1
    assert "shop.mof:1:1: there is no class Shop_Item" in capsys.readouterr().err
    assert main(["mof", "compile", "shop.mof"]) == 0
    assert main(["mof", "compile", "--class-flags=createonly", "shop.mof"]) == 1
    assert main(["mof", "compile", "--instance-flags=createonly", "shop.mof"]) == 1
    assert "shop.mof:3:1: an instance of Shop_Tool with these keys exists" in capsys.readouterr().err
    (place / "wide.mof").write_text(
        "#pragma deleteinstance(\"Shop_Tool.Id='saw'\", FAIL)\n"
        "class Shop_Item { [key] string Id; uint32 Price = 5; string Maker; };\n"
    )
    assert main(["mof", "compile", "wide.mof"]) == 1
    assert "WBEM_E_CLASS_HAS_CHILDREN" in capsys.readouterr().err
    assert main(["mof", "compile", "--class-flags", "updateonly,safeupdate", "wide.mof"]) == 0
    (place / "mixed.mof").write_text('#pragma classflags("updateonly")\n' + SHOP)
    assert main(["mof", "compile", "--class-flags", "createonly", "mixed.mof"]) == 1
    assert "WBEM_E_CLASS_HAS_CHILDREN" in capsys.readouterr().err


def test_places_have_the_folder_that_was_given(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "below").mkdir()
    (place / "below" / "main.mof").write_text('#include ("part.mof")\nclass Shop_B : Shop_A {};\n')
    (place / "below" / "part.mof").write_text("class Shop_A { [key] string Id; };\n")
    assert main(["mof", "compile", "below/main.mof"]) == 0
    assert [line.partition(" ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "below/part.mof:1:1:",
        "below/main.mof:2:1:",
    ]
    (place / "link.mof").symlink_to(place / "below" / "main.mof")
    assert main(["mof", "compile", "link.mof"]) == 0
    assert f"{place}/below/part.mof:1:1:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["compile", "none.mof"], 1, "there is no file none.mof"),
        (["compile", "--class-flags", "nonsense", "shop.mof"], 2, "'nonsense' is no flag"),
        (["compile", "--class-flags", "createonly,updateonly", "shop.mof"], 2, "exclude each other"),
        (["compile", "--instance-flags", "safeupdate", "shop.mof"], 2, "'safeupdate' is no flag"),
        (["check", "none.mof"], 1, "there is no file none.mof"),
        (["compile", "shop.mof", "none.mof"], 1, "there is no file none.mof"),
        (["check", "."], 1, ". is a folder"),
        (["compile"], 2, "required: FILE"),
        (["recompile", "shop.mof"], 2, "invalid choice"),
        (["compile", "-n", "root/nowhere", "shop.mof"], 1, "WBEM_E_INVALID_NAMESPACE"),
        (["check", "latin.mof"], 1, "latin.mof is not text in UTF-8"),
    ],
)
def test_other_ends(words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "latin.mof").write_bytes(b'instance of X { A = "\xe9"; };')
    # A file that is no text is wrong in itself.
    assert main(["mof", *words]) == (2 if "latin.mof" in words else code)
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert stored() == []


def test_what_describe_prints_compiles_to_the_same_class(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of the example in the help: a shipped class, described, compiled over itself, is unchanged."""
    for name in ("Win32_LogicalDisk", "Win32_Process", "CIM_Service"):
        assert main(["describe", name, "--format", "mof"]) == 0
        text = capsys.readouterr().out
        (place / "again.mof").write_text(text)
        assert main(["mof", "compile", "-n", "root/cimv2", "again.mof"]) == 0
        found = ClassImage.open().load("root\\cimv2", name)
        assert found is not None
        assert text == class_text(found) + "\n"
        assert f": unchanged class root\\cimv2:{name}\n" in capsys.readouterr().out


def test_what_get_prints_compiles_to_the_same_instance(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    assert main(["mof", "compile", "shop.mof"]) == 0
    capsys.readouterr()
    assert main(["get", "-n", "root/default", 'Shop_Item="saw"', "--format", "mof"]) == 0
    text = capsys.readouterr().out
    (place / "again.mof").write_text(text)
    assert main(["delete", "-n", "root/default", 'Shop_Item="saw"']) == 0
    assert main(["mof", "compile", "again.mof"]) == 0
    assert main(["query", "-n", "root/default", "SELECT * FROM Shop_Item", "-f", "mof"]) == 0
    assert capsys.readouterr().out.endswith(text)


def test_words_are_completed(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("_complete", "mof", "c") == 0
    assert capsys.readouterr().out == "compile\ncheck\n"
    assert wmi("_complete", "mof", "compile", "-n", "root/d") == 0
    assert capsys.readouterr().out == "root/default\n"
    assert wmi("_complete", "mof", "compile", "sh") == 0
    assert capsys.readouterr().out == "", "the shell knows its files"
    assert COMMAND.option("--dry-run") is not None
