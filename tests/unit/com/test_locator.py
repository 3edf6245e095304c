"""Locator: what ConnectServer takes, whose credentials, and who the caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, fixture_engine
from wmix import com
from wmix.engine.portal import Portal
from wmix.port.caller import Caller, Rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.engine.audit import AuditRecord


@pytest.fixture
def locator() -> Iterator[com.Locator]:
    made = com.Locator(fixture_engine)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"user": "alice"}, com.WBEM_E_LOCAL_CREDENTIALS),
        ({"user": "DOM\\alice", "password": "x"}, com.WBEM_E_LOCAL_CREDENTIALS),
        ({"password": "x"}, com.WBEM_E_LOCAL_CREDENTIALS),
        ({"authority": "NTLMDomain:DOM"}, com.WBEM_E_LOCAL_CREDENTIALS),
        ({"user": "", "password": "", "authority": ""}, com.WBEM_S_NO_ERROR),
        ({"user": "DOM\\alice", "authority": "NTLMDomain:DOM"}, com.WBEM_E_INVALID_PARAMETER),
        ({"user": "alice@dom", "authority": "Kerberos:DOM\\srv"}, com.WBEM_E_INVALID_PARAMETER),
        ({"authority": "Digest:x"}, com.WBEM_E_INVALID_PARAMETER),
        ({"authority": "kerberos:"}, com.WBEM_E_INVALID_PARAMETER),
        ({"locale": "MS_409"}, com.WBEM_S_NO_ERROR),
        ({"locale": "ms_407, MS_409"}, com.WBEM_S_NO_ERROR),
        ({"locale": "de-DE"}, com.WBEM_S_NO_ERROR),
        ({"locale": "MS_xyz"}, com.E_INVALIDARG),
        ({"locale": "MS_"}, com.E_INVALIDARG),
        ({"locale": "MS_0"}, com.E_INVALIDARG),
        ({"security_flags": com.WBEM_FLAG_CONNECT_USE_MAX_WAIT}, com.WBEM_S_NO_ERROR),
        ({"security_flags": com.WBEM_FLAG_CONNECT_REPOSITORY_ONLY}, com.WBEM_S_NO_ERROR),
        ({"security_flags": 1}, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_options_of_a_connection_to_this_machine(
    locator: com.Locator, options: dict[str, object], expected: int
) -> None:
    hresult, services = locator.connect_server(NAMESPACE, **options)  # type: ignore[arg-type]  # by name
    assert hresult == expected
    assert (services is None) == (expected != com.WBEM_S_NO_ERROR)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (None, com.WBEM_E_INVALID_PARAMETER),
        ("\\\\elsewhere\\root\\cimv2", com.RPC_S_SERVER_UNAVAILABLE),
        ("root\\nowhere", com.WBEM_E_INVALID_NAMESPACE),
    ],
)
def test_a_resource_that_leads_nowhere(locator: com.Locator, resource: str | None, expected: int) -> None:
    assert locator.connect_server(resource) == (expected, None)
    error = com.get_error_info()
    assert error is not None
    assert error.get("Operation").value == "ConnectServer"


def test_wrong_python_types_are_programming_errors(locator: com.Locator) -> None:
    for arguments in ((5,), (NAMESPACE, 5), (NAMESPACE, None, b"x"), (NAMESPACE, None, None, None, "0")):
        with pytest.raises(TypeError):
            locator.connect_server(*arguments)


def test_the_caller_is_the_user_of_this_process_with_all_rights() -> None:
    import os
    import pwd

    records: list[AuditRecord] = []
    locator = com.Locator(lambda: fixture_engine(audit=records.append))
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    assert services.get_object("CF_Part", 0x10, None, call_result=True).hresult == com.WBEM_S_NO_ERROR
    locator.close()
    assert {record.user for record in records} == {pwd.getpwuid(os.getuid()).pw_name}


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    records: list[AuditRecord] = []
    locator = com.Locator(lambda: fixture_engine(audit=records.append))
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    assert services.get_object("CF_Part", 0x10 | 0x20, None, call_result=True).hresult == com.WBEM_E_INVALID_PARAMETER
    locator.close()
    assert [record.user for record in records] == [str(2**31 - 7)]


def test_a_caller_of_lesser_rights_is_refused_what_it_may_not() -> None:
    locator = com.Locator(fixture_engine, caller=Caller("nobody", rights=Rights.METHOD_EXECUTE))
    assert locator.connect_server(NAMESPACE) == (com.WBEM_E_ACCESS_DENIED, None)
    locator.close()


def test_a_given_portal_is_used_and_left_open() -> None:
    portal = Portal()
    locator = com.Locator(fixture_engine, portal=portal)
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    services.release()
    assert not portal.is_closed
    assert locator.connect_server(NAMESPACE).hresult == com.WBEM_S_NO_ERROR
    locator.close()
    assert not portal.is_closed
    portal.close()


def test_what_came_from_a_closed_locator_cannot_be_used() -> None:
    locator = com.Locator(fixture_engine)
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    locator.close()
    locator.close()
    assert services.get_object("CF_Part", 0x10, None, call_result=True) == (com.WBEM_E_INVALID_OPERATION, None, None)
    assert locator.connect_server(NAMESPACE).hresult == com.WBEM_S_NO_ERROR
    locator.close()


def test_a_released_locator_leaves_its_services_usable() -> None:
    locator = com.Locator(fixture_engine)
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    locator.release()
    del locator
    assert services.get_object("CF_Part", 0x10, None, call_result=True).hresult == com.WBEM_S_NO_ERROR
    services.release()


def test_an_engine_that_cannot_be_made_raises_what_it_raised() -> None:
    def broken() -> None:
        raise RuntimeError("no engine")

    with pytest.raises(RuntimeError, match="no engine"):
        com.Locator(broken).connect_server(NAMESPACE)  # type: ignore[arg-type]  # on purpose
