"""Rows of a packet that follow each other: found by one comparison each. [MS-WMI] 2.2.14, [MS-WMIO] 2.2.3.

The rows of a query come by the thousand, and beside their values they differ in nothing but three lengths: the same
kind of object, class identifier, flags and decoration, and no qualifiers of their own.  One ``struct`` format reads all
of that at once.  Whatever looks different is left to :func:`.packets.object_at` and the decoder of objects, which say
what is wrong with it.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import Final

from wmix.protocol.wbem.packets import INSTANCE_WITHOUT_CLASS
from wmix.protocol.wmio.instance_part import PLAIN_QUALIFIERS

__all__ = ["CLASS_ID", "RowFrame"]

#: The octets before the data of an instance: dwSizeOfHeader, dwSizeOfData, bObjectType; dwSizeOfHeader, dwSizeOfData,
#: guidClassId.
_OUTER: Final = 9
_INNER: Final = 24
_BEFORE: Final = _OUTER + _INNER
_LENGTH: Final = 4

#: Where an object has the identifier of its class, if it is an instance.
CLASS_ID: Final = slice(_BEFORE - 16, _BEFORE)


class RowFrame:
    """What the rows of one class and origin have around their values.

    Args:
        class_id: the identifier of the class part.
        head: the flags and the decoration.
        tail: octets of an instance part before its qualifiers, which the class part tells.
    """

    __slots__ = ("_front", "_kind", "_least", "_start", "_unpack")

    def __init__(self, class_id: bytes, head: bytes, tail: int) -> None:
        self._kind = bytes((INSTANCE_WITHOUT_CLASS,)) + _INNER.to_bytes(4, "little")
        self._front = class_id + head
        self._start = _BEFORE + len(head)
        self._least = tail + len(PLAIN_QUALIFIERS)
        layout = f"<II{len(self._kind)}sI{len(self._front)}sI{tail - _LENGTH}x{len(PLAIN_QUALIFIERS)}s"
        self._unpack = Struct(layout).unpack_from

    def rows(self, buffer: bytes, position: int, most: int) -> tuple[list[bytes], int]:
        """The instance parts of the rows from *position* of *buffer* on, and where the first other object begins.

        No more than *most*; none when the object at *position* is another one, or is not all there.
        """
        unpack, kind, front, start, least = self._unpack, self._kind, self._front, self._start, self._least
        end = len(buffer)
        found: list[bytes] = []
        add = found.append
        try:
            for _ in range(most):
                outer, outer_size, its_kind, size, its_front, length, qualifiers = unpack(buffer, position)
                begin = position + start
                stop = position + _BEFORE + size
                if (
                    its_front != front
                    or its_kind != kind
                    or qualifiers != PLAIN_QUALIFIERS
                    or outer != _OUTER
                    or outer_size != size + _INNER
                    or not least <= length <= stop - begin
                    or stop > end
                ):
                    break
                add(buffer[begin : begin + length])
                position = stop
        except struct_error:
            pass  # shorter than a row can be
        return found, position
