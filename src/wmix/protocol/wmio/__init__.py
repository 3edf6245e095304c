"""[MS-WMIO]: how classes and instances are written as octets, complete in both directions.

Files have the names of the specification's structures: ``encoding_unit`` (the envelope), ``object_block``,
``class_part``, ``method_part``, ``instance_part``, ``qualifiers``, ``property_table`` (NdTable and slots), ``heap``,
``strings``, ``values``. ``reader_compiler`` and ``writer_compiler`` do the work of ``instance_part`` for many rows of
one class, ``class_cache`` recognises class parts, and ``encoded_row`` decodes a row when it is read.

Decoders raise nothing but ``ProtocolError`` and allocate nothing that the octets do not back.  Depends on ``cim``.
"""

from __future__ import annotations

from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.class_part import ClassPart
from wmix.protocol.wmio.encoded_row import EncodedRow
from wmix.protocol.wmio.encoding_unit import (
    decode_object,
    encode_object,
    instance_reader,
    instance_writer,
)
from wmix.protocol.wmio.instance_decoder import InstanceDecoder
from wmix.protocol.wmio.malformed import MalformedObject
from wmix.protocol.wmio.object_block import BlockEncoder, ObjectFlags
from wmix.protocol.wmio.reader_compiler import InstanceReader
from wmix.protocol.wmio.writer_compiler import InstanceWriter

__all__ = [
    "BlockEncoder",
    "ClassCache",
    "ClassPart",
    "EncodedRow",
    "InstanceDecoder",
    "InstanceReader",
    "InstanceWriter",
    "MalformedObject",
    "ObjectFlags",
    "decode_object",
    "encode_object",
    "instance_reader",
    "instance_writer",
]
