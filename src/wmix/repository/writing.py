"""Writing: changes of namespaces, classes and instances, as statements within one transaction.

A :class:`Writer` is a :class:`~wmix.repository.reading.Reader` of the one connection that writes, so that what a
transaction wrote is seen by it.  Numbers of namespaces, classes and definitions are kept from one transaction to the
next for as long as nobody else changed the schema, and never past a transaction that was undone.
"""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidClass, InvalidNamespace, ObjectExists
from wmix.repository.definitions import digest_of, encode_class
from wmix.repository.encoding import RowWriter
from wmix.repository.indexes import ClassRoom, Indexes, find_rows
from wmix.repository.keys import effective_keys, full_values, instance_key
from wmix.repository.own_qualifiers import restore_qualifiers, stored_qualifiers
from wmix.repository.reading import Reader
from wmix.repository.stored_keys import (
    key_text,
    key_text_of,
    name_text,
    require_name,
)
from wmix.repository.tables import classes, definitions, entries, indexed, instances, listeners, namespaces, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection

    from wmix.cim.classes import CimClass
    from wmix.port.backend import NamespaceSecurity
    from wmix.repository.changes import Pending

    #: The values and the row of an instance by its key.
    _Rows = dict[bytes, tuple[Sequence[object], dict[str, Any]]]

__all__ = ["Writer"]

#: Instances written by one statement.
_ROWS_AT_ONCE: Final = 500
#: Class definitions whose numbers are kept by identity.
_MAX_NUMBERS: Final = 1024

_is_heard: Final = exists().where(listeners.c.until > bindparam("now"), listeners.c.id != bindparam("me"))
_lock_state: Final = select(state.c.schema_changes, _is_heard.label("is_heard")).with_for_update(of=state)
_bump: Final = update(state).values(schema_changes=state.c.schema_changes + 1)
_find_namespace: Final = select(namespaces.c.id).where(namespaces.c.folded == bindparam("of"))
_find_class: Final = select(classes.c.id, classes.c.instances_definition_id).where(
    classes.c.namespace_id == bindparam("in_namespace"), classes.c.folded == bindparam("of_class")
)
_find_definition: Final = select(definitions.c.id).where(definitions.c.digest == bindparam("of"))
_get_digest: Final = select(definitions.c.digest).where(definitions.c.id == bindparam("of"))
_delete_row: Final = delete(instances).where(instances.c.id == bindparam("of"))


class Writer(Reader):
    """Changes the repository through one connection, in the transaction that its owner began."""

    def __init__(self, connection: Connection, pending: Pending) -> None:
        super().__init__(connection)
        self._indexes = Indexes(self)
        self._pending = pending
        self._changes = -1
        self._namespace_ids: dict[str, int] = {}
        self._rooms: dict[tuple[int, str], ClassRoom] = {}
        self._numbers: dict[int, tuple[int, RowWriter, CimClass]] = {}
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        upsert = dialect.insert(instances)
        self._upsert = upsert.on_conflict_do_update(
            index_elements=[instances.c.class_id, instances.c.key],
            set_={
                "definition_id": upsert.excluded.definition_id,
                "row": upsert.excluded.row,
                "qualifiers": upsert.excluded.qualifiers,
            },
        )

    # -- transactions

    def begin(self) -> None:
        """Look at the state, which also takes the turn among the writers of all processes."""
        asked = {"now": int(time.time() * 1000), "me": self._pending.log.identity}
        found = self.connection.execute(_lock_state, asked).one()
        changes = int(found.schema_changes)
        self._pending.is_journalled = bool(found.is_heard)
        if changes != self._changes:
            self.forget()
            self._changes = changes

    def forget(self) -> None:
        """Drop what was kept: a transaction was undone, or somebody else changed the schema."""
        super().forget()
        self._changes = -1
        self._namespace_ids.clear()
        self._rooms.clear()
        self._numbers.clear()

    def schema_changes(self) -> int:
        """The counter as the running transaction sees it."""
        return super().schema_changes() if self._changes < 0 else self._changes

    def _count_change(self) -> int:
        self.connection.execute(_bump)
        self._changes = Reader.schema_changes(self)
        return self._changes

    # -- definitions

    def number_of(self, cls: CimClass) -> int:
        """The number of the definition *cls*; a new one is stored, after its parent's."""
        return self.known(cls)[0]

    def known(self, cls: CimClass) -> tuple[int, RowWriter]:
        """The number of the definition *cls*, and what writes rows of it."""
        kept = self._numbers.get(id(cls))
        if kept is None:
            number = self._store(cls)
            if len(self._numbers) >= _MAX_NUMBERS:
                self._numbers.clear()
            # With the class itself, so that its id stays its own.
            kept = self._numbers[id(cls)] = (number, RowWriter(cls.layout, self), cls)
        return kept[:2]

    def _store(self, cls: CimClass) -> int:
        parent = None if cls.parent is None else self.number_of(cls.parent)
        above = None
        if parent is not None:
            above = self.connection.execute(_get_digest, {"of": parent}).scalar_one()
        body = encode_class(cls, self)
        digest = digest_of(body, above)
        found = self.connection.execute(_find_definition, {"of": digest}).scalar_one_or_none()
        if found is not None:
            return int(found)
        row = {"digest": digest, "parent_id": parent, "body": body}
        return int(self.connection.execute(insert(definitions).returning(definitions.c.id), row).scalar_one())

    # -- namespaces

    def create_namespace(self, namespace: str) -> None:
        """Create *namespace*.

        Raises:
            ObjectExists: it exists.
        """
        if self._find_namespace(namespace) is not None:
            raise ObjectExists(f"the namespace {namespace} exists")
        self._namespace(namespace)
        self._count_change()
        if self._pending.is_heard:
            self._pending.namespace(namespace, created=True)

    def delete_namespace(self, namespace: str) -> None:
        """Delete *namespace* and everything below it.

        Raises:
            InvalidNamespace: there is none of that name.
        """
        if self._find_namespace(namespace) is None:
            raise InvalidNamespace(f"there is no namespace {namespace} in the repository", namespace=namespace)
        folded = name_text(namespace)
        below = folded + "\\"
        gone = (namespaces.c.folded == folded) | (func.substr(namespaces.c.folded, 1, len(below)) == below)
        doomed = select(namespaces.c.id, namespaces.c.name).where(gone).order_by(namespaces.c.id.desc())
        found = self.connection.execute(doomed).all()
        numbers = [row.id for row in found]
        of_classes = select(classes.c.id).where(classes.c.namespace_id.in_(numbers))
        self._delete_content(of_classes)
        self.connection.execute(delete(classes).where(classes.c.namespace_id.in_(numbers)))
        self.connection.execute(delete(namespaces).where(namespaces.c.id.in_(numbers)))
        self._namespace_ids.clear()
        self._rooms.clear()
        self._count_change()
        if self._pending.is_heard:
            for row in found:
                self._pending.namespace(row.name, created=False)

    def set_security(self, namespace: str, security: NamespaceSecurity) -> None:
        """Store *security* in place of what *namespace* had."""
        values = {"descriptor": security.descriptor, "requires_encryption": int(security.requires_encryption)}
        number = self._namespace(namespace)
        self.connection.execute(update(namespaces).where(namespaces.c.id == number).values(values))
        self._count_change()

    def _delete_content(self, of_classes: Any) -> None:
        """The instances of the classes that the sub-query gives."""
        of_indexes = select(indexed.c.id).where(indexed.c.class_id.in_(of_classes))
        self.connection.execute(delete(entries).where(entries.c.indexed_id.in_(of_indexes)))
        self.connection.execute(delete(indexed).where(indexed.c.class_id.in_(of_classes)))
        self.connection.execute(delete(instances).where(instances.c.class_id.in_(of_classes)))

    def _find_namespace(self, namespace: str) -> int | None:
        folded = name_text(namespace)
        found = self._namespace_ids.get(folded)
        if found is None:
            found = self.connection.execute(_find_namespace, {"of": folded}).scalar_one_or_none()
            if found is not None:
                self._namespace_ids[folded] = found
        return found

    def _namespace(self, namespace: str) -> int:
        """The namespace for writing: one that the class image brings gets its place with the first write."""
        found = self._find_namespace(namespace)
        if found is None:
            row = {"folded": require_name(namespace), "name": namespace}
            found = int(self.connection.execute(insert(namespaces).returning(namespaces.c.id), row).scalar_one())
            self._namespace_ids[row["folded"]] = found
        return found

    # -- classes

    def put_class(self, namespace: str, cls: CimClass) -> None:
        """Store *cls* in place of what has its name."""
        if self._pending.is_heard:
            self._pending.cls(namespace, self.get_class(namespace, cls.name), cls)
        number = self.number_of(cls)
        room = self._room(namespace, cls.name)
        change = self._count_change()
        self.connection.execute(
            update(classes)
            .where(classes.c.id == room.id)
            .values(name=cls.name, definition_id=number, defined=func.coalesce(classes.c.defined, change))
        )
        if room.definition is not None:
            self._indexes.make(room, cls)

    def delete_class(self, namespace: str, name: str) -> None:
        """Delete the class *name* and its instances.

        Raises:
            InvalidClass: there is none of that name.
        """
        found = self._find_class(namespace, name)
        if found is None or found.definition_id is None:
            raise InvalidClass(f"there is no class {name} in {namespace}")
        if self._pending.is_heard:
            self._note_deletion(namespace, name)
        self._delete_content(select(classes.c.id).where(classes.c.id == found.id))
        self.connection.execute(delete(classes).where(classes.c.id == found.id))
        self._rooms.clear()
        self._count_change()

    def _note_deletion(self, namespace: str, name: str) -> None:
        """That the instances of a class, and then the class, are deleted."""
        cursor = self.open(namespace, None, name, ())
        while cursor is not None:
            page, cursor = self.instance_page(cursor, _ROWS_AT_ONCE)
            for instance in page:
                self._pending.instance(namespace, instance, None)
        self._pending.cls(namespace, self.get_class(namespace, name), None)

    def _room(self, namespace: str, name: str) -> ClassRoom:
        folded = require_name(name)
        namespace_id = self._namespace(namespace)
        key = (namespace_id, folded)
        room = self._rooms.get(key)
        if room is None:
            where = {"in_namespace": namespace_id, "of_class": folded}
            found = self.connection.execute(_find_class, where).one_or_none()
            if found is None:
                row = {"namespace_id": namespace_id, "folded": folded, "name": name}
                class_id = self.connection.execute(insert(classes).returning(classes.c.id), row).scalar_one()
                room = ClassRoom(int(class_id), None, {})
            else:
                room = ClassRoom(found.id, found.instances_definition_id, self._indexes.of(found.id))
            self._rooms[key] = room
        return room

    # -- instances

    def put_instances(self, namespace: str, put: Sequence[CimInstance]) -> None:
        """Store *put*, each in place of the one with its keys.

        Raises:
            WmiError: a key is NULL, or the class has none.
        """
        # What can be refused is refused before anything is written: within a transaction an error undoes nothing.
        groups = []
        for _, same in groupby(put, key=lambda instance: id(instance.layout_.cls)):
            group = list(same)
            parts = [group[start : start + _ROWS_AT_ONCE] for start in range(0, len(group), _ROWS_AT_ONCE)]
            groups += [self._prepared(part[0].layout_.cls, part) for part in parts]
        for cls, rows in groups:
            self._put_rows(namespace, cls, rows)

    def _prepared(self, cls: CimClass, put: Sequence[CimInstance]) -> tuple[CimClass, _Rows]:
        """The rows of instances of one definition, by key; the last one of a key counts."""
        number, writer = self.known(cls)
        rows: _Rows = {}
        for instance in put:
            values = full_values(instance)
            key = key_text_of(cls, instance_key(cls, effective_keys(cls.layout, values)))
            row = {
                "key": key,
                "definition_id": number,
                "row": writer.octets(values),
                "qualifiers": stored_qualifiers(instance),
            }
            rows[key] = (values, row)
        return cls, rows

    def _put_rows(self, namespace: str, cls: CimClass, put: _Rows) -> None:
        room = self._room(namespace, cls.name)
        number = self.number_of(cls)
        if room.definition != number:
            self.connection.execute(
                update(classes).where(classes.c.id == room.id).values(instances_definition_id=number)
            )
            room.definition = number
        if number not in room.ready_for:
            self._indexes.make(room, cls)
            room.ready_for.add(number)
        if self._pending.is_heard:
            self._note_put(namespace, room, cls, put)
        if room.indexes:
            self._indexes.take_out(room, list(put))
        rows = [{"class_id": room.id, **row} for _, row in put.values()]
        self.connection.execute(self._upsert, rows[0] if len(rows) == 1 else rows)
        if room.indexes:
            self._indexes.enter(room, cls, {key: values for key, (values, _) in put.items()})

    def _note_put(self, namespace: str, room: ClassRoom, cls: CimClass, put: _Rows) -> None:
        """What the rows that are about to be written change."""
        before = self._rows_of(room.id, list(put))
        readers = self.readers(None)
        for key, (values, row) in put.items():
            there = before.get(key)
            current = CimInstance(cls.layout, tuple(values))
            if row["qualifiers"] is not None:
                restore_qualifiers(current, row["qualifiers"])
            self._pending.instance(namespace, None if there is None else self._instance(readers, there), current)

    def delete_instance(self, namespace: str, name: str, keys: Mapping[str, object]) -> bool:
        """Delete the instance of exactly this class with these key values; whether there was one."""
        found = self._find_class(namespace, name)
        if found is None or found.instances_definition_id is None:
            return False
        key = key_text(self.definition(found.instances_definition_id), keys)
        row = self.connection.execute(find_rows, {"of_class": found.id, "of_keys": [key]}).one_or_none()
        if row is None:
            return False
        if self._pending.is_heard:
            self._pending.instance(
                namespace, self._instance(self.readers(None), self._rows_of(found.id, [key])[key]), None
            )
        room = self._room(namespace, name)
        if room.indexes:
            self._indexes.take_out(room, [key])
        self.connection.execute(_delete_row, {"of": row.id})
        return True
