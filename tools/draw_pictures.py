"""Draw the pictures of the documentation: ``docs/images/*.svg``.

Usage: ``python tools/draw_pictures.py``

The states of a call are drawn from the table that the engine obeys, ``wmix.engine.calls.states.TRANSITIONS``; the
other picture, of the way of a call through the house, is drawn by hand here.  The pictures are committed, so that they
show wherever the pages do; a test draws them anew and compares.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from wmix.engine.calls.states import TRANSITIONS, CallState

IMAGES: Final = Path(__file__).parent.parent / "docs" / "images"

TIP: Final = """
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"
 orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z" fill="#52606d"/></marker></defs>
""".strip()

STYLE: Final = """
  text { font-family: system-ui, "DejaVu Sans", sans-serif; font-size: 14px; fill: #1f2933; text-anchor: middle }
  .title { font-weight: 600 } .small { font-size: 12px; fill: #52606d } .label { font-size: 12px; fill: #334e68 }
  .paper { fill: #ffffff } .box { fill: #e3f2fd; stroke: #2f6f9f; stroke-width: 1.5 }
  .good { fill: #e3f6e8; stroke: #2f8f4f; stroke-width: 1.5 } .bad { fill: #fdecea; stroke: #b5483a; stroke-width: 1.5 }
  .warm { fill: #fff4d6; stroke: #b7791f; stroke-width: 1.5 }
  .line { stroke: #52606d; stroke-width: 1.5; fill: none } .back { stroke: #b7791f; stroke-dasharray: 5 4 }
"""


class Box(NamedTuple):
    """A rectangle with text; ``x`` and ``y`` are its centre, all lengths in SVG units."""

    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    style: str = "box"

    def border(self, towards_x: float, towards_y: float) -> tuple[float, float]:
        """The point of the border in the direction of another point."""
        across, down = towards_x - self.x, towards_y - self.y
        scale = min(
            self.width / 2 / abs(across) if across else math.inf,
            self.height / 2 / abs(down) if down else math.inf,
        )
        return self.x + across * scale, self.y + down * scale

    def svg(self) -> list[str]:
        """The rectangle and its lines of text, centred."""
        top = self.y - 9 * len(self.lines) + 5
        left, upper = _number(self.x - self.width / 2), _number(self.y - self.height / 2)
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        parts = [
            f'<rect class="{self.style}" x="{left}" y="{upper}" {size} rx="8"/>',
            f'<text class="title" x="{_number(self.x)}" y="{_number(top)}">{escape(self.title)}</text>',
        ]
        for number, line in enumerate(self.lines, start=1):
            y = _number(top + 18 * number)
            parts.append(f'<text class="small" x="{_number(self.x)}" y="{y}">{escape(line)}</text>')
        return parts


def arrow(start: tuple[float, float], end: tuple[float, float], label: str = "", *, style: str = "line") -> list[str]:
    """A straight arrow with its label beside the middle."""
    (x1, y1), (x2, y2) = start, end
    path = f"M {_number(x1)} {_number(y1)} L {_number(x2)} {_number(y2)}"
    parts = [f'<path class="{style}" d="{path}" marker-end="url(#tip)"/>']
    if label:
        level = abs(y2 - y1) < 1
        x, y = (x1 + x2) / 2 + (0 if level else 28), (y1 + y2) / 2 + (-8 if level else 4)
        parts.append(f'<text class="label" x="{_number(x)}" y="{_number(y)}">{escape(label)}</text>')
    return parts


def between(first: Box, second: Box, label: str = "") -> list[str]:
    """A straight arrow from one box's border to another's."""
    return arrow(first.border(second.x, second.y), second.border(first.x, first.y), label)


def page(width: int, height: int, title: str, parts: list[str]) -> str:
    """A whole SVG document."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    lines = [
        "<!-- Drawn by tools/draw_pictures.py; change it there. -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        TIP,
        f'<rect class="paper" width="{width}" height="{height}" rx="10"/>',
        *parts,
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def call_states() -> str:
    """The states of a call and what leads from one to another."""
    places = {
        CallState.NEW: (90, 160),
        CallState.RUNNING: (310, 160),
        CallState.DRAINING: (570, 160),
        CallState.DONE: (830, 160),
        CallState.FAILED: (310, 50),
        CallState.CANCELLED: (310, 280),
    }
    notes = {
        CallState.NEW: "not started",
        CallState.RUNNING: "the source works",
        CallState.DRAINING: "results wait for the reader",
        CallState.DONE: "all was read",
        CallState.FAILED: "the error waits for the reader",
        CallState.CANCELLED: "released or cancelled",
    }
    styles = {CallState.DONE: "good", CallState.FAILED: "bad", CallState.CANCELLED: "warm"}
    boxes = {}
    for state in CallState:
        width = 196 if len(notes[state]) > 18 else 140
        boxes[state] = Box(*places[state], width, 52, state.name, (notes[state],), styles.get(state, "box"))
    parts = [line for box in boxes.values() for line in box.svg()]
    for (start, event), end in TRANSITIONS.items():
        label = event.name.lower()
        if (start, end) == (CallState.RUNNING, CallState.DONE):
            parts += _over(boxes[start], boxes[end], label)
        else:
            parts += between(boxes[start], boxes[end], label)
    return page(930, 330, "The states of a call", parts)


def _over(first: Box, second: Box, label: str) -> list[str]:
    """An arrow in a bow over what stands between two boxes of one row."""
    x1, x2, y = first.x + first.width / 4, second.x, first.y - first.height / 2
    points = (x1, y, x1 + 40, y - 80, x2 - 20, y - 80, x2, y)
    path = "M {} {} C {} {}, {} {}, {} {}".format(*map(_number, points))
    middle = _number((x1 + x2) / 2 + 10)
    return [
        f'<path class="line" d="{path}" marker-end="url(#tip)"/>',
        f'<text class="label" x="{middle}" y="{_number(y - 66)}">{escape(label)} (a call with one result)</text>',
    ]


def one_door() -> str:
    """The way of a call through the house, and what comes back."""
    faces = [
        Box(100, 70, 150, 44, "wmix query ...", style="good"),
        Box(100, 130, 150, 44, "wmix.Client", style="good"),
        Box(100, 190, 150, 44, "wmix.AsyncClient", style="good"),
        Box(100, 250, 150, 44, "wmix.com", style="good"),
        Box(100, 310, 150, 44, "wmix serve", style="good"),
    ]
    door = Box(310, 190, 160, 284, "the door", ("rights", "limits", "flags", "deadline", "audit"))
    promises = ("one table of states", "one cancel scope", "", "credit: at most", "N objects ahead", "of the reader")
    calls = Box(510, 190, 150, 284, "the call", promises)
    planner = Box(715, 90, 170, 84, "planner", ("projection, keys and", "comparisons go down"))
    schema = Box(715, 195, 170, 84, "schema", ("class image, repository,", "your own classes"))
    wire = Box(715, 300, 170, 84, "the wire", ("DCOM, always encrypted;", "rows decoded when read"))
    providers = Box(930, 90, 170, 84, "providers", ("/proc, mounts, D-Bus,", "your own functions"), "warm")
    store = Box(930, 195, 170, 84, "repository", ("static classes", "and instances"), "warm")
    host = Box(930, 300, 170, 84, "a host", ("Windows,", "or another wmix"), "warm")
    parts = []
    for face in faces:
        parts += face.svg() + arrow((175, face.y), (230, face.y))
    for box in (door, calls, planner, schema, wire, providers, store, host):
        parts += box.svg()
    parts += arrow((390, 190), (435, 190))
    for way, source in ((planner, providers), (schema, store), (wire, host)):
        parts += arrow((585, way.y), (630, way.y)) + between(way, source)
    parts.append('<path class="line back" d="M 930 342 L 930 390 L 100 390 L 100 336" marker-end="url(#tip)"/>')
    back = "batches of objects, at the reader's pace; dropping the handle stops the provider"
    heads = {100: "faces", 410: "engine: written once, over one protocol of sources", 822: "this machine, or a host"}
    parts.append(f'<text class="label" x="515" y="382">{back}</text>')
    parts += [f'<text class="small" x="{x}" y="34">{head}</text>' for x, head in heads.items()]
    return page(1040, 410, "How a call goes through wmix", parts)


def pictures() -> dict[str, str]:
    """All pictures: file name to SVG text."""
    return {"call-states.svg": call_states(), "one-door.svg": one_door()}


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def main() -> None:
    """Write all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, text in pictures().items():
        (IMAGES / name).write_text(text)
        print(IMAGES / name)


if __name__ == "__main__":
    main()
