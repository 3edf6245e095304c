"""The asynchronous methods: sinks that a client exports are called back, over a connection of the server's own.

The sinks live behind a listener of their own on loopback, which lets nobody in but the user who made the call.
"""

from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import GEAR, JOB, SlowSource, instance
from unit.server.served_fixture import CONF, PASSWORD, Fixture, with_server
from unit.server.test_enumerator import enumeration
from wmix.errors import NotFound
from wmix.local.system import LocalSystem
from wmix.net.security.acceptor import Acceptor
from wmix.net.server.dispatch import Dispatcher
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.listener import Listener
from wmix.net.server.ping_sets import PingSets
from wmix.net.server.rem_unknown import RemUnknown
from wmix.net.server.resolver import Resolver
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.identifiers import IID_IRemUnknown2
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem import services_async as asked
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, NextAsync
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.protocol.wbem.services import SERVICES, CancelAsyncCall
from wmix.protocol.wmio import decode_object, encode_object
from wmix.server.asynchronous import AsynchronousServices
from wmix.server.client_sink import CallbackPolicy
from wmix.server.users import Users, make_account
from wmix.status import (
    WBEM_E_CALL_CANCELLED,
    WBEM_E_FAILED,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_PARAMETER,
    WBEM_E_NOT_FOUND,
    WBEM_E_NOT_SUPPORTED,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from unit.server.conversation import Peer
    from wmix.errors import WmiError
    from wmix.local.subscriptions.manager import SubscriptionManager
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.protocol.ndr.parameters import Parameters


class SinkStub(Stub):
    """A client's sink that writes down what it is told."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.objects: list[Any] = []
        self.statuses: list[SetStatus] = []
        self.levels: set[int] = set()
        self.users: set[str] = set()
        self.first = asyncio.Event()
        self.done = asyncio.Event()
        self.gone = asyncio.Event()

    @answers(OBJECT_SINK, "Indicate")
    def indicate(self, call: IncomingCall, told: Indicate) -> HresultReply:
        assert call.login is not None
        self.levels.add(call.login.level)
        self.users.add(call.user)
        assert not self.statuses
        assert told.objects
        self.objects += [decode_object(unit) for unit in told.objects]
        self.first.set()
        return HresultReply(self.answer)

    @answers(OBJECT_SINK, "SetStatus")
    def set_status(self, call: IncomingCall, told: SetStatus) -> HresultReply:
        self.statuses.append(told)
        self.done.set()
        return HresultReply()

    def check_caller(self, user: str, owner: str) -> None:
        """Whoever was let in may call."""

    def released(self) -> None:
        self.gone.set()


class ClientExporter:
    """The exporter of a client: what its sinks live in."""

    def __init__(self, password: str = PASSWORD) -> None:
        loop = asyncio.get_running_loop()
        self.exporter = ObjectExporter(loop.time)
        ipid = self.exporter.export_forever(RemUnknown(self.exporter), IID_IRemUnknown2)
        pings = PingSets(self.exporter, loop.time)
        dispatcher = Dispatcher(self.exporter, {OBJECT_EXPORTER.iid: Resolver(self.exporter, ipid, pings, 5)})
        self.refused: list[WmiError] = []
        self.visited = asyncio.Event()
        acceptor = Acceptor(Users([make_account("DOM", "alice", password)]))
        self.listener = Listener(dispatcher, acceptor, pings, on_login=self._logged_in)
        self.port = 0

    def _logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        if error is not None:
            self.refused.append(error)
        else:
            self.visited.set()

    async def start(self) -> None:
        _, self.port = await self.listener.listen("127.0.0.1", 0)

    def export(self, sink: SinkStub) -> ObjRefStandard:
        """A reference to a sink, with the server's user as its owner."""
        std = self.exporter.export(sink, IID_IWbemObjectSink, owner="DOM\\alice")
        # The first address is that of another machine: the server is to come back to where the call came from.
        places = (StringBinding(NCACN_IP_TCP, f"198.51.100.9[{self.port}]"),)
        return ObjRefStandard(IID_IWbemObjectSink, std, DualStringArray(places))


class Scene:
    """A client with sinks, and the services of root\\conf."""

    def __init__(self, fixture: Fixture, peer: Peer, services: Guid, client: ClientExporter) -> None:
        self.fixture = fixture
        self.peer = peer
        self.services = services
        self.client = client

    async def ask(self, name: str, parameters: Callable[[ObjRef], Parameters], sink: SinkStub | None = None) -> int:
        """Make an asynchronous call; its HRESULT."""
        reference = self.client.export(sink or SinkStub())
        reply = await self.peer.call(SERVICES, name, parameters(reference), self.services)
        hresult: int = reply.hresult
        return hresult


def calling(
    test: Callable[[Scene], Awaitable[None]],
    slow: SlowSource | None = None,
    *,
    password: str = PASSWORD,
    user: str = "DOM\\alice",
    **options: Any,
) -> None:
    async def run(fixture: Fixture) -> None:
        client = ClientExporter(password)
        await client.start()
        try:
            peer = fixture.peer("127.0.0.1")
            services = await peer.log_in(CONF, user=user)
            await test(Scene(fixture, peer, services, client))
        finally:
            await client.listener.close()

    with_server(run, slow, **options)


def final(sink: SinkStub) -> int:
    """The status that a sink was told at the end, and once."""
    (told,) = sink.statuses
    assert told.flags == 0
    return told.hresult


def test_objects_and_the_end_come_to_the_sink() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        asks = lambda to: asked.ExecQueryAsync("WQL", "SELECT * FROM CF_Part", 0, None, to)  # noqa: E731
        assert await scene.ask("ExecQueryAsync", asks, sink) == WBEM_S_NO_ERROR
        await sink.done.wait()
        assert sorted(item.Id for item in sink.objects) == ["b1", "g1", "g2", "p1", "p2"]
        assert final(sink) == WBEM_S_NO_ERROR
        assert sink.levels == {5}
        assert sink.users == {"DOM\\alice"}
        await sink.gone.wait()  # the references are given back

    calling(test)


@pytest.mark.parametrize(
    ("name", "asks", "count", "text"),
    [
        ("GetObjectAsync", lambda to: asked.GetObjectAsync('CF_Part.Id="p1"', 0, None, to), 1, None),
        ("CreateInstanceEnumAsync", lambda to: asked.CreateInstanceEnumAsync("CF_Part", 1, None, to), 2, None),
        ("CreateClassEnumAsync", lambda to: asked.CreateClassEnumAsync("CF_Part", 0, None, to), 2, None),
        (
            "PutInstanceAsync",
            lambda to: asked.PutInstanceAsync(encode_object(instance(GEAR, Id="n"), decoration=None), 0, None, to),
            0,
            'CF_Gear.Id="n"',
        ),
        ("DeleteInstanceAsync", lambda to: asked.DeleteInstanceAsync('CF_Part.Id="p1"', 0, None, to), 0, None),
        (
            "PutClassAsync",
            lambda to: asked.PutClassAsync(encode_object(JOB, decoration=None), 0, None, to),
            0,
            None,
        ),
        ("DeleteClassAsync", lambda to: asked.DeleteClassAsync("CF_Pair", 0, None, to), 0, None),
        ("ExecMethodAsync", lambda to: asked.ExecMethodAsync("CF_Job", "Create", 0, None, None, to), 1, None),
    ],
)
def test_every_method_has_its_asynchronous_twin(
    name: str, asks: Callable[[ObjRef], Parameters], count: int, text: str | None
) -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        assert await scene.ask(name, asks, sink) == WBEM_S_NO_ERROR
        await sink.done.wait()
        assert (final(sink), len(sink.objects)) == (WBEM_S_NO_ERROR, count)
        assert (sink.statuses[0].string or "").endswith(text or "")

    calling(test)


def test_what_fails_is_told_with_an_object_that_explains_it() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        asks = lambda to: asked.ExecQueryAsync("WQL", "SELECT * FROM No_Such", 0, None, to)  # noqa: E731
        assert await scene.ask("ExecQueryAsync", asks, sink) == WBEM_S_NO_ERROR
        await sink.done.wait()
        assert final(sink) == WBEM_E_INVALID_CLASS
        explained = decode_object(sink.statuses[0].object or b"")
        assert explained.StatusCode == WBEM_E_INVALID_CLASS  # type: ignore[union-attr]  # an instance

    calling(test)


def test_what_cannot_begin_is_refused_at_once_and_the_sink_not_called() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        asks = lambda to: asked.ExecQueryAsync("WQL", None, 0, None, to)  # noqa: E731
        assert await scene.ask("ExecQueryAsync", asks, sink) == WBEM_E_INVALID_PARAMETER
        nobody = asked.ExecQueryAsync("WQL", "SELECT * FROM CF_Part")
        reply = await scene.peer.call(SERVICES, "ExecQueryAsync", nobody, scene.services)
        assert reply.hresult == WBEM_E_INVALID_PARAMETER
        assert not sink.statuses
        assert not scene.fixture.server._sinks._hosts

    calling(test)


def test_a_cancelled_operation_ends_by_its_final_status() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(scene: Scene) -> None:
        sink = SinkStub()
        reference = scene.client.export(sink)
        query = asked.CreateInstanceEnumAsync("CF_Slow", 0, None, reference)
        await scene.peer.call(SERVICES, "CreateInstanceEnumAsync", query, scene.services)
        await sink.first.wait()
        for _ in range(2):  # cancelling it again is no error
            cancelled = await scene.peer.call(SERVICES, "CancelAsyncCall", CancelAsyncCall(reference), scene.services)
            assert cancelled.hresult == WBEM_S_NO_ERROR
            await sink.done.wait()
        assert final(sink) == WBEM_E_CALL_CANCELLED
        assert len(sink.objects) == 1
        unknown = CancelAsyncCall(scene.client.export(SinkStub()))
        reply = await scene.peer.call(SERVICES, "CancelAsyncCall", unknown, scene.services)
        assert reply.hresult == WBEM_E_NOT_FOUND

    calling(test, slow)


class Told:
    """A door that writes down which sinks it delivers to, and the host that makes them."""

    def __init__(self) -> None:
        self.sinks: list[Any] = []
        self.cancelled: list[Any] = []
        self.dropped: list[Any] = []
        self.refuses = False

    def sink(self, call: object, reference: ObjRef, ended: Callable[[Any], None]) -> Any:
        made = SimpleNamespace(reference=reference)
        made.end, made.drop, made.begun = partial(ended, made), partial(self.dropped.append, made), lambda: None
        self.sinks.append(made)
        return made

    def deliver(self, request: object, sink: object) -> None:
        if self.refuses:
            raise NotFound("nothing begins")

    def cancel(self, sink: object) -> None:
        self.cancelled.append(sink)


def test_cancelling_ends_what_still_uses_a_sink_and_may_come_late() -> None:
    told = Told()
    services: Any = AsynchronousServices(told, told)  # type: ignore[arg-type]  # both parts by one

    def reference(number: int) -> ObjRefStandard:
        return ObjRefStandard(IID_IWbemObjectSink, StdObjRef(0, 5, 7, number, Guid(bytes(16))))

    def get(number: int) -> Any:
        services.get_object_async(None, asked.GetObjectAsync("x", 0, None, reference(number)))
        return told.sinks[-1]

    def cancel(number: int) -> list[Any]:
        services.cancel_async_call(None, CancelAsyncCall(reference(number)))
        cancelled, told.cancelled = told.cancelled, []
        return cancelled

    first, second, other = get(1), get(1), get(2)
    first.end()
    assert cancel(1) == [second]
    second.end()
    assert cancel(1) == []
    assert cancel(2) == [other]
    told.refuses = True
    with pytest.raises(NotFound):
        get(3)
    assert told.dropped == [told.sinks[-1]]
    told.sinks[-1].end()
    with pytest.raises(NotFound, match="no operation uses this sink"):
        cancel(3)
    told.refuses = False
    for number in range(10, 10 + 256):
        get(number).end()
    with pytest.raises(NotFound, match="no operation uses this sink"):
        cancel(1)
    assert cancel(10) == []


def test_in_parameters_are_no_class() -> None:
    async def test(scene: Scene) -> None:
        octets = encode_object(JOB, decoration=None)
        asks = lambda to: asked.ExecMethodAsync("CF_Job", "Create", 0, None, octets, to)  # noqa: E731
        assert await scene.ask("ExecMethodAsync", asks) == WBEM_E_INVALID_PARAMETER

    calling(test)


def test_a_sink_that_refuses_objects_ends_its_operation() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub(WBEM_E_FAILED)
        asks = lambda to: asked.CreateInstanceEnumAsync("CF_Slow", 0, None, to)  # noqa: E731
        await scene.ask("CreateInstanceEnumAsync", asks, sink)
        await sink.done.wait()
        assert final(sink) == WBEM_E_CALL_CANCELLED

    calling(test, SlowSource(permitted=True))


IDLE = "SELECT * FROM __InstanceOperationEvent WITHIN 5 WHERE TargetInstance ISA 'CF_Slow'"


def subscriptions_of(scene: Scene) -> SubscriptionManager:
    """What runs on the server for event queries."""
    source = scene.fixture.engine.source
    assert isinstance(source, LocalSystem)
    return source.subscriptions


async def in_force(scene: Scene, sink: SinkStub) -> None:
    """Subscribe *sink* to a class that is polled."""
    asks = lambda to: asked.ExecNotificationQueryAsync("WQL", IDLE, 0, None, to)  # noqa: E731
    assert await scene.ask("ExecNotificationQueryAsync", asks, sink) == WBEM_S_NO_ERROR
    await asyncio.sleep(1)
    assert subscriptions_of(scene).feeds == 1


def test_events_come_to_the_sink_until_it_is_cancelled() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        reference = scene.client.export(sink)
        text = "SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA 'CF_Gear'"
        query = asked.ExecNotificationQueryAsync("WQL", text, 0, None, reference)
        reply = await scene.peer.call(SERVICES, "ExecNotificationQueryAsync", query, scene.services)
        assert reply.hresult == WBEM_S_NO_ERROR
        made = encode_object(instance(GEAR, Id="n"), decoration=None)
        asks = lambda to: asked.PutInstanceAsync(made, 0, None, to)  # noqa: E731
        assert await scene.ask("PutInstanceAsync", asks) == WBEM_S_NO_ERROR
        await sink.first.wait()
        (event,) = sink.objects
        assert (event["__CLASS"], event["TargetInstance"]["Id"]) == ("__InstanceCreationEvent", "n")
        assert not sink.statuses
        await scene.peer.call(SERVICES, "CancelAsyncCall", CancelAsyncCall(reference), scene.services)
        await sink.gone.wait()
        assert final(sink) == WBEM_E_CALL_CANCELLED

    calling(test)


def test_the_way_to_a_sink_is_made_before_there_is_anything_to_tell() -> None:
    async def test(scene: Scene) -> None:
        asks = lambda to: asked.ExecNotificationQueryAsync("WQL", IDLE, 0, None, to)  # noqa: E731
        assert await scene.ask("ExecNotificationQueryAsync", asks) == WBEM_S_NO_ERROR
        await scene.client.visited.wait()
        assert scene.client.listener.logged_in_connections == 1

    calling(test, SlowSource(permitted=True))


def test_the_sink_of_an_idle_subscription_is_kept_by_pings() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        await in_force(scene, sink)
        await asyncio.sleep(4000)
        assert scene.client.exporter.sweep() == 0  # what was pinged lately stays
        assert subscriptions_of(scene).feeds == 1

    calling(test, SlowSource(permitted=True), virtual=True)


def test_a_client_whose_sink_cannot_be_pinged_has_gone_and_its_subscription_ends() -> None:
    async def test(scene: Scene) -> None:
        await in_force(scene, SinkStub())
        await asyncio.sleep(400)
        assert subscriptions_of(scene).feeds == 1
        await scene.client.listener.close()
        await asyncio.sleep(3 * 120 + 60)
        assert subscriptions_of(scene).feeds == 0
        assert not scene.fixture.server._sinks._hosts
        assert not scene.fixture.engine._tasks

    calling(test, SlowSource(permitted=True), virtual=True)


def test_a_sink_that_does_not_believe_the_server_is_not_told_anything() -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        asks = lambda to: asked.CreateInstanceEnumAsync("CF_Part", 0, None, to)  # noqa: E731
        assert await scene.ask("CreateInstanceEnumAsync", asks, sink) == WBEM_S_NO_ERROR
        while scene.fixture.engine._tasks:
            await asyncio.wait(scene.fixture.engine._tasks)
        assert scene.client.refused
        assert not sink.objects
        assert not sink.statuses
        assert not scene.fixture.server._sinks._hosts

    calling(test, password="another")


def test_a_user_without_a_secret_here_cannot_be_called_back() -> None:
    async def test(scene: Scene) -> None:
        asks = lambda to: asked.CreateInstanceEnumAsync("CF_Part", 0, None, to)  # noqa: E731
        assert await scene.ask("CreateInstanceEnumAsync", asks) == WBEM_E_NOT_SUPPORTED

    calling(test, user="DOM\\kerberos", callbacks=CallbackPolicy())


@pytest.mark.parametrize(("count", "status"), [(3, WBEM_S_NO_ERROR), (9, WBEM_S_FALSE)])
def test_an_enumerator_delivers_its_next_objects_to_a_sink(count: int, status: int) -> None:
    async def test(scene: Scene) -> None:
        sink = SinkStub()
        enumerator = await enumeration(scene.peer, scene.services)
        reply = await scene.peer.call(
            ENUM_CLASS_OBJECT, "NextAsync", NextAsync(count, scene.client.export(sink)), enumerator
        )
        assert reply.hresult == WBEM_S_NO_ERROR
        await sink.done.wait()
        assert (final(sink), len(sink.objects)) == (status, min(count, 5))

    calling(test)


def test_a_next_async_of_nothing_does_not_use_the_sink() -> None:
    async def test(scene: Scene) -> None:
        enumerator = await enumeration(scene.peer, scene.services)
        nothing = NextAsync(0, scene.client.export(SinkStub()))
        assert (await scene.peer.call(ENUM_CLASS_OBJECT, "NextAsync", nothing, enumerator)).hresult == WBEM_S_FALSE
        assert not scene.fixture.server._sinks._hosts

    calling(test)
