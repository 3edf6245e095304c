"""Fixture F of the conformance cases: root\\conf with its classes and instances, and a provider in slow motion.

``fixture_engine()`` makes an engine over it, on the running loop; ``com.Locator(fixture_engine)`` is a way to it.  The
slow provider of CF_Slow yields, fails and answers Get when its test says so, never by the clock, and records whether it
was cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.classes_f import (
    BIG_GEAR,
    CLASSES,
    GEAR,
    INNER,
    INSTANCES,
    JOB,
    ONLY,
    PAIR,
    PART,
    SHAPE,
    USES,
    USES_2,
    USES_3,
    instance,
)
from wmix.cim.image import ClassImage
from wmix.engine.assembly import local_engine
from wmix.errors import error_for
from wmix.providers.registration import method, provider
from wmix.repository.memory import MemoryRepository
from wmix.status import WBEM_E_PROVIDER_FAILURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.engine.audit import Audit
    from wmix.engine.engine import Engine
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

    T = TypeVar("T")

__all__ = [
    "BIG_GEAR",
    "CLASSES",
    "GEAR",
    "INNER",
    "INSTANCES",
    "JOB",
    "NAMESPACE",
    "ONLY",
    "PAIR",
    "PART",
    "PATIENCE",
    "SERVER",
    "SHAPE",
    "USES",
    "USES_2",
    "USES_3",
    "SlowSource",
    "finished",
    "fixture_engine",
    "fixture_repository",
    "instance",
]

NAMESPACE = "root\\conf"
SERVER = "HOST"

#: Seconds after which a test gives up waiting for an event that should have come long ago.
PATIENCE = 20.0


class SlowSource:
    """The test double behind CF_Slow: objects s0, s1, ... come one by one as they are permitted.

    Args:
        count: how many objects there are.
        fail_after: fail with *code* in the place of the object of this number.
        permitted: everything is permitted from the start.
    """

    def __init__(
        self,
        count: int = 5,
        *,
        fail_after: int | None = None,
        code: int = WBEM_E_PROVIDER_FAILURE,
        permitted: bool = False,
    ) -> None:
        self.count = count
        self.fail_after = fail_after
        self.code = code
        #: Objects that were yielded, over all calls.
        self.produced = 0
        self.started = threading.Event()
        self.cancelled = threading.Event()
        self.finished = threading.Event()
        self._permits = 0
        self._all_permitted = permitted
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: asyncio.Event | None = None
        self._lock = threading.Lock()

    # -- the test's side, on any thread

    def permit(self, objects: int = 1) -> None:
        """Let this many further objects come."""
        with self._lock:
            self._permits += objects
        self._tell()

    def permit_all(self) -> None:
        """Let everything come, Get included, for all calls."""
        self._all_permitted = True
        self._tell()

    def _tell(self) -> None:
        loop, changed = self._loop, self._changed
        if loop is not None and changed is not None:
            # An engine that is closed has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(changed.set)

    # -- the provider's side, on the loop

    async def _wait(self, allowed: Callable[[], bool]) -> None:
        if self._changed is None:
            self._loop = asyncio.get_running_loop()
            self._changed = asyncio.Event()
        self.started.set()
        while not allowed():
            self._changed.clear()
            if not allowed():
                await self._changed.wait()

    def _take_permit(self) -> bool:
        if self._all_permitted:
            return True
        with self._lock:
            if not self._permits:
                return False
            self._permits -= 1
            return True

    async def rows(self, request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        """The objects."""
        try:
            for number in range(self.count):
                await self._wait(self._take_permit)
                if number == self.fail_after:
                    raise error_for(self.code, f"object {number} cannot be read")
                self.produced += 1
                yield {"Id": f"s{number}"}
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise
        finally:
            self.finished.set()

    async def get(self, request: InstanceRequest, keys: Mapping[str, Any]) -> Mapping[str, object] | None:
        """One object, when Get is permitted."""
        try:
            await self._wait(lambda: self._all_permitted)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        wanted = str(keys["Id"]).casefold()
        return {"Id": wanted} if wanted in {f"s{number}" for number in range(self.count)} else None

    def definition(self) -> ProviderDefinition:
        """The provider of CF_Slow over this source."""
        declare = provider("CF_Slow", namespace=NAMESPACE, keys=("Id",), properties={"Id": "string"}, name="slow")
        made = declare(self.rows)
        made.get(self.get)
        return made


@method("CF_Job", "Create", namespace=NAMESPACE, static=True)
def create_job(call: MethodCall) -> Mapping[str, object]:
    """Start nothing: a number for a command, 21 (invalid parameter) without one."""
    command = call.parameters.get("Cmd")
    return {"ReturnValue": 21} if command is None else {"ReturnValue": 0, "Id": len(command)}


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, as those of the memory repository."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    work.close()
    raise AssertionError("the coroutine waits for something")


def fixture_repository(
    namespace: str = NAMESPACE, classes: Iterable[CimClass] = CLASSES, instances: Iterable[CimInstance] = INSTANCES
) -> MemoryRepository:
    """A repository with *namespace* and those above it, holding classes and instances."""
    repository = MemoryRepository()
    parts = namespace.split("\\")
    for depth in range(1, len(parts) + 1):
        finished(repository.create_namespace("\\".join(parts[:depth])))
    for cls in classes:
        finished(repository.put_class(namespace, cls))
    for item in instances:
        finished(repository.put_instance(namespace, item))
    return repository


def fixture_engine(
    slow: SlowSource | None = None,
    *,
    providers: Iterable[ProviderDefinition | MethodDefinition] = (),
    settings: Settings | None = None,
    image: bool = True,
    audit: Audit | None = None,
) -> Engine:
    """An engine over the fixture, to be called on its loop; with *image* the system classes are there too."""
    return local_engine(
        providers=[(slow or SlowSource(permitted=True)).definition(), create_job, *providers],
        settings=settings,
        repository=fixture_repository(),
        image=ClassImage.open() if image else None,
        shipped=False,
        installed=False,
        server=SERVER,
        audit=audit,
    )
