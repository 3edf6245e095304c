"""What NTLM negotiates: NEGOTIATE flags, [MS-NLMP] 2.2.2.5, and which of them a protected conversation needs."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

from wmix.protocol.rpc.verifier import AuthLevel

__all__ = ["NtlmFlags", "missing_flags"]


class NtlmFlags(IntFlag):
    """Bits of NegotiateFlags, named as in the specification without their prefix NTLMSSP."""

    NEGOTIATE_UNICODE = 0x00000001
    NEGOTIATE_OEM = 0x00000002
    REQUEST_TARGET = 0x00000004
    NEGOTIATE_SIGN = 0x00000010
    NEGOTIATE_SEAL = 0x00000020
    NEGOTIATE_LM_KEY = 0x00000080
    NEGOTIATE_NTLM = 0x00000200
    ANONYMOUS = 0x00000800
    NEGOTIATE_ALWAYS_SIGN = 0x00008000
    TARGET_TYPE_DOMAIN = 0x00010000
    TARGET_TYPE_SERVER = 0x00020000
    NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x00080000
    NEGOTIATE_IDENTIFY = 0x00100000
    NEGOTIATE_TARGET_INFO = 0x00800000
    NEGOTIATE_VERSION = 0x02000000
    NEGOTIATE_128 = 0x20000000
    NEGOTIATE_KEY_EXCH = 0x40000000
    NEGOTIATE_56 = 0x80000000


#: Without these a login could be had, but no conversation that is safe against tampering.
_FOR_INTEGRITY: Final = (
    NtlmFlags.NEGOTIATE_UNICODE
    | NtlmFlags.NEGOTIATE_SIGN
    | NtlmFlags.NEGOTIATE_EXTENDED_SESSIONSECURITY
    | NtlmFlags.NEGOTIATE_128
    | NtlmFlags.NEGOTIATE_KEY_EXCH
)


def missing_flags(flags: int, level: int) -> NtlmFlags:
    """What *level* needs and *flags* lack; nothing when all is well."""
    if level <= AuthLevel.CONNECT:
        needed = NtlmFlags.NEGOTIATE_UNICODE
    elif level < AuthLevel.PRIVACY:
        needed = _FOR_INTEGRITY
    else:
        needed = _FOR_INTEGRITY | NtlmFlags.NEGOTIATE_SEAL
    return NtlmFlags(needed & ~flags)
