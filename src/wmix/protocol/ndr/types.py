"""What an NDR type is, and the types of fixed size: integers, GUIDs, status codes. [C706] 14.2, 14.3.

Reading has two steps, because the pointees of a structure follow the whole structure ([C706] 14.3.12.3): ``read`` takes
what stands in place, ``finish`` then takes what was deferred and gives the value.  Writing mirrors this.  A type
without pointers has nothing to defer (``deferring`` is false) and its ``finish`` returns what it gets.

A type with a ``packing`` is of fixed size and one item of :mod:`struct`: a structure of such fields is read at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, Any, Final

from wmix.protocol.ndr.guid import Guid

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = ["GUID", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "Fixed", "NdrType"]


class NdrType(ABC):
    """How values of one type stand in NDR."""

    #: Octets to whose multiple the value is aligned: 1, 2, 4 or 8.
    alignment: int = 4
    #: The least number of octets that a value takes in place; bounds the counts of arrays.
    least_size: int = 4
    #: Whether octets follow later, after the enclosing structure.
    deferring: bool = False
    #: The item of ``struct`` for a value of fixed size, or "".
    packing: str = ""
    #: From the item of ``struct`` to the value and back; None when they are the same.
    wrap: Callable[[Any], Any] | None = None
    unwrap: Callable[[Any], Any] | None = None
    #: Whether a count stands in front of the enclosing structure ([C706] 14.3.7.1: a conformant array comes last).
    conformant: bool = False

    @abstractmethod
    def read(self, reader: Reader) -> Any:
        """What stands in place; the value itself unless the type is deferring."""

    def finish(self, reader: Reader, raw: Any) -> Any:
        """The value, after reading what was deferred."""
        del reader  # nothing was
        return raw

    @abstractmethod
    def write(self, writer: Writer, value: Any) -> None:
        """Write what stands in place."""

    def write_deferred(self, writer: Writer, value: Any) -> None:  # noqa: B027  # most types defer nothing
        """Write what follows the enclosing structure."""


class Fixed(NdrType):
    """A value of fixed size that is one item of ``struct``."""

    def __init__(
        self,
        packing: str,
        alignment: int,
        *,
        wrap: Callable[[Any], Any] | None = None,
        unwrap: Callable[[Any], Any] | None = None,
    ) -> None:
        self.packing = packing
        self._struct = Struct("<" + packing)
        self.alignment = alignment
        self.least_size = self._struct.size
        self.wrap = wrap
        self.unwrap = unwrap

    def read(self, reader: Reader) -> Any:
        reader.align(self.alignment)
        value = reader.unpack(self._struct)[0]
        return value if self.wrap is None else self.wrap(value)

    def write(self, writer: Writer, value: Any) -> None:
        writer.align(self.alignment)
        try:
            writer.data += self._struct.pack(value if self.unwrap is None else self.unwrap(value))
        except struct_error as error:
            raise ValueError(f"{value!r} does not fit: {error}") from None


U8: Final = Fixed("B", 1)
U16: Final = Fixed("H", 2)
U32: Final = Fixed("I", 4)
U64: Final = Fixed("Q", 8)
I16: Final = Fixed("h", 2)
I32: Final = Fixed("i", 4)
I64: Final = Fixed("q", 8)
#: Aligned to 4, as a structure of a long, two shorts and eight octets.
GUID: Final = Fixed("16s", 4, wrap=Guid)
