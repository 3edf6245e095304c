"""RemoteNamespace: one namespace of a host as a Backend.

Requests become calls on IWbemServices, answers become batches and outcomes.  The host judges names, rights and syntax;
only the in-parameters of methods are held against their signature here, because they have to be encoded by it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.classes import CimClass
from wmix.errors import InvalidClass, InvalidNamespace, NotFound, NotSupported, ProtocolError, WmiError
from wmix.net.client.host import GONE
from wmix.net.client.phases import Phase
from wmix.port.backend import Capabilities, Outcome, Scope
from wmix.port.batch import ObjectBatch
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_PROTOTYPE, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import DeleteClass, ExecNotificationQuery, ExecQuery, PutClass
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem import services as wire
from wmix.protocol.wbem.services import SERVICES
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.encoding_unit import decode_object, encode_object
from wmix.remote.choice import Choice, Way, choose
from wmix.remote.contexts import context_octets
from wmix.remote.encoded_batch import ObjectDecoder
from wmix.remote.enumeration import PlainReader, objects_of, smart_reader
from wmix.remote.method_parameters import Signatures
from wmix.remote.pace import Pace
from wmix.remote.single_calls import SingleCalls, deletion

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

    from wmix.cim.instances import CimInstance
    from wmix.net.client.exporter import RemoteExporter
    from wmix.net.client.references import RemoteReference
    from wmix.port.batch import Batch
    from wmix.port.requests import (
        CreateClassEnum,
        CreateInstanceEnum,
        DeleteInstance,
        ExecMethod,
        GetObject,
        OpenNamespace,
        PutInstance,
        Request,
    )
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.remote.callback_calls import CallbackCalls
    from wmix.remote.encoded_batch import EncodedBatch
    from wmix.remote.enumeration import PortionReader
    from wmix.remote.host import RemoteSource
    from wmix.remote.told_results import ToldResults

__all__ = ["RemoteNamespace"]

_SEMISYNC: Final = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY
_CLASSES_REMEMBERED: Final = 256
#: Seconds in which a host may give the class of a query that it has refused.
_LOOK: Final = 5.0
#: A host that has forgotten its objects is asked once more, after a new login.
_ATTEMPTS: Final = 2


class RemoteNamespace:
    """Answers the calls of one namespace of a host; the Backend protocol of the port."""

    def __init__(self, source: RemoteSource, namespace: str) -> None:
        self.namespace = namespace
        self.capabilities = Capabilities(is_remote=True, notifications=True, callbacks=source.callbacks is not None)
        self.source = source
        self._cache = ClassCache()
        self._keys: dict[str, tuple[str, ...]] = {}
        timeouts = source.settings.timeouts
        self._patience = timeouts.wait
        self._singles = SingleCalls(self, patience=timeouts.wait, longest=timeouts.call)
        self._signatures = Signatures(self._class)
        self._told_results = None if source.callbacks is None else self._make_told_results(source.callbacks)

    def _make_told_results(self, calls: CallbackCalls) -> ToldResults:
        from wmix.remote.told_results import ToldResults  # few clients are called back

        return ToldResults(calls, self, self._cache, self._decoded)

    @property
    def server(self) -> str:
        """The name that ``__SERVER`` shows: as objects of the host have told, or as the user wrote it."""
        return self.source.server

    # -- calls on IWbemServices -------------------------------------------------------------------------------------

    async def services_call(
        self, method: str, request: Parameters, *, until: float | None, seconds: float
    ) -> tuple[RemoteExporter, Any]:
        """The reply of a method, and the exporter it came from; a host that has forgotten the login is asked anew."""
        host = self.source.host
        for attempt in range(_ATTEMPTS):
            exporter, services = await host.services(self.namespace, self.source.locale, until=until)
            try:
                return exporter, await exporter.invoke(
                    services, SERVICES[method], request, seconds=seconds, until=until, operation=method
                )
            except WmiError as error:
                error.namespace = self.namespace
                if attempt + 1 == _ATTEMPTS:
                    raise
                if error.phase == Phase.OBJECT_CONNECT:
                    # The objects are not where they were: a host that was started anew has another port.
                    await host.forget()
                elif error.status in GONE:
                    host.forget_namespace(services)
                else:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def services(self, *, until: float | None) -> tuple[RemoteExporter, RemoteReference]:
        """IWbemServices of the namespace, and the exporter to call it by."""
        return await self.source.host.services(self.namespace, self.source.locale, until=until)

    async def login(self, scope: Scope) -> None:
        """See that the host is there, lets the user in, and has the namespace.

        Raises:
            WmiError: one of these does not hold; phase, host and hint tell which.
        """
        try:
            await self.source.host.services(self.namespace, self.source.locale, until=scope.deadline, anew=True)
        except WmiError as error:
            error.namespace = error.namespace or self.namespace
            if isinstance(error, InvalidNamespace) and not error.detail:
                error.detail = f"the host has no namespace {error.namespace}"
                error.hint = "`wmix namespaces` lists those that there are"
            raise

    # -- sets -------------------------------------------------------------------------------------------------------

    def query(self, request: ExecQuery, scope: Scope) -> AsyncIterator[Batch]:
        """The objects of a query."""
        if (told := self._told(scope)) is not None:
            return self._stream(request, scope, lambda: told.objects(request, scope))
        choice = self._choice(request)
        context = context_octets(request.context)
        message = wire.ExecQuery(request.language, request.query, self._set_flags(request), context)
        return self._stream(request, scope, lambda: self._polled("ExecQuery", message, choice, scope))

    def enumerate(self, request: CreateInstanceEnum, scope: Scope) -> AsyncIterator[Batch]:
        """The instances of a class."""
        if (told := self._told(scope)) is not None:
            return self._stream(request, scope, lambda: told.objects(request, scope))
        context = context_octets(request.context)
        message = wire.CreateInstanceEnum(request.class_name, self._set_flags(request), context)
        choice = self._forced(Way.SMART)
        return self._stream(request, scope, lambda: self._polled("CreateInstanceEnum", message, choice, scope))

    def classes(self, request: CreateClassEnum, scope: Scope) -> AsyncIterator[Batch]:
        """The classes below another, or all; they share no class part, so that plain Next is the cheaper way."""
        if (told := self._told(scope)) is not None:
            return self._stream(request, scope, lambda: told.objects(request, scope))
        message = wire.CreateClassEnum(
            request.superclass or "", self._set_flags(request), context_octets(request.context)
        )
        choice = self._forced(Way.PLAIN)
        return self._stream(request, scope, lambda: self._polled("CreateClassEnum", message, choice, scope))

    def notify(self, request: ExecNotificationQuery, scope: Scope) -> AsyncIterator[Batch]:
        """The events of a query, until the reader closes the stream; an empty batch first: the host accepted it."""
        if (told := self._told(scope)) is not None:
            return self._stream(request, scope, lambda: told.objects(request, scope), announced=True)
        context = context_octets(request.context)
        message = wire.ExecNotificationQuery(request.language, request.query, self._set_flags(request), context)
        choice = Choice(Way.PLAIN, 1, "events come one by one")
        begin = partial(self._polled, "ExecNotificationQuery", message, choice, scope)
        return self._stream(request, scope, begin, announced=True)

    def _set_flags(self, request: Request) -> int:
        # The engine keeps what is to be read again; on the wire everything is read once, as it comes.
        return request.flags | _SEMISYNC

    def _forced(self, otherwise: Way) -> Choice:
        forced = self.source.way
        return Choice(otherwise if forced is Way.AUTO else forced, 1, "the number of objects is open")

    def _choice(self, request: ExecQuery) -> Choice:
        if request.flags & WBEM_FLAG_PROTOTYPE:
            return Choice(Way.PLAIN, 1, "a prototype is one object")
        return choose(request.query or "", self.source.way, keys_of=self._known_keys, limit=request.limit)

    async def _stream(
        self,
        request: Request,
        scope: Scope,
        begin: Callable[[], Awaitable[AsyncIterator[EncodedBatch]]],
        *,
        announced: bool = False,
    ) -> AsyncGenerator[EncodedBatch | ObjectBatch, None]:
        scope.progress = self.source.host.progress
        is_read = False
        try:
            objects = await begin()
            try:
                if announced:
                    yield ObjectBatch([])
                async for batch in objects:
                    self._learn(batch)
                    is_read = True
                    yield batch
            finally:
                await objects.aclose()  # type: ignore[attr-defined]  # both kinds of objects can be closed
        except WmiError as error:
            error.namespace = self.namespace
            if is_read or not isinstance(request, ExecQuery | ExecNotificationQuery):
                raise
            found = await self._explained(error, request, scope)
            if found is error:
                raise
            raise found from None

    async def _polled(
        self, method: str, message: Parameters, choice: Choice, scope: Scope
    ) -> AsyncIterator[EncodedBatch]:
        """Begin *method*; the objects of the enumerator that it gives."""
        exporter, reply = await self.services_call(method, message, until=scope.deadline, seconds=self._patience)
        scope.progress = lambda: (Phase.NEXT, exporter.place)
        enumerator = exporter.reference(reply.enumerator)
        decoder = ObjectDecoder(self._cache)
        reader: PortionReader = PlainReader(exporter, enumerator, decoder, self._patience)
        if choice.way is Way.SMART:
            reader = await smart_reader(exporter, enumerator, Guid(os.urandom(16)), decoder, self._patience)
        return objects_of(reader, Pace(first=choice.first, pipelined=exporter.is_multiplexed))

    async def _explained(self, error: WmiError, request: ExecQuery | ExecNotificationQuery, scope: Scope) -> WmiError:
        """*error*, with what can be found out about the query that the host has refused."""
        from wmix.remote.query_mistakes import explained, may_be_explained  # queries that a host accepts need none

        if not may_be_explained(error):
            return error
        event = isinstance(request, ExecNotificationQuery)
        return await explained(error, request.query or "", self._look(scope), event=event)

    def _look(self, scope: Scope) -> Callable[[str], Awaitable[CimClass | None]]:
        """What asks the host for a class, to explain why a call of *scope* was refused."""
        now = asyncio.get_running_loop().time()
        left = float("inf") if scope.deadline is None else scope.deadline - now
        # Whoever waits for the call is told of the refusal before its deadline, whatever the host does now.
        brief = Scope(scope.caller, now + min(_LOOK, left / 2))
        return lambda name: self._class(name, brief)

    @asynccontextmanager
    async def _explaining(self, path: str | None, scope: Scope, method: str | None = None) -> AsyncIterator[None]:
        """Let what the host refuses to do with an object be told with the object."""
        try:
            yield
        except WmiError as error:
            error.namespace = error.namespace or self.namespace
            if not error.detail and path is not None:
                from wmix.remote.path_mistakes import explain_missing  # for calls that a host refuses

                await explain_missing(error, path, self._look(scope), method=method)
            raise

    def _told(self, scope: Scope) -> ToldResults | None:
        """How the host tells the results of a call to a sink; None when it is asked for them."""
        return self._told_results if scope.is_asynchronous else None

    async def explain(self, request: ExecQuery, scope: Scope) -> str:  # noqa: ARG002 - the same plan for everyone
        """What will be sent; the plan of the host's own engine is not told by any call."""
        choice = self._choice(request)
        trips = "2 round trips" if choice.way is Way.PLAIN else "4 round trips"
        way = "plain Next, class parts cached" if choice.way is Way.PLAIN else "smart enumeration"
        return "\n".join(
            (
                f"the text goes to {self.source.host.address.place}, namespace {self.namespace}",
                f"  objects come by {way}: {choice.reason}",
                f"  {trips} to the first object on a warm connection; then portions of 1, 100 and 1,000",
            )
        )

    # -- single objects ---------------------------------------------------------------------------------------------

    async def get(self, request: GetObject, scope: Scope) -> Outcome:
        """One class or instance."""
        if (told := self._told(scope)) is not None:
            async with self._explaining(request.path, scope):
                return await told.outcome(request, scope)
        scope.progress = self.source.host.progress
        immediately = bool(request.flags & WBEM_FLAG_RETURN_IMMEDIATELY)
        message = wire.GetObject(
            request.path or "", request.flags, context_octets(request.context), not immediately, immediately
        )
        async with self._explaining(request.path, scope):
            octets = await self._singles.object("GetObject", message, immediately=immediately, until=scope.deadline)
        if octets is None:
            raise ProtocolError("the host gave no object", operation="GetObject", phase=Phase.CALL)
        return Outcome(object=self._decoded(octets))

    async def put(self, request: PutClass | PutInstance, scope: Scope) -> Outcome:
        """Create or update an instance or a class; what changed is not told by the host."""
        scope.progress = self.source.host.progress
        octets = None if request.object is None else _encoded(request.object)
        if (told := self._told(scope)) is not None:
            outcome = await told.outcome(request, scope, octets)
            if isinstance(request, PutClass):
                self._signatures.forget()
            return outcome
        context = context_octets(request.context)
        if isinstance(request, PutClass):
            immediately = bool(request.flags & WBEM_FLAG_RETURN_IMMEDIATELY)
            message = wire.PutClass(octets, request.flags, context, immediately)
            await self._singles.status("PutClass", message, immediately=immediately, until=scope.deadline)
            self._signatures.forget()
            return Outcome()
        # The path comes by the call result only, which the host gives for synchronous calls too.
        put = wire.PutInstance(octets, request.flags, context, wants_call_result=True)
        path = None if request.object is None or isinstance(request.object, CimClass) else request.object.path_
        async with self._explaining(None if path is None else path.relpath(), scope):
            return Outcome(path=await self._singles.text(put, until=scope.deadline))

    async def delete(self, request: DeleteClass | DeleteInstance, scope: Scope) -> Outcome:
        """Delete an instance or a class."""
        path = request.class_name if isinstance(request, DeleteClass) else request.path
        if (told := self._told(scope)) is not None:
            async with self._explaining(path, scope):
                outcome = await told.outcome(request, scope)
            if isinstance(request, DeleteClass):
                self._signatures.forget()
            return outcome
        scope.progress = self.source.host.progress
        immediately = bool(request.flags & WBEM_FLAG_RETURN_IMMEDIATELY)
        context = context_octets(request.context)
        method, message = deletion(request, context, immediately)
        async with self._explaining(path, scope):
            await self._singles.status(method, message, immediately=immediately, until=scope.deadline)
        if isinstance(request, DeleteClass):
            self._signatures.forget()
        return Outcome()

    async def call(self, request: ExecMethod, scope: Scope) -> Outcome:
        """Run a method."""
        scope.progress = self.source.host.progress
        immediately = bool(request.flags & WBEM_FLAG_RETURN_IMMEDIATELY)
        given = await self._signatures.parameters(request, scope)
        encoded = None if given is None else _encoded(given)
        context = context_octets(request.context)
        message = wire.ExecMethod(
            request.path, request.method, request.flags, context, encoded, not immediately, immediately
        )
        try:
            async with self._explaining(request.path, scope, request.method):
                if (told := self._told(scope)) is not None:
                    return await told.outcome(request, scope, encoded)
                octets = await self._singles.object(
                    "ExecMethod", message, immediately=immediately, until=scope.deadline
                )
        except WmiError:
            # Perhaps the class has changed: the next call looks again.
            self._signatures.forget()
            raise
        found = None if octets is None else self._decoded(octets)
        return Outcome(object=found)

    async def open_namespace(self, request: OpenNamespace, scope: Scope) -> Outcome:
        """A namespace below this one: a further login on the same connection.

        Raises:
            InvalidNamespace: the name is absolute, or there is no such namespace.
        """
        name = (request.namespace or "").replace("/", "\\")
        if name.startswith("\\") or not all(name.split("\\")):
            raise InvalidNamespace(f"{request.namespace!r} is not relative to {self.namespace}")
        found = self.source.open(f"{self.namespace}\\{name}")
        await found.login(scope)
        return Outcome(backend=found)

    async def publish(self, events: Sequence[CimInstance], scope: Scope) -> None:
        """Events are published by programs on the host.

        Raises:
            NotSupported: always.
        """
        del events, scope
        raise NotSupported(f"{self.namespace} of a host takes no events from here", namespace=self.namespace)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Hosts have no transactions.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(f"{self.namespace} of a host has no transactions", namespace=self.namespace)
        yield

    # -- what is learnt ---------------------------------------------------------------------------------------------

    async def _class(self, name: str, scope: Scope) -> CimClass | None:
        """The definition of a class; None when the path names none."""
        message = wire.GetObject(name, 0, None, wants_object=True)
        try:
            octets = await self._singles.object("GetObject", message, immediately=False, until=scope.deadline)
        except (NotFound, InvalidClass) as error:
            from wmix.remote.path_mistakes import name_class

            name_class(error, name)
            raise
        found = None if octets is None else self._decoded(octets)
        return found if isinstance(found, CimClass) else None

    def _decoded(self, octets: bytes) -> CimInstance | CimClass:
        found = decode_object(octets, self._cache)
        self._note(found)
        return found

    def _learn(self, batch: EncodedBatch) -> None:
        if len(batch):
            self._note(batch.part(0, 1).objects()[0])

    def _note(self, item: CimInstance | CimClass) -> None:
        """Remember the host's own name, and the keys of a class whose definition is whole."""
        if isinstance(item, CimClass):
            server, cls = item.server, item
        else:
            server = item.origin_.server if item.origin_ is not None else None
            cls = item.class_
            if item.layout_.selected:
                return
        if server:
            self.source.server = server
        if cls.keys and cls.name.casefold() not in self._keys:
            if len(self._keys) >= _CLASSES_REMEMBERED:
                self._keys.pop(next(iter(self._keys)))
            self._keys[cls.name.casefold()] = tuple(cls.keys)

    def _known_keys(self, class_name: str) -> tuple[str, ...] | None:
        return self._keys.get(class_name.casefold())


def _encoded(item: CimInstance | CimClass) -> bytes:
    """An object as it is sent: with the place that it came from, if it came from one."""
    if isinstance(item, CimClass):
        from wmix.cim.instances import Origin

        known = item.server is not None or item.namespace is not None
        return encode_object(item, decoration=Origin(item.server or "", item.namespace or "") if known else None)
    return encode_object(item, decoration=item.origin_)
