"""What becomes of a call whose sink is out: the end told, silence, refusal, loss, and being given up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Timeouts
from wmix.errors import AuthError, Cancelled, ConnectError, DeadlineExceeded, InvalidClass, WmiError
from wmix.net.server.exporter import ObjectExporter
from wmix.protocol.dcom.bindings import DualStringArray
from wmix.protocol.dcom.objref import ObjRefStandard
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink, IID_IWbemServices
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.object_sink import Indicate, SetStatus
from wmix.protocol.wbem.services_async import CreateInstanceEnumAsync
from wmix.remote.callback_calls import CallbackCalls
from wmix.status import E_ACCESSDENIED, WBEM_E_CALL_CANCELLED, WBEM_E_INVALID_CLASS, WBEM_E_NOT_FOUND
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.protocol.dcom.methods import Method
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.protocol.wbem.services import CancelAsyncCall
    from wmix.remote.callback_calls import CalledBack
    from wmix.remote.object_sink import ObjectSink

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Receiver:
    """Where sinks are exported, without sockets."""

    def __init__(self) -> None:
        self.exporter = ObjectExporter(asyncio.get_running_loop().time)
        self.listens: list[str] = []
        self.sign = False
        self.on_refused: Callable[[AuthError], None] | None = None
        self.on_lost: Callable[[], None] | None = None
        self.is_closed = False

    async def listen(self, address: str) -> None:
        self.listens.append(address)

    def export(self, sink: ObjectSink, address: str) -> ObjRefStandard:
        std = self.exporter.export(sink, IID_IWbemObjectSink, owner="")
        return ObjRefStandard(IID_IWbemObjectSink, std, DualStringArray())

    def withdraw(self, reference: ObjRefStandard) -> None:
        self.exporter.revoke(reference.std.ipid)

    def has_sign_since(self, time: float) -> bool:
        return self.sign

    async def close(self) -> None:
        self.is_closed = True


class Services:
    """A reference to IWbemServices, or to it once more."""

    iid = IID_IWbemServices

    def release(self) -> None:
        """Nothing is counted here."""


class FarHost:
    """A host: its exporter, and the namespace that calls go to."""

    def __init__(self) -> None:
        self.place, self.local, self.peer = f"{THERE}:50000", HERE, THERE
        self.on_lost: Callable[[], None] | None = None
        self.cancelled: list[CancelAsyncCall] = []
        self.dropped = False
        self.is_there = True
        self.looks = 0
        #: Seconds until an answer to CancelAsyncCall, and what it is; None for never.
        self.answers: float | None = 0.1
        self.answer: WmiError | None = None
        self.on_cancel: Callable[[], None] = lambda: None
        self.begins: WmiError | None = None
        self.on_begin: Callable[[Any], None] = lambda _: None

    async def services(self, *, until: float | None) -> tuple[Any, Any]:
        return self, Services()

    async def services_call(
        self, method: str, request: Parameters, *, until: float | None, seconds: float
    ) -> tuple[Any, Any]:
        if self.begins is not None:
            raise self.begins
        self.on_begin(request)
        return self, HresultReply()

    async def invoke(self, target: Any, method: Method, request: Any, *, seconds: float, **_: Any) -> Any:
        self.cancelled.append(request)
        if self.answers is None or self.answers > seconds:
            await asyncio.sleep(seconds)
            raise DeadlineExceeded("no answer")
        await asyncio.sleep(self.answers)
        if self.answer is not None:
            raise self.answer
        self.on_cancel()
        return HresultReply()

    async def query_interface(self, target: Any, iid: Any, *, seconds: float) -> Services:
        self.looks += 1
        await asyncio.sleep(0.1)
        if not self.is_there:
            raise ConnectError("nobody listens")
        return Services()

    def give_up(self) -> None:
        self.dropped = True


class Scene:
    """A client with a host."""

    def __init__(self) -> None:
        self.receiver, self.host = Receiver(), FarHost()
        receiver: Any = self.receiver
        self.calls = CallbackCalls(receiver, timeouts=Timeouts(connect=30, phase=5), most=10)

    async def begin(self) -> CalledBack:
        asks = lambda sink: CreateInstanceEnumAsync("CF_Part", 0, None, sink)  # noqa: E731
        return await self.calls.begin(self.host, "CreateInstanceEnumAsync", asks, until=None)

    def nothing_is_left(self) -> None:
        assert len(self.calls) == 0
        assert len(self.receiver.exporter) == 0


def scene(work: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        await work(Scene())

    run_virtual(run)


def told(call: CalledBack, *objects: bytes) -> None:
    call.sink.indicate(None, Indicate(objects))  # type: ignore[arg-type]  # it does not look at the call


def ends(call: CalledBack, hresult: int = 0, text: str | None = None) -> None:
    call.sink.set_status(None, SetStatus(0, hresult, text))  # type: ignore[arg-type]  # as above


async def read(call: CalledBack) -> list[bytes]:
    found: list[bytes] = []
    while (portion := await call.next()) is not None:
        found += portion
    call.check()
    return found


def test_a_call_ends_with_the_status_that_the_host_tells() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        assert s.receiver.listens == [HERE]
        told(call, b"1", b"2")
        ends(call, text="path")
        s.nothing_is_left()  # whether or not it is read
        assert call.timer is not None
        assert call.timer.cancelled()
        assert await call.result() == (b"1", "path")
        call.end()
        assert not s.host.cancelled

    scene(work)


def test_the_end_may_come_before_the_answer_that_the_call_has_begun() -> None:
    async def work(s: Scene) -> None:
        def tell(request: CreateInstanceEnumAsync) -> None:
            assert isinstance(request.sink, ObjRefStandard)
            interface = s.receiver.exporter.find(request.sink.std.ipid)
            assert interface is not None
            interface.object.stub.set_status(None, SetStatus(0, 0, "early"))  # type: ignore[attr-defined]  # a sink

        s.host.on_begin = tell
        call = await s.begin()
        s.nothing_is_left()
        assert await call.result() == (None, "early")

    scene(work)


def test_a_failure_is_the_hosts_own() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        ends(call, WBEM_E_INVALID_CLASS)
        with pytest.raises(InvalidClass) as caught:
            await read(call)
        assert (caught.value.operation, caught.value.host) == ("CreateInstanceEnum", s.host.place)
        call.end()
        s.nothing_is_left()

    scene(work)


def test_a_call_that_cannot_begin_leaves_no_sink() -> None:
    async def work(s: Scene) -> None:
        s.host.begins = WmiError("no")
        with pytest.raises(WmiError):
            await s.begin()
        s.nothing_is_left()

    scene(work)


def test_a_host_that_never_comes_back_is_given_up_in_time() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        with pytest.raises(ConnectError) as caught:
            await read(call)
        assert asyncio.get_running_loop().time() == pytest.approx(30)
        assert HERE in caught.value.detail
        assert "NAT" in (caught.value.hint or "")
        call.end()
        await asyncio.sleep(3)
        assert len(s.host.cancelled) == 1  # it may still be working for nobody
        s.nothing_is_left()

    scene(work)


def test_a_host_that_has_come_back_may_take_its_time() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        s.receiver.sign = True
        reading = asyncio.ensure_future(read(call))
        await asyncio.sleep(300)
        told(call, b"1")
        ends(call)
        assert await reading == [b"1"]
        call.end()

    scene(work)


def refused_by(s: Scene, address: str) -> None:
    assert s.receiver.on_refused is not None
    s.receiver.on_refused(AuthError("who is that", status=E_ACCESSDENIED, host=address))


def test_a_host_that_cannot_prove_who_it_is_fails_the_call_soon() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        refused_by(s, THERE)
        with pytest.raises(AuthError, match="who is that"):
            await read(call)
        assert asyncio.get_running_loop().time() == pytest.approx(3)
        call.end()

    scene(work)


def test_a_host_may_try_another_login() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        refused_by(s, THERE)
        await asyncio.sleep(1)
        told(call, b"1")
        await asyncio.sleep(5)
        ends(call)
        assert await read(call) == [b"1"]
        call.end()

    scene(work)


def test_strangers_cannot_end_a_call_by_failing() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        refused_by(s, "192.0.2.66")
        await asyncio.sleep(10)
        assert not call.sink.has_ended
        call.end()

    scene(work)


@pytest.mark.parametrize("by", ["host", "receiver"])
def test_the_end_of_a_connection_is_looked_into(by: str) -> None:
    async def work(s: Scene) -> None:
        calls = [await s.begin(), await s.begin()]
        told(calls[0], b"1")
        end = s.host.on_lost if by == "host" else s.receiver.on_lost
        assert end is not None
        end()
        end()
        await asyncio.sleep(1)
        assert s.host.looks == 1  # one look for all calls of a host, and for all that ends meanwhile
        assert not any(call.sink.has_ended for call in calls)
        s.host.is_there = False
        end()
        with pytest.raises(ConnectError) as caught:
            await read(calls[1])
        assert caught.value.host == s.host.place
        assert await calls[0].next() == (b"1",)  # what came before is there
        for call in calls:
            call.end()
        assert not s.host.cancelled  # there is nobody to tell
        s.nothing_is_left()

    scene(work)


def test_a_call_that_is_given_up_is_cancelled_and_its_last_word_heard() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        s.host.on_cancel = lambda: ends(call, WBEM_E_CALL_CANCELLED)
        call.end()
        call.end()
        assert len(s.receiver.exporter) == 1
        await asyncio.sleep(0.2)
        assert [asked.sink for asked in s.host.cancelled] == [call.reference]
        s.nothing_is_left()
        assert not s.host.dropped

    scene(work)


def test_a_host_that_does_not_say_its_last_word_is_not_waited_for() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        call.end()
        await asyncio.sleep(1.9)
        assert len(s.receiver.exporter) == 1
        await asyncio.sleep(0.2)
        s.nothing_is_left()
        assert not s.host.dropped  # it has answered

    scene(work)


def test_a_host_that_does_not_answer_the_cancellation_loses_its_connection() -> None:
    async def work(s: Scene) -> None:
        s.host.answers = None
        call = await s.begin()
        call.end()
        await asyncio.sleep(2.1)
        assert s.host.dropped
        s.nothing_is_left()

    scene(work)


def test_cancelling_what_has_ended_there_is_no_trouble() -> None:
    async def work(s: Scene) -> None:
        s.host.answer = WmiError("unknown sink", status=WBEM_E_NOT_FOUND)
        call = await s.begin()
        call.end()
        await asyncio.sleep(0.2)
        s.nothing_is_left()

    scene(work)


def test_a_reader_that_was_too_slow_has_the_host_told() -> None:
    async def work(s: Scene) -> None:
        call = await s.begin()
        waiting = call.sink.indicate(None, Indicate((b"x",) * 10))  # type: ignore[arg-type]  # the call is not looked at
        assert (await waiting).hresult == WBEM_E_CALL_CANCELLED  # type: ignore[misc]  # a coroutine
        with pytest.raises(Cancelled):
            await read(call)
        call.end()
        await asyncio.sleep(0.2)
        assert len(s.host.cancelled) == 1
        s.nothing_is_left()

    scene(work)


def test_closing_gives_cancellations_their_time_and_no_more() -> None:
    async def work(s: Scene) -> None:
        s.host.answers = None
        await s.begin()
        await s.begin()
        await s.calls.close(1.0)
        assert asyncio.get_running_loop().time() == pytest.approx(1)
        s.nothing_is_left()
        assert s.receiver.is_closed

    scene(work)
