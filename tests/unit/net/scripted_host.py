"""A host for tests of the client: DCOM and WMI by hand, as little of it as a client needs, over ServerAssociation.

What it answers is set by the test: objects of queries, results of calls, faults, silence.  It keeps a record of every
call, so that tests can count them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from unit.net.memory_network import MemoryNetwork, Peer
from wmix.cim.instances import Origin
from wmix.config import Settings
from wmix.errors import AuthError
from wmix.net.client.host import HostAddress
from wmix.protocol.dcom.activation_reply import ActivatedInterface, ActivationReply, RemoteReplyScmInfo
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, NCACN_NP, DualStringArray, StringBinding
from wmix.protocol.dcom.identifiers import IID_IRemUnknown
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ComplexPing, ComplexPingReply, StatusReply
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.dcom.orpc import decode_call, encode_answer
from wmix.protocol.dcom.rem_unknown import (
    REM_UNKNOWN,
    RemQiResult,
    RemQueryInterface,
    RemQueryInterfaceReply,
    RemRelease,
    RemReleaseReply,
)
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR, ActivationAnswer, RemoteCreateInstance
from wmix.protocol.dcom.versions import COM_5_7
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.events import BindReceived, CallCancelled, CallReceived, TokenReceived
from wmix.protocol.rpc.pdu_types import PduFlags
from wmix.protocol.rpc.presentation import BindTimeFeatures, judge_contexts
from wmix.protocol.rpc.security import NullSecurity
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import State
from wmix.protocol.wbem import identifiers as iids
from wmix.protocol.wbem import services as wire
from wmix.protocol.wbem.call_result import GetCallStatusReply, GetResultObjectReply, GetResultStringReply, WaitForResult
from wmix.protocol.wbem.enumerator import Next, NextReply
from wmix.protocol.wbem.interfaces import WBEM_INTERFACES
from wmix.protocol.wbem.login import NtlmLogin, ServicesReply
from wmix.protocol.wbem.packets import INSTANCE, INSTANCE_WITHOUT_CLASS, encode_packet
from wmix.protocol.wbem.smart_enum import GetSmartEnum, GetSmartEnumReply, SmartNext, SmartNextReply
from wmix.protocol.wmio.encoding_unit import encode_object
from wmix.protocol.wmio.object_block import BlockEncoder
from wmix.remote.host import RemoteSource
from wmix.status import (
    E_NOINTERFACE,
    NCA_S_OP_RNG_ERROR,
    RPC_E_DISCONNECTED,
    WBEM_E_INVALID_NAMESPACE,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
    WBEM_S_TIMEDOUT,
    hresult,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.protocol.rpc.security import Security

__all__ = ["ORIGIN", "NullLogin", "ScriptedHost"]

ORIGIN = Origin("FAR", "root\\conf")
HOST = "10.0.0.5"
OBJECT_PORT = 49667


class NullLogin:
    """A login of three messages that proves nothing."""

    auth_type = 10

    def __init__(self, host: str, level: int) -> None:
        self.host = host
        self.level = level
        self.is_complete = False

    async def step(self, token: bytes | None) -> bytes | None:
        """The next message."""
        if token is None:
            return b"negotiate"
        if token != b"challenge":
            raise AuthError("no such challenge was expected")
        self.is_complete = True
        return b"authenticate"

    def security(self) -> Security:
        """What signs with a constant."""
        return NullSecurity(self.level)

    def refusal(self, status: int) -> AuthError:
        """A wrong password, whatever the status."""
        return AuthError("nobody is let in", status=hresult(status), hint="see the password")


class Enumerator:
    """A position in a list of objects."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.sent_classes: dict[bytes, bytes] = {}

    def take(self, count: int) -> tuple[list[Any], int]:
        """Up to *count* objects, and the status."""
        taken, self.items = self.items[:count], self.items[count:]
        return taken, WBEM_S_NO_ERROR if len(taken) == count else WBEM_S_FALSE


class ScriptedHost:
    """The host.

    Attributes:
        objects: what every query and enumeration gives; octets are sent as they are.
        results: by path or method, what GetObject and ExecMethod give.
        faults: by method, the status of the fault that answers it.
        silent: methods that are not answered.
        calls: names of the methods that were called, in order.
    """

    def __init__(self, *, multiplexing: bool = True, keeps_on_orphan: bool = True, smart: bool = True) -> None:
        self.objects: list[Any] = []
        self.results: dict[str, CimInstance | CimClass] = {}
        self.faults: dict[str, int] = {}
        self.failures: dict[str, int] = {}
        self.silent: set[str] = set()
        self.calls: list[str] = []
        self.requests: list[Parameters] = []
        self.released: list[Guid] = []
        self.pinged: list[Parameters] = []
        self.namespaces = {"root/conf"}
        self.pending_polls = 0
        self.object_port = OBJECT_PORT
        self.version = COM_5_7
        self.smart = smart
        self.multiplexing = multiplexing
        self.keeps_on_orphan = keeps_on_orphan
        self.cancelled = 0
        self.orphaned = 0
        self.connections: list[HostConnection] = []
        self._numbers = itertools.count(1)
        self._targets: dict[Guid, tuple[Guid, Any]] = {}
        self.rem_unknown = self._ipid(IID_IRemUnknown, None)
        self.network = MemoryNetwork(self._accept)

    def source(self, settings: Settings | None = None, **options: Any) -> RemoteSource:
        """A client of this host, as an engine's source."""
        where = {name: options.pop(name) for name in ("object_host", "object_port") if name in options}
        address = HostAddress(HOST, **where)
        return RemoteSource(address, NullLogin, settings or Settings(), network=self.network, **options)

    def _accept(self, host: str, port: int) -> Peer | None:
        if port not in (135, self.object_port) or host not in (HOST, "FAR"):
            return None
        connection = HostConnection(self)
        self.connections.append(connection)
        return connection

    @property
    def bindings(self) -> DualStringArray:
        """What the host says of itself."""
        return DualStringArray(
            (
                StringBinding(NCACN_NP, r"\\FAR[\PIPE\atsvc]"),
                StringBinding(NCACN_IP_TCP, f"FAR[{self.object_port}]"),
                StringBinding(NCACN_IP_TCP, f"192.168.77.1[{self.object_port}]"),
            )
        )

    # -- objects ----------------------------------------------------------------------------------------------------

    def _ipid(self, iid: Guid, target: Any) -> Guid:
        number = next(self._numbers)
        ipid = Guid(number.to_bytes(4, "little") + bytes(12))
        self._targets[ipid] = (iid, target)
        return ipid

    def reference(self, iid: Guid, target: Any) -> ObjRefStandard:
        """A reference to a new object."""
        ipid = self._ipid(iid, target)
        oid = int.from_bytes(ipid[:4], "little")
        return ObjRefStandard(iid, StdObjRef(0, 5, 7, oid, ipid))

    def forget_objects(self) -> None:
        """As a host that was started anew."""
        kept = self._targets[self.rem_unknown]
        self._targets.clear()
        self._targets[self.rem_unknown] = kept

    # -- dispatch ---------------------------------------------------------------------------------------------------

    def answer(self, call: CallReceived) -> bytes | int | None:
        """The stub of the answer, the status of a fault, or None for silence."""
        if call.object is None:
            return self._port_135(call)
        found = self._targets.get(call.object)
        if found is None:
            return RPC_E_DISCONNECTED
        iid, target = found
        interface = REM_UNKNOWN if iid == IID_IRemUnknown else WBEM_INTERFACES[iid]
        method = interface.find(call.opnum)
        if method is None:
            return NCA_S_OP_RNG_ERROR
        name = "SmartNext" if iid == iids.IID_IWbemWCOSmartEnum else method.name
        self.calls.append(name)
        if name in self.silent:
            return None
        if name in self.faults:
            return self.faults[name]
        _, request = decode_call(method.request, call.stub)
        self.requests.append(request)
        if name in self.failures:
            reply = _failing(method.reply, self.failures[name])
        else:
            reply = self._reply(name, request, target)
        return encode_answer(reply)

    def _port_135(self, call: CallReceived) -> bytes | int | None:
        if call.opnum in (1, 2) and call.stub[:4] != b"\x05\0\x07\0":
            return self._pinged(call)
        self.calls.append("RemoteCreateInstance")
        if "RemoteCreateInstance" in self.silent:
            return None
        if "RemoteCreateInstance" in self.faults:
            return self.faults["RemoteCreateInstance"]
        method = REMOTE_SCM_ACTIVATOR["RemoteCreateInstance"]
        this, request = decode_call(method.request, call.stub)
        assert isinstance(request, RemoteCreateInstance)
        if this.version.minor > self.version.minor:
            return 0x80010110
        reference = self.reference(iids.IID_IWbemLevel1Login, "login").encode()
        exporter = RemoteReplyScmInfo(7, self.bindings, self.rem_unknown, 5, self.version)
        reply = ActivationReply((ActivatedInterface(iids.IID_IWbemLevel1Login, 0, reference),), exporter)
        return encode_answer(ActivationAnswer(reply.encode(), 0))

    def _pinged(self, call: CallReceived) -> bytes:
        method = OBJECT_EXPORTER.methods[call.opnum]
        request = method.request.decode(call.stub)
        self.pinged.append(request)
        if isinstance(request, ComplexPing):
            return ComplexPingReply(request.set_id or 99).encode()
        return StatusReply().encode()

    def _reply(self, name: str, request: Any, target: Any) -> Parameters:
        handler: Callable[[Any, Any], Parameters] = getattr(self, f"_on_{name}")
        return handler(request, target)

    # -- methods ----------------------------------------------------------------------------------------------------

    def _on_NTLMLogin(self, request: NtlmLogin, target: Any) -> Parameters:
        assert target == "login"
        namespace = (request.namespace or "").removeprefix("//./")
        if namespace not in self.namespaces:
            return ServicesReply(None, WBEM_E_INVALID_NAMESPACE)
        return ServicesReply(self.reference(iids.IID_IWbemServices, namespace))

    def enumerator(self) -> wire.EnumeratorReply:
        return wire.EnumeratorReply(self.reference(iids.IID_IEnumWbemClassObject, Enumerator(list(self.objects))))

    def _on_ExecQuery(self, request: wire.ExecQuery, target: Any) -> Parameters:
        assert request.flags & 0x30 == 0x30
        return self.enumerator()

    def _on_CreateInstanceEnum(self, request: wire.CreateInstanceEnum, target: Any) -> Parameters:
        return self.enumerator()

    def _on_CreateClassEnum(self, request: wire.CreateClassEnum, target: Any) -> Parameters:
        return self.enumerator()

    def _on_Next(self, request: Next, target: Enumerator) -> Parameters:
        taken, status = target.take(request.count)
        return NextReply(request.count, tuple([_unit(item) for item in taken]), status)

    def _on_RemQueryInterface(self, request: RemQueryInterface, target: Any) -> Parameters:
        _, enumerator = self._targets[request.ipid]
        if not self.smart:
            return RemQueryInterfaceReply((RemQiResult(E_NOINTERFACE),), E_NOINTERFACE)
        std = self.reference(request.iids[0], enumerator).std
        return RemQueryInterfaceReply((RemQiResult(0, std.replace(public_refs=request.refs)),))

    def _on_GetSmartEnum(self, request: GetSmartEnum, target: Enumerator) -> Parameters:
        return GetSmartEnumReply(self.reference(iids.IID_IWbemWCOSmartEnum, target))

    def _on_SmartNext(self, request: SmartNext, target: Enumerator) -> Parameters:
        taken, status = target.take(request.count)
        encoder = BlockEncoder()
        objects = []
        for item in taken:
            if isinstance(item, bytes):
                objects.append((INSTANCE_WITHOUT_CLASS, bytes(16), item))
                continue
            part = encoder.writer(item.layout_).part.data
            class_id = target.sent_classes.get(part)
            if class_id is None:
                class_id = target.sent_classes[part] = (len(target.sent_classes) + 1).to_bytes(16, "little")
                objects.append((INSTANCE, class_id, encoder.block(item, ORIGIN)))
            else:
                head = encoder.head(2, ORIGIN)
                objects.append((INSTANCE_WITHOUT_CLASS, class_id, head + encoder.instance_part(item)))
        return SmartNextReply(len(taken), encode_packet(objects) if taken else None, status)

    def _result(self, target: Any) -> ObjRefStandard:
        return self.reference(iids.IID_IWbemCallResult, target)

    def _on_GetObject(self, request: wire.GetObject, target: Any) -> Parameters:
        found = self.results[request.path or ""]
        if request.flags & 0x10:
            return wire.GetObjectReply(call_result=self._result(found))
        return wire.GetObjectReply(object=_unit(found))

    def _on_ExecMethod(self, request: wire.ExecMethod, target: Any) -> Parameters:
        found = self.results[request.method or ""]
        if request.flags & 0x10:
            return wire.ExecMethodReply(call_result=self._result(found))
        return wire.ExecMethodReply(result=_unit(found))

    def _on_PutInstance(self, request: wire.PutInstance, target: Any) -> Parameters:
        return wire.CallResultReply(self._result('CF_Part.Id="p1"'))

    def _on_PutClass(self, request: wire.PutClass, target: Any) -> Parameters:
        return wire.CallResultReply(self._result("put") if request.wants_call_result else None)

    def _on_DeleteClass(self, request: wire.DeleteClass, target: Any) -> Parameters:
        return wire.CallResultReply(self._result("deleted") if request.wants_call_result else None)

    def _on_DeleteInstance(self, request: wire.DeleteInstance, target: Any) -> Parameters:
        return wire.CallResultReply(self._result("deleted") if request.wants_call_result else None)

    def _on_GetResultObject(self, request: WaitForResult, target: Any) -> Parameters:
        if self.pending_polls:
            self.pending_polls -= 1
            return GetResultObjectReply(None, WBEM_S_TIMEDOUT)
        return GetResultObjectReply(_unit(target))

    def _on_GetResultString(self, request: WaitForResult, target: str) -> Parameters:
        return GetResultStringReply(target)

    def _on_GetCallStatus(self, request: WaitForResult, target: Any) -> Parameters:
        return GetCallStatusReply(self.failures.get("status", 0))

    def _on_RemRelease(self, request: RemRelease, target: Any) -> Parameters:
        for reference in request.references:
            self.released.append(reference.ipid)
            self._targets.pop(reference.ipid, None)
        return RemReleaseReply()


def _unit(item: CimInstance | CimClass | bytes) -> bytes:
    return item if isinstance(item, bytes) else encode_object(item, decoration=ORIGIN)


def _failing(reply: Any, status: int) -> Parameters:
    if "asked" in reply._fields:
        return NextReply(1, (), status)
    made: Parameters = reply(hresult=status)
    return made


class HostConnection(Peer):
    """One connection to the host."""

    def __init__(self, host: ScriptedHost) -> None:
        self.host = host
        self.association = ServerAssociation()
        self.is_lost = False
        self.late: list[int] = []

    def received(self, data: bytes) -> None:
        """Octets of the client."""
        self.association.receive_data(data)
        for event in self.association.events():
            self._handle(event)
        self._flush()

    def lost(self) -> None:
        """The client has gone."""
        self.is_lost = True

    def _flush(self) -> None:
        outgoing = b"".join(self.association.data_to_send())
        if outgoing:
            self.send(outgoing)

    def _handle(self, event: Any) -> None:
        association = self.association
        match event:
            case BindReceived():
                features = BindTimeFeatures.KEEP_CONNECTION_ON_ORPHAN if self.host.keeps_on_orphan else 0
                if not self.host.multiplexing:
                    assert association._asked is not None
                    association._asked = association._asked.replace(
                        flags=association._asked.flags & ~int(PduFlags.CONC_MPX)
                    )
                results = judge_contexts(event.contexts, lambda _: True, features)
                association.accept(results, token=b"challenge", group_id=1, secondary_address="135")
                for later in association.events():
                    self._handle(later)
            case TokenReceived(auth):
                association.establish(auth.context_id, NullSecurity(auth.auth_level))
                for later in association.events():
                    self._handle(later)
            case CallReceived():
                self._answer(event)
            case CallCancelled(_, is_orphaned):
                self.host.orphaned += is_orphaned
                self.host.cancelled += not is_orphaned

    def _answer(self, call: CallReceived) -> None:
        answer = self.host.answer(call)
        if answer is None:
            self.late.append(call.call_id)
        elif isinstance(answer, int):
            self.association.fault(call.call_id, answer)
        else:
            self.association.reply(call.call_id, answer)

    def answer_late(self, stub: bytes) -> None:
        """Answer the oldest call that was left unanswered."""
        if self.association.state is not State.CLOSED:
            self.association.reply(self.late.pop(0), stub)
            self._flush()
