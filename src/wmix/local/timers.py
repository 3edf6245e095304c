"""``__TimerEvent``: the events of timer instructions, in every namespace. Brief 7.2.

Their source runs in a namespace while somebody subscribes there, reads the instructions from the repository, and
follows what is written to them.  That an absolute timer has fired is noted in ``__TimerNextFiring``, so that it fires
once although the program was started anew meanwhile; ``NextEvent64BitTime`` is the time, a FILETIME, for which it has.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.errors import WmiError
from wmix.local.timer_schedule import ABSOLUTE, INTERVAL, TimerSchedule, instruction_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from wmix.local.system import LocalSystem
    from wmix.local.timer_schedule import Instruction
    from wmix.port.events import Change

__all__ = ["timer_rows"]

_log = logging.getLogger("wmix.local.timers")

_FIRED: Final = "__TimerNextFiring"
_EPOCH: Final = 11_644_473_600
"""Seconds from 1601 to 1970."""

#: Seconds between two events of one timer, at least: shorter intervals are counted together.
_LEAST: Final = 0.01


async def timer_rows(
    system: LocalSystem, namespace: str, clock: Callable[[], float]
) -> AsyncGenerator[dict[str, object], None]:
    """The rows of the events of *namespace*; *clock* tells the time of day in seconds since 1970."""
    timers = _Timers(system, namespace)
    loop = asyncio.get_running_loop()
    stop = system.subscriptions.changes(timers.heard)
    try:
        while True:
            if timers.changed.is_set():
                timers.changed.clear()
                timers.schedule.update(await timers.read(), loop.time())
            wait = timers.schedule.wait(loop.time(), clock())
            try:
                async with asyncio.timeout(None if wait is None else max(wait, _LEAST)):
                    await timers.changed.wait()
            except TimeoutError:
                pass
            for firing in timers.schedule.fire(loop.time(), clock()):
                if firing.instruction.at is not None:
                    await timers.note(firing.instruction)
                if firing.is_told:
                    yield {"TimerId": firing.instruction.timer_id, "NumFirings": firing.number}
    finally:
        stop()


class _Timers:
    """The instructions of one namespace in the repository."""

    def __init__(self, system: LocalSystem, namespace: str) -> None:
        self._system = system
        self._namespace = namespace
        self.schedule = TimerSchedule()
        self.changed = asyncio.Event()
        self.changed.set()

    def heard(self, changes: Sequence[Change]) -> None:
        """Something was written somewhere."""
        for change in changes:
            touched = change.current if isinstance(change.current, CimInstance) else change.previous
            if (
                isinstance(touched, CimInstance)
                and change.namespace.casefold() == self._namespace.casefold()
                and touched.class_.inherits_from("__TimerInstruction")
            ):
                self.changed.set()

    async def read(self) -> list[Instruction]:
        """The timers that have yet to fire."""
        found: list[Instruction] = []
        absolute: set[str] = set()
        fired = {str(held["TimerId"]).casefold(): held["NextEvent64BitTime"] for held in await self._instances(_FIRED)}
        for class_name in (INTERVAL, ABSOLUTE):
            for instance in await self._instances(class_name):
                instruction = instruction_of(instance)
                if instruction is None:
                    continue
                key = instruction.timer_id.casefold()
                if instruction.at is not None:
                    absolute.add(key)
                    if fired.get(key) == _filetime(instruction.at):
                        continue
                found.append(instruction)
        await self._forget(fired.keys() - absolute)
        return found

    async def note(self, instruction: Instruction) -> None:
        """Remember that an absolute timer has fired."""
        cls = await self._system.schema.resolve(self._namespace, _FIRED)
        held = CimInstance(cls.layout, cls.layout.unset)
        held["TimerId"] = instruction.timer_id
        held["NextEvent64BitTime"] = _filetime(instruction.at or 0.0)
        try:
            await self._system.repository.put_instance(self._namespace, held)
        except WmiError as error:
            _log.warning("that the timer %s has fired cannot be stored: %s", instruction.timer_id, error)

    async def _forget(self, timer_ids: set[str]) -> None:
        for timer_id in timer_ids:
            try:
                await self._system.repository.delete_instance(self._namespace, _FIRED, {"TimerId": timer_id})
            except WmiError as error:
                _log.warning("what is stored of the timer %s cannot be deleted: %s", timer_id, error)

    async def _instances(self, class_name: str) -> list[CimInstance]:
        return [
            instance
            async for instances in self._system.repository.instances(self._namespace, class_name)
            for instance in instances
        ]


def _filetime(seconds: float) -> int:
    return int((seconds + _EPOCH) * 10_000_000)
