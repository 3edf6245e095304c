"""One value for people and for JSON: nothing steers the terminal, nothing is lost on the way to JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cli.render.values import display, json_encoder, json_value, one_line

WHEN = CimDateTime("20240229120000.000000+060")
PART = CimInstance.of(INNER, {"Text": "a\tb"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("a b", "a b"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[31mred\x00", "\\x1b[31mred\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edef", "abc\\u202edef"),
        (r"C:\new", r"C:\new"),
        ("Größe 名", "Größe 名"),
        (True, "TRUE"),
        (False, "FALSE"),
        (2**64 - 1, "18446744073709551615"),
        (0.1, "0.1"),
        (WHEN, "20240229120000.000000+060"),
        ((), "{}"),
        ((1, 2), "{1, 2}"),
        (("a", "b c"), "{a, b c}"),
        (PART, "Test_Inner(Text=a\\tb, Number=7)"),
        (INNER, "class Test_Inner"),
    ],
)
def test_people_see_one_line(value: object, text: str) -> None:
    assert display(value) == text


@given(st.text())
def test_no_text_has_anything_that_a_terminal_obeys(text: str) -> None:
    shown = one_line(text)
    assert not any(c < " " or "\x7f" <= c < "\xa0" or c in "\u2028\u2029\u202a\u202e\u2066" for c in shown)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (-(2**63), -(2**63)),
        (1.5, 1.5),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (WHEN, "20240229120000.000000+060"),
        ((1, math.nan), [1, "nan"]),
        (PART, {"__CLASS": "Test_Inner", "Text": "a\tb", "Number": 7}),
        ((PART,), [{"__CLASS": "Test_Inner", "Text": "a\tb", "Number": 7}]),
        (INNER, {"__CLASS": "Test_Inner", "__SUPERCLASS": None}),
        ({"a": (1,)}, {"a": [1]}),
    ],
)
def test_json_has_a_form_for_every_value(value: object, plain: object) -> None:
    assert json_value(value) == plain
    assert json.loads(json_encoder()({"v": value})) == {"v": plain}


@given(cim_classes().flatmap(instances_of), st.booleans())
def test_json_brings_back_what_was_written(instance: CimInstance, ascii_only: bool) -> None:
    text = json_encoder(ascii_only=ascii_only)(instance)
    text.encode("ascii" if ascii_only else "utf-8")
    assert "\n" not in text
    found = json.loads(text)
    assert found.pop("__CLASS") == instance.class_name_
    assert found == {name: _plain(value) for name, value in instance.values_().items()}


def _plain(value: Any) -> Any:
    """What JSON has for a value, said once more and independently."""
    match value:
        case CimInstance():
            return {"__CLASS": value.class_name_} | {k: _plain(v) for k, v in value.values_().items()}
        case CimDateTime():
            return value.text
        case tuple():
            return [_plain(item) for item in value]
        case float() if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        case _:
            return value


def test_half_of_a_pair_is_an_escape() -> None:
    assert json_encoder()("é\udc80") == '"é\\udc80"'


@given(st.text(st.characters(exclude_categories=[])))
def test_halves_of_pairs_survive_utf_8(text: str) -> None:
    written = json_encoder()(text).encode()
    assert json.loads(written) == json.loads(json.dumps(text))
