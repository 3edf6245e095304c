"""Queries that a host refuses with a plain code: what is found out about the reason, and what it may cost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PART
from unit.net.scripted_host import HOST, OBJECT_PORT, ScriptedHost
from wmix.cim.classes import CimClass, CimProperty
from wmix.cim.types import CimType
from wmix.errors import InvalidClass, InvalidQuery, ProviderError, WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import ExecNotificationQuery, ExecQuery
from wmix.protocol.wbem import services as wire
from wmix.remote.choice import Way
from wmix.status import (
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_QUERY,
    WBEM_E_INVALID_QUERY_TYPE,
    WBEM_E_NOT_EVENT_CLASS,
    WBEM_E_NOT_FOUND,
    WBEM_E_PROVIDER_FAILURE,
    WBEM_E_UNPARSABLE_QUERY,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable

GROUPED = "SELECT * FROM Far_Event GROUP WITHIN 5 BY Wath"


def refusal(
    query: str,
    status: int = WBEM_E_INVALID_QUERY,
    *,
    by: str = "Next",
    event: bool = False,
    prepare: Callable[[ScriptedHost], None] = lambda _: None,
    deadline: float | None = None,
    way: Way = Way.PLAIN,
) -> tuple[WmiError, ScriptedHost, float]:
    """The error that a query ends with, the host that refused it, and the seconds that this took."""

    async def run() -> tuple[WmiError, ScriptedHost, float]:
        host = ScriptedHost()
        host.failures[by] = status
        host.results["CF_Part"] = PART
        prepare(host)
        source = host.source(way=way)
        place = source.open("root\\conf")
        await place.login(Scope(Caller("alice")))
        loop = asyncio.get_running_loop()
        started = loop.time()
        scope = Scope(Caller("alice"), None if deadline is None else started + deadline)
        stream: Any = (
            place.notify(ExecNotificationQuery(query=query, flags=0x30), scope)
            if event
            else place.query(ExecQuery(query=query), scope)
        )
        try:
            with pytest.raises(WmiError) as caught:
                async for _ in stream:
                    pass
            return caught.value, host, loop.time() - started
        finally:
            await source.close()

    found: tuple[WmiError, ScriptedHost, float] = run_virtual(run)
    return found


@pytest.mark.parametrize("by", ["ExecQuery", "Next"])
def test_a_mistake_in_the_text_is_shown_where_it_stands(by: str) -> None:
    query = "SELECT Id\nFROM CF_Part WERE Num = 1"
    error, host, _ = refusal(query, by=by)
    assert isinstance(error, InvalidQuery)
    assert (error.text, error.line, error.column, error.found) == (query, 2, 14, "'WERE'")
    assert error.expected == "WHERE or the end of the query"
    assert error.caret() == "  FROM CF_Part WERE Num = 1\n               ^^^^"
    assert error.status == WBEM_E_INVALID_QUERY
    assert (error.operation, error.namespace) == (by, "root\\conf")
    assert error.host == f"{HOST}:{OBJECT_PORT}"
    assert "GetObject" not in host.calls


def test_the_code_stays_that_of_the_host() -> None:
    error, _, _ = refusal("SELECT FROM CF_Part", WBEM_E_UNPARSABLE_QUERY)
    assert isinstance(error, InvalidQuery)
    assert (error.status, error.column) == (WBEM_E_UNPARSABLE_QUERY, 8)


@pytest.mark.parametrize("way", [Way.PLAIN, Way.SMART])
@pytest.mark.parametrize(
    ("query", "column", "detail", "hint"),
    [
        ("SELECT Id, Numm FROM CF_Part", 12, "CF_Part has no property 'Numm'", "did you mean Num?"),
        ("SELECT * FROM CF_Part WHERE Numm = 1", 29, "CF_Part has no property 'Numm'", "did you mean Num?"),
        ("SELECT * FROM CF_Part WHERE Num = 'x'", 35, "Num: ", None),
    ],
)
def test_a_name_that_the_class_does_not_have_is_named(
    way: Way, query: str, column: int, detail: str, hint: str | None
) -> None:
    error, host, _ = refusal(query, by="SmartNext" if way is Way.SMART else "Next", way=way)
    assert isinstance(error, InvalidQuery)
    assert (error.line, error.column, error.status) == (1, column, WBEM_E_INVALID_QUERY)
    assert error.detail.startswith(detail)
    assert hint is None or error.hint == hint
    assert host.calls.count("GetObject") == 1


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT * FROM CF_Part WITHIN 2 WHERE Num = 1", "WITHIN"),
        ("SELECT * FROM CF_Part GROUP WITHIN 2", "GROUP WITHIN 2"),
        ("SELECT * FROM meta_class WHERE Num = 1", "Num"),
        ("ASSOCIATORS OF {CF_Part}", "CF_Part"),
    ],
)
def test_a_statement_of_another_kind_is_told_without_asking_for_a_class(query: str, place: str) -> None:
    error, host, _ = refusal(query)
    assert isinstance(error, InvalidQuery)
    assert error.span is not None
    assert place in query[slice(*error.span)]
    assert "GetObject" not in host.calls


@pytest.mark.parametrize(
    "query",
    ["SELECT Id FROM CF_Part WHERE Num = 1", "REFERENCES OF {CF_Part.Id='p1'}", "SELECT * FROM meta_class"],
)
def test_what_the_host_alone_dislikes_keeps_its_answer(query: str) -> None:
    error, _, _ = refusal(query)
    assert isinstance(error, InvalidQuery)
    assert (error.detail, error.caret(), error.status) == ("", "", WBEM_E_INVALID_QUERY)


def test_limits_of_our_reading_are_not_those_of_the_host() -> None:
    error, host, _ = refusal("SELECT * FROM CF_Part WHERE " + "NOT (" * 5000 + "Num = 1" + ")" * 5000)
    assert isinstance(error, InvalidQuery)
    assert error.caret() == ""
    assert "GetObject" not in host.calls


def test_a_class_that_does_not_exist_is_named() -> None:
    def no_class(host: ScriptedHost) -> None:
        host.failures["GetObject"] = WBEM_E_NOT_FOUND

    error, host, _ = refusal("SELECT * FROM CF_Prat", WBEM_E_INVALID_CLASS, prepare=no_class)
    assert type(error) is InvalidClass
    assert error.detail == "there is no class CF_Prat in root\\conf"
    assert (error.status, error.operation) == (WBEM_E_INVALID_CLASS, "Next")
    assert host.calls.count("GetObject") == 1


@pytest.mark.parametrize("query", ["SELECT Numm FROM CF_Part", "SELECT", "ASSOCIATORS OF {CF_Part.Id='p1'}"])
def test_a_class_that_exists_leaves_the_answer_as_it_was(query: str) -> None:
    error, _, _ = refusal(query, WBEM_E_INVALID_CLASS)
    assert type(error) is InvalidClass
    assert (error.detail, error.status) == ("", WBEM_E_INVALID_CLASS)


@pytest.mark.parametrize(
    ("query", "status"),
    [("SELEKT", WBEM_E_PROVIDER_FAILURE), ("SELEKT", WBEM_E_INVALID_QUERY_TYPE), ("SELEKT", WBEM_E_NOT_FOUND)],
)
def test_other_answers_are_not_explained_by_the_text(query: str, status: int) -> None:
    error, host, _ = refusal(query, status)
    assert (error.detail, error.status) == ("", status)
    assert "GetObject" not in host.calls


def test_a_get_that_fails_changes_nothing() -> None:
    def broken(host: ScriptedHost) -> None:
        host.failures["GetObject"] = WBEM_E_PROVIDER_FAILURE

    error, host, _ = refusal("SELECT Numm FROM CF_Part", prepare=broken)
    assert type(error) is InvalidQuery
    assert (error.detail, error.operation) == ("", "Next")
    assert host.calls.count("GetObject") == 1


@pytest.mark.parametrize(("deadline", "waited"), [(None, 5.0), (100.0, 5.0), (6.0, 2.0)])
def test_a_host_that_never_gives_the_class_delays_the_answer_for_a_moment(
    deadline: float | None, waited: float
) -> None:
    """Five seconds at most, and half of what is left of the deadline."""
    error, host, seconds = refusal(
        "SELECT Numm FROM CF_Part", prepare=lambda host: host.silent.add("GetObject"), deadline=deadline
    )
    assert type(error) is InvalidQuery
    assert error.status == WBEM_E_INVALID_QUERY
    assert host.calls.count("GetObject") == 1
    # The call and its Next are a second each on this network.
    assert seconds == pytest.approx(2 + waited)


def test_an_error_after_the_first_objects_is_not_for_the_text() -> None:
    from conformance.fixture_f import instance

    async def run() -> None:
        host = ScriptedHost()
        host.objects = [instance(PART, Id=f"p{number}", Num=number) for number in range(9)]
        source = host.source(way=Way.PLAIN)
        seen = 0
        with pytest.raises(InvalidQuery) as caught:
            async for batch in source.open("root\\conf").query(
                ExecQuery(query="SELEKT * FROM CF_Part"), Scope(Caller("alice"))
            ):
                seen += len(batch)
                host.failures["Next"] = WBEM_E_INVALID_QUERY
        assert seen > 0
        assert caught.value.caret() == ""
        await source.close()

    run_virtual(run)


def test_nothing_is_read_before_it_is_sent() -> None:
    """What our reading refuses may be right for a host."""

    async def run() -> None:
        host = ScriptedHost()
        source = host.source()
        stream = source.open("root\\conf").query(ExecQuery(query="SELEKT * FROM CF_Part"), Scope(Caller("alice")))
        assert [item async for batch in stream for item in batch.objects()] == []
        assert "GetObject" not in host.calls
        await source.close()

    run_virtual(run)


# -- events


def far_event() -> CimClass:
    """A class of events."""
    return CimClass("Far_Event", properties=[CimProperty("What", CimType.STRING)])


@pytest.mark.parametrize(
    ("query", "status", "text", "hint"),
    [
        ("SELECT * FROM Far_Event WHERE Wath = 'x'", WBEM_E_INVALID_QUERY, "Wath", "did you mean What?"),
        ("SELECT Wath FROM Far_Event", WBEM_E_INVALID_QUERY, "Wath", "did you mean What?"),
        (GROUPED, WBEM_E_INVALID_QUERY, "Wath", "did you mean What?"),
        ("SELECT * FROM Far_Event WITHIN", WBEM_E_UNPARSABLE_QUERY, "", None),
        ("ASSOCIATORS OF {CF_Part.Id='p1'}", WBEM_E_INVALID_QUERY, "ASSOCIATORS OF {CF_Part.Id='p1'}", None),
        ("SELECT * FROM CF_Part", WBEM_E_NOT_EVENT_CLASS, "CF_Part", None),
    ],
)
def test_event_queries_are_explained_too(query: str, status: int, text: str, hint: str | None) -> None:
    def knows_the_event(host: ScriptedHost) -> None:
        host.results["Far_Event"] = far_event()

    error, _, _ = refusal(query, status, by="ExecNotificationQuery", event=True, prepare=knows_the_event)
    assert isinstance(error, InvalidQuery)
    assert error.span is not None
    assert query[slice(*error.span)] == text
    assert (error.status, error.operation) == (status, "ExecNotificationQuery")
    assert hint is None or error.hint == hint


def test_the_class_that_the_condition_of_an_event_query_names_is_the_one_that_is_looked_for() -> None:
    def no_class(host: ScriptedHost) -> None:
        host.failures["GetObject"] = WBEM_E_NOT_FOUND

    query = (
        "SELECT * FROM __InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA 'CF_Prat' AND TargetInstance.Num = 1"
    )
    error, host, _ = refusal(query, WBEM_E_INVALID_CLASS, by="ExecNotificationQuery", event=True, prepare=no_class)
    assert error.detail == "there is no class CF_Prat in root\\conf"
    (asked,) = [request for request in host.requests if isinstance(request, wire.GetObject)]
    assert asked.path == "CF_Prat"


def test_failures_of_providers_keep_their_family() -> None:
    error, _, _ = refusal("SELECT Numm FROM CF_Part", WBEM_E_PROVIDER_FAILURE)
    assert type(error) is ProviderError
