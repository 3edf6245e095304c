"""What a compilation does, step by step, and in which place of which file each step was written.

wmi-semantics 9.3: the steps are carried out in file order.  Whoever applies them answers a failure with
:meth:`Step.failed`, so that the message shows the declaration.  Depends on ``cim``, ``source`` and ``diagnostics``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.mof.diagnostics import Diagnostic, InvalidMof
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.errors import WmiError
    from wmix.mof.source import Source, Span

__all__ = [
    "AutoRecover",
    "DeleteClass",
    "DeleteInstance",
    "NeedClass",
    "PutClass",
    "PutInstance",
    "Step",
    "UseNamespace",
]


class Step(Record):
    """Base: ``source`` and ``span`` are the declaration's place; ``namespace`` is where the step works."""

    source: Source
    span: Span
    namespace: str

    @property
    def place(self) -> str:
        """``file:line:column``."""
        line, column = self.source.place(self.span[0])
        return f"{self.source.name}:{line}:{column}"

    def failed(self, error: WmiError) -> InvalidMof:
        """The error that this step was refused with *error*: its status and hint, and the place of the step."""
        return InvalidMof((Diagnostic(self.source, self.span, error.status, error.detail, hint=error.hint),))


class UseNamespace(Step):
    """What follows goes to ``namespace``, which must exist by now."""


class PutClass(Step):
    """Store ``definition``; ``flags`` are WBEM_FLAG_* bits of PutClass."""

    definition: CimClass
    flags: int = 0


class PutInstance(Step):
    """Store ``instance``, whose aliases have been replaced by paths; ``flags`` as of PutInstance."""

    instance: CimInstance
    flags: int = 0


class DeleteClass(Step):
    """Delete a class; a missing one ends the compilation if ``fail``."""

    name: str
    fail: bool = True


class DeleteInstance(Step):
    """Delete the instance of this path; a missing one ends the compilation if ``fail``."""

    path: str
    fail: bool = True


class AutoRecover(Step):
    """The file wants to be compiled again whenever the repository is made anew."""


class NeedClass(Record):
    """No step but a question: the definition of class ``name`` of ``namespace`` as it is now, None if there is none."""

    namespace: str
    name: str
