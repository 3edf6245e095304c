"""Compiling MOF: the steps of a compilation, applied through the door, all or none. Brief 9.3, [MS-WMI] 3.1.4.3.

Every step is a call like any other: rights, limits and audit are the door's, and a step sees what the steps before it
have changed.  The whole compilation is one transaction of the backend; a backend without transactions is told so
before anything is written.  A dry run is the same run, undone at its end.

Steps run in the compilation's own task, and end with it when it is cancelled or late: what they did is undone anyway.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Literal

from wmix.cim.amendments import has_localised, neutral, overlay_of
from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.engine.locator import parse_locales
from wmix.errors import DeadlineExceeded, InvalidClass, NotFound, NotSupported, WmiError
from wmix.mof.steps import (
    AutoRecover,
    NeedClass,
    UseNamespace,
)
from wmix.mof.steps import DeleteClass as DeleteClassStep
from wmix.mof.steps import DeleteInstance as DeleteInstanceStep
from wmix.mof.steps import PutClass as PutClassStep
from wmix.mof.steps import PutInstance as PutInstanceStep
from wmix.port.flags import WBEM_FLAG_USE_AMENDED_QUALIFIERS
from wmix.port.requests import DeleteClass, DeleteInstance, GetObject, PutClass, PutInstance
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.engine.services import Services
    from wmix.mof.elaborate import Compilation
    from wmix.mof.steps import Step
    from wmix.port.backend import Outcome
    from wmix.port.requests import Request

__all__ = ["Change", "compile_mof"]

_log = logging.getLogger("wmix.engine.compiling")

_TURN: Final = 0.005
"""Seconds after which others on the loop have a turn; a repository in memory answers without one."""


class Change(Record):
    """What one declaration did: ``action`` on ``what`` (a class name or a path) of ``namespace``."""

    action: Literal["created", "updated", "unchanged", "deleted", "absent"]
    kind: Literal["class", "instance"]
    namespace: str
    what: str
    #: ``file:line:column`` of the declaration.
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.action} {self.kind} {self.namespace}:{self.what}"


class _Undo(Exception):
    """Ends the transaction of a dry run; never leaves this module."""


async def compile_mof(
    services: Services, *compilations: Compilation, dry_run: bool = False, deadline: float | None = None
) -> list[Change]:
    """Apply *compilations*, in their order and as one, for the caller of *services*.

    Args:
        dry_run: undo everything at the end; the changes say what would have happened.
        deadline: when the whole compilation ends at the latest, on the loop's clock, in seconds.

    Raises:
        InvalidMof: a declaration is wrong, or was refused; with its place. Nothing is stored then.
        NotSupported: the backend has no transactions. Nothing was tried then.
    """
    if not services.backend.capabilities.transactions:
        raise NotSupported(
            f"{services.namespace} has no transactions: MOF is compiled there all or nothing, so not at all",
            operation="compile",
        )
    run = _Run(services, deadline)
    try:
        async with asyncio.timeout_at(deadline), services.backend.transaction():
            for compilation in compilations:
                await run.apply(compilation)
            if dry_run:
                raise _Undo
    except _Undo:
        _log.debug("a dry run was undone")
    except TimeoutError as error:
        late = DeadlineExceeded(
            "the compilation did not end within its deadline",
            operation="compile",
            hint="give a later deadline=, or compile less at once",
        )
        raise (late if run.step is None else run.step.failed(late)) from error
    return run.changes


class _Run:
    """Compilations on their way."""

    def __init__(self, services: Services, deadline: float | None) -> None:
        self._services = services
        self._deadline = deadline
        #: The child namespace of localised qualifiers, ``ms_409``; None without the pragma.
        self._amendment: str | None = None
        self._open: dict[str, Services] = {}
        self.changes: list[Change] = []
        #: The step that is being taken.
        self.step: Step | None = None

    async def apply(self, compilation: Compilation) -> None:
        """Every step, each when the one before it is done."""
        amendment = compilation.amendment
        self._amendment = None if amendment is None else parse_locales(amendment)[0]
        exchange = compilation.exchange()
        answer: CimClass | None = None
        now = asyncio.get_running_loop().time
        turn = now() + _TURN
        while True:
            if now() >= turn:
                await asyncio.sleep(0)
                turn = now() + _TURN
            try:
                said = exchange.send(answer)
            except StopIteration:
                return
            if isinstance(said, NeedClass):
                answer = await self._class(said.namespace, said.name)
                continue
            answer = None
            self.step = said
            try:
                await self._take(said)
            except WmiError as error:
                raise said.failed(error) from error

    def _in(self, namespace: str) -> Services:
        folded = namespace.casefold()
        found = self._open.get(folded)
        if found is None:
            engine = self._services.engine
            found = self._open[folded] = engine.services(namespace, self._services.caller)
        return found

    async def _call(self, namespace: str, request: Request) -> Outcome:
        return await self._in(namespace).perform(request, deadline=self._deadline)

    async def _class(self, namespace: str, name: str) -> CimClass | None:
        try:
            outcome = await self._call(namespace, GetObject(path=name))
        except (NotFound, InvalidClass):
            return None
        return outcome.object if isinstance(outcome.object, CimClass) else None

    async def _take(self, step: Step) -> None:
        match step:
            case UseNamespace():
                services = self._in(step.namespace)
                await services.engine.login(services, deadline=self._deadline)
            case PutClassStep():
                await self._put_class(step)
            case PutInstanceStep():
                await self._put_instance(step)
            case DeleteClassStep():
                await self._delete(step, "class", step.name, DeleteClass(class_name=step.name), fail=step.fail)
            case DeleteInstanceStep():
                await self._delete(step, "instance", step.path, DeleteInstance(path=step.path), fail=step.fail)
            case AutoRecover():
                _log.info("%s: autorecover has no meaning here: the repository is durable", step.place)

    async def _put_class(self, step: PutClassStep) -> None:
        if self._amendment is not None and has_localised(step.definition):
            await self._put_amended(step, self._amendment)
            return
        outcome = await self._call(step.namespace, PutClass(object=step.definition, flags=step.flags))
        self._note(outcome.change or "updated", "class", step, step.definition.name)

    async def _put_amended(self, step: PutClassStep, locale: str) -> None:
        """The class without its localised qualifiers, and these in the namespace of the locale (6.4.1, 9.3.4)."""
        name = step.definition.name
        outcome = await self._call(step.namespace, PutClass(object=neutral(step.definition), flags=step.flags))
        self._note(outcome.change or "updated", "class", step, name)
        space = f"{step.namespace}\\{locale}"
        namespaces = await self._class(step.namespace, "__Namespace")
        if namespaces is None:
            raise NotFound("there is no class __Namespace", namespace=step.namespace)
        request = PutInstance(object=CimInstance.of(namespaces, {"Name": locale}), tells_change=True)
        made = await self._call(step.namespace, request)
        if made.change == "created":
            self._note("created", "instance", step, made.path or locale)
        outcome = await self._call(space, PutClass(object=overlay_of(step.definition)))
        self._note(outcome.change or "updated", "class", step, name, space)

    async def _put_instance(self, step: PutInstanceStep) -> None:
        flags = step.flags if self._amendment is None else step.flags | WBEM_FLAG_USE_AMENDED_QUALIFIERS
        request = PutInstance(object=step.instance, flags=flags, tells_change=True)
        outcome = await self._call(step.namespace, request)
        self._note(outcome.change or "updated", "instance", step, outcome.path or step.instance.class_name_)

    async def _delete(
        self, step: Step, kind: Literal["class", "instance"], what: str, request: Request, *, fail: bool
    ) -> None:
        try:
            await self._call(step.namespace, request)
        except NotFound:
            if fail:
                raise
            self._note("absent", kind, step, what)
        else:
            self._note("deleted", kind, step, what)

    def _note(
        self,
        action: Literal["created", "updated", "unchanged", "deleted", "absent"],
        kind: Literal["class", "instance"],
        step: Step,
        what: str,
        namespace: str | None = None,
    ) -> None:
        self.changes.append(Change(action, kind, namespace or step.namespace, what, step.place))
