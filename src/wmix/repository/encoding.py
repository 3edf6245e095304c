"""Values and instances as octets: compact, exact, and read at the speed of the JSON decoder.

A row is a JSON array in UTF-8.  Its first element is a number whose bit *i* is set when property *i* of the class
definition that the row was stored with is unset; the values of the other properties follow in order::

    [4, "lo", 1500, null]         Name = "lo", Mtu = 1500, the third property unset, the fourth NULL

Integers of any size, reals (also NaN and the infinities, by Python's extension of JSON), Booleans and strings are
JSON's own.  A datetime is its text, an array an array.  An embedded object is an object that names the definition of
its class: ``{"d": definition, "v": row}``, with ``"n"``: names when it has only some properties, ``"o"``: server and
namespace when it has an origin; an embedded class is ``{"c": definition}``.  Surrogates that stand alone are encoded
as they are (``surrogatepass``), so that two of them stay two.

Reading is compiled: for each pattern of unset properties and each wanted layout one :class:`RowReader` knows which
positions to take and which few values need another Python form.  Definitions travel as numbers, which a
:class:`DefinitionStore` knows.  Depends on ``cim`` and ``errors``.
"""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder, JSONEncoder
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import error_for
from wmix.status import WBEM_E_INVALID_OBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout

    Convert = Callable[[Any], object]
    Values = tuple[object, ...]

__all__ = [
    "FORMAT",
    "MAX_NESTING",
    "DecodeError",
    "DefinitionStore",
    "RowReader",
    "RowReaders",
    "RowWriter",
    "from_octets",
    "plain_value",
    "to_octets",
    "value_converter",
]

FORMAT: Final = 1
"""Version of the encoding; a store records it, and a reader refuses any other."""

MAX_NESTING: Final = 64
"""Embedded objects within each other (WBEM_MAX_OBJECT_NESTING)."""

_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_decode = JSONDecoder().raw_decode


class DefinitionStore(Protocol):
    """Knows class definitions by number."""

    def number_of(self, cls: CimClass) -> int:
        """The number of the definition *cls*, which is stored when it is new."""
        ...

    def definition(self, number: int) -> CimClass:
        """The definition of that number."""
        ...


class DecodeError(ValueError):
    """Stored octets that are not of this encoding: the repository is damaged."""


def to_octets(value: object) -> bytes:
    """*value*, made of what JSON knows, as octets."""
    return _encode(value).encode("utf-8", "surrogatepass")


def from_octets(octets: bytes) -> Any:
    """What :func:`to_octets` was given, with lists in the place of tuples.

    Raises:
        DecodeError: these are no octets of that function.
    """
    try:
        return _decode(octets.decode("utf-8", "surrogatepass"))[0]
    except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"stored octets cannot be read: {error}") from error


# -- values


def plain_value(value: object, store: DefinitionStore, depth: int = 0) -> object:
    """*value*, in exact form, as JSON has it."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, CimDateTime):
        return value.text
    if isinstance(value, tuple):
        return [plain_value(item, store, depth) for item in value]
    return _plain_object(value, store, depth)


def _plain_object(value: object, store: DefinitionStore, depth: int) -> dict[str, object]:
    if depth >= MAX_NESTING:
        raise error_for(WBEM_E_INVALID_OBJECT, f"objects are embedded in each other more than {MAX_NESTING} deep")
    if not isinstance(value, CimInstance):
        definition: CimClass = value  # type: ignore[assignment]  # exact form: the other kind of object
        return {"c": store.number_of(definition), **_place(definition.server, definition.namespace)}
    layout, origin = value.layout_, value.origin_
    found: dict[str, object] = {
        "d": store.number_of(layout.cls),
        "v": RowWriter(layout, store).row(value.raw_values_(), depth + 1),
    }
    if layout.selected:
        found["n"] = list(layout.names)
    return found if origin is None else {**found, **_place(origin.server, origin.namespace)}


def _place(server: str | None, namespace: str | None) -> dict[str, object]:
    return {} if server is None and namespace is None else {"o": [server, namespace]}


def value_converter(cim_type: CimType, is_array: bool, store: DefinitionStore) -> Convert | None:
    """What makes the exact form of a decoded value that is not NULL; None when it has that form already."""
    if cim_type is CimType.DATETIME:
        return _moments if is_array else CimDateTime
    if cim_type is CimType.OBJECT:

        def one(found: Mapping[str, Any]) -> object:
            return _read_object(found, store)

        return (lambda found: tuple(map(one, found))) if is_array else one
    return tuple if is_array else None


def _moments(texts: Iterable[str]) -> tuple[CimDateTime, ...]:
    return tuple(map(CimDateTime, texts))


def _read_object(found: Mapping[str, Any], store: DefinitionStore) -> object:
    server, namespace = found.get("o", (None, None))
    if "c" in found:
        definition = store.definition(found["c"])
        return definition if server is None and namespace is None else definition.located(server, namespace)
    cls = store.definition(found["d"])
    names = found.get("n")
    layout = cls.layout if names is None else cls.layout_for(names)
    row = found["v"]
    values = RowReader(layout, row[0], layout, store).read(row)
    return CimInstance(layout, values, None if server is None else Origin(server, namespace))


# -- rows


class RowWriter:
    """Writes rows of one layout."""

    __slots__ = ("_as_they_are", "_store", "layout")

    def __init__(self, layout: InstanceLayout, store: DefinitionStore) -> None:
        self.layout = layout
        self._store = store
        self._as_they_are = all(kind[0] not in (CimType.DATETIME, CimType.OBJECT) for kind in layout.types)

    def octets(self, values: Sequence[object]) -> bytes:
        """The row of an instance whose *values* are in the order of the layout."""
        return to_octets(self.row(values, 0))

    def row(self, values: Sequence[object], depth: int) -> list[object]:
        """The same as a list of what JSON knows; *depth* counts the objects around this one."""
        row: list[object]
        if UNSET in values:
            unset = 0
            row = [0]
            for i, value in enumerate(values):
                if value is UNSET:
                    unset |= 1 << i
                else:
                    row.append(value)
            row[0] = unset
        else:
            row = [0, *values]
        if not self._as_they_are:
            row[1:] = [plain_value(value, self._store, depth) for value in row[1:]]
        return row


class RowReader:
    """Reads rows of one pattern of unset properties into one layout."""

    __slots__ = ("_conversions", "_pick", "unset")

    def __init__(self, stored: InstanceLayout, unset: int, wanted: InstanceLayout, store: DefinitionStore) -> None:
        """Prepare for rows that were written with *stored* and whose first element is *unset*.

        A property of *wanted* that was not stored, or was stored with another type, is unset.
        """
        places: dict[str, int] = {}
        following = 1
        for i, folded in enumerate(stored.index):
            if not unset >> i & 1:
                places[folded] = following
                following += 1
        conversions: list[tuple[int, Convert]] = []
        positions = []
        for folded, kind in zip(wanted.index, wanted.types, strict=True):
            place = places.get(folded, 0)
            if place and stored.types[stored.index[folded]] != kind:
                place = 0
            positions.append(place)
            convert = value_converter(*kind, store) if place else None
            if convert is not None:
                conversions.append((place, convert))
        self.unset = unset
        self._conversions = tuple(conversions)
        self._pick = _picker(positions, following)

    def read(self, row: list[Any]) -> Values:
        """The values of *row*, which is used up."""
        row[0] = UNSET
        for i, convert in self._conversions:
            value = row[i]
            if value is not None:
                row[i] = convert(value)
        return self._pick(row)


def _picker(positions: list[int], length: int) -> Callable[[list[Any]], Values]:
    if positions == list(range(1, length)):
        return lambda row: tuple(row[1:])
    if len(positions) > 1:
        return itemgetter(*positions)
    if positions:
        only = positions[0]
        return lambda row: (row[only],)
    return lambda row: ()  # noqa: ARG005 - nothing of the row is wanted


class RowReaders:
    """The readers of one store into one layout, or, without one, into the layout that each row was stored with."""

    __slots__ = ("_readers", "_store", "_wanted")

    def __init__(self, store: DefinitionStore, wanted: InstanceLayout | None = None) -> None:
        self._store = store
        self._wanted = wanted
        self._readers: dict[tuple[int, int], RowReader] = {}

    def values(self, definition: int, octets: bytes) -> Values:
        """The values of a stored row.

        Raises:
            DecodeError: the octets are damaged.
        """
        try:
            row: list[Any] = _decode(octets.decode("utf-8", "surrogatepass"))[0]
            key = (definition, row[0])
            reader = self._readers.get(key)
            if reader is None:
                reader = self._reader(key)
            return reader.read(row)
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            raise DecodeError(f"a stored instance cannot be read: {error}") from error

    def instance(self, definition: int, octets: bytes) -> CimInstance:
        """The instance of a stored row; it has no origin."""
        values = self.values(definition, octets)
        # Not "or": a layout without properties is false.
        layout = self._store.definition(definition).layout if self._wanted is None else self._wanted
        return CimInstance(layout, values)

    def _reader(self, key: tuple[int, int]) -> RowReader:
        stored = self._store.definition(key[0]).layout
        if len(self._readers) >= _MAX_READERS:
            self._readers.clear()
        found = self._readers[key] = RowReader(
            stored, key[1], stored if self._wanted is None else self._wanted, self._store
        )
        return found


_MAX_READERS: Final = 1024
"""Patterns kept per layout: rows of one source have a few."""
