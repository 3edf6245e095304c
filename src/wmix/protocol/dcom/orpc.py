"""ORPCTHIS and ORPCTHAT: what precedes the parameters of every call on an object. [MS-DCOM] 2.2.13.

Both may carry extensions, of which two are known: a context, which is skipped, and information on an error.  Windows
attaches the latter to WMI calls that fail; a server sends none, because a client exists that cannot skip them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.octets import Reader, Writer
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.structure import Structure, constant, wire
from wmix.protocol.ndr.types import GUID, U32, NdrType
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters

__all__ = [
    "NO_EXTENSIONS",
    "Extent",
    "OrpcThat",
    "OrpcThis",
    "decode_answer",
    "decode_call",
    "encode_answer",
    "encode_call",
]

_EIGHT: Final = 8


class Extent(Record):
    """ORPC_EXTENT: an extension by its identifier. [MS-DCOM] 2.2.13.1."""

    id: Guid
    data: bytes


class _ExtentType(NdrType):
    """A conformant structure whose octets are rounded up to eight."""

    least_size = 24

    def read(self, reader: Reader) -> Extent:
        reader.place = ("ORPC_EXTENT", "size")
        count = reader.u32()
        extent_id = GUID.read(reader)
        size = reader.u32()
        if size > count:
            raise reader.malformed(f"{size} octets in {count}")
        return Extent(extent_id, reader.take(count)[:size])

    def write(self, writer: Writer, value: Extent) -> None:
        padded = value.data + bytes(-len(value.data) % _EIGHT)
        writer.u32(len(padded))
        GUID.write(writer, value.id)
        writer.u32(len(value.data))
        writer.data += padded


class _ExtentArray(Structure):
    """ORPC_EXTENT_ARRAY; the array of pointers is of even length, the last one null if need be."""

    wire_name = "ORPC_EXTENT_ARRAY"
    size: int = wire(U32)
    _reserved = constant(U32, 0)
    extents: tuple[Extent | None, ...] | None = wire(Unique(Array(Unique(_ExtentType()))))


class _ExtensionsType(Unique):
    """The extensions as a tuple, which is empty for a null pointer."""

    def __init__(self) -> None:
        super().__init__(_ExtentArray)

    def finish(self, reader: Reader, raw: int) -> Any:
        array = super().finish(reader, raw)
        return tuple([extent for extent in (array.extents or ()) if extent is not None]) if array else ()

    def write(self, writer: Writer, value: Any) -> None:
        super().write(writer, value or None)

    def packed_referent(self, writer: Writer, value: Any) -> int:
        return super().packed_referent(writer, value or None)

    def write_deferred(self, writer: Writer, value: Any) -> None:
        if value:
            super().write_deferred(writer, _ExtentArray(len(value), (*value, None) if len(value) % 2 else value))


_EXTENSIONS: Final = _ExtensionsType()
NO_EXTENSIONS: Final[tuple[Extent, ...]] = ()


class OrpcThis(Structure):
    """What a client says with every call: its version and the causality of the call. [MS-DCOM] 2.2.13.3.

    ``flags`` are 0 in calls on objects; activations may have any.
    """

    wire_name = "ORPCTHIS"
    version: ComVersion = wire(ComVersion, default=COM_5_7)
    flags: int = wire(U32, default=0)
    _reserved = constant(U32, 0)
    causality: Guid = wire(GUID, default=NULL_GUID)
    extensions: tuple[Extent, ...] = wire(_EXTENSIONS, default=NO_EXTENSIONS)


class OrpcThat(Structure):
    """What a server says with every answer. [MS-DCOM] 2.2.13.4."""

    wire_name = "ORPCTHAT"
    flags: int = wire(U32, default=0)
    extensions: tuple[Extent, ...] = wire(_EXTENSIONS, default=NO_EXTENSIONS)


P = TypeVar("P", bound="Parameters")
_ORDINARY_ANSWER: Final = OrpcThat()


def encode_call(this: OrpcThis, parameters: Parameters) -> bytes:
    """The stub of a request."""
    return _encode(this, parameters)


def decode_call(kind: type[P], stub: bytes) -> tuple[OrpcThis, P]:
    """The stub of a request whose in-parameters are *kind*; octets after them are ignored.

    Raises:
        MalformedData: it is not one.
    """
    return _decode(OrpcThis, kind, stub)


def encode_answer(parameters: Parameters, that: OrpcThat = _ORDINARY_ANSWER) -> bytes:
    """The stub of a response."""
    return _encode(that, parameters)


def decode_answer(kind: type[P], stub: bytes) -> tuple[OrpcThat, P]:
    """The stub of a response whose out-parameters are *kind*; octets after them are ignored.

    Raises:
        MalformedData: it is not one.
    """
    return _decode(OrpcThat, kind, stub)


def _encode(head: Structure, parameters: Parameters) -> bytes:
    writer = Writer()
    head.layout.write(writer, head)
    head.layout.write_deferred(writer, head)
    parameters.layout.write(writer, parameters)
    return writer.getvalue()


H = TypeVar("H", bound=Structure)


def _decode(head_kind: type[H], kind: type[P], stub: bytes) -> tuple[H, P]:
    reader = Reader(stub)
    head: H = head_kind.layout.finish(reader, head_kind.layout.read(reader))
    parameters: P = kind.layout.read(reader)
    return head, parameters
