"""Tables of firmware, put together from structures."""

from __future__ import annotations


def structure(kind: int, formatted: bytes, *strings: str) -> bytes:
    """One SMBIOS structure of type *kind*; *formatted* is what follows its header of four octets."""
    header = bytes((kind, 4 + len(formatted), 0, 0))
    return header + formatted + (b"".join(text.encode() + b"\0" for text in strings) or b"\0") + b"\0"
