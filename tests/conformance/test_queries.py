"""Conformance cases 50 to 63 and 68: data queries in WQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix import com

if TYPE_CHECKING:
    from wmix.com import ClassObject, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def answer(services: Services, query: str) -> list[ClassObject]:
    hresult, enumerator = services.exec_query("WQL", query)
    assert hresult == com.WBEM_S_NO_ERROR
    assert enumerator is not None
    return list(enumerator.next(-1, 100).objects or ())


def ids(services: Services, where: str) -> list[str]:
    """The Ids of the parts that meet a condition, sorted."""
    return sorted(str(item.get("Id").value) for item in answer(services, f"SELECT * FROM CF_Part WHERE {where}"))


def refusal(services: Services, where: str) -> int:
    """The code with which a condition is refused."""
    hresult, enumerator = services.exec_query("WQL", f"SELECT * FROM CF_Part WHERE {where}")
    assert enumerator is None
    return hresult


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param('Tag = "ntfs"', ["p1"], id="50 text ignores case"),
        pytest.param('"NTFS" = Tag', ["p1"], id="51 constant first"),
        pytest.param("Tag IS NULL", ["p2"], id="52 is null"),
        pytest.param("Tag = NULL", ["p2"], id="52 equals null"),
        pytest.param("NULL = Tag", ["p2"], id="52 null first"),
        pytest.param("Num = '3'", ["g1"], id="54 number as text"),
        pytest.param("Num = 1 OR Num = 2 AND Flag = FALSE", ["p1", "p2"], id="55 and before or"),
        pytest.param("Emb.Q = 70011", ["p1"], id="59 embedded"),
        pytest.param("Emb.NoSuch = 1", [], id="59 unknown member"),
        pytest.param('Tag LIKE "gear_one"', ["g1", "g2"], id="60 underscore"),
        pytest.param(r'Tag = "C:\\dir"', ["b1"], id="61 backslash"),
        pytest.param('__CLASS = "CF_Gear"', ["g1", "g2"], id="63 class"),
    ],
)
def test_a_condition_selects(services: Services, where: str, expected: list[str]) -> None:
    """Cases 50 to 52, 54, 55, 59 to 61 and 63."""
    assert ids(services, where) == expected


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("Num IS 5", id="53 is"),
        pytest.param("Flag > FALSE", id="56 greater"),
        pytest.param("Flag <= TRUE", id="56 at most"),
        pytest.param("Raw = 1", id="62 array"),
    ],
)
def test_a_condition_is_refused(services: Services, where: str) -> None:
    """Cases 53, 56 and 62."""
    assert refusal(services, where) == com.WBEM_E_INVALID_QUERY


def test_selected_objects_have_what_was_selected_and_all_system_properties(services: Services) -> None:
    """Case 57."""
    found = answer(services, "SELECT Id FROM CF_Part")
    assert len(found) == 5
    for item in found:
        names = item.get_names(None, 0).names or []
        assert [name for name in names if not name.startswith("__")] == ["Id"]
        assert len(names) == 11
        assert item.get("__GENUS").value == com.WBEM_GENUS_INSTANCE


def test_an_unknown_property_in_the_select_list_is_refused(services: Services) -> None:
    """Case 58."""
    assert services.exec_query("WQL", "SELECT nosuch FROM CF_Part") == (com.WBEM_E_INVALID_QUERY, None)


def test_the_only_query_language_is_wql(services: Services) -> None:
    """Case 68."""
    query = "SELECT * FROM CF_Part"
    assert services.exec_query("SQL", query) == (com.WBEM_E_INVALID_QUERY_TYPE, None)
    assert services.exec_query(None, query) == (com.WBEM_E_INVALID_PARAMETER, None)
