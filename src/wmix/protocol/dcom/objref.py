"""OBJREF: how a reference to a remote object, or an object by value, travels. [MS-DCOM] 2.2.18.

Pure codec: octets in, one of four records out.  ``ObjRefCustom`` carries objects by value (WMI classes and instances,
contexts, activation properties); the others name an object by exporter (OXID), object (OID) and interface (IPID).
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from wmix.protocol.dcom.bindings import DualStringArray, read_packed_bindings
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.octets import Reader, Writer
from wmix.protocol.ndr.structure import Structure, wire
from wmix.protocol.ndr.types import GUID, U32, U64
from wmix.record import Record

__all__ = [
    "SORF_NOPING",
    "DataElement",
    "ObjRef",
    "ObjRefCustom",
    "ObjRefExtended",
    "ObjRefHandler",
    "ObjRefStandard",
    "StdObjRef",
    "custom_data",
    "decode_objref",
    "encode_custom",
]

_SIGNATURE: Final = 0x574F454D  # "MEOW"
_EXTENDED_SIGNATURE: Final = 0x4E535956
_STANDARD: Final = 1
_HANDLER: Final = 2
_CUSTOM: Final = 4
_EXTENDED: Final = 8

_HEAD: Final = Struct("<II16s")
_HANDLER_CLASS: Final = Struct("<16s")
_CUSTOM_HEAD: Final = Struct("<16sII")
_ONE: Final = Struct("<I")
_PAIR: Final = Struct("<II")
_ELEMENT: Final = Struct("<16sII")
#: Head and custom head of an OBJREF_CUSTOM, read at once.
_WHOLE_CUSTOM_HEAD: Final = Struct("<II16s16sII")
_EIGHT: Final = 8

#: Flag of STDOBJREF: the object is not to be pinged.
SORF_NOPING: Final = 0x1000


class StdObjRef(Structure):
    """STDOBJREF: an interface of an object, and how many references the receiver is given. [MS-DCOM] 2.2.18.1."""

    wire_name = "STDOBJREF"
    flags: int = wire(U32, default=0)
    public_refs: int = wire(U32, default=0)
    oxid: int = wire(U64, default=0)
    oid: int = wire(U64, default=0)
    ipid: Guid = wire(GUID, default=NULL_GUID)

    @property
    def is_pinged(self) -> bool:
        """Whether the exporter expects pings for the object."""
        return not self.flags & SORF_NOPING


class ObjRef(Record):
    """Base of the four forms; ``iid`` is the interface that is passed."""

    iid: Guid

    flags = 0

    def encode(self) -> bytes:
        """The octets, as they stand in an MInterfacePointer."""
        writer = Writer()
        writer.data += _HEAD.pack(_SIGNATURE, self.flags, self.iid)
        self._write(writer)
        return writer.getvalue()

    def _write(self, writer: Writer) -> None:
        """Write what follows the head."""


class ObjRefStandard(ObjRef):
    """OBJREF_STANDARD; ``resolver`` tells where the exporter can be asked for."""

    std: StdObjRef
    resolver: DualStringArray = DualStringArray()

    flags = _STANDARD

    def _write(self, writer: Writer) -> None:
        writer.data += self.std.encode() + self.resolver.packed()


class ObjRefHandler(ObjRefStandard):
    """OBJREF_HANDLER: with a class for the client to use as a proxy; treat as standard."""

    handler: Guid = NULL_GUID

    flags = _HANDLER

    def _write(self, writer: Writer) -> None:
        writer.data += self.std.encode() + self.handler + self.resolver.packed()


class DataElement(Record):
    """DATAELEMENT: a context that travels with an OBJREF_EXTENDED. [MS-DCOM] 2.2.18.8."""

    id: Guid
    data: bytes


class ObjRefExtended(ObjRefStandard):
    """OBJREF_EXTENDED: with an envoy context; treat as standard.

    ``padding`` stands between the bindings and the element; the text knows none, Windows aligns to eight.
    """

    element: DataElement = DataElement(NULL_GUID, b"")
    padding: bytes = b""

    flags = _EXTENDED

    def _write(self, writer: Writer) -> None:
        data = self.element.data
        rounded = data + bytes(-len(data) % _EIGHT)
        writer.data += self.std.encode() + _ONE.pack(_EXTENDED_SIGNATURE) + self.resolver.packed() + self.padding
        writer.data += _PAIR.pack(1, _EXTENDED_SIGNATURE)
        writer.data += _ELEMENT.pack(self.element.id, len(data), len(rounded)) + rounded


class ObjRefCustom(ObjRef):
    """OBJREF_CUSTOM: an object by value, for the unmarshaler ``clsid``; ``reserved`` may be anything."""

    clsid: Guid
    data: bytes
    reserved: int = 0

    flags = _CUSTOM

    def _write(self, writer: Writer) -> None:
        writer.data += _CUSTOM_HEAD.pack(self.clsid, 0, self.reserved) + self.data


def decode_objref(octets: bytes) -> ObjRef:
    """The reference in *octets*.

    Octets behind it are ignored, except that the data of a custom reference ends where *octets* do.

    Raises:
        MalformedData: it is none.
    """
    reader = Reader(octets)
    reader.place = ("OBJREF", "signature")
    signature, flags, iid_octets = reader.unpack(_HEAD)
    if signature != _SIGNATURE:
        raise reader.malformed("no object reference")
    iid = Guid(iid_octets)
    reader.place = ("OBJREF", "u_objref")
    if flags == _STANDARD:
        return ObjRefStandard(iid, _std(reader), read_packed_bindings(reader))
    if flags == _CUSTOM:
        clsid, extension, reserved = reader.unpack(_CUSTOM_HEAD)
        reader.take(extension)
        return ObjRefCustom(iid, Guid(clsid), reader.rest(), reserved)
    if flags == _HANDLER:
        std = _std(reader)
        handler = Guid(reader.unpack(_HANDLER_CLASS)[0])
        return ObjRefHandler(iid, std, read_packed_bindings(reader), handler)
    if flags == _EXTENDED:
        return _extended(reader, iid)
    reader.place = ("OBJREF", "flags")
    raise reader.malformed(f"there is no form {flags:#x}")


def _std(reader: Reader) -> StdObjRef:
    std: StdObjRef = StdObjRef.layout.read(reader)
    return std


def _extended(reader: Reader, iid: Guid) -> ObjRefExtended:
    std = _std(reader)
    reader.place = ("OBJREF_EXTENDED", "Signature1")
    if reader.unpack(_ONE)[0] != _EXTENDED_SIGNATURE:
        raise reader.malformed("the signature is wrong")
    resolver = read_packed_bindings(reader)
    end = reader.position
    if not _is_element(reader, end):
        reader.align(_EIGHT)
    padding = reader.data[end : reader.position]
    reader.place = ("OBJREF_EXTENDED", "Signature2")
    if not _is_element(reader, reader.position):
        raise reader.malformed("there is no data element")
    reader.position += _PAIR.size
    reader.place = ("DATAELEMENT", "cbSize")
    element_id, size, rounded = reader.unpack(_ELEMENT)
    if size > rounded:
        raise reader.malformed(f"{size} octets in {rounded}")
    return ObjRefExtended(iid, std, resolver, DataElement(Guid(element_id), reader.take(rounded)[:size]), padding)


def _is_element(reader: Reader, position: int) -> bool:
    return reader.data[position : position + _PAIR.size] == _PAIR.pack(1, _EXTENDED_SIGNATURE)


def encode_custom(iid: Guid, clsid: Guid, data: bytes) -> bytes:
    """An object by value as the octets of an OBJREF_CUSTOM; the reserved field is its length, as Windows has it."""
    return _WHOLE_CUSTOM_HEAD.pack(_SIGNATURE, _CUSTOM, iid, clsid, 0, len(data)) + data


def custom_data(octets: bytes, clsid: Guid) -> bytes:
    """The data of an object by value of class *clsid*.

    Raises:
        MalformedData: it is another kind of reference, or of another class.
    """
    if len(octets) >= _WHOLE_CUSTOM_HEAD.size:
        signature, flags, _, found, extension, _ = _WHOLE_CUSTOM_HEAD.unpack_from(octets)
        if signature == _SIGNATURE and flags == _CUSTOM and found == clsid and not extension:
            return octets[_WHOLE_CUSTOM_HEAD.size :]
    reference = decode_objref(octets)
    if isinstance(reference, ObjRefCustom) and reference.clsid == clsid:
        return reference.data
    reader = Reader(octets)
    reader.place = ("OBJREF", "u_objref")
    raise reader.malformed(f"no object by value of class {clsid}")
