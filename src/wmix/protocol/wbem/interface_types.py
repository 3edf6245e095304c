"""How WMI passes interfaces: objects by value, references, contexts, and pointers that the caller may leave out.

* ``CLASS_OBJECT``: IWbemClassObject travels by value ([MS-WMI] 2.2.4); the value is the octets of its EncodingUnit, or
  None.
* ``CONTEXT``: IWbemContext too ([MS-WMI] 2.2.13); octets for :mod:`.context`, or None.
* ``REFERENCE``: everything else is an :class:`~wmix.protocol.dcom.objref.ObjRef`, or None.
* ``[in, out, unique] I**``: the caller says whether it wants the result (``WANTED``, a bool); the answer is ``ABSENT``
  when it does not, else the interface or None (``IN_OUT_...``).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wmix.protocol.dcom.objref import ObjRef, custom_data, decode_objref, encode_custom
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import INTERFACE_BLOCK
from wmix.protocol.ndr.types import NdrType
from wmix.protocol.wbem.identifiers import (
    CLSID_WbemClassObject,
    CLSID_WbemContext,
    IID_IWbemClassObject,
    IID_IWbemContext,
)

if TYPE_CHECKING:
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = [
    "ABSENT",
    "CLASS_OBJECT",
    "CONTEXT",
    "IN_OUT_OBJECT",
    "IN_OUT_REFERENCE",
    "REFERENCE",
    "WANTED",
    "MaybeObject",
    "MaybeReference",
    "NotAsked",
]


class NotAsked(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


#: The caller passed a null pointer for this result.
ABSENT: Final = NotAsked.ABSENT

MaybeObject: TypeAlias = bytes | NotAsked | None
MaybeReference: TypeAlias = ObjRef | NotAsked | None


class _ByValue(Unique):
    """An interface pointer to an object by value of one class: its data."""

    def __init__(self, iid: Guid, clsid: Guid) -> None:
        super().__init__(INTERFACE_BLOCK)
        self.iid = iid
        self.clsid = clsid

    def finish(self, reader: Reader, raw: int) -> bytes | None:
        block = super().finish(reader, raw)
        return None if block is None else custom_data(block, self.clsid)

    def write_deferred(self, writer: Writer, value: Any) -> None:
        if value is not None:
            super().write_deferred(writer, encode_custom(self.iid, self.clsid, value))


class _ByReference(Unique):
    """An interface pointer to an object elsewhere."""

    def __init__(self) -> None:
        super().__init__(INTERFACE_BLOCK)

    def finish(self, reader: Reader, raw: int) -> ObjRef | None:
        block = super().finish(reader, raw)
        return None if block is None else decode_objref(block)

    def write_deferred(self, writer: Writer, value: ObjRef | None) -> None:
        if value is not None:
            super().write_deferred(writer, value.encode())


CLASS_OBJECT: Final = _ByValue(IID_IWbemClassObject, CLSID_WbemClassObject)
CONTEXT: Final = _ByValue(IID_IWbemContext, CLSID_WbemContext)
REFERENCE: Final = _ByReference()


class _Wanted(NdrType):
    """The in-part of ``[in, out, unique] I**``: whether the outer pointer is there; what it points to is null.

    A client exists that sends an empty interface pointer there instead of a null one.
    """

    deferring = True

    def read(self, reader: Reader) -> int:
        return reader.u32()

    def finish(self, reader: Reader, raw: int) -> bool:
        if raw and reader.remaining and reader.u32():
            INTERFACE_BLOCK.read(reader)
        return bool(raw)

    def write(self, writer: Writer, value: bool) -> None:  # the value itself is a truth value
        if value:
            writer.referent()
        writer.u32(0)

    def write_deferred(self, writer: Writer, value: Any) -> None:
        """Nothing: the inner pointer has been written with the outer one."""


class _InOut(NdrType):
    """The out-part of ``[in, out, unique] I**``."""

    deferring = True

    def __init__(self, inner: Unique) -> None:
        self.inner = inner

    def read(self, reader: Reader) -> int:
        return reader.u32()

    def finish(self, reader: Reader, raw: int) -> Any:
        return self.inner.finish(reader, self.inner.read(reader)) if raw else ABSENT

    def write(self, writer: Writer, value: Any) -> None:
        if value is ABSENT:
            writer.u32(0)
        else:
            writer.referent()

    def write_deferred(self, writer: Writer, value: Any) -> None:
        if value is not ABSENT:
            self.inner.write(writer, value)
            self.inner.write_deferred(writer, value)


WANTED: Final = _Wanted()
IN_OUT_OBJECT: Final = _InOut(CLASS_OBJECT)
IN_OUT_REFERENCE: Final = _InOut(REFERENCE)
