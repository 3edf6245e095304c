"""AsyncClient: the verbs of WMI, awaited. Design, section 3.

Verbs that return a handle (``query select instances classes begin_*``) are plain functions: they return at once, raise
only for bad arguments, and every other error appears at the first wait.  Verbs that return a value are coroutines.
The client runs on the event loop that uses it first.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self, TypeVar

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath
from wmix.client import verbs
from wmix.client.connection import Connection
from wmix.client.handles import AsyncCallResult, AsyncQuery
from wmix.client.objects import bound_like
from wmix.client.streams import LazyStream, LimitedStream, open_stream
from wmix.errors import InvalidClass, WmiError
from wmix.port.requests import GetObject, OpenNamespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wmix.client.mof_files import MofLike
    from wmix.client.streams import Stream
    from wmix.client.verbs import ContextLike, Mode, PathLike, Update
    from wmix.client.watching import AsyncWatch
    from wmix.engine.calls.callresult import CallResult as EngineResult
    from wmix.engine.compiling import Change
    from wmix.port.requests import Request

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(Connection):
    """A connection to one namespace, for programs on an event loop.

    Args:
        host: None for this machine, in process; else the name or address of a host, with ``:port`` if it is not 135.
        namespace: with ``/`` or a backslash between its parts.
        providers: definitions made by ``@wmix.provider``, ``@wmix.method``, ``@wmix.events`` and
            ``@wmix.consumer``.
        settings: limits and time-outs.
        repository: static classes and instances: a path, the address of a database, ``:memory:``, or a repository; by
            default the one of ``WMIX_REPOSITORY``, else that of the user, opened when it exists or is written.
        caller: for whom the calls are made; by default this process's user with all rights.
        auth: who logs in at a host: :class:`wmix.NTLM`, :class:`wmix.Kerberos` or :class:`wmix.Negotiate`.
        object_host, object_port: where the objects of a host are reached when it is not where the host says (NAT).
        locale: languages of descriptions and other localised qualifiers, such as ``MS_407,MS_409``, the preferred
            first: they come with classes and instances, and are written beside the class. By default none do.
        level: ``privacy`` encrypts calls of a host, ``integrity`` signs them.
        enumeration: how objects of a host are fetched: ``plain``, ``smart``, or ``auto`` as suits each query.
        subscriptions: whether :meth:`connect` brings the permanent subscriptions of the repository into force, until
            the client is closed; a host runs its own.
        impersonation: how far a host may act for the user: ``impersonate`` there, ``delegate`` onwards to other
            machines (Kerberos with forwardable tickets), or only ``identify``, which WMI refuses.
        callbacks: whether a host calls back with the results of ``mode="async"`` and of :meth:`watch`, instead of being
            asked for them: True, or a :class:`wmix.Callbacks` with a port and Kerberos keys. The client listens then at
            its address towards the host, and the host has to prove who it is.
        authority: ``ntlmdomain:DOM`` or ``kerberos:SPN``: the domain of the user, or the service's name, where *auth*
            does not say it; it decides which of the two :class:`wmix.Negotiate` becomes.

    Raises:
        InvalidParameter: providers or a repository for a host, or something of a host for this machine; an authority
            that does not go with *auth*.
    """

    # -- verbs that return a handle ---------------------------------------------------------------------------------

    def query(
        self,
        wql: str,
        *,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        context: ContextLike | None = None,
        limit: int | None = None,
    ) -> AsyncQuery[Any]:
        """The objects of a WQL query, as they come.

        Args:
            mode: ``semisync``: objects as they are read, the source waits for the reader; ``sync``: all when the query
                has ended, none when it fails; ``async``: the engine delivers to a sink behind the handle.
            batch: objects asked for at once while the handle is iterated; by default 1, 100, then 1,000.
            deadline: seconds for the whole query; by default not bounded.
            timeout: seconds for one wait in which nothing comes; by default ``Timeouts.wait``.
            context: named values for providers.
            limit: objects after which the query has ended; a host is asked for that many at once when they are few.

        Raises:
            InvalidParameter: an argument is wrong. Every other error appears when the handle is read.
        """
        request = verbs.query(wql, mode, context, limit)
        return self._handle(request, mode, batch, deadline, timeout, what=f"query {_short(wql)}", limit=limit)

    def instances(
        self,
        class_name: str,
        *,
        deep: bool = True,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        context: ContextLike | None = None,
    ) -> AsyncQuery[Any]:
        """The instances of a class; with *deep* those of the classes below it too. Arguments as :meth:`query`."""
        request = verbs.instance_enum(class_name, deep, mode, context)
        return self._handle(request, mode, batch, deadline, timeout, what=f"instances of {class_name}")

    def classes(
        self,
        superclass: str | None = None,
        *,
        deep: bool = True,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
    ) -> AsyncQuery[CimClass]:
        """The classes below *superclass* (None: of the namespace); without *deep* only the next level."""
        request = verbs.class_enum(superclass, deep, mode)
        return self._handle(request, mode, batch, deadline, timeout, what=f"classes below {superclass or 'the top'}")

    def select(
        self,
        row_type: type[T],
        where: str | None = None,
        *,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        context: ContextLike | None = None,
    ) -> AsyncQuery[T]:
        """Instances as objects of a dataclass, whose name is the class and whose fields are the properties.

        Names and types are checked against the class once, before the first row.

        Args:
            row_type: the dataclass; ``__wmi_class__`` names the class when it is not the dataclass's own name, the
                metadata ``{"wmi": ...}`` of a field the property.
            where: the condition of the query, without the word WHERE.
        """
        from wmix.client.typed_rows import RowShape  # dataclasses are costly to import, and few use them here

        shape = RowShape(row_type)
        request = verbs.query(shape.query(where), mode, context)
        services, until = self._open(), self._deadline(deadline)

        async def checked() -> Stream:
            result = await services.run(GetObject(path=shape.class_name), deadline=until)
            cls = result.object()
            if not isinstance(cls, CimClass):
                raise InvalidClass(f"{shape.class_name} is no class")
            shape.check(cls)
            return open_stream(services, request, mode, until)

        return AsyncQuery(
            LazyStream(checked),
            make=CimInstance,
            convert=shape.row,
            timeout=self._wait(timeout),
            batch=batch,
            what=f"select {row_type.__name__}",
        )

    def watch(
        self,
        wql: str,
        *,
        max_queue: int | None = None,
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
        stop_after: int | None = None,
        context: ContextLike | None = None,
    ) -> AsyncWatch:
        """The events of an event query, from now on, as they happen.

        Args:
            max_queue: events that may wait to be read; further ones are dropped, which ``dropped`` counts and an
                ``__EventQueueOverflowEvent`` in their place says. By default ``Limits.event_queue``; a host on the
                network has a bound of its own.
            batch: events taken at once while the handle is iterated, at most; by default 100.
            deadline: seconds after which it ends with an error; by default not bounded.
            timeout: seconds for one wait in which no event comes; by default not bounded.
            stop_after: events after which it ends; by default not bounded.
            context: named values for providers.

        Raises:
            InvalidParameter: an argument is wrong. Every other error appears when the handle is read.
        """
        from wmix.client.watching import AsyncWatch  # few clients wait for events

        services = self._open()
        mode = "async" if services.backend.capabilities.callbacks else "semisync"
        request = verbs.notification_query(wql, max_queue, context, mode)
        wait = math.inf if timeout is None else self._wait(timeout)
        stream = open_stream(services, request, mode, self._deadline(deadline))
        return AsyncWatch(
            stream, make=self._make, timeout=wait, batch=batch, stop_after=stop_after, what=f"watch {_short(wql)}"
        )

    def _handle(
        self,
        request: Request,
        mode: str,
        batch: int | None,
        deadline: float | None,
        timeout: float | None,
        *,
        what: str,
        limit: int | None = None,
    ) -> AsyncQuery[Any]:
        if self._locales is not None:
            request = verbs.localised(request)
        stream = open_stream(self._open(), request, mode, self._deadline(deadline))
        if limit is not None:
            stream = LimitedStream(stream, limit)
        return AsyncQuery(stream, make=self._make, convert=None, timeout=self._wait(timeout), batch=batch, what=what)

    def begin_get(
        self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None
    ) -> AsyncCallResult[Any]:
        """Start to get the object of *path*; see :meth:`get`."""
        return self._begin(verbs.get(path, context), self._object, deadline)

    def begin_call(
        self,
        path: PathLike,
        method: str,
        params: Mapping[str, object] | CimInstance | None = None,
        /,
        *,
        deadline: float | None = None,
        context: ContextLike | None = None,
        **named: object,
    ) -> AsyncCallResult[Any]:
        """Start to run a method; see :meth:`call`."""
        return self._begin(verbs.execute(path, method, params, named, context), self._out_parameters, deadline)

    def begin_put(
        self,
        instance: CimInstance | CimClass,
        *,
        create: bool | None = None,
        update: Update = "compatible",
        deadline: float | None = None,
        context: ContextLike | None = None,
    ) -> AsyncCallResult[ObjectPath]:
        """Start to write an instance or a class; see :meth:`put`."""
        finish = _class_path(instance.name) if isinstance(instance, CimClass) else _path_result
        return self._begin(verbs.put(instance, create, update, context), finish, deadline)

    def begin_delete(
        self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None
    ) -> AsyncCallResult[None]:
        """Start to delete an instance or a class; see :meth:`delete`."""
        return self._begin(verbs.delete(path, context, self._namespace, self.server_), _no_result, deadline)

    def _begin(
        self, request: Request, finish: Callable[[EngineResult], T], deadline: float | None
    ) -> AsyncCallResult[T]:
        if self._locales is not None:
            request = verbs.localised(request)
        until = self._deadline(deadline, self._settings.timeouts.call)
        try:
            return AsyncCallResult(self._open().begin(request, deadline=until), finish, None)
        except ValueError:
            raise
        except WmiError as error:
            return AsyncCallResult(None, finish, error)

    def _object(self, result: EngineResult) -> Any:
        found = result.object(self._make)
        return bound_like(self._make, found) if isinstance(found, CimClass) else found

    def _out_parameters(self, result: EngineResult) -> Any:
        outcome = result.outcome()
        return None if outcome.object is None else result.object(self._make)

    # -- verbs that return a value ----------------------------------------------------------------------------------

    async def get(self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None) -> Any:
        """The instance (or class) of *path*.

        Args:
            deadline: seconds for the whole call; by default ``Timeouts.call``.

        Raises:
            NotFound: there is none.
            InvalidPath: the path is malformed, or its keys are not those of the class.
        """
        return await self.begin_get(path, deadline=deadline, context=context).result()

    async def cls(self, name: str, *, deadline: float | None = None) -> CimClass:
        """The definition of the class *name*.

        Raises:
            InvalidClass: there is none; the hint names a similar one.
        """
        found = await self.begin_get(name, deadline=deadline).result()
        if not isinstance(found, CimClass):
            raise InvalidClass(f"{name} is the path of an instance, not the name of a class")
        return found

    async def call(
        self,
        path: PathLike,
        method: str,
        params: Mapping[str, object] | CimInstance | None = None,
        /,
        *,
        deadline: float | None = None,
        context: ContextLike | None = None,
        **named: object,
    ) -> Any:
        """Run a method; its out-parameters, ``ReturnValue`` among them. None when the method has no output at all.

        Names and types are checked against the signature first.

        Raises:
            InvalidMethod: the class has no such method, or it does not run on such a path.
            NotFound: there is no such class or instance.
            WmiError: WBEM_E_INVALID_METHOD_PARAMETERS for a parameter that does not fit.
        """
        return await self.begin_call(path, method, params, deadline=deadline, context=context, **named).result()

    async def put(
        self,
        instance: CimInstance | CimClass,
        *,
        create: bool | None = None,
        update: Update = "compatible",
        deadline: float | None = None,
        context: ContextLike | None = None,
    ) -> ObjectPath:
        """Write an instance or a class; its path.

        Args:
            create: True to create only, False to update only, None for either.
            update: how a class that has subclasses or instances may change: ``compatible`` lets neither be touched,
                ``safe`` changes subclasses where nothing conflicts, ``force`` drops qualifiers of theirs that conflict,
                and the instances of the class itself.

        Raises:
            ObjectExists: it exists, with ``create=True``.
            NotFound: it does not exist, with ``create=False``.
        """
        return await self.begin_put(instance, create=create, update=update, deadline=deadline, context=context).result()

    async def delete(
        self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None
    ) -> None:
        """Delete the instance of *path*, or the class, with those below it and all their instances.

        Raises:
            NotFound: there is none.
            InvalidOperation: the class is shipped, or belongs to the system.
        """
        await self.begin_delete(path, deadline=deadline, context=context).result()

    async def namespace(self, name: str, *, deadline: float | None = None) -> Self:
        """A client for the namespace *name* below this one, over the same engine; it need not be closed.

        Raises:
            InvalidNamespace: there is none of that name.
        """
        services = self._open()
        until = self._deadline(deadline, self._settings.timeouts.call)
        result = await services.run(OpenNamespace(namespace=name), deadline=until)
        client = type(self).over(services.namespace_services(result), until=self._until)
        client._locales = self._locales
        return client

    async def namespaces(self, *, recursive: bool = False) -> list[str]:
        """The namespaces below this one, each relative to it."""
        found: list[str] = []
        async for item in self.instances("__NAMESPACE"):
            found.append(item.Name)
            if recursive:
                child = await self.namespace(item.Name)
                found += [f"{item.Name}\\{name}" for name in await child.namespaces(recursive=True)]
        return found

    async def compile(
        self,
        mof: MofLike | Iterable[MofLike],
        *,
        namespace: str | None = None,
        class_flags: Iterable[str] = (),
        instance_flags: Iterable[str] = (),
        dry_run: bool = False,
        deadline: float | None = None,
    ) -> list[Change]:
        """Compile MOF into the repository: all of it, or nothing.

        Args:
            mof: the text, or the path of a file (an ``os.PathLike``), which may include files beside and below it; or
                several of them, which are compiled in their order as one.
            namespace: where declarations go before a pragma says otherwise; by default this client's.
            class_flags: ``createonly``, ``updateonly``, ``safeupdate``, ``forceupdate``, as of ``#pragma classflags``;
                they hold until a pragma says otherwise.
            instance_flags: ``createonly`` or ``updateonly``, as of ``#pragma instanceflags``.
            dry_run: undo everything at the end; the changes say what would have happened.
            deadline: seconds for the whole compilation; by default ``Timeouts.call``.

        Raises:
            InvalidMof: a declaration is wrong, or was refused; with its place.
        """
        from wmix.client.mof_files import compilations_of
        from wmix.engine.collector import PATIENT
        from wmix.engine.compiling import compile_mof  # with the whole language behind it

        where = self._namespace if namespace is None else namespace
        with PATIENT:
            found = compilations_of(mof, namespace=where, class_flags=class_flags, instance_flags=instance_flags)
            until = self._deadline(deadline, self._settings.timeouts.call)
            return await compile_mof(self._open(), *found, dry_run=dry_run, deadline=until)

    async def explain(self, wql: str) -> str:
        """The plan of a query: what each provider does, and what the engine finishes."""
        return await self._open().explain(wql)


def _path_result(result: EngineResult) -> ObjectPath:
    return ObjectPath.parse(result.text())


def _class_path(name: str) -> Callable[[EngineResult], ObjectPath]:
    """The path of a class that was put: the call itself gives none."""

    def finish(result: EngineResult) -> ObjectPath:
        result.outcome()
        return ObjectPath(server=None, namespace=None, class_name=name, keys=None, singleton=False)

    return finish


def _no_result(result: EngineResult) -> None:
    result.outcome()


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
