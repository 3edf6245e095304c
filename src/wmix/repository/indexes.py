"""Indexes of properties with the qualifier ``Indexed``: an entry per instance, kept with every write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select

from wmix.cim.layout import UNSET
from wmix.repository.stored_keys import INDEXABLE, UNSET_ENTRY, index_value, name_text
from wmix.repository.tables import entries, indexed, instances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.repository.reading import Reader

__all__ = ["ClassRoom", "Indexes", "find_rows"]

#: Instances entered by one statement when an index is made.
_ROWS_AT_ONCE: Final = 500

#: The stored instances of a class that have one of several keys.
find_rows: Final = select(instances.c.id, instances.c.key, instances.c.definition_id, instances.c.row).where(
    instances.c.class_id == bindparam("of_class"), instances.c.key.in_(bindparam("of_keys", expanding=True))
)
_all_rows: Final = (
    select(instances.c.id, instances.c.definition_id, instances.c.row)
    .where(instances.c.class_id == bindparam("of_class"), instances.c.id > bindparam("after"))
    .order_by(instances.c.id)
    .limit(_ROWS_AT_ONCE)
)
_indexed: Final = select(indexed.c.folded, indexed.c.id).where(indexed.c.class_id == bindparam("of_class"))
_delete_entry: Final = delete(entries).where(
    entries.c.indexed_id == bindparam("of_index"),
    entries.c.value == bindparam("of_value"),
    entries.c.instance_id == bindparam("of_instance"),
)


class ClassRoom:
    """What is known of a class that instances are written into."""

    __slots__ = ("definition", "id", "indexes", "ready_for")

    def __init__(self, class_id: int, definition: int | None, indexes: dict[str, int]) -> None:
        self.id = class_id
        self.definition = definition
        #: Numbers of the indexes by the folded name of their property.
        self.indexes = indexes
        #: Definitions whose indexed properties all have an index here.
        self.ready_for: set[int] = set()


class Indexes:
    """The entries that *reader*'s connection, the one that writes, keeps in step with the instances."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def of(self, class_id: int) -> dict[str, int]:
        """Numbers of the indexes that a class has, by the folded name of their property."""
        found = self._reader.connection.execute(_indexed, {"of_class": class_id})
        return {row.folded: row.id for row in found}

    def make(self, room: ClassRoom, cls: CimClass) -> None:
        """Give an index to every property of *cls* that asks for one and has none; instances that exist enter it."""
        missing: dict[str, int] = {}
        for prop in cls.properties.values():
            folded = name_text(prop.name)
            wanted = not prop.is_array and prop.type in INDEXABLE and prop.qualifiers.is_true("indexed")
            if wanted and folded not in room.indexes:
                new = {"class_id": room.id, "folded": folded}
                number = self._reader.connection.execute(insert(indexed).returning(indexed.c.id), new).scalar_one()
                missing[folded] = int(number)
        if missing:
            room.indexes |= missing
            self._enter_all(room.id, missing)

    def enter(self, room: ClassRoom, cls: CimClass, values: Mapping[bytes, Sequence[object]]) -> None:
        """Add the entries of instances of *cls* that have just been written, given by key."""
        added: list[dict[str, object]] = []
        written = {"of_class": room.id, "of_keys": list(values)}
        for row in self._reader.connection.execute(find_rows, written):
            added += _entries_of(room.indexes, row.id, cls, values[row.key])
        self._add(added)

    def take_out(self, room: ClassRoom, keys: list[bytes]) -> None:
        """Delete the entries of the stored instances with these keys."""
        gone: list[dict[str, object]] = []
        rows = self._reader.connection.execute(find_rows, {"of_class": room.id, "of_keys": keys}).all()
        for row in rows:
            gone += [
                {"of_index": entry["indexed_id"], "of_value": entry["value"], "of_instance": entry["instance_id"]}
                for entry in self._stored_entries(room.indexes, row)
            ]
        if gone:
            self._reader.connection.execute(_delete_entry, gone)

    def _enter_all(self, class_id: int, indexes: Mapping[str, int]) -> None:
        after = -1
        while True:
            rows = self._reader.connection.execute(_all_rows, {"of_class": class_id, "after": after}).all()
            self._add([entry for row in rows for entry in self._stored_entries(indexes, row)])
            if len(rows) < _ROWS_AT_ONCE:
                return
            after = rows[-1].id

    def _add(self, added: list[dict[str, object]]) -> None:
        if added:
            self._reader.connection.execute(insert(entries), added)

    def _stored_entries(self, indexes: Mapping[str, int], row: Any) -> list[dict[str, object]]:
        values = self._reader.readers(None).values(row.definition_id, row.row)
        return _entries_of(indexes, row.id, self._reader.definition(row.definition_id), values)


def _entries_of(
    indexes: Mapping[str, int], instance: int, cls: CimClass, values: Sequence[object]
) -> list[dict[str, object]]:
    layout = cls.layout
    found: list[dict[str, object]] = []
    for folded, index_id in indexes.items():
        i = layout.index.get(folded)
        value = UNSET if i is None else values[i]
        entry: bytes | None
        if value is None:
            continue  # NULL satisfies no comparison
        if value is UNSET or i is None or layout.types[i][1] or layout.types[i][0] not in INDEXABLE:
            entry = UNSET_ENTRY  # also where an older definition had another type: a reader sees it unset
        else:
            entry = index_value(layout.types[i][0], value)
        if entry is not None:
            found.append({"indexed_id": index_id, "value": entry, "instance_id": instance})
    return found
