"""IWbemLevel1Login and the interfaces beside it: the way from a new connection to a namespace. [MS-WMI] 3.1.4.1.

One object has them all: clients activate one of them and query for the others.  A login may be repeated for other
namespaces, and under other users.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.path_scanner import utf16_length
from wmix.engine.locator import parse_locales, parse_resource
from wmix.errors import AccessDenied, ConnectError, InvalidNamespace, InvalidParameter, QuotaExceeded
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.protocol.wbem.login import (
    LEVEL1_LOGIN,
    LOGIN_CLIENT_ID,
    LOGIN_CLIENT_ID_EX,
    LOGIN_HELPER,
    EstablishPosition,
    EstablishPositionReply,
    HresultReply,
    NtlmLogin,
    RequestChallenge,
    RequestChallengeReply,
    ServicesReply,
    SetClientInfo,
    SetClientInfoEx,
    SetEvent,
    WbemLogin,
)
from wmix.server.call_contexts import call_context
from wmix.server.services import ServicesStub
from wmix.status import E_NOTIMPL, WBEM_E_NOT_SUPPORTED

if TYPE_CHECKING:
    from wmix.net.server.incoming import IncomingCall
    from wmix.server.host import Host

__all__ = ["LoginStub"]

_log = logging.getLogger("wmix.server")

#: WBEM_FLAG_CONNECT_REPOSITORY_ONLY and WBEM_FLAG_CONNECT_PROVIDERS, which change nothing here.
_FLAGS: Final = 0x40 | 0x100


class LoginStub(Stub):
    """The object that clients activate."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @answers(LEVEL1_LOGIN, "EstablishPosition")
    def establish_position(self, call: IncomingCall, asked: EstablishPosition) -> EstablishPositionReply:
        """Unknown names of locales are ignored by NTLMLogin."""
        del call, asked
        return EstablishPositionReply()

    @answers(LEVEL1_LOGIN, "RequestChallenge")
    def request_challenge(self, call: IncomingCall, asked: RequestChallenge) -> RequestChallengeReply:
        """The login of Windows NT 4, which nobody has."""
        del call, asked
        return RequestChallengeReply(hresult=WBEM_E_NOT_SUPPORTED)

    @answers(LEVEL1_LOGIN, "WBEMLogin")
    def wbem_login(self, call: IncomingCall, asked: WbemLogin) -> ServicesReply:
        """Its second half."""
        del call, asked
        return ServicesReply(None, E_NOTIMPL)

    @answers(LEVEL1_LOGIN, "NTLMLogin")
    async def ntlm_login(self, call: IncomingCall, asked: NtlmLogin) -> ServicesReply:
        """The services of a namespace, whatever mechanism the user was authenticated by."""
        namespace = _namespace(asked, self._host.engine.settings.limits.max_namespace)
        if asked.flags & ~_FLAGS:
            raise InvalidParameter(f"NTLMLogin does not know the flags 0x{asked.flags:X}", operation="NTLMLogin")
        call_context(asked.context)
        if call.login is not None and call.login.identifies_only:
            raise AccessDenied(
                f"{call.user} allows the server to learn who it is, and not to act for it",
                operation="NTLMLogin",
                hint="log in at the impersonation level impersonate",
            )
        caller = self._host.caller(call, parse_locales(asked.locale))
        door = await self._host.engine.connect(namespace, caller)
        return ServicesReply(call.export(ServicesStub(self._host, door), IID_IWbemServices))

    @answers(LOGIN_CLIENT_ID, "SetClientInfo")
    def set_client_info(self, call: IncomingCall, asked: SetClientInfo) -> HresultReply:
        """Who the client says it is, for the log."""
        _log.debug("%s is process %d of %r", call.channel.peer, asked.process_id, asked.machine)
        return HresultReply()

    @answers(LOGIN_CLIENT_ID_EX, "SetClientInfoEx")
    def set_client_info_ex(self, call: IncomingCall, asked: SetClientInfoEx) -> HresultReply:
        """The same, with the full name."""
        _log.debug("%s is process %d of %r", call.channel.peer, asked.process_id, asked.machine_fqdn or asked.machine)
        return HresultReply()

    @answers(LOGIN_HELPER, "SetEvent")
    def set_event(self, call: IncomingCall, asked: SetEvent) -> HresultReply:
        """No action: there is no event of that name here."""
        del call, asked
        return HresultReply()


def _namespace(asked: NtlmLogin, limit: int) -> str:
    r"""The namespace of ``//./root/cimv2``, ``\\server\root\cimv2`` or ``root\cimv2``; every server is this one.

    Raises:
        InvalidParameter: there is none.
        InvalidNamespace: it is no name.
        QuotaExceeded: it is too long.
    """
    text = asked.namespace
    if not text:
        raise InvalidParameter("NTLMLogin needs a namespace", operation="NTLMLogin")
    units = utf16_length(text)
    if units > limit:
        raise QuotaExceeded(f"the namespace has {units} UTF-16 units; the limit is {limit}", operation="NTLMLogin")
    try:
        return parse_resource(text).namespace
    except ConnectError as error:
        raise InvalidNamespace(f"{text!r} names a server and no namespace", operation="NTLMLogin") from error
