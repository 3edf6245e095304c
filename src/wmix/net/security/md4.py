"""MD4, [RFC 1320]: the hash under which Windows keeps passwords.

The libraries have dropped it, rightly: it is broken.  NTLM needs it all the same, for one short text a login.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

__all__ = ["md4"]

_BLOCK: Final = Struct("<16I")
_STATE: Final = Struct("<4I")
_LENGTH: Final = Struct("<Q")
_MASK: Final = 0xFFFFFFFF

#: Order of the words and their shifts in the three rounds, sections 3.4; the constant added in each.
_ROUNDS: Final = (
    (tuple(range(16)), (3, 7, 11, 19), 0),
    ((0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13), 0x5A827999),
    ((0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15), 0x6ED9EBA1),
)


def md4(data: bytes) -> bytes:
    """The 16 octets of the digest.

    >>> md4(b"abc").hex()
    'a448017aaf21d8525fc10ae87aa6729d'
    """
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + _LENGTH.pack(len(data) * 8)
    state = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
    for words in _BLOCK.iter_unpack(padded):
        state = _compress(state, words)
    return _STATE.pack(*state)


def _compress(state: tuple[int, int, int, int], words: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    for number, (order, shifts, constant) in enumerate(_ROUNDS):
        for step, index in enumerate(order):
            total = (a + _mixed(number, b, c, d) + words[index] + constant) & _MASK
            shift = shifts[step % 4]
            a, b, c, d = d, (total << shift | total >> (32 - shift)) & _MASK, b, c
    return (a + state[0]) & _MASK, (b + state[1]) & _MASK, (c + state[2]) & _MASK, (d + state[3]) & _MASK


def _mixed(number: int, x: int, y: int, z: int) -> int:
    """F, G and H of section 3.4."""
    if number == 0:
        return (x & y) | (~x & _MASK & z)
    if number == 1:
        return (x & y) | (x & z) | (y & z)
    return x ^ y ^ z
