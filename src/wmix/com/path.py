"""Path: IWbemPath and IWbemPathKeyList over the path parser of ``cim``. Brief 4.3.

Where C passes a buffer with its length, these methods return the text; ``length`` is the number of characters with
the terminating null, and an argument of that name asks as C does: 0 for the length alone, a small one for
WBEM_E_BUFFER_TOO_SMALL, None for a null pointer.  A path works in process and leaves no error object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.cim.wbem_path import WbemPath, WbemPathKeyList, read_text
from wmix.com.arguments import count_of, flags_of, text_of
from wmix.com.results import Status
from wmix.errors import InvalidParameter, WmiError
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KeyListResult", "KeyResult", "NumberResult", "Path", "PathKeyList", "TextResult"]

_LONGEST: Final = 0xFFFFFFFF


class TextResult(NamedTuple):
    """A text, and its length with the terminating null."""

    hresult: int
    length: int | None
    text: str | None


class NumberResult(NamedTuple):
    """A number or a set of bits."""

    hresult: int
    value: int | None


class KeyResult(NamedTuple):
    """GetKey2: the name is None when the path leaves it out."""

    hresult: int
    name: str | None
    value: Any
    apparent_cim_type: int | None


class KeyListResult(NamedTuple):
    """GetKeyList."""

    hresult: int
    key_list: PathKeyList | None


class Path:
    """One path, empty at first."""

    def __init__(self) -> None:
        self._path = WbemPath()

    # -- whole text -------------------------------------------------------------------------------------------------

    def set_text(self, mode: int, path: str | None) -> Status:
        """Replace the path by what a text says; *mode* is a sum of WBEMPATH_CREATE_ACCEPT_... (4.3)."""
        return _status(self._path.set_text, flags_of(mode, "mode"), text_of(path, "path"))

    def get_text(self, flags: int = 0, length: int | None = _LONGEST, *, has_buffer: bool = True) -> TextResult:
        """The path as text; *flags* is 0 or one of WBEMPATH_GET_..."""
        wanted = flags_of(flags)
        return _text(lambda: self._path.get_text(wanted), length, has_buffer)

    def get_info(self, requested_info: int = 0) -> NumberResult:
        """The WBEMPATH_INFO_... bits of the path."""
        return _number(self._path.get_info, flags_of(requested_info, "requested_info"))

    # -- server and namespaces --------------------------------------------------------------------------------------

    def set_server(self, name: str | None) -> Status:
        """Name the server; None removes it."""
        return _status(self._path.set_server, text_of(name, "name"))

    def get_server(self, length: int | None = _LONGEST, *, has_buffer: bool = True) -> TextResult:
        """The server; WBEM_E_NOT_AVAILABLE when the path has none."""
        return _text(self._path.get_server, length, has_buffer)

    def get_namespace_count(self) -> NumberResult:
        """The number of names in the namespace."""
        return NumberResult(WBEM_S_NO_ERROR, self._path.get_namespace_count())

    def set_namespace_at(self, index: int, name: str | None) -> Status:
        """Insert a name at *index*."""
        return _status(lambda: self._path.set_namespace_at(count_of(index, "index"), text_of(name, "name")))

    def get_namespace_at(self, index: int, length: int | None = _LONGEST, *, has_buffer: bool = True) -> TextResult:
        """The name at *index*."""
        return _text(lambda: self._path.get_namespace_at(count_of(index, "index")), length, has_buffer)

    def remove_namespace_at(self, index: int) -> Status:
        """Remove the name at *index*."""
        return _status(lambda: self._path.remove_namespace_at(count_of(index, "index")))

    def remove_all_namespaces(self) -> Status:
        """Remove every name of the namespace."""
        return _status(self._path.remove_all_namespaces)

    # -- class and keys ---------------------------------------------------------------------------------------------

    def set_class_name(self, name: str | None) -> Status:
        """Name the class; "" leaves the path without one."""
        return _status(self._path.set_class_name, text_of(name, "name"))

    def get_class_name(self, length: int | None = _LONGEST, *, has_buffer: bool = True) -> TextResult:
        """The class; WBEM_E_INVALID_OBJECT_PATH when the path has none."""
        return _text(self._path.get_class_name, length, has_buffer)

    def get_key_list(self) -> KeyListResult:
        """The keys; what is changed there changes this path."""
        return KeyListResult(WBEM_S_NO_ERROR, PathKeyList(self._path.get_key_list()))

    def delete_class_part(self, flags: int = 0) -> Status:
        """Remove class and keys."""
        if flags_of(flags):
            return Status(InvalidParameter.default_status)
        return _status(self._path.delete_class_part)

    # -- questions --------------------------------------------------------------------------------------------------

    def is_relative(self, machine: str | None, namespace: str | None) -> bool:
        """Whether the path lies in *namespace* on *machine*; the interface answers BOOL, no HRESULT."""
        where, inside = text_of(machine, "machine"), text_of(namespace, "namespace")
        return self._path.is_relative(where or "", inside or "")

    def is_local(self, machine: str | None) -> bool:
        """Whether the path names no machine but *machine*."""
        return self._path.is_local(text_of(machine, "machine") or "")

    def is_same_class_name(self, class_name: str | None) -> bool:
        """Whether the class is *class_name*, ignoring case."""
        return self._path.is_same_class_name(text_of(class_name, "class_name") or "")

    def __repr__(self) -> str:
        return f"<com.Path {self._path}>"


class PathKeyList:
    """The keys of a path."""

    def __init__(self, keys: WbemPathKeyList) -> None:
        self._keys = keys

    def get_count(self) -> NumberResult:
        """The number of keys; 0 for a class and for a singleton."""
        return NumberResult(WBEM_S_NO_ERROR, self._keys.get_count())

    def set_key2(self, name: str | None, flags: int, cim_type: int, value: str | int | bool) -> Status:
        """Set the key *name*, or add it; None is the one implied key. The value tells its type, *cim_type* does not."""
        flags_of(cim_type, "cim_type")
        if not isinstance(value, str | int):
            raise TypeError(f"value is str, int or bool, not {type(value).__name__}")
        if flags_of(flags):
            return Status(InvalidParameter.default_status)
        return _status(lambda: self._keys.set_key(text_of(name, "name"), value))

    def get_key2(self, key_index: int, flags: int = 0) -> KeyResult:
        """Name and value of the key at *key_index*."""
        if flags_of(flags):
            return KeyResult(InvalidParameter.default_status, None, None, None)
        try:
            name, value = self._keys.get_key(count_of(key_index, "key_index"))
        except WmiError as error:
            return KeyResult(error.status, None, None, None)
        return KeyResult(WBEM_S_NO_ERROR, name, value, _apparent_type(value))

    def remove_key(self, name: str | None, flags: int = 0) -> Status:
        """Remove the key *name*; None is the implied key."""
        if flags_of(flags):
            return Status(InvalidParameter.default_status)
        return _status(self._keys.remove_key, text_of(name, "name"))

    def remove_all_keys(self, flags: int = 0) -> Status:
        """Remove every key; the path then names the class."""
        if flags_of(flags):
            return Status(InvalidParameter.default_status)
        return _status(self._keys.remove_all_keys)

    def make_singleton(self, set: bool) -> Status:  # noqa: A002 - as in IDL
        """Make the path ``Class=@``, or the path of the class."""
        return _status(self._keys.make_singleton, bool(set))

    def get_text(self, flags: int = 0, length: int | None = _LONGEST, *, has_buffer: bool = True) -> TextResult:
        """The keys as they stand in the path."""
        if flags_of(flags):
            return TextResult(InvalidParameter.default_status, None, None)
        return _text(self._keys.get_text, length, has_buffer)


def _status(work: Callable[..., None], *args: object) -> Status:
    try:
        work(*args)
    except WmiError as error:
        return Status(error.status)
    return Status(WBEM_S_NO_ERROR)


def _number(work: Callable[[int], int], argument: int) -> NumberResult:
    try:
        return NumberResult(WBEM_S_NO_ERROR, work(argument))
    except WmiError as error:
        return NumberResult(error.status, None)


def _text(get: Callable[[], str], length: int | None, has_buffer: bool) -> TextResult:
    try:
        text, needed = read_text(get, length, has_buffer=has_buffer)
    except WmiError as error:
        return TextResult(error.status, None, None)
    return TextResult(WBEM_S_NO_ERROR, needed, text)


def _apparent_type(value: object) -> int:
    """The type that a key's spelling suggests: text, TRUE or FALSE, or the smallest integer that holds it."""
    if isinstance(value, str):
        return CimType.STRING
    if isinstance(value, bool):
        return CimType.BOOLEAN
    low, high = INTEGER_RANGES[CimType.SINT32]
    return CimType.SINT32 if isinstance(value, int) and low <= value <= high else CimType.SINT64
