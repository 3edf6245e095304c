"""Encoded-String and the dictionary of frequent texts: [MS-WMIO] 2.2.78 and 2.2.80.

An Encoded-String is a flag, the characters and a NUL: flag 0 says one octet per character (Latin-1), flag 1 UTF-16LE.
Windows takes the short form whenever every character fits, and so do we.  A text ends at its first NUL on both sides:
a NUL inside a text cannot be sent, and what follows one is dropped, as Windows does with its own zero-terminated
texts.  Lone surrogates are legal in WMI's texts and pass both ways.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.wmio.malformed import malformed

__all__ = ["DICTIONARY", "DICTIONARY_FLAG", "dictionary_reference", "encode_string", "read_string"]

COMPRESSED: Final = 0
UTF16: Final = 1

DICTIONARY_FLAG: Final = 0x80000000
"""Set in a string reference: the other bits are an index into the dictionary (2.2.80)."""

DICTIONARY: Final = (
    '"',
    "key",
    "",  # other implementations take entry 2 for two quote characters; it was not seen, and is never written
    "read",
    "write",
    "volatile",
    "provider",
    "dynamic",
    "cimwin32",
    "DWORD",
    "CIMTYPE",
)
"""The texts that a reference can name without storing them."""

# Windows uses entries for names of qualifiers only; the value "cimwin32" of Win32_Process is stored in its heap.
_WRITTEN: Final = {
    name: DICTIONARY_FLAG | DICTIONARY.index(name)
    for name in ("key", "read", "write", "volatile", "provider", "dynamic", "CIMTYPE")
}


def dictionary_reference(name: str) -> int | None:
    """The reference that stands for the qualifier name *name*, None when it has to be stored."""
    return _WRITTEN.get(name)


def encode_string(text: str) -> bytes:
    """*text*, up to its first NUL, in the shorter form that holds it."""
    if "\0" in text:
        text = text[: text.index("\0")]
    try:
        return b"\0" + text.encode("latin-1") + b"\0"
    except UnicodeEncodeError:
        return b"\1" + text.encode("utf-16-le", "surrogatepass") + b"\0\0"


def read_string(data: bytes, position: int, end: int, structure: str, field: str) -> tuple[str, int]:
    """The text at *position* and the position after its NUL; *end* bounds both.

    Raises:
        ProtocolError: an unknown flag, or no NUL before *end*.
    """
    if position >= end:
        raise malformed(structure, field, position, "no octet left for a string")
    flag = data[position]
    first = position + 1
    if flag == COMPRESSED:
        stop = data.find(b"\0", first, end)
        if stop < 0:
            raise malformed(structure, field, position, "a string without its NUL")
        return data[first:stop].decode("latin-1"), stop + 1
    if flag != UTF16:
        raise malformed(structure, field, position, f"string flag {flag}; known are 0 (Latin-1) and 1 (UTF-16)")
    stop = data.find(b"\0\0", first, end)
    while (stop - first) & 1 and stop >= 0:
        stop = data.find(b"\0\0", stop + 1, end)
    if stop < 0:
        raise malformed(structure, field, position, "a UTF-16 string without its NUL")
    return data[first:stop].decode("utf-16-le", "surrogatepass"), stop + 2
