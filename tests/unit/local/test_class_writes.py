"""PutClass, DeleteClass and child namespaces: statuses, update modes, and what happens to subclasses and instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from unit.local.systems import STONES, THING, flag, key, read, services
from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.drafts import ClassDraft
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.errors import WmiError
from wmix.port.caller import Caller, Rights
from wmix.port.flags import (
    WBEM_FLAG_CREATE_ONLY,
    WBEM_FLAG_UPDATE_FORCE_MODE,
    WBEM_FLAG_UPDATE_ONLY,
    WBEM_FLAG_UPDATE_SAFE_MODE,
)
from wmix.port.requests import DeleteClass, DeleteInstance, GetObject, OpenNamespace, PutClass, PutInstance
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.engine.services import Services


async def cls_of(where: Services, name: str) -> CimClass:
    found = (await where.run(GetObject(path=name))).object()
    assert isinstance(found, CimClass)
    return found


async def status(where: Services, request: Any) -> int:
    """The status of a call."""
    try:
        await where.run(request)
    except WmiError as error:
        return error.status
    return codes.WBEM_S_NO_ERROR


async def with_weight_as(where: Services, cim_type: CimType) -> CimClass:
    """The class Thing with another type of Weight."""
    draft = ClassDraft.of(await cls_of(where, "Thing"))
    draft.delete("Weight")
    draft.put("Weight", None, cim_type)
    return draft.build()


def test_a_class_can_be_put_read_derived_and_deleted() -> None:
    async def body() -> None:
        where = await services()
        tool = derive(None, "Tool", properties=[key("Id"), CimProperty("Price", CimType.UINT32, default=3)])
        assert await status(where, PutClass(object=tool)) == 0
        assert (await cls_of(where, "TOOL")).properties["Price"].default == 3
        saw = derive(await cls_of(where, "Tool"), "Saw", properties=[CimProperty("Teeth", CimType.UINT8)])
        assert await status(where, PutClass(object=saw, flags=WBEM_FLAG_CREATE_ONLY)) == 0
        assert (await cls_of(where, "Saw")).derivation == ("Tool",)
        await where.run(PutInstance(object=CimInstance.of(saw, {"Id": "s", "Teeth": 9})))
        assert [item.Teeth for item in await read(where, "SELECT * FROM Tool")] == [9]
        assert await status(where, DeleteClass(class_name="tool")) == 0
        for name in ("Tool", "Saw"):
            assert await status(where, GetObject(path=name)) == codes.WBEM_E_NOT_FOUND

    run_virtual(body)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_X", codes.WBEM_E_INVALID_OPERATION),
        ("X_", codes.WBEM_E_INVALID_OBJECT),
        ("1X", codes.WBEM_E_INVALID_PARAMETER),
        ("", codes.WBEM_E_INCOMPLETE_CLASS),
    ],
)
def test_a_wrong_class_name_has_its_status(name: str, expected: int) -> None:
    async def body() -> None:
        assert await status(await services(), PutClass(object=CimClass(name))) == expected

    run_virtual(body)


def test_existence_parents_and_kinds_are_checked() -> None:
    async def body() -> None:
        where = await services(instances=STONES)
        thing = await cls_of(where, "Thing")
        stone = (await read(where, "SELECT * FROM Stone"))[0]
        child = derive(CimClass("Nobody"), "Child")
        for request, expected in (
            (PutClass(object=thing, flags=WBEM_FLAG_CREATE_ONLY), codes.WBEM_E_ALREADY_EXISTS),
            (PutClass(object=CimClass("New"), flags=WBEM_FLAG_UPDATE_ONLY), codes.WBEM_E_NOT_FOUND),
            (PutClass(object=child), codes.WBEM_E_NOT_FOUND),
            (PutClass(object=stone), codes.WBEM_E_INVALID_CLASS),
            (PutInstance(object=thing), codes.WBEM_E_INVALID_OBJECT),
            (
                PutClass(object=derive(await cls_of(where, "Stone"), "Thing", check=False)),
                codes.WBEM_E_CIRCULAR_REFERENCE,
            ),
            (
                PutClass(
                    object=derive(None, "Bad", properties=[key("K")], check=False, qualifiers=[flag("singleton")])
                ),
                codes.WBEM_E_CANNOT_BE_SINGLETON,
            ),
            (DeleteClass(class_name="Nobody"), codes.WBEM_E_NOT_FOUND),
            (PutClass(object=thing), codes.WBEM_S_NO_ERROR),
        ):
            assert await status(where, request) == expected, request

    run_virtual(body)


def test_writing_classes_needs_the_full_right() -> None:
    async def body() -> None:
        where = await services(caller=Caller("eve", rights=Rights.ENABLE | Rights.PARTIAL_WRITE))
        for request in (PutClass(object=CimClass("New")), DeleteClass(class_name="Stone")):
            assert await status(where, request) == codes.WBEM_E_ACCESS_DENIED

    run_virtual(body)


def test_a_description_may_change_although_there_are_subclasses_and_instances() -> None:
    async def body() -> None:
        where = await services(instances=STONES)
        draft = ClassDraft.of(await cls_of(where, "Thing"))
        draft.qualifiers.put("Description", "what there is", 0)
        assert await status(where, PutClass(object=draft.build())) == 0
        assert (await cls_of(where, "Thing")).qualifiers.value("Description") == "what there is"
        assert len(await read(where, "SELECT * FROM Thing WHERE __CLASS = 'Stone'")) == 2

    run_virtual(body)


def test_update_modes_differ_in_what_stops_them() -> None:
    async def body() -> None:
        where = await services()
        changed = await with_weight_as(where, CimType.UINT64)
        assert await status(where, PutClass(object=changed)) == codes.WBEM_E_CLASS_HAS_CHILDREN
        assert await status(where, PutClass(object=changed, flags=WBEM_FLAG_UPDATE_SAFE_MODE)) == 0
        assert (await cls_of(where, "Stone")).properties["Weight"].type is CimType.UINT64
        full = await services(instances=STONES)
        changed = await with_weight_as(full, CimType.UINT64)
        for flags in (WBEM_FLAG_UPDATE_SAFE_MODE, WBEM_FLAG_UPDATE_FORCE_MODE):
            assert await status(full, PutClass(object=changed, flags=flags)) == codes.WBEM_E_CLASS_HAS_INSTANCES
        assert (await cls_of(full, "Stone")).properties["Weight"].type is CimType.UINT32

    run_virtual(body)


def test_subclasses_are_derived_anew_from_a_changed_parent() -> None:
    async def body() -> None:
        where = await services()
        pebble = derive(await cls_of(where, "Stone"), "Pebble", properties=[CimProperty("Round", CimType.BOOLEAN)])
        assert await status(where, PutClass(object=pebble)) == 0
        draft = ClassDraft.of(await cls_of(where, "Thing"))
        draft.put("Owner", "nobody", CimType.STRING)
        assert await status(where, PutClass(object=draft.build())) == codes.WBEM_E_CLASS_HAS_CHILDREN
        assert await status(where, PutClass(object=draft.build(), flags=WBEM_FLAG_UPDATE_SAFE_MODE)) == 0
        for name in ("Stone", "Pebble"):
            found = await cls_of(where, name)
            assert found.properties["Owner"].default == "nobody"
            assert found.properties["Owner"].origin == "Thing"
        assert list((await cls_of(where, "Pebble")).properties) == ["Name", "Weight", "Owner", "Colour", "Round"]
        draft.property_qualifiers("Weight").put("Units", "grams", 0x02)
        assert await status(where, PutClass(object=draft.build())) == 0
        assert (await cls_of(where, "Pebble")).properties["Weight"].qualifiers.value("Units") == "grams"

    run_virtual(body)


@pytest.mark.parametrize("flags", [0, WBEM_FLAG_UPDATE_SAFE_MODE, WBEM_FLAG_UPDATE_FORCE_MODE])
def test_a_change_that_does_not_fit_a_subclass_is_refused_in_every_mode(flags: int) -> None:
    async def body() -> None:
        where = await services()
        draft = ClassDraft.of(await cls_of(where, "Thing"))
        draft.put("Colour", 7, CimType.UINT32)
        expected = codes.WBEM_E_UPDATE_TYPE_MISMATCH if flags else codes.WBEM_E_CLASS_HAS_CHILDREN
        assert await status(where, PutClass(object=draft.build(), flags=flags)) == expected
        assert "Colour" not in (await cls_of(where, "Thing")).properties
        assert (await cls_of(where, "Stone")).properties["Colour"].default == "grey"

    run_virtual(body)


def test_a_forced_update_drops_the_qualifier_of_a_subclass_that_it_forbids() -> None:
    async def body() -> None:
        where = await services()
        stone = ClassDraft.of(await cls_of(where, "Stone"))
        stone.property_qualifiers("Weight").put("Units", "pounds", 0)
        assert await status(where, PutClass(object=stone.build())) == 0
        thing = ClassDraft.of(await cls_of(where, "Thing"))
        thing.property_qualifiers("Weight").put("Units", "grams", 0x12)
        for flags in (0, WBEM_FLAG_UPDATE_SAFE_MODE):
            refused = PutClass(object=thing.build(), flags=flags)
            assert await status(where, refused) == codes.WBEM_E_UPDATE_OVERRIDE_NOT_ALLOWED
        assert await status(where, PutClass(object=thing.build(), flags=WBEM_FLAG_UPDATE_FORCE_MODE)) == 0
        found = (await cls_of(where, "Stone")).properties["Weight"].qualifiers
        assert [item.value for item in found.entries() if item.name == "Units"] == ["grams"]
        thing.put("Colour", 7, CimType.UINT32)
        wrong = PutClass(object=thing.build(), flags=WBEM_FLAG_UPDATE_FORCE_MODE)
        assert await status(where, wrong) == codes.WBEM_E_UPDATE_TYPE_MISMATCH

    run_virtual(body)


def test_a_forced_update_deletes_the_classes_own_instances_only() -> None:
    async def body() -> None:
        where = await services(instances=STONES)
        draft = ClassDraft.of(await cls_of(where, "Stone"))
        draft.put("Hardness", None, CimType.UINT8)
        stone = draft.build()
        assert await status(where, PutClass(object=stone)) == codes.WBEM_E_CLASS_HAS_INSTANCES
        assert await status(where, PutClass(object=stone, flags=WBEM_FLAG_UPDATE_FORCE_MODE)) == 0
        assert await read(where, "SELECT * FROM Stone") == []

    run_virtual(body)


def test_system_classes_cannot_be_deleted() -> None:
    async def body() -> None:
        where = await services(classes=[THING, CimClass("__Mine")])
        assert await status(where, DeleteClass(class_name="__Mine")) == codes.WBEM_E_INVALID_OPERATION

    run_virtual(body)


def test_a_namespace_is_made_and_deleted_by_its_instance_with_all_below_it() -> None:
    async def body() -> None:
        where = await services(classes=[], image=ClassImage.open())
        space = await cls_of(where, "__NAMESPACE")
        sub = CimInstance.of(space, {"Name": "sub"})
        result = await where.run(PutInstance(object=sub, flags=WBEM_FLAG_CREATE_ONLY))
        assert result.text().casefold() == '__namespace.name="sub"'
        assert await status(where, PutInstance(object=sub, flags=WBEM_FLAG_CREATE_ONLY)) == codes.WBEM_E_ALREADY_EXISTS
        assert await status(where, PutInstance(object=sub)) == 0
        opened = await where.run(OpenNamespace(namespace="sub"))
        child = where.namespace_services(opened)
        await child.run(PutInstance(object=CimInstance.of(space, {"Name": "deeper"})))
        assert [item.Name for item in await read(where, "SELECT * FROM __NAMESPACE")] == ["sub"]
        await where.run(DeleteInstance(path='__NAMESPACE.Name="SUB"'))
        assert await status(child, GetObject(path="__NAMESPACE")) == codes.WBEM_E_INVALID_NAMESPACE
        assert await status(where, OpenNamespace(namespace="sub\\deeper")) == codes.WBEM_E_INVALID_NAMESPACE
        for name in ("1st", "a b", "x\\y"):
            wrong = CimInstance.of(space, {"Name": name})
            assert await status(where, PutInstance(object=wrong)) == codes.WBEM_E_INVALID_PARAMETER

    run_virtual(body)
