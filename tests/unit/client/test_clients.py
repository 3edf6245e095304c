"""The verbs of both clients, over providers of their own: results, portions, errors, deadlines, release."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import pickle
import threading
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from unit.client.providers import ALL, Gate
from wmix.port.caller import Rights
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from pathlib import Path

MODES = ["semisync", "sync", "async"]


@pytest.fixture
def wmi() -> Any:
    with wmix.connect(providers=ALL) as client:
        yield client


def test_objects_have_their_properties_paths_and_class(wmi: wmix.Client) -> None:
    disk = wmi.query("SELECT * FROM Demo_Disk WHERE DeviceID = 'SDB'").one()
    assert (disk.Size, disk.size, disk["SIZE"], disk.Label) == (5_000_000_000, 5_000_000_000, 5_000_000_000, None)
    assert str(disk.path_) == rf'\\{wmi.server_}\root\cimv2:Demo_Disk.DeviceID="sdb"'
    assert wmi.get(disk.path_) == disk
    with pytest.raises(AttributeError, match="no property 'Sizes'") as caught:
        _ = disk.Sizes
    assert "Size" in str(getattr(caught.value, "hint", None))
    assert pickle.loads(pickle.dumps(disk)) == disk


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_delivers_the_same_set(wmi: wmix.Client, mode: Any) -> None:
    query = wmi.query("SELECT Id FROM Demo_Number WHERE Id >= 10", mode=mode)
    assert [row.Id for row in query] == list(range(10, 2500))
    assert (query.exhausted, query.received, query.error, query.errors) == (True, 2490, None, [])
    assert query.elapsed > 0
    assert list(query) == []


@pytest.mark.parametrize("mode", ["semisync", "async"])
def test_an_error_is_raised_after_the_objects_before_it(wmi: wmix.Client, mode: Any) -> None:
    query = wmi.query("SELECT Id FROM Demo_Broken", mode=mode)
    seen = []
    with pytest.raises(wmix.ProviderError, match="the cable is out") as caught:
        for row in query:
            seen.append(row.Id)  # noqa: PERF401 - what came before the error is the point
    assert seen == [0, 1, 2]
    assert caught.value.class_name == "Demo_Broken"
    assert query.exhausted


@pytest.mark.parametrize("mode", ["semisync", "async"])
def test_an_error_comes_with_the_portion_after_the_last_short_one(wmi: wmix.Client, mode: Any) -> None:
    query = wmi.query("SELECT Id FROM Demo_Broken", mode=mode)
    seen = 0
    with pytest.raises(wmix.ProviderError):
        while not query.exhausted:
            seen += len(query.next_batch(10))
    assert (seen, query.exhausted) == (3, True)
    assert isinstance(query.error, wmix.ProviderError)
    with pytest.raises(wmix.ProviderError):
        list(query)


def test_a_synchronous_query_that_fails_gives_no_object(wmi: wmix.Client) -> None:
    query = wmi.query("SELECT Id FROM Demo_Broken", mode="sync")
    with pytest.raises(wmix.ProviderError):
        query.next_batch(10)
    assert query.received == 0


def test_portions_are_full_until_the_end(wmi: wmix.Client) -> None:
    query = wmi.query("SELECT Id FROM Demo_Number WHERE Id < 25")
    sizes = []
    while not query.exhausted:
        sizes.append(len(query.next_batch(10)))
    assert sizes in ([10, 10, 5], [10, 10, 5, 0])
    assert [row.Id for row in wmi.query("SELECT Id FROM Demo_Number WHERE Id < 3", batch=1)] == [0, 1, 2]
    with pytest.raises(wmix.InvalidParameter):
        query.next_batch(0)


@pytest.mark.parametrize("mode", ["semisync", "async"])
def test_a_portion_that_times_out_is_short_and_raises_nothing(mode: Any) -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as wmi:
            query = wmi.query("SELECT Id FROM Demo_Silent", mode=mode)
            assert [row.Id for row in await query.next_batch(10, timeout=5)] == [0]
            assert await query.next_batch(10, timeout=5) == []
            assert not query.exhausted
            query.cancel()
            assert query.exhausted

    run_virtual(body)


def test_a_wait_without_progress_ends_after_its_time() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as wmi:
            loop = asyncio.get_running_loop()
            for arguments, seconds in (({}, 60), ({"timeout": 7}, 7)):
                start = loop.time()
                with pytest.raises(wmix.DeadlineExceeded, match=f"for {seconds} s"):
                    await wmi.query("SELECT Id FROM Demo_Silent", **arguments).list()  # type: ignore[arg-type]
                assert loop.time() - start == pytest.approx(seconds, abs=0.1)

    run_virtual(body)


@pytest.mark.parametrize("mode", MODES)
def test_a_deadline_bounds_the_whole_query(mode: Any) -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as wmi:
            start = asyncio.get_running_loop().time()
            with pytest.raises(wmix.DeadlineExceeded):
                await wmi.query("SELECT Id FROM Demo_Silent", mode=mode, deadline=3).list()
            assert asyncio.get_running_loop().time() - start == pytest.approx(3, abs=0.1)

    run_virtual(body)


def test_leaving_a_loop_half_way_stops_the_provider() -> None:
    gate = Gate()
    with wmix.connect(providers=[gate.definition]) as wmi:
        for _ in wmi.query("SELECT * FROM Demo_Slow"):
            # It runs ahead of its reader.
            assert gate.reached.wait(20)
            break
        gc.collect()
        # The loop takes what it is told in order: after this call it has heard of the end.
        wmi.namespaces()
        gate.open.set()
        assert gate.stopped.wait(20)
        assert not gate.went_on


def test_verbs_return_at_once_and_raise_only_for_bad_arguments(wmi: wmix.Client) -> None:
    disk = wmi.get("Demo_Disk='sda'")
    late = [
        wmi.query("SELECT * FROM No_Such"),
        wmi.query("this is no WQL"),
        wmi.query("SELECT nothing FROM Demo_Disk"),
        wmi.instances("No_Such"),
        wmi.classes("No_Such"),
    ]
    for handle in late:
        with pytest.raises(wmix.WmiError):
            handle.list()
    for bad in (
        lambda: wmi.query(""),
        lambda: wmi.query("x", mode="nonsense"),  # type: ignore[arg-type]
        lambda: wmi.query("SELECT * FROM Demo_Disk", deadline=0),
        lambda: wmi.query("SELECT * FROM Demo_Disk", timeout=-1),
        lambda: wmi.query("SELECT * FROM Demo_Disk", batch=0),
        lambda: wmi.begin_get(""),
        lambda: wmi.begin_get(3),  # type: ignore[arg-type]
        lambda: wmi.put("no instance"),  # type: ignore[arg-type]
        lambda: wmi.begin_call("Demo_Disk", "Grow", {"By": 1}, by=2),
        lambda: wmi.begin_call("Demo_Disk", "Grow", disk, By=1),
    ):
        with pytest.raises(wmix.InvalidParameter):
            bad()


def test_a_missing_right_appears_at_the_first_wait() -> None:
    caller = wmix.Caller("eve", rights=Rights.ENABLE)
    with wmix.connect(providers=ALL, caller=caller) as wmi:
        pending = wmi.begin_call("Demo_Disk", "Count")
        assert pending.done()
        with pytest.raises(wmix.AccessDenied, match="METHOD_EXECUTE"):
            pending.result()
        assert len(wmi.query("SELECT * FROM Demo_Disk").list()) == 3
    with pytest.raises(wmix.AccessDenied, match="ENABLE"):
        wmix.connect(caller=wmix.Caller("nobody", rights=0))


def test_methods_run_on_instances_and_classes_with_checked_parameters(wmi: wmix.Client) -> None:
    out = wmi.call('Demo_Disk="sda"', "GROW", By=5)
    assert (out.ReturnValue, out.Size) == (0, 15)
    assert wmi.call('Demo_Disk="sda"', "Grow", {"by": "7"}).Size == 17
    assert wmi.call("Demo_Disk", "Count").ReturnValue == 3
    for arguments, error, text in (
        (('Demo_Disk="sda"', "Shrink"), wmix.InvalidMethod, "no method Shrink"),
        (("Demo_Disk", "Grow"), wmix.InvalidMethod, "instance"),
        (('Demo_Disk="sda"', "Count"), wmix.InvalidMethod, "static"),
        (('Demo_Disk="zzz"', "Grow"), wmix.NotFound, "zzz"),
        (("No_Such", "Grow"), wmix.NotFound, "No_Such"),
    ):
        with pytest.raises(error, match=text):
            wmi.call(*arguments)
    with pytest.raises(wmix.WmiError, match="no parameter Bye") as caught:
        wmi.call('Demo_Disk="sda"', "Grow", Bye=1)
    assert caught.value.hint == "did you mean By?"
    with pytest.raises(wmix.WmiError, match="Grow\\(By\\)"):
        wmi.call('Demo_Disk="sda"', "Grow", By=-1)
    with pytest.raises(wmix.InvalidParameter, match="twice"):
        wmi.call('Demo_Disk="sda"', "Grow", {"By": 1}, By=2)


def test_a_call_result_is_polled_and_gives_fresh_copies() -> None:
    gate = Gate()
    with wmix.connect(providers=[gate.definition]) as wmi:
        pending = wmi.begin_get("Demo_Slow=2")
        assert not pending.wait(timeout=0.01)
        assert not pending.done()
        with pytest.raises(wmix.DeadlineExceeded, match="not there after"):
            pending.result(timeout=0.01)
        gate.open.set()
        assert pending.wait(timeout=20)
        first, second = pending.result(), pending.result()
        first.Id = 9
        assert second.Id == 2
        assert pending.error is None


@pytest.mark.parametrize("cancellable", [True, False])
def test_a_cancelled_method_stops_only_if_it_says_that_it_may(cancellable: bool) -> None:
    async def body() -> None:
        ended: list[str] = []
        started = asyncio.Event()

        @wmix.method("Demo_Disk", "Scan", static=True, cancellable=cancellable)
        async def scan(call: Any) -> int:
            try:
                started.set()
                await asyncio.sleep(10)
                ended.append("whole")
            except asyncio.CancelledError:
                ended.append("stopped")
                raise
            return 0

        async with wmix.AsyncClient(providers=[*ALL, scan]) as wmi:
            pending = wmi.begin_call("Demo_Disk", "Scan")
            await started.wait()
            pending.cancel()
            assert isinstance(pending.error, wmix.Cancelled)
            await asyncio.sleep(20)
        assert ended == (["stopped"] if cancellable else ["whole"])

    run_virtual(body)


def test_a_cancelled_call_result_says_so() -> None:
    gate = Gate()
    with wmix.connect(providers=[gate.definition]) as wmi:
        pending = wmi.begin_get("Demo_Slow=2")
        pending.cancel()
        with pytest.raises(wmix.Cancelled):
            pending.result(timeout=20)
        gate.open.set()


def test_instances_can_be_put_and_deleted_in_the_repository() -> None:
    from wmix.cim.classes import CimProperty, derive
    from wmix.cim.qualifiers import Qualifier, QualifierSet
    from wmix.cim.types import CimType
    from wmix.repository.memory import MemoryRepository

    key = QualifierSet([Qualifier("key", True, CimType.BOOLEAN)])
    cls = derive(
        None,
        "Note",
        properties=[
            CimProperty("Id", CimType.UINT32, qualifiers=key, is_key=True),
            CimProperty("Text", CimType.STRING),
        ],
    )
    repository = MemoryRepository()
    asyncio.run(repository.put_class("root\\cimv2", cls))
    with wmix.connect(repository=repository) as wmi:
        note = wmix.CimInstance.of(cls, {"Id": 1, "Text": "first"})
        path = wmi.put(note, create=True)
        assert str(path) == "Note.Id=1"
        with pytest.raises(wmix.ObjectExists):
            wmi.put(note, create=True)
        stored = wmi.get("Note.Id=1")
        stored.Text = "second"
        stored.put_(create=False)
        assert wmi.query("SELECT * FROM Note").one().Text == "second"
        stored.delete_()
        with pytest.raises(wmix.NotFound):
            wmi.delete("Note.Id=1")
        with pytest.raises(wmix.NotFound):
            wmi.put(note, create=False)


def test_a_dataclass_shapes_typed_rows(wmi: wmix.Client) -> None:
    @dataclasses.dataclass
    class Demo_Disk:
        DeviceID: str
        Size: int
        Label: str | None
        Tags: list[str] | None

    rows = wmi.select(Demo_Disk, "Size < 100").list()
    assert rows == [Demo_Disk("sda", 10, "root", ["fast"]), Demo_Disk("sdc", 30, None, None)]


def test_a_dataclass_that_does_not_fit_the_class_is_refused_before_the_first_row(wmi: wmix.Client) -> None:
    @dataclasses.dataclass
    class WrongType:
        __wmi_class__ = "Demo_Disk"
        Size: str

    @dataclasses.dataclass
    class WrongName:
        __wmi_class__ = "Demo_Disk"
        Sise: int

    @dataclasses.dataclass
    class NoNull:
        __wmi_class__ = "Demo_Disk"
        Label: str

    @dataclasses.dataclass
    class NoType:
        Size: complex

    with pytest.raises(wmix.TypeMismatch, match="uint64"):
        wmi.select(WrongType).list()
    with pytest.raises(wmix.UnknownProperty, match="Sise"):
        wmi.select(WrongName).list()
    with pytest.raises(wmix.TypeMismatch, match="does not allow None"):
        wmi.select(NoNull).list()
    with pytest.raises(wmix.InvalidParameter, match="complex"):
        wmi.select(NoType)
    with pytest.raises(wmix.InvalidParameter, match="dataclass"):
        wmi.select(int)


def test_named_values_reach_the_provider_as_they_came() -> None:
    seen: list[Any] = []

    @wmix.provider("Demo_Context", keys=("Id",), properties={"Id": "uint32"})
    async def contextual(request: Any) -> Any:
        seen.append(request.context["Depth"])
        yield {"Id": 1}

    @wmix.method("Demo_Context", "Look", static=True)
    async def look(call: Any) -> int:
        seen.append(call.context["depth"])
        return 0

    with wmix.connect(providers=[contextual, look]) as wmi:
        wmi.query("SELECT * FROM Demo_Context", context={"Depth": 3}).list()
        wmi.get("Demo_Context=1", context={"Depth": 4})
        wmi.call("Demo_Context", "Look", context={"Depth": 5})
    assert seen == [3, 4, 5]


def test_an_error_that_is_raised_again_does_not_grow(wmi: wmix.Client) -> None:
    def depth(error: BaseException) -> int:
        found, at = 0, error.__traceback__
        while at is not None:
            found, at = found + 1, at.tb_next
        return found

    pending = wmi.begin_get('Demo_Disk="none"')
    depths = set()
    for _ in range(3):
        with pytest.raises(wmix.NotFound) as caught:
            pending.result()
        depths.add(depth(caught.value))
    assert len(depths) == 1


def test_one_wants_exactly_one(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.NotFound):
        wmi.query("SELECT * FROM Demo_Disk WHERE Size = 1").one()
    with pytest.raises(wmix.InvalidParameter, match="more than one"):
        wmi.query("SELECT * FROM Demo_Disk").one()


def test_one_is_awaited_too_and_a_second_object_cancels_the_call() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as wmi:
            assert (await wmi.query("SELECT * FROM Demo_Disk WHERE DeviceID = 'sda'").one()).Size == 10
            with pytest.raises(wmix.NotFound):
                await wmi.query("SELECT * FROM Demo_Disk WHERE DeviceID = 'x'").one()
            query = wmi.query("SELECT * FROM Demo_Disk")
            with pytest.raises(wmix.InvalidParameter, match="more than one"):
                await query.one()
            assert query.exhausted

    asyncio.run(body())


def test_leaving_the_block_of_a_handle_cancels_it(wmi: wmix.Client) -> None:
    with wmi.query("SELECT * FROM Demo_Silent") as query:
        assert not query.exhausted
    assert query.exhausted

    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as asynchronous:
            async with asynchronous.query("SELECT * FROM Demo_Silent") as query:
                assert [row.Id for row in await query.next_batch(1)] == [0]
            assert query.exhausted

    run_virtual(body)


def test_a_synchronous_query_gives_nothing_before_it_has_ended() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=ALL) as wmi:
            query = wmi.query("SELECT Id FROM Demo_Silent", mode="sync")
            assert await query.next_batch(10, timeout=5) == []
            assert not query.exhausted
            query.cancel()

    run_virtual(body)


def test_the_time_of_a_call_stands_still_when_it_has_ended(wmi: wmix.Client) -> None:
    query = wmi.query("SELECT * FROM Demo_Disk")
    before = query.elapsed
    query.list()
    assert 0 <= before < query.elapsed == query.elapsed
    open_ = wmi.query("SELECT * FROM Demo_Silent")
    assert open_.elapsed < open_.elapsed
    open_.cancel()
    assert open_.elapsed == open_.elapsed


def test_classes_and_namespaces_are_found() -> None:
    with wmix.connect(namespace="root", providers=ALL) as root:
        assert {"cimv2", "default"} <= {name.casefold() for name in root.namespaces()}
        cimv2 = root.namespace("CIMV2")
        assert cimv2.namespace_ == "root\\cimv2"
        names = {cls.name for cls in cimv2.classes("CIM_LogicalElement")}
        assert {"Win32_Process", "CIM_Process"} <= names
        assert "Demo_Disk" in {cls.name for cls in cimv2.classes(deep=False)}
        assert cimv2.cls("win32_process").keys == ("Handle",)
        with pytest.raises(wmix.InvalidNamespace):
            root.namespace("nope")
        with pytest.raises(wmix.NotFound):
            cimv2.cls("Win32_Proces")


@pytest.mark.parametrize(
    ("namespace", "hint"),
    [
        ("root/cimv3", "did you mean root\\cimv2?"),
        ("rot/cimv2", "did you mean root\\cimv2?"),
        ("root/nope", "below root there are: cimv2, default, StandardCimv2, subscription"),
        ("root/cimv2/nope", "there is none below root\\cimv2"),
        ("nope", "`wmix namespaces` lists them"),
    ],
)
def test_a_namespace_that_is_not_there_is_refused_with_those_that_are(namespace: str, hint: str) -> None:
    with pytest.raises(wmix.InvalidNamespace) as caught:
        wmix.connect(namespace=namespace, repository=":memory:")
    assert caught.value.hint == hint


def test_a_hint_lists_some_namespaces_and_no_more() -> None:
    with wmix.connect(namespace="root/default", repository=":memory:") as wmi:
        names = [f"n{chr(ord('a') + i) * 6}" for i in range(9)]
        wmi.compile("".join(f'instance of __Namespace {{ Name = "{name}"; }};\n' for name in names))
        with pytest.raises(wmix.InvalidNamespace) as caught:
            wmi.namespace("xyz")
    assert caught.value.hint == f"below root\\default there are: {', '.join(names[:8])}, ..."


def test_explain_shows_what_is_pushed_down(wmi: wmix.Client) -> None:
    plan = wmi.explain("SELECT Name FROM Win32_Process WHERE Handle = '1'")
    assert "key lookup (Handle = '1')" in plan
    assert "reads      Name, Handle" in plan


# -- life of a client ----------------------------------------------------------------------------------------------


def test_a_closed_client_refuses_and_closing_twice_is_fine() -> None:
    client = wmix.connect()
    client.close()
    client.close()
    with pytest.raises(wmix.InvalidOperation, match="closed"):
        client.get("Win32_Process")


def test_a_client_that_is_dropped_open_warns() -> None:
    client = wmix.connect()
    with pytest.warns(ResourceWarning, match="without close"):
        del client
        gc.collect()


def test_a_host_needs_credentials_and_this_machine_takes_none() -> None:
    with pytest.raises(wmix.InvalidParameter, match="needs credentials"):
        wmix.connect("srv1")
    given: list[dict[str, Any]] = [
        {"auth": wmix.NTLM("alice", "x")},
        {"object_port": 24158},
        {"authority": "ntlmdomain:DOM"},
        {"impersonation": "delegate"},
    ]
    for wrong in given:
        with pytest.raises(wmix.InvalidParameter, match="none is named"):
            wmix.Client(**wrong)


def test_authority_and_impersonation_have_to_go_with_the_credentials() -> None:
    auth = wmix.NTLM("alice", "x")
    with pytest.raises(wmix.InvalidParameter, match="the authority is of Kerberos, and NTLM is to log in"):
        wmix.Client("srv1", auth=auth, authority="kerberos:host/srv1")
    with pytest.raises(wmix.InvalidParameter, match="an NTLM login cannot be delegated"):
        wmix.connect("srv1", auth=auth, impersonation="delegate")
    wrong: Any = "anonymous"
    with pytest.raises(wmix.InvalidParameter, match="'anonymous' is no impersonation level"):
        wmix.connect("srv1", auth=auth, impersonation=wrong)


TALKATIVE = """
#pragma amendment("MS_407")
[Description("Ding") : Amended]
class Talk_Thing { [key] string Name; [Description("Gewicht") : Amended ToInstance] uint32 Weight; };
instance of Talk_Thing { Name = "a"; Weight = 1; };
instance of __Namespace { Name = "below"; };
"""


def test_a_client_with_a_locale_reads_and_writes_localised_texts(tmp_path: Path) -> None:
    location = str(tmp_path / "repository.sqlite")
    with wmix.connect(namespace="root/default", repository=location, locale="MS_407") as wmi:
        wmi.compile(TALKATIVE)
        wmi.namespace("below").compile(TALKATIVE)
        for where in (wmi, wmi.namespace("below")):
            found = [where.cls("Talk_Thing"), *where.classes("Talk_Thing"), *where.query("SELECT * FROM meta_class")]
            texts = [cls.qualifiers.value("Description") for cls in found if cls.name == "Talk_Thing"]
            assert texts == ["Ding", "Ding"]
            for item in (where.get("Talk_Thing='a'"), where.query("SELECT * FROM Talk_Thing").one()):
                assert item.properties_["Weight"].qualifiers.value("Description") == "Gewicht"
                item.Weight += 1
                item.put_()
            assert [item.Weight for item in where.instances("Talk_Thing")] == [2]
        cls = wmi.cls("Talk_Thing")
        cls.qualifiers.put("Description", "Sache", flavor=0x80)
        wmi.put(cls)
        assert wmi.cls("Talk_Thing").qualifiers.value("Description") == "Sache"
    with wmix.connect(namespace="root/default", repository=location) as wmi:
        assert wmi.cls("Talk_Thing").qualifiers.value("Description") is None


def test_a_locale_that_is_none_is_refused() -> None:
    with pytest.raises(wmix.WmiError, match="'MS_xyz' names no locale"):
        wmix.Client(locale="MS_xyz")


def test_a_host_has_its_own_providers_and_repository() -> None:
    given: list[dict[str, Any]] = [{"repository": ":memory:"}, {"providers": [object()]}]
    for wrong in given:
        with pytest.raises(wmix.InvalidParameter, match="of this machine"):
            wmix.Client("srv1", auth=wmix.NTLM("alice", "x"), **wrong)


@pytest.mark.parametrize("host", ["", "srv1:0", "srv1:70000", "srv1:x", "[]"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(wmix.InvalidParameter, match="names no host"):
        wmix.Client(host, auth=wmix.NTLM("alice", "x"))


def test_words_of_a_host_are_checked_with_the_connection() -> None:
    client = wmix.Client("srv1", auth=wmix.NTLM("alice", "x"), level="none")  # type: ignore[arg-type]  # the point
    with pytest.raises(wmix.InvalidParameter, match="privacy, integrity"):
        client.connect()
    client.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_a_limit_ends_the_query(wmi: wmix.Client, mode: Any, limit: int) -> None:
    handle = wmi.query("SELECT * FROM Demo_Disk", mode=mode, limit=limit)
    assert len(handle.list()) == min(limit, 3)
    assert (handle.exhausted, handle.received) == (True, min(limit, 3))
    handle = wmi.query("SELECT * FROM Demo_Disk", mode=mode, limit=limit)
    assert len(handle.next_batch(100)) == min(limit, 3)
    assert handle.next_batch(100) == []


def test_a_limit_below_one_is_refused(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.InvalidParameter, match="at least 1"):
        wmi.query("SELECT * FROM Demo_Disk", limit=0)


def test_two_clients_share_nothing() -> None:
    with wmix.connect(providers=ALL) as one, wmix.connect() as two:
        assert len(one.query("SELECT * FROM Demo_Disk").list()) == 3
        with pytest.raises(wmix.InvalidClass):
            two.query("SELECT * FROM Demo_Disk").list()


def test_one_client_serves_many_threads(wmi: wmix.Client) -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(len(wmi.query("SELECT Id FROM Demo_Number").list())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [2500] * 8


def test_the_blocking_client_works_inside_a_running_loop_as_in_a_notebook(wmi: wmix.Client) -> None:
    async def cell() -> int:
        return len(wmi.query("SELECT * FROM Demo_Disk").list())

    assert asyncio.run(cell()) == 3


def test_a_thread_provider_reaches_the_engine_by_a_blocking_client() -> None:
    @wmix.provider("Demo_Sum", keys=("Total",), properties={"Total": "uint64"})
    def total(request: Any) -> Any:
        yield {"Total": sum(disk.Size for disk in request.wmi.query("SELECT Size FROM Demo_Disk"))}

    with wmix.connect(providers=[*ALL, total]) as wmi:
        assert wmi.query("SELECT * FROM Demo_Sum").one().Total == 5_000_000_040


def test_what_a_provider_asks_ends_with_the_call_that_it_serves() -> None:
    seen: dict[str, float | None] = {}

    @wmix.provider("Demo_Inner", keys=("Id",), properties={"Id": "uint32"})
    async def inner(request: Any) -> Any:
        seen["inner"] = request.deadline
        yield {"Id": 1}

    @wmix.provider("Demo_Outer", keys=("Id",), properties={"Id": "uint32"})
    async def outer(request: Any) -> Any:
        seen["outer"] = request.deadline
        async for row in request.wmi.query("SELECT * FROM Demo_Inner", deadline=1000):
            yield {"Id": row.Id}

    @wmix.provider("Demo_Threaded", keys=("Id",), properties={"Id": "uint32"})
    def threaded(request: Any) -> Any:
        seen["outer"] = request.deadline
        yield from ({"Id": row.Id} for row in request.wmi.query("SELECT * FROM Demo_Inner"))

    with wmix.connect(providers=[inner, outer, threaded]) as wmi:
        for name in ("Demo_Outer", "Demo_Threaded"):
            seen.clear()
            assert wmi.query(f"SELECT * FROM {name}", deadline=500).one().Id == 1
            assert seen["outer"] is not None
            assert seen["inner"] == seen["outer"]
            assert wmi.query(f"SELECT * FROM {name}").one().Id == 1
            assert seen["outer"] is None
