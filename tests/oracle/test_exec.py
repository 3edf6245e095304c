"""Replay of ExecMethod over this machine's own Win32_Process, and a service that does not pause."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from oracle.cases import Case, cases
from oracle.variants import type_code, variant_type
from wmix import com
from wmix.engine.assembly import local_engine
from wmix.providers.registration import method, provider
from wmix.providers.service_methods import ServiceResult
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wmix.com import ClassObject, Services
    from wmix.engine.engine import Engine
    from wmix.port.provider import InstanceRequest, MethodCall

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


@provider("Win32_Service", namespace="root/cimv2")
def services_of_the_test(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    yield {"Name": "Spooler"}


@method("Win32_Service", "PauseService", namespace="root/cimv2")
def pause_service(call: MethodCall) -> int:
    return ServiceResult.CANNOT_ACCEPT_CONTROL


def machine() -> Engine:
    return local_engine(providers=[services_of_the_test, pause_service], repository=MemoryRepository(), installed=False)


@pytest.fixture(scope="module")
def machine_locator() -> Iterator[com.Locator]:
    made = com.Locator(machine)
    yield made
    made.close()


def in_parameters(services: Services, path: str, name: str, given: dict[str, Any]) -> ClassObject | None:
    """An instance of the in-signature with the parameters of a case; None when there are none."""
    cls = services.get_object(path.partition(".")[0]).object
    assert cls is not None
    signature = cls.get_method(name).in_signature
    if signature is None:
        assert not given
        return None
    made = signature.spawn_instance().new_instance
    assert made is not None
    for parameter, value in given.items():
        shown = value["value"] if isinstance(value, dict) else value
        assert made.put(parameter, 0, shown).hresult == com.WBEM_S_NO_ERROR
    return made


@pytest.mark.parametrize("case", cases("exec", kind="exec"))
def test_a_method_answers_as_recorded(case: Case, machine_locator: com.Locator) -> None:
    _, services = machine_locator.connect_server(case.input["namespace"])
    assert services is not None
    path = case.input["path"].replace("{OWN_PID}", str(os.getpid()))
    given = in_parameters(services, path, case.input["method"], case.input.get("in", {}))
    hresult, out = services.exec_method(path, case.input["method"], 0, None, given)
    assert hresult == int(case.expected["hr"], 16)
    for name, wanted in case.expected.get("out", {}).items():
        assert out is not None
        result = out.get(name)
        assert result.hresult == com.WBEM_S_NO_ERROR
        if wanted.get("nonzero"):
            assert result.value
            continue
        assert result.type == type_code(wanted["type"])
        assert variant_type(result) in wanted["vt"]
        if "value" in wanted:
            assert result.value == wanted["value"]
    for name, wanted in case.expected.get("out_ids", {}).items():
        assert out is not None
        held = out.get_property_qualifier_set(name).qualifier_set
        assert held is not None
        found = held.get("ID")
        assert found.hresult == int(wanted["hr"], 16)
        if "value" in wanted:
            assert (found.value, found.flavor) == (wanted["value"], wanted["flavor"])
