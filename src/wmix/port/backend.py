"""Backend: one namespace that answers calls, and the repository that a local one may stand on.

``wmix.local`` and ``wmix.remote`` implement :class:`Backend`; the calls of :mod:`wmix.engine.calls` are written over
it alone.  A stream is an asynchronous generator of batches: its first step may fail with what is wrong with the
request (syntax, unknown class), a later one with what went wrong half-way; closing it stops the work behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout
    from wmix.port.batch import Batch
    from wmix.port.caller import Caller
    from wmix.port.context import Context
    from wmix.port.demand import Demand
    from wmix.port.events import ChangeListener
    from wmix.port.provider import Comparison
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

__all__ = ["Backend", "Capabilities", "NamespaceSecurity", "Outcome", "Repository", "Scope"]


class Scope:
    """What surrounds one call: for whom, until when, and how to call back.

    ``deadline`` is on the clock of the running event loop, in seconds; None when the call is not bounded as a whole.
    ``client`` makes a client for the same caller and the remaining time; None where no face is assembled.
    ``context`` are the named values of the call, handed on as they came.
    ``may_stop`` is set by the backend while a method runs that may be stopped half-way.
    ``dropped`` is counted by the backend: events of a notification query that there was no room for.
    ``demand`` is who takes what the call gives and says how much to make; None where all is taken at once.
    ``progress`` is set by a backend that talks to a host: the phase in which the call is, and the place it waits for.
    ``is_asynchronous`` is set by the engine: the results go to a sink, and a backend may let itself be called back.
    """

    __slots__ = (
        "_client",
        "caller",
        "context",
        "deadline",
        "demand",
        "dropped",
        "is_asynchronous",
        "may_stop",
        "progress",
    )

    def __init__(
        self,
        caller: Caller,
        deadline: float | None = None,
        client: Callable[[Scope], Any] | None = None,
        context: Context | None = None,
        *,
        is_asynchronous: bool = False,
    ) -> None:
        self.caller = caller
        self.deadline = deadline
        self._client = client
        self.context = context
        self.may_stop = False
        self.dropped = 0
        self.demand: Demand | None = None
        self.is_asynchronous = is_asynchronous
        self.progress: Callable[[], tuple[str, str]] | None = None

    def for_caller(self, caller: Caller) -> Callable[[float | None], Scope]:
        """What makes scopes of work that is begun for this call and serves others too: *caller*, and a deadline."""
        client = self._client
        return lambda deadline: Scope(caller, deadline, client)

    def client(self) -> Any:
        """A client of the same engine for the same caller.

        Raises:
            RuntimeError: the engine was assembled without a face.
        """
        if self._client is None:
            raise RuntimeError("this engine was assembled without a client")
        return self._client(self)


class Capabilities(Record):
    """What a backend can do, and what the engine leaves to it."""

    #: Names, rights and syntax are judged by the far side; the engine checks arguments, flags, deadlines and limits.
    is_remote: bool = False
    transactions: bool = False
    notifications: bool = False
    #: The far side calls the sinks of asynchronous calls, which costs nothing while nothing happens.
    callbacks: bool = False


class Outcome(Record):
    """The result of a call with one result; which field is filled depends on the call ([MS-WMI] 3.2.4.2.7).

    GetObject and ExecMethod fill ``object``, PutInstance ``path``, OpenNamespace ``backend``; the others nothing.
    ``change`` is what a PutClass did, or a PutInstance that was to tell it.
    """

    object: CimInstance | CimClass | None = None
    path: str | None = None
    backend: Backend | None = None
    change: Literal["created", "updated", "unchanged"] | None = None


class Backend(Protocol):
    """One namespace of one machine."""

    @property
    def namespace(self) -> str:
        r"""The namespace, spelled as it was created: ``root\cimv2``."""
        ...

    @property
    def server(self) -> str:
        """The name that ``__SERVER`` shows."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def login(self, scope: Scope) -> int | None:
        """See that the namespace exists; the rights that it grants the caller ([MS-WMI] 3.1.4.1.4).

        The engine narrows the caller's own rights by them; None leaves those as they are.
        """
        ...

    def query(self, request: ExecQuery, scope: Scope) -> AsyncIterator[Batch]: ...

    def enumerate(self, request: CreateInstanceEnum, scope: Scope) -> AsyncIterator[Batch]: ...

    def classes(self, request: CreateClassEnum, scope: Scope) -> AsyncIterator[Batch]: ...

    def notify(self, request: ExecNotificationQuery, scope: Scope) -> AsyncIterator[Batch]: ...

    async def publish(self, events: Sequence[CimInstance], scope: Scope) -> None:
        """Give events of the caller to whoever subscribes to them: all, or none when one is wrong."""
        ...

    async def get(self, request: GetObject, scope: Scope) -> Outcome: ...

    async def put(self, request: PutClass | PutInstance, scope: Scope) -> Outcome: ...

    async def delete(self, request: DeleteClass | DeleteInstance, scope: Scope) -> Outcome: ...

    async def call(self, request: ExecMethod, scope: Scope) -> Outcome: ...

    async def open_namespace(self, request: OpenNamespace, scope: Scope) -> Outcome: ...

    def transaction(self) -> AbstractAsyncContextManager[None]: ...

    async def explain(self, request: ExecQuery, scope: Scope) -> str:
        """The plan of a query, for people."""
        ...


class NamespaceSecurity(Record):
    """What is stored of who may do what in a namespace ([MS-WMI] 2.2.30, 3.1.4.18).

    ``descriptor`` is the self-relative security descriptor without what is inherited from the namespace above; None
    when nobody has set one.  ``requires_encryption``: whoever enters from afar has to seal what is sent.
    """

    descriptor: bytes | None = None
    requires_encryption: bool = False


class Repository(Protocol):
    """The database of namespaces, classes and static instances.

    Namespaces are spelled ``root\\cimv2`` and compare without case.  Key values are matched by the rules of WQL:
    strings ignore case.  ``version`` grows with every change of a class or namespace, so that caches can tell; changes
    by other processes that share the database count too, within a second.

    Instances come out with the class definition that they were put with; rows come in a layout that the caller has,
    by the names of properties.
    """

    @property
    def version(self) -> int: ...

    async def namespaces(self) -> tuple[str, ...]: ...

    async def create_namespace(self, namespace: str) -> None: ...

    async def delete_namespace(self, namespace: str) -> None: ...

    async def security(self, namespaces: Sequence[str]) -> list[NamespaceSecurity]:
        """What is stored of the security of each of *namespaces*, in their order; the default for what is not there."""
        ...

    async def set_security(self, namespace: str, security: NamespaceSecurity) -> None: ...

    async def class_names(self, namespace: str) -> tuple[str, ...]: ...

    async def get_class(self, namespace: str, name: str) -> CimClass | None: ...

    async def put_class(self, namespace: str, cls: CimClass) -> None: ...

    async def delete_class(self, namespace: str, name: str) -> None: ...

    def instances(self, namespace: str, class_name: str) -> AsyncIterator[Sequence[CimInstance]]:
        """The instances of exactly this class, in order of creation."""
        ...

    def rows(
        self,
        namespace: str,
        layout: InstanceLayout,
        *,
        where: Sequence[Comparison] = (),
        keys: Sequence[Mapping[str, object]] | None = None,
    ) -> AsyncIterator[Sequence[tuple[object, ...]]]:
        """The values, in *layout*, of the instances of exactly its class: what a query reads.

        *keys* (only these instances) and *where* (all of these hold) narrow what is read as far as the repository can
        do that cheaply: what comes has to be tested all the same.  With *where* the order is any.
        """
        ...

    async def get_as(self, namespace: str, layout: InstanceLayout, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly the class of *layout* with these keys, in that layout, without an origin."""
        ...

    async def get_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> CimInstance | None: ...

    async def get_many(
        self, namespace: str, class_name: str, keys: Sequence[Mapping[str, object]]
    ) -> list[CimInstance | None]:
        """As many as *keys*, in their order; None for each that is not there."""
        ...

    async def count(self, namespace: str, class_name: str) -> int:
        """How many instances there are of exactly this class."""
        ...

    async def put_instance(self, namespace: str, instance: CimInstance) -> None: ...

    async def put_instances(self, namespace: str, instances: Sequence[CimInstance]) -> None:
        """All of them, or none."""
        ...

    async def delete_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> bool: ...

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """All that the task writes within, or, when the block ends by an exception, none of it.

        The task, and tasks that it makes meanwhile, see what was written; others see it afterwards.  A block within a
        block can be undone alone.
        """
        ...

    def changes(self, listener: ChangeListener) -> Callable[[], None]:
        """Tell *listener* every write that is committed from now on; what is returned ends that.

        Writes of other processes that share the database are told a moment later than those of this one.

        Transactions are told in the order of their commits, each whole.  Deleting a class deletes its instances: they
        are told before it.  Deleting a namespace tells it and those below it, without what was in them.  Reading what
        was there before costs each write a little while somebody listens, and nothing otherwise.
        """
        ...

    async def close(self) -> None: ...
