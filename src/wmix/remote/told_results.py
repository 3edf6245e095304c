"""The results of one namespace as the sinks of its asynchronous calls are told them. [MS-WMI] 3.1.4.3, 3.2.4.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wmix.net.client.phases import Phase
from wmix.port.backend import Outcome
from wmix.remote.asynchronous_requests import asynchronous_message
from wmix.remote.encoded_batch import ObjectDecoder
from wmix.remote.enumeration import BrokenObjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.port.backend import Scope
    from wmix.port.requests import Request
    from wmix.protocol.wmio.class_cache import ClassCache
    from wmix.remote.callback_calls import CallbackCalls, CalledBack, Namespace
    from wmix.remote.encoded_batch import EncodedBatch

__all__ = ["ToldObjects", "ToldResults"]


class ToldObjects:
    """The objects of one call, encoded, in batches; to be closed, read or not."""

    def __init__(self, call: CalledBack, decoder: ObjectDecoder) -> None:
        self._call = call
        self._decoder = decoder
        self._broken = BrokenObjects()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EncodedBatch:
        while (portion := await self._call.next()) is not None:
            batch = self._broken.add(self._decoder.units(portion))
            if len(batch):
                return batch
        self._broken.check()
        self._call.check()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Take the sink back, and end the call if it goes on."""
        self._call.end()


class ToldResults:
    """Makes calls whose results a host tells by itself.

    Args:
        cache: class parts of the namespace, shared by its calls.
        decoded: makes an object of its octets.
    """

    def __init__(
        self,
        calls: CallbackCalls,
        namespace: Namespace,
        cache: ClassCache,
        decoded: Callable[[bytes], CimInstance | CimClass],
    ) -> None:
        self._calls = calls
        self._namespace = namespace
        self._cache = cache
        self._decoded = decoded

    async def objects(self, request: Request, scope: Scope) -> ToldObjects:
        """Begin a call that yields a set; its objects as they are told.

        Raises:
            WmiError: the call cannot begin, or the host cannot call back; what goes wrong later the objects raise.
        """
        return ToldObjects(await self._begin(request, scope), ObjectDecoder(self._cache))

    async def outcome(self, request: Request, scope: Scope, encoded: bytes | None = None) -> Outcome:
        """The outcome of a call with one result.

        Args:
            encoded: the object that is put, or the parameters of a method.

        Raises:
            WmiError: the call failed.
        """
        call = await self._begin(request, scope, encoded)
        try:
            octets, text = await call.result()
        finally:
            call.end()
        return Outcome(object=None if octets is None else self._decoded(octets), path=text)

    async def _begin(self, request: Request, scope: Scope, encoded: bytes | None = None) -> CalledBack:
        method, message = asynchronous_message(request, encoded)
        call = await self._calls.begin(self._namespace, method, message, until=scope.deadline)
        scope.progress = lambda: (Phase.NEXT, call.exporter.place)
        return call
