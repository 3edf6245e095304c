"""Client: the verbs of WMI for programs without an event loop. Design, section 3.

It stands on an :class:`~wmix.client.asynchronous.AsyncClient` that lives on a portal's loop: same verbs, same
arguments, same errors; a test holds the two together.  Handles fetch their objects in batches, because a hop to the
loop costs as much as decoding a dozen objects.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self, TypeVar

from wmix.client.asynchronous import AsyncClient
from wmix.client.handles import CallResult, Query
from wmix.client.objects import Class, Instance
from wmix.engine.portal import Portal

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.paths import ObjectPath
    from wmix.client.engines import Enumeration, Level
    from wmix.client.handles import AsyncCallResult, AsyncQuery
    from wmix.client.mof_files import MofLike
    from wmix.client.verbs import ContextLike, Mode, PathLike, Update
    from wmix.client.watching import Watch
    from wmix.config import Callbacks, Settings
    from wmix.engine.compiling import Change
    from wmix.engine.services import Services
    from wmix.net.security.credentials import Credentials
    from wmix.net.security.impersonation import Impersonation
    from wmix.port.backend import Repository
    from wmix.port.caller import Caller
    from wmix.providers.registration import Definition

__all__ = ["Client", "connect"]

T = TypeVar("T")


class Client:
    """A connection to one namespace, for blocking programs; usable from any thread but the portal's own.

    Args:
        host: None for this machine, in process; else the name or address of a host, with ``:port`` if it is not 135.
        namespace: with ``/`` or a backslash between its parts.
        providers: definitions made by ``@wmix.provider``, ``@wmix.method``, ``@wmix.events`` and
            ``@wmix.consumer``.
        settings: limits and time-outs.
        portal: the loop to live on; by default one of its own, which ends with the client.
        repository: static classes and instances: a path, the address of a database, ``:memory:``, or a repository; by
            default the one of ``WMIX_REPOSITORY``, else that of the user, opened when it exists or is written.
        caller: for whom the calls are made; by default this process's user with all rights.
        auth, object_host, object_port, locale, level, enumeration, impersonation, authority, callbacks: of a host, as
            of :class:`AsyncClient`.
        subscriptions: whether permanent subscriptions run, as of :class:`AsyncClient`.

    Raises:
        InvalidParameter: providers or a repository for a host, or something of a host for this machine.
    """

    instance_type: type[CimInstance] = Instance
    class_type: type[CimClass] = Class

    def __init__(
        self,
        host: str | None = None,
        *,
        namespace: str = "root/cimv2",
        providers: Iterable[Definition] = (),
        settings: Settings | None = None,
        portal: Portal | None = None,
        repository: Repository | str | os.PathLike[str] | None = None,
        caller: Caller | None = None,
        auth: Credentials | None = None,
        object_host: str | None = None,
        object_port: int | None = None,
        locale: str | None = None,
        level: Level = "privacy",
        enumeration: Enumeration = "auto",
        subscriptions: bool = False,
        impersonation: Impersonation = "impersonate",
        authority: str | None = None,
        callbacks: Callbacks | bool = False,
    ) -> None:
        self._closed = True
        inner = AsyncClient(
            host,
            namespace=namespace,
            providers=providers,
            settings=settings,
            repository=repository,
            caller=caller,
            auth=auth,
            object_host=object_host,
            object_port=object_port,
            locale=locale,
            level=level,
            enumeration=enumeration,
            subscriptions=subscriptions,
            impersonation=impersonation,
            authority=authority,
            callbacks=callbacks,
        )
        self._join(inner, portal or Portal(exit_timeout=inner.settings_.timeouts.exit), owns_portal=portal is None)

    def _join(self, inner: AsyncClient, portal: Portal, *, owns_portal: bool) -> None:
        self._inner = inner
        self._portal = portal
        self._owns_portal = owns_portal
        self._owns_inner = True
        self._closed = False
        inner.face_(self)
        if owns_portal:
            portal.on_close(inner.close)

    @classmethod
    def over(cls, services: Services, *, until: float | None = None, portal: Portal | None = None) -> Self:
        """A client over services that exist already, on their engine's loop; it owns neither.

        Args:
            until: no call may last longer than to this time of the loop's clock.
        """
        client = cls.__new__(cls)
        engine = services.engine
        client._closed = True
        client._join(
            AsyncClient.over(services, until=until),
            portal or Portal.over(engine.loop, engine.thread),
            owns_portal=False,
        )
        client._owns_inner = False
        return client

    # -- life -------------------------------------------------------------------------------------------------------

    def connect(self) -> Self:
        """Connect now instead of with the first call; see that the namespace exists.

        Raises:
            InvalidNamespace: there is none of that name.
            AccessDenied: the caller may not enter it.
            ConnectError: the host is not reached; ``phase`` and ``hint`` tell where it ended and what may help.
            AuthError: the host refuses the login.
            DeadlineExceeded: it took longer than ``Timeouts.connect``.
        """
        self._portal.call(self._inner.connect)
        return self

    def __enter__(self) -> Self:
        try:
            return self.connect()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cancel what runs and free what is held; may be called again, from any thread."""
        if self._closed:
            return
        self._closed = True
        if self._owns_portal:
            self._portal.close()
        elif self._owns_inner and not self._portal.is_closed:
            self._portal.call(self._inner.close)

    def __del__(self) -> None:
        if not getattr(self, "_closed", True) and self._owns_inner:
            try:
                warnings.warn(f"{self!r} was dropped without close()", ResourceWarning, source=self, stacklevel=2)
            finally:
                self.close()

    def __repr__(self) -> str:
        return repr(self._inner).replace(type(self._inner).__name__, type(self).__name__, 1)

    @property
    def namespace_(self) -> str:
        r"""The namespace: ``root\cimv2``."""
        return self._inner.namespace_

    @property
    def settings_(self) -> Settings:
        """Limits and time-outs."""
        return self._inner.settings_

    @property
    def server_(self) -> str:
        """The name of the computer that answers."""
        return self._portal.do(lambda: self._inner.server_)

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
    ) -> Query[Any]:
        """The objects of a WQL query, as they come; see :meth:`AsyncClient.query`."""
        return self._query(
            lambda: self._inner.query(
                wql, mode=mode, batch=batch, deadline=deadline, timeout=timeout, context=context, limit=limit
            )
        )

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
    ) -> Query[Any]:
        """The instances of a class; see :meth:`AsyncClient.instances`."""
        return self._query(
            lambda: self._inner.instances(
                class_name, deep=deep, mode=mode, batch=batch, deadline=deadline, timeout=timeout, context=context
            )
        )

    def classes(
        self,
        superclass: str | None = None,
        *,
        deep: bool = True,
        mode: Mode = "semisync",
        batch: int | None = None,
        deadline: float | None = None,
        timeout: float | None = None,
    ) -> Query[CimClass]:
        """The classes below *superclass*; see :meth:`AsyncClient.classes`."""
        return self._query(
            lambda: self._inner.classes(
                superclass, deep=deep, mode=mode, batch=batch, deadline=deadline, timeout=timeout
            )
        )

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
    ) -> Query[T]:
        """Instances as objects of a dataclass; see :meth:`AsyncClient.select`."""
        return self._query(
            lambda: self._inner.select(
                row_type, where, mode=mode, batch=batch, deadline=deadline, timeout=timeout, context=context
            )
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
    ) -> Watch:
        """The events of an event query, from now on; see :meth:`AsyncClient.watch`."""
        from wmix.client.watching import Watch  # few clients wait for events

        started = self._portal.do(
            lambda: self._inner.watch(
                wql,
                max_queue=max_queue,
                batch=batch,
                deadline=deadline,
                timeout=timeout,
                stop_after=stop_after,
                context=context,
            )
        )
        return Watch(started, self._portal)

    def _query(self, start: Callable[[], AsyncQuery[T]]) -> Query[T]:
        return Query(self._portal.do(start), self._portal)

    def begin_get(
        self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None
    ) -> CallResult[Any]:
        """Start to get the object of *path*; see :meth:`get`."""
        return self._result(lambda: self._inner.begin_get(path, deadline=deadline, context=context))

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
    ) -> CallResult[Any]:
        """Start to run a method; see :meth:`call`."""
        return self._result(
            lambda: self._inner.begin_call(path, method, params, deadline=deadline, context=context, **named)
        )

    def begin_put(
        self,
        instance: CimInstance | CimClass,
        *,
        create: bool | None = None,
        update: Update = "compatible",
        deadline: float | None = None,
        context: ContextLike | None = None,
    ) -> CallResult[ObjectPath]:
        """Start to write an instance or a class; see :meth:`put`."""
        return self._result(
            lambda: self._inner.begin_put(instance, create=create, update=update, deadline=deadline, context=context)
        )

    def begin_delete(
        self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None
    ) -> CallResult[None]:
        """Start to delete an instance or a class; see :meth:`delete`."""
        return self._result(lambda: self._inner.begin_delete(path, deadline=deadline, context=context))

    def _result(self, start: Callable[[], AsyncCallResult[T]]) -> CallResult[T]:
        return CallResult(self._portal.do(start), self._portal)

    # -- verbs that return a value ----------------------------------------------------------------------------------

    def get(self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None) -> Any:
        """The instance (or class) of *path*; see :meth:`AsyncClient.get`."""
        return self._portal.call(lambda: self._inner.get(path, deadline=deadline, context=context))

    def cls(self, name: str, *, deadline: float | None = None) -> CimClass:
        """The definition of the class *name*; see :meth:`AsyncClient.cls`."""
        return self._portal.call(lambda: self._inner.cls(name, deadline=deadline))

    def call(
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
        """Run a method; its out-parameters; see :meth:`AsyncClient.call`."""
        return self._portal.call(
            lambda: self._inner.call(path, method, params, deadline=deadline, context=context, **named)
        )

    def put(
        self,
        instance: CimInstance | CimClass,
        *,
        create: bool | None = None,
        update: Update = "compatible",
        deadline: float | None = None,
        context: ContextLike | None = None,
    ) -> ObjectPath:
        """Write an instance or a class; its path; see :meth:`AsyncClient.put`."""
        return self._portal.call(
            lambda: self._inner.put(instance, create=create, update=update, deadline=deadline, context=context)
        )

    def delete(self, path: PathLike, *, deadline: float | None = None, context: ContextLike | None = None) -> None:
        """Delete the instance or the class of *path*; see :meth:`AsyncClient.delete`."""
        self._portal.call(lambda: self._inner.delete(path, deadline=deadline, context=context))

    def namespace(self, name: str, *, deadline: float | None = None) -> Self:
        """A client for the namespace *name* below this one; see :meth:`AsyncClient.namespace`."""
        child = self._portal.call(lambda: self._inner.namespace(name, deadline=deadline))
        client = type(self).__new__(type(self))
        client._closed = True
        client._join(child, self._portal, owns_portal=False)
        client._owns_inner = False
        return client

    def namespaces(self, *, recursive: bool = False) -> list[str]:
        """The namespaces below this one; see :meth:`AsyncClient.namespaces`."""
        return self._portal.call(lambda: self._inner.namespaces(recursive=recursive))

    def compile(
        self,
        mof: MofLike | Iterable[MofLike],
        *,
        namespace: str | None = None,
        class_flags: Iterable[str] = (),
        instance_flags: Iterable[str] = (),
        dry_run: bool = False,
        deadline: float | None = None,
    ) -> list[Change]:
        """Compile MOF into the repository: all of it, or nothing; see :meth:`AsyncClient.compile`."""
        return self._portal.call(
            lambda: self._inner.compile(
                mof,
                namespace=namespace,
                class_flags=class_flags,
                instance_flags=instance_flags,
                dry_run=dry_run,
                deadline=deadline,
            )
        )

    def explain(self, wql: str) -> str:
        """The plan of a query; see :meth:`AsyncClient.explain`."""
        return self._portal.call(lambda: self._inner.explain(wql))


def connect(
    host: str | None = None,
    *,
    namespace: str = "root/cimv2",
    providers: Iterable[Definition] = (),
    settings: Settings | None = None,
    portal: Portal | None = None,
    repository: Repository | str | os.PathLike[str] | None = None,
    caller: Caller | None = None,
    auth: Credentials | None = None,
    object_host: str | None = None,
    object_port: int | None = None,
    locale: str | None = None,
    level: Level = "privacy",
    enumeration: Enumeration = "auto",
    subscriptions: bool = False,
    impersonation: Impersonation = "impersonate",
    authority: str | None = None,
    callbacks: Callbacks | bool = False,
) -> Client:
    """A :class:`Client` that is connected already; arguments and errors as there and at :meth:`Client.connect`."""
    client = Client(
        host,
        namespace=namespace,
        providers=providers,
        settings=settings,
        portal=portal,
        repository=repository,
        caller=caller,
        auth=auth,
        object_host=object_host,
        object_port=object_port,
        locale=locale,
        level=level,
        enumeration=enumeration,
        subscriptions=subscriptions,
        impersonation=impersonation,
        authority=authority,
        callbacks=callbacks,
    )
    try:
        return client.connect()
    except BaseException:
        client.close()
        raise
