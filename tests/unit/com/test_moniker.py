"""Monikers: taking ``winmgmts:`` names apart, and binding them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import fixture_engine
from wmix import com
from wmix.com.moniker import parse_moniker
from wmix.errors import WmiError
from wmix.status import MK_E_SYNTAX

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("text", "namespace", "path"),
    [
        ("winmgmts:", "root\\cimv2", ""),
        ("WinMgmts:", "root\\cimv2", ""),
        ("winmgmts:Win32_Process", "root\\cimv2", "Win32_Process"),
        ("winmgmts:root\\conf", "root\\conf", ""),
        ("winmgmts:root/conf:CF_Part", "root/conf", "CF_Part"),
        ("winmgmts:\\\\.\\root", "\\\\.\\root", ""),
        ("winmgmts://./root/conf", "//./root/conf", ""),
        ("winmgmts:\\\\.\\root\\conf:CF_Part.Id='a:b'", "\\\\.\\root\\conf", "CF_Part.Id='a:b'"),
        ("winmgmts:Win32_LogicalDisk.DeviceID='C:\\\\x'", "root\\cimv2", "Win32_LogicalDisk.DeviceID='C:\\\\x'"),
        ('winmgmts:Win32_LogicalDisk="C:"', "root\\cimv2", 'Win32_LogicalDisk="C:"'),
        ("winmgmts:Win32_OperatingSystem=@", "root\\cimv2", "Win32_OperatingSystem=@"),
        ("winmgmts:{impersonationLevel=impersonate}", "root\\cimv2", ""),
        ("winmgmts:{impersonationLevel=impersonate}!root\\conf", "root\\conf", ""),
        ("winmgmts:[locale=ms_409]!root\\conf:CF_Part", "root\\conf", "CF_Part"),
        ("winmgmts::Win32_Process", "root\\cimv2", "Win32_Process"),
    ],
)
def test_a_moniker_names_a_namespace_and_perhaps_an_object(text: str, namespace: str, path: str) -> None:
    moniker = parse_moniker(text)
    assert (moniker.namespace, moniker.object_path) == (namespace, path)


def test_security_settings_are_read_in_any_case() -> None:
    moniker = parse_moniker(
        "winmgmts:{AuthenticationLevel=PktPrivacy, impersonationlevel=Delegate,authority=Kerberos:A\\B,"
        "locale=MS_409,(Debug,!Shutdown)}!\\\\.\\root\\conf"
    )
    assert (moniker.authentication, moniker.impersonation) == ("pktprivacy", "delegate")
    assert (moniker.authority, moniker.locale) == ("Kerberos:A\\B", "MS_409")
    assert moniker.privileges == {"Debug": True, "Shutdown": False}
    assert parse_moniker("winmgmts:{(Security)}").privileges == {"Security": True}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "winmgmts",
        "wmi:root",
        "winmgmts:{impersonationLevel=impersonate}root\\conf",
        "winmgmts:{impersonationLevel=maximum}!",
        "winmgmts:{impersonationLevel}!",
        "winmgmts:{authority=}!",
        "winmgmts:{password=x}!",
        "winmgmts:{locale=a,locale=b}!",
        "winmgmts:{locale=a}[locale=b]!",
        "winmgmts:{}!",
        "winmgmts:{(Fly)}!",
        "winmgmts:{(Debug}!",
        "winmgmts:{(Debug),locale=a}!",
    ],
)
def test_what_is_no_moniker_is_a_syntax_error(text: str) -> None:
    with pytest.raises(WmiError) as caught:
        parse_moniker(text)
    assert caught.value.status == MK_E_SYNTAX


@pytest.fixture
def locator() -> Iterator[com.Locator]:
    made = com.Locator(fixture_engine)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("winmgmts:root\\nope", com.WBEM_E_INVALID_NAMESPACE),
        ("winmgmts:root\\conf:CF_Nope", com.WBEM_E_NOT_FOUND),
        ("winmgmts:root\\conf:CF_Part.Id = 'p1'", com.WBEM_E_INVALID_OBJECT_PATH),
        ("winmgmts:{impersonationLevel=identify}!root\\conf", com.WBEM_E_ACCESS_DENIED),
        ("winmgmts:{authority=NTLMDomain:HERE}!root\\conf", com.WBEM_E_LOCAL_CREDENTIALS),
        ("nonsense", MK_E_SYNTAX),
        (None, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_a_failing_moniker_leaves_an_error_object(locator: com.Locator, text: str | None, expected: int) -> None:
    assert com.get_object(text, locator) == (expected, None)
    error = com.get_error_info()
    assert error is not None


def test_the_services_of_a_moniker_can_be_used_after_its_object_was_released(locator: com.Locator) -> None:
    hresult, services = com.get_object("winmgmts:root\\conf", locator)
    assert hresult == com.WBEM_S_NO_ERROR
    assert isinstance(services, com.Services)
    assert isinstance(com.get_object("winmgmts:root\\conf:CF_Only=@", locator).object, com.ClassObject)
    handle = services.get_object("CF_Part", com.WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True).call_result
    assert handle is not None
    assert handle.get_call_status(-1) == (com.WBEM_S_NO_ERROR, com.WBEM_S_NO_ERROR)


def test_the_second_argument_is_a_locator() -> None:
    with pytest.raises(TypeError):
        com.get_object("winmgmts:", "here")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", None),
        ("{authenticationLevel=pkt}!", None),
        ("{impersonationLevel=Impersonate}!", "impersonate"),
        ("{impersonationLevel=delegate}!", "delegate"),
    ],
)
def test_the_impersonation_level_of_a_moniker_is_that_of_the_connection(settings: str, expected: str | None) -> None:
    asked: list[dict[str, Any]] = []

    class Recording(com.Locator):
        def connect_server(self, *where: Any, **options: Any) -> Any:
            asked.append(options)
            return com.E_ACCESSDENIED, None

    assert com.get_object(f"winmgmts:{settings}\\\\srv1\\root\\conf", Recording()) == (com.E_ACCESSDENIED, None)
    assert [options["impersonation"] for options in asked] == [expected]
