"""GUIDs: sixteen octets that name an interface, a class, an object or a call. [MS-DTYP] 2.3.4.

A ``Guid`` *is* its octets as they travel (the first three fields little-endian), so that reading one is a slice and
looking one up is the hash of a byte string.  Text is made only when somebody looks.  Making new ones takes randomness
and is the work of the callers.
"""

from __future__ import annotations

from typing import Self

__all__ = ["NULL_GUID", "Guid"]

_OCTETS = 16


class Guid(bytes):
    """A GUID in its form on the wire.

    >>> Guid.parse("{9556DC99-828C-11CF-A37E-00AA003240C7}")
    Guid('9556dc99-828c-11cf-a37e-00aa003240c7')
    >>> bytes(Guid.parse("00000143-0000-0000-C000-000000000046")).hex()
    '4301000000000000c000000000000046'
    """

    __slots__ = ()

    def __new__(cls, octets: bytes) -> Self:
        """From the 16 octets of the wire; ValueError for any other number."""
        if len(octets) != _OCTETS:
            raise ValueError(f"a GUID has {_OCTETS} octets, not {len(octets)}")
        return super().__new__(cls, octets)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the usual text, with or without braces, in any case; ValueError for anything else."""
        parts = text.strip("{}").split("-")
        if [len(part) for part in parts] != [8, 4, 4, 4, 12]:
            raise ValueError(f"no GUID: {text!r}")
        first, second, third = (bytes.fromhex(part)[::-1] for part in parts[:3])
        return cls(first + second + third + bytes.fromhex(parts[3]) + bytes.fromhex(parts[4]))

    def __str__(self) -> str:
        return "-".join(
            (self[3::-1].hex(), self[5:3:-1].hex(), self[7:5:-1].hex(), self[8:10].hex(), self[10:].hex()),
        )

    def __repr__(self) -> str:
        return f"Guid('{self}')"


#: All zero: no interface, no object.
NULL_GUID = Guid(bytes(_OCTETS))
