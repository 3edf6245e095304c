"""CallResult: IWbemCallResult, the handle of a semisynchronous call with one result. [MS-WMI] 3.1.4.5, brief 2.1.

Times are in milliseconds; -1 waits without limit.  Every getter waits by itself and may be asked again.  A handle that
is released or collected gives up a read that still runs; a write or a method runs to its end unseen (2.1.10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.com.arguments import seconds
from wmix.com.classobject import ClassObject
from wmix.com.errors import failed
from wmix.com.results import CallResultStatus, ObjectResult, ServicesResult, StringResult
from wmix.errors import WmiError
from wmix.status import WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from wmix.com.connection import Lease
    from wmix.engine.calls.callresult import CallResult as Handle
    from wmix.engine.services import Services as Door

__all__ = ["CallResult"]


class CallResult:
    """The result of one call, now or later."""

    def __init__(self, lease: Lease, door: Door, handle: Handle) -> None:
        self._lease = lease
        self._door = door
        self._handle = handle

    def get_result_object(self, timeout: int) -> ObjectResult:
        """The object of GetObject or the out-parameters of ExecMethod: an independent copy each time (2.1.7).

        Args:
            timeout: milliseconds; 0 polls, -1 waits without limit.

        Returns:
            WBEM_S_TIMEDOUT while the operation runs; its own error when it failed; WBEM_E_INVALID_OPERATION when it
            has no result of this kind.
        """
        try:
            if not self._wait(timeout):
                return ObjectResult(WBEM_S_TIMEDOUT, None)
            return ObjectResult(WBEM_S_NO_ERROR, ClassObject(self._handle.object()))
        except WmiError as error:
            return ObjectResult(failed(error), None)

    def get_result_string(self, timeout: int) -> StringResult:
        """The path of the instance that PutInstance wrote; statuses as of :meth:`get_result_object`."""
        try:
            if not self._wait(timeout):
                return StringResult(WBEM_S_TIMEDOUT, None)
            return StringResult(WBEM_S_NO_ERROR, self._handle.text())
        except WmiError as error:
            return StringResult(failed(error), None)

    def get_result_services(self, timeout: int) -> ServicesResult:
        """The namespace that OpenNamespace opened; statuses as of :meth:`get_result_object`."""
        from wmix.com.services import Services

        try:
            if not self._wait(timeout):
                return ServicesResult(WBEM_S_TIMEDOUT, None)
            door = self._door.namespace_services(self._handle)
            return ServicesResult(WBEM_S_NO_ERROR, Services(self._lease.another(), door))
        except WmiError as error:
            return ServicesResult(failed(error), None)

    def get_call_status(self, timeout: int) -> CallResultStatus:
        """Whether the operation has ended, and how (2.1.3).

        Returns:
            WBEM_S_NO_ERROR with the operation's final code, which may be a failure; WBEM_S_TIMEDOUT with None while it
            runs.
        """
        try:
            if not self._wait(timeout):
                return CallResultStatus(WBEM_S_TIMEDOUT, None)
        except WmiError as error:
            return CallResultStatus(failed(error), None)
        return CallResultStatus(WBEM_S_NO_ERROR, self._handle.status)

    def release(self) -> None:
        """Drop the handle; it cannot be used any more."""
        if self._lease.is_active:
            self._lease.post(self._handle.release)
            self._lease.release()

    def _wait(self, timeout: int) -> bool:
        return self._lease.call(self._handle.wait, seconds(timeout))

    def __repr__(self) -> str:
        return f"<com.CallResult {self._handle.call.request.operation}>"
