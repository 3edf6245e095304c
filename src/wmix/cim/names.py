"""Names of classes, properties, methods and qualifiers: compared ignoring case, kept as they were defined.

[MS-WMI] 2.2 and DSP0004 5.1: identifiers are case-insensitive, and the spelling of the definition is the one shown.
``NameDict`` is the ordered mapping that all of the model uses for named members; ``fold`` is the one place that says
what "ignoring case" means, so that indexes built elsewhere agree with it.

Depends on ``errors`` for ``nearest``, the suggestion made for a name that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, ValuesView
from typing import TypeVar, overload

from wmix.errors import nearest

__all__ = ["NameDict", "fold", "nearest"]

V = TypeVar("V")
D = TypeVar("D")

fold = str.casefold
"""The form under which two spellings of one name are equal."""


class NameDict(MutableMapping[str, V]):
    """An ordered mapping from names to values that ignores case and keeps spelling.

    Iteration gives the names in the order and spelling of their first insertion; assigning under another spelling
    replaces the value only.  Two such mappings are equal when they hold equal values under the same names, in any
    order and spelling.
    """

    __slots__ = ("_names", "_values")

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._values: dict[str, V] = {}
        self._names: dict[str, str] = {}
        for name, value in items.items() if isinstance(items, Mapping) else items:
            self[name] = value

    def __getitem__(self, name: str) -> V:
        try:
            return self._values[name.casefold()]
        except KeyError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: V) -> None:
        folded = name.casefold()
        self._values[folded] = value
        self._names.setdefault(folded, name)

    def __delitem__(self, name: str) -> None:
        folded = name.casefold()
        if folded not in self._values:
            raise KeyError(name)
        del self._values[folded], self._names[folded]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, NameDict):
            return self._values == other._values
        if isinstance(other, Mapping):
            return self._values == NameDict(other)._values if all(isinstance(n, str) for n in other) else False
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"NameDict({dict(self.items())!r})"

    def spelling(self, name: str) -> str:
        """The name as it was defined.

        Raises:
            KeyError: no such name.
        """
        try:
            return self._names[name.casefold()]
        except KeyError:
            raise KeyError(name) from None

    @overload
    def get(self, name: str, /) -> V | None: ...

    @overload
    def get(self, name: str, default: V | D, /) -> V | D: ...

    def get(self, name: str, default: object = None, /) -> object:
        """The value under *name*, or *default*."""
        return self._values.get(name.casefold(), default)

    def values(self) -> ValuesView[V]:
        """The values, in order."""
        return self._values.values()

    def copy(self) -> NameDict[V]:
        """A mapping of its own with the same values."""
        twin: NameDict[V] = NameDict()
        twin._values = self._values.copy()
        twin._names = self._names.copy()
        return twin
