"""Definitions for people and for programs."""

from __future__ import annotations

import json

import pytest

from unit.cli.render.test_mof import THING
from wmix.cim.classes import CimProperty, derive
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.cli.render.definition import as_json, as_text, value_map


@pytest.mark.parametrize(
    ("entries", "pairs"),
    [
        ([], []),
        ([("ValueMap", ("1", "2")), ("Values", ("one", "two"))], [("1", "one"), ("2", "two")]),
        ([("ValueMap", ("1", "2")), ("Values", ("one",))], [("1", "one"), ("2", "")]),
        ([("ValueMap", ("OK", "Bad"))], [("OK", ""), ("Bad", "")]),
        ([("Values", ("none", "one"))], [("0", "none"), ("1", "one")]),
    ],
)
def test_values_are_paired_with_their_labels(
    entries: list[tuple[str, tuple[str, ...]]], pairs: list[tuple[str, str]]
) -> None:
    assert value_map(QualifierSet([Qualifier.of(name, value) for name, value in entries])) == pairs


def qualified(*entries: tuple[str, object]) -> QualifierSet:
    return QualifierSet([Qualifier.of(name, value) for name, value in entries])


def test_text_tells_all_there_is() -> None:
    cls = derive(
        THING,
        "Test_More",
        properties=[
            CimProperty(
                "State",
                CimType.UINT16,
                qualifiers=qualified(
                    ("CIMTYPE", "uint16"),
                    ("read", True),
                    ("Units", "bytes"),
                    ("ValueMap", ("1", "12")),
                    ("Values", ("low", "high\n")),
                    ("Description", "What it\nis."),
                ),
            ),
            CimProperty("Mood", CimType.STRING, qualifiers=qualified(("ValueMap", ("good", "bad")))),
        ],
        methods=[
            CimMethod.declare(
                "Tune",
                [
                    CimParameter(
                        "To",
                        CimType.UINT16,
                        is_out=True,
                        qualifiers=qualified(("ValueMap", ("1",)), ("Values", ("low",))).entries(),
                    )
                ],
                qualifiers=qualified(
                    ("ValueMap", ("0",)), ("Values", ("Success",)), ("Description", "Tunes.")
                ).entries(),
            )
        ],
        qualifiers=qualified(("dynamic", True), ("Description", "More of it.")),
    )
    lines = as_text(cls).splitlines()
    assert lines[:3] == ["Test_More", "  derived from  Test_Thing : Test_Base", "  qualifiers    dynamic"]
    assert lines[3] == "  More of it."
    assert "  * Id         string          from Test_Thing" in lines
    assert "    Tags       string[]        from Test_Thing" in lines
    assert "    Count      uint32          default 3, from Test_Thing" in lines
    at = lines.index("    State      uint16          read, Units bytes")
    assert lines[at + 1 : at + 5] == ["      What it", "      is.", "       1  low", "      12  high\\n"]
    assert lines[lines.index("    Mood       string") + 1] == "      one of: good, bad"
    at = lines.index("    uint32 Tune([in, out] uint16 To)")
    assert lines[at + 1 :] == [
        "        Tunes.",
        "        To:",
        "          1  low",
        "        returns:",
        "          0  Success",
    ]
    assert "    uint32 Grow([in] uint32 By = 1, [out] string[] Names)  Static" in lines
    assert "    void Stop()" in lines


def test_text_of_an_empty_class_is_its_name() -> None:
    assert as_text(derive(None, "Test_Empty")) == "Test_Empty\n"


def test_json_has_the_same_facts() -> None:
    found = json.loads(as_json(THING))
    assert found["__CLASS"] == "Test_Thing"
    assert found["__DERIVATION"] == ["Test_Base"]
    assert found["qualifiers"] == {"dynamic": True, "provider": "Test", "Locale": 9}
    assert [prop["name"] for prop in found["properties"]] == [
        "Inherited", "Id", "Size", "Count", "Tags", "Part", "Next",
    ]  # fmt: skip
    assert found["properties"][1] == {
        "name": "Id",
        "type": "string",
        "array": False,
        "key": True,
        "origin": "Test_Thing",
        "default": None,
        "qualifiers": {"key": True},
    }
    grow, stop = found["methods"]
    assert grow["parameters"][0] == {
        "name": "By",
        "type": "uint32",
        "array": False,
        "in": True,
        "out": False,
        "default": 1,
        "qualifiers": {},
    }
    assert (grow["static"], grow["returns"], stop["returns"]) == (True, "uint32", None)
