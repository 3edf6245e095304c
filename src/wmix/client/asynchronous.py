"""AsyncClient: the verbs of WMI, awaited. Design, section 3.

Verbs that return a handle (``query select instances classes begin_*``) are plain functions: they return at once, raise
only for bad arguments, and every other error appears at the first wait.  Verbs that return a value are coroutines.
The client runs on the event loop that uses it first.
"""

from __future__ import annotations

import asyncio
import math
import os
import warnings
from typing import TYPE_CHECKING, Any, Self, TypeVar

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath
from wmix.client import verbs
from wmix.client.engines import engine_maker
from wmix.client.handles import AsyncCallResult, AsyncQuery
from wmix.client.objects import AsyncClass, AsyncInstance, bound_like, bound_to
from wmix.client.streams import LazyStream, LimitedStream, open_stream
from wmix.config import Settings
from wmix.errors import DeadlineExceeded, InvalidClass, InvalidOperation, InvalidParameter, WmiError
from wmix.port.caller import Caller
from wmix.port.requests import GetObject, OpenNamespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wmix.client.blocking import Client
    from wmix.client.engines import Enumeration, Level
    from wmix.client.mof_files import MofLike
    from wmix.client.streams import Stream
    from wmix.client.verbs import ContextLike, Mode, PathLike, Update
    from wmix.client.watching import AsyncWatch
    from wmix.engine.calls.callresult import CallResult as EngineResult
    from wmix.engine.compiling import Change
    from wmix.engine.engine import Engine
    from wmix.engine.services import Services
    from wmix.net.security.credentials import Credentials
    from wmix.port.backend import Repository, Scope
    from wmix.port.requests import Request
    from wmix.providers.registration import Definition

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient:
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

    Raises:
        InvalidParameter: providers or a repository for a host, or something of a host for this machine.
    """

    instance_type: type[CimInstance] = AsyncInstance
    class_type: type[CimClass] = AsyncClass

    def __init__(
        self,
        host: str | None = None,
        *,
        namespace: str = "root/cimv2",
        providers: Iterable[Definition] = (),
        settings: Settings | None = None,
        repository: Repository | str | os.PathLike[str] | None = None,
        caller: Caller | None = None,
        auth: Credentials | None = None,
        object_host: str | None = None,
        object_port: int | None = None,
        locale: str | None = None,
        level: Level = "privacy",
        enumeration: Enumeration = "auto",
        subscriptions: bool = False,
    ) -> None:
        providers = tuple(providers)
        if subscriptions and host is not None:
            raise InvalidParameter(
                "permanent subscriptions are started on this machine; a host runs its own",
                operation="ConnectServer",
                hint="leave subscriptions out, or the host",
            )
        self._subscriptions = subscriptions
        self._host = host
        self._make_engine = engine_maker(
            host,
            providers=providers,
            settings=settings or Settings(),
            repository=repository,
            auth=auth,
            object_host=object_host,
            object_port=object_port,
            locale=locale,
            level=level,
            enumeration=enumeration,
        )
        self._namespace = namespace
        self._settings = settings or Settings()
        self._caller = caller
        self._locales = None if locale is None else _locales(locale)
        self._services: Services | None = None
        self._engine: Engine | None = None
        self._owns_engine = True
        self._until: float | None = None
        self._closed = False
        self._make = bound_to(self.instance_type, self, self.class_type)

    @classmethod
    def over(cls, services: Services, *, until: float | None = None, facing: object = None) -> Self:
        """A client over services that exist already; it does not own their engine.

        Args:
            until: no call may last longer than to this time of the loop's clock.
            facing: the client whose objects these are; by default this one.
        """
        client = cls(namespace=services.namespace, settings=services.engine.settings, caller=services.caller)
        client._services = services
        client._engine = services.engine
        client._owns_engine = False
        client._until = until
        if facing is not None:
            client.face_(facing)
        return client

    def face_(self, facing: Any) -> None:
        """Give objects that belong to *facing* instead of this client: the blocking client stands on this one."""
        self._make = bound_to(facing.instance_type, facing, facing.class_type)

    # -- life -------------------------------------------------------------------------------------------------------

    async def connect(self) -> Self:
        """Connect now instead of with the first call; see that the namespace exists.

        Raises:
            InvalidNamespace: there is none of that name.
            AccessDenied: the caller may not enter it.
            ConnectError: the host is not reached; ``phase`` and ``hint`` tell where it ended and what may help.
            AuthError: the host refuses the login.
            DeadlineExceeded: it took longer than ``Timeouts.connect``.
        """
        services = self._open()
        timeout = self._settings.timeouts.connect
        try:
            async with asyncio.timeout(timeout):
                await services.engine.login(services)
                if self._subscriptions:
                    from wmix.engine.subscriptions import start_subscriptions  # few clients do

                    await start_subscriptions(services.engine)
        except TimeoutError as error:
            if isinstance(error, WmiError):  # it names the phase already
                raise
            raise DeadlineExceeded(
                f"no connection to {self._namespace} within {timeout:g} s", phase="connect", operation="ConnectServer"
            ) from error
        self._namespace = services.namespace
        return self

    async def __aenter__(self) -> Self:
        try:
            return await self.connect()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel what runs and free what is held; may be called again."""
        if self._closed:
            return
        self._closed = True
        if self._engine is not None and self._owns_engine:
            await self._engine.close()

    def __del__(self) -> None:
        if getattr(self, "_engine", None) is not None and self._owns_engine and not self._closed:
            warnings.warn(f"{self!r} was dropped without close()", ResourceWarning, source=self, stacklevel=2)

    def __repr__(self) -> str:
        where = "" if self._host is None else f"{self._host} "
        return f"<{type(self).__name__} {where}{self._namespace}>"

    @property
    def namespace_(self) -> str:
        r"""The namespace: ``root\cimv2``; as it was given, until the client is connected."""
        return self._namespace

    @property
    def settings_(self) -> Settings:
        """Limits and time-outs."""
        return self._settings

    @property
    def server_(self) -> str:
        """The name of the computer that answers."""
        return self._open().backend.server

    def _open(self) -> Services:
        if self._closed:
            raise InvalidOperation("this client is closed", hint="connect anew")
        if self._services is None:
            self._engine = self._make_engine()
            self._engine.face = _client_for_provider
            caller = self._caller or Caller(_user_name())
            if self._locales:
                caller = caller.replace(locales=self._locales)
            self._services = self._engine.services(self._namespace, caller)
        return self._services

    def _deadline(self, seconds: float | None, default: float | None = None) -> float | None:
        """The absolute time of a deadline in *seconds*, no later than the client's own end."""
        if seconds is None:
            seconds = default
        elif not seconds > 0:
            raise InvalidParameter(f"a deadline is above 0 seconds, not {seconds!r}")
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        if self._until is None:
            return until
        return self._until if until is None else min(until, self._until)

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

        request = verbs.notification_query(wql, max_queue, context)
        wait = math.inf if timeout is None else self._wait(timeout)
        stream = open_stream(self._open(), request, "semisync", self._deadline(deadline))
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

    def _wait(self, timeout: float | None) -> float:
        if timeout is None:
            return self._settings.timeouts.wait
        if not timeout > 0:
            raise InvalidParameter(f"a timeout is above 0 seconds, not {timeout!r}")
        return timeout

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


def _client_for_provider(services: Services, scope: Scope) -> AsyncClient | Client:
    from wmix.client.for_providers import client_for_provider  # few providers ask anything

    return client_for_provider(services, scope)


def _locales(text: str) -> tuple[str, ...]:
    from wmix.engine.locator import parse_locales

    return parse_locales(text)


def _user_name() -> str:
    """As ``getpass.getuser`` finds it, whose module brings the control of terminals."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        name = os.environ.get(variable)
        if name:
            return name
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return "unknown"


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
