"""Diagnostics: how a mistake is shown, and that the error can be copied and pickled."""

from __future__ import annotations

import copy
import pickle

import pytest

from wmix.mof.diagnostics import InvalidMof, shorten
from wmix.mof.parser import parse


def _error() -> InvalidMof:
    with pytest.raises(InvalidMof) as caught:
        parse("class A {\n\tint32 X;\n};\nklass", "a.mof")
    return caught.value


def test_a_mistake_is_shown_with_its_place_and_what_to_write() -> None:
    assert _error().diagnostic() == (
        "a.mof:2:2: 'int32' is not a type (and 1 more) [WBEMMOF_E_UNRECOGNIZED_TYPE 0x8004400B]\n"
        "  \tint32 X;\n"
        "  \t^^^^^\n"
        "a.mof:4:1: expected a declaration: class, instance of, Qualifier, #pragma or #include, found 'klass' "
        "[WBEMMOF_E_UNRECOGNIZED_TOKEN 0x8004400A]\n"
        "  klass\n"
        "  ^^^^^\n"
        "hint: write sint32"
    )


def test_a_mistake_is_a_value() -> None:
    first = _error().diagnostics[0]
    assert (first.file, first.line, first.column, first.found, first.expected, first.hint) == (
        "a.mof",
        2,
        2,
        "'int32'",
        "a data type",
        "write sint32",
    )
    assert first.text() == (
        "a.mof:2:2: 'int32' is not a type [WBEMMOF_E_UNRECOGNIZED_TYPE 0x8004400B]\n  \tint32 X;\n  \t^^^^^\n"
        "  hint: write sint32"
    )


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_the_error_survives_copying(twin: object) -> None:
    assert callable(twin)
    again = twin(_error())
    assert isinstance(again, InvalidMof)
    assert again.diagnostic() == _error().diagnostic()


def test_long_texts_are_shortened() -> None:
    assert shorten("x" * 40) == "x" * 40
    assert shorten("x" * 41) == "x" * 39 + "…"
