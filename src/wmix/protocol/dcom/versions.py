"""COMVERSION: the version of the DCOM protocol that a peer speaks. [MS-DCOM] 2.2.11.

Within major version 5 the lower minor version of the two is spoken.  Windows from 10 2004 and Server 2022 on refuses
what is below 5.7, Windows 2000 and XP what is above 5.6: start with 5.7, take the lower one once the peer has told.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.ndr.structure import Structure, wire
from wmix.protocol.ndr.types import U16

__all__ = ["COM_5_7", "ComVersion"]


class ComVersion(Structure):
    """A version; only major 5 exists."""

    wire_name = "COMVERSION"
    major: int = wire(U16, default=5)
    minor: int = wire(U16, default=7)

    def negotiated(self, peer: ComVersion) -> ComVersion:
        """What to speak with *peer*, from what this side would like."""
        return ComVersion(self.major, min(self.minor, peer.minor))


COM_5_7: Final = ComVersion(5, 7)
