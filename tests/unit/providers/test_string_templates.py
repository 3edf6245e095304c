"""Standard string templates (brief 7.4.7, conformance case 85)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.providers.event_objects import event, instance, load, target
from wmix.cim.datetime import CimDateTime
from wmix.errors import QuotaExceeded
from wmix.providers import string_templates
from wmix.providers.string_templates import Part, expand, parse_template


def test_case_85() -> None:
    assert expand('%TargetInstance.Num% %% "%X%"', event(Num=5)) == '5 % "%X%"'


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (None, ""),
        ("", ""),
        ("no values", "no values"),
        ("%TIME_CREATED%", "133500000000000000"),
        ("%targetinstance.NUM%", "-7"),
        ("a%TargetInstance.Num%b%TargetInstance.Text%", "a-7bhello"),
        ("%TargetInstance.Yes%", "TRUE"),
        ("%TargetInstance.Share%", "0.5"),
        ("%TargetInstance.Big%", "18446744073709551615"),
        ("%TargetInstance.When%", "20240229235958.000000+000"),
        ("%TargetInstance.Codes%", "(1,5,10)"),
        ("%TargetInstance.Names%", '("C:","D:")'),
        ("%TargetInstance.Raw%", "7"),
        ("%%%TargetInstance.Num%%%", "%-7%"),
        ("%TargetInstance.Inner.Num%", "3"),
        ("%TargetInstance.__CLASS%", "Demo_Target"),
    ],
)
def test_values(template: str | None, text: str) -> None:
    about = event(
        Num=-7,
        Text="hello",
        Yes=True,
        Share=0.5,
        Big=2**64 - 1,
        When=CimDateTime("20240229235958.000000+000"),
        Codes=(1, 5, 10),
        Names=("C:", "D:"),
        Raw=(7,),
        Inner=target(Num=3),
    )
    assert expand(template, about) == text


def test_arrays_of_one_have_no_parentheses_and_empty_ones_have_nothing_else() -> None:
    assert expand("%TargetInstance.Names% %TargetInstance.Codes%", event(Names=("x",), Codes=())) == '"x" ()'


def test_a_member_of_an_array_of_objects_is_an_array() -> None:
    about = event(Inners=(target(Num=1, Names=("a", "b")), target(Num=2, Names=("c",))))
    assert expand("%TargetInstance.Inners.Num%", about) == "(1,2)"
    assert expand("%TargetInstance.Inners.Names%", about) == '("a","b","c")'


def test_embedded_objects_are_their_mof() -> None:
    text = expand("%TargetInstance%", event(Num=5, Inner=target(Num=6)))
    assert text.startswith("instance of Demo_Target")
    assert "Num = 5;" in text
    assert "Num = 6;" in text
    classes = instance(load("__ClassCreationEvent"), TargetClass=load("__Event"))
    assert expand("%TargetClass%", classes).startswith("[abstract]\nclass __Event")


@pytest.mark.parametrize("template", ["%TargetInstance.Text%", "%Nothing%", "%TargetInstance.Num.Deeper%", "%Text%"])
def test_null_and_what_is_not_there_give_no_text(template: str) -> None:
    assert expand(f"[{template}]", event(Num=1)) == "[]"


@pytest.mark.parametrize("template", ["100% sure, 50 % off", '5" or 6', "%1x%", "%a b%", "%.Num%", '"%X%"', '""'])
def test_what_names_nothing_stands_for_itself(template: str) -> None:
    assert expand(template, event()) == template


def test_quotes_keep_everything_as_it_is() -> None:
    assert expand('"%%" %% "%TargetInstance.Num%"', event(Num=1)) == '"%%" % "%TargetInstance.Num%"'


def test_the_length_of_an_expansion_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(string_templates, "MAX_TEXT", 12)
    assert expand("%TargetInstance.Text%", event(Text="x" * 12)) == "x" * 12
    with pytest.raises(QuotaExceeded, match="longer than 12 characters"):
        expand("%TargetInstance.Text%", event(Text="x" * 13))


def test_the_pieces_of_a_template() -> None:
    assert parse_template('a%%"b c"%D.E%') == (
        Part("a"),
        Part("%"),
        Part("b c", is_quoted=True),
        Part("%D.E%", ("D", "E")),
    )


@given(st.text())
def test_text_without_marks_stays_as_it_is(text: str) -> None:
    plain = text.replace("%", "").replace('"', "")
    assert expand(plain, event()) == plain


@given(st.text(alphabet='%" .TargetInsNumé\n'))
def test_every_template_has_an_expansion(template: str) -> None:
    assert isinstance(expand(template, event(Num=1)), str)
