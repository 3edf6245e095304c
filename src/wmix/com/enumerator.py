"""Enumerator: IEnumWbemClassObject. [MS-WMI] 3.1.4.4, brief 2.2 and 2.3.

Times are in milliseconds; -1 waits without limit.  Loops look at ``returned``, not only at the code: WBEM_S_FALSE and
WBEM_S_TIMEDOUT come with the objects that were there.  An enumerator that is released or collected cancels the
operation behind it, unless a clone still reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.com.arguments import count_of, seconds
from wmix.com.classobject import ClassObject
from wmix.com.errors import failed
from wmix.com.results import EnumeratorCloneResult, NextResult, Status
from wmix.com.sink import SinkAdapter, sink_of
from wmix.errors import InvalidParameter, WmiError
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from wmix.com.connection import Lease
    from wmix.com.sink import ObjectSink
    from wmix.engine.calls.enumerator import Enumerator as Reader
    from wmix.engine.services import Services as Door

__all__ = ["Enumerator"]


class Enumerator:
    """The objects of one operation, read in portions."""

    def __init__(self, lease: Lease, door: Door, reader: Reader) -> None:
        self._lease = lease
        self._door = door
        self._reader = reader

    def reset(self) -> Status:
        """Go back to the first object; WBEM_E_INVALID_OPERATION for a forward-only enumerator (2.2.12)."""
        try:
            self._lease.call(self._reader.reset)
        except WmiError as error:
            return Status(failed(error))
        return Status(WBEM_S_NO_ERROR)

    def next(self, timeout: int, count: int, *, want_objects: bool = True, want_returned: bool = True) -> NextResult:
        """Up to *count* objects: when they are there, when the operation has ended, or when the time is over (2.2.3).

        Args:
            timeout: milliseconds; 0 takes what is ready, -1 waits for all *count* or the end.
            count: 0 to 2**32 - 1.
            want_objects, want_returned: False stands for a null pointer in the place of that out-parameter.

        Returns:
            WBEM_S_NO_ERROR with *count* objects, WBEM_S_FALSE with fewer at the end, WBEM_S_TIMEDOUT with those that
            were there in time, or the operation's error, again and again, when everything before it was read.
        """
        try:
            if not (want_objects and want_returned):
                raise InvalidParameter("Next needs a place for the objects and one for their number", operation="Next")
            portion = self._lease.call(self._reader.next, seconds(timeout), count_of(count))
        except InvalidParameter as error:
            return NextResult(failed(error), None, None)
        except WmiError as error:
            return NextResult(failed(error), [], 0)
        if portion.error is not None:
            return NextResult(failed(portion.error), [], 0)
        return NextResult(portion.status, [ClassObject(item) for item in portion.objects()], portion.returned)

    def next_async(self, count: int, sink: ObjectSink | None) -> Status:
        """Have the next *count* objects delivered to *sink*, after earlier such requests (2.3).

        Returns:
            WBEM_S_NO_ERROR when the sink will get exactly one final SetStatus; WBEM_S_FALSE, without using the sink,
            when nothing is left or *count* is 0; the error of a failed operation.
        """
        checked = sink_of(sink, "sink")
        try:
            wanted = count_of(count)
            if checked is None:
                raise InvalidParameter("NextAsync needs a sink", operation="NextAsync")
            held = self._lease.another()
            adapter = SinkAdapter(checked, lambda _: held.release_later())
            status = self._lease.do(lambda: self._reader.next_async(wanted, self._door.delivery(adapter)))
        except WmiError as error:
            return Status(error.status)
        if status != WBEM_S_NO_ERROR:
            held.release()
        return Status(status)

    def clone(self) -> EnumeratorCloneResult:
        """A second enumerator at the same position; WBEM_E_INVALID_OPERATION when forward-only (2.2.13)."""
        try:
            lease = self._lease.another()
            return EnumeratorCloneResult(
                WBEM_S_NO_ERROR, Enumerator(lease, self._door, self._lease.call(self._reader.clone))
            )
        except WmiError as error:
            return EnumeratorCloneResult(failed(error), None)

    def skip(self, timeout: int, count: int) -> Status:
        """Pass over *count* objects, with the statuses of :meth:`next`; forward-only enumerators can (2.2.11)."""
        try:
            return Status(self._skipped(self._lease.call(self._reader.skip, seconds(timeout), count_of(count))))
        except WmiError as error:
            return Status(failed(error))

    def _skipped(self, status: int) -> int:
        error = self._reader.error
        return failed(error) if error is not None and status == error.status else status

    def release(self) -> None:
        """Give the results up; the enumerator cannot be used any more."""
        if self._lease.is_active:
            self._lease.post(self._reader.release)
            self._lease.release()

    def __repr__(self) -> str:
        return f"<com.Enumerator {self._reader.call.request.operation} {self._reader.call.request.text!r}>"
