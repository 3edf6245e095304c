"""One Backend protocol carries every kind of call: the calls run over a fake host as they do over this machine."""

from __future__ import annotations

import asyncio

from unit.engine.fakes import EncodedBatch, FakeRemote, engine_over, ids, numbers
from wmix.cim.instances import CimInstance
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery, GetObject, OpenNamespace, PutInstance
from wmix.status import WBEM_E_NOT_FOUND, WBEM_S_FALSE, WBEM_S_NO_ERROR
from wmix.testing.clock import run_virtual

SEMI = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY
ME = Caller("me")


def test_a_semisynchronous_get_returns_before_the_host_has_answered() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        services = engine_over(host).services("root\\far", ME)
        result = services.begin(GetObject(path="Item.Id=1", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        assert not await result.wait(5)
        host.gate.set()
        assert await result.wait(5)
        assert result.status == WBEM_S_NO_ERROR
        first, second = result.object(), result.object()
        assert isinstance(first, CimInstance)
        assert first == second
        assert first is not second

    run_virtual(body)


def test_what_the_host_refuses_is_the_status_of_the_call() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("root\\far", ME)
        result = services.begin(GetObject(path="Item.Id=404", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        await result.wait()
        assert result.status == WBEM_E_NOT_FOUND

    run_virtual(body)


def test_batches_travel_encoded_until_somebody_asks_for_objects() -> None:
    async def body() -> None:
        EncodedBatch.decoded = 0
        services = engine_over(FakeRemote(numbers(10, 10))).services("root\\far", ME)
        enumerator = services.open(ExecQuery(query="SELECT * FROM Item", flags=SEMI))
        skipped = await enumerator.skip(None, 15)
        assert (skipped, EncodedBatch.decoded) == (WBEM_S_NO_ERROR, 0)
        portion = await enumerator.next(None, 100)
        assert (portion.status, portion.returned) == (WBEM_S_FALSE, 5)
        assert ids(portion.objects()) == [15, 16, 17, 18, 19]
        assert EncodedBatch.decoded == 5

    run_virtual(body)


def test_a_namespace_opened_semisynchronously_has_services_of_its_own() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1))).services("root\\far", ME)
        result = services.begin(OpenNamespace(namespace="deep", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        await result.wait()
        child = services.namespace_services(result)
        # A host judges its callers itself: it is not asked for their rights.
        assert child.backend.seen == []  # type: ignore[attr-defined]  # of the fake
        assert child.namespace == "root\\far\\deep"
        assert (await child.open(ExecQuery(query="SELECT * FROM Item", flags=SEMI)).next(None, 1)).returned == 1

    run_virtual(body)


def test_a_put_gives_its_path_and_is_not_undone_when_its_handle_goes() -> None:
    async def body() -> None:
        host = FakeRemote()
        services = engine_over(host).services("root\\far", ME)
        instance = await services.run(GetObject(path="Item.Id=1"))
        request = PutInstance(object=instance.object(), flags=WBEM_FLAG_RETURN_IMMEDIATELY)
        kept = services.begin(request)
        await kept.wait()
        assert kept.text() == "Item.Id=7"
        host.gate = asyncio.Event()
        dropped = services.begin(request)
        assert not await dropped.wait(1)
        dropped.release()
        assert dropped.is_done
        assert services.engine.calls, "the write runs on, counted"
        host.gate.set()
        await dropped.call.stopped()
        assert host.finished_writes == 2
        assert not services.engine.calls

    run_virtual(body)


def test_names_and_rights_are_the_hosts_to_judge() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("root\\far", Caller("nobody", rights=0, is_remote=True))
        result = services.begin(GetObject(path="no path at all ::", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        assert await result.wait()
        assert result.status == WBEM_S_NO_ERROR

    run_virtual(body)
