"""Sinks: IWbemObjectSink as callers of com write it, and how theirs are called. [MS-WMI] 3.2.4.1, brief 2.4.

A sink is any object with ``indicate(objects)`` and ``set_status(flags, hresult, text, error_object)``.  It is called on
a thread of its own per operation, or, where a method is a coroutine function, on the loop.  The objects are
:class:`~wmix.com.classobject.ClassObject`; the error object of the final status is one too, an ``__ExtendedStatus``.

The engine knows an operation by the sink that it was given.  What it is given here is an adapter that turns objects
into com's and keeps the connection open until the final status; one sink has one adapter per services object, so that
CancelAsyncCall finds every operation of the sink (1.4.64).
"""

from __future__ import annotations

import inspect
import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from wmix.com.classobject import ClassObject
from wmix.port.flags import WBEM_STATUS_COMPLETE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.com.connection import Lease

__all__ = ["ObjectSink", "SinkAdapter", "SinkBook", "sink_of"]


class ObjectSink(Protocol):
    """What receives the objects and the end of an asynchronous call."""

    def indicate(self, objects: Sequence[ClassObject]) -> Any:
        """Take objects; a failure code as the result, or an exception, cancels the operation (2.4.7)."""
        ...

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: ClassObject | None) -> Any:
        """Hear of the end: once with flags WBEM_STATUS_COMPLETE, as the last call (2.4.2).

        Args:
            hresult: what the synchronous call would have returned.
            text: the path after PutInstance, else None.
            error_object: that of a failure, else None.
        """
        ...


def sink_of(value: object, name: str) -> Any:
    """A sink, or None.

    Raises:
        TypeError: *value* lacks one of the two methods.
    """
    if value is None or (callable(getattr(value, "indicate", None)) and callable(getattr(value, "set_status", None))):
        return value
    raise TypeError(f"{name} is an object with indicate() and set_status(), not {type(value).__name__}")


class SinkAdapter:
    """A caller's sink as the engine's: objects are wrapped, and the end is noticed."""

    def __init__(self, sink: ObjectSink, ended: Callable[[SinkAdapter], None]) -> None:
        self.sink = sink
        self._ended = ended
        #: Leases of the operations that have not had their final status, one each.
        self.leases: list[Lease] = []
        # The engine asks whether a method is a coroutine function, so that the kind of the caller's shows through.
        self.indicate: Callable[..., Any] = self._await_indicate if _awaits(sink.indicate) else self._indicate
        self.set_status: Callable[..., Any] = self._await_status if _awaits(sink.set_status) else self._set_status

    def _indicate(self, objects: Sequence[CimInstance | CimClass]) -> Any:
        return self.sink.indicate([ClassObject(item) for item in objects])

    async def _await_indicate(self, objects: Sequence[CimInstance | CimClass]) -> Any:
        return await self.sink.indicate([ClassObject(item) for item in objects])

    def _set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> Any:
        try:
            return self.sink.set_status(flags, hresult, text, _wrapped(error_object))
        finally:
            self._finish(flags)

    async def _await_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> Any:
        try:
            return await self.sink.set_status(flags, hresult, text, _wrapped(error_object))
        finally:
            self._finish(flags)

    def _finish(self, flags: int) -> None:
        if flags == WBEM_STATUS_COMPLETE:
            self._ended(self)


def _awaits(method: object) -> bool:
    return inspect.iscoroutinefunction(method)


def _wrapped(error_object: CimInstance | None) -> ClassObject | None:
    return None if error_object is None else ClassObject(error_object)


class SinkBook:
    """The adapters of one services object, by the identity of their sinks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._adapters: dict[int, SinkAdapter] = {}
        # Sinks whose operations have ended: cancelling them is no error (1.4.67). They are not kept alive for that.
        self._past: dict[int, weakref.ref[Any]] = {}

    def begin(self, sink: ObjectSink, lease: Lease) -> SinkAdapter:
        """The adapter for one more operation of *sink*, which holds *lease* until its final status."""
        with self._lock:
            adapter = self._adapters.get(id(sink))
            if adapter is None:
                adapter = self._adapters[id(sink)] = SinkAdapter(sink, self.end)
            adapter.leases.append(lease)
        return adapter

    def end(self, adapter: SinkAdapter, *, refused: bool = False) -> None:
        """One operation of *adapter* has had its final status, or was refused and never was."""
        sink = adapter.sink
        with self._lock:
            lease = adapter.leases.pop()
            if not adapter.leases:
                self._adapters.pop(id(sink), None)
            if not refused:
                self._remember(sink)
        lease.release_later()

    def find(self, sink: ObjectSink) -> SinkAdapter | None:
        """The adapter of a sink that has operations."""
        with self._lock:
            return self._adapters.get(id(sink))

    def knew(self, sink: ObjectSink) -> bool:
        """Whether *sink* had operations that have ended."""
        with self._lock:
            past = self._past.get(id(sink))
        return past is not None and past() is sink

    def _remember(self, sink: ObjectSink) -> None:
        number = id(sink)
        past = self._past

        def forget(gone: object) -> None:
            # Another sink may have the number by now.
            if past.get(number) is gone:
                del past[number]

        try:
            past[number] = weakref.ref(sink, forget)
        except TypeError:
            # A sink with slots and without __weakref__ is simply not remembered.
            return
