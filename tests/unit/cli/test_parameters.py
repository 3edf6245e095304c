"""Words ``Name=Value`` become values of the signature's types, or it is said which word is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, values_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.cli.options import UsageError
from wmix.cli.parameters import split_words, typed
from wmix.errors import InvalidClass, OutOfRange, TypeMismatch, UnknownProperty, WmiError

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALARS = [CimType.UINT32, CimType.SINT64, CimType.REAL64, CimType.BOOLEAN, CimType.STRING, CimType.DATETIME,
           CimType.REFERENCE, CimType.CHAR16]  # fmt: skip

METHOD = CimMethod.declare(
    "Try",
    [
        *[CimParameter(cim_type.name.title(), cim_type) for cim_type in SCALARS],
        *[CimParameter(cim_type.name.title() + "s", cim_type, True) for cim_type in SCALARS],
        CimParameter("Part", CimType.OBJECT, cimtype="object:Test_Inner"),
        CimParameter("Parts", CimType.OBJECT, True, cimtype="object:Test_Inner"),
        CimParameter("Any", CimType.OBJECT),
    ],
)


OUTER = derive(
    None,
    "Test_Outer",
    properties=[
        CimProperty("One", CimType.OBJECT, cimtype="object:Test_Inner"),
        CimProperty("Many", CimType.OBJECT, True, cimtype="object:Test_Inner"),
    ],
)


def find_class(name: str) -> CimClass:
    for cls in (INNER, OUTER):
        if cls.name == name:
            return cls
    raise InvalidClass(f"no class {name}")


def read(*words: str) -> dict[str, object]:
    return typed(METHOD, split_words(words), find_class)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("Uint32=7", 7),
        ("Uint32=0xff", 255),
        ("Sint64=-9223372036854775808", -(2**63)),
        ("Real64=1e3", 1000.0),
        ("Boolean=TRUE", True),
        ("Boolean=false", False),
        ("Boolean=1", True),
        ("String=a=b, c", "a=b, c"),
        ('String=""', ""),
        ("String=", None),
        ("Uint32=", None),
        ("Datetime=20240229120000.000000+060", CimDateTime("20240229120000.000000+060")),
        ("Reference=A.B=1", "A.B=1"),
        ("Char16=x", "x"),
        ("Uint32s=1,2,3", (1, 2, 3)),
        ("Uint32s=1", (1,)),
        ("Uint32s=", None),
        (r"Strings=a\,b,c", ("a,b", "c")),
        ("Strings=a,,c", ("a", "", "c")),
        (r"Strings=C:\\,d", (r"C:\,d",)),
        ('Strings=""', ("",)),
    ],
)
def test_a_word_becomes_a_value_of_its_type(word: str, value: object) -> None:
    found = read(word)
    assert list(found.values()) == [value]


def test_names_take_the_spelling_of_the_signature() -> None:
    assert read("uint32=1", "STRINGS=a") == {"Uint32": 1, "Strings": ("a",)}


def test_a_repeated_name_is_an_array_with_commas_as_they_are() -> None:
    assert read("Strings=a,b", "strings=c") == {"Strings": ("a,b", "c")}


def test_what_the_signature_does_not_have_is_left_to_the_call() -> None:
    assert read("Nothing=1") == {"Nothing": "1"}
    assert typed(None, split_words(["A=1"]), find_class) == {"A": "1"}


def test_embedded_objects_are_json() -> None:
    expected = CimInstance.of(INNER, {"Text": "a,b"})
    assert read('Part={"text": "a,b"}') == {"Part": expected}
    assert read('Any={"__CLASS": "Test_Inner", "Text": "a,b"}') == {"Any": expected}
    assert read('Parts={"Text": "a,b"}') == {"Parts": (expected,)}
    assert read('Parts={"Text": "a,b"}', "Parts={}") == {"Parts": (expected, CimInstance.of(INNER))}


def test_objects_in_embedded_objects_are_objects_again() -> None:
    inner = CimInstance.of(INNER, {"Text": "a"})
    (found,) = read('Any={"__CLASS": "Test_Outer", "one": {"Text": "a"}, "Many": [{"Text": "a"}, {}]}').values()
    assert found == CimInstance.of(OUTER, {"One": inner, "Many": (inner, CimInstance.of(INNER))})
    (found,) = read('Any={"__CLASS": "Test_Outer", "One": null}').values()
    assert found == CimInstance.of(OUTER, {"One": None})


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["Uint32=x"], TypeMismatch, "parameter Uint32: 'x' is not uint32"),
        (["Uint32=-1"], OutOfRange, "parameter Uint32"),
        (["Boolean=yes"], TypeMismatch, "parameter Boolean"),
        (["Real64=much"], TypeMismatch, "parameter Real64: 'much' is not a real64"),
        (["Datetime=today"], TypeMismatch, "parameter Datetime"),
        (["Uint32s=1,x"], TypeMismatch, "parameter Uint32s"),
        (["Uint32=1", "Uint32=2"], WmiError, "the parameter Uint32 is given twice"),
        (["Part=x"], TypeMismatch, "parameter Part: not JSON"),
        (["Part=[1]"], TypeMismatch, "an object of Test_Inner is needed"),
        (["Any={}"], TypeMismatch, "an object of a class that __CLASS names"),
        (["Any=[]"], TypeMismatch, "an object of a class that __CLASS names"),
        (['Part={"Nothing": 1}'], UnknownProperty, "parameter Part: Test_Inner has no property 'Nothing'"),
        (
            ['Any={"__CLASS": "Test_Outer", "One": 1}'],
            TypeMismatch,
            "Test_Outer.One: an object of Test_Inner is needed",
        ),
        (['Any={"__CLASS": "Test_Outer", "Many": {}}'], TypeMismatch, "Test_Outer.Many: a list of objects is needed"),
        (['Any={"__CLASS": "Test_Outer", "Many": [{"N": 1}]}'], UnknownProperty, "Test_Outer.Many[0]: Test_Inner has"),
        (['Part={"__CLASS": "X"}'], InvalidClass, "parameter Part: no class X"),
    ],
)
def test_a_wrong_value_is_named(words: Sequence[str], error: type[WmiError], said: str) -> None:
    with pytest.raises(error) as raised:
        read(*words)
    assert said in str(raised.value)


@pytest.mark.parametrize("text", ["[1,2]", "(1,2)", "{1,2}", '"1,2"', "1;2", "1 2", "1, 2"])
def test_an_array_that_is_written_otherwise_is_told_how_it_is_written_here(text: str) -> None:
    for word, example in (
        (f"Uint32s={text}", "Uint32s=1,2 or, an element a word, Uint32s=1 Uint32s=2"),
        (f"Booleans={text}", "Booleans=TRUE,FALSE or, an element a word, Booleans=TRUE Booleans=FALSE"),
    ):
        with pytest.raises(TypeMismatch) as raised:
            read(word)
        assert raised.value.hint == f"write {example}; without brackets, quotes and blanks"


@pytest.mark.parametrize(
    ("word", "place", "hint"),
    [
        ("Uint32s=1,x", "Uint32s[1]", "write a whole number"),
        ("Uint32=x", "Uint32", "write a whole number"),
        ("Uint32=[1]", "Uint32", "write a whole number"),
        ("Real64s=1.5,x", "Real64s[1]", "such as 1.5"),
        ("Boolean=yes", "Boolean", "write TRUE or FALSE"),
        ("Char16=xy", "Char16", "write one character"),
        ("Datetime=today", "Datetime", "yyyymmddHHMMSS"),
        ("Part=x", "Part", 'write Part={"Property": value}'),
        ("Parts=[]", "Parts[0]", '{"__CLASS"'),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_what_to_write(word: str, place: str, hint: str) -> None:
    with pytest.raises(TypeMismatch) as raised:
        read(word)
    assert raised.value.detail.startswith(f"parameter {place}: ")
    assert hint in (raised.value.hint or "")


@pytest.mark.parametrize(
    ("word", "meant"), [("Reason:1", "write Reason=1"), ("Reason =1", "write Reason=1"), ("Reason", ""), ("1a=2", "")]
)
def test_a_word_that_is_nearly_a_parameter_is_told_as_it_is_written(word: str, meant: str) -> None:
    with pytest.raises(UsageError) as raised:
        split_words([word])
    _, _, said = str(raised.value).partition("\n")
    assert said.startswith(meant) if meant else not said


@pytest.mark.parametrize("word", ["", "Name", "=1", "a b=1", "1a=2", "-x=1"])
def test_a_word_that_is_no_parameter_is_wrong_usage(word: str) -> None:
    with pytest.raises(UsageError, match="a parameter is written Name=Value"):
        split_words([word])


@given(st.sampled_from(sorted(INTEGER_RANGES)).flatmap(lambda kind: st.tuples(st.just(kind), values_of(kind, True))))
def test_integers_survive_their_text(kind_and_values: tuple[CimType, tuple[int, ...] | None]) -> None:
    kind, values = kind_and_values
    method = CimMethod.declare("M", [CimParameter("P", kind, True)])
    words = [f"P={value}" for value in values or ()] or ["P="]
    assert typed(method, split_words(words), find_class) == {"P": values or None}


def test_the_signature_of_the_test_has_what_it_should() -> None:
    assert METHOD.in_signature is not None
    assert isinstance(METHOD.in_signature.properties["Uint32s"], CimProperty)
    assert derive(INNER, "Test_Derived").inherits_from("Test_Inner")
