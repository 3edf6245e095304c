"""IWbemLevel1Login and the interfaces around a login. [MS-WMI] 3.1.4.1, 3.1.4.8, 3.1.4.9.

IWbemLoginClientIDEx is not in [MS-WMI]; its layout is that of captured native clients, and is not checked against
Windows here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.arrays import VaryingArray
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import WIDE_STRING
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U8, U32
from wmix.protocol.wbem.identifiers import (
    IID_IWbemLevel1Login,
    IID_IWbemLoginClientID,
    IID_IWbemLoginClientIDEx,
    IID_IWbemLoginHelper,
)
from wmix.protocol.wbem.interface_types import CONTEXT, REFERENCE

if TYPE_CHECKING:
    from wmix.protocol.dcom.objref import ObjRef

__all__ = [
    "LEVEL1_LOGIN",
    "LOGIN_CLIENT_ID",
    "LOGIN_CLIENT_ID_EX",
    "LOGIN_HELPER",
    "EstablishPosition",
    "EstablishPositionReply",
    "HresultReply",
    "NtlmLogin",
    "RequestChallenge",
    "RequestChallengeReply",
    "ServicesReply",
    "SetClientInfo",
    "SetClientInfoEx",
    "SetEvent",
    "WbemLogin",
]

_STRING: Final = Unique(WIDE_STRING)
_CHALLENGE: Final = VaryingArray(U8)


class HresultReply(Parameters):
    """Nothing but the result."""

    hresult: int = wire(U32, default=0)


class ServicesReply(Parameters):
    """IWbemServices of a namespace."""

    services: ObjRef | None = wire(REFERENCE, default=None)
    hresult: int = wire(U32, default=0)


class EstablishPosition(Parameters):
    """Opnum 3, in."""

    reserved: str | None = wire(_STRING, default=None)
    reserved2: int = wire(U32, default=0)


class EstablishPositionReply(Parameters):
    """Opnum 3, out; 1 says that NTLMLogin ignores unknown names of locales."""

    wire_name = "EstablishPosition"
    locale_version: int = wire(U32, default=1)
    hresult: int = wire(U32, default=0)


class RequestChallenge(Parameters):
    """Opnum 4, in; of no use."""

    reserved: str | None = wire(_STRING, default=None)
    reserved2: str | None = wire(_STRING, default=None)


class RequestChallengeReply(Parameters):
    """Opnum 4, out: sixteen octets."""

    wire_name = "RequestChallenge"
    challenge: tuple[int, ...] = wire(_CHALLENGE, default=(0,) * 16)
    hresult: int = wire(U32, default=0)


class WbemLogin(Parameters):
    """Opnum 5, in; not implemented anywhere. It is answered as opnum 6."""

    wire_name = "WBEMLogin"
    reserved: str | None = wire(_STRING, default=None)
    challenge: tuple[int, ...] | None = wire(Unique(_CHALLENGE), default=None)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class NtlmLogin(Parameters):
    """Opnum 6, in: the login to a namespace, whatever the mechanism is."""

    wire_name = "NTLMLogin"
    namespace: str | None = wire(_STRING, default=None)
    locale: str | None = wire(_STRING, default=None)
    flags: int = wire(U32, default=0)
    context: bytes | None = wire(CONTEXT, default=None)


class SetClientInfo(Parameters):
    """IWbemLoginClientID, opnum 3, in: who the client is, for the server's log."""

    machine: str | None = wire(_STRING, default=None)
    process_id: int = wire(U32, default=0)
    reserved: int = wire(U32, default=0)


class SetClientInfoEx(Parameters):
    """IWbemLoginClientIDEx, opnum 3, in; ``created`` is a FILETIME (100 ns since 1601), low half first."""

    machine: str | None = wire(_STRING, default=None)
    machine_fqdn: str | None = wire(_STRING, default=None)
    process_id: int = wire(U32, default=0)
    created_low: int = wire(U32, default=0)
    created_high: int = wire(U32, default=0)


class SetEvent(Parameters):
    """IWbemLoginHelper, opnum 3, in; the name of an event of the client's machine, which is not read: no action."""


LEVEL1_LOGIN: Final = Interface(
    "IWbemLevel1Login",
    IID_IWbemLevel1Login,
    (
        Method("EstablishPosition", 3, EstablishPosition, EstablishPositionReply),
        Method("RequestChallenge", 4, RequestChallenge, RequestChallengeReply),
        Method("WBEMLogin", 5, WbemLogin, ServicesReply),
        Method("NTLMLogin", 6, NtlmLogin, ServicesReply),
    ),
)
LOGIN_CLIENT_ID: Final = Interface(
    "IWbemLoginClientID", IID_IWbemLoginClientID, (Method("SetClientInfo", 3, SetClientInfo, HresultReply),)
)
LOGIN_CLIENT_ID_EX: Final = Interface(
    "IWbemLoginClientIDEx", IID_IWbemLoginClientIDEx, (Method("SetClientInfoEx", 3, SetClientInfoEx, HresultReply),)
)
LOGIN_HELPER: Final = Interface(
    "IWbemLoginHelper", IID_IWbemLoginHelper, (Method("SetEvent", 3, SetEvent, HresultReply),)
)
