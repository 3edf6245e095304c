"""MOF: a declaration per object, a blank line between two of them; the text compiles back (``wmix.mof.printer``).

Instances show the selected properties that have a value, in class order; classes what they declare themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.mof.printer import class_text, instance_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render.records import Record

__all__ = ["Mof"]


class Mof:
    """Writes declarations."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._begun = False

    def rows(self, records: Sequence[Record]) -> str:
        texts = []
        for record in records:
            source = record.source
            if isinstance(source, CimClass):
                texts.append(class_text(source) + "\n")
            elif isinstance(source, CimInstance):
                texts.append(instance_text(source, only=record.shape.names) + "\n")
        if not texts:
            return ""
        lead = "\n" if self._begun else ""
        self._begun = True
        return lead + "\n".join(texts)

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return ""
