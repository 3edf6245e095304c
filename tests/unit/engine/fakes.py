"""A fake remote backend: it answers from a script, keeps its objects encoded, and is told nothing of the engine.

Its batches hold text that is decoded when somebody asks for objects, as those of a host on the wire would; so the
engine is seen to work over the Backend protocol alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.config import Limits, Settings, Timeouts
from wmix.engine.engine import Engine
from wmix.errors import InvalidNamespace, NotFound, NotSupported
from wmix.port.backend import Capabilities, Outcome
from wmix.port.batch import Batch, ObjectBatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from wmix.engine.audit import AuditRecord
    from wmix.port.backend import Scope
    from wmix.port.batch import CimObject, InstanceFactory
    from wmix.port.requests import (
        CreateClassEnum,
        CreateInstanceEnum,
        DeleteClass,
        DeleteInstance,
        ExecMethod,
        ExecNotificationQuery,
        ExecQuery,
        GetObject,
        OpenNamespace,
        PutClass,
        PutInstance,
    )

ITEM = derive(
    None,
    "Item",
    properties=[
        CimProperty(
            "Id", CimType.UINT32, qualifiers=QualifierSet([Qualifier("key", True, CimType.BOOLEAN)]), is_key=True
        ),
        CimProperty("Text", CimType.STRING),
    ],
    check=False,
)
ORIGIN = Origin("FAR", "root\\far")


def settings(**limits: int) -> Settings:
    """Settings with small limits, so that bounds are met by a handful of objects."""
    return Settings(limits=Limits(**limits), timeouts=Timeouts(provider_close=0.5))


class EncodedBatch:
    """Objects as text; ``decoded`` counts how many were ever decoded."""

    decoded = 0

    def __init__(self, encoded: Sequence[str]) -> None:
        self.encoded = tuple(encoded)

    def __len__(self) -> int:
        return len(self.encoded)

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        type(self).decoded += len(self.encoded)
        return [make(ITEM.layout, tuple(json.loads(text)), ORIGIN) for text in self.encoded]

    def part(self, start: int, stop: int) -> EncodedBatch:
        return EncodedBatch(self.encoded[start:stop])

    def octets(self) -> int:
        return sum(map(len, self.encoded))


def batch(*ids: int) -> EncodedBatch:
    """A batch of items with these ids."""
    return EncodedBatch([json.dumps([i, f"item {i}"]) for i in ids])


class FakeRemote:
    """A host: ``script`` makes the stream of every call that yields a set."""

    def __init__(self, script: Callable[[], AsyncIterator[Batch]] | None = None, namespace: str = "root\\far") -> None:
        self.namespace = namespace
        self.server = "FAR"
        self.capabilities = Capabilities(is_remote=True)
        self.script = script
        self.seen: list[str] = []
        self.gate: asyncio.Event | None = None
        self.finished_writes = 0
        self.closed = 0

    async def login(self, scope: Scope) -> None:
        self.seen.append("login")

    def stream(self) -> AsyncIterator[Batch]:
        assert self.script is not None
        return self._watched(self.script())

    async def _watched(self, stream: AsyncIterator[Batch]) -> AsyncIterator[Batch]:
        try:
            async for item in stream:
                yield item
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
            self.closed += 1

    def query(self, request: ExecQuery, scope: Scope) -> AsyncIterator[Batch]:
        self.seen.append(f"query {request.query}")
        return self.stream()

    def enumerate(self, request: CreateInstanceEnum, scope: Scope) -> AsyncIterator[Batch]:
        self.seen.append(f"enumerate {request.class_name}")
        return self.stream()

    async def classes(self, request: CreateClassEnum, scope: Scope) -> AsyncIterator[Batch]:
        yield ObjectBatch([ITEM])

    async def notify(self, request: ExecNotificationQuery, scope: Scope) -> AsyncIterator[Batch]:
        raise NotSupported("no events")
        yield batch()

    async def publish(self, events: Sequence[CimInstance], scope: Scope) -> None:
        self.seen.append(f"publish {len(events)}")

    async def get(self, request: GetObject, scope: Scope) -> Outcome:
        self.seen.append(f"get {request.path}")
        await self._wait()
        if request.path == "Item.Id=404":
            raise NotFound("no such item")
        return Outcome(object=CimInstance(ITEM.layout, (1, "one"), ORIGIN))

    async def put(self, request: PutClass | PutInstance, scope: Scope) -> Outcome:
        self.seen.append("put")
        await self._wait()
        self.finished_writes += 1
        return Outcome(path="Item.Id=7")

    async def delete(self, request: DeleteClass | DeleteInstance, scope: Scope) -> Outcome:
        self.seen.append("delete")
        return Outcome()

    async def call(self, request: ExecMethod, scope: Scope) -> Outcome:
        self.seen.append(f"call {request.method}")
        await self._wait()
        self.finished_writes += 1
        return Outcome(object=CimInstance(ITEM.layout, (0, "out"), None))

    async def open_namespace(self, request: OpenNamespace, scope: Scope) -> Outcome:
        if request.namespace == "none":
            raise InvalidNamespace("no such namespace")
        return Outcome(backend=FakeRemote(self.script, f"{self.namespace}\\{request.namespace}"))

    def transaction(self) -> contextlib.AbstractAsyncContextManager[None]:
        return contextlib.nullcontext()

    async def explain(self, request: ExecQuery, scope: Scope) -> str:
        return "as the host likes"

    async def _wait(self) -> None:
        if self.gate is not None:
            await self.gate.wait()


class FakeSource:
    """A source with one host behind every namespace."""

    def __init__(self, backend: FakeRemote) -> None:
        self.backend = backend

    def open(self, namespace: str) -> FakeRemote:
        return self.backend

    async def close(self) -> None:
        """Nothing is held."""


def engine_over(
    backend: FakeRemote, settings: Settings | None = None, audit: list[AuditRecord] | None = None
) -> Engine:
    """An engine whose only source is *backend*; *audit* collects the records."""
    records: list[AuditRecord] = [] if audit is None else audit
    return Engine(FakeSource(backend), settings or Settings(), audit=records.append)


def numbers(*sizes: int, then: BaseException | None = None) -> Callable[[], AsyncIterator[Batch]]:
    """A script of batches of these sizes with consecutive ids, and how it ends."""

    async def script() -> AsyncIterator[Batch]:
        first = 0
        for size in sizes:
            yield batch(*range(first, first + size))
            first += size
        if then is not None:
            raise then

    return script


class Gated:
    """A script that gives an object when it is told to."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Batch | BaseException | None] = asyncio.Queue()
        self.given = 0

    def give(self, *ids: int) -> None:
        self.queue.put_nowait(batch(*ids))

    def end(self, error: BaseException | None = None) -> None:
        self.queue.put_nowait(error)

    async def __call__(self) -> AsyncIterator[Batch]:
        while True:
            item = await self.queue.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            self.given += len(item)
            yield item


class Recorder:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.indications: list[int] = []
        self.statuses: list[tuple[int, int, str | None, Any]] = []
        self.completed = asyncio.Event()

    async def indicate(self, objects: Sequence[Any]) -> int | None:
        assert not self.statuses, "an Indicate after the final SetStatus"
        self.indications.append(len(objects))
        self.objects += objects
        return None

    async def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> None:
        self.statuses.append((flags, hresult, text, error_object))
        self.completed.set()

    @property
    def ids(self) -> list[int]:
        return [item.Id for item in self.objects]


def ids(objects: Sequence[Any]) -> list[int]:
    """The ids of items."""
    return [item.Id for item in objects]
