"""Types and flags of connection-oriented PDUs, and the header that all begin with. [C706] 12.6.3, [MS-RPCE] 2.2.2.3."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from struct import Struct
from typing import Final

__all__ = [
    "DEFAULT_MAX_FRAGMENT",
    "HEADER",
    "HEADER_SIZE",
    "LEAST_MAX_FRAGMENT",
    "LITTLE_ENDIAN",
    "OBJECT_SIZE",
    "REQUEST_HEADER_SIZE",
    "RPC_VERSION",
    "WHOLE",
    "PduFlags",
    "PduType",
]


class PduType(IntEnum):
    """Types of PDUs that occur on a connection."""

    REQUEST = 0
    RESPONSE = 2
    FAULT = 3
    BIND = 11
    BIND_ACK = 12
    BIND_NAK = 13
    ALTER_CONTEXT = 14
    ALTER_CONTEXT_RESP = 15
    AUTH3 = 16
    SHUTDOWN = 17
    CO_CANCEL = 18
    ORPHANED = 19


class PduFlags(IntFlag):
    """Flags of the header; bits without a name survive."""

    FIRST_FRAG = 0x01
    LAST_FRAG = 0x02
    #: In a request: the caller has cancelled already.
    PENDING_CANCEL = 0x04
    #: In bind, alter_context, their answers and auth3, the same bit: headers are signed ([MS-RPCE] 2.2.2.3).
    SUPPORT_HEADER_SIGN = 0x04
    #: Several calls may be outstanding on the connection.
    CONC_MPX = 0x10
    #: In a fault: the call was not executed, it is safe to repeat it.
    DID_NOT_EXECUTE = 0x20
    MAYBE = 0x40
    #: In a request: an object identifier (in DCOM the IPID) follows the header.
    OBJECT_UUID = 0x80


#: First and last fragment: a PDU that is a whole message.
WHOLE: Final = int(PduFlags.FIRST_FRAG | PduFlags.LAST_FRAG)

#: Version, type, flags, data representation, length of the fragment, length of the token, call identifier.
HEADER: Final = Struct("<BBBB4sHHI")
HEADER_SIZE: Final = HEADER.size
#: Header of a request without object identifier, and of a response.
REQUEST_HEADER_SIZE: Final = 24
OBJECT_SIZE: Final = 16

#: Major version 5; minor versions 0 and 1 have the same PDUs.
RPC_VERSION: Final = 5
#: Integers little-endian, characters ASCII, floating point IEEE ([C706] 14.1); the only one that Windows knows.
LITTLE_ENDIAN: Final = b"\x10\0\0\0"

#: What every peer accepts, and what Windows proposes, in octets.
LEAST_MAX_FRAGMENT: Final = 1432
DEFAULT_MAX_FRAGMENT: Final = 5840
