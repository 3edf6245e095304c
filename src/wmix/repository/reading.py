"""Reading: what a repository is asked, as statements on one connection.

A :class:`Reader` belongs to one connection and one thread.  Long answers are read in pages, each a statement of its
own that begins where the one before it ended: no cursor and no read transaction stays open while somebody thinks, and
memory stays flat.  Decoded definitions are kept; they never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select, tuple_

from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.errors import error_for
from wmix.port.backend import NamespaceSecurity
from wmix.repository.definitions import decode_class
from wmix.repository.encoding import DecodeError, RowReaders
from wmix.repository.own_qualifiers import restore_qualifiers
from wmix.repository.stored_keys import UNSET_ENTRY, index_bounds, key_text, name_text
from wmix.repository.tables import classes, definitions, entries, indexed, instances, namespaces, state
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.port.provider import Comparison

    Values = tuple[object, ...]

__all__ = ["Cursor", "IndexCursor", "Page", "Reader", "ScanCursor"]

#: Decoded definitions kept per connection; about as many classes as a large schema has.
_MAX_DEFINITIONS: Final = 4096
#: Keys asked for in one statement; SQLite allows 32,766 parameters, PostgreSQL 65,535.
_KEYS_AT_ONCE: Final = 1000

_schema_changes: Final = select(state.c.schema_changes)
_namespace_names: Final = select(namespaces.c.name).order_by(namespaces.c.id)
_security: Final = select(namespaces.c.folded, namespaces.c.descriptor, namespaces.c.requires_encryption).where(
    namespaces.c.folded.in_(bindparam("of", expanding=True))
)
_place: Final = (namespaces.c.folded == bindparam("in_namespace")) & (classes.c.folded == bindparam("of_class"))
_class_names: Final = (
    select(classes.c.name)
    .join(namespaces, namespaces.c.id == classes.c.namespace_id)
    .where(namespaces.c.folded == bindparam("in_namespace"), classes.c.defined.is_not(None))
    .order_by(classes.c.defined)
)
_find_class: Final = (
    select(classes.c.id, classes.c.definition_id, classes.c.instances_definition_id, namespaces.c.name)
    .join(namespaces, namespaces.c.id == classes.c.namespace_id)
    .where(_place)
)
_get_definition: Final = select(definitions.c.parent_id, definitions.c.body).where(definitions.c.id == bindparam("of"))
_row: Final = (instances.c.definition_id, instances.c.row, instances.c.qualifiers)
_get_one: Final = (
    select(*_row)
    .join(classes, classes.c.id == instances.c.class_id)
    .join(namespaces, namespaces.c.id == classes.c.namespace_id)
    .where(_place, instances.c.key == bindparam("of_key"))
)
_get_of_class: Final = select(instances.c.key, *_row).where(
    instances.c.class_id == bindparam("of_class"), instances.c.key == bindparam("of_key")
)
_get_many: Final = select(instances.c.key, *_row).where(
    instances.c.class_id == bindparam("of_class"), instances.c.key.in_(bindparam("of_keys", expanding=True))
)
_count: Final = (
    select(func.count())
    .select_from(instances)
    .join(classes, classes.c.id == instances.c.class_id)
    .join(namespaces, namespaces.c.id == classes.c.namespace_id)
    .where(_place)
)
_last: Final = select(func.max(instances.c.id)).where(instances.c.class_id == bindparam("of_class"))
_page: Final = (
    select(instances.c.id, *_row)
    .where(
        instances.c.class_id == bindparam("of_class"),
        instances.c.id > bindparam("after"),
        instances.c.id <= bindparam("last"),
    )
    .order_by(instances.c.id)
    .limit(bindparam("count"))
)
_indexed: Final = select(indexed.c.folded, indexed.c.id).where(indexed.c.class_id == bindparam("of_class"))
_index_page: Final = (
    select(entries.c.value, entries.c.instance_id, *_row)
    .join(instances, instances.c.id == entries.c.instance_id)
    .where(
        entries.c.indexed_id == bindparam("of_index"),
        tuple_(entries.c.value, entries.c.instance_id) > tuple_(bindparam("after"), bindparam("after_id")),
        entries.c.value <= bindparam("last"),
    )
    .order_by(entries.c.value, entries.c.instance_id)
    .limit(bindparam("count"))
)


class ScanCursor:
    """Where a reading of all instances of a class goes on."""

    __slots__ = ("after", "class_id", "last")

    def __init__(self, class_id: int, after: int, last: int) -> None:
        self.class_id = class_id
        self.after = after
        self.last = last


class IndexCursor:
    """Where a reading through an index goes on: the ranges of entries that are left, the first one begun."""

    __slots__ = ("after", "after_id", "index_id", "ranges")

    def __init__(self, index_id: int, ranges: Sequence[tuple[bytes, bytes]]) -> None:
        self.index_id = index_id
        self.ranges = list(ranges)
        self.after = self.ranges[0][0]
        self.after_id = -1


Cursor = ScanCursor | IndexCursor
#: Rows decoded into the wanted layout, and where to go on; None at the end.
Page = tuple[list[tuple[object, ...]], Cursor | None]


class Reader:
    """Asks one connection; a DefinitionStore for what it decodes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._definitions: dict[int, CimClass] = {}
        self._readers: dict[int, tuple[InstanceLayout | None, RowReaders]] = {}

    # -- definitions

    def definition(self, number: int) -> CimClass:
        """The class definition of that number.

        Raises:
            DecodeError: there is none, or it is damaged.
        """
        found = self._definitions.get(number)
        if found is None:
            row = self.connection.execute(_get_definition, {"of": number}).one_or_none()
            if row is None:
                raise DecodeError(f"class definition {number} is missing")
            parent = None if row.parent_id is None else self.definition(row.parent_id)
            if len(self._definitions) >= _MAX_DEFINITIONS:
                self._definitions.clear()
            found = self._definitions[number] = decode_class(row.body, parent, self)
        return found

    def number_of(self, cls: CimClass) -> int:
        """Readers store nothing."""
        raise error_for(WBEM_E_FAILED, f"the definition of {cls.name} cannot be stored while reading")

    def readers(self, wanted: InstanceLayout | None) -> RowReaders:
        """The row readers of a layout, kept for its next use."""
        kept = self._readers.get(id(wanted))
        if kept is None:
            if len(self._readers) >= 256:
                self._readers.clear()
            # The layout is kept beside them, so that its id stays its own.
            kept = self._readers[id(wanted)] = (wanted, RowReaders(self, wanted))
        return kept[1]

    def forget(self) -> None:
        """Drop everything that was kept: it may be of a transaction that was undone."""
        self._definitions.clear()
        self._readers.clear()

    # -- schema

    def schema_changes(self) -> int:
        """The counter of changes of classes and namespaces."""
        return int(self.connection.execute(_schema_changes).scalar_one())

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces, in order of creation."""
        return tuple(self.connection.execute(_namespace_names).scalars())

    def security(self, names: Sequence[str]) -> dict[str, NamespaceSecurity]:
        """What is stored of the security of those of *names* that are here."""
        folded = {name: name_text(name) for name in names}
        rows = self.connection.execute(_security, {"of": list(folded.values())})
        found = {row.folded: NamespaceSecurity(row.descriptor, bool(row.requires_encryption)) for row in rows}
        return {name: found[text] for name, text in folded.items() if text in found}

    def class_names(self, namespace: str) -> tuple[str, ...]:
        """The classes that were put into *namespace*, in order of their first put."""
        return tuple(self.connection.execute(_class_names, {"in_namespace": name_text(namespace)}).scalars())

    def get_class(self, namespace: str, name: str) -> CimClass | None:
        """The class *name* as it was put, located in its namespace; None when there is none."""
        found = self._find_class(namespace, name)
        if found is None or found.definition_id is None:
            return None
        return self.definition(found.definition_id).located(None, found.name)

    def _find_class(self, namespace: str, name: str) -> Any:
        where = {"in_namespace": name_text(namespace), "of_class": name_text(name)}
        return self.connection.execute(_find_class, where).one_or_none()

    # -- instances

    def count(self, namespace: str, name: str) -> int:
        """How many instances the class has."""
        where = {"in_namespace": name_text(namespace), "of_class": name_text(name)}
        return int(self.connection.execute(_count, where).scalar_one())

    def get_as(self, namespace: str, layout: InstanceLayout, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of the class of *layout* with these keys, in that layout; None when there is none."""
        cls = layout.cls
        where = {
            "in_namespace": name_text(namespace),
            "of_class": name_text(cls.name),
            "of_key": key_text(cls, keys),
        }
        row = self.connection.execute(_get_one, where).one_or_none()
        if row is None:
            return None
        found = CimInstance(layout, self.readers(layout).values(row[0], row[1]))
        if row[2] is not None:
            restore_qualifiers(found, row[2])
        return found

    def get_instance(self, namespace: str, name: str, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance as it was put: with the class definition that it was put with."""
        found = self._find_class(namespace, name)
        if found is None or found.instances_definition_id is None:
            return None
        key = key_text(self.definition(found.instances_definition_id), keys)
        row = self.connection.execute(_get_of_class, {"of_class": found.id, "of_key": key}).one_or_none()
        return None if row is None else self._instance(self.readers(None), row)

    def get_instances(
        self, namespace: str, name: str, keys: Sequence[Mapping[str, object]]
    ) -> list[CimInstance | None]:
        """The instances with these keys, in their order; None for each that is not there."""
        found = self._find_class(namespace, name)
        if found is None or found.instances_definition_id is None:
            return [None] * len(keys)
        cls = self.definition(found.instances_definition_id)
        wanted = [key_text(cls, key) for key in keys]
        readers = self.readers(None)
        rows = self._rows_of(found.id, wanted)
        return [None if row is None else self._instance(readers, row) for row in map(rows.get, wanted)]

    def get_many(
        self, namespace: str, layout: InstanceLayout, keys: Sequence[Mapping[str, object]]
    ) -> list[Values | None]:
        """The values in *layout* of the instances with these keys, in their order."""
        found = self._find_class(namespace, layout.cls.name)
        if found is None:
            return [None] * len(keys)
        cls = layout.cls
        wanted = [key_text(cls, key) for key in keys]
        values = self.readers(layout).values
        rows = self._rows_of(found.id, wanted)
        return [None if row is None else values(row[1], row[2]) for row in map(rows.get, wanted)]

    def _rows_of(self, class_id: int, keys: Sequence[bytes]) -> dict[bytes, Any]:
        rows: dict[bytes, Any] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = list(dict.fromkeys(keys[start : start + _KEYS_AT_ONCE]))
            for row in self.connection.execute(_get_many, {"of_class": class_id, "of_keys": part}).all():
                rows[row[0]] = row
        return rows

    def _instance(self, readers: RowReaders, row: Any) -> CimInstance:
        instance = readers.instance(row[1], row[2])
        if row[3] is not None:
            restore_qualifiers(instance, row[3])
        return instance

    # -- pages

    def open(
        self, namespace: str, layout: InstanceLayout | None, name: str, where: Iterable[Comparison]
    ) -> Cursor | None:
        """Where a reading of the instances of class *name* begins; None when there are none.

        An index is used when a comparison with one is among *where*; then there may be instances that do not satisfy
        it, and the order is that of the index.
        """
        found = self._find_class(namespace, name)
        if found is None:
            return None
        if layout is not None:
            cursor = self._index_cursor(found.id, layout, list(where))
            if cursor is not None:
                return cursor
        last = self.connection.execute(_last, {"of_class": found.id}).scalar_one()
        return None if last is None else ScanCursor(found.id, -1, last)

    def page(self, cursor: Cursor, layout: InstanceLayout, count: int) -> Page:
        """The next *count* rows at most, in *layout*."""
        rows, following = self._page(cursor, count)
        values = self.readers(layout).values
        return [values(row[-3], row[-2]) for row in rows], following

    def instance_page(self, cursor: Cursor, count: int) -> tuple[list[CimInstance], Cursor | None]:
        """The next *count* instances at most, as they were put."""
        rows, following = self._page(cursor, count)
        readers = self.readers(None)
        return [self._instance(readers, row) for row in rows], following

    def _page(self, cursor: Cursor, count: int) -> tuple[Sequence[Any], Cursor | None]:
        if isinstance(cursor, IndexCursor):
            return self._index_rows(cursor, count)
        where = {"of_class": cursor.class_id, "after": cursor.after, "last": cursor.last, "count": count}
        rows = self.connection.execute(_page, where).all()
        if len(rows) < count:
            return rows, None
        return rows, ScanCursor(cursor.class_id, rows[-1][0], cursor.last)

    def _index_rows(self, cursor: IndexCursor, count: int) -> tuple[Sequence[Any], Cursor | None]:
        where = {
            "of_index": cursor.index_id,
            "after": cursor.after,
            "after_id": cursor.after_id,
            "last": cursor.ranges[0][1],
            "count": count,
        }
        rows = self.connection.execute(_index_page, where).all()
        following: IndexCursor | None
        if len(rows) == count:
            following = IndexCursor(cursor.index_id, cursor.ranges)
            following.after, following.after_id = rows[-1][0], rows[-1][1]
        elif len(cursor.ranges) > 1:
            following = IndexCursor(cursor.index_id, cursor.ranges[1:])
        else:
            following = None
        return [row[1:] for row in rows], following

    def _index_cursor(self, class_id: int, layout: InstanceLayout, where: list[Comparison]) -> IndexCursor | None:
        cls = layout.cls
        usable = [term for term in where if term.name in cls.properties]
        if not usable:
            return None
        known = {row.folded: row.id for row in self.connection.execute(_indexed, {"of_class": class_id})}
        best: IndexCursor | None = None
        for term in usable:
            index_id = known.get(name_text(term.name))
            prop = cls.properties[term.name]
            bounds = None if index_id is None or prop.is_array else index_bounds(prop.type, term.operator, term.value)
            if bounds is None or index_id is None:
                continue
            ranges = [bounds]
            if prop.default is not None and prop.type is not CimType.OBJECT:
                # Instances that show the class default are under an entry of their own.
                ranges.append((UNSET_ENTRY, UNSET_ENTRY))
            if bounds[0] == bounds[1]:
                return IndexCursor(index_id, ranges)
            best = best or IndexCursor(index_id, ranges)
        return best
