"""CallResult: IWbemCallResult over a call with one result. [MS-WMI] 3.1.4.5, brief 2.1.

Times are in seconds; None waits without limit.  Every getter waits by itself, may be asked again, and says the
operation's own error when it failed.  A kind of result that the operation does not have is INVALID_OPERATION.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidOperation, InvalidParameter
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.engine.calls.call import Call
    from wmix.errors import WmiError
    from wmix.port.backend import Backend, Outcome
    from wmix.port.batch import InstanceFactory

__all__ = ["CallResult"]


class CallResult:
    """The handle of a semisynchronous operation with one result."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._released = False

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait up to *timeout* seconds for the end of the operation; whether it has ended.

        Raises:
            InvalidParameter: *timeout* is negative.
        """
        if timeout is None:
            return await self.call.wait()
        if timeout < 0:
            raise InvalidParameter(f"a timeout is None or at least 0 seconds, not {timeout!r}")
        return await self.call.wait(self.call.loop.time() + timeout)

    @property
    def is_done(self) -> bool:
        """Whether the operation has ended, well or not."""
        return self.call.is_finished

    @property
    def error(self) -> WmiError | None:
        """Why the operation failed; None while it runs and when it ended well."""
        return self.call.error if self.call.is_finished else None

    @property
    def status(self) -> int:
        """The final status of the operation; only to be asked when it has ended."""
        return WBEM_S_NO_ERROR if self.call.error is None else self.call.error.status

    def outcome(self) -> Outcome:
        """The outcome of an operation that has ended.

        Raises:
            WmiError: the operation failed; its own error.
            InvalidOperation: it has not ended yet.
        """
        if self.call.error is not None:
            # Raised again and again: without this, each time would add to one traceback.
            raise self.call.error.with_traceback(None)
        if self.call.outcome is None:
            raise InvalidOperation("the operation has not ended yet", operation=self.call.request.operation)
        return self.call.outcome

    def object(self, make: InstanceFactory = CimInstance) -> CimInstance | CimClass:
        """A fresh copy of the result object ([MS-WMI] 3.1.4.5.1)."""
        found = self.outcome().object
        if found is None:
            raise self._lacks("object")
        if isinstance(found, CimInstance):
            twin = make(found.layout_, tuple(found.raw_values_()), found.origin_)
            found.share_qualifiers_(twin)
            return twin
        return found.clone_()

    def text(self) -> str:
        """The path of the instance that was put ([MS-WMI] 3.1.4.5.2)."""
        path = self.outcome().path
        if path is None:
            raise self._lacks("string")
        return path

    def backend(self) -> Backend:
        """The namespace that was opened ([MS-WMI] 3.1.4.5.3)."""
        backend = self.outcome().backend
        if backend is None:
            raise self._lacks("namespace")
        return backend

    def _lacks(self, kind: str) -> InvalidOperation:
        return InvalidOperation(
            f"{self.call.request.operation} has no result of that kind ({kind})", operation=self.call.request.operation
        )

    def cancel(self) -> None:
        """Give the operation up: a read stops, a write or a method runs on unseen (1.1.10)."""
        self.call.cancel()

    def release(self) -> None:
        """Drop the handle. A read that still runs is cancelled; a write or method is not undone (2.1.10)."""
        if not self._released:
            self._released = True
            if not self.call.is_finished:
                self.call.cancel()

    def __del__(self) -> None:
        if not getattr(self, "_released", True) and not self.call.is_finished:
            with contextlib.suppress(RuntimeError):
                self.call.loop.call_soon_threadsafe(self.call.cancel)
