"""Information on an error, as an extension of an answer. [MS-DCOM] 2.2.21.1 - 2.2.21.3.

The extension holds an object by value.  Of COM's own error object the texts are read here; WMI attaches its
``__ExtendedStatus`` instances in the same place, for which the reference is given out as it is.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.identifiers import CLSID_ErrorExtension, CLSID_ErrorObject
from wmix.protocol.dcom.objref import ObjRef, ObjRefCustom, decode_objref
from wmix.protocol.dcom.orpc import Extent
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.octets import Reader
from wmix.protocol.ndr.strings import decode_utf16
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ErrorInformation", "IID_IErrorInfo", "error_extent", "find_error_object"]

IID_IErrorInfo: Final = Guid.parse("1CF2B120-547D-101B-8E65-08002B2BD119")
_HEAD: Final = Struct("<II16s")
_SIGNATURE: Final = Struct("<I")
_STRING: Final = Struct("<III")
_PRESENT: Final = 0xFFFFFFFF
_UNIT: Final = 2


class ErrorInformation(Record):
    """ORPC_ERROR_INFORMATION: the texts of an IErrorInfo; ``iid`` is the interface whose method failed."""

    iid: Guid = NULL_GUID
    source: str | None = None
    description: str | None = None
    help_file: str | None = None
    help_context: int = 0

    def encode(self) -> bytes:
        """The data of the object by value."""
        parts = [_HEAD.pack(0, self.help_context, self.iid)]
        for text in (self.source, self.description, self.help_file):
            if text is None:
                parts.append(_SIGNATURE.pack(0))
            else:
                octets = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
                count = len(octets) // _UNIT
                parts.append(_SIGNATURE.pack(_PRESENT) + _STRING.pack(count, 0, count) + octets)
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> ErrorInformation:
        """The texts in the data of an object by value.

        Raises:
            MalformedData: it is none.
        """
        reader = Reader(data)
        reader.place = ("ORPC_ERROR_INFORMATION", "")
        _, help_context, iid = reader.unpack(_HEAD)
        texts: list[str | None] = []
        for field in ("Source", "Description", "HelpFile"):
            reader.place = ("ORPC_ERROR_INFORMATION", field)
            if reader.unpack(_SIGNATURE)[0] == 0:
                texts.append(None)
            else:
                _, _, actual = reader.unpack(_STRING)
                texts.append(decode_utf16(reader.take(actual * _UNIT)).removesuffix("\0"))
        source, description, help_file = texts
        return cls(Guid(iid), source, description, help_file, help_context)


def find_error_object(extensions: Iterable[Extent]) -> ObjRef | None:
    """The error object among *extensions*; None without one.

    Raises:
        MalformedData: the extension holds no object reference.
    """
    for extent in extensions:
        if extent.id == CLSID_ErrorExtension:
            return decode_objref(extent.data)
    return None


def error_extent(information: ErrorInformation) -> Extent:
    """The extension that carries *information*."""
    return Extent(CLSID_ErrorExtension, ObjRefCustom(IID_IErrorInfo, CLSID_ErrorObject, information.encode()).encode())
