"""Activation: a new object on the host, and where its exporter is. [MS-DCOM] 3.1.2.5.2.3.3, 3.2.4.1.1.

One call, RemoteCreateInstance, straight away: the version of DCOM is 5.7 until the host asks for less, and the bindings
of the exporter come with the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import ConnectError, ProtocolError, WmiError
from wmix.net.client.failures import refused, violated
from wmix.net.client.phases import Phase
from wmix.protocol.dcom.activation_reply import ActivationReply
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.objref import ObjRefStandard, decode_objref
from wmix.protocol.dcom.orpc import OrpcThis, decode_answer, encode_call
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR, RemoteCreateInstance
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.record import Record
from wmix.status import E_NOINTERFACE, RPC_E_VERSION_MISMATCH, is_error

if TYPE_CHECKING:
    from wmix.net.client.connection import ClientConnection
    from wmix.protocol.dcom.activation_reply import RemoteReplyScmInfo
    from wmix.protocol.ndr.guid import Guid

__all__ = ["Activated", "activate"]

#: What Windows 2000 and early XP speak at most.
_COM_5_6 = ComVersion(5, 6)


class Activated(Record):
    """The object that was made, and its exporter."""

    reference: ObjRefStandard
    exporter: RemoteReplyScmInfo
    #: The version to speak with the host from now on.
    version: ComVersion


async def activate(connection: ClientConnection, class_id: Guid, iid: Guid, causality: Guid) -> Activated:
    """An object of *class_id*, by its interface *iid*, over a connection bound to IRemoteSCMActivator.

    Raises:
        AuthError: the login or the right to activate is refused.
        ConnectError: the class is not registered, or the connection ends.
        ProtocolError: the answer makes no sense.
    """
    try:
        return await _create(connection, class_id, iid, causality, COM_5_7)
    except WmiError as error:
        if error.status != RPC_E_VERSION_MISMATCH:
            raise
    return await _create(connection, class_id, iid, causality, _COM_5_6)


async def _create(
    connection: ClientConnection, class_id: Guid, iid: Guid, causality: Guid, version: ComVersion
) -> Activated:
    method = REMOTE_SCM_ACTIVATOR["RemoteCreateInstance"]
    request = RemoteCreateInstance(properties=ActivationRequest(class_id, (iid,), version).encode())
    stub = encode_call(OrpcThis(version, 1, causality=causality), request)
    answer = await connection.call(method.opnum, stub, phase=Phase.ACTIVATE)
    try:
        _, reply = decode_answer(method.reply, answer)
        hresult: int = reply.hresult  # type: ignore[attr-defined]  # every reply of an activator has one
        properties: bytes | None = reply.properties  # type: ignore[attr-defined]  # the method's own
        if is_error(hresult):
            raise refused(hresult, connection.place, Phase.ACTIVATE)
        if properties is None:
            raise ProtocolError("an activation without properties")
        return _activated(ActivationReply.decode(properties), connection.place, version)
    except ProtocolError as error:
        raise violated(connection.place, Phase.ACTIVATE, error) from error


def _activated(reply: ActivationReply, place: str, version: ComVersion) -> Activated:
    if not reply.interfaces:
        raise ProtocolError("an activation without interfaces")
    first = reply.interfaces[0]
    if is_error(first.result) or first.reference is None:
        raise refused(first.result or E_NOINTERFACE, place, Phase.ACTIVATE)
    reference = decode_objref(first.reference)
    if not isinstance(reference, ObjRefStandard):
        raise ProtocolError("the object that was activated is no reference")
    if reply.exporter.bindings is None:
        raise ConnectError("the host tells no addresses of its objects", phase=Phase.ACTIVATE, host=place)
    return Activated(reference, reply.exporter, version.negotiated(reply.exporter.server_version))
