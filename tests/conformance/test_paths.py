"""Conformance cases 45 to 49: object paths, and what ConnectServer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import SERVER, fixture_engine
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.ways import Way
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def paths(services: Services, *texts: str) -> set[object]:
    """What the objects of these paths say of themselves."""
    found = set()
    for text in texts:
        hresult, item = services.get_object(text)
        assert hresult == com.WBEM_S_NO_ERROR
        assert item is not None
        found.add(item.get("__PATH").value)
    return found


def test_keys_come_in_any_order(services: Services) -> None:
    """Case 45."""
    assert paths(services, 'CF_Pair.A=2,B="y z"', 'CF_Pair.B="y z",A=2') == {
        f'\\\\{SERVER}\\root\\conf:CF_Pair.A=2,B="y z"'
    }


def test_one_key_may_go_without_its_name_and_in_either_quotes(services: Services) -> None:
    """Case 46."""
    assert len(paths(services, 'CF_Part="p1"', 'CF_Part.Id="p1"', "CF_Part.Id='p1'")) == 1


def test_blanks_around_the_equals_sign_are_no_path(services: Services) -> None:
    """Case 47."""
    assert services.get_object('CF_Part.Id = "p1"') == (com.WBEM_E_INVALID_OBJECT_PATH, None)


def test_a_path_with_a_single_slash_is_on_this_machine() -> None:
    """Case 48."""
    path = com.Path()
    assert path.set_text(com.WBEMPATH_CREATE_ACCEPT_ALL, "/root/cimv2:C") == (com.WBEM_S_NO_ERROR,)
    assert path.get_text(com.WBEMPATH_GET_SERVER_TOO).text == r"\\.\root\cimv2:C"


@pytest.fixture
def locator(way: Way) -> Iterator[com.Locator]:
    made = way.locator(fixture_engine)
    keep = made.connect_server("root")
    yield made
    assert keep.hresult == com.WBEM_S_NO_ERROR


NO_NAMESPACE = com.WBEM_E_INVALID_NAMESPACE


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("", NO_NAMESPACE),
        ("\\", NO_NAMESPACE),
        ("\\\\", NO_NAMESPACE),
        ("\\\\.", NO_NAMESPACE),
        ("\\\\.\\", NO_NAMESPACE),
        ("\\ROOT", NO_NAMESPACE),
        ("\\\\ROOT", com.RPC_S_SERVER_UNAVAILABLE),
        ("\\\\.ROOT", com.RPC_S_SERVER_UNAVAILABLE),
        ("\\\\.\\NONE", NO_NAMESPACE),
        ("NONE", NO_NAMESPACE),
        ("ROOT\\NONE", NO_NAMESPACE),
        ("root\\cimv0", NO_NAMESPACE),
        ("\\\\\\.\\ROOT", com.WBEM_E_INVALID_PARAMETER),
        ("ROOT\\\\CIMV2", NO_NAMESPACE),
        ("ROOT\\CIMV2\\", NO_NAMESPACE),
        ("\\\\.\\ROOT", com.WBEM_S_NO_ERROR),
        ("//.\\ROOT", com.WBEM_S_NO_ERROR),
        ("\\\\./ROOT", com.WBEM_S_NO_ERROR),
        ("//./ROOT", com.WBEM_S_NO_ERROR),
        ("ROOT", com.WBEM_S_NO_ERROR),
        ("ROOT\\CIMV2", com.WBEM_S_NO_ERROR),
        ("ROOT/CIMV2", com.WBEM_S_NO_ERROR),
        ("root\\default", com.WBEM_S_NO_ERROR),
        ("\\\\localhost\\ROOT", com.WBEM_S_NO_ERROR),
        ("\\/.\\ROOT", com.WBEM_S_NO_ERROR),
    ],
)
def test_a_connection_takes_the_namespaces_that_windows_takes(
    locator: com.Locator, resource: str, expected: int
) -> None:
    """Case 49; where Windows versions differ, the newest."""
    hresult, services = locator.connect_server(resource)
    assert hresult == expected
    assert (services is None) == (expected != com.WBEM_S_NO_ERROR)
