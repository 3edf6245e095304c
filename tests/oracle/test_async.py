"""Replay of asynchronous queries."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PATIENCE
from conformance.recording_sink import RecordingSink
from oracle.cases import Case, cases
from wmix import com

if TYPE_CHECKING:
    from oracle.conftest import Connect


@pytest.mark.parametrize("case", cases("async", kind="async"))
def test_an_asynchronous_query_answers_as_recorded(case: Case, connect: Connect) -> None:
    services, given = connect(case.input["namespace"]), case.input
    sink = RecordingSink()
    start = services.exec_query_async
    if given.get("kind") == "notification":
        start = services.exec_notification_query_async
    result = start(given.get("language", "WQL"), given["query"], 0, None, None if given.get("null_sink") else sink)
    answer: dict[str, Any] = {"hr": result.hresult}
    if result.hresult == com.WBEM_S_NO_ERROR:
        assert sink.done.wait(PATIENCE)
        answer |= {
            "completed": True,
            "objects": len(sink.objects),
            "indicate_called": "indicate" in sink.calls,
            "status": [{"flags": status.flags, "hr": status.hresult} for status in sink.statuses],
            "other_thread": threading.get_ident() not in sink.threads,
        }
    if given.get("cancel_null"):
        answer["cancel_null_hr"] = services.cancel_async_call(None).hresult
    if given.get("cancel"):
        answer["cancel_hr"] = services.cancel_async_call(sink).hresult
    wanted = dict(case.expected)
    for name in ("hr", "cancel_hr", "cancel_null_hr"):
        if name in wanted:
            wanted[name] = int(wanted[name], 16)
    if "status" in wanted:
        wanted["status"] = [{**status, "hr": int(status["hr"], 16)} for status in wanted["status"]]
    assert {name: answer.get(name) for name in wanted} == wanted
