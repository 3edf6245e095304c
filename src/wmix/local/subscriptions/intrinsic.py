"""Intrinsic events as rows: what changes of instances, classes and namespaces become. Brief 6.1.4, 7.1.1, 7.1.5.

An event has no origin of its own, hence no path; the objects in it have theirs.  Times are FILETIMEs, in steps of
100 ns since 1601.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wmix.cim.layout import InstanceLayout
    from wmix.cim.system_properties import Origin
    from wmix.port.events import Change

    Values = tuple[object, ...]

__all__ = ["INTRINSIC", "KINDS", "IntrinsicEvents", "filetime", "kind_of"]

#: Event class by (what changed, what happened to it).
INTRINSIC: Final = {
    ("instance", "creation"): "__InstanceCreationEvent",
    ("instance", "modification"): "__InstanceModificationEvent",
    ("instance", "deletion"): "__InstanceDeletionEvent",
    ("class", "creation"): "__ClassCreationEvent",
    ("class", "modification"): "__ClassModificationEvent",
    ("class", "deletion"): "__ClassDeletionEvent",
    ("namespace", "creation"): "__NamespaceCreationEvent",
    ("namespace", "modification"): "__NamespaceModificationEvent",
    ("namespace", "deletion"): "__NamespaceDeletionEvent",
}
KINDS: Final = ("creation", "modification", "deletion")

_SUFFIX: Final = {"instance": "Instance", "class": "Class", "namespace": "Namespace"}
_EPOCH: Final = 11_644_473_600
"""Seconds from 1601 to 1970."""


def filetime(seconds: float) -> int:
    """A time of ``time.time()`` as a FILETIME."""
    return int((seconds + _EPOCH) * 10_000_000)


def kind_of(previous: object, current: object) -> str:
    """What happened, told by what was there before and what is there now."""
    return "creation" if previous is None else "deletion" if current is None else "modification"


class IntrinsicEvents:
    """Makes the intrinsic events of one namespace.

    Args:
        layouts: of the event classes, by name.
        namespace_class: the class ``__NAMESPACE``, whose instances namespace events show.
        origin: of the objects in events.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        layouts: Mapping[str, InstanceLayout],
        namespace_class: CimClass,
        origin: Origin,
        clock: Callable[[], float],
    ) -> None:
        self.layouts = layouts
        self._namespace_class = namespace_class
        self._origin = origin
        self._clock = clock

    def layout_of(self, change: Change) -> InstanceLayout:
        """The layout of the event that *change* becomes."""
        return self.layouts[INTRINSIC[change.kind, kind_of(change.previous, change.current)]]

    def row(self, change: Change) -> Values:
        """The event that *change* becomes."""
        return self.event(
            self.layout_of(change), change.kind, self._located(change.previous), self._located(change.current)
        )

    def event(self, layout: InstanceLayout, what: str, previous: object, current: object) -> Values:
        """An event of *layout*: the target is what is there now, or what was there before a deletion."""
        values: list[object] = list(layout.unset)
        suffix = _SUFFIX[what]
        values[layout.exact["TIME_CREATED"]] = filetime(self._clock())
        values[layout.exact[f"Target{suffix}"]] = previous if current is None else current
        if previous is not None and current is not None:
            values[layout.exact[f"Previous{suffix}"]] = previous
        return tuple(values)

    def _located(self, value: CimInstance | CimClass | str | None) -> object:
        if isinstance(value, CimInstance):
            if value.origin_ is self._origin or value.origin_ == self._origin:
                return value
            located = value.clone_()
            located._origin = self._origin
            return located
        if isinstance(value, CimClass):
            return value.located(self._origin.server, self._origin.namespace)
        if isinstance(value, str):
            name = value.rpartition("\\")[2]
            return CimInstance.of(self._namespace_class, {"Name": name}, self._origin)
        return None
