"""Objects of a client: spawning, deriving, putting, deleting, and following associations, on both faces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wmix.cim.classes import CimClass
from wmix.cim.drafts import ClassDraft
from wmix.cim.instances import CimInstance
from wmix.client.objects import AsyncClass, AsyncInstance, Class, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def wmi() -> Iterator[wmix.Client]:
    with wmix.connect(namespace="root/conf", repository=fixture_repository()) as client:
        yield client


@pytest.mark.parametrize("location", [":memory:", "file"])
def test_an_instance_keeps_qualifiers_of_its_own(location: str, tmp_path: Path) -> None:
    where = ":memory:" if location == ":memory:" else str(tmp_path / "r.sqlite")
    with wmix.connect(namespace="root/default", repository=where) as wmi:
        wmi.compile("""
            class Own_Thing { [key] string Id; uint32 Size; uint32 Gone; };
            [Note("whole")] instance of Own_Thing { Id = "a"; [Note("part")] Size = 1; [Note("lost")] Gone = 2; };
        """)
        found = wmi.get("Own_Thing.Id='a'")
        assert found.qualifiers_.value("Note") == "whole"
        assert found.properties_["Size"].qualifiers.value("Note") == "part"
        found.qualifiers_.put("More", 7)
        found.put_()
        again = wmi.get("Own_Thing.Id='a'")
        assert (again.qualifiers_.value("Note"), again.qualifiers_.value("More")) == ("whole", 7)
        assert again.properties_["Size"].qualifiers.value("Note") == "part"
    with wmix.connect(namespace="root/default", repository=where, locale="MS_409") as wmi:
        if location == "file":
            found = wmi.get("Own_Thing.Id='a'")
            found.qualifiers_.put("Text", "localised", 0x80)
            found.put_()
            kept = wmi.get("Own_Thing.Id='a'").qualifiers_
            assert (kept.value("Text"), kept.value("Note")) == (None, "whole")


def test_a_class_with_subclasses_is_changed_in_safe_or_forced_mode(wmi: wmix.Client) -> None:
    top = wmi.cls("CF_Shape")
    wmi.put(top.derive_("CF_Square", properties={"Side": "uint32"}))
    wider = ClassDraft.of(wmi.cls("CF_Shape"))
    wider.put("Colour", "red")
    with pytest.raises(wmix.WmiError) as caught:
        wmi.put(wider.build())
    assert caught.value.symbol == "WBEM_E_CLASS_HAS_CHILDREN"
    wmi.put(wider.build(), update="safe", create=False)
    assert wmi.cls("CF_Square").properties["Colour"].default == "red"
    wider.put("Size", 3)
    wmi.put(wider.build(), update="force")
    assert wmi.cls("CF_Square").properties["Size"].default == 3
    again = wmi.cls("CF_Shape")
    again.put_(update="safe")  # type: ignore[attr-defined]  # a class that the client gave
    with pytest.raises(wmix.InvalidParameter, match="update is"):
        wmi.put(again, update="brute")  # type: ignore[arg-type]  # the point
    with pytest.raises(wmix.InvalidParameter, match="is for classes"):
        wmi.put(wmi.get("CF_Part.Id='p1'"), update="safe")


def test_a_class_is_derived_put_filled_and_deleted(wmi: wmix.Client) -> None:
    part = wmi.cls("CF_Part")
    assert isinstance(part, Class)
    wheel = part.derive_("CF_Wheel", properties={"Spokes": "uint16"}, defaults={"Spokes": 32, "Num": 1})
    assert str(wmi.put(wheel, create=True)) == "CF_Wheel"
    with pytest.raises(wmix.ObjectExists):
        wmi.put(wheel, create=True)
    spawned = wmi.cls("CF_Wheel").spawn_(Id="w1", Spokes=36)
    assert isinstance(spawned, Instance)
    assert str(spawned.put_()) == 'CF_Wheel.Id="w1"'
    assert wmi.get('CF_Part.Id="w1"').Spokes == 36
    assert wmi.get('CF_Part.Id="w1"').Num == 1
    wmi.delete("CF_Wheel")
    with pytest.raises(wmix.NotFound):
        wmi.get('CF_Part.Id="w1"')
    with pytest.raises(wmix.NotFound):
        wmi.delete("CF_Wheel")


def test_a_class_knows_its_client(wmi: wmix.Client) -> None:
    wheel = wmi.cls("CF_Part").derive_("CF_Wheel")
    assert isinstance(wheel, Class)
    wheel.put_(create=True)
    again = wmi.get("CF_Wheel").clone_()
    assert isinstance(again, Class)
    again.delete_()
    with pytest.raises(wmix.NotFound):
        wmi.cls("CF_Wheel")


def test_classes_of_a_query_belong_to_the_client_too(wmi: wmix.Client) -> None:
    found = wmi.classes("CF_Part").list() + wmi.query("SELECT * FROM meta_class WHERE __this ISA 'CF_Gear'").list()
    assert [type(cls).__mro__[1] for cls in found] == [Class] * 4


def test_a_class_of_another_place_is_not_deleted_here(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.InvalidNamespace):
        wmi.delete(r"\\.\root\cimv2:CF_Pair")
    with pytest.raises(wmix.InvalidPath):
        wmi.delete(r"\\elsewhere\root\conf:CF_Pair")
    with pytest.raises(wmix.InvalidPath):
        wmi.delete("CF_Pair.A = 1")
    wmi.delete(wmi.cls("CF_Pair"))
    with pytest.raises(wmix.NotFound):
        wmi.cls("CF_Pair")


def test_only_objects_are_put(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.InvalidParameter):
        wmi.put("CF_Pair")  # type: ignore[arg-type]


def test_objects_lead_to_their_associators_and_references(wmi: wmix.Client) -> None:
    gear = wmi.get('CF_Gear.Id="g1"')
    assert sorted(part.Id for part in gear.associators_()) == ["p1", "p1", "p2"]
    assert [part.Id for part in gear.associators_("CF_Uses2", "CF_Part", "User", "Used")] == ["p1"]
    assert gear.associators_(role="Used").list() == []
    assert [cls.name for cls in gear.associators_(class_defs_only=True, mode="sync")] == ["CF_Part"]
    assert len(gear.references_().list()) == 3
    assert [link["__CLASS"] for link in gear.references_("CF_Uses2", role="User", batch=1)] == ["CF_Uses2"]
    followed = gear.associators_("CF_Uses2").one()
    assert len(followed.references_().list()) == 4


def test_a_name_in_a_clause_is_an_identifier(wmi: wmix.Client) -> None:
    gear = wmi.get('CF_Gear.Id="g1"')
    with pytest.raises(wmix.InvalidParameter):
        gear.associators_("CF_Uses ResultClass = CF_Part")
    with pytest.raises(wmix.InvalidParameter):
        wmi.cls("CF_Gear").spawn_().references_()


async def _with_a_loop() -> None:
    async with wmix.AsyncClient(namespace="root/conf", repository=fixture_repository()) as wmi:
        part = await wmi.cls("CF_Part")
        assert isinstance(part, AsyncClass)
        wheel = part.derive_("CF_Wheel")
        assert isinstance(wheel, AsyncClass)
        assert (await wheel.put_()).class_name == "CF_Wheel"
        spawned = wheel.spawn_(Id="w1")
        assert isinstance(spawned, AsyncInstance)
        await spawned.put_(create=True)
        other = wheel.spawn_(Id="w2")
        await other.put_()
        await other.delete_()
        with pytest.raises(wmix.NotFound):
            await other.delete_()
        gear = await wmi.get('CF_Gear.Id="g1"')
        assert sorted([part.Id async for part in gear.associators_()]) == ["p1", "p1", "p2"]
        assert len(await gear.references_().list()) == 3
        await wheel.delete_()
        with pytest.raises(wmix.NotFound):
            await wmi.get('CF_Part.Id="w1"')


def test_the_same_is_awaited_on_the_other_face() -> None:
    asyncio.run(_with_a_loop())


def test_what_is_made_without_a_client_belongs_to_none(wmi: wmix.Client) -> None:
    cls = wmi.get('CF_Part.Id="p1"').class_
    assert type(cls) is CimClass
    assert type(cls.spawn_(Id="x")) is CimInstance
    assert wmi.put(cls.spawn_(Id="x")).class_name == "CF_Part"
