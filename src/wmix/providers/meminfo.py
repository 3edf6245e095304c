"""Memory and swap of the machine: proc_meminfo(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["MemoryInfo", "read_memory"]


class MemoryInfo:
    """The figures of /proc/meminfo in KiB; None for one that this kernel does not tell."""

    __slots__ = ("_figures",)

    def __init__(self, figures: dict[str, int]) -> None:
        self._figures = figures

    def __getitem__(self, name: str) -> int | None:
        return self._figures.get(name)

    def total(self, *names: str) -> int | None:
        """The sum of several figures; None when one of them is unknown."""
        figures = [self._figures.get(name) for name in names]
        return None if None in figures else sum(figure for figure in figures if figure is not None)


def read_memory(files: SystemFiles) -> MemoryInfo:
    """The figures as they are now."""
    figures = {}
    for line in files.lines("/proc/meminfo"):
        name, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdecimal():
            figures[name] = int(words[0])
    return MemoryInfo(figures)
