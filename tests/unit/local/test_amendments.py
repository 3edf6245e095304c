"""Amendments: localised qualifiers are merged on demand, kept apart on updates, and refused in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.com import ClassObject, QualifierSet, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

NO_ERROR = (com.WBEM_S_NO_ERROR,)
AMENDED = com.WBEM_FLAG_USE_AMENDED_QUALIFIERS
FLAVOR = com.WBEM_FLAVOR_AMENDED


@pytest.fixture
def locator() -> Iterator[com.Locator]:
    made = com.Locator(fixture_engine)
    yield made
    made.close()


def connected(locator: com.Locator, namespace: str = "root\\conf", locale: str | None = None) -> Services:
    services = locator.connect_server(namespace, locale=locale).services
    assert services is not None
    return services


def fetched(services: Services, path: str, flags: int = 0) -> ClassObject:
    found = services.get_object(path, flags).object
    assert found is not None
    return found


def qualifiers(item: ClassObject, name: str | None = None) -> QualifierSet:
    found = (item.get_qualifier_set() if name is None else item.get_property_qualifier_set(name)).qualifier_set
    assert found is not None
    return found


@pytest.fixture
def services(locator: com.Locator) -> Services:
    """root\\conf, where CF_Pair has been described in the default locale."""
    services = connected(locator)
    pair = fetched(services, "CF_Pair")
    assert qualifiers(pair).put("Description", "two values", FLAVOR) == NO_ERROR
    assert qualifiers(pair, "A").put("Description", "the first", FLAVOR | 1) == NO_ERROR
    assert services.put_class(pair, AMENDED) == NO_ERROR
    return services


def test_an_update_with_the_flag_keeps_localised_qualifiers_apart(services: Services) -> None:
    neutral, localised = fetched(services, "CF_Pair"), fetched(services, "CF_Pair", AMENDED)
    assert qualifiers(neutral).get("Description").hresult == com.WBEM_E_NOT_FOUND
    assert qualifiers(neutral, "A").get("Description").hresult == com.WBEM_E_NOT_FOUND
    assert qualifiers(localised).get("Description") == (com.WBEM_S_NO_ERROR, "two values", FLAVOR)
    assert qualifiers(localised, "A").get("Description").value == "the first"
    assert len(services.exec_query("WQL", "SELECT * FROM CF_Pair").enumerator.next(-1, 9).objects or ()) == 2  # type: ignore[union-attr]


def test_an_instance_shows_what_passes_to_instances(services: Services) -> None:
    path = 'CF_Pair.A=1,B="x"'
    assert qualifiers(fetched(services, path, AMENDED), "A").get("Description").value == "the first"
    assert qualifiers(fetched(services, path), "A").get("Description").hresult == com.WBEM_E_NOT_FOUND


def test_an_instance_with_localised_qualifiers_is_put_with_the_flag_only(services: Services) -> None:
    path = 'CF_Pair.A=1,B="x"'
    assert services.put_instance(fetched(services, path)).hresult == com.WBEM_S_NO_ERROR
    localised = fetched(services, path, AMENDED)
    assert services.put_instance(localised).hresult == com.WBEM_E_AMENDED_OBJECT
    assert services.put_instance(localised, AMENDED).hresult == com.WBEM_S_NO_ERROR
    assert qualifiers(fetched(services, path), "A").get("Description").hresult == com.WBEM_E_NOT_FOUND


def test_a_localised_qualifier_that_the_stored_class_has_itself_is_no_hindrance(services: Services) -> None:
    pair = fetched(services, "CF_Pair")
    assert qualifiers(pair).put("Colour", "red", 1) == NO_ERROR
    assert services.put_class(pair) == NO_ERROR
    localised = fetched(services, 'CF_Pair.A=1,B="x"', AMENDED)
    # Nor is one that is not localised, whoever has it.
    assert qualifiers(pair).delete("Colour") == NO_ERROR
    assert qualifiers(pair, "A").put("Description", "its own", FLAVOR | 1) == NO_ERROR
    assert services.put_class(pair) == NO_ERROR
    assert services.put_instance(fetched(services, 'CF_Pair.A=1,B="x"')).hresult == com.WBEM_S_NO_ERROR
    assert services.put_instance(localised).hresult == com.WBEM_S_NO_ERROR


def test_an_overlay_has_no_instances(locator: com.Locator, services: Services) -> None:
    overlays = connected(locator, "root\\conf\\ms_409")
    spawned = fetched(overlays, "CF_Pair").spawn_instance().new_instance
    assert spawned is not None
    assert spawned.put("A", 0, 5).hresult == com.WBEM_S_NO_ERROR
    assert overlays.put_instance(spawned).hresult == com.WBEM_E_INVALID_OPERATION


def described(services: Services, query: str | None, flags: int) -> list[object]:
    """The description that the first property of each object has; of a query, or of the enumeration of CF_Pair."""
    if query is None:
        enumerator = services.create_instance_enum("CF_Pair", flags).enumerator
    else:
        enumerator = services.exec_query("WQL", query, flags).enumerator
    assert enumerator is not None
    return [qualifiers(item, "A").get("Description").value for item in enumerator.next(-1, 100).objects or ()]


@pytest.mark.parametrize(
    "query",
    [
        None,
        "SELECT * FROM CF_Pair",
        "SELECT A FROM CF_Pair WHERE B >= 'x'",
        "SELECT * FROM meta_class WHERE __this ISA 'CF_Pair' OR __class = 'CF_Pair'",
    ],
)
def test_objects_of_queries_and_enumerations_are_localised_on_demand(services: Services, query: str | None) -> None:
    count = 1 if query is not None and "meta_class" in query else 2
    assert described(services, query, AMENDED) == ["the first"] * count
    assert described(services, query, 0) == [None] * count


def test_the_prototype_of_a_query_is_localised_on_demand(services: Services) -> None:
    for flags, expected in ((0, None), (AMENDED, "the first")):
        assert described(services, "SELECT A FROM CF_Pair", flags | com.WBEM_FLAG_PROTOTYPE) == [expected]


def test_associated_objects_are_localised_on_demand(services: Services) -> None:
    gear = fetched(services, "CF_Gear")
    assert qualifiers(gear).put("Description", "teeth", FLAVOR | 1) == NO_ERROR
    assert services.put_class(gear, AMENDED) == NO_ERROR
    query = "ASSOCIATORS OF {CF_Part.Id='p1'} WHERE ResultClass = CF_Gear"
    for flags, expected in ((0, {None}), (AMENDED, {"teeth", None})):
        enumerator = services.exec_query("WQL", query, flags).enumerator
        assert enumerator is not None
        found = enumerator.next(-1, 100).objects or ()
        assert {qualifiers(item).get("Description").value for item in found} == expected


def test_an_enumeration_of_classes_is_localised_on_demand(services: Services) -> None:
    for flags, expected in ((0, []), (AMENDED, ["CF_Pair"])):
        enumerator = services.create_class_enum("", flags).enumerator
        assert enumerator is not None
        found = enumerator.next(-1, 1000).objects or ()
        described = [
            item.get("__CLASS").value for item in found if qualifiers(item).get("Description").value == "two values"
        ]
        assert described == expected


def test_the_overlay_of_the_first_locale_that_has_one_is_taken(locator: com.Locator, services: Services) -> None:
    german = connected(locator, locale="MS_407")
    pair = fetched(german, "CF_Pair", AMENDED)
    assert qualifiers(pair).get("Description").hresult == com.WBEM_E_NOT_FOUND
    assert qualifiers(pair).put("Description", "zwei Werte", FLAVOR) == NO_ERROR
    assert german.put_class(pair, AMENDED) == NO_ERROR
    for locale, expected in (("MS_407,MS_409", "zwei Werte"), ("MS_40C,MS_409", "two values")):
        found = fetched(connected(locator, locale=locale), "CF_Pair", AMENDED)
        assert qualifiers(found).get("Description").value == expected


def test_the_neutral_class_wins(services: Services) -> None:
    pair = fetched(services, "CF_Pair")
    assert qualifiers(pair).put("Description", "neutral") == NO_ERROR
    assert services.put_class(pair) == NO_ERROR
    assert qualifiers(fetched(services, "CF_Pair", AMENDED)).get("Description").value == "neutral"


def test_without_the_flag_a_class_is_stored_as_it_is_sent(services: Services) -> None:
    localised = fetched(services, "CF_Pair", AMENDED)
    assert services.put_class(localised) == NO_ERROR
    assert qualifiers(fetched(services, "CF_Pair")).get("Description") == (com.WBEM_S_NO_ERROR, "two values", FLAVOR)


def test_a_new_class_is_stored_whole_whatever_the_flag(services: Services) -> None:
    new = fetched(services, "")
    new.put("__CLASS", 0, "CF_New")
    new.put("Id", 0, None, com.CIM_STRING)
    qualifiers(new, "Id").put("key", True)
    qualifiers(new).put("Description", "new", FLAVOR)
    assert services.put_class(new, AMENDED) == NO_ERROR
    stored = fetched(services, "CF_New")
    assert qualifiers(stored).get("Description").value == "new"
    spawned = stored.spawn_instance().new_instance
    assert spawned is not None
    spawned.put("Id", 0, "x")
    assert services.put_instance(spawned) == NO_ERROR
