"""Structures: classes whose fields say how they travel, read by generated code. [C706] 14.3.6, 14.3.7.

::

    class StdObjRef(Structure):
        flags: int = wire(U32, default=0)
        public_refs: int = wire(U32)

A field without an annotation is on the wire only: ``_count = count_of("iids", U16)`` is the length of another field,
``_reserved = constant(U32, 0)`` is written as it stands and ignored when read.

When all fields are of fixed size in place (pointers are: a referent of four octets) the reader and writer of the
structure are made once, on first use, and take all fields with one call of ``struct``.  The loop over the fields stays
for the others, for exact messages, and as what the tests compare the generated code with.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import TYPE_CHECKING, Any, Self, cast, dataclass_transform

from wmix.protocol.ndr.octets import Reader, Writer
from wmix.protocol.ndr.types import NdrType
from wmix.record import Record, _RecordType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Layout", "Structure", "constant", "count_of", "wire"]

_NO_DEFAULT: Any = object()


class _Wire:
    """A declared field: its type, and where its value comes from when it is no field of the record."""

    __slots__ = ("constant", "counted", "default", "type")

    def __init__(
        self, type_: NdrType, default: Any = _NO_DEFAULT, counted: str = "", constant: Any = _NO_DEFAULT
    ) -> None:
        self.type = type_
        self.default = default
        self.counted = counted
        self.constant = constant


def wire(type_: NdrType | type[Structure], *, default: Any = _NO_DEFAULT) -> Any:
    """Declare a field that travels as *type_*, which may be a structure."""
    return _Wire(as_type(type_), default)


def count_of(field: str, type_: NdrType) -> Any:
    """Declare the place of the number of elements of *field*, which must agree with the array's own count."""
    return _Wire(type_, counted=field)


def constant(type_: NdrType, value: Any) -> Any:
    """Declare a place that is written as *value* and ignored when it is read (reserved fields)."""
    return _Wire(type_, constant=value)


def as_type(type_: NdrType | type[Structure]) -> NdrType:
    """The type of fields that hold *type_*."""
    return type_ if isinstance(type_, NdrType) else type_.layout


class Layout(NdrType):
    """How the values of one structure stand in NDR; as a type it may be a field, a pointee or an element of others."""

    def __init__(self, structure: type[Structure], places: Iterable[tuple[str, _Wire]]) -> None:
        self.structure = structure
        self.name = structure.wire_name
        self.places = tuple(places)
        types = [place.type for _, place in self.places]
        self.alignment = max((type_.alignment for type_ in types), default=1)
        self.least_size = sum(type_.least_size for type_ in types)
        self.deferring = any(type_.deferring for type_ in types)
        self.conformant = bool(types) and types[-1].conformant
        self._known = {name for name, place in self.places if not place.counted and place.constant is _NO_DEFAULT}
        self._generated: tuple[Callable[[Reader], Any], Callable[[Writer, Any], None]] | None = None

    @property
    def is_packed(self) -> bool:
        """Whether all that stands in place is of fixed size, so that code can be generated."""
        return bool(self.places) and all(
            place.type.packing or (isinstance(place.type, Layout) and place.type.is_plain) for _, place in self.places
        )

    @property
    def is_plain(self) -> bool:
        """Whether it is packed and has neither pointers nor counts, so that it can be read within another one."""
        return self.is_packed and not self.deferring and not any(place.counted for _, place in self.places)

    # reading

    def read(self, reader: Reader) -> Any:
        generated = self._generated or self._generate()
        return generated[0](reader)

    def read_by_field(self, reader: Reader) -> Any:
        """What :meth:`read` does, one field after the other."""
        size = reader.u32() if self.conformant else 0
        reader.align(self.alignment)
        raw = []
        for name, place in self.places:
            reader.place = (self.name, name)
            type_ = place.type
            raw.append(cast("Any", type_).read_elements(reader, size) if type_.conformant else type_.read(reader))
        return raw if self.deferring else self._build(reader, raw)

    def finish(self, reader: Reader, raw: Any) -> Any:
        if not self.deferring:
            return raw
        values = []
        for (name, place), item in zip(self.places, raw, strict=True):
            if place.type.deferring:
                reader.place = (self.name, name)
                values.append(place.type.finish(reader, item))
            else:
                values.append(item)
        return self._build(reader, values)

    def _build(self, reader: Reader, values: list[Any]) -> Structure:
        fields = {}
        counts = []
        for (name, place), value in zip(self.places, values, strict=True):
            if place.counted:
                counts.append((name, place.counted, value))
            elif name in self._known:
                fields[name] = value
        self.check_counts(reader, counts, fields)
        return self.structure(**fields)

    def check_counts(self, reader: Reader, counts: list[tuple[str, str, int]], fields: dict[str, Any]) -> None:
        """Hold that the counts agree with the arrays; an array that is absent has no elements."""
        for name, counted, value in counts:
            length = len(fields[counted] or ())
            if value != length:
                reader.place = (self.name, name)
                raise reader.malformed(f"{counted} has {length} elements, not {value}")

    # writing

    def write(self, writer: Writer, value: Any) -> None:
        generated = self._generated or self._generate()
        generated[1](writer, value)

    def write_by_field(self, writer: Writer, value: Any) -> None:
        """What :meth:`write` does, one field after the other."""
        if self.conformant:
            writer.u32(len(getattr(value, self.places[-1][0])))
        writer.align(self.alignment)
        for name, place in self.places:
            item = self.item(name, place, value)
            try:
                if place.type.conformant:
                    cast("Any", place.type).write_elements(writer, item)
                else:
                    place.type.write(writer, item)
            except (ValueError, struct_error) as error:
                raise ValueError(f"{self.name}.{name}: {error}") from error

    def write_deferred(self, writer: Writer, value: Any) -> None:
        for name, place in self.places:
            if place.type.deferring:
                place.type.write_deferred(writer, self.item(name, place, value))

    @staticmethod
    def item(name: str, place: _Wire, value: Any) -> Any:
        """What is written at a place: a field, the length of one, or a constant."""
        if place.counted:
            return len(getattr(value, place.counted) or ())
        return getattr(value, name) if place.constant is _NO_DEFAULT else place.constant

    # generated code

    def _generate(self) -> tuple[Callable[[Reader], Any], Callable[[Writer, Any], None]]:
        self._generated = self._compiled() if self.is_packed else (self.read_by_field, self.write_by_field)
        return self._generated

    def _compiled(self) -> tuple[Callable[[Reader], Any], Callable[[Writer, Any], None]]:
        """Reader and writer that take the whole structure with one call of ``struct``."""
        code = _Generated()
        read = code.visit(self, "value")
        counted = any(place.counted for _, place in self.places)
        if self.deferring or counted:
            read = f"[{', '.join(code.expressions)}]"
            if not self.deferring:
                read = f"layout._build(reader, {read})"
        code.scope |= {"struct_error": struct_error, "layout": self, "packing": Struct(code.packing)}
        names = ", ".join(f"v{index}" for index in range(code.count))
        source = f"""
def read(reader):
    start = (reader.position + {self.alignment - 1}) & {-self.alignment}
    try:
        {names}, = packing.unpack_from(reader.data, start)
    except struct_error:
        return layout.read_by_field(reader)
    reader.position = start + {code.size}
    return {read}

def write(writer, value):
    if len(writer.data) & {self.alignment - 1}:
        writer.align({self.alignment})
    try:
        writer.data += packing.pack({", ".join(code.outgoing)})
    except struct_error:
        layout.write_by_field(writer, value)
        raise
"""
        exec(compile(source, f"<ndr layout of {self.name}>", "exec"), code.scope)  # noqa: S102  # our own names only
        return code.scope["read"], code.scope["write"]


class _Generated:
    """Source text for a structure and those within it: one item of ``struct`` and one variable for each place."""

    def __init__(self) -> None:
        self.packing = "<"
        self.size = 0
        self.count = 0
        self.scope: dict[str, Any] = {}
        #: What each item is packed from, and what each place of the outermost structure is made of.
        self.outgoing: list[str] = []
        self.expressions: list[str] = []

    def visit(self, layout: Layout, value: str) -> str:
        """Add the places of *layout*, whose value is called *value*; returns what makes the value."""
        self._gap(layout.alignment)
        arguments = []
        expressions = []
        for name, place in layout.places:
            if isinstance(place.type, Layout):
                expression = self.visit(place.type, f"{value}.{name}")
            else:
                expression = self._item(name, place, value)
            expressions.append(expression)
            if not place.counted and place.constant is _NO_DEFAULT:
                arguments.append(expression)
        self.expressions = expressions
        made = f"make{len(self.scope)}"
        self.scope[made] = layout.structure
        return f"{made}({', '.join(arguments)})"

    def _item(self, name: str, place: _Wire, value: str) -> str:
        type_ = place.type
        index = self.count
        self.count += 1
        self._gap(type_.alignment)
        self.packing += type_.packing
        self.size += type_.least_size
        self.scope |= {f"wrap{index}": type_.wrap, f"unwrap{index}": type_.unwrap}
        outgoing = f"item{index}({value})"
        if place.counted:
            self.scope[f"item{index}"] = _length_of(place.counted)
        elif place.constant is not _NO_DEFAULT:
            self.scope[f"item{index}"] = _always(place.constant)
        else:
            outgoing = f"{value}.{name}"
        if type_.deferring:
            self.scope[f"write{index}"] = type_.packed_referent  # type: ignore[attr-defined]  # pointers have it
            outgoing = f"write{index}(writer, {outgoing})"
        self.outgoing.append(f"unwrap{index}({outgoing})" if type_.unwrap is not None else outgoing)
        return f"v{index}" if type_.wrap is None or type_.deferring else f"wrap{index}(v{index})"

    def _gap(self, alignment: int) -> None:
        gap = -self.size % alignment
        self.packing += f"{gap}x" if gap else ""
        self.size += gap


def _length_of(field: str) -> Callable[[Any], int]:
    return lambda value: len(getattr(value, field) or ())


def _always(item: Any) -> Callable[[Any], Any]:
    return lambda _value: item


@dataclass_transform(frozen_default=True, field_specifiers=(wire,))
class _StructureType(_RecordType):
    """Takes the declared fields out of the class body; what is left is a record."""

    layout: Layout

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _StructureType:
        own = {key: value for key, value in namespace.items() if isinstance(value, _Wire)}
        for key, place in own.items():
            if place.default is _NO_DEFAULT:
                del namespace[key]
            else:
                namespace[key] = place.default
        namespace.setdefault("wire_name", name)
        cls: Any = super().__new__(mcs, name, bases, namespace)
        places: dict[str, _Wire] = {}
        for base in bases:
            if isinstance(base, _StructureType):
                places |= dict(base.layout.places)
        cls.layout = cls.make_layout((places | own).items())
        return cast("_StructureType", cls)


class Structure(Record, metaclass=_StructureType):
    """Base of structures; ``wire_name`` is the name that messages use, by default that of the class."""

    wire_name = "Structure"
    layout = cast("Layout", None)

    @classmethod
    def make_layout(cls, places: Iterable[tuple[str, _Wire]]) -> Layout:
        """The layout of a new class with *places*."""
        return Layout(cls, places)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The value that *data* begins with; octets after it are ignored."""
        reader = Reader(data)
        value: Self = cls.layout.finish(reader, cls.layout.read(reader))
        return value

    def encode(self) -> bytes:
        """The octets of this value, not padded."""
        writer = Writer()
        self.layout.write(writer, self)
        self.layout.write_deferred(writer, self)
        return writer.getvalue()
