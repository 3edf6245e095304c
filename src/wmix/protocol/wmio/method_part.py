"""MethodsPart: the methods of a class with their signatures, [MS-WMIO] 2.2.38 to 2.2.52.

Each method is a description of fixed size that refers into the MethodHeap: name, qualifiers, and the two signature
blocks, which are object blocks of ``__PARAMETERS`` classes behind a length.  A direction without parameters has a
block of length 0; a NULL reference is read as the same.  The padding behind the count holds remains of other data in
classes from Windows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.methods import CimMethod
from wmix.cim.names import fold
from wmix.cim.qualifiers import QualifierSet
from wmix.protocol.wmio.class_part import class_of_origin, origin_name
from wmix.protocol.wmio.heap import NULL_REFERENCE, Heap, HeapWriter, read_heap
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.qualifiers import (
    qualifier_set_bounds,
    qualifier_set_length,
    read_qualifiers,
    write_qualifiers,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.wmio.octets import OctetReader
    from wmix.protocol.wmio.values import ObjectDecoder, ObjectEncoder

__all__ = ["read_methods_part", "write_methods_part"]

_DESCRIPTION: Final = struct.Struct("<IB3xIIII")
"""MethodName, MethodFlags, padding, MethodOrigin, MethodQualifiers, InputSignature, OutputSignature (2.2.42)."""

_PROPAGATED: Final = 0x20
"""Bit of MethodFlags: the method is the parent's."""


def read_methods_part(
    reader: OctetReader, objects: ObjectDecoder, class_name: str, derivation: Sequence[str]
) -> list[CimMethod]:
    """The methods of the part where *reader* stands; *reader* moves past it.

    Raises:
        ProtocolError: it is not valid.
    """
    part = reader.part("MethodsPart", "EncodingLength", included=True)
    count = part.u16("MethodCount")
    part.skip(2, "MethodCountPadding")
    first = part.skip(count * _DESCRIPTION.size, "MethodDescription")
    heap = read_heap(part, "MethodHeap", objects)
    methods: list[CimMethod] = []
    names: set[str] = set()
    for position in range(first, first + count * _DESCRIPTION.size, _DESCRIPTION.size):
        name_reference, flags, depth, qualifiers, ins, outs = _DESCRIPTION.unpack_from(part.data, position)
        name = heap.string(name_reference, "MethodName")
        if fold(name) in names:
            raise malformed("MethodDescription", "MethodName", position, f"{name} is there twice")
        names.add(fold(name))
        held = []
        if qualifiers != NULL_REFERENCE:
            item = heap.at(qualifiers, "MethodQualifiers", "MethodQualifiers")
            held = read_qualifiers(item.data, qualifier_set_bounds(item), heap)
        methods.append(
            CimMethod(
                name,
                _read_signature(ins, heap, objects, "InputSignature"),
                _read_signature(outs, heap, objects, "OutputSignature"),
                QualifierSet(held),
                origin_name(depth, class_name, derivation),
                not flags & _PROPAGATED,
            )
        )
    return methods


def _read_signature(reference: int, heap: Heap, objects: ObjectDecoder, field: str) -> CimClass | None:
    if reference == NULL_REFERENCE:
        return None
    block = heap.part(reference, "MethodSignatureBlock", field)
    if block.position == block.end:
        return None
    position = block.position
    signature = objects.embedded(block)
    if not isinstance(signature, CimClass):
        raise malformed("MethodSignatureBlock", field, position, "an instance instead of a class")
    return signature


def write_methods_part(methods: Sequence[CimMethod], derivation: Sequence[str], encoder: ObjectEncoder) -> bytes:
    """The octets of the part; the order of the heap is that of Windows (wire-protocol 4.10)."""
    heap = HeapWriter(encoder)
    descriptions = []
    for method in methods:
        name = heap.string(method.name)
        ins = _write_signature(method.in_signature, heap)
        outs = _write_signature(method.out_signature, heap)
        held = method.qualifiers.entries()
        qualifiers = heap.add(bytes(qualifier_set_length(held)))
        heap.replace(qualifiers, write_qualifiers(held, heap))
        flags = 0 if method.local else _PROPAGATED
        depth = class_of_origin(method.origin, derivation)
        descriptions.append(_DESCRIPTION.pack(name, flags, depth, qualifiers, ins, outs))
    body = b"".join((struct.pack("<HH", len(descriptions), 0), *descriptions, heap.encoded()))
    return struct.pack("<I", 4 + len(body)) + body


def _write_signature(signature: CimClass | None, heap: HeapWriter) -> int:
    return heap.block(b"" if signature is None else heap.objects.embedded(signature))
