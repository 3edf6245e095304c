"""Named values that travel with a call: IWbemContext as data. [MS-WMI] 2.2.13, 3.1.4.

Names ignore case and keep the spelling of the first set; values keep their order of insertion.  A value of ``None``
is a value (NULL).  Reserved names begin with two underscores; two of them are checked when they are set, because the
specification names their legal values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Context"]


class Context:
    """An ordered mapping of named values, ignoring case; passed to providers as it came."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        self._values: dict[str, tuple[str, object]] = {}
        for name, value in (values or {}).items():
            self[name] = value

    def __setitem__(self, name: str, value: object) -> None:
        if not name:
            raise InvalidParameter("a context value needs a name")
        folded = name.casefold()
        if folded == "__providerarchitecture" and value not in (32, 64):
            raise InvalidParameter(f"__ProviderArchitecture is 32 or 64, not {value!r}")
        spelled = self._values[folded][0] if folded in self._values else name
        self._values[folded] = (spelled, value)

    def __getitem__(self, name: str) -> object:
        return self._values[name.casefold()][1]

    def __delitem__(self, name: str) -> None:
        del self._values[name.casefold()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._values.values()])

    def get(self, name: str, default: object = None) -> object:
        """The value of *name*, or *default* when there is none."""
        found = self._values.get(name.casefold())
        return default if found is None else found[1]

    def items(self) -> list[tuple[str, object]]:
        """Names and values, in the order in which they were first set."""
        return list(self._values.values())

    def clear(self) -> None:
        """Forget every value."""
        self._values.clear()

    def copy(self) -> Context:
        """An independent copy."""
        return Context(dict(self.items()))
