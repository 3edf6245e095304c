"""LocalNamespace: one namespace of this machine as a Backend. The parts of the room meet here and nowhere else.

The parts that a plain query does not need are imported when they are: a command that lists processes has to start in
the time that its own work needs.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from wmix.cim.system_properties import Origin
from wmix.errors import InvalidNamespace
from wmix.local.execution import Execution
from wmix.local.plan import Planner, describe
from wmix.port.backend import Capabilities, Outcome
from wmix.port.batch import ObjectBatch
from wmix.port.flags import WBEM_FLAG_PROTOTYPE, WBEM_FLAG_SHALLOW, WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.port.requests import DeleteInstance, PutInstance
from wmix.wql.ast import AssociatorsQuery, ReferencesQuery, SchemaQuery, SelectQuery
from wmix.wql.parser import parse
from wmix.wql.projection import projection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from wmix.cim.instances import CimInstance
    from wmix.local.principals import Principals
    from wmix.local.system import LocalSystem
    from wmix.port.backend import Scope
    from wmix.port.batch import Batch, RowBatch
    from wmix.port.requests import (
        CreateClassEnum,
        CreateInstanceEnum,
        DeleteClass,
        ExecMethod,
        ExecNotificationQuery,
        ExecQuery,
        GetObject,
        OpenNamespace,
        PutClass,
        Request,
    )
    from wmix.wql.ast import Query

__all__ = ["LocalNamespace"]

_CLASSES_IN_A_BATCH = 50

#: Whether this task, or one that began it, holds a transaction open.
_IN_TRANSACTION: ContextVar[bool] = ContextVar("wmix_in_transaction", default=False)


class LocalNamespace:
    """Answers the calls of one namespace; the Backend protocol of the port."""

    def __init__(self, system: LocalSystem, namespace: str) -> None:
        self.namespace = namespace
        self.server = system.server
        self.settings = system.settings
        self.schema = system.schema
        self.registry = system.registry
        self.repository = system.repository
        self.capabilities = Capabilities(transactions=True, notifications=True)
        self.origin = Origin(system.server, namespace)
        self.planner = Planner(namespace, self.origin, system.schema, system.registry)
        self._execution = Execution(namespace, self.origin, system.repository, system.settings)
        self._system = system

    @property
    def principals(self) -> Principals:
        """The accounts of this machine."""
        return self._system.principals

    def is_own_name(self, server: str) -> bool:
        """Whether *server* means this machine."""
        return server in (".", "") or server.casefold() in (self.server.casefold(), "localhost")

    def below(self, path: str) -> LocalNamespace:
        """The namespace *path* of the same machine."""
        return self._system.open(path)

    async def login(self, scope: Scope) -> int | None:
        """See that the namespace exists; the rights that it grants the caller.

        Raises:
            InvalidNamespace: it does not.
            AccessDenied: it is only for those who encrypt.
        """
        await self._check_exists()
        if scope.caller.is_administrator and not scope.caller.is_remote:
            return None
        from wmix.local.namespace_security import admitted_rights

        return await admitted_rights(self, scope)

    def query(self, request: ExecQuery, scope: Scope) -> AsyncIterator[Batch]:
        """The objects of a query."""
        return self._localised(self._query(request, scope), request, scope)

    async def _query(self, request: ExecQuery, scope: Scope) -> AsyncIterator[Batch]:
        await self._check_exists()
        query = self._parse(request)
        if not isinstance(query, SelectQuery):
            found = self._beyond_instances(query, scope)
            try:
                async for answer in found:
                    yield answer
            finally:
                await found.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
            return
        if request.flags & WBEM_FLAG_PROTOTYPE:
            cls = await self.schema.resolve(self.namespace, query.class_name)
            from wmix.local.prototype import prototype

            yield ObjectBatch([prototype(cls, projection(query.select, cls, text=query.text))])
            return
        plan = await self.planner.query(query, request.flags)
        stream = self._execution.run(plan, scope)
        try:
            async for batch in stream:
                yield batch
        finally:
            await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator

    async def explain(self, request: ExecQuery, scope: Scope) -> str:  # noqa: ARG002 - the same plan for everyone
        """The plan of a query, for people."""
        await self._check_exists()
        query = self._parse(request)
        if isinstance(query, SelectQuery):
            return describe(await self.planner.query(query, request.flags))
        return f"{type(query).__name__.removesuffix('Query').upper()}: answered from the classes of {self.namespace}"

    def enumerate(self, request: CreateInstanceEnum, scope: Scope) -> AsyncIterator[Batch]:
        """The instances of a class."""
        return self._localised(self.instances(request, scope), request, scope)

    async def instances(self, request: CreateInstanceEnum, scope: Scope) -> AsyncIterator[RowBatch]:
        """The instances of a class, as the rows that they are here."""
        await self._check_exists()
        plan = await self.planner.enumeration(request.class_name or "", request.flags)
        stream = self._execution.run(plan, scope)
        try:
            async for batch in stream:
                yield batch
        finally:
            await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator

    def classes(self, request: CreateClassEnum, scope: Scope) -> AsyncIterator[Batch]:
        """The classes below another, or all."""
        return self._localised(self._classes(request), request, scope)

    def _localised(self, stream: AsyncIterator[Batch], request: Request, scope: Scope) -> AsyncIterator[Batch]:
        """*stream*, with localised qualifiers when *request* asks for them."""
        if not request.flags & WBEM_FLAG_USE_AMENDED_QUALIFIERS:
            return stream
        from wmix.local.amendments import amended_batches

        return amended_batches(self, stream, scope.caller)

    async def _classes(self, request: CreateClassEnum) -> AsyncIterator[Batch]:
        await self._check_exists()
        superclass = request.superclass or None
        if superclass is not None:
            superclass = (await self.schema.resolve(self.namespace, superclass)).name
        if request.flags & WBEM_FLAG_SHALLOW:
            found = await self.schema.children(self.namespace, superclass)
        else:
            found = await self.schema.descendants(self.namespace, superclass)
        for start in range(0, len(found), _CLASSES_IN_A_BATCH):
            yield ObjectBatch(found[start : start + _CLASSES_IN_A_BATCH])

    def notify(self, request: ExecNotificationQuery, scope: Scope) -> AsyncIterator[Batch]:
        """The events of an event query, from this call on; the first batch is empty and says that it is in force."""
        from wmix.local.subscriptions.stream import EventStream  # few ask for events

        return EventStream(
            self._system.subscriptions.open(
                self.namespace, request.query or "", scope.caller, max_queue=request.max_queue, scope=scope
            ),
            self.settings.limits.batch_objects,
        )

    async def publish(self, events: Sequence[CimInstance], scope: Scope) -> None:  # noqa: ARG002 - judged at the door
        """Give extrinsic events of the caller to whoever subscribes to them."""
        await self._check_exists()
        await self._system.subscriptions.accept(self, events)

    async def get(self, request: GetObject, scope: Scope) -> Outcome:
        """One class or instance."""
        await self._check_exists()
        from wmix.local.objects import get_object

        return await get_object(self, request, scope)

    async def put(self, request: PutClass | PutInstance, scope: Scope) -> Outcome:
        """Create or update an instance or a class."""
        await self._check_exists()
        if isinstance(request, PutInstance):
            from wmix.local.writes import put_instance

            return await put_instance(self, request, scope)
        from wmix.local.class_writes import put_class

        return await put_class(self, request, scope)

    async def delete(self, request: DeleteClass | DeleteInstance, scope: Scope) -> Outcome:
        """Delete an instance or a class."""
        await self._check_exists()
        if isinstance(request, DeleteInstance):
            from wmix.local.writes import delete_instance

            return await delete_instance(self, request, scope)
        from wmix.local.class_writes import delete_class

        return await delete_class(self, request, scope)

    async def call(self, request: ExecMethod, scope: Scope) -> Outcome:
        """Run a method."""
        await self._check_exists()
        from wmix.local.methods import exec_method

        return await exec_method(self, request, scope)

    async def open_namespace(self, request: OpenNamespace, scope: Scope) -> Outcome:  # noqa: ARG002
        """A namespace below this one.

        Raises:
            InvalidNamespace: the name is absolute, or there is no such namespace.
        """
        await self._check_exists()
        name = (request.namespace or "").replace("/", "\\")
        if name.startswith("\\") or not all(name.split("\\")):
            raise InvalidNamespace(f"{request.namespace!r} is not relative to {self.namespace}")
        found = await self.schema.require_namespace(f"{self.namespace}\\{name}")
        return Outcome(backend=self._system.open(found))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All writes within, or none; permanent subscriptions among them are in force when it has ended."""
        outer = _IN_TRANSACTION.set(True)
        try:
            async with self.repository.transaction():
                yield
        finally:
            _IN_TRANSACTION.reset(outer)
        await self.subscriptions_settled()

    async def subscriptions_settled(self) -> None:
        """Wait until permanent subscriptions follow what was written; within a transaction they cannot yet."""
        permanent = self._system.permanent
        if permanent is not None and not _IN_TRANSACTION.get():
            await permanent.settled()

    async def _beyond_instances(self, query: Query, scope: Scope) -> AsyncIterator[Batch]:
        """Classes for a schema query; what is associated for the others."""
        if isinstance(query, SchemaQuery):
            from wmix.local.schema_queries import matching_classes

            found = [cls async for cls in matching_classes(self.schema, self.namespace, query)]
            for start in range(0, len(found), _CLASSES_IN_A_BATCH):
                yield ObjectBatch(found[start : start + _CLASSES_IN_A_BATCH])
        elif isinstance(query, AssociatorsQuery | ReferencesQuery):
            from wmix.local.associations import associated

            stream = associated(self, query, scope)
            try:
                async for batch in stream:
                    yield batch
            finally:
                await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator

    def _parse(self, request: ExecQuery) -> Query:
        query = parse(request.query or "", max_terms=self.settings.limits.max_predicate_terms)
        if isinstance(query, SelectQuery) and query.is_event_form:
            from wmix.wql.operations import check_data  # for a query that is refused

            check_data(query)
        return query

    async def _check_exists(self) -> None:
        # Asked with every call, because a namespace may vanish under an open connection (brief 0.13).
        self.namespace = await self.schema.require_namespace(self.namespace)
