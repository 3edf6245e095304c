"""EncodingUnit: an object as it travels, signature and length in front.  [MS-WMIO] 2.2.1, [MS-WMI] 2.2.4.

``encode_object`` and ``decode_object`` are for single objects.  Streams use one :class:`InstanceDecoder` (or
``BlockEncoder``) for all of their objects, so that class parts are decoded and written once, and work on object
blocks, which is what smart enumeration sends without the envelope ([MS-WMI] 2.2.14).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance, Origin
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.class_part import ClassPart
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.object_block import BlockDecoder, BlockEncoder
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.reader_compiler import InstanceReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.protocol.wmio.object_block import InstanceFactory

__all__ = [
    "SIGNATURE",
    "decode_object",
    "encode_object",
    "instance_reader",
    "instance_writer",
]

SIGNATURE: Final = 0x12345678

_HEAD: Final = struct.Struct("<II")


def encode_object(
    item: CimClass | CimInstance,
    *,
    decoration: Origin | None,
    encoder: BlockEncoder | None = None,
    flags: int = 0,
) -> bytes:
    """The EncodingUnit of a class or an instance.

    Args:
        decoration: server and namespace to name; None leaves the object undecorated, as in-parameters may be.
        encoder: keeps class parts from one object to the next.
        flags: ``ObjectFlags`` to add: the marks of a prototype.

    Raises:
        WmiError: WBEM_E_INVALID_OBJECT when objects are embedded too deeply.
    """
    block = (BlockEncoder() if encoder is None else encoder).block(item, decoration, flags)
    return _HEAD.pack(SIGNATURE, len(block)) + block


def decode_object(
    data: bytes | bytearray | memoryview,
    cache: ClassCache | None = None,
    *,
    make: InstanceFactory = CimInstance,
) -> CimClass | CimInstance:
    """The object of an EncodingUnit, decoded completely; octets behind the unit are ignored ([MS-WMI] 2.2.4).

    Args:
        cache: class parts known from earlier objects of the same peer.
        make: builds the caller's kind of instance.

    Raises:
        ProtocolError: not a valid encoding.
    """
    octets = data if type(data) is bytes else bytes(data)
    block = unit_block(octets, 0, len(octets))
    decoder = BlockDecoder(ClassCache() if cache is None else cache, len(octets), eager=True)
    return decoder.read(block, decoder, make)


def unit_block(data: bytes, start: int, end: int) -> OctetReader:
    """A reader of the ObjectBlock of the EncodingUnit that begins at *start*.

    Raises:
        ProtocolError: no signature, or a length that is not there.
    """
    unit = OctetReader(data, start, end, "EncodingUnit")
    signature = unit.u32("Signature")
    if signature != SIGNATURE:
        raise malformed("EncodingUnit", "Signature", start, f"{signature:#010x} instead of {SIGNATURE:#010x}")
    return unit.part("ObjectBlock", "ObjectEncodingLength", included=False)


def instance_reader(layout: InstanceLayout) -> Callable[[bytes | memoryview], tuple[object, ...]]:
    """A function from the octets of an instance part of *layout*'s class part to its values.

    The class part is the one that this package writes for *layout*; for those of a peer see ``InstanceDecoder``.
    The function raises ProtocolError for what is no instance part.
    """
    cache = ClassCache()
    part = ClassPart.of(layout, BlockEncoder())
    reader = InstanceReader(part, lambda octets: BlockDecoder(cache, octets), layout)
    return lambda data: reader.read(data if type(data) is bytes else bytes(data))


def instance_writer(layout: InstanceLayout, *, explicit_defaults: bool = False) -> Callable[[Sequence[object]], bytes]:
    """A function from values in *layout* order, in exact form, to the octets of the instance part."""
    return BlockEncoder(explicit_defaults=explicit_defaults).writer(layout).write
