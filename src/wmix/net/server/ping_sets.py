"""Ping sets: which objects a client says it still uses, all of them by one small message. [MS-DCOM] 3.1.2.6.

A set that is not pinged for three periods is forgotten; what only it kept alive then expires in the exporter.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wmix.status import OR_INVALID_SET, RPC_S_SERVER_TOO_BUSY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wmix.net.server.exporter import ObjectExporter

__all__ = ["PingSets"]

#: Win32 codes travel without the 8007 of their HRESULT.
_CODE = 0xFFFF
_SEQUENCES = 0x10000


class _PingSet:
    __slots__ = ("oids", "pinged", "sequence")

    def __init__(self, sequence: int, now: float) -> None:
        self.oids: set[int] = set()
        self.sequence = sequence
        self.pinged = now


class PingSets:
    """All sets of one resolver."""

    def __init__(self, exporter: ObjectExporter, clock: Callable[[], float]) -> None:
        self._exporter = exporter
        self._clock = clock
        self._sets: dict[int, _PingSet] = {}

    def __len__(self) -> int:
        return len(self._sets)

    def simple(self, set_id: int) -> int:
        """SimplePing: everything in the set is in use; 0 or OR_INVALID_SET."""
        found = self._sets.get(set_id)
        if found is None:
            return OR_INVALID_SET & _CODE
        self._ping(found)
        return 0

    def complex(self, set_id: int, sequence: int, added: Iterable[int], deleted: Iterable[int]) -> tuple[int, int]:
        """ComplexPing: a new set (*set_id* 0), or changes to one; its identifier and a status.

        A message that is older than the last one takes nothing out of the set; additions hold, because a client exists
        whose numbers do not grow.  Objects that are gone are left out without a word: the client learns of them when
        it calls them.
        """
        limits = self._exporter.limits
        if set_id:
            found = self._sets.get(set_id)
            if found is None:
                return set_id, OR_INVALID_SET & _CODE
            if (sequence - found.sequence) % _SEQUENCES >= _SEQUENCES // 2:
                deleted = ()
            found.sequence = sequence
        else:
            set_id = int.from_bytes(os.urandom(8), "little") or 1
            found = _PingSet(sequence, self._clock())
        found.oids.update([oid for oid in added if self._exporter.ping(oid)][: limits.pinged_objects - len(found.oids)])
        if set_id not in self._sets:
            if not found.oids:
                # Nobody without an object fills the table, which can be asked without a login.
                return set_id, 0
            if len(self._sets) >= limits.ping_sets:
                return 0, RPC_S_SERVER_TOO_BUSY & _CODE
            self._sets[set_id] = found
        found.oids.difference_update(deleted)
        self._ping(found)
        return set_id, 0

    def _ping(self, found: _PingSet) -> None:
        found.pinged = self._clock()
        found.oids = {oid for oid in found.oids if self._exporter.ping(oid)}

    def sweep(self) -> int:
        """Forget the sets that were not pinged for three periods; how many those were."""
        limit = self._clock() - self._exporter.limits.object_life
        gone = [set_id for set_id, found in self._sets.items() if found.pinged <= limit]
        for set_id in gone:
            del self._sets[set_id]
        return len(gone)
