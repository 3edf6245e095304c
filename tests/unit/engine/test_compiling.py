"""MOF through the door: all or nothing, in the namespaces that the file says, on memory and on a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.engine.engine import Engine
from wmix.mof.diagnostics import InvalidMof
from wmix.port.caller import Rights
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_INVALID_NAMESPACE,
    WBEM_E_NO_KEY,
    WBEM_E_NOT_FOUND,
    WBEM_E_TIMED_OUT,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from wmix.engine.audit import AuditRecord

SHOP = """
class Shop_Item { [key] string Id; uint32 Price = 5; };
class Shop_Tool : Shop_Item { string Use; };
[association] class Shop_Goes { [key] Shop_Item ref A; [key] Shop_Item ref B; };
instance of Shop_Goes { A = $saw; B = $nail; };
instance of Shop_Tool as $saw { Id = "saw"; Use = "cut"; };
instance of Shop_Item as $nail { Id = "nail"; Price = 1; };
"""


@pytest.fixture(params=[":memory:", "file"])
def wmi(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[wmix.Client]:
    location = ":memory:" if request.param == ":memory:" else str(tmp_path / "repository.sqlite")
    with wmix.connect(repository=location) as client:
        yield client


def names(wmi: wmix.Client) -> list[str]:
    return sorted(cls.name for cls in wmi.classes() if cls.name.startswith("Shop_"))


def test_classes_and_instances_are_there_after_a_compilation(wmi: wmix.Client) -> None:
    changes = wmi.compile(SHOP)
    assert [(c.action, c.kind) for c in changes] == [("created", "class")] * 3 + [("created", "instance")] * 3
    assert sorted((item.Id, item.Price) for item in wmi.query("SELECT * FROM Shop_Item")) == [("nail", 1), ("saw", 5)]
    assert [item.Id for item in wmi.query("ASSOCIATORS OF {Shop_Item.Id='nail'}")] == ["saw"]


def test_compiling_again_changes_nothing_in_classes(wmi: wmix.Client) -> None:
    wmi.compile(SHOP)
    assert [c.action for c in wmi.compile(SHOP)] == ["unchanged"] * 3 + ["updated"] * 3


def test_a_refused_declaration_undoes_all_and_tells_its_place(wmi: wmix.Client) -> None:
    with pytest.raises(InvalidMof) as caught:
        wmi.compile(SHOP + "instance of Shop_Tool { Use = 'nothing'; };".replace("'", '"'))
    assert "<text>:8:1" in caught.value.diagnostic()
    assert "Id" in caught.value.diagnostic()
    assert names(wmi) == []


def test_a_dry_run_tells_what_would_change_and_changes_nothing(wmi: wmix.Client) -> None:
    assert len(wmi.compile(SHOP, dry_run=True)) == 6
    assert names(wmi) == []


def test_pragmas_choose_and_instances_create_namespaces(wmi: wmix.Client) -> None:
    text = """
        #pragma namespace("\\\\\\\\.\\\\root")
        instance of __Namespace { Name = "shop"; };
        #pragma namespace("\\\\\\\\.\\\\root\\\\shop")
        class Shop_Door { [key] uint32 Number; };
        #pragma deleteclass("Shop_None", NOFAIL)
    """
    changes = wmi.compile(text)
    assert [(c.action, c.namespace) for c in changes] == [
        ("created", "root"),
        ("created", "root\\shop"),
        ("absent", "root\\shop"),
    ]
    with pytest.raises(wmix.WmiError) as caught:
        wmi.compile('#pragma deleteclass("Shop_None", FAIL)')
    assert caught.value.status == WBEM_E_NOT_FOUND
    with pytest.raises(wmix.WmiError) as caught:
        wmi.compile('#pragma namespace("\\\\\\\\.\\\\root\\\\none")\nclass Shop_X {};')
    assert caught.value.status == WBEM_E_INVALID_NAMESPACE


def test_a_file_may_include_files_beside_it_and_none_outside(wmi: wmix.Client, tmp_path: Path) -> None:
    folder = tmp_path / "mof"
    folder.mkdir()
    (folder / "main.mof").write_text('#include ("part.mof")\nclass Shop_B : Shop_A {};\n')
    (folder / "part.mof").write_text("class Shop_A { [key] string Id; };\n", encoding="utf-16")
    assert [c.place for c in wmi.compile(folder / "main.mof")] == ["part.mof:1:1", "main.mof:2:1"]
    (tmp_path / "secret.mof").write_text("class Shop_C {};")
    (folder / "link.mof").symlink_to(tmp_path / "secret.mof")
    for target in ("../secret.mof", "link.mof", "missing.mof"):
        (folder / "bad.mof").write_text(f'#include ("{target}")\n')
        with pytest.raises(InvalidMof, match=target):
            wmi.compile(folder / "bad.mof")
    with pytest.raises(wmix.InvalidParameter, match="no file"):
        wmi.compile(tmp_path / "nowhere.mof")


GERMAN = """
#pragma amendment("MS_407")
[Description("Ware") : Amended ToSubclass]
class Shop_Item { [key, Description("Nummer") : Amended] string Id; [Description("kaufen") : Amended] void Buy(); };
class Shop_Tool : Shop_Item { string Use; };
class Shop_Plain { [key] string Id; };
instance of Shop_Tool { Id = "saw"; };
"""


def test_an_amendment_goes_into_the_namespace_of_its_locale(wmi: wmix.Client) -> None:
    changes = wmi.compile(GERMAN, namespace="root/default")
    assert [(c.action, c.namespace, c.what) for c in changes] == [
        ("created", "root\\default", "Shop_Item"),
        ("created", "root\\default", '__Namespace.Name="ms_407"'),
        ("created", "root\\default\\ms_407", "Shop_Item"),
        ("created", "root\\default", "Shop_Tool"),
        ("created", "root\\default\\ms_407", "Shop_Tool"),
        ("created", "root\\default", "Shop_Plain"),
        ("created", "root\\default", 'Shop_Tool.Id="saw"'),
    ]
    assert {c.action for c in wmi.compile(GERMAN, namespace="root/default")} == {"unchanged", "updated"}


def test_whoever_asks_in_the_language_of_an_amendment_sees_it(tmp_path: Path) -> None:
    location = str(tmp_path / "repository.sqlite")
    for locale, item, number in ((None, None, None), ("MS_409", None, None), ("MS_409,MS_407", "Ware", "Nummer")):
        with wmix.connect(namespace="root/default", repository=location, locale=locale) as wmi:
            wmi.compile(GERMAN)
            cls = wmi.cls("Shop_Item")
            assert cls.qualifiers.value("Description") == item
            assert cls.properties["Id"].qualifiers.value("Description") == number
            assert cls.methods["Buy"].qualifiers.value("Description") == ("kaufen" if item else None)
            assert wmi.cls("Shop_Tool").qualifiers.value("Description") == item


def test_rights_are_the_doors() -> None:
    caller = wmix.Caller("eve", rights=Rights.ENABLE)
    with wmix.connect(repository=":memory:", caller=caller) as wmi:
        with pytest.raises(wmix.WmiError) as caught:
            wmi.compile(SHOP)
        assert caught.value.status == WBEM_E_ACCESS_DENIED
        assert names(wmi) == []


def test_what_was_compiled_is_there_for_the_next_client(tmp_path: Path) -> None:
    location = tmp_path / "kept" / "repository.sqlite"
    with wmix.connect(repository=location) as wmi:
        assert not location.exists(), "reading opens nothing"
        wmi.compile(SHOP)
    with wmix.connect(repository=location) as wmi:
        assert names(wmi) == ["Shop_Goes", "Shop_Item", "Shop_Tool"]
        assert wmi.get('Shop_Item="saw"').Use == "cut"


def test_a_late_compilation_ends_at_the_step_it_is_in_and_undoes_the_others() -> None:
    stopped: list[str] = []

    @wmix.provider("Shop_Slow", namespace="root/cimv2", keys=("Id",), properties={"Id": "string"})
    async def slow(request: object) -> AsyncIterator[dict[str, object]]:
        nothing: list[dict[str, object]] = []
        for found in nothing:
            yield found

    @slow.put
    async def put(request: object, keys: object, values: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("put")

    async def body() -> None:
        async with wmix.AsyncClient(repository=":memory:", providers=[slow]) as wmi:
            with pytest.raises(InvalidMof) as caught:
                await wmi.compile(SHOP + 'instance of Shop_Slow { Id = "x"; };', deadline=5)
            assert caught.value.diagnostics[0].status == WBEM_E_TIMED_OUT
            assert "<text>:8:1" in caught.value.diagnostic()
            assert stopped == ["put"]
            assert [cls.name async for cls in wmi.classes() if cls.name.startswith("Shop_")] == ["Shop_Slow"]

    run_virtual(body)


def test_others_on_the_loop_have_turns_while_a_large_text_is_compiled() -> None:
    text = "class Shop_Item { [key] uint32 Id; };\n" + "".join(
        f"instance of Shop_Item {{ Id = {i}; }};\n" for i in range(1500)
    )

    async def main() -> int:
        turns = 0
        async with wmix.AsyncClient(repository=":memory:") as wmi:
            work = asyncio.ensure_future(wmi.compile(text))
            while not work.done():
                await asyncio.sleep(0)
                turns += 1
            assert len(await work) == 1501
        return turns

    # One before and one after it would be all without its own pauses, of which there is one in five milliseconds.
    assert asyncio.run(main()) > 4


def test_every_step_is_audited_as_a_call_and_leaves_none_open() -> None:
    heard: list[AuditRecord] = []

    async def main() -> Any:
        async with wmix.AsyncClient(repository=":memory:") as wmi:
            services = wmi._open()
            services.engine.audit = heard.append
            await wmi.compile(SHOP)
            with pytest.raises(InvalidMof):
                await wmi.compile('instance of Shop_Tool { Use = "nothing"; };')
            return services.engine

    engine = asyncio.run(main())
    assert isinstance(engine, Engine)
    assert engine.calls == set()
    assert [(record.operation, record.status) for record in heard if record.writes] == [
        ("PutClass", 0),
        ("PutClass", 0),
        ("PutClass", 0),
        ("PutInstance", 0),
        ("PutInstance", 0),
        ("PutInstance", 0),
        ("PutInstance", WBEM_E_NO_KEY),
    ]
