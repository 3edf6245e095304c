"""Types in declarations: what is none is refused where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wmix

if TYPE_CHECKING:
    from collections.abc import Callable

DECLARATIONS: list[Callable[[Any], Any]] = [
    lambda types: wmix.provider("Demo_Disk", keys=("X",), properties=types),
    lambda types: wmix.method("Demo_Disk", "Check", parameters=types),
    lambda types: wmix.method("Demo_Disk", "Check", out=types),
    lambda types: wmix.events("Demo_Alarm", properties=types),
    lambda types: wmix.consumer("Demo_Pager", properties=types),
]


@pytest.mark.parametrize("declare", DECLARATIONS)
@pytest.mark.parametrize(
    ("types", "complaint"),
    [
        ({"X": str}, "the type of X is the text of a CIM type, not str"),
        ({"X": None}, "not None"),
        ({"X": "strin"}, "strin"),
        ({"": "string"}, "no name of a property"),
        ({1: "string"}, "no name of a property"),
    ],
)
def test_what_is_no_type_is_refused_when_declared(declare: Callable[[Any], Any], types: Any, complaint: str) -> None:
    with pytest.raises(wmix.InvalidParameter, match=complaint) as caught:
        declare(types)(lambda request: request)
    assert "Demo_" in str(caught.value)


@pytest.mark.parametrize("declare", DECLARATIONS)
def test_every_form_of_a_type_is_taken(declare: Callable[[Any], Any]) -> None:
    types = {"X": "uint64", "Names": "string[]", "Of": "ref:Win32_Process", "In": "object", "At": "datetime"}
    declare(types)(lambda request: request)
