"""A client in memory: what it sends reaches a server's connection without a socket, and everything is on one loop.

The client is the package's own association; logins are those of :class:`Doorman`, which believes every name.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from wmix.errors import AuthError
from wmix.net.server.connection import ServerConnection
from wmix.protocol.dcom import identifiers as dcom
from wmix.protocol.dcom.activation_reply import ActivationReply
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.objref import ObjRefStandard, decode_objref
from wmix.protocol.dcom.orpc import OrpcThis, decode_answer, encode_call
from wmix.protocol.dcom.rem_unknown import REM_UNKNOWN, RemInterfaceRef, RemQueryInterface, RemRelease
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR, RemoteCreateInstance
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import AssociationClosed, Bound, Faulted, Replied, TokenReceived
from wmix.protocol.rpc.presentation import ndr_context
from wmix.protocol.rpc.security import NullSecurity
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.protocol.wbem import identifiers as wbem
from wmix.protocol.wbem.login import LEVEL1_LOGIN, NtlmLogin
from wmix.status import RPC_S_UNKNOWN_AUTHN_SERVICE

if TYPE_CHECKING:
    from wmix.net.server.listener import Listener
    from wmix.protocol.dcom.methods import Interface
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.protocol.rpc.events import Event
    from wmix.protocol.rpc.security import Security

__all__ = ["Doorman", "FaultReceived", "MemoryTransport", "Peer"]

T = TypeVar("T", bound="Event")
ALICE = "DOM\\alice"


class FaultReceived(Exception):
    """A call was answered by a fault."""

    def __init__(self, status: int) -> None:
        super().__init__(f"0x{status:08X}")
        self.status = status


class _Login:
    """A login of three messages: the name comes with the first, ``wrong`` as the last one is refused."""

    def __init__(self, auth_type: int, level: int) -> None:
        self._auth_type = auth_type
        self._level = level
        self.user = ""
        self.is_complete = False
        self.identifies_only = False

    async def step(self, token: bytes) -> bytes | None:
        await asyncio.sleep(0)
        if not self.user:
            self.user = token.decode()
            return b"challenge"
        if token == b"wrong":
            raise AuthError("wrong password")
        self.is_complete = True
        return None

    def security(self) -> Security:
        return NullSecurity(self._level, auth_type=self._auth_type)


class Doorman:
    """An acceptor that believes what it is told."""

    def begin(self, auth_type: int, level: int) -> _Login:
        if auth_type != 10:
            raise AuthError(f"type {auth_type} is not spoken", status=RPC_S_UNKNOWN_AUTHN_SERVICE)
        return _Login(auth_type, level)


class _Socket:
    """A socket that remembers how it is set."""

    def __init__(self) -> None:
        self.options: list[tuple[int, int, int]] = []

    def setsockopt(self, level: int, name: int, value: int) -> None:
        self.options.append((level, name, value))


class MemoryTransport(asyncio.Transport):
    """Where a connection writes; what is written goes to the client at once."""

    def __init__(self, peer: Peer, address: str) -> None:
        self.sock = _Socket()
        super().__init__({"peername": (address, 50000), "sockname": ("192.0.2.1", 135), "socket": self.sock})
        self._peer = peer
        self.writes: list[bytes] = []
        self.reads = True
        self.closing = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))
        self._peer.take(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self._peer.lost)

    abort = close


class Peer:
    """One connection of a client."""

    def __init__(self, listener: Listener, address: str = "192.0.2.7") -> None:
        self.association = ClientAssociation()
        self.connection = ServerConnection(listener)
        self.transport = MemoryTransport(self, address)
        self.events: list[Event] = []
        self._arrived = asyncio.Event()
        self._auth_context: int | None = None
        self._next_context = 1
        self.is_lost = False
        self.connection.connection_made(self.transport)

    # octets

    def send(self) -> None:
        """Give the server what the association wants to send, all at once."""
        octets = b"".join(self.association.data_to_send())
        if octets and not self.is_lost:
            self.connection.data_received(octets)

    def take(self, data: bytes) -> None:
        """Octets of the server."""
        self.association.receive_data(data)
        self.events += self.association.events()
        self._arrived.set()

    def lost(self) -> None:
        """The connection has been closed by the server."""
        if not self.is_lost:
            self.is_lost = True
            self.connection.connection_lost(None)
            self._arrived.set()

    def hang_up(self) -> None:
        """Close the connection from here."""
        self.transport.closing = True
        self.lost()

    async def event(self, kind: type[T]) -> T:
        """The next event of a kind; it fails when the connection is closed instead."""
        while True:
            for event in self.events:
                if isinstance(event, kind):
                    self.events.remove(event)
                    return event
            assert not self.is_lost or any(isinstance(e, kind) for e in self.events), f"closed, no {kind.__name__}"
            self._arrived.clear()
            await self._arrived.wait()

    async def closed(self) -> None:
        """Wait until the server has closed the connection."""
        while not self.is_lost:
            self._arrived.clear()
            await self._arrived.wait()

    # the association

    async def bind(
        self, interface: Guid, *, user: str = ALICE, level: int = 5, last: bytes = b"right", alter: bool = False
    ) -> Bound:
        """Open the association, or add to it, with a login; level 0 is without one."""
        number = self._next_context
        self._next_context += 1
        auth = AuthVerifier(10, level, number, user.encode()) if level else None
        contexts = [ndr_context(number - 1, interface)]
        if alter:
            self.association.alter_context(contexts, auth=auth)
        else:
            self.association.bind(contexts, auth=auth)
        self.send()
        bound = await self.event(Bound)
        if auth is not None:
            await self.event(TokenReceived)
            self.association.send_auth3(number, last)
            self.association.establish(number, NullSecurity(level))
            self._auth_context = number
        return bound

    def ask(
        self, interface: Interface, name: str, parameters: Parameters, ipid: Guid | None = None, *, context: int = 0
    ) -> int:
        """Make a call; its number."""
        method = interface[name]
        stub = encode_call(OrpcThis(), parameters) if method.is_orpc else parameters.encode()
        call_id = self.association.call(
            method.opnum, stub, context_id=context, object=ipid, auth_context_id=self._auth_context
        )
        self.send()
        return call_id

    async def answer(self, call_id: int, interface: Interface, name: str) -> Any:
        """The out-parameters of a call.

        Raises:
            FaultReceived: it was answered by a fault.
        """
        method = interface[name]
        while True:
            for event in self.events:
                if isinstance(event, Faulted) and event.call_id == call_id:
                    self.events.remove(event)
                    raise FaultReceived(event.status)
                if isinstance(event, Replied) and event.call_id == call_id:
                    self.events.remove(event)
                    if method.is_orpc:
                        return decode_answer(method.reply, event.stub)[1]
                    return method.reply.decode(event.stub)
            closing = [event for event in self.events if isinstance(event, AssociationClosed)]
            assert not self.is_lost, f"closed without an answer: {closing}"
            self._arrived.clear()
            await self._arrived.wait()

    async def call(
        self, interface: Interface, name: str, parameters: Parameters, ipid: Guid | None = None, *, context: int = 0
    ) -> Any:
        """Make a call and wait for its answer."""
        return await self.answer(self.ask(interface, name, parameters, ipid, context=context), interface, name)

    # DCOM and WMI

    async def activate(self, *iids: Guid) -> ActivationReply:
        """Activate the object that clients begin with."""
        wanted = ActivationRequest(wbem.CLSID_WbemLevel1Login, iids or (wbem.IID_IWbemLevel1Login,))
        answer = await self.call(
            REMOTE_SCM_ACTIVATOR, "RemoteCreateInstance", RemoteCreateInstance(None, wanted.encode())
        )
        assert answer.hresult == 0, hex(answer.hresult)
        return ActivationReply.decode(answer.properties)

    async def log_in(self, namespace: str = "//./root/cimv2", *, user: str = ALICE, level: int = 5) -> Guid:
        """The services of a namespace, over a new association."""
        await self.bind(dcom.IID_IRemoteSCMActivator, user=user, level=level)
        reply = await self.activate()
        self.rem_unknown = reply.exporter.ipid_rem_unknown
        (login,) = reply.interfaces
        assert login.reference is not None
        self.login = ipid_of(decode_objref(login.reference))
        return await self.open(namespace)

    async def open(self, namespace: str) -> Guid:
        """The services of a further namespace."""
        services = await self.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin(namespace), self.login)
        assert services.hresult == 0, hex(services.hresult)
        return ipid_of(services.services)

    async def query_interface(self, ipid: Guid, iid: Guid) -> Guid | None:
        """Another interface of an object; None when it has none of that kind."""
        answer = await self.call(REM_UNKNOWN, "RemQueryInterface", RemQueryInterface(ipid, 1, (iid,)), self.rem_unknown)
        (result,) = answer.results or (None,)
        return None if result is None or result.hresult else result.std.ipid

    async def release(self, ipid: Guid, references: int = 5) -> None:
        """Give references back."""
        asked = RemRelease((RemInterfaceRef(ipid, references),))
        assert (await self.call(REM_UNKNOWN, "RemRelease", asked, self.rem_unknown)).hresult == 0


def ipid_of(reference: object) -> Guid:
    """The interface that a reference is to."""
    assert isinstance(reference, ObjRefStandard)
    return reference.std.ipid
