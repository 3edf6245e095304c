"""Plain instances: the short way gives what the long way gives, and steps aside for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from strategies import INNER, cim_classes, instances_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.types import CimType
from wmix.mof.ast import InstanceDeclaration
from wmix.mof.diagnostics import InvalidMof
from wmix.mof.elaborate import compile_text
from wmix.mof.parser import parse
from wmix.mof.printer import instance_text
from wmix.mof.steps import PutInstance

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance

_SCALARS = [cim_type for cim_type in CimType if cim_type is not CimType.OBJECT]
EVERY = derive(
    None,
    "Every",
    properties=[
        *[CimProperty(cim_type.name, cim_type) for cim_type in _SCALARS],
        *[CimProperty(f"{cim_type.name}s", cim_type, True) for cim_type in _SCALARS],
    ],
)


def _declaration(text: str) -> InstanceDeclaration:
    (found,) = parse(text).declarations
    assert isinstance(found, InstanceDeclaration)
    return found


def _compiled(text: str, cls: CimClass) -> CimInstance:
    known = {"test_inner": INNER, cls.name.casefold(): cls}
    (step,) = compile_text(text, name="a.mof").steps(lambda _, name: known.get(name.casefold()))
    assert isinstance(step, PutInstance)
    return step.instance


def _outcome(text: str, cls: CimClass) -> object:
    """The instance, or the message and the place of the mistake from the end of the text."""
    try:
        return _compiled(text, cls)
    except InvalidMof as error:
        first = error.diagnostics[0]
        return first.detail, first.status, len(text) - first.span[0], len(text) - first.span[1]


def _worded(text: str) -> str:
    """The same instance with a comment in it, which makes it one that is read word by word."""
    return text.replace("{", "{ // ...\n", 1)


@given(cim_classes().flatmap(lambda cls: instances_of(cls, projected=False)))
def test_both_ways_give_the_same_tree_and_instance(instance: CimInstance) -> None:
    text = instance_text(instance)
    worded = _declaration(_worded(text))
    assert worded.pairs is None
    assert _declaration(text) == worded
    assert _compiled(text, instance.class_) == _compiled(_worded(text), instance.class_)


@pytest.mark.parametrize("name", [prop.name for prop in EVERY.properties.values()])
@pytest.mark.parametrize(
    "word",
    [
        '"x"',
        '"12"',
        '"-1"',
        '"0x1F"',
        '"a\\tb"',
        '"20200101000000.000000+000"',
        '"INF"',
        "0",
        "-1",
        "+300",
        "70000",
        "1.5",
        "2.5E40",
        "18446744073709551616",
        "TRUE",
        "false",
        "NULL",
        "$none",
        "{}",
        "{1, 2}",
        '{"x"}',
        "{TRUE}",
        "{1.5, 2}",
    ],
)
def test_every_word_means_the_same_for_every_type_both_ways(name: str, word: str) -> None:
    text = f"instance of Every {{ {name} = {word}; }};"
    assert _declaration(text).pairs == ((name, word),)
    assert _outcome(text, EVERY) == _outcome(_worded(text), EVERY)


@pytest.mark.parametrize(
    "body",
    [
        'X = "a" "b";',
        "X = 'a';",
        "X = 0x1F;",
        "X = 017;",
        "X = 11b;",
        "X = .5;",
        "X = 1; // comment",
        "größe = 1;",
        "X = instance of Y { };",
        "X = {instance of Y { }};",
        "X = 1.0E300;",
        "[Note] X = 1;",
    ],
)
def test_what_is_not_plain_is_read_word_by_word(body: str) -> None:
    assert _declaration(f"instance of A {{ {body}\n }};").pairs is None


def test_layout_case_and_alias_do_not_matter() -> None:
    found = _declaration("INSTANCE\tOf\r\nA  As $x{X=1;Y  =\n{ 1 ,2 } ; };")
    assert (found.class_name, found.alias) == ("A", "x")
    assert found.pairs == (("X", "1"), ("Y", "{ 1 ,2 }"))
    assert [assignment.name for assignment in found.assignments] == ["X", "Y"]


def test_spans_of_plain_values_are_those_of_the_file() -> None:
    text = "class A { };\ninstance of B { X = 12; };"
    instance = parse(text).declarations[1]
    assert isinstance(instance, InstanceDeclaration)
    (assignment,) = instance.assignments
    assert text[slice(*assignment.span)] == "X = 12;"
    assert text[slice(*assignment.value.span)] == "12"


def test_a_plain_instance_in_a_wrong_place_is_named_by_its_first_word() -> None:
    with pytest.raises(InvalidMof) as caught:
        parse("class A { instance of B { X = 1; }; };")
    (first, *_) = caught.value.diagnostics
    assert first.detail == "expected a data type, found 'instance'"
    assert first.span == (10, 18)
