"""Partial updates: what the context of a put lists is written, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wmix.status import WBEM_E_INVALID_CONTEXT, WBEM_E_PROVIDER_NOT_CAPABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wmix.port.provider import InstanceRequest

P1 = 'CF_Part.Id="p1"'


def asking(*names: str, **extra: object) -> dict[str, object]:
    return {"__PUT_EXTENSIONS": True, "__PUT_EXT_CLIENT_REQUEST": True, "__PUT_EXT_PROPERTIES": list(names), **extra}


@pytest.fixture
def wmi() -> Iterator[wmix.Client]:
    with wmix.connect(namespace="root/conf", repository=fixture_repository()) as client:
        yield client


def part(wmi: wmix.Client, **values: object) -> Any:
    return wmi.cls("CF_Part").spawn_(Id="p1", **values)


def test_only_listed_properties_are_written(wmi: wmix.Client) -> None:
    wmi.put(part(wmi, Num=77, Tag="other"), create=False, context=asking("num"))
    found = wmi.get(P1)
    assert (found.Num, found.Tag, found.Big) == (77, "NTFS", 5_000_000_000)


def test_a_null_is_written_when_it_is_meant(wmi: wmix.Client) -> None:
    wmi.put(part(wmi, Num=7), create=False, context=asking("Num", "Tag"))
    assert (wmi.get(P1).Num, wmi.get(P1).Tag) == (7, "NTFS")
    wmi.put(part(wmi), create=False, context=asking("Tag", __PUT_EXT_STRICT_NULLS=True))
    assert (wmi.get(P1).Num, wmi.get(P1).Tag) == (7, None)


def test_without_a_list_all_that_is_set_is_written(wmi: wmix.Client) -> None:
    context = asking()
    del context["__PUT_EXT_PROPERTIES"]
    wmi.put(part(wmi, Tag="other"), create=False, context=context)
    assert (wmi.get(P1).Num, wmi.get(P1).Tag) == (1, "other")


def test_what_was_unset_stays_unset(wmi: wmix.Client) -> None:
    wmi.put(wmi.cls("CF_Gear").spawn_(Id="g2", Num=9), create=False, context=asking("Num"))
    found = wmi.get('CF_Gear.Id="g2"')
    assert (found.Num, found.Teeth, found.properties_["Teeth"].local) == (9, 8, False)


@pytest.mark.parametrize("create", [None, True])
def test_a_partial_update_needs_update_only(wmi: wmix.Client, create: bool | None) -> None:
    with pytest.raises(wmix.WmiError) as caught:
        wmi.put(part(wmi, Num=7), create=create, context=asking("Num"))
    assert caught.value.status == WBEM_E_INVALID_CONTEXT


def test_the_list_is_of_properties_that_there_are(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.UnknownProperty):
        wmi.put(part(wmi), create=False, context=asking("Nothing"))
    with pytest.raises(wmix.WmiError) as caught:
        wmi.put(part(wmi), create=False, context={**asking(), "__PUT_EXT_PROPERTIES": "Num"})
    assert caught.value.status == WBEM_E_INVALID_CONTEXT


def test_there_must_be_something_to_update(wmi: wmix.Client) -> None:
    with pytest.raises(wmix.NotFound):
        wmi.put(wmi.cls("CF_Part").spawn_(Id="p9"), create=False, context=asking("Num"))


def test_without_the_request_of_the_client_the_whole_instance_is_put(wmi: wmix.Client) -> None:
    wmi.put(part(wmi, Num=7), create=False, context={"__PUT_EXTENSIONS": True, "__PUT_EXT_PROPERTIES": ["Num"]})
    assert wmi.get(P1).Tag is None


def test_a_provider_gets_the_whole_instance_and_what_is_asked() -> None:
    stored = {"a": {"Id": "a", "Size": 1, "Text": "one"}}
    asked: list[frozenset[str] | None] = []

    @wmix.provider("Test_Item", keys=("Id",), properties={"Size": "uint32", "Text": "string"})
    def items(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        yield from stored.values()

    @items.put
    def put(request: InstanceRequest, keys: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        asked.append(request.properties)
        stored[values["Id"]] = dict(values)

    with wmix.connect(providers=[items], repository=":memory:") as wmi:
        wmi.put(wmi.cls("Test_Item").spawn_(Id="a", Size=2), create=False, context=asking("Size"))
    assert stored == {"a": {"Id": "a", "Size": 2, "Text": "one"}}
    assert asked == [frozenset({"Id", "Size"})]


def test_a_provider_that_cannot_put_is_not_capable() -> None:
    @wmix.provider("Test_Item", keys=("Id",), properties={"Size": "uint32"})
    def items(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        yield {"Id": "a", "Size": 1}

    with wmix.connect(providers=[items], repository=":memory:") as wmi, pytest.raises(wmix.WmiError) as caught:
        wmi.put(wmi.cls("Test_Item").spawn_(Id="a", Size=2), create=False, context=asking("Size"))
    assert caught.value.status == WBEM_E_PROVIDER_NOT_CAPABLE
