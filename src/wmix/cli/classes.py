"""``wmix classes [PATTERN]``: the classes of a namespace, as a list or as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.names import fold
from wmix.cli.options import CONNECTION, FORMATS, LIMIT, OUT, SYSTEM, Command, Option, Positional, format_option
from wmix.cli.render.records import CLASS_COLUMNS, Selection
from wmix.cli.single import write_records, write_text
from wmix.wql.like import compile_like

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cli.session import Session

__all__ = ["COMMAND", "matcher", "run", "tree"]

COMMAND: Final = Command(
    "classes",
    "list the classes of a namespace",
    positionals=[Positional("pattern", "PATTERN", "a name; * or % stands for any characters, ? for one", "?")],
    options=[
        Option("--tree", dest="tree", help="show derived classes below their parents"),
        format_option(FORMATS, "table"),
        SYSTEM,
        OUT,
        LIMIT,
        *CONNECTION,
    ],
    examples=[
        "wmix classes 'Win32_*'",
        "wmix classes --tree '*Disk*'",
        "wmix classes --namespace root/default --format jsonl",
    ],
)

_AS_LIKE: Final = {"*": "%", "?": "_", "_": "[_]", "[": "[[]"}
"""Characters of a pattern that LIKE writes in another way; names are full of its ``_``."""


def run(session: Session) -> int:
    """Write the classes."""
    arguments = session.arguments
    with session.client() as client:
        found = sorted(client.classes(deadline=session.deadline()).list(), key=lambda cls: fold(cls.name))
    matches = matcher(arguments.pattern)
    wanted = [cls for cls in found if matches(cls.name)][: arguments.limit]
    if not wanted:
        session.terminal.note("wmix: no class matches")
    if arguments.tree:
        return write_text(session, tree(found, {fold(cls.name) for cls in wanted}))
    records = Selection(system=arguments.system).records(wanted)
    return write_records(session, records, session.format("table"), columns=CLASS_COLUMNS)


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """A test for names, any case; without *pattern* every name passes."""
    if pattern is None:
        return bool
    return compile_like("".join([_AS_LIKE.get(character, character) for character in pattern]))


def tree(classes: Sequence[CimClass], wanted: Collection[str]) -> str:
    """The *wanted* classes (folded names) with all their ancestors, derived ones indented below their parents."""
    shown: dict[str, str] = {}
    for cls in classes:
        if fold(cls.name) in wanted:
            shown.update({fold(name): name for name in (cls.name, *cls.derivation)})
    parents = {fold(cls.name): fold(cls.superclass or "") for cls in classes}
    children: dict[str, list[str]] = {}
    for folded in sorted(shown):
        children.setdefault(parents.get(folded, ""), []).append(folded)
    lines: list[str] = []

    def draw(folded: str, lead: str, branch: str, follow: str) -> None:
        lines.append(lead + branch + shown[folded])
        below = children.get(folded, [])
        for child in below:
            last = child is below[-1]
            draw(child, lead + follow, "└─ " if last else "├─ ", "   " if last else "│  ")

    for top in children.get("", []):
        draw(top, "", "", "")
    return "\n".join(lines) + "\n" if lines else ""
