"""What a decoder says about octets that break the rules: where, in which structure, in which field.

The only error that the decoders of ``protocol`` raise.  Depends on ``errors``.
"""

from __future__ import annotations

from wmix.errors import ProtocolError

__all__ = ["MalformedData"]


class MalformedData(ProtocolError):
    """Octets that cannot be what they claim to be.

    Args:
        what: the rule that is broken, for people.
        position: offset of the place in the octets that were decoded, from 0.
        structure: the structure by its name in the specification, where it is known.
        field: the field of that structure, where it is known.
    """

    def __init__(self, what: str, *, position: int, structure: str = "", field: str = "") -> None:
        place = ".".join(part for part in (structure, field) if part)
        super().__init__(f"{place + ': ' if place else ''}{what} (at octet {position})")
        self.what = what
        self.position = position
        self.structure = structure
        self.field = field
