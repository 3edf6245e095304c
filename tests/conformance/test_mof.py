"""Conformance cases 93 to 98: MOF as it is compiled into the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wmix.mof.diagnostics import InvalidMof
from wmix.status import (
    WBEM_E_INVALID_QUERY,
    WBEM_E_NOT_FOUND,
    WBEMMOF_E_INVALID_AMENDMENT_SYNTAX,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FACILITY = 0x80044000
"""The codes of the compiler's own errors begin with these bits (10.2)."""


@pytest.fixture
def wmi() -> Iterator[wmix.Client]:
    """root\\conf of fixture F."""
    with wmix.connect(namespace="root/conf", repository=fixture_repository()) as client:
        yield client


def test_literals_are_concatenated_and_read_in_their_base(wmi: wmix.Client) -> None:
    """Case 93."""
    wmi.compile(
        """
        class CF_Literals
        {
            [key] string Id;
            uint32 Hinst; uint32 Oinst; uint32 Dinst;
        };
        instance of CF_Literals { Id = "one " "two"  " three"; Hinst = 0xFE; Oinst = 03; Dinst = 11b; };
        """
    )
    found = wmi.query("SELECT * FROM CF_Literals").one()
    assert (found.Id, found.Hinst, found.Oinst, found.Dinst) == ("one two three", 254, 3, 3)


def test_declarations_go_into_a_namespace_that_was_made_before_them(wmi: wmix.Client) -> None:
    """Case 94."""
    wmi.compile(
        r"""
        instance of __Namespace { Name = "made"; };
        #pragma namespace("\\\\.\\root\\conf\\made")
        class CF_There { [key] string Id; };
        instance of CF_There { Id = "x"; };
        """
    )
    assert wmi.namespace("made").get('CF_There.Id="x"').Id == "x"
    with pytest.raises(wmix.NotFound):
        wmi.get("CF_There")


def test_an_alias_is_used_before_its_definition(wmi: wmix.Client) -> None:
    """Case 95."""
    wmi.compile(
        """
        instance of CF_Uses { User = $a; Used = "CF_Part.Id=\\"p2\\""; };
        instance of CF_Part as $a { Id = "p9"; };
        """
    )
    assert [part.Id for part in wmi.query("ASSOCIATORS OF {CF_Part.Id='p9'}")] == ["p2"]


def test_a_syntax_error_at_the_end_keeps_everything_out(wmi: wmix.Client) -> None:
    """Case 96."""
    with pytest.raises(InvalidMof) as caught:
        wmi.compile('class CF_First { [key] string Id; }; instance of CF_Pair { A = 9; B = "z" };')
    assert FACILITY < caught.value.status <= WBEMMOF_E_INVALID_AMENDMENT_SYNTAX + 0xFF
    with pytest.raises(wmix.NotFound):
        wmi.get("CF_First")
    with pytest.raises(wmix.NotFound):
        wmi.get('CF_Pair.A=9,B="z"')


def test_a_missing_class_that_is_deleted_stops_or_does_not(wmi: wmix.Client) -> None:
    """Case 97."""
    after = "class CF_After { [key] string Id; };"
    with pytest.raises(InvalidMof) as caught:
        wmi.compile('#pragma deleteclass("No", FAIL)\n' + after)
    assert caught.value.status == WBEM_E_NOT_FOUND
    with pytest.raises(wmix.NotFound):
        wmi.get("CF_After")
    wmi.compile('#pragma deleteclass("No", NOFAIL)\n' + after)
    assert wmi.cls("CF_After").name == "CF_After"


def test_a_real_number_for_an_integer_is_rounded_when_it_is_compiled_and_refused_in_a_query(wmi: wmix.Client) -> None:
    """Case 98."""
    wmi.compile(
        """
        class CF_Rounded { [key] string Id; uint16 Value; };
        instance of CF_Rounded { Id = "x"; Value = 1000.4; };
        """
    )
    assert wmi.get('CF_Rounded.Id="x"').Value == 1000
    assert wmi.query("SELECT * FROM CF_Rounded WHERE Value = 1000").one().Id == "x"
    with pytest.raises(wmix.InvalidQuery) as caught:
        wmi.query("SELECT * FROM CF_Rounded WHERE Value = 1000.4").list()
    assert caught.value.status == WBEM_E_INVALID_QUERY
