"""Events: what their sources, the repository and the subscriptions of an engine agree on. [MS-WMI] 3.1.4.20, brief 7.

Three kinds of source exist:

- the repository tells every committed write as a :class:`Change`;
- a provider of instances may tell its own changes as :class:`InstanceChange`, so that nobody has to poll it;
- an :class:`EventSource` yields the events of an extrinsic class, and runs while somebody subscribes to them.

Depends on the port alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings

__all__ = ["Change", "ChangeListener", "EventRequest", "EventSource", "InstanceChange"]


class Change(Record):
    r"""One committed write: nothing before it is a creation, nothing after it a deletion, both a modification.

    ``previous`` and ``current`` are instances, classes, or for namespaces their full names (``root\a``).  An instance
    has the class definition that it was written with and need not know its origin; nobody may change it.
    ``namespace`` is the one that holds the object, for a namespace its parent.
    """

    kind: Literal["instance", "class", "namespace"]
    namespace: str
    previous: CimInstance | CimClass | str | None
    current: CimInstance | CimClass | str | None


#: Takes the changes of one transaction, in order, after it was committed.  It may be called on any thread, has to
#: return at once, and must not raise.
ChangeListener: TypeAlias = "Callable[[Sequence[Change]], None]"


class InstanceChange(Record):
    """What a provider tells of one of its instances, as rows like those that it yields.

    Nothing before it is a creation, nothing after it a deletion, both a modification.
    """

    previous: Mapping[str, object] | None = None
    current: Mapping[str, object] | None = None


class EventRequest:
    """What is asked of a source of events, or of a provider that tells its own changes.

    Attributes:
        cls: the class that the source was declared for.
        namespace: the namespace of the subscribers.
        settings: limits and time-outs of the engine.
    """

    __slots__ = ("_wanted", "cls", "namespace", "settings")

    def __init__(
        self, cls: CimClass, *, namespace: str, settings: Settings, wanted: Callable[[str], bool] | None = None
    ) -> None:
        self.cls = cls
        self.namespace = namespace
        self.settings = settings
        self._wanted = wanted

    def wants(self, class_name: str) -> bool:
        """Whether somebody subscribes, at this moment, to events of that class: what nobody wants may be left out."""
        return self._wanted is None or self._wanted(class_name)


class EventSource(Protocol):
    """The events of one extrinsic class, and of classes below it.

    A source runs once per engine and namespace: it is opened for the first subscriber that needs it and closed when
    the last one has gone.  It never waits for subscribers: they have queues of their own.
    """

    @property
    def name(self) -> str:
        """For messages: the source's own name."""
        ...

    @property
    def class_name(self) -> str:
        """The class whose events it yields."""
        ...

    def open(self, request: EventRequest) -> AsyncIterator[Sequence[Mapping[str, object] | None]]:
        """The events as they happen, in lists of rows; closing the iterator stops the source.

        A row is a mapping of property names; ``__CLASS`` in it names a class below the declared one.  ``TIME_CREATED``
        is filled in when the row has none.  None is no event: a plain generator that waits yields it now and then, at
        least twice a second, so that it can be closed.
        """
        ...
