"""The tables of a repository, their version, and how an older file becomes a newer one.

::

    state           one row: version of the tables and of the encoding, and the counter of schema changes
    namespace       name, security descriptor, whether those from afar have to encrypt
    definition      class definitions, each once, found by digest (see ``definitions``)
    class           namespace, name, definition (none for a class of the image that only has instances here)
    instance        class, key, definition it was written with, row (see ``encoding``), in order of creation
    indexed         class, property: properties with an index
    entry           indexed property, value, instance
    listener        processes that listen to the writes of others, and until when (see ``journal``)
    journal         what was written while somebody listened

Names are compared by their folded form, which is a column of its own.  Every write transaction begins with a look at
``state``; where a database lets several write at once (PostgreSQL) that look locks the row, so that writers take
turns as they do in SQLite.  Uses SQLAlchemy: only imported where a repository is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from wmix.errors import WmiError
from wmix.repository.encoding import FORMAT
from wmix.status import WBEM_E_DATABASE_VER_MISMATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.engine import Connection

__all__ = [
    "VERSION",
    "classes",
    "create_tables",
    "definitions",
    "entries",
    "indexed",
    "instances",
    "is_prepared",
    "journal",
    "listeners",
    "migrate",
    "namespaces",
    "state",
    "stored_version",
]

VERSION: Final = 3
"""Version of these tables.  A change of them adds one and a function to ``_MIGRATIONS``."""

_tables: Final = MetaData()
#: SQLite numbers rows by itself only in a column of exactly this type.
_Number: Final = BigInteger().with_variant(Integer(), "sqlite")

state: Final = Table(
    "wmix_state",
    _tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("encoding", Integer, nullable=False),
    Column("schema_changes", BigInteger, nullable=False),
)

namespaces: Final = Table(
    "wmix_namespace",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("folded", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    #: None for a namespace that has what it inherits.
    Column("descriptor", LargeBinary),
    Column("requires_encryption", Integer, nullable=False, server_default="0"),
)

definitions: Final = Table(
    "wmix_definition",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("parent_id", _Number, ForeignKey("wmix_definition.id")),
    Column("body", LargeBinary, nullable=False),
)

classes: Final = Table(
    "wmix_class",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("namespace_id", _Number, ForeignKey("wmix_namespace.id"), nullable=False),
    Column("folded", Text, nullable=False),
    Column("name", Text, nullable=False),
    #: None for a class that is defined elsewhere and has instances here.
    Column("definition_id", _Number, ForeignKey("wmix_definition.id")),
    #: The change that put the class first; orders the classes.
    Column("defined", BigInteger),
    #: The definition of the instance that was written last: tells the key properties.
    Column("instances_definition_id", _Number, ForeignKey("wmix_definition.id")),
    UniqueConstraint("namespace_id", "folded"),
)

instances: Final = Table(
    "wmix_instance",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("class_id", _Number, ForeignKey("wmix_class.id"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("definition_id", _Number, ForeignKey("wmix_definition.id"), nullable=False),
    Column("row", LargeBinary, nullable=False),
    #: Qualifiers of the instance's own; None for nearly all.
    Column("qualifiers", LargeBinary),
    UniqueConstraint("class_id", "key"),
    Index("wmix_instance_order", "class_id", "id"),
)

indexed: Final = Table(
    "wmix_indexed",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("class_id", _Number, ForeignKey("wmix_class.id"), nullable=False),
    Column("folded", Text, nullable=False),
    UniqueConstraint("class_id", "folded"),
)

entries: Final = Table(
    "wmix_entry",
    _tables,
    Column("indexed_id", _Number, primary_key=True, autoincrement=False),
    Column("value", LargeBinary, primary_key=True),
    Column("instance_id", _Number, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

listeners: Final = Table(
    "wmix_listener",
    _tables,
    Column("id", Text, primary_key=True),
    #: Milliseconds since 1970 until which it is there, unless it says so again.
    Column("until", BigInteger, nullable=False),
)

journal: Final = Table(
    "wmix_journal",
    _tables,
    Column("id", _Number, primary_key=True),
    Column("writer", Text, nullable=False),
    #: Milliseconds since 1970.
    Column("written", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    #: Of a namespace, its full name.
    Column("name", Text),
    #: What was there before and what is there now; no definition for nothing.
    Column("old_definition", BigInteger),
    Column("old_row", LargeBinary),
    Column("old_qualifiers", LargeBinary),
    Column("new_definition", BigInteger),
    Column("new_row", LargeBinary),
    Column("new_qualifiers", LargeBinary),
    # A reader goes on behind the last entry that it has seen: numbers must not come again.
    sqlite_autoincrement=True,
)


def _add_journal(connection: Connection) -> None:
    """Version 3: processes that share the database hear of each other's writes."""
    for table in (listeners, journal):
        table.create(connection, checkfirst=True)


def _add_security(connection: Connection) -> None:
    """Version 2: namespaces have security descriptors."""
    octets = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    for column in (f"descriptor {octets}", "requires_encryption INTEGER DEFAULT 0 NOT NULL"):
        connection.exec_driver_sql(f"ALTER TABLE {namespaces.name} ADD COLUMN {column}")


_MIGRATIONS: Final[dict[int, Callable[[Connection], None]]] = {1: _add_security, 2: _add_journal}
"""Version -> what makes the next one of it, within the transaction of the upgrade."""


def is_prepared(connection: Connection) -> bool:
    """Whether the database has the tables of a repository."""
    return inspect(connection).has_table(state.name)


def create_tables(connection: Connection) -> None:
    """Make the tables in an empty database."""
    _tables.create_all(connection)
    connection.execute(insert(state).values(id=1, version=VERSION, encoding=FORMAT, schema_changes=0))


def stored_version(connection: Connection) -> int:
    """The version of the tables of a prepared database.

    Raises:
        WmiError: WBEM_E_DATABASE_VER_MISMATCH when a newer release made it.
    """
    version, encoding = connection.execute(select(state.c.version, state.c.encoding)).one()
    if version > VERSION or encoding > FORMAT:
        raise WmiError(
            f"the repository has version {version}.{encoding}; this release knows {VERSION}.{FORMAT}",
            status=WBEM_E_DATABASE_VER_MISMATCH,
            hint="use the release that wrote it, or a newer one; nothing was changed",
        )
    return int(version)


def migrate(
    connection: Connection,
    migrations: Mapping[int, Callable[[Connection], None]] | None = None,
    target: int = VERSION,
) -> int:
    """Bring an older database to *target*, one version after the other, within the running transaction.

    Returns:
        The version that it had.

    Raises:
        WmiError: WBEM_E_DATABASE_VER_MISMATCH when there is no way from its version.
    """
    steps = _MIGRATIONS if migrations is None else migrations
    version = first = int(connection.execute(select(state.c.version).with_for_update()).scalar_one())
    while version < target:
        step = steps.get(version)
        if step is None:
            raise WmiError(
                f"the repository has version {first}, from which no way leads to {target}",
                status=WBEM_E_DATABASE_VER_MISMATCH,
                hint="open it with the release that wrote it and export its content",
            )
        step(connection)
        version += 1
        connection.execute(update(state).values(version=version))
    return first
