"""What checks have found: errors that no mark on the device tells of.

A read-only check changes nothing on the device, so ``VolumeDirty`` would go on to call a damaged file system clean.
The finding is remembered here, beside the state of the superblock at that time: it holds until the superblock changes,
or a repair or a later check by the same engine takes it back.  One object is shared by provider and methods.
"""

from __future__ import annotations

import threading
from typing import Final

__all__ = ["CheckFindings"]

#: Devices remembered; the oldest finding is forgotten first.
_LIMIT: Final = 1024


class CheckFindings:
    """Devices on which a check found errors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fingerprints: dict[str, int] = {}

    def put(self, node: str, fingerprint: int) -> None:
        """Remember that the file system on *node* has errors, as long as its superblock has this *fingerprint*."""
        with self._lock:
            self._fingerprints.pop(node, None)
            self._fingerprints[node] = fingerprint
            if len(self._fingerprints) > _LIMIT:
                del self._fingerprints[next(iter(self._fingerprints))]

    def clear(self, node: str) -> None:
        """Forget what was found on *node*: it is sound."""
        with self._lock:
            self._fingerprints.pop(node, None)

    def has_errors(self, node: str, fingerprint: int) -> bool:
        """Whether errors were found on *node* and its superblock has not changed since."""
        with self._lock:
            return self._fingerprints.get(node) == fingerprint
