"""What a provider or a method may do without harm to anybody else: exit, block, return a list, leave a key out."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final

import pytest

import wmix
from wmix.errors import WmiError
from wmix.status import WBEM_E_PROVIDER_FAILURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

GUARD = 20.0


@wmix.provider("Demo_Exit", keys=("Id",), properties={"Id": "uint32"})
def exits(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """One row, and then the wish to end the process."""
    yield {"Id": 1}
    raise SystemExit(3)


@wmix.provider("Demo_Interrupt", keys=("Id",), properties={"Id": "uint32"})
async def interrupts(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """One row, and then the same on the event loop."""
    yield {"Id": 1}
    raise KeyboardInterrupt


@wmix.method("Demo_Exit", "Leave", static=True, out={"ReturnValue": "uint32"})
def leave(call: MethodCall) -> int:
    """A method that ends the process."""
    raise SystemExit(4)


@wmix.provider("Demo_Thread", keys=("Name",))
def thread_of_a_function(request: InstanceRequest) -> list[Mapping[str, object]]:
    """A plain function that gives all rows at once: where it runs."""
    return [{"Name": threading.current_thread().name}]


@wmix.provider("Demo_Awaited", keys=("Id",), properties={"Id": "uint32"})
async def awaited(request: InstanceRequest) -> list[Mapping[str, object]]:
    """A coroutine function that gives all rows at once."""
    await asyncio.sleep(0)
    return [{"Id": 1}, {"Id": 2}]


@wmix.provider("Demo_Keyless", keys=("Id",), properties={"Id": "uint32", "Text": "string"})
def keyless(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Two rows, the second without its key."""
    yield {"Id": 1, "Text": "first"}
    yield {"Id": None, "Text": "second"}


PROVIDERS: Final[list[ProviderDefinition | MethodDefinition]] = [
    exits,
    interrupts,
    leave,
    thread_of_a_function,
    awaited,
    keyless,
]


@pytest.mark.parametrize("name", ["Demo_Exit", "Demo_Interrupt"])
def test_a_provider_that_exits_fails_its_own_query_and_nothing_else(name: str) -> None:
    with wmix.connect(providers=PROVIDERS) as wmi:
        with pytest.raises(WmiError) as caught:
            wmi.instances(name).list()
        assert caught.value.status == WBEM_E_PROVIDER_FAILURE
        assert wmi.instances("Demo_Awaited").list(), "the engine lives on"


def test_a_method_that_exits_fails_its_own_call_and_nothing_else() -> None:
    with wmix.connect(providers=PROVIDERS) as wmi:
        with pytest.raises(WmiError) as caught:
            wmi.call("Demo_Exit", "Leave")
        assert caught.value.status == WBEM_E_PROVIDER_FAILURE
        assert wmi.instances("Demo_Awaited").list()


def test_a_plain_function_that_returns_its_rows_runs_on_a_worker_thread() -> None:
    with wmix.connect(providers=PROVIDERS) as wmi:
        assert wmi.instances("Demo_Thread").one().Name.startswith("wmix-worker")


def test_a_coroutine_function_that_returns_its_rows_is_awaited() -> None:
    with wmix.connect(providers=PROVIDERS) as wmi:
        assert [row.Id for row in wmi.instances("Demo_Awaited")] == [1, 2]


def test_a_row_without_its_key_is_an_error_that_names_the_key() -> None:
    with wmix.connect(providers=PROVIDERS) as wmi:
        rows = wmi.instances("Demo_Keyless")
        with pytest.raises(WmiError, match="key") as caught:
            rows.list()
        assert caught.value.status == WBEM_E_PROVIDER_FAILURE
        assert rows.received == 1


def test_a_query_that_outlives_its_client_ends_and_does_not_hang() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(providers=PROVIDERS) as wmi:
            rows = wmi.query("SELECT Name FROM Win32_Process")
        with pytest.raises(WmiError):
            while not rows.exhausted:
                await rows.next_batch(10)

    asyncio.run(asyncio.wait_for(body(), GUARD))
