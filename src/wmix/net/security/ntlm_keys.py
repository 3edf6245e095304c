"""From a password to the keys of a session: the one-way functions of NTLMv2. [MS-NLMP] 3.3.2, 3.4.5.

Pure functions over octets.  MD4, MD5 and RC4 are what the protocol is made of; nothing else here relies on them.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from wmix.net.security.md4 import md4
from wmix.net.security.ntlm_flags import NtlmFlags

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

__all__ = ["Mac", "hmac_md5", "nt_hash", "rc4", "response_keys", "sealing_key", "signing_key"]

_DIRECTIONS: Final = {True: b"client-to-server", False: b"server-to-client"}


def nt_hash(password: str) -> bytes:
    """NTOWFv1, section 3.3.1: what a server keeps instead of the password; as secret as the password itself.

    >>> nt_hash("Password").hex()
    'a4f49c406510bdcab6824ee7c30fd852'
    """
    return md4(password.encode("utf-16-le", "surrogatepass"))


def response_keys(hashed: bytes, user: str, domain: str) -> list[bytes]:
    """NTOWFv2, section 3.3.2, in the ways in which clients put the user's name in upper case.

    Windows replaces letter by letter and keeps those whose upper case is longer ("ß"); many others write it out ("SS").
    """
    simple = "".join(char if len(char.upper()) > 1 else char.upper() for char in user)
    spellings = dict.fromkeys((simple, user.upper()))
    return [hmac_md5(hashed, (name + domain).encode("utf-16-le", "surrogatepass")) for name in spellings]


def signing_key(session_key: bytes, *, from_client: bool) -> bytes:
    """SIGNKEY with extended session security, section 3.4.5.2."""
    return _md5(session_key + b"session key to " + _DIRECTIONS[from_client] + b" signing key magic constant\0")


def sealing_key(session_key: bytes, flags: int, *, from_client: bool) -> bytes:
    """SEALKEY with extended session security, section 3.4.5.3."""
    size = 16 if flags & NtlmFlags.NEGOTIATE_128 else 7 if flags & NtlmFlags.NEGOTIATE_56 else 5
    return _md5(session_key[:size] + b"session key to " + _DIRECTIONS[from_client] + b" sealing key magic constant\0")


def hmac_md5(key: bytes, data: bytes) -> bytes:
    """HMAC of section 6, 16 octets."""
    return hmac.digest(key, data, "md5")


class Mac:
    """HMAC-MD5 under one key, for many short messages: the two paddings of the key are hashed once, RFC 2104 section 4.

    >>> Mac(b"key")(b"a", b"b", b"c") == hmac_md5(b"key", b"abc")
    True
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.md5(bytes(octet ^ 0x36 for octet in block), usedforsecurity=False)
        self._outer = hashlib.md5(bytes(octet ^ 0x5C for octet in block), usedforsecurity=False)

    def __call__(self, start: bytes, body: bytes, end: bytes) -> bytes:
        """The 16 octets for the three pieces, which are not joined first: the body may be long."""
        inner = self._inner.copy()
        inner.update(start)
        inner.update(body)
        inner.update(end)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


def rc4(key: bytes) -> CipherContext:
    """A key stream; encryption and decryption are the same."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    return Cipher(ARC4(key), mode=None).encryptor()


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
