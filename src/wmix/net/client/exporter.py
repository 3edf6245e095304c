"""The client's view of an object exporter: calls on its objects, and its references. [MS-DCOM] 3.2.4.4.

One connection serves all objects of the exporter.  When it was closed while nothing was under way, as hosts do with
idle ones, the next call makes another, with a login of its own; the objects are still there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wmix.errors import ProtocolError, WmiError
from wmix.net.client.connection import CANCEL_BOUND
from wmix.net.client.failures import refused, violated
from wmix.net.client.phases import Phase
from wmix.net.client.references import ReferenceHolder, ReleaseBatch, RemoteReference
from wmix.net.client.time_bounds import bounded
from wmix.protocol.dcom.error_information import find_error_object
from wmix.protocol.dcom.identifiers import IID_IRemUnknown
from wmix.protocol.dcom.objref import ObjRef, ObjRefCustom, ObjRefStandard
from wmix.protocol.dcom.orpc import OrpcThis, decode_answer, encode_call
from wmix.protocol.dcom.rem_unknown import REM_UNKNOWN, RemQueryInterface, RemRelease
from wmix.status import E_NOINTERFACE, is_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from wmix.errors import ExtendedStatus
    from wmix.net.client.connection import ClientConnection
    from wmix.net.client.pings import PingSet
    from wmix.protocol.dcom.methods import Method
    from wmix.protocol.dcom.orpc import Extent
    from wmix.protocol.dcom.rem_unknown import RemInterfaceRef
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["RemoteExporter"]


class RemoteExporter(ReferenceHolder):
    """The exporter of a host's objects.

    Args:
        rem_unknown: the IPID of its IRemUnknown.
        this: what every call begins with: version and causality.
        dial: makes a connection that is bound and logged in.
        pings: told of every object that comes and goes.
    """

    def __init__(
        self,
        rem_unknown: Guid,
        this: OrpcThis,
        dial: Callable[[], Awaitable[ClientConnection]],
        pings: PingSet,
    ) -> None:
        super().__init__(asyncio.get_running_loop())
        self._rem_unknown = rem_unknown
        self._this = this
        self._dial = dial
        self._pings = pings
        self._connection: ClientConnection | None = None
        self._dialling: asyncio.Task[ClientConnection] | None = None
        self._releases = ReleaseBatch(self._send_releases)
        self._closed = False
        self.place = ""
        #: Called whenever a connection has ended, for whatever reason.
        self.on_lost: Callable[[], None] | None = None

    # -- the connection ---------------------------------------------------------------------------------------------

    async def connection(self) -> ClientConnection:
        """The connection, made anew when there is none that can be used; all who ask meanwhile wait for the same."""
        if self._connection is not None and self._connection.is_usable:
            return self._connection
        if self._dialling is None:
            self._dialling = asyncio.ensure_future(self._dial())
            self._dialling.add_done_callback(self._dialled)
        return await asyncio.shield(self._dialling)

    async def first_connection(self) -> ClientConnection:
        """The connection, for whoever made this exporter: one who cannot wait for it leaves no attempt behind.

        Raises:
            WmiError: as for :meth:`connection`.
        """
        try:
            return await self.connection()
        except BaseException:
            await self.close(0.0)
            raise

    def _dialled(self, task: asyncio.Task[ClientConnection]) -> None:
        self._dialling = None
        if not task.cancelled() and task.exception() is None:
            self._connection = task.result()
            self.place = self._connection.place
            self._connection.on_end = self._ended
            if self._closed:
                self._connection.close()

    def _ended(self) -> None:
        if self.on_lost is not None and not self._closed:
            self.on_lost()

    @property
    def local(self) -> str:
        """The address of this side of the connection; "" before there is one."""
        return "" if self._connection is None else self._connection.local

    @property
    def peer(self) -> str:
        """The numeric address of the host; "" before there is a connection."""
        return "" if self._connection is None else self._connection.peer

    def give_up(self) -> None:
        """Drop the connection of a host that does not answer, unless somebody waits for other answers of it."""
        connection = self._connection
        if connection is not None and not connection.is_waited_for:
            connection.abort()

    @property
    def is_multiplexed(self) -> bool:
        """Whether several calls may be under way at once."""
        return self._connection is not None and self._connection.is_multiplexed

    # -- calls ------------------------------------------------------------------------------------------------------

    async def invoke(
        self,
        target: RemoteReference,
        method: Method,
        request: Parameters,
        *,
        seconds: float,
        until: float | None = None,
        phase: Phase = Phase.CALL,
        operation: str | None = None,
    ) -> Any:
        """The reply of a call on an object; its ``hresult`` is a success.

        Args:
            seconds, until: what the call may take, and the time by which it ends.

        Raises:
            WmiError: the result is a failure, by its code; or the call did not come through.
        """
        connection = await self._connected(seconds, until, operation)
        stub = encode_call(self._this, request)
        async with bounded(phase, connection.place, seconds, until, operation=operation):
            answer = await connection.call(
                method.opnum,
                stub,
                object=target.ipid,
                context_id=connection.context_of(target.iid),
                phase=phase,
                late=lambda octets: self._free(method, octets),
            )
        return self._result(connection.place, method, answer, phase, operation)

    async def _connected(self, seconds: float, until: float | None, operation: str | None) -> ClientConnection:
        connection = self._connection
        if connection is not None and connection.is_usable:
            return connection
        async with bounded(Phase.OBJECT_CONNECT, self.place, seconds, until, operation=operation):
            return await self.connection()

    def _result(self, place: str, method: Method, answer: bytes, phase: Phase, operation: str | None) -> Any:
        try:
            that, reply = decode_answer(method.reply, answer)
        except ProtocolError as error:
            raise violated(place, phase, error) from error
        hresult: int = reply.hresult  # type: ignore[attr-defined]  # every reply of an object has one
        if is_error(hresult):
            failure = refused(hresult, place, phase, operation=operation)
            failure.extended = _extended_status(that.extensions)
            raise failure
        return reply

    def _free(self, method: Method, answer: bytes) -> None:
        """Give back the references in a reply that nobody waits for any more."""
        try:
            _, reply = decode_answer(method.reply, answer)
        except ProtocolError:
            return
        for name in ("enumerator", "call_result", "services", "smart_enum"):
            found = getattr(reply, name, None)
            if isinstance(found, ObjRefStandard):
                self.reference(found).release()

    # -- references -------------------------------------------------------------------------------------------------

    def reference(self, found: ObjRef | object | None) -> RemoteReference:
        """The reference in an answer.

        Raises:
            ProtocolError: there is none, or it is no reference to an object there.
        """
        if not isinstance(found, ObjRefStandard):
            raise violated(self.place, Phase.CALL, ProtocolError("a call that gives an object gave none"))
        std = found.std
        oid = std.oid if std.is_pinged else 0
        return RemoteReference(self, found.iid, std.ipid, oid, std.public_refs)

    async def query_interface(
        self, target: RemoteReference, iid: Guid, *, seconds: float, until: float | None = None
    ) -> RemoteReference:
        """Another interface of the same object.

        Raises:
            NotSupported: it has none of that type.
        """
        place = RemoteReference(_Nobody(self.loop), IID_IRemUnknown, self._rem_unknown, 0, 0)
        request = RemQueryInterface(target.ipid, 1, iids=(iid,))
        method = REM_UNKNOWN["RemQueryInterface"]
        operation = "RemQueryInterface"
        reply = await self.invoke(place, method, request, seconds=seconds, until=until, operation=operation)
        result = reply.results[0] if reply.results else None
        if result is None or is_error(result.hresult):
            status = E_NOINTERFACE if result is None else result.hresult
            raise refused(status, self.place, Phase.CALL, operation=operation)
        std = result.std
        return RemoteReference(self, iid, std.ipid, std.oid if std.is_pinged else 0, std.public_refs)

    def held(self, oid: int) -> None:
        """An object is in use."""
        if oid:
            self._pings.held(oid, self.loop.time())

    def given_back(self, ipid: Guid, oid: int, refs: int) -> None:
        """A reference is not needed any more: it is released with the next batch."""
        if oid:
            self._pings.given_back(oid)
        if not self._closed and self._connection is not None and self._connection.is_usable:
            self._releases.add(ipid, refs)

    async def _send_releases(self, references: tuple[RemInterfaceRef, ...]) -> None:
        connection = self._connection
        if connection is None or not connection.is_usable:
            return  # the host forgets what is neither called nor pinged
        method = REM_UNKNOWN["RemRelease"]
        stub = encode_call(self._this, RemRelease(references=references))
        try:
            async with bounded(Phase.RELEASE, connection.place, CANCEL_BOUND):
                await connection.call(
                    method.opnum,
                    stub,
                    object=self._rem_unknown,
                    context_id=connection.context_of(IID_IRemUnknown),
                    phase=Phase.RELEASE,
                )
        except TimeoutError:
            # A host that works on other calls answers when it comes to this one; those have times of their own.
            if not connection.is_waited_for:
                connection.abort()
        except WmiError:
            # What is gone already needs no release.
            return

    async def prove(self, seconds: float) -> None:
        """See that the host accepts the login, by giving nothing back: a login is judged with the first call.

        Raises:
            WmiError: it does not, or the call did not come through.
        """
        place = RemoteReference(_Nobody(self.loop), IID_IRemUnknown, self._rem_unknown, 0, 0)
        method = REM_UNKNOWN["RemRelease"]
        await self.invoke(place, method, RemRelease(references=()), seconds=seconds, phase=Phase.OBJECT_CONNECT)

    async def close(self, seconds: float) -> None:
        """Send the releases that wait, within *seconds*, and end the connection."""
        if self._dialling is not None:
            self._dialling.cancel()
        try:
            async with asyncio.timeout(min(seconds, CANCEL_BOUND)):
                await self._releases.drain()
        except TimeoutError:
            pass
        finally:
            self._closed = True
            if self._connection is not None:
                self._connection.close()


class _Nobody(ReferenceHolder):
    """Holds references that are never given back: the exporter's own interface."""

    def held(self, oid: int) -> None:
        """Nothing to note."""

    def given_back(self, ipid: Guid, oid: int, refs: int) -> None:
        """Nothing to do."""


def _extended_status(extensions: Iterable[Extent]) -> ExtendedStatus | None:
    """What the error object that came along says, when it is one of WMI's."""
    from wmix.net.client.error_objects import extended_status
    from wmix.protocol.wbem.identifiers import CLSID_WbemClassObject

    try:
        found = find_error_object(extensions)
    except ProtocolError:
        return None
    if not isinstance(found, ObjRefCustom) or found.clsid != CLSID_WbemClassObject:
        return None
    return extended_status(found.data)
