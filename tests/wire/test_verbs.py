"""Every verb of both clients against a host in another process, with equal results to local ones."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wire.far_host import FEW, MANY
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire.conftest import FarHost

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


@pytest.fixture
def wmi(far: FarHost) -> Iterator[wmix.Client]:
    with wmix.connect(far.place, namespace="root/conf", auth=far.auth) as client:
        yield client


@pytest.mark.parametrize("mode", ["semisync", "sync", "async"])
@pytest.mark.parametrize("enumeration", ["plain", "smart"])
def test_all_rows_come_once_in_every_mode(far: FarHost, mode: Any, enumeration: Any) -> None:
    with wmix.connect(far.place, namespace="root/conf", auth=far.auth, enumeration=enumeration) as client:
        rows = client.query("SELECT * FROM Far_Many", mode=mode).list()
        assert [row.Id for row in rows] == list(range(MANY))
        assert rows[-1].Text == f"number {MANY - 1}"


def test_objects_are_those_of_a_local_engine(wmi: wmix.Client) -> None:
    with wmix.connect(namespace="root/conf", repository=fixture_repository()) as here:
        for query in (
            "SELECT * FROM CF_Part",
            "SELECT Id, Emb FROM CF_Part WHERE Num < 3",
            "SELECT * FROM CF_Only",
            "SELECT * FROM CF_Uses",
            "ASSOCIATORS OF {CF_Part.Id='p1'}",
            "REFERENCES OF {CF_Part.Id='p1'}",
        ):
            far, near = wmi.query(query).list(), here.query(query).list()
            assert [item.values_() for item in far] == [item.values_() for item in near]
            assert [str(item.path_.relative()) for item in far] == [str(item.path_.relative()) for item in near]
        far_class, near_class = wmi.cls("CF_Job"), here.cls("CF_Job")
        assert far_class.methods["Create"].parameters == near_class.methods["Create"].parameters
        assert {cls.name for cls in wmi.classes("CF_Part")} == {"CF_Gear", "CF_BigGear"}


def test_instances_are_written_read_and_deleted(wmi: wmix.Client) -> None:
    new = wmi.cls("CF_Part").spawn_(Id="new", Num=7, Raw=[1, 2], Tag="täg")
    assert str(wmi.put(new, create=True)).endswith('CF_Part.Id="new"')
    found = wmi.get('CF_Part.Id="new"')
    assert (found.Num, list(found.Raw), found.Tag, found.Big) == (7, [1, 2], "täg", None)
    with pytest.raises(wmix.ObjectExists):
        wmi.put(new, create=True)
    found.Num = 8
    found.put_()
    assert wmi.query('SELECT Num FROM CF_Part WHERE Id = "new"').one().Num == 8
    found.delete_()
    with pytest.raises(wmix.NotFound):
        wmi.get('CF_Part.Id="new"')


def test_classes_are_written_and_deleted(wmi: wmix.Client) -> None:
    made = wmi.cls("CF_Part").derive_("CF_Wire", properties={"Length": "uint32"})
    wmi.put(made)
    assert "Length" in wmi.cls("CF_Wire").properties
    wmi.delete("CF_Wire")
    with pytest.raises((wmix.NotFound, wmix.InvalidClass)):
        wmi.cls("CF_Wire")


def test_methods_run_with_checked_parameters(wmi: wmix.Client) -> None:
    out = wmi.call("CF_Job", "Create", Cmd="four")
    assert (out.ReturnValue, out.Id) == (0, 4)
    assert wmi.begin_call("CF_Job", "Create").result().ReturnValue == 21
    with pytest.raises(wmix.WmiError, match="Cmdd"):
        wmi.call("CF_Job", "Create", Cmdd="x")


def test_namespaces_are_reached_over_the_same_connection(wmi: wmix.Client) -> None:
    assert wmi.namespace_ == "root\\conf"
    with pytest.raises(wmix.InvalidNamespace):
        wmi.namespace("nowhere")


def test_an_unknown_class_is_the_error_that_it_is_here(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.InvalidClass) as caught:
        wmi.query("SELECT * FROM CF_None").list()
    assert caught.value.host is not None
    with pytest.raises(wmix.InvalidQuery):
        wmi.query("SELEKT").list()


def test_rows_come_as_they_are_made_and_a_dropped_query_stops_its_provider(far: FarHost) -> None:
    async def run() -> None:
        async with wmix.AsyncClient(far.place, namespace="root/conf", auth=far.auth) as wmi:
            before = (await wmi.get('Far_State.Name="Far_Slow"')).Stopped
            query = wmi.query("SELECT * FROM Far_Slow")
            assert len(await query.next_batch(FEW, 10)) == FEW
            assert await query.next_batch(1, 0.3) == []
            loop = asyncio.get_running_loop()
            cancelled = loop.time()
            query.cancel()
            while (await wmi.get('Far_State.Name="Far_Slow"')).Stopped == before:
                assert loop.time() - cancelled < 2

    asyncio.run(run())


def test_a_handle_that_is_dropped_releases_itself(far: FarHost, wmi: wmix.Client) -> None:
    before = wmi.get('Far_State.Name="Far_Endless"').Stopped
    query = wmi.query("SELECT * FROM Far_Endless")
    assert len(query.next_batch(5)) == 5
    del query
    gc.collect()
    until = time.monotonic() + 5
    while wmi.get('Far_State.Name="Far_Endless"').Stopped == before:
        assert time.monotonic() < until


def test_many_calls_run_at_once_on_one_connection(far: FarHost) -> None:
    async def run() -> None:
        async with wmix.AsyncClient(far.place, namespace="root/conf", auth=far.auth) as wmi:
            slow = wmi.query("SELECT * FROM Far_Slow")
            assert len(await slow.next_batch(FEW, 10)) == FEW
            waiting = asyncio.ensure_future(slow.next_batch(1, 30))
            found = await asyncio.gather(*[wmi.get(f'CF_Part.Id="p{number % 2 + 1}"') for number in range(50)])
            assert [item.Num for item in found] == [number % 2 + 1 for number in range(50)]
            assert not waiting.done()
            slow.cancel()
            assert await waiting == []

    asyncio.run(run())


def test_rows_without_end_are_made_only_as_far_as_they_are_read(far: FarHost) -> None:
    async def run() -> None:
        async with wmix.AsyncClient(far.place, namespace="root/conf", auth=far.auth) as wmi:
            before = (await wmi.get('Far_State.Name="Far_Endless"')).Produced
            query = wmi.query("SELECT * FROM Far_Endless")
            read = 0
            async for row in query:
                assert len(row.Text) == 100
                read += 1
                if read == 20_000:
                    break
            query.cancel()
            made = (await wmi.get('Far_State.Name="Far_Endless"')).Produced - before
            assert 20_000 <= made < 40_000

    asyncio.run(run())


def test_com_connects_with_user_and_password(far: FarHost) -> None:
    locator = com.Locator()
    hresult, services = locator.connect_server(rf"\\{far.place}\root\conf", far.auth.name, far.auth.password)
    assert hresult == com.WBEM_S_NO_ERROR
    assert services is not None
    _, part, call = services.get_object('CF_Part.Id="p1"', com.WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True)
    assert part is None
    assert call is not None
    while call.get_call_status(5000).hresult == com.WBEM_S_TIMEDOUT:
        pass
    found = call.get_result_object(5000)
    assert found.object is not None
    assert found.object.get("Num").value == 1
    assert locator.connect_server(rf"\\{far.place}\root\conf", far.auth.name, "wrong").hresult == com.E_ACCESSDENIED
    assert locator.connect_server(rf"\\{far.place}\root\none", far.auth.name, far.auth.password) == (
        com.WBEM_E_INVALID_NAMESPACE,
        None,
    )
    locator.close()


def test_the_authority_names_the_domain(far: FarHost) -> None:
    user, domain = far.auth.user, far.auth.domain
    options: dict[str, Any] = {"namespace": "root/conf", "authority": f"ntlmdomain:{domain}"}
    for auth in (wmix.NTLM(user, far.auth.password), wmix.Negotiate(user, far.auth.password)):
        with wmix.connect(far.place, auth=auth, **options) as client:
            assert client.get('CF_Part.Id="p1"').Num == 1
    options["authority"] = "ntlmdomain:ELSEWHERE"
    with pytest.raises(wmix.AuthError):
        wmix.connect(far.place, auth=wmix.NTLM(user, far.auth.password), **options)


@pytest.mark.parametrize("kind", [wmix.NTLM, wmix.Negotiate])
def test_wmi_serves_nobody_who_lets_it_only_identify(far: FarHost, kind: Any) -> None:
    auth = kind(far.auth.name, far.auth.password)
    with pytest.raises(wmix.AccessDenied) as caught:
        wmix.connect(far.place, namespace="root/conf", auth=auth, impersonation="identify")
    assert caught.value.phase == "login"
    with wmix.connect(far.place, namespace="root/conf", auth=auth, impersonation="impersonate") as client:
        assert client.get('CF_Part.Id="p1"').Num == 1


def test_com_connects_at_the_level_of_the_locator_or_of_the_call(far: FarHost) -> None:
    locator = com.Locator(impersonation="identify")
    where = (rf"\\{far.place}\root\conf", far.auth.name, far.auth.password)
    assert locator.connect_server(*where) == (com.WBEM_E_ACCESS_DENIED, None)
    assert locator.connect_server(*where, impersonation="delegate") == (com.WBEM_E_INVALID_PARAMETER, None)
    assert locator.connect_server(*where, impersonation="impersonate").hresult == com.WBEM_S_NO_ERROR
    locator.close()
