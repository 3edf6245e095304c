"""Enumeration: the objects behind an enumerator of the host, in batches, as fast as the reader takes them.

One portion is always on its way while the reader works on the one before it; more are, as far as the host takes several
calls at once and the reader would wait otherwise.  Portions are given out in the order in which they were asked for.
Closing the generator gives the calls under way up and releases the enumerator.  [MS-WMI] 3.1.4.4.2, 3.1.4.7.1.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from wmix.errors import NotSupported, ProtocolError
from wmix.net.client.phases import Phase
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Next
from wmix.protocol.wbem.identifiers import IID_IWbemFetchSmartEnum
from wmix.protocol.wbem.smart_enum import FETCH_SMART_ENUM, WCO_SMART_ENUM, GetSmartEnum, SmartNext
from wmix.status import WBEM_S_FALSE, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.net.client.exporter import RemoteExporter
    from wmix.net.client.references import RemoteReference
    from wmix.port.batch import UndecodedObject
    from wmix.protocol.ndr.guid import Guid
    from wmix.remote.encoded_batch import EncodedBatch, ObjectDecoder
    from wmix.remote.pace import Ask, Pace

__all__ = ["BrokenObjects", "PlainReader", "PortionReader", "SmartReader", "objects_of", "smart_reader"]

#: Objects of one call that may fail to decode before the call itself has failed.
_MOST_UNDECODED: Final = 1000
_MILLISECONDS: Final = 1000
#: Turns of the loop until a call that was begun is in the socket: one for the call, one for all that leaves together.
_TURNS_TO_SEND: Final = 2


class Portion:
    """What one Next gave."""

    __slots__ = ("batch", "octets", "status")

    def __init__(self, batch: EncodedBatch, octets: int, status: int) -> None:
        self.batch = batch
        self.octets = octets
        self.status = status


class PortionReader(Protocol):
    """A way to ask an enumerator."""

    async def next(self, ask: Ask) -> Portion:
        """The next objects."""
        ...

    def release(self) -> None:
        """Give the enumerator back."""
        ...


class PlainReader:
    """By IEnumWbemClassObject::Next: every object with its class part."""

    def __init__(
        self, exporter: RemoteExporter, enumerator: RemoteReference, decoder: ObjectDecoder, patience: float
    ) -> None:
        self._exporter = exporter
        self._enumerator = enumerator
        self._decoder = decoder
        self._patience = patience

    async def next(self, ask: Ask) -> Portion:
        """The next objects."""
        reply = await self._exporter.invoke(
            self._enumerator,
            ENUM_CLASS_OBJECT["Next"],
            Next(ask.timeout, ask.count),
            seconds=self._patience + ask.timeout / _MILLISECONDS,
            phase=Phase.NEXT,
            operation="Next",
        )
        return Portion(self._decoder.units(reply.objects), sum(map(len, reply.objects)), reply.hresult)

    def release(self) -> None:
        """Give the enumerator back."""
        self._enumerator.release()


class SmartReader:
    """By IWbemWCOSmartEnum::Next: class parts once."""

    def __init__(
        self,
        exporter: RemoteExporter,
        references: tuple[RemoteReference, ...],
        proxy: Guid,
        decoder: ObjectDecoder,
        patience: float,
    ) -> None:
        self._exporter = exporter
        #: Those of the enumerator, of its way to smart enumeration, and of the smart enumerator, which is the last.
        self._references = references
        self._proxy = proxy
        self._decoder = decoder
        self._patience = patience

    async def next(self, ask: Ask) -> Portion:
        """The next objects."""
        reply = await self._exporter.invoke(
            self._references[-1],
            WCO_SMART_ENUM["Next"],
            SmartNext(self._proxy, ask.timeout, ask.count),
            seconds=self._patience + ask.timeout / _MILLISECONDS,
            phase=Phase.NEXT,
            operation="Next",
        )
        buffer: bytes = reply.buffer or b""
        return Portion(self._decoder.packet(buffer) if buffer else self._decoder.units(()), len(buffer), reply.hresult)

    def release(self) -> None:
        """Give all three references back."""
        for reference in self._references:
            reference.release()


async def smart_reader(
    exporter: RemoteExporter, enumerator: RemoteReference, proxy: Guid, decoder: ObjectDecoder, patience: float
) -> PortionReader:
    """The smart way to read *enumerator*; the plain one where the host has no smart one."""
    held = [enumerator]
    try:
        fetch = await exporter.query_interface(enumerator, IID_IWbemFetchSmartEnum, seconds=patience)
        held.append(fetch)
        reply = await exporter.invoke(
            fetch, FETCH_SMART_ENUM["GetSmartEnum"], GetSmartEnum(), seconds=patience, operation="GetSmartEnum"
        )
        held.append(exporter.reference(reply.smart_enum))
    except (NotSupported, ProtocolError):
        for reference in held[1:]:
            reference.release()
        return PlainReader(exporter, enumerator, decoder, patience)
    except BaseException:
        for reference in held:
            reference.release()
        raise
    return SmartReader(exporter, tuple(held), proxy, decoder, patience)


async def objects_of(reader: PortionReader, pace: Pace) -> AsyncIterator[EncodedBatch]:
    """The objects, in batches, until the host says that there are no more.

    Raises:
        WmiError: the host failed, or the connection; after the objects before that.
        ProtocolError: an answer makes no sense, or too many objects could not be decoded.
    """
    asked: deque[tuple[Ask, asyncio.Task[Portion]]] = deque()
    broken = BrokenObjects()
    is_open = True
    try:
        _ask_more(reader, pace, asked)
        while asked:
            ask, task = asked.popleft()
            waited = not task.done()
            portion = await task
            returned = len(portion.batch) + len(portion.batch.undecoded)
            is_open = is_open and _goes_on(portion.status, returned)
            pace.answered(ask, returned, portion.octets, reader_waited=waited)
            if is_open:
                _ask_more(reader, pace, asked)
                # The reader may keep the loop busy with these objects: the next ones are on their way before it does.
                for _ in range(_TURNS_TO_SEND):
                    await asyncio.sleep(0)
            batch = broken.add(portion.batch)
            if len(batch):
                yield batch
        broken.check()
    finally:
        for _, task in asked:
            task.cancel()
            task.add_done_callback(_seen)
        reader.release()


def _ask_more(reader: PortionReader, pace: Pace, asked: deque[tuple[Ask, asyncio.Task[Portion]]]) -> None:
    while len(asked) < pace.window:
        ask = pace.ask()
        asked.append((ask, asyncio.ensure_future(reader.next(ask))))


def _seen(task: asyncio.Task[Portion]) -> None:
    """Nobody asks for this result any more."""
    if not task.cancelled():
        task.exception()


def _goes_on(status: int, returned: int) -> bool:
    """Whether more objects may come."""
    if status == WBEM_S_NO_ERROR and not returned:
        raise ProtocolError("the host gave no objects, and did not say that there are no more", phase=Phase.NEXT)
    return status != WBEM_S_FALSE


class BrokenObjects:
    """Objects that could not be decoded, until there is a batch that they can travel with."""

    def __init__(self) -> None:
        self._waiting: list[UndecodedObject] = []
        self._count = 0

    def add(self, batch: EncodedBatch) -> EncodedBatch:
        """*batch*, with what waits."""
        if not batch.undecoded and not self._waiting:
            return batch
        self._count += len(batch.undecoded)
        self._waiting += batch.undecoded
        if self._count > _MOST_UNDECODED:
            raise self._failure()
        if len(batch):
            batch.undecoded = tuple(self._waiting)
            self._waiting.clear()
        return batch

    def check(self) -> None:
        """See that nothing is left that no batch could carry."""
        if self._waiting:
            raise self._failure()

    def _failure(self) -> ProtocolError:
        first = self._waiting[0]
        error = ProtocolError(
            f"{self._count} objects could not be decoded; the first one: {first.error.detail}", phase=Phase.NEXT
        )
        error.add_note(f"its octets begin with {first.data[:64].hex(' ')}")
        return error
