"""The result set of one operation: what its readers share. [MS-WMI] 3.1.1 (result array), 3.1.4.4.

Batches arrive at the end and are read by position.  *Credit* is the flow control: the source may run so many objects,
and so many octets of memory, ahead of the furthest reader, or as far as a reader has asked for, and then waits.  Three
ways of keeping:

- forward-only: what was handed over is freed at once; there is one reader.
- rewindable: everything read stays, in memory up to a limit and then in a temporary file, for Reset and Clone.
- synchronous: the source runs to its end without credit, kept like rewindable results.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from wmix.engine.calls.credit import Credit

if TYPE_CHECKING:
    from wmix.config import Settings
    from wmix.engine.calls.call import Call
    from wmix.engine.calls.spill import Spill
    from wmix.errors import WmiError
    from wmix.port.batch import Batch

__all__ = ["Reader", "ResultSet"]

#: How many times what is wanted a source may make whose rows are mostly filtered out, and rows until that is believed.
_MOST_FILTERED: Final = 8
_EVIDENCE: Final = 100


class Reader:
    """A position in a result set, and how far its owner waits to read."""

    __slots__ = ("attached", "position", "target")

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self.target = position
        self.attached = True


class ResultSet:
    """Objects of one operation in order of arrival, their number so far, and how the operation ended."""

    def __init__(
        self,
        settings: Settings,
        *,
        forward_only: bool,
        unbounded: bool,
        credit: int | None = None,
    ) -> None:
        """Make an empty set; *credit* stays what it is, otherwise it grows with what is read."""
        self._credit = Credit(settings.limits, credit)
        self._memory = settings.limits.memory_objects
        self.settings = settings
        self.forward_only = forward_only
        self._unbounded = unbounded
        self._call: Call | None = None
        self._readers: list[Reader] = []
        # Parallel lists: where each kept batch begins, in objects and in octets, and the batch or the number of its
        # record in the spill.
        self._starts: list[int] = []
        self._octet_starts: list[int] = []
        self._kept: list[Batch | int] = []
        self._octets = 0
        self._in_memory = 0
        self._oldest_in_memory = 0
        self._spill: Spill | None = None
        #: What the reader who waits would like at once, see :class:`wmix.port.demand.Demand`.
        self.awaited = 0
        #: Objects that can be read, by position, those already freed included.
        self.total = 0
        #: Objects that came from the source.
        self.arrived = 0
        self.finished = False
        # Nobody wants the results any more: there is nothing to read, wherever a reader stands.
        self._discarded = False
        self.error: WmiError | None = None
        self._arrivals: list[asyncio.Future[None]] = []
        self._space: asyncio.Future[None] | None = None

    def owned_by(self, call: Call) -> None:
        """Name the call whose results these are: it is cancelled when the last reader has gone."""
        self._call = call

    def _call_drained(self) -> None:
        if self._call is not None:
            self._call.drained()

    # -- the writing side -------------------------------------------------------------------------------------------

    def append(self, batch: Batch) -> None:
        """Take *batch* from the source.

        Raises:
            WmiError: WBEM_E_OUT_OF_DISK_SPACE when the spill file cannot grow.
        """
        if self.finished:
            return
        self._starts.append(self.total)
        self._octet_starts.append(self._octets)
        self._kept.append(batch)
        self._octets += batch.octets()
        self.total += len(batch)
        self.arrived += len(batch)
        self.awaited = max(0, self.awaited - len(batch))
        self._in_memory += len(batch)
        if self._in_memory > self._memory:
            self._spill_oldest()
        if self._arrivals:
            self._tell_readers()

    async def room(self) -> None:
        """Wait until the source may produce more."""
        while not self.finished and self._is_full():
            self._space = asyncio.get_running_loop().create_future()
            try:
                await self._space
            finally:
                self._space = None

    def _is_full(self) -> bool:
        return not (self._unbounded or self._missing() or self._credit.covers(*self._waiting()))

    def _missing(self) -> int:
        """Objects that a reader waits for and that are not there yet."""
        return max(0, max([reader.target for reader in self._readers], default=0) - self.total)

    def _waiting(self) -> tuple[int, int]:
        """Objects, and octets, that the furthest reader has not read."""
        furthest = max([reader.position for reader in self._readers], default=0)
        return self.total - furthest, self._octets - self._octets_before(furthest)

    def _octets_before(self, position: int) -> int:
        if position >= self.total or not self._starts:
            return self._octets
        index = self._batch_at(position)
        start, octets = self._starts[index], self._octet_starts[index]
        is_last = index + 1 == len(self._starts)
        end = self.total if is_last else self._starts[index + 1]
        end_octets = self._octets if is_last else self._octet_starts[index + 1]
        return octets + (end_octets - octets) * (position - start) // (end - start)

    def wanted(self, given: int) -> tuple[int, int]:
        """How many rows a source of this set should make now, and octets of them (``wmix.port.demand.Demand``)."""
        objects, octets = self._credit.left(*self._waiting())
        missing = max(self._missing(), self.awaited)
        if missing > objects:
            # Who asks for them gets them, however large they are; before the first one that is not known.
            known = missing * self._octets // self.total if self.total else self.settings.limits.buffer_octets
            objects, octets = missing, max(octets, known)
        if self._unbounded:
            objects, octets = self._memory, self.settings.limits.buffer_octets
        # A source whose rows have long been filtered out would otherwise be asked for a few of them at a time.
        scanned = min(max(1, given // (self.arrived + _EVIDENCE)), _MOST_FILTERED)
        return objects * scanned, octets * scanned

    def finish(self, error: WmiError | None, *, discard: bool = False) -> None:
        """The operation ended, with *error* or well; *discard* drops what nobody has read."""
        if self.finished:
            return
        self.finished = True
        self.error = error
        if discard:
            self.drop()
        self._tell_readers()
        self._make_room()

    def _tell_readers(self) -> None:
        for arrival in self._arrivals:
            if not arrival.done():
                arrival.set_result(None)
        self._arrivals.clear()

    def _make_room(self) -> None:
        if self._space is not None and not self._space.done():
            self._space.set_result(None)

    # -- the reading side -------------------------------------------------------------------------------------------

    def attach(self, position: int = 0) -> Reader:
        """A new reader at *position*."""
        reader = Reader(position)
        self._readers.append(reader)
        return reader

    def detach(self, reader: Reader) -> None:
        """A reader has gone; with the last one the results are freed and the operation is abandoned."""
        if reader in self._readers:
            self._readers.remove(reader)
            reader.attached = False
            self._tell_readers()
            if not self._readers:
                self.drop()
                if self._call is not None and not self._call.state.is_final:
                    self._call.cancel()

    @property
    def has_readers(self) -> bool:
        """Whether anyone can still read."""
        return bool(self._readers)

    def available(self, reader: Reader) -> int:
        """Objects that *reader* could read now."""
        return 0 if self._discarded else self.total - reader.position

    def _batch_at(self, position: int) -> int:
        """Which of the batches has the object at *position*; who reads forward only is in the first that is left."""
        starts = self._starts
        if len(starts) < 2 or position < starts[1]:
            return 0
        from bisect import bisect_right

        return bisect_right(starts, position) - 1

    def together(self, reader: Reader) -> int:
        """Objects from the reader's position on that are in one batch."""
        index = self._batch_at(reader.position) + 1
        return (self._starts[index] if index < len(self._starts) else self.total) - reader.position

    async def reach(self, reader: Reader, count: int, until: float | None, liked: int = 0) -> None:
        """Wait until *count* objects lie before *reader*, or the operation ended, or the time *until* has come.

        The source hears that *liked* would be welcome at once, if that is more.
        """
        reader.target = reader.position + count
        self.awaited = max(reader.target - self.total, liked)
        self._make_room()
        loop = asyncio.get_running_loop()
        try:
            while self.total < reader.target and not self.finished and reader.attached:
                if until is not None and until <= loop.time():
                    return
                arrival = loop.create_future()
                self._arrivals.append(arrival)
                timer = None if until is None else loop.call_at(until, _settle, arrival)
                try:
                    await arrival
                finally:
                    if timer is not None:
                        timer.cancel()
                    if arrival in self._arrivals:
                        self._arrivals.remove(arrival)
        finally:
            reader.target = reader.position
            self.awaited = 0

    async def poll(self, reader: Reader, count: int) -> None:
        """Give the source one turn to hand over what it has, up to *count* objects before *reader*."""
        reader.target = reader.position + count
        self._make_room()
        try:
            await asyncio.sleep(0)
        finally:
            reader.target = reader.position

    def read(self, reader: Reader, count: int) -> list[Batch]:
        """Up to *count* objects from the reader's position, which moves past them."""
        parts: list[Batch] = []
        stop = reader.position + min(count, self.available(reader))
        index = self._batch_at(reader.position)
        while reader.position < stop:
            start = self._starts[index]
            batch = self._load(index)
            begin, end = reader.position - start, min(len(batch), stop - start)
            parts.append(batch if begin == 0 and end == len(batch) else batch.part(begin, end))
            reader.position = start + end
            index += 1
        self.moved(reader, sum(map(len, parts)))
        return parts

    def skip(self, reader: Reader, count: int) -> int:
        """Move *reader* past up to *count* objects; returns how many."""
        skipped = min(count, self.available(reader))
        reader.position += skipped
        self.moved(reader, skipped)
        return skipped

    def moved(self, reader: Reader, count: int) -> None:
        """*reader* has passed *count* objects: free what forward-only results need no more, let the source go on.

        The credit grows for a reader who uses it.
        """
        before = self._octets_before(reader.position - count)
        self._credit.used(count, self._octets_before(reader.position) - before)
        if self.forward_only:
            self._free_before(reader.position)
        self._make_room()
        if self.finished and self.error is None and reader.position >= self.total:
            self._call_drained()

    # -- keeping ----------------------------------------------------------------------------------------------------

    def _free_before(self, position: int) -> None:
        done = 0
        while done < len(self._starts):
            end = self._starts[done + 1] if done + 1 < len(self._starts) else self.total
            if end > position:
                break
            done += 1
        if done:
            self._in_memory -= sum(len(kept) for kept in self._kept[:done] if not isinstance(kept, int))
            del self._starts[:done], self._octet_starts[:done]
            del self._kept[:done]
            self._oldest_in_memory = max(0, self._oldest_in_memory - done)

    def _spill_oldest(self) -> None:
        if self._spill is None:
            # pickle and tempfile take milliseconds to import, and few results ever leave memory.
            from wmix.engine.calls.spill import Spill

            self._spill = Spill(self.settings.temp_directory)
        while self._in_memory > self._memory and self._oldest_in_memory < len(self._kept):
            index = self._oldest_in_memory
            batch = self._kept[index]
            if not isinstance(batch, int):
                self._kept[index] = self._spill.write(batch)
                self._in_memory -= len(batch)
            self._oldest_in_memory += 1

    def _load(self, index: int) -> Batch:
        kept = self._kept[index]
        if not isinstance(kept, int):
            return kept
        if self._spill is None:
            raise RuntimeError("a spilled batch without its file")
        return self._spill.read(kept)

    def drop(self) -> None:
        """Free everything; there is nothing to read any more."""
        self._starts.clear()
        self._octet_starts.clear()
        self._kept.clear()
        self._in_memory = self._oldest_in_memory = 0
        self._discarded = True
        if self._spill is not None:
            self._spill.close()
            self._spill = None


def _settle(arrival: asyncio.Future[None]) -> None:
    if not arrival.done():
        arrival.set_result(None)
