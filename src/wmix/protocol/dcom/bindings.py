"""DUALSTRINGARRAY: where an object exporter or resolver is reached, and who it authenticates as. [MS-DCOM] 2.2.19.

Two lists of strings in one array of 16-bit units.  The array occurs in NDR, with its conformance in front, and packed
within an OBJREF.  Arrays without terminators or with an empty half are met in the field: reading stops at the end of
each half.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.strings import decode_utf16
from wmix.protocol.ndr.types import NdrType
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = [
    "DUAL_STRING_ARRAY",
    "NCACN_IP_TCP",
    "NCACN_NP",
    "DualStringArray",
    "SecurityBinding",
    "StringBinding",
    "read_packed_bindings",
]

#: Tower identifiers ([C706] appendix I, [MS-DCOM] 2.2.19.3): RPC over TCP, over named pipes.
NCACN_IP_TCP: Final = 0x0007
NCACN_NP: Final = 0x000F

#: wAuthzSvc is reserved, with this value.
_NO_AUTHORIZATION: Final = 0xFFFF
_COUNTS: Final = Struct("<HH")
_UNIT: Final = 2
_NUL: Final = b"\0\0"


class StringBinding(Record):
    """An address: ``host``, or ``host[port]`` for an exporter; IPv6 addresses stand without brackets of their own."""

    tower_id: int
    address: str

    @property
    def host(self) -> str:
        """The address without the port."""
        return self.address.partition("[")[0] if self.address.endswith("]") else self.address

    @property
    def port(self) -> int | None:
        """The port; None when there is none, or an endpoint that is no port."""
        endpoint = self.address.rpartition("[")[2] if self.address.endswith("]") else ""
        digits = endpoint.removesuffix("]")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len("100000") else None


class SecurityBinding(Record):
    """An authentication service (:class:`~wmix.protocol.rpc.verifier.AuthType`) and the principal it proves."""

    service: int
    principal: str = ""
    authorization: int = _NO_AUTHORIZATION


class DualStringArray(Record):
    """String bindings and security bindings, each in order of preference."""

    strings: tuple[StringBinding, ...] = ()
    security: tuple[SecurityBinding, ...] = ()

    def tcp_bindings(self) -> tuple[StringBinding, ...]:
        """The addresses that are reached over TCP; Windows lists named pipes among them."""
        return tuple([binding for binding in self.strings if binding.tower_id == NCACN_IP_TCP])

    def halves(self) -> tuple[bytes, bytes]:
        """The octets of both lists; an empty list is a null entry and its terminator."""
        strings = [binding.tower_id.to_bytes(2, "little") + _text(binding.address) for binding in self.strings]
        security = [
            b.service.to_bytes(2, "little") + b.authorization.to_bytes(2, "little") + _text(b.principal)
            for b in self.security
        ]
        return b"".join(strings or [_NUL]) + _NUL, b"".join(security or [_NUL]) + _NUL

    def packed(self) -> bytes:
        """The array as it stands in an OBJREF."""
        strings, security = self.halves()
        units = (len(strings) + len(security)) // _UNIT
        return _COUNTS.pack(units, len(strings) // _UNIT) + strings + security


def _text(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass") + _NUL


def read_packed_bindings(reader: Reader) -> DualStringArray:
    """The array as it stands in an OBJREF."""
    place = reader.place
    reader.place = ("DUALSTRINGARRAY", "wNumEntries")
    units, security_offset = reader.unpack(_COUNTS)
    octets = reader.take(units * _UNIT)
    if security_offset > units:
        reader.place = ("DUALSTRINGARRAY", "wSecurityOffset")
        raise reader.malformed(f"{security_offset} units of {units}")
    reader.place = place
    return _parse(octets, security_offset * _UNIT)


def _parse(octets: bytes, middle: int) -> DualStringArray:
    strings = []
    position = 0
    while (tower_id := _unit(octets, position, middle)) != 0:
        address, position = _string(octets, position + _UNIT, middle)
        strings.append(StringBinding(tower_id, address))
    security = []
    position = middle
    while (service := _unit(octets, position, len(octets))) != 0:
        authorization = _unit(octets, position + _UNIT, len(octets))
        principal, position = _string(octets, position + 2 * _UNIT, len(octets))
        security.append(SecurityBinding(service, principal, authorization))
    return DualStringArray(tuple(strings), tuple(security))


def _unit(octets: bytes, position: int, end: int) -> int:
    """The unit at *position*; 0 behind the end."""
    return int.from_bytes(octets[position : min(position + _UNIT, end)], "little")


def _string(octets: bytes, position: int, end: int) -> tuple[str, int]:
    """The string at *position* and where it ends, its NUL included; it ends at *end* at the latest."""
    stop = position
    while stop < end and octets[stop : stop + _UNIT] != _NUL:
        stop += _UNIT
    return decode_utf16(octets[position:stop]), stop + _UNIT


class _DualStringArrayType(NdrType):
    """The array in NDR: maximum count, the two counts, the units."""

    least_size = 8

    def read(self, reader: Reader) -> DualStringArray:
        count = reader.u32()
        units = int.from_bytes(reader.data[reader.position : reader.position + 2], "little")
        if units > count:
            raise reader.malformed(f"{units} units in an array of {count}")
        return read_packed_bindings(reader)

    def write(self, writer: Writer, value: DualStringArray) -> None:
        octets = value.packed()
        writer.u32(len(octets) // _UNIT - _UNIT)
        writer.data += octets


DUAL_STRING_ARRAY: Final = _DualStringArrayType()
