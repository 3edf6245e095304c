"""ObjectBlock: flags, decoration, and a class or an instance.  [MS-WMIO] 2.2.5 to 2.2.14 and 2.2.53.

:class:`BlockDecoder` and :class:`BlockEncoder` are also what heaps call for embedded objects and method signatures,
which are object blocks without signature and length.  Depth and work are bounded when decoding; a decorated block has
the server and namespace that the object came from.
"""

from __future__ import annotations

import struct
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.names import fold
from wmix.cim.qualifiers import QualifierSet
from wmix.errors import error_for
from wmix.protocol.wmio.class_part import EMPTY_CLASS_PART, ClassPart, read_class_part, write_class_part
from wmix.protocol.wmio.encoded_row import EmbeddedRow, EncodedRow
from wmix.protocol.wmio.instance_part import (
    HEADER_LENGTH,
    OBJECT_QUALIFIERS,
    PLAIN_QUALIFIERS,
    read_instance_qualifiers,
    write_instance_part,
)
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.method_part import read_methods_part, write_methods_part
from wmix.protocol.wmio.octets import MAX_DEPTH, Budget, OctetReader
from wmix.protocol.wmio.reader_compiler import InstanceReader
from wmix.protocol.wmio.strings import encode_string, read_string
from wmix.protocol.wmio.writer_compiler import InstanceWriter
from wmix.status import WBEM_E_INVALID_OBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.layout import InstanceLayout
    from wmix.protocol.wmio.class_cache import ClassCache

    InstanceFactory = Callable[[InstanceLayout, Sequence[object], Origin | None], CimInstance]

__all__ = ["BlockDecoder", "BlockEncoder", "ObjectFlags"]


class ObjectFlags(IntFlag):
    """ObjectFlags, 2.2.6."""

    CLASS = 0x01
    INSTANCE = 0x02
    DECORATED = 0x04
    PROTOTYPE = 0x10
    PROTOTYPE_WITHOUT_KEYS = 0x40


_CLASS: Final = 0x01
_INSTANCE: Final = 0x02
_DECORATED: Final = 0x04

_U32: Final = struct.Struct("<I")


class BlockDecoder:
    """Decodes one top-level object with what is embedded in it.

    Attributes:
        cache: class parts known, and those met.
        budget: octets that may still be read.
        eager: whether values of instances are decoded now, so that all errors come now.
    """

    __slots__ = ("budget", "cache", "depth", "eager")

    def __init__(self, cache: ClassCache, octets: int, *, eager: bool = False) -> None:
        """A decoder for an object of *octets* octets."""
        self.cache = cache
        self.budget = Budget(octets)
        self.depth = 0
        self.eager = eager

    def embedded(self, block: OctetReader) -> CimClass | CimInstance:
        """The object of an embedded block.

        Raises:
            ProtocolError: not valid, or embedded too deeply.
        """
        inner = BlockDecoder.__new__(BlockDecoder)
        inner.cache, inner.budget, inner.eager = self.cache, self.budget, self.eager
        inner.depth = self.depth + 1
        if inner.depth > MAX_DEPTH:
            raise block.fail("ObjectBlock", f"more than {MAX_DEPTH} levels of embedded objects")
        return inner.read(block, inner)

    def read(
        self, block: OctetReader, objects: BlockDecoder | None = None, make: InstanceFactory = CimInstance
    ) -> CimClass | CimInstance:
        """The object of *block*; *objects* decodes what is embedded in the values of an instance."""
        flags, origin = self.read_head(block)
        if flags & _CLASS:
            return self._read_class(block, origin)
        reader = self.read_class_part(block, origin)
        return self.read_instance(block, reader, origin, objects, make)

    def read_head(self, block: OctetReader) -> tuple[int, Origin | None]:
        """ObjectFlags and the decoration's origin."""
        start = block.position
        flags = block.u8("ObjectFlags")
        if (flags & (_CLASS | _INSTANCE)) not in (_CLASS, _INSTANCE):
            raise block.fail("ObjectFlags", f"{flags:#x} is neither a class nor an instance", start)
        if not flags & _DECORATED:
            return flags, None
        data, position, end = block.data, block.position, block.end
        known = self.cache.find_decoration(data, position, end)
        if known is not None:
            origin, block.position = known
            return flags, origin
        server, after = read_string(data, position, end, "Decoration", "DecServerName")
        namespace, after = read_string(data, after, end, "Decoration", "DecNamespaceName")
        block.position = after
        return flags, self.cache.decoration(data[position:after], server, namespace)

    def read_class_part(self, block: OctetReader, origin: Origin | None) -> InstanceReader:
        """The reader for the class part where *block* stands, known or new."""
        reader = self.cache.find(block.data, block.position, block.end, origin)
        if reader is not None:
            block.position += len(reader.part.data)
            return reader
        cache = self.cache
        part = read_class_part(block, self, origin)
        reader = InstanceReader(part, lambda octets: BlockDecoder(cache, octets))
        cache.add(reader)
        return reader

    def read_instance(
        self,
        block: OctetReader,
        reader: InstanceReader,
        origin: Origin | None,
        objects: BlockDecoder | None,
        make: InstanceFactory = CimInstance,
    ) -> CimInstance:
        """The instance whose instance part begins where *block* stands."""
        data, start = block.data, block.position
        part = reader.part
        qualifiers = HEADER_LENGTH + part.nd_length + part.values_length
        if block.end - start < qualifiers + len(PLAIN_QUALIFIERS):
            raise malformed("InstanceType", "EncodingLength", start, f"{block.end - start} octets left")
        (length,) = _U32.unpack_from(data, start)
        if not qualifiers + len(PLAIN_QUALIFIERS) <= length <= block.end - start:
            raise malformed(
                "InstanceType", "EncodingLength", start, f"{length} octets announced, {block.end - start} there"
            )
        octets = data[start : start + length]
        block.position = start + length
        row: Sequence[object]
        if self.eager:
            row = reader.read(octets, objects)
        else:
            row = EncodedRow(octets, reader) if objects is None else EmbeddedRow(octets, reader, objects)
        instance = make(reader.layout, row, origin)
        if not octets.startswith(PLAIN_QUALIFIERS, qualifiers):
            _attach_qualifiers(instance, octets, part, self)
        return instance

    def _read_class(self, block: OctetReader, origin: Origin | None) -> CimClass:
        """ClassType, 2.2.11: what the parent has, then what the class has."""
        parent_part = read_class_part(block, self, origin)
        parent_methods = read_methods_part(block, self, parent_part.name, parent_part.derivation)
        part = read_class_part(block, self, origin)
        methods = read_methods_part(block, self, part.name, part.derivation)
        parent = parent_part.make_class(parent_methods) if parent_part.name else None
        return part.make_class(methods, parent)


def _attach_qualifiers(instance: CimInstance, octets: bytes, part: ClassPart, objects: BlockDecoder) -> None:
    for number, found in read_instance_qualifiers(octets, part, objects).items():
        name = part.properties[number].name if number != OBJECT_QUALIFIERS else None
        held = instance.qualifiers_ if name is None else instance.properties_[name].qualifiers
        for item in found:
            held.add(item)


class BlockEncoder:
    """Encodes objects; keeps the class parts of the layouts that it met, a bounded number of them.

    Args:
        explicit_defaults: write class defaults as values where nothing was set, for clients that misread the bit that
            stands for it (wire-protocol 4.8).
    """

    __slots__ = ("_depth", "_explicit_defaults", "_writers")

    def __init__(self, *, explicit_defaults: bool = False) -> None:
        self._explicit_defaults = explicit_defaults
        self._writers: dict[InstanceLayout, InstanceWriter] = {}
        self._depth = 0

    def writer(self, layout: InstanceLayout) -> InstanceWriter:
        """The writer for instances of *layout*; its ``part`` has the class part to put in front."""
        writer = self._writers.get(layout)
        if writer is None:
            part = ClassPart.of(layout, self)
            writer = InstanceWriter(part, self, explicit_defaults=self._explicit_defaults)
            if len(self._writers) >= _MAX_WRITERS:
                self._writers.pop(next(iter(self._writers)), None)
            self._writers[layout] = writer
        return writer

    def embedded(self, item: object) -> bytes:
        """The block of an embedded object, decorated with its own origin if it has one."""
        if isinstance(item, CimClass):
            located = item.server is not None or item.namespace is not None
            origin = Origin(item.server or "", item.namespace or "") if located else None
        elif isinstance(item, CimInstance):
            origin = item.origin_
        else:
            raise TypeError(f"an embedded object is a class or an instance, not {type(item).__name__}")
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise error_for(WBEM_E_INVALID_OBJECT, f"more than {MAX_DEPTH} levels of embedded objects")
            return self.block(item, origin)
        finally:
            self._depth -= 1

    def block(self, item: CimClass | CimInstance, decoration: Origin | None, flags: int = 0) -> bytes:
        """The ObjectBlock of *item*; *flags* are added to those that follow from it."""
        if isinstance(item, CimClass):
            head = self.head(_CLASS | flags, decoration)
            return b"".join((head, *self._class_parts(item, decoration)))
        writer = self.writer(item.layout_)
        return b"".join((self.head(_INSTANCE | flags, decoration), writer.part.data, self.instance_part(item)))

    def instance_part(self, item: CimInstance) -> bytes:
        """The instance part of *item*, with qualifiers that it has of its own."""
        writer = self.writer(item.layout_)
        own = getattr(item, "_own_qualifiers", None)
        if own:
            return write_instance_part(
                writer.part,
                item.raw_values_(),
                self,
                qualifiers=own,
                explicit_defaults=self._explicit_defaults,
            )
        return writer.write(item.raw_values_())

    @staticmethod
    def head(flags: int, decoration: Origin | None) -> bytes:
        """ObjectFlags and Decoration."""
        if decoration is None:
            return bytes((flags,))
        return b"".join(
            (
                bytes((flags | _DECORATED,)),
                encode_string(decoration.server or ""),
                encode_string(decoration.namespace or ""),
            )
        )

    def _class_parts(self, cls: CimClass, decoration: Origin | None) -> tuple[bytes, bytes, bytes, bytes]:
        signatures = _SignatureEncoder(self, decoration)
        parent = cls.parent if cls.parent is not None else _assumed_parent(cls)
        if parent is None:
            above = EMPTY_CLASS_PART, write_methods_part((), (), signatures)
        else:
            above = _parts_of(parent, signatures)
        return (*above, *_parts_of(cls, signatures))


_MAX_WRITERS: Final = 64


class _SignatureEncoder:
    """Signature classes say that they come from where their method's class comes from."""

    __slots__ = ("_decoration", "_encoder")

    def __init__(self, encoder: BlockEncoder, decoration: Origin | None) -> None:
        self._encoder = encoder
        self._decoration = decoration

    def embedded(self, item: object) -> bytes:
        if isinstance(item, CimClass) and item.namespace is None and self._decoration is not None:
            item = item.located(self._decoration.server, self._decoration.namespace)
        return self._encoder.embedded(item)


def _parts_of(cls: CimClass, encoder: _SignatureEncoder) -> tuple[bytes, bytes]:
    properties = list(cls.properties.values())
    data, _, _ = write_class_part(cls.name, cls.derivation, cls.qualifiers, properties, encoder)
    return data, write_methods_part(list(cls.methods.values()), cls.derivation, encoder)


def _assumed_parent(cls: CimClass) -> CimClass | None:
    """The parent of a class of which only the name of its parent is known: what the class inherited."""
    if not cls.derivation:
        return None
    name, *above = cls.derivation
    ancestors = {fold(ancestor) for ancestor in cls.derivation}
    properties = [prop.copy() for prop in cls.properties.values() if fold(prop.origin) in ancestors]
    methods = [method.copy() for method in cls.methods.values() if fold(method.origin) in ancestors]
    for prop in properties:
        prop.local = fold(prop.origin) == fold(name)
    for method in methods:
        method.local = fold(method.origin) == fold(name)
    return CimClass(
        name,
        superclass=above[0] if above else None,
        derivation=tuple(above),
        properties=properties,
        methods=methods,
        qualifiers=QualifierSet(item for item in cls.qualifiers.entries() if item.is_propagated),
        namespace=cls.namespace,
        server=cls.server,
    )
