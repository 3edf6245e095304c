"""What is raised for octets that are no valid encoding: always ``ProtocolError``, always with a place.

The place is the structure and the field in the words of [MS-WMIO], and the position in octets from the start of what
the decoder was given (of the instance part for values that are decoded when they are read).
"""

from __future__ import annotations

from wmix.errors import ProtocolError

__all__ = ["MalformedObject", "malformed"]


class MalformedObject(ProtocolError):
    """Octets that are no [MS-WMIO] encoding.

    Attributes:
        structure: the structure of the specification that is being read, for example ``ClassPart``.
        field: the field of it.
        position: octets from the start of the data that the decoder was given.
    """

    structure: str = ""
    field: str = ""
    position: int = 0


def malformed(structure: str, field: str, position: int, why: str) -> MalformedObject:
    """The error for *field* of *structure* at *position*; *why* completes the sentence ``field ...``."""
    error = MalformedObject(f"[MS-WMIO] {structure}.{field} at octet {position}: {why}")
    error.structure, error.field, error.position = structure, field, position
    return error
