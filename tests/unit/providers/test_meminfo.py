"""proc_meminfo(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.providers.linux_tree import LinuxTree
from wmix.providers.meminfo import read_memory

if TYPE_CHECKING:
    from pathlib import Path


def test_figures_are_kibibytes_and_what_is_not_told_is_unknown(tmp_path: Path) -> None:
    tree = LinuxTree(tmp_path)
    assert read_memory(tree.files)["MemTotal"] is None
    tree.write("/proc/meminfo", "MemTotal:    1000 kB\nSwapTotal:   50 kB\nHugePages_Total:  2\nOdd: x kB\nNone:\n")
    memory = read_memory(tree.files)
    assert (memory["MemTotal"], memory["HugePages_Total"], memory["Odd"]) == (1000, 2, None)
    assert memory.total("MemTotal", "SwapTotal") == 1050
    assert memory.total("MemTotal", "SwapFree") is None
