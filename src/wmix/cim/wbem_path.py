r"""The path parser object: IWbemPath and IWbemPathKeyList as a value that is set, taken apart and put together again.

Public reference pages of IWbemPath; behaviour as recorded on Windows (brief, 4.3).  Names and arguments are those of
the interface in snake_case; methods return plain values and raise ``WmiError`` with the interface's code.  Unlike
``paths.ObjectPath`` this object may be incomplete (a server alone, namespaces without a class), keeps the text that
was set, and shows keys as they were spelled.

C callers pass a buffer and its length for every text; ``read_text`` is that protocol, for faces that offer it.
Depends on ``errors``, ``path_scanner`` and ``wbem_path_parts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.path_scanner import (
    MAX_PATH,
    SEPARATORS,
    KeyValue,
    check_length,
    is_identifier,
    is_namespace,
    utf16_length,
)
from wmix.cim.paths import quote_key
from wmix.cim.wbem_path_parts import LOCAL_MACHINE, PathParts, has_server, location_text
from wmix.errors import InvalidParameter, InvalidPath, NotFound, WmiError
from wmix.status import WBEM_E_BUFFER_TOO_SMALL, WBEM_E_NOT_AVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "WBEMPATH_CREATE_ACCEPT_ABSOLUTE",
    "WBEMPATH_CREATE_ACCEPT_ALL",
    "WBEMPATH_CREATE_ACCEPT_RELATIVE",
    "WBEMPATH_GET_NAMESPACE_ONLY",
    "WBEMPATH_GET_ORIGINAL",
    "WBEMPATH_GET_RELATIVE_ONLY",
    "WBEMPATH_GET_SERVER_AND_NAMESPACE_ONLY",
    "WBEMPATH_GET_SERVER_TOO",
    "WBEMPATH_INFO_ANON_LOCAL_MACHINE",
    "WBEMPATH_INFO_CIM_COMPLIANT",
    "WBEMPATH_INFO_CONTAINS_SINGLETON",
    "WBEMPATH_INFO_HAS_IMPLIED_KEY",
    "WBEMPATH_INFO_HAS_MACHINE_NAME",
    "WBEMPATH_INFO_HAS_SUBSCOPES",
    "WBEMPATH_INFO_IS_CLASS_REF",
    "WBEMPATH_INFO_IS_COMPOUND",
    "WBEMPATH_INFO_IS_INST_REF",
    "WBEMPATH_INFO_IS_SINGLETON",
    "WBEMPATH_INFO_PATH_HAD_SERVER",
    "WBEMPATH_INFO_SERVER_NAMESPACE_ONLY",
    "WBEMPATH_INFO_V1_COMPLIANT",
    "WBEMPATH_INFO_V2_COMPLIANT",
    "WBEMPATH_TREAT_SINGLE_IDENT_AS_NS",
    "WbemPath",
    "WbemPathKeyList",
    "read_text",
]

# SetText: WBEM_PATH_CREATE_FLAG
WBEMPATH_CREATE_ACCEPT_RELATIVE: Final = 0x1
WBEMPATH_CREATE_ACCEPT_ABSOLUTE: Final = 0x2
WBEMPATH_CREATE_ACCEPT_ALL: Final = 0x4
WBEMPATH_TREAT_SINGLE_IDENT_AS_NS: Final = 0x8

# GetText: WBEM_GET_TEXT_FLAGS; 0 is namespace and relative part
WBEMPATH_GET_RELATIVE_ONLY: Final = 0x2
WBEMPATH_GET_SERVER_TOO: Final = 0x4
WBEMPATH_GET_SERVER_AND_NAMESPACE_ONLY: Final = 0x8
WBEMPATH_GET_NAMESPACE_ONLY: Final = 0x10
WBEMPATH_GET_ORIGINAL: Final = 0x20

# GetInfo: WBEM_PATH_STATUS_FLAG
WBEMPATH_INFO_ANON_LOCAL_MACHINE: Final = 0x1
WBEMPATH_INFO_HAS_MACHINE_NAME: Final = 0x2
WBEMPATH_INFO_IS_CLASS_REF: Final = 0x4
WBEMPATH_INFO_IS_INST_REF: Final = 0x8
WBEMPATH_INFO_HAS_SUBSCOPES: Final = 0x10
WBEMPATH_INFO_IS_COMPOUND: Final = 0x20
WBEMPATH_INFO_HAS_IMPLIED_KEY: Final = 0x80
WBEMPATH_INFO_CONTAINS_SINGLETON: Final = 0x100
WBEMPATH_INFO_V1_COMPLIANT: Final = 0x200
WBEMPATH_INFO_V2_COMPLIANT: Final = 0x400
WBEMPATH_INFO_CIM_COMPLIANT: Final = 0x800
WBEMPATH_INFO_IS_SINGLETON: Final = 0x1000
WBEMPATH_INFO_SERVER_NAMESPACE_ONLY: Final = 0x4000
WBEMPATH_INFO_PATH_HAD_SERVER: Final = 0x20000

_MODES: Final = (
    WBEMPATH_CREATE_ACCEPT_RELATIVE
    | WBEMPATH_CREATE_ACCEPT_ABSOLUTE
    | WBEMPATH_CREATE_ACCEPT_ALL
    | WBEMPATH_TREAT_SINGLE_IDENT_AS_NS
)


class WbemPath:
    """One path, empty at first."""

    __slots__ = ("_original", "_parts")

    def __init__(self) -> None:
        self._original = ""
        self._parts = PathParts()

    # -- whole text -------------------------------------------------------------------------------------------------

    def set_text(self, mode: int, text: str | None) -> None:
        """Replace the path by what *text* says.

        Args:
            mode: WBEMPATH_CREATE_ACCEPT_RELATIVE (takes every path), _ABSOLUTE (takes paths with a server), _ALL, and
                WBEMPATH_TREAT_SINGLE_IDENT_AS_NS, which makes ``root`` a namespace; alone it takes namespaces only.
            text: "" empties the path.

        Raises:
            InvalidParameter: no or unknown mode, None, a text that is no path or not one that *mode* takes.
            QuotaExceeded: more than 8192 UTF-16 units.
        """
        if text is None or not mode or mode & ~_MODES:
            raise InvalidParameter(f"SetText takes a text and the modes 1, 2, 4 and 8, not {text!r} and {mode:#x}")
        check_length(text, MAX_PATH, "an object path")
        try:
            parts = PathParts.of(text, single_as_namespace=bool(mode & WBEMPATH_TREAT_SINGLE_IDENT_AS_NS))
        except InvalidPath as error:
            raise InvalidParameter(error.detail, hint=error.hint) from error
        if not _accepts(mode, text, parts):
            raise InvalidParameter(f"{text!r} is not of the kind that mode {mode:#x} accepts")
        self._parts = parts
        self._original = text

    def get_text(self, flags: int) -> str:
        """The path as text, with backslashes; "" for an empty one.

        Args:
            flags: 0 for namespace and relative part, or exactly one of the WBEMPATH_GET_ flags. A server that the
                path does not name is written ".".

        Raises:
            InvalidParameter: other flags.
        """
        parts = self._parts
        namespace = "\\".join(parts.namespaces)
        relative = parts.relative()
        if flags == WBEMPATH_GET_ORIGINAL:
            return self._original
        if flags == WBEMPATH_GET_RELATIVE_ONLY:
            return relative
        if flags == WBEMPATH_GET_NAMESPACE_ONLY:
            return namespace
        if flags == WBEMPATH_GET_SERVER_AND_NAMESPACE_ONLY:
            return location_text(parts.server, namespace)
        if flags not in (0, WBEMPATH_GET_SERVER_TOO):
            raise InvalidParameter(f"GetText takes none or one of the flags 2, 4, 8, 0x10 and 0x20, not {flags:#x}")
        location = location_text(parts.server, namespace) if flags else namespace
        return f"{location}:{relative}" if location and relative else location or relative

    def get_info(self, requested: int = 0) -> int:
        """The WBEMPATH_INFO_ bits that describe the path.

        Raises:
            InvalidParameter: *requested* is not 0.
        """
        if requested:
            raise InvalidParameter(f"GetInfo takes 0, not {requested:#x}")
        parts = self._parts
        local = parts.server is None or parts.server == LOCAL_MACHINE
        info = WBEMPATH_INFO_ANON_LOCAL_MACHINE if local else WBEMPATH_INFO_HAS_MACHINE_NAME
        if parts.server is not None:
            info |= WBEMPATH_INFO_PATH_HAD_SERVER
        if parts.class_name:
            return info | _class_info(parts)
        info |= WBEMPATH_INFO_SERVER_NAMESPACE_ONLY
        if parts.server is not None or parts.namespaces:
            info |= WBEMPATH_INFO_V1_COMPLIANT | WBEMPATH_INFO_V2_COMPLIANT | WBEMPATH_INFO_CIM_COMPLIANT
        return info

    # -- server and namespaces --------------------------------------------------------------------------------------

    def set_server(self, name: str | None) -> None:
        """Name the server; None or "" removes it.

        Raises:
            InvalidParameter: a name with a separator in it.
        """
        if name and any(separator in name for separator in SEPARATORS):
            raise InvalidParameter(f"{name!r} is not a server's name")
        self._parts.server = name or None

    def get_server(self) -> str:
        """The server's name, "." included.

        Raises:
            WmiError: WBEM_E_NOT_AVAILABLE when the path has none.
        """
        if self._parts.server is None:
            raise WmiError("the path has no server", status=WBEM_E_NOT_AVAILABLE, hint="Set a text with a server.")
        return self._parts.server

    def get_namespace_count(self) -> int:
        """The number of names that the namespace consists of."""
        return len(self._parts.namespaces)

    def get_namespace_at(self, index: int) -> str:
        """The name at *index*, 0 the outermost.

        Raises:
            InvalidParameter: no such index.
        """
        return self._parts.namespaces[self._checked(index)]

    def set_namespace_at(self, index: int, name: str | None) -> None:
        """Insert *name* at *index*; the names from there on move inwards.

        Raises:
            InvalidParameter: not a single name, or an index above the count.
        """
        if name is None or not is_namespace(name) or any(separator in name for separator in SEPARATORS):
            raise InvalidParameter(f"{name!r} is not the name of one namespace")
        if not 0 <= index <= len(self._parts.namespaces):
            raise InvalidParameter(f"the path has {len(self._parts.namespaces)} namespaces; {index} is too many")
        self._parts.namespaces.insert(index, name)

    def remove_namespace_at(self, index: int) -> None:
        """Remove the name at *index*; the names behind it move outwards.

        Raises:
            InvalidParameter: no such index.
        """
        del self._parts.namespaces[self._checked(index)]

    def remove_all_namespaces(self) -> None:
        """Remove every name."""
        self._parts.namespaces.clear()

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self._parts.namespaces):
            raise InvalidParameter(f"the path has {len(self._parts.namespaces)} namespaces, and none at {index}")
        return index

    # -- class and keys ---------------------------------------------------------------------------------------------

    def set_class_name(self, name: str | None) -> None:
        """Name the class; "" leaves the path without one. Keys stay.

        Raises:
            InvalidParameter: None, or not an identifier.
        """
        if name is None or (name and not is_identifier(name)):
            raise InvalidParameter(f"{name!r} is not the name of a class")
        self._parts.class_name = name

    def get_class_name(self) -> str:
        """The class.

        Raises:
            InvalidPath: the path has none.
        """
        if self._parts.class_name is None:
            raise InvalidPath("the path has no class")
        return self._parts.class_name

    def get_key_list(self) -> WbemPathKeyList:
        """The keys; what is changed there changes this path."""
        return WbemPathKeyList(self._parts)

    def delete_class_part(self) -> None:
        """Remove class and keys."""
        parts = self._parts
        parts.class_name, parts.keys, parts.singleton = None, [], False

    # -- questions --------------------------------------------------------------------------------------------------

    def is_relative(self, machine: str, namespace: str) -> bool:
        """Whether the path, as far as it says, lies in *namespace* on *machine*."""
        own = "\\".join(self._parts.namespaces).casefold()
        return self.is_local(machine) and own in ("", namespace.replace("/", "\\").casefold())

    def is_local(self, machine: str) -> bool:
        """Whether the path names no other machine than *machine*."""
        server = self._parts.server
        return server is None or server == LOCAL_MACHINE or server.casefold() == machine.casefold()

    def is_same_class_name(self, name: str) -> bool:
        """Whether the class is *name*, ignoring case."""
        return (self._parts.class_name or "").casefold() == name.casefold() != ""

    def __str__(self) -> str:
        return self.get_text(0)


class WbemPathKeyList:
    """The keys of a ``WbemPath``: IWbemPathKeyList."""

    __slots__ = ("_parts",)

    def __init__(self, parts: PathParts) -> None:
        self._parts = parts

    def get_count(self) -> int:
        """The number of keys; 0 for a class and for a singleton."""
        return len(self._parts.keys)

    def get_key(self, index: int) -> tuple[str | None, KeyValue]:
        """Name and value of the key at *index*; the name is None when it is implied.

        Raises:
            InvalidParameter: no such index.
        """
        if not 0 <= index < len(self._parts.keys):
            raise InvalidParameter(f"the path has {len(self._parts.keys)} keys, and none at {index}")
        name, value, _ = self._parts.keys[index]
        return name, value

    def set_key(self, name: str | None, value: KeyValue) -> None:
        """Set the key *name*, or add it; None is the one implied key, which replaces all others.

        Raises:
            InvalidParameter: not an identifier.
            InvalidPath: the path has no class.
        """
        if not self._parts.class_name:
            raise InvalidPath("the path has no class, so it cannot have keys")
        if name is not None and not is_identifier(name):
            raise InvalidParameter(f"{name!r} is not the name of a key")
        token = (name, value, quote_key(value))
        self._parts.singleton = False
        if name is None:
            self._parts.keys = [token]
            return
        folded = name.casefold()
        keys = [key for key in self._parts.keys if key[0] is not None]
        places = [i for i, key in enumerate(keys) if (key[0] or "").casefold() == folded]
        if places:
            keys[places[0]] = token
        else:
            keys.append(token)
        self._parts.keys = keys

    def remove_key(self, name: str | None) -> None:
        """Remove the key *name*; None is the implied key.

        Raises:
            NotFound: no such key.
        """
        wanted = None if name is None else name.casefold()
        kept = [key for key in self._parts.keys if (None if key[0] is None else key[0].casefold()) != wanted]
        if len(kept) == len(self._parts.keys):
            raise NotFound(f"the path has no key {name!r}")
        self._parts.keys = kept

    def remove_all_keys(self) -> None:
        """Remove every key; the path then names the class."""
        self._parts.keys = []
        self._parts.singleton = False

    def make_singleton(self, singleton: bool) -> None:
        """Make the path ``Class=@``, or the path of the class."""
        self._parts.keys = []
        self._parts.singleton = singleton

    def get_text(self) -> str:
        """The keys as they stand in the path, without the dot or the equals sign before an implied key."""
        return self._parts.keys_text().lstrip(".=")


def read_text(get: Callable[[], str], length: int | None, *, has_buffer: bool = True) -> tuple[str | None, int]:
    """Read a text as C callers do, with a buffer and its length.

    Args:
        get: gives the text or raises; called after the arguments were found good.
        length: characters that the buffer holds, the terminating null included; 0 asks for the length that is needed;
            None is a null pointer.
        has_buffer: whether there is a buffer; only a length of 0 goes without.

    Returns:
        The text (None when only the length was asked for), and its UTF-16 units with the terminating null.

    Raises:
        InvalidParameter: no length, or a length without a buffer.
        WmiError: WBEM_E_BUFFER_TOO_SMALL; and whatever *get* raises.
    """
    if length is None or length < 0 or (length and not has_buffer):
        raise InvalidParameter("a text needs a buffer and its length, or the length 0")
    text = get()
    needed = utf16_length(text) + 1
    if not length:
        return None, needed
    if length < needed:
        raise WmiError(f"{needed} characters are needed, not {length}", status=WBEM_E_BUFFER_TOO_SMALL)
    return text, needed


def _accepts(mode: int, text: str, parts: PathParts) -> bool:
    if mode & (WBEMPATH_CREATE_ACCEPT_RELATIVE | WBEMPATH_CREATE_ACCEPT_ALL):
        return True  # "relative" takes absolute paths too
    if mode & WBEMPATH_CREATE_ACCEPT_ABSOLUTE:
        return has_server(text)
    return parts.class_name is None


def _class_info(parts: PathParts) -> int:
    info = WBEMPATH_INFO_HAS_SUBSCOPES | WBEMPATH_INFO_V2_COMPLIANT | WBEMPATH_INFO_CIM_COMPLIANT
    if parts.singleton:
        return info | WBEMPATH_INFO_IS_INST_REF | WBEMPATH_INFO_CONTAINS_SINGLETON | WBEMPATH_INFO_IS_SINGLETON
    if not parts.keys:
        return info | WBEMPATH_INFO_IS_CLASS_REF
    if parts.keys[0][0] is None:
        info |= WBEMPATH_INFO_HAS_IMPLIED_KEY
    if len(parts.keys) > 1:
        info |= WBEMPATH_INFO_IS_COMPOUND
    return info | WBEMPATH_INFO_IS_INST_REF
