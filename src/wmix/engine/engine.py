"""Engine: what all callers of one process share: settings, running calls, audit, and the way to namespaces.

An engine lives on one event loop.  Several engines may live in one process and know nothing of each other.  Which
backend stands behind a namespace is decided by :mod:`wmix.engine.assembly`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from wmix.engine.audit import log_record
from wmix.engine.services import Services
from wmix.errors import DeadlineExceeded, QuotaExceeded, WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.config import Settings
    from wmix.engine.audit import Audit
    from wmix.engine.calls.call import Call
    from wmix.engine.calls.results import ResultSet
    from wmix.port.backend import Backend
    from wmix.port.caller import Caller

__all__ = ["Engine", "Source"]

_log = logging.getLogger("wmix.engine")

_GRACE: Final = 5.0
"""Seconds after a deadline in which a source of a host tells which phase was not over, and at which place.  So many
because a loop that was busy meanwhile (with the first import of what logs in) must not find both times over."""


class Source(Protocol):
    """Where an engine finds its namespaces: this machine, or a host."""

    def open(self, namespace: str) -> Backend:
        """The backend of a namespace; whether it exists is said by its ``login``."""
        ...

    async def close(self) -> None:
        """Free what the source holds."""
        ...


class Engine:
    """The calls of one source, admitted, counted and ended together."""

    def __init__(self, source: Source, settings: Settings, *, audit: Audit = log_record) -> None:
        self.source = source
        self.settings = settings
        self.audit = audit
        self.calls: set[Call] = set()
        #: How many of them are each user's who calls from afar: none of those keeps the others out.
        self._calls_of: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        # Finished results may be read for as long as somebody holds them, but not longer than the engine lives.
        self._kept: weakref.WeakSet[ResultSet] = weakref.WeakSet()
        self._closed = False
        #: Where all of this runs: a provider on a worker thread reaches it from there.
        self.loop = asyncio.get_running_loop()
        self.thread = threading.current_thread()
        #: Set by a face: makes the client that a provider sees as ``request.wmi``.
        self.face: Callable[[Services, Scope], Any] | None = None

    async def connect(self, namespace: str, caller: Caller, *, deadline: float | None = None) -> Services:
        """Open *namespace* for *caller* (ConnectServer, [MS-WMI] 3.1.4.1.4).

        Raises:
            InvalidNamespace: there is none of that name.
            AccessDenied: the caller lacks ENABLE, or from afar REMOTE_ENABLE.
        """
        services = self.services(namespace, caller)
        await self.login(services, deadline=deadline)
        return services

    def services(self, namespace: str, caller: Caller) -> Services:
        """The services of *namespace* without asking whether it exists; the first call tells."""
        return Services(self, self.source.open(namespace), caller)

    async def login(self, services: Services, *, deadline: float | None = None) -> None:
        """Check existence of the namespace and the caller's right to enter it.

        Raises:
            WmiError: as :meth:`connect`.
        """
        bound = deadline
        if bound is not None and services.backend.capabilities.is_remote:
            bound += _GRACE
        try:
            services.check_rights(Rights.ENABLE)
            async with asyncio.timeout_at(bound):
                services.admit(await services.backend.login(Scope(services.caller, deadline)))
            services.check_rights(Rights.ENABLE)
        except WmiError as error:
            error.operation = error.operation or "ConnectServer"
            error.namespace = error.namespace or services.namespace
            raise
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{services.namespace} was not reached in time",
                phase="login",
                operation="ConnectServer",
                namespace=services.namespace,
            ) from error

    # -- bookkeeping ------------------------------------------------------------------------------------------------

    def check_load(self, caller: Caller) -> None:
        """See that one more call of *caller* may be in progress ([MS-WMI] 3.1.3, MaxRequestLimit).

        Raises:
            QuotaExceeded: the limit of all or, for a caller from afar, of one is reached, or the engine is closed.
        """
        limit, own = self.settings.limits.max_requests, self.settings.limits.requests_per_user
        if self._closed:
            raise QuotaExceeded("the engine is closed", hint="connect anew")
        if len(self.calls) >= limit:
            raise QuotaExceeded(
                f"{len(self.calls)} calls are in progress; the limit is {limit}",
                hint="release handles that are no longer read",
            )
        if caller.is_remote and self._calls_of[caller.name.casefold()] >= own:
            raise QuotaExceeded(
                f"{own} calls of {caller.name} are in progress, which is the limit of one user",
                hint="release handles that are no longer read, or raise Limits.requests_per_user",
            )

    def enter(self, call: Call) -> None:
        """A call begins."""
        self.calls.add(call)
        if (caller := call.scope.caller).is_remote:
            self._calls_of[caller.name.casefold()] += 1

    def keep(self, results: ResultSet) -> None:
        """Results that are freed when the engine is closed, at the latest."""
        self._kept.add(results)

    def leave(self, call: Call) -> None:
        """A call's work has ended, its provider closed or given up."""
        if call not in self.calls:
            return
        self.calls.remove(call)
        if (caller := call.scope.caller).is_remote:
            user = caller.name.casefold()
            self._calls_of[user] -= 1
            if not self._calls_of[user]:
                del self._calls_of[user]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let *work* run beside the calls; it ends with the engine at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned_ended)

    def _spawned_ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a delivery failed inside the engine", exc_info=error)

    def client_for(self, services: Services) -> Callable[[Scope], Any] | None:
        """What makes a client for a provider that serves a call of *services*."""
        face = self.face
        if face is None:
            return None
        return lambda scope: face(services, scope)

    async def close(self) -> None:
        """Cancel every call and wait, within ``Timeouts.exit`` seconds, until their providers have stopped."""
        if self._closed:
            return
        self._closed = True
        for call in list(self.calls):
            call.cancel()
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(call.stopped()) for call in list(self.calls)]
        waiting += list(self._tasks)
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=self.settings.timeouts.exit)
            for task in late:
                task.cancel()
            if late:
                _log.warning("%d calls had not ended when the engine was closed", len(late))
        for results in list(self._kept):
            results.drop()
        await self.source.close()
