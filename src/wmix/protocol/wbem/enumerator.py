"""IEnumWbemClassObject: results by the portion. [MS-WMI] 3.1.4.4.

``timeout`` is milliseconds, 0xFFFFFFFF without limit.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, Any, Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.dcom.objref import custom_data, encode_custom
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.structure import count_of, wire
from wmix.protocol.ndr.types import U32, NdrType
from wmix.protocol.wbem.identifiers import CLSID_WbemClassObject, IID_IEnumWbemClassObject, IID_IWbemClassObject
from wmix.protocol.wbem.interface_types import REFERENCE
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.services import EnumeratorReply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.dcom.objref import ObjRef
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = [
    "ENUM_CLASS_OBJECT",
    "Clone",
    "Next",
    "NextAsync",
    "NextReply",
    "Reset",
    "Skip",
    "read_object_pointers",
    "write_object_pointers",
]

_SIZES: Final = Struct("<II")


def read_object_pointers(reader: Reader, count: int) -> tuple[bytes, ...]:
    """*count* referents and then as many objects by value: the octets of their EncodingUnits."""
    reader.align(4)
    if count * 4 > reader.remaining:
        raise reader.malformed(f"{count} objects do not fit in {reader.remaining} octets")
    if not all(reader.unpack(Struct(f"<{count}I"))):
        raise reader.malformed("an object is null")
    data = reader.data
    position = reader.position
    objects = []
    try:
        for _ in range(count):
            position = (position + 3) & -4
            size, length = _SIZES.unpack_from(data, position)
            position += _SIZES.size
            if size != length or position + size > len(data):
                raise reader.malformed(f"an object of {size} and of {length} octets")
            objects.append(custom_data(data[position : position + size], CLSID_WbemClassObject))
            position += size
    except struct_error:
        raise reader.short(_SIZES.size) from None
    finally:
        reader.position = position
    return tuple(objects)


def write_object_pointers(writer: Writer, objects: Sequence[bytes]) -> None:
    """As many referents as there are objects, and then the objects."""
    for _ in objects:
        writer.referent()
    for item in objects:
        octets = encode_custom(IID_IWbemClassObject, CLSID_WbemClassObject, item)
        writer.align(4)
        writer.data += _SIZES.pack(len(octets), len(octets)) + octets


class _ReturnedObjects(NdrType):
    """The array behind its maximum count: offset, actual count, pointers."""

    least_size = 8

    def read(self, reader: Reader) -> tuple[bytes, ...]:
        if reader.u32():
            raise reader.malformed("the objects do not begin at 0")
        return read_object_pointers(reader, reader.u32())

    def write(self, writer: Writer, value: Any) -> None:
        writer.u32(0)
        writer.u32(len(value))
        write_object_pointers(writer, value)


class Reset(Parameters):
    """Opnum 3, in: nothing."""


class Next(Parameters):
    """Opnum 4, in: up to ``count`` objects."""

    timeout: int = wire(U32)
    count: int = wire(U32)


class NextReply(Parameters):
    """Opnum 4, out; ``asked`` is the ``count`` of the request, which sizes the array."""

    wire_name = "Next"
    asked: int = wire(U32)
    objects: tuple[bytes, ...] = wire(_ReturnedObjects(), default=())
    _returned = count_of("objects", U32)
    hresult: int = wire(U32, default=0)


class NextAsync(Parameters):
    """Opnum 5, in: up to ``count`` objects to a sink."""

    count: int = wire(U32)
    sink: ObjRef | None = wire(REFERENCE)


class Clone(Parameters):
    """Opnum 6, in: nothing."""


class Skip(Parameters):
    """Opnum 7, in."""

    timeout: int = wire(U32)
    count: int = wire(U32)


ENUM_CLASS_OBJECT: Final = Interface(
    "IEnumWbemClassObject",
    IID_IEnumWbemClassObject,
    (
        Method("Reset", 3, Reset, HresultReply),
        Method("Next", 4, Next, NextReply),
        Method("NextAsync", 5, NextAsync, HresultReply),
        Method("Clone", 6, Clone, EnumeratorReply),
        Method("Skip", 7, Skip, HresultReply),
    ),
)
