"""The class image: the shipped class definitions, read class by class when touched.

wmi-semantics 6.5 (system classes) and the classes of ``root\\cimv2`` that the providers serve.  The image is one
file, ``data/schema-1.img``, made by ``tools/build_image.py`` from facts committed beside it.  Opening it reads the
file and its index; a class is decoded with its ancestors when somebody asks for it, and its qualifiers and method
signatures when somebody looks at them, so that a query for two columns pays for those.

The file is text in UTF-8, so that it is the same on every machine and compresses in a wheel.  After a line
``wmix-class-image VERSION INDEX TABLES`` (octets of the next two parts) come:

- the index: a line of namespaces, then a line per class: name, parent, places, offset, octets.  Places are
positions in
  the line of namespaces, or ``*`` for every namespace, also one that a user makes;
- value tables, one a line: ``key RS label``, separated by US;
- the records: a line per member that the class itself declares, its fields separated by tabs.  ``c`` holds the
class's
  qualifiers; ``p`` name, type, ``k`` for a key, default, qualifiers; ``m`` name, return type, qualifiers; ``a`` (a
  parameter of the method above) name, type, direction, default, qualifiers.

A qualifier is ``Name`` (true), ``Name=i5``, ``Name=stext``, ``Name=Sa US b`` or ``*17``: ``ValueMap`` and
``Values`` from table 17.  Flavors are the standard ones of the name.  Depends on ``classes`` and ``methods``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self

from wmix.cim.class_rules import merge_qualifiers
from wmix.cim.classes import CimClass
from wmix.cim.layout import UNSET
from wmix.cim.methods import CimMethod, CimParameter, signatures
from wmix.cim.names import fold
from wmix.cim.properties import CIMTYPE_FLAVOR, CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet, Scope, standard_flavor
from wmix.cim.types import CimType, coerce, parse_type_name
from wmix.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.layout import Unset
    from wmix.cim.types import CimValue

__all__ = ["FORMAT_VERSION", "ClassImage"]

FORMAT_VERSION: Final = 1
"""Version in the first line; a reader refuses any other."""

_MAX_LOADED: Final = 4096
"""Definitions kept: those of all shipped namespaces and of some fifty of the user's; beyond that they are read anew."""

MAGIC: Final = "wmix-class-image"
EVERYWHERE: Final = "*"
FIELD: Final = "\t"
ITEM: Final = "\x1f"
PAIR: Final = "\x1e"

_PATH: Final = os.path.join(os.path.dirname(__file__), "data", f"schema-{FORMAT_VERSION}.img")


class _Entry:
    """A line of the index."""

    __slots__ = ("name", "parent", "places", "size", "start")

    def __init__(self, line: str) -> None:
        self.name, self.parent, self.places, start, size = line.split(FIELD)
        self.start, self.size = int(start), int(size)


class ClassImage:
    """The shipped classes, by namespace and name; both in any case.

    A namespace that the image does not know has the system classes that are in every namespace.  Loaded classes are
    kept and shared: they must not be changed (``CimClass.clone_`` makes a copy that may).
    """

    __slots__ = ("_entries", "_loaded", "_namespaces", "_records", "_server", "_tables", "_tables_text")

    def __init__(self, data: bytes, server: str | None = None) -> None:
        """Read the index of an image.

        Raises:
            ProtocolError: the octets are no image, or one of another version.
        """
        first, _, rest = data.partition(b"\n")
        head = first.decode("utf-8", "replace").split(" ")
        if len(head) != 4 or head[0] != MAGIC or head[1] != str(FORMAT_VERSION):
            raise ProtocolError(f"no class image of version {FORMAT_VERSION}: it begins with {first[:40]!r}")
        index_size, tables_size = int(head[2]), int(head[3])
        lines = rest[:index_size].decode().split("\n")
        self._namespaces = tuple(lines[0].split(FIELD))
        self._entries = {fold(entry.name): entry for entry in map(_Entry, filter(None, lines[1:]))}
        self._tables_text = rest[index_size : index_size + tables_size]
        self._records = rest[index_size + tables_size :]
        self._tables: list[str] | None = None
        self._server = server
        self._loaded: dict[tuple[str, str], CimClass] = {}

    @classmethod
    def open(cls, server: str | None = None, path: str | os.PathLike[str] | None = None) -> Self:
        """Open the shipped image, or the one at *path*; the classes report *server* as theirs."""
        with open(_PATH if path is None else path, "rb") as file:
            return cls(file.read(), server)

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that exist from the start."""
        return self._namespaces

    def names(self, namespace: str) -> tuple[str, ...]:
        """The classes of *namespace*, sorted by name."""
        place = self._place(namespace)
        return tuple(
            entry.name
            for folded, entry in sorted(self._entries.items())
            if entry.places == EVERYWHERE or place in entry.places.split(",")
        )

    def children(self, namespace: str, name: str | None) -> tuple[str, ...]:
        """The direct subclasses of *name* in *namespace*; the top-level classes for None; sorted."""
        folded = fold(name or "")
        return tuple(child for child in self.names(namespace) if fold(self._entries[fold(child)].parent) == folded)

    def load(self, namespace: str, name: str) -> CimClass | None:
        """The class *name* of *namespace* with all that it inherits; None when there is none."""
        key = (fold(namespace), fold(name))
        cls = self._loaded.get(key)
        if cls is not None:
            return cls
        entry = self._entries.get(key[1])
        if entry is None or not (entry.places == EVERYWHERE or self._place(namespace) in entry.places.split(",")):
            return None
        parent = self.load(namespace, entry.parent) if entry.parent else None
        cls = self._build(entry, parent, self._spelling(namespace))
        if len(self._loaded) >= _MAX_LOADED:
            self._loaded.clear()
        # Two threads may both build it; all must see the same one.
        return self._loaded.setdefault(key, cls)

    def _place(self, namespace: str) -> str:
        folded = fold(namespace)
        for i, known in enumerate(self._namespaces):
            if fold(known) == folded:
                return str(i)
        return ""

    def _spelling(self, namespace: str) -> str:
        place = self._place(namespace)
        return self._namespaces[int(place)] if place else namespace

    # -- decoding

    def _build(self, entry: _Entry, parent: CimClass | None, namespace: str) -> CimClass:
        name = entry.name
        properties: dict[str, CimProperty] = {}
        methods: dict[str, CimMethod] = {}
        inherited: tuple[Qualifier, ...] = ()
        if parent is not None:
            inherited = parent.qualifiers.for_derived()
            properties = {fold(prop.name): prop.inherited() for prop in parent.properties.values()}
            methods = {fold(method.name): method.inherited() for method in parent.methods.values()}
        class_fields: list[str] = []
        lines = self._records[entry.start : entry.start + entry.size].decode().split("\n")
        for at, line in enumerate(lines):
            kind, fields = line[:1], line[1:].split(FIELD)
            if kind == "p":
                folded = fold(fields[0])
                properties[folded] = self._property(fields, properties.get(folded), name)
            elif kind == "m":
                folded = fold(fields[0])
                following = at + 1
                while lines[following][:1] == "a":
                    following += 1
                methods[folded] = self._method(fields, lines[at + 1 : following], methods.get(folded), name)
            elif kind == "c":
                class_fields = fields
        own = self._qualifiers(class_fields)
        return CimClass(
            name,
            superclass=None if parent is None else parent.name,
            derivation=() if parent is None else (parent.name, *parent.derivation),
            properties=properties.values(),
            methods=methods.values(),
            qualifiers=merge_qualifiers(QualifierSet(inherited), own, name, Scope.CLASS, check=False),
            namespace=namespace,
            server=self._server,
            parent=parent,
        )

    def _property(self, fields: list[str], base: CimProperty | None, class_name: str) -> CimProperty:
        name, type_text, key, default_text = fields[:4]
        cim_type, is_array, cimtype = _read_type(type_text)
        default: CimValue | Unset = UNSET
        if default_text:
            default = _read_value(default_text[1:], cim_type, is_array, name)
        elif base is not None and base.has_default:
            default = base.default

        def own() -> list[Qualifier]:
            held = [Qualifier("CIMTYPE", cimtype, CimType.STRING, False, CIMTYPE_FLAVOR)]
            if key:
                held.append(Qualifier("key", True, CimType.BOOLEAN, False, standard_flavor("key")))
            return held + self._qualifiers(fields[4:])

        return CimProperty(
            name if base is None else base.name,
            cim_type,
            is_array,
            default,
            _deferred(own, None if base is None else base.qualifiers, Scope.PROPERTY),
            class_name if base is None else base.origin,
            cimtype,
            True,
            bool(key) or (base is not None and base.is_key),
        )

    def _method(self, fields: list[str], parameters: list[str], base: CimMethod | None, class_name: str) -> CimMethod:
        def make() -> tuple[CimClass | None, CimClass | None]:
            returns = parse_type_name(fields[1]) if fields[1] else None
            return signatures([self._parameter(line[1:].split(FIELD)) for line in parameters], returns)

        return CimMethod.deferred(
            fields[0],
            make,
            _deferred(lambda: self._qualifiers(fields[2:]), None if base is None else base.qualifiers, Scope.METHOD),
            class_name if base is None else base.origin,
        )

    def _parameter(self, fields: list[str]) -> CimParameter:
        name, type_text, direction, default_text = fields[:4]
        cim_type, is_array, cimtype = _read_type(type_text)
        return CimParameter(
            name,
            cim_type,
            is_array,
            is_in="i" in direction,
            is_out="o" in direction,
            cimtype=cimtype,
            default=_read_value(default_text[1:], cim_type, is_array, name) if default_text else None,
            qualifiers=self._qualifiers(fields[4:]),
        )

    def _qualifiers(self, fields: list[str]) -> list[Qualifier]:
        held: list[Qualifier] = []
        for field in fields:
            if not field:
                continue
            if field[0] == EVERYWHERE:
                held += self._value_table(int(field[1:]))
                continue
            name, equals, text = field.partition("=")
            flavor = standard_flavor(name)
            if not equals:
                held.append(Qualifier(name, True, CimType.BOOLEAN, False, flavor))
            elif text[0] == "i":
                held.append(Qualifier(name, int(text[1:]), CimType.SINT32, False, flavor))
            elif text[0] == "S":
                held.append(Qualifier(name, tuple(text[1:].split(ITEM)), CimType.STRING, True, flavor))
            else:
                held.append(Qualifier(name, text[1:], CimType.STRING, False, flavor))
        return held

    def _value_table(self, number: int) -> list[Qualifier]:
        """``ValueMap`` and ``Values``; the labels are left out where they only repeat the values."""
        tables = self._tables
        if tables is None:
            tables = self._tables = self._tables_text.decode().split("\n")
        keys, labels = zip(*(pair.split(PAIR) for pair in tables[number].split(ITEM)), strict=True)
        flavor = standard_flavor("Values")
        held = [Qualifier("ValueMap", keys, CimType.STRING, True, flavor)]
        if labels != keys:
            held.append(Qualifier("Values", labels, CimType.STRING, True, flavor))
        return held


def _deferred(own: Callable[[], list[Qualifier]], base: QualifierSet | None, scope: int) -> QualifierSet:
    """The set of a member, put together when first read; *base* is the parent's member as this class inherits it."""
    if base is None:
        return QualifierSet.deferred(own)
    return QualifierSet.deferred(lambda: merge_qualifiers(base, own(), "", scope, check=False).entries())


def _read_type(text: str) -> tuple[CimType, bool, str]:
    """CIM type, whether an array, and the CIMTYPE text of ``uint32``, ``string[]``, ``ref:X``, ``object:Y[]``."""
    element = text.removesuffix("[]")
    kind, colon, _ = element.partition(":")
    if kind == "ref":
        cim_type = CimType.REFERENCE
    elif kind == "object":
        cim_type = CimType.OBJECT
    else:
        cim_type = parse_type_name(element)
    return cim_type, element is not text and len(element) != len(text), element if colon or kind != "ref" else "ref"


def _read_value(text: str, cim_type: CimType, is_array: bool, what: str) -> CimValue:
    def one(item: str) -> CimValue:
        return coerce(item == "TRUE" if cim_type == CimType.BOOLEAN else item, cim_type, False, what=what)

    if is_array:
        items = text.split(ITEM) if text else []
        return coerce(tuple([one(item) for item in items]), cim_type, True, what=what)
    return one(text)
