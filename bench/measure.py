"""Measuring: rounds of all candidates in turn, so that a machine whose speed drifts drifts for all of them.

What is bound by the processor is measured in its own CPU time, whatever else the machine does meanwhile; a figure is
the median over the rounds, or their best where the caches that others share decide.  What is bound by waiting is
measured by the clock; a figure is the best of the rounds, as everything else in it is noise.  What counts are ratios of
figures of one run.
"""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Line", "alternate", "table", "write_chart"]


class Line:
    """One line of the result: what was measured, the figure, the aim, and whether it is met."""

    def __init__(
        self, what: str, figure: float, unit: str, aim: float | None = None, *, at_least: bool = False
    ) -> None:
        self.what = what
        self.figure = figure
        self.unit = unit
        self.aim = aim
        self.at_least = at_least

    @property
    def verdict(self) -> str:
        """``ok``, ``missed`` or nothing when there is no aim."""
        if self.aim is None:
            return ""
        met = self.figure >= self.aim if self.at_least else self.figure <= self.aim
        return "ok" if met else "missed"

    @property
    def aim_text(self) -> str:
        """The aim as people write it."""
        if self.aim is None:
            return ""
        return f"{'at least' if self.at_least else 'at most'} {self.aim:g} {self.unit}"


def alternate(
    candidates: Mapping[str, Callable[[], object]], rounds: int = 5, *, cpu: bool = True, best: bool = False
) -> dict[str, float]:
    """Seconds of each candidate; they take turns, after one round that does not count.

    With *cpu* the median of this process's CPU seconds, or with *best* the least; otherwise the least of elapsed ones.
    """
    clock = time.process_time if cpu else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, candidate in candidates.items():
            gc.collect()
            start = clock()
            candidate()
            if turn:
                times[name].append(clock() - start)
    return {name: statistics.median(found) if cpu and not best else min(found) for name, found in times.items()}


def table(lines: list[Line]) -> str:
    """The lines as a Markdown table."""
    rows = [("what", "figure", "aim", "")]
    rows += [(line.what, f"{line.figure:,.2f} {line.unit}", line.aim_text, line.verdict) for line in lines]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    text.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(text)


def write_chart(path: str, title: str, bars: list[tuple[str, float, str]]) -> None:
    """A bar chart as SVG: (label, value, text beside the bar); lengths are logarithmic, as ratios want."""
    import math

    width, left, height = 760, 300, 26
    largest = max(value for _, value, _ in bars)
    smallest = min(value for _, value, _ in bars)
    span = math.log10(largest / smallest) or 1.0

    def length(value: float) -> float:
        return 20 + (width - left - 170) * math.log10(value / smallest) / span

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{60 + height * len(bars)}">',
        '<g font-family="sans-serif" font-size="13">',
        f"<title>{title}</title>",
        f'<rect width="100%" height="100%" fill="#ffffff"/><text x="12" y="26" font-size="15">{title}</text>',
    ]
    for i, (label, value, text) in enumerate(bars):
        y = 46 + i * height
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{label}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{length(value):.0f}" height="18" rx="3" fill="#3b6ea8"/>')
        parts.append(f'<text x="{left + length(value) + 8:.0f}" y="{y + 14}">{text}</text>')
    parts.append("</g></svg>\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
