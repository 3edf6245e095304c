r"""Object paths: the text that names a class, an instance or a singleton, relative or with server and namespace.

[MS-WMI] 2.2.2 and the WMI documentation ("WMI Object Path Requirements", "Describing an Instance Object Path")::

    path       [location ":"] class [keys]
    location   ("\\" | "//") server separator namespace  |  [separator] namespace
    namespace  name {separator name}              separator is "\" or "/"
    keys       "=@"  |  "=" value  |  "." name "=" value {"," name "=" value}
    value      '"' text '"' | "'" text "'" | decimal | 0x hex | TRUE | FALSE     escapes in text: \\ \" \'

No blanks stand between the elements.  Reading takes time linear in the text.  What is written is the form that WMI
itself produces: keys with their names in alphabetical order, text in double quotes, numbers in decimal.

Depends on ``errors`` and ``path_scanner``, which reads the elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from wmix.cim.datetime import CimDateTime
from wmix.cim.path_scanner import (
    MAX_PATH,
    SEPARATORS,
    KeyValue,
    check_length,
    is_namespace,
    scan_class,
    scan_keys,
    scan_location,
    split_names,
)
from wmix.errors import ConnectError, InvalidNamespace, InvalidParameter, InvalidPath, TypeMismatch
from wmix.record import Record
from wmix.status import RPC_S_SERVER_UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KeyValue", "ObjectPath", "normalize_namespace", "quote_key", "relpath", "split_resource"]

MAX_NAMESPACE: Final = 8173
"""UTF-16 units of a namespace given at login. [MS-WMI] appendix A, note 32."""

_LOCAL_SERVERS: Final = frozenset((".", "localhost"))


class ObjectPath(Record):
    r"""The name of a class (``keys`` None), an instance or a singleton.

    Attributes:
        server: None when the path does not say; "." is this machine.
        namespace: with backslashes, for example ``root\cimv2``; None when the path does not say.
        class_name: never empty.
        keys: pairs of name and value in the order given; one key alone may go without its name (None).
        singleton: ``Class=@``.

    Raises:
        InvalidPath: a server without a namespace, or keys that cannot stand together.
    """

    server: str | None
    namespace: str | None
    class_name: str
    keys: tuple[tuple[str | None, KeyValue], ...] | None = None
    singleton: bool = False

    def __init__(
        self,
        server: str | None,
        namespace: str | None,
        class_name: str,
        keys: tuple[tuple[str | None, KeyValue], ...] | None = None,
        singleton: bool = False,
    ) -> None:
        if server is not None and namespace is None:
            raise InvalidPath(f"the path of {class_name} names the server {server} but no namespace")
        if keys is not None and (singleton or not keys or (len(keys) > 1 and None in [name for name, _ in keys])):
            raise InvalidPath(f"the keys {keys!r} do not make a path of {class_name}")
        put = object.__setattr__
        put(self, "server", server)
        put(self, "namespace", namespace)
        put(self, "class_name", class_name)
        put(self, "keys", keys)
        put(self, "singleton", singleton)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path.

        Raises:
            InvalidPath: with the offset of the mistake.
            QuotaExceeded: more than 8192 UTF-16 units, or a name of more than 4096.
        """
        check_length(text, MAX_PATH, "an object path")
        server, namespace, position = scan_location(text)
        if position is None:
            raise InvalidPath(
                "the path names a namespace and no class" if text else "the path is empty",
                text=text,
                position=len(text),
                hint="Write the class after a colon: root\\cimv2:Class.",
            )
        class_name, position = scan_class(text, position)
        keys, singleton = scan_keys(text, position)
        return cls(
            server,
            namespace,
            class_name,
            None if keys is None else tuple([(name, value) for name, value, _ in keys]),
            singleton,
        )

    @property
    def is_class(self) -> bool:
        """Whether this names a class."""
        return self.keys is None and not self.singleton

    @property
    def is_instance(self) -> bool:
        """Whether this names an instance; a singleton is one."""
        return not self.is_class

    def relative(self) -> Self:
        """The same path without server and namespace."""
        return self if self.namespace is None else self.with_(server=None, namespace=None)

    def with_(self, **changes: Any) -> Self:
        """A copy with *changes*, by the names of the attributes."""
        return self.replace(**changes)

    def relpath(self) -> str:
        """The text without server and namespace, as in ``__RELPATH``."""
        if self.keys is None:
            return f"{self.class_name}=@" if self.singleton else self.class_name
        if self.keys[0][0] is None:
            return f"{self.class_name}={quote_key(self.keys[0][1])}"
        return relpath(self.class_name, self.keys)

    def __str__(self) -> str:
        if self.namespace is None:
            return self.relpath()
        if self.server is None:
            return f"{self.namespace}:{self.relpath()}"
        return f"\\\\{self.server}\\{self.namespace}:{self.relpath()}"

    def same_object(self, other: ObjectPath) -> bool:
        """Whether both name the same object, as far as their texts tell.

        Names and text compare without case, keys in any order, ``4`` like ``"4"``, a key without its name like the
        only key of the other, and key values that are paths themselves by the same rules.  A server or namespace
        that one side leaves out counts as the other's, and "." as any machine left out.
        """
        return (
            self.class_name.casefold() == other.class_name.casefold()
            and self.singleton == other.singleton
            and _same_or_absent(self.namespace, other.namespace)
            and _same_or_absent(_explicit(self.server), _explicit(other.server))
            and _same_keys(self.keys, other.keys)
        )


def _explicit(server: str | None) -> str | None:
    return None if server is None or server.casefold() in _LOCAL_SERVERS else server


def _same_or_absent(mine: str | None, theirs: str | None) -> bool:
    return mine is None or theirs is None or mine.casefold() == theirs.casefold()


def _same_keys(
    mine: tuple[tuple[str | None, KeyValue], ...] | None, theirs: tuple[tuple[str | None, KeyValue], ...] | None
) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    if len(mine) != len(theirs):
        return False
    if len(mine) == 1 and (mine[0][0] is None or theirs[0][0] is None):
        return _same_value(mine[0][1], theirs[0][1])
    others = {name.casefold(): value for name, value in theirs if name is not None}
    for name, value in mine:
        folded = name.casefold() if name is not None else ""
        if folded not in others or not _same_value(value, others[folded]):
            return False
    return True


def _same_value(mine: KeyValue, theirs: KeyValue) -> bool:
    here, there = str(mine).casefold(), str(theirs).casefold()
    if here == there:
        return True
    # A reference is stored as text, so the short and the full path of one object differ as text. Every level of
    # nesting at least doubles the backslashes, which bounds the depth by the logarithm of the length.
    if not (isinstance(mine, str) and isinstance(theirs, str) and "=" in mine and "=" in theirs):
        return False
    try:
        return ObjectPath.parse(mine).same_object(ObjectPath.parse(theirs))
    except InvalidPath:
        return False


def quote_key(value: object) -> str:
    r"""A key's value as it stands in a path: text in double quotes with ``\`` and ``"`` escaped, numbers bare.

    Raises:
        TypeMismatch: a type that no key can have, NULL included.
    """
    if isinstance(value, str):
        if "\\" in value:
            value = value.replace("\\", "\\\\")
        if '"' in value:
            value = value.replace('"', '\\"')
        return f'"{value}"'
    if value is True:
        return "TRUE"
    if value is False:
        return "FALSE"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, CimDateTime):
        return f'"{value.text}"'
    if isinstance(value, ObjectPath):
        return quote_key(str(value))
    raise TypeMismatch(f"{value!r} cannot be the value of a key")


def relpath(class_name: str, keys: Sequence[tuple[str | None, object]]) -> str:
    """The relative path of an instance, as in ``__RELPATH``: key names in alphabetical order.

    Without keys it is the path of the singleton.

    Raises:
        TypeMismatch: a value that no key can have, NULL included.
    """
    if len(keys) == 1:
        name, value = keys[0]
        return f"{class_name}.{name}={quote_key(value)}"
    if not keys:
        return f"{class_name}=@"
    ordered = sorted(keys, key=_folded_name)
    return f"{class_name}.{','.join([f'{name}={quote_key(value)}' for name, value in ordered])}"


def _folded_name(key: tuple[str | None, object]) -> str:
    return (key[0] or "").casefold()


def split_resource(text: str) -> tuple[str | None, str]:
    r"""Server and namespace of a connection's address, such as ``\\host\root\cimv2``; no server is this machine.

    Raises:
        InvalidNamespace: no namespace, an empty name in it, or a single separator before it.
        InvalidParameter: an empty server name.
        ConnectError: a server and nothing after it, which Windows takes for an unreachable machine.
        QuotaExceeded: more than 8173 UTF-16 units.
    """
    check_length(text, MAX_NAMESPACE, "a namespace")
    server: str | None = None
    rest = text
    if text[:1] in SEPARATORS and text[1:2] in SEPARATORS and len(text) > 1:
        if text[2:3] in SEPARATORS and len(text) > 2:
            raise InvalidParameter(f"{text!r} has an empty server name")
        names = split_names(text[2:])
        server, rest = names[0], "\\".join(names[1:])
        if not rest:
            _refuse_resource(text, server)
    if not is_namespace(rest):
        raise InvalidNamespace(
            f"{text!r} is not a namespace", hint=r"write names with / or \ between them, as in root/cimv2"
        )
    return (None if server in _LOCAL_SERVERS else server), "\\".join(split_names(rest))


def _refuse_resource(text: str, server: str) -> NoReturn:
    if server in ("", "."):
        raise InvalidNamespace(f"{text!r} names no namespace")
    raise ConnectError(
        f"{text!r} names a server and no namespace",
        status=RPC_S_SERVER_UNAVAILABLE,
        hint=f"Write the namespace after it: \\\\{server}\\root\\cimv2.",
    )


def normalize_namespace(text: str) -> str:
    r"""A namespace with backslashes, in the case given, without this machine's name: ``//./root/cimv2`` too.

    Raises:
        InvalidNamespace: not a namespace, or one on another machine.
        InvalidParameter, QuotaExceeded: as ``split_resource``.
    """
    server, namespace = split_resource(text)
    if server is not None:
        raise InvalidNamespace(f"{text!r} is on another machine", hint="Connect to that machine instead.")
    return namespace
