"""From a request to the function that answers it. [MS-DCOM] 3.1.1.5.4, [MS-RPCE] 3.3.3.

Calls on objects go by the identifier of the interface (IPID) that stands in the request: the presentation context is
not looked at, because a client exists that makes all its calls in the context of one interface.  Calls without objects
(activation, resolving) go by the interface of their context.

The least authentication level is demanded here, of every call but those of resolving, by a fault and not by closing:
clients tell their users of a fault.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import AccessDenied, ProtocolError, WmiError
from wmix.net.server.endpoints import EPM
from wmix.net.server.stubs import ACCESS_DENIED, RpcFault
from wmix.net.server.waiting_calls import WaitingCalls
from wmix.protocol.dcom.identifiers import IID_IRemUnknown, IID_IRemUnknown2, IID_IUnknown
from wmix.protocol.dcom.legacy_activation import ACTIVATION
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER
from wmix.protocol.dcom.orpc import decode_call, encode_answer
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR
from wmix.protocol.rpc.endpoint_mapper import ENDPOINT_MAPPER
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.protocol.wbem.interfaces import WBEM_INTERFACES
from wmix.status import (
    NCA_S_OP_RNG_ERROR,
    NCA_S_UNK_IF,
    RPC_E_DISCONNECTED,
    RPC_E_SERVERFAULT,
    RPC_E_VERSION_MISMATCH,
    RPC_X_BAD_STUB_DATA,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Mapping

    from wmix.net.server.exporter import ExportedInterface, ObjectExporter
    from wmix.net.server.incoming import IncomingCall
    from wmix.net.server.stubs import Operation, Stub
    from wmix.protocol.dcom.methods import Method
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.protocol.rpc.presentation import SyntaxId

__all__ = ["Dispatcher"]

_log = logging.getLogger("wmix.net")

_BAD_STUB_DATA: Final = RPC_X_BAD_STUB_DATA & 0xFFFF
_COM_MAJOR: Final = 5
#: Interfaces of objects, each a context of its own for clients that follow the book.
_ON_OBJECTS: Final = frozenset(WBEM_INTERFACES) | {IID_IUnknown, IID_IRemUnknown, IID_IRemUnknown2}


class Dispatcher:
    """Finds and calls the answering function.

    Args:
        without_objects: the stubs of interfaces that are called without an object: activation, resolving.
        minimum_level: the least authentication level of calls on objects and of activation (5 integrity, 6 privacy).
    """

    def __init__(
        self,
        exporter: ObjectExporter,
        without_objects: Mapping[Guid, Stub],
        minimum_level: int = AuthLevel.INTEGRITY,
    ) -> None:
        self.exporter = exporter
        self.waiting_calls = WaitingCalls(exporter.limits, exporter.account_of)
        self.minimum_level = minimum_level
        self._without_objects = dict(without_objects)
        self._open = {OBJECT_EXPORTER.iid, EPM.iid}

    def is_spoken(self, syntax: SyntaxId) -> bool:
        """Whether a presentation context for this interface is accepted."""
        if syntax.uuid in _ON_OBJECTS or syntax.uuid in (REMOTE_SCM_ACTIVATOR.iid, ACTIVATION.iid, OBJECT_EXPORTER.iid):
            return (syntax.major, syntax.minor) == (0, 0)
        return syntax == ENDPOINT_MAPPER

    def answer(
        self, call: IncomingCall, interface: Guid, opnum: int, stub: bytes
    ) -> bytes | Coroutine[Any, Any, bytes]:
        """The stub of the answer, or a coroutine that gives it.

        Args:
            interface: that of the call's presentation context.

        Raises:
            RpcFault: the call fails below its method; the coroutine may raise it too.
        """
        if any(call.ipid):
            return self._answer_on_object(call, opnum, stub)
        target = self._without_objects.get(interface)
        if target is None:
            raise RpcFault(NCA_S_UNK_IF)
        if interface not in self._open:
            self._check_level(call)
        method, function = _operation(target.operations.get(interface, {}), opnum)
        return self._invoke(call, target, method, function, stub, None)

    def _answer_on_object(self, call: IncomingCall, opnum: int, stub: bytes) -> bytes | Coroutine[Any, Any, bytes]:
        self._check_level(call)
        exported = self.exporter.find(call.ipid)
        if exported is None:
            raise RpcFault(RPC_E_DISCONNECTED)
        method, function = _operation(exported.operations, opnum)
        return self._invoke(call, exported.object.stub, method, function, stub, exported)

    def _check_level(self, call: IncomingCall) -> None:
        level = AuthLevel.NONE if call.login is None else call.login.level
        if AuthLevel.protection(level) < self.minimum_level:
            raise RpcFault(ACCESS_DENIED) from AccessDenied(
                f"a call at level {level}; {self.minimum_level} is the least that is accepted",
                hint="let the client sign its calls (5), or encrypt them (6)",
            )

    def _invoke(
        self,
        call: IncomingCall,
        target: Stub,
        method: Method,
        function: Any,
        stub: bytes,
        exported: ExportedInterface | None,
    ) -> bytes | Coroutine[Any, Any, bytes]:
        asked = _decoded(method, stub)
        if exported is not None:
            self.exporter.entered(exported.object, call.channel)
        is_left = True
        try:
            if exported is not None:
                target.check_caller(call.user, exported.object.owner)
            given = function(target, call, asked)
            if hasattr(given, "__await__"):
                is_left = False
                return self._later(target, method, asked, given, exported)
            return _encoded(method, given)
        except Exception as error:  # noqa: BLE001 - a fault of this side must reach the client as one
            return _failed(target, method, asked, error)
        finally:
            if is_left and exported is not None:
                self.exporter.left(exported.object)

    async def _later(
        self,
        target: Stub,
        method: Method,
        asked: Parameters,
        work: Awaitable[Parameters],
        exported: ExportedInterface | None,
    ) -> bytes:
        try:
            return _encoded(method, await work)
        except Exception as error:  # noqa: BLE001 - a fault of this side must reach the client as one
            return _failed(target, method, asked, error)
        finally:
            if exported is not None:
                self.exporter.left(exported.object)


def _operation(table: Mapping[int, Operation], opnum: int) -> Operation:
    found = table.get(opnum)
    if found is None:
        raise RpcFault(NCA_S_OP_RNG_ERROR)
    return found


def _decoded(method: Method, stub: bytes) -> Parameters:
    try:
        if not method.is_orpc:
            return method.request.decode(stub)
        this, asked = decode_call(method.request, stub)
    except ProtocolError as error:
        _log.info("the parameters of %s cannot be read: %s", method.name, error)
        raise RpcFault(_BAD_STUB_DATA) from error
    if this.version.major != _COM_MAJOR:
        raise RpcFault(RPC_E_VERSION_MISMATCH)
    return asked


def _encoded(method: Method, given: Parameters) -> bytes:
    return encode_answer(given) if method.is_orpc else given.encode()


def _failed(target: Stub, method: Method, asked: Parameters, error: Exception) -> bytes:
    """The answer of a method that raised."""
    if isinstance(error, RpcFault):
        raise error
    if isinstance(error, ProtocolError):
        _log.info("an object in the parameters of %s cannot be read: %s", method.name, error)
        raise RpcFault(_BAD_STUB_DATA) from error
    if isinstance(error, WmiError) and method.is_orpc:
        return _encoded(method, target.failed(method, asked, error.status))
    _log.error("%s failed inside the server", method.name, exc_info=error)
    raise RpcFault(RPC_E_SERVERFAULT) from error
