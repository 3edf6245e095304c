"""IWbemLevel1Login and the interfaces beside it. [MS-WMI] 3.1.4.1, client-behaviours 2.10 and 2.15."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.server.conversation import FaultReceived, Peer, ipid_of
from unit.server.served_fixture import Fixture, with_server
from wmix.errors import AccessDenied
from wmix.net.server.incoming import IncomingCall, LoginIdentity
from wmix.protocol.dcom.identifiers import IID_IRemoteSCMActivator
from wmix.protocol.dcom.objref import decode_objref
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.rpc.verifier import AuthLevel, AuthType
from wmix.protocol.wbem.identifiers import (
    IID_IWbemLevel1Login,
    IID_IWbemLoginClientID,
    IID_IWbemLoginClientIDEx,
    IID_IWbemLoginHelper,
)
from wmix.protocol.wbem.login import (
    LEVEL1_LOGIN,
    LOGIN_CLIENT_ID,
    LOGIN_CLIENT_ID_EX,
    LOGIN_HELPER,
    EstablishPosition,
    NtlmLogin,
    RequestChallenge,
    SetClientInfo,
    SetClientInfoEx,
    SetEvent,
    WbemLogin,
)
from wmix.server.login import LoginStub
from wmix.status import (
    E_INVALIDARG,
    E_NOTIMPL,
    WBEM_E_INVALID_NAMESPACE,
    WBEM_E_INVALID_PARAMETER,
    WBEM_E_NOT_SUPPORTED,
    WBEM_E_QUOTA_VIOLATION,
    WBEM_S_NO_ERROR,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def logged_in(test: Callable[[Fixture, Peer], Awaitable[None]]) -> None:
    """Run *test* with a client that has the login object."""

    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.log_in("root")
        await test(fixture, peer)

    with_server(run)


@pytest.mark.parametrize(
    "namespace", ["//./root/conf", r"\\.\root\conf", r"\\anything.example\root\conf", r"root\conf", "root/CONF", "root"]
)
def test_a_namespace_is_named_in_every_way_that_clients_have(namespace: str) -> None:
    async def test(fixture: Fixture, peer: Peer) -> None:
        reply = await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin(namespace), peer.login)
        assert reply.hresult == WBEM_S_NO_ERROR
        assert reply.services is not None

    logged_in(test)


@pytest.mark.parametrize(
    ("asked", "hresult"),
    [
        (NtlmLogin("root/nowhere"), WBEM_E_INVALID_NAMESPACE),
        (NtlmLogin(r"\\server"), WBEM_E_INVALID_NAMESPACE),
        (NtlmLogin(None), WBEM_E_INVALID_PARAMETER),
        (NtlmLogin(""), WBEM_E_INVALID_PARAMETER),
        (NtlmLogin("r" * 8174), WBEM_E_QUOTA_VIOLATION),
        (NtlmLogin("root", None, 1), WBEM_E_INVALID_PARAMETER),
        (NtlmLogin("root", None, 0x140), WBEM_S_NO_ERROR),
        (NtlmLogin("root", "MS_409,MS_407,xx"), WBEM_S_NO_ERROR),
        (NtlmLogin("root", "MS_xyz"), E_INVALIDARG),
    ],
)
def test_what_a_login_cannot_have_is_told(asked: NtlmLogin, hresult: int) -> None:
    async def test(fixture: Fixture, peer: Peer) -> None:
        reply = await peer.call(LEVEL1_LOGIN, "NTLMLogin", asked, peer.login)
        assert (reply.hresult, reply.services is None) == (hresult, hresult != WBEM_S_NO_ERROR)

    logged_in(test)


def test_the_other_methods_answer_as_windows_does() -> None:
    async def test(fixture: Fixture, peer: Peer) -> None:
        position = await peer.call(LEVEL1_LOGIN, "EstablishPosition", EstablishPosition(), peer.login)
        assert (position.hresult, position.locale_version) == (WBEM_S_NO_ERROR, 1)
        challenge = await peer.call(LEVEL1_LOGIN, "RequestChallenge", RequestChallenge(), peer.login)
        assert challenge.hresult == WBEM_E_NOT_SUPPORTED
        assert (await peer.call(LEVEL1_LOGIN, "WBEMLogin", WbemLogin(), peer.login)).hresult == E_NOTIMPL

    logged_in(test)


def test_a_client_may_begin_with_telling_who_it_is() -> None:
    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(IID_IRemoteSCMActivator)
        reply = await peer.activate(IID_IWbemLoginClientID)
        peer.rem_unknown = reply.exporter.ipid_rem_unknown
        (given,) = reply.interfaces
        assert given.reference is not None
        client_id = ipid_of(decode_objref(given.reference))
        told = await peer.call(LOGIN_CLIENT_ID, "SetClientInfo", SetClientInfo("PC", 4711), client_id)
        assert told.hresult == WBEM_S_NO_ERROR
        login = await peer.query_interface(client_id, IID_IWbemLevel1Login)
        opened = await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin("//./root/conf"), login)
        assert opened.hresult == WBEM_S_NO_ERROR

    with_server(run)


def test_a_caller_has_the_locale_that_the_login_named() -> None:
    async def test(fixture: Fixture, peer: Peer) -> None:
        seen = []
        connect = fixture.engine.connect

        async def watched(namespace: str, caller: object, **options: object) -> object:
            seen.append(caller)
            return await connect(namespace, caller, **options)  # type: ignore[arg-type]

        fixture.engine.connect = watched  # type: ignore[method-assign, assignment]
        await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin("root", "MS_407,MS_409"), peer.login)
        (caller,) = seen
        assert caller.locales == ("ms_407", "ms_409")  # type: ignore[attr-defined]
        assert caller.is_remote  # type: ignore[attr-defined]
        assert caller.authentication_level == 5  # type: ignore[attr-defined]

    logged_in(test)


@pytest.mark.parametrize("identifies_only", [False, True])
def test_who_may_only_be_identified_opens_nothing(identifies_only: bool) -> None:
    async def test(fixture: Fixture) -> None:
        login = LoginIdentity("DOM\\alice", AuthType.NTLM, AuthLevel.PRIVACY, identifies_only)
        call = IncomingCall(fixture.peer().connection, fixture.server.exporter, login, NULL_GUID)
        asked = LoginStub(fixture.server).ntlm_login(call, NtlmLogin("root"))
        if identifies_only:
            with pytest.raises(AccessDenied) as caught:
                await asked
            assert "impersonation level" in (caught.value.hint or "")
        else:
            assert (await asked).services is not None

    with_server(test)


def test_a_login_with_a_context_that_is_none_is_refused() -> None:
    async def test(fixture: Fixture, peer: Peer) -> None:
        asked = NtlmLogin("root", context=b"no context")
        with pytest.raises(FaultReceived):
            await peer.call(LEVEL1_LOGIN, "NTLMLogin", asked, peer.login)

    logged_in(test)


def test_who_a_client_says_it_is_and_the_events_that_it_names_change_nothing() -> None:
    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.log_in("root")
        client_id = await peer.query_interface(peer.login, IID_IWbemLoginClientIDEx)
        assert client_id is not None
        told = await peer.call(
            LOGIN_CLIENT_ID_EX, "SetClientInfoEx", SetClientInfoEx("PC", "pc.example", 4711), client_id
        )
        assert told.hresult == WBEM_S_NO_ERROR
        helper = await peer.query_interface(peer.login, IID_IWbemLoginHelper)
        assert helper is not None
        assert (await peer.call(LOGIN_HELPER, "SetEvent", SetEvent(), helper)).hresult == WBEM_S_NO_ERROR

    with_server(run)
