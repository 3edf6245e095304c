"""Files that include files: which one is meant, what is not allowed, and the order of what they declare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.errors import WmiError
from wmix.mof.ast import ClassDeclaration
from wmix.mof.diagnostics import InvalidMof
from wmix.mof.elaborate import compile_file
from wmix.mof.includes import MAX_DEPTH, MAX_FILES, Unit, load, resolve_include
from wmix.mof.steps import PutClass


def _load(**files: str) -> Unit:
    def read(name: str) -> bytes:
        try:
            return files[name.removesuffix(".mof").replace("/", "__")].encode()
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory") from None

    return load("main.mof", read)


def _names(unit: Unit) -> list[str]:
    return [declaration.name for _, declaration in unit.items if isinstance(declaration, ClassDeclaration)]


def _refusal(**files: str) -> str:
    with pytest.raises(InvalidMof) as caught:
        _load(**files)
    assert {d.symbol for d in caught.value.diagnostics} == {"WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE"}
    return str(caught.value.diagnostics[0])


@pytest.mark.parametrize(
    ("including", "target", "meant"),
    [
        ("main.mof", "a.mof", "a.mof"),
        ("main.mof", ".\\sub\\a.mof", "sub/a.mof"),
        ("sub/b.mof", "a.mof", "sub/a.mof"),
        ("sub/b.mof", "../a.mof", "a.mof"),
        ("sub/b.mof", "deep//../c.mof", "sub/c.mof"),
    ],
)
def test_names_are_relative_to_the_including_file(including: str, target: str, meant: str) -> None:
    assert resolve_include(including, target) == meant


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/etc/passwd",
        "\\\\host\\share\\a.mof",
        "C:\\a.mof",
        "C:a.mof",
        "../a.mof",
        "sub/../../a.mof",
        "a\0.mof",
        "sub/",
        "..",
    ],
)
def test_no_name_leads_out_of_the_folder(target: str) -> None:
    with pytest.raises(WmiError) as caught:
        resolve_include("main.mof", target)
    assert caught.value.symbol == "WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE"


@given(st.text("ab./\\:\0", max_size=12))
def test_whatever_is_written_stays_below_the_folder(target: str) -> None:
    try:
        found = resolve_include("sub/main.mof", target)
    except WmiError:
        return
    assert not found.startswith("/")
    assert ".." not in found.split("/")
    assert ":" not in found


def test_contents_stand_in_the_place_of_the_include() -> None:
    unit = _load(
        main='class A { };\n#include ("sub\\\\b.mof")\nclass D { };',
        sub__b='class B { }; #include ("c.mof")',
        sub__c="class C { };",
    )
    assert _names(unit) == ["A", "B", "C", "D"]
    assert [source.name for source, _ in unit.items] == ["main.mof", "sub/b.mof", "sub/c.mof", "main.mof"]


def test_a_file_may_be_included_twice() -> None:
    assert _names(_load(main='#include ("b.mof")\n' * 3, b="class B { };")) == ["B"] * 3


def test_a_cycle_is_refused() -> None:
    files = {"main": '#include ("b.mof")', "b": '#include ("main.mof")'}
    assert "main.mof > b.mof > main.mof" in _refusal(**files)
    assert "would include itself" in _refusal(main='#include ("MAIN.mof")')


def test_a_missing_file_is_told_at_its_include() -> None:
    assert _refusal(main='class A { };\n  #include ("b.mof")').startswith(
        "main.mof:2:3: b.mof cannot be read: No such file or directory"
    )


def test_mistakes_of_an_included_file_name_that_file() -> None:
    with pytest.raises(InvalidMof) as caught:
        _load(main='#include ("b.mof")\nklass', b="\nclass A { int X; };")
    assert [str(d).partition(": ")[0] for d in caught.value.diagnostics] == ["main.mof:2:1", "b.mof:2:11"]


def test_depth_and_number_of_files_are_limited() -> None:
    deep = {f"f{i}": f'#include ("f{i + 1}.mof")' for i in range(MAX_DEPTH + 5)}
    assert "in a chain" in _refusal(main='#include ("f0.mof")', **deep)
    wide = {f"f{i}": f'#include ("f{i + 1}.mof")\n' * 2 for i in range(20)}
    assert f"more than {MAX_FILES} files" in _refusal(main='#include ("f0.mof")', f20="class A { };", **wide)


def test_what_is_no_text_is_told() -> None:
    def read(name: str) -> bytes:
        return b'#include ("b.mof")' if name == "main.mof" else b"\xff\xfe\x00"

    with pytest.raises(InvalidMof, match="not text in UTF-16"):
        load("main.mof", read)


def test_a_namespace_pragma_of_an_included_file_holds_behind_it() -> None:
    files = {
        "main.mof": b'#include ("b.mof")\nclass A { };',
        "b.mof": b'\xef\xbb\xbf#pragma namespace("root\\\\other")\n',
    }
    _, step = compile_file("main.mof", files.__getitem__).steps(lambda _, __: None)
    assert isinstance(step, PutClass)
    assert step.namespace == "root\\other"
