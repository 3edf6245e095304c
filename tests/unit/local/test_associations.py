"""ASSOCIATORS OF and REFERENCES OF over static instances and over a provider that is asked by one end. Brief 5.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from unit.local.systems import dynamic, flag, key, read, services
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import InvalidQuery, NotFound
from wmix.providers.registration import provider
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.cim.classes import CimClass
    from wmix.engine.services import Services


def reference(name: str, target: str) -> CimProperty:
    qualifiers = QualifierSet([flag("key"), Qualifier("CIMTYPE", f"ref:{target}", CimType.STRING)])
    return CimProperty(name, CimType.REFERENCE, qualifiers=qualifiers, is_key=True, cimtype=f"ref:{target}")


def association(name: str, parent: CimClass | None = None, *, extra: tuple[Qualifier, ...] = ()) -> CimClass:
    ends = [] if parent else [reference("User", "Part"), reference("Used", "Part")]
    return derive(parent, name, properties=ends, qualifiers=[flag("association"), *extra])


PART = derive(None, "Part", properties=[key("Id"), CimProperty("Num", CimType.UINT32)])
GEAR = derive(PART, "Gear", qualifiers=[Qualifier("Locale", 1033, CimType.SINT32)])
OTHER = derive(None, "Other", properties=[key("Id")])
USES = association("Uses")
USES2 = association("Uses2")
USES3 = association("Uses3", USES)


def part(cls: CimClass, name: str) -> CimInstance:
    return CimInstance.of(cls, {"Id": name})


def uses(cls: CimClass, user: str, used: str) -> CimInstance:
    return CimInstance.of(cls, {"User": user, "Used": used})


async def machine() -> Services:
    return await services(
        classes=[PART, GEAR, OTHER, USES, USES2, USES3],
        instances=[
            part(PART, "p1"),
            part(PART, "p2"),
            part(GEAR, "g1"),
            part(GEAR, "g2"),
            uses(USES, 'Gear.Id="g1"', 'Part.Id="p1"'),
            uses(USES, '\\\\HERE\\root\\t:Gear.Id="g1"', 'part.id="P2"'),
            uses(USES2, 'Gear="g1"', '\\\\.\\root\\t:Part="p1"'),
            uses(USES3, 'Gear.Id="g2"', 'Part.Id="p1"'),
            uses(USES, 'Part.Id="p2"', 'Part.Id="gone"'),
        ],
    )


def shown(objects: list[Any]) -> list[str]:
    return sorted(item.Id if "Id" in item else item["__CLASS"] for item in objects)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('ASSOCIATORS OF {Gear.Id="g1"}', ["p1", "p1", "p2"]),
        ("associators of{Gear='g1'}", ["p1", "p1", "p2"]),
        ('ASSOCIATORS OF {Part.Id="p1"}', ["g1", "g1", "g2"]),
        ('ASSOCIATORS OF {Part.Id="g1"}', ["p1", "p1", "p2"]),
        ('ASSOCIATORS OF {Gear.Id="g1"} WHERE AssocClass = Uses2', ["p1"]),
        ('ASSOCIATORS OF {Gear.Id="g2"} WHERE AssocClass = Uses', ["p1"]),
        ('ASSOCIATORS OF {Gear.Id="g1"} WHERE ResultClass = Gear', []),
        ('ASSOCIATORS OF {Part.Id="p1"} WHERE ResultClass = Part', ["g1", "g1", "g2"]),
        ('ASSOCIATORS OF {Part.Id="p1"} WHERE Role = User', []),
        ('ASSOCIATORS OF {Part.Id="p1"} WHERE Role = Used ResultRole = user', ["g1", "g1", "g2"]),
        ('ASSOCIATORS OF {Part.Id="p1"} WHERE RequiredQualifier = Locale', ["g1", "g1", "g2"]),
        ('ASSOCIATORS OF {Gear.Id="g1"} WHERE RequiredQualifier = Locale', []),
        ('ASSOCIATORS OF {Gear.Id="g1"} WHERE RequiredAssocQualifier = Association', ["p1", "p1", "p2"]),
        ('ASSOCIATORS OF {Gear.Id="g1"} WHERE RequiredAssocQualifier = Nothing', []),
        ('ASSOCIATORS OF {Part.Id="p2"}', ["g1"]),
        ('ASSOCIATORS OF {Gear.Id="none"}', []),
        ("ASSOCIATORS OF {Gear.Id}", []),
        ('REFERENCES OF {Part.Id="p1"}', ["Uses", "Uses2", "Uses3"]),
        ('REFERENCES OF {Part.Id="p1"} WHERE ResultClass = Uses', ["Uses", "Uses3"]),
        ('REFERENCES OF {Part.Id="p2"} WHERE Role = User', ["Uses"]),
        ('REFERENCES OF {Part.Id="p1"} WHERE ClassDefsOnly', ["Uses", "Uses2", "Uses3"]),
        ('ASSOCIATORS OF {Part.Id="p1"} WHERE ClassDefsOnly', ["Gear"]),
        ("REFERENCES OF {Gear} WHERE SchemaOnly", ["Uses", "Uses2", "Uses3"]),
        ("ASSOCIATORS OF {Gear} WHERE SchemaOnly", ["Part"]),
        ("ASSOCIATORS OF {Gear} WHERE SchemaOnly ResultRole = used", ["Part"]),
        ("ASSOCIATORS OF {Gear} WHERE SchemaOnly ResultRole = nobody", []),
        ("REFERENCES OF {Other} WHERE SchemaOnly", []),
    ],
)
def test_association_queries_find_what_refers_and_what_is_referred_to(query: str, expected: list[str]) -> None:
    async def body() -> list[str]:
        objects = await read(await machine(), query)
        return sorted(
            item.name if item["__GENUS"] == 1 else item.Id if "Id" in item else item["__CLASS"] for item in objects
        )

    assert run_virtual(body) == expected


def test_keys_only_leaves_everything_else_unset() -> None:
    async def body() -> None:
        where = await services(
            classes=[PART, USES],
            instances=[
                CimInstance.of(PART, {"Id": "a", "Num": 5}),
                CimInstance.of(PART, {"Id": "b", "Num": 6}),
                uses(USES, 'Part="a"', 'Part="b"'),
            ],
        )
        (found,) = await read(where, 'ASSOCIATORS OF {Part="a"} WHERE KeysOnly')
        assert (found.Id, found.Num) == ("b", None)

    run_virtual(body)


def test_an_object_may_be_associated_with_itself() -> None:
    async def body() -> None:
        where = await services(classes=[PART, USES], instances=[part(PART, "a"), uses(USES, 'Part="a"', 'Part="a"')])
        assert shown(await read(where, 'ASSOCIATORS OF {Part="a"}')) == ["a"]
        assert shown(await read(where, 'REFERENCES OF {Part="a"}')) == ["Uses"]

    run_virtual(body)


def test_wrong_association_queries_say_so() -> None:
    async def body() -> None:
        where = await machine()
        with pytest.raises(InvalidQuery, match="exclude"):
            await read(where, 'ASSOCIATORS OF {Gear.Id="g1"} WHERE ResultClass = Part ClassDefsOnly')
        with pytest.raises(InvalidQuery, match="class"):
            await read(where, "ASSOCIATORS OF {Gear}")
        with pytest.raises(NotFound, match="Nothing"):
            await read(where, 'ASSOCIATORS OF {Nothing.Id="g1"}')

    run_virtual(body)


def test_a_provider_that_can_is_asked_by_the_end_that_is_known() -> None:
    async def body() -> None:
        served = derive(
            None,
            "Holds",
            properties=[reference("Holder", "Part"), reference("Held", "Part")],
            qualifiers=[flag("association"), *dynamic("holds")],
        )
        asked: list[tuple[str, bool]] = []

        async def holds(request: Any) -> AsyncIterator[Mapping[str, object]]:
            (end,) = request.comparisons
            asked.append((end.name, end.accepts('Part.Id="a"')))
            for holder, held in (("a", "b"), ("b", "c")):
                row = {"Holder": f'Part.Id="{holder}"', "Held": f'Part.Id="{held}"'}
                if request.early(row):
                    yield row

        definition = provider("Holds", namespace="root/t", pushes=("Holder", "Held"))(holds)
        where = await services(
            [definition], classes=[PART, served], instances=[part(PART, "a"), part(PART, "b"), part(PART, "c")]
        )
        assert shown(await read(where, 'ASSOCIATORS OF {Part.Id="a"}')) == ["b"]
        assert asked == [("Holder", True), ("Held", True)]
        assert shown(await read(where, 'ASSOCIATORS OF {Part.Id="b"} WHERE ResultRole = Held')) == ["c"]

    run_virtual(body)
