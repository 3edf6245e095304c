"""What is fuzzed of logins: messages of NTLM and SPNEGO, both sides of them, and PDUs with their verifiers.

All of it comes from whoever connects, or from the host that is connected to, before anybody has proved anything: only
AuthError and ProtocolError may come out, and an association never raises.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from wmix.errors import AuthError, ProtocolError
from wmix.net.security.acceptor import Acceptor
from wmix.net.security.credentials import NTLM
from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin
from wmix.net.security.ntlm_keys import nt_hash
from wmix.net.security.ntlm_login import NtlmLogin
from wmix.net.security.ntlm_messages import Authenticate, read_av_pairs, read_challenge_flags, read_flags
from wmix.net.security.ntlm_security import NtlmSecurity
from wmix.net.security.spnego_messages import NTLMSSP, NegState, NegTokenInit, NegTokenResp, bare_token, is_spnego
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.pdus import decode_pdu, encode_pdu
from wmix.protocol.rpc.presentation import ACCEPTED, ndr_context
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import State
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.protocol.wbem.identifiers import IID_IWbemServices

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["ntlm", "ntlm_seeds", "pdu", "pdu_seeds", "spnego", "spnego_seeds"]

_HOST = "srv1.example"
_PASSWORD = "secret"
_LEVEL = 6


class _Users:
    """One account."""

    def find(self, _domain: str, user: str) -> bytes | None:
        return nt_hash(_PASSWORD) if user.casefold() == "alice" else None


def _now(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def _accepting() -> NtlmAcceptedLogin:
    return NtlmAcceptedLogin(_Users(), host=_HOST, level=_LEVEL)


def _messages() -> tuple[bytes, bytes, bytes]:
    """The three messages of a login that succeeds."""
    client, server = NtlmLogin(NTLM("DOM\\alice", _PASSWORD), host=_HOST, level=_LEVEL), _accepting()
    negotiate = _now(client.step(None))
    challenge = _now(server.step(negotiate))
    authenticate = _now(client.step(challenge))
    return negotiate, challenge, authenticate


_NEGOTIATE, _CHALLENGE, _AUTHENTICATE = _messages()


def ntlm(data: bytes) -> None:
    """A message for each side of a login, at each step; or AuthError, from whichever reads it."""
    readers: tuple[Callable[[bytes], object], ...] = (
        partial(read_flags, message_type=1),
        partial(read_flags, message_type=3),
        read_challenge_flags,
        read_av_pairs,
        _read_authenticate,
        _answer_challenge,
        _judge_first,
        _judge_last,
    )
    for read in readers:
        with contextlib.suppress(AuthError):
            read(data)


def _read_authenticate(data: bytes) -> None:
    message = Authenticate.decode(data)
    assert repr(message)
    assert len(message.without_mic) == len(data)
    assert message.mic is None or message.with_mic(message.mic) == data
    assert message.promises_mic in (True, False)


def _answer_challenge(data: bytes) -> None:
    client = NtlmLogin(NTLM("DOM\\alice", _PASSWORD), host=_HOST, level=_LEVEL)
    _now(client.step(None))
    _now(client.step(data))
    client.security()


def _judge_first(data: bytes) -> None:
    assert _now(_accepting().step(data))


def _judge_last(data: bytes) -> None:
    server = _accepting()
    _now(server.step(_NEGOTIATE))
    _now(server.step(data))
    # The challenge is another one each time: nobody without the password comes this far.
    raise AssertionError("a login was let in")


def spnego(data: bytes) -> None:
    """A message of SPNEGO that is written and read again as the same, and what a server makes of it; or AuthError."""
    assert is_spnego(data) in (True, False)
    assert len(bare_token(data)) <= len(data)
    with contextlib.suppress(AuthError):
        first = NegTokenInit.decode(data)
        again = NegTokenInit.decode(first.encode())
        assert (again.mechanisms, again.token, again.encoded_list) == (
            first.mechanisms,
            first.token,
            first.encoded_list,
        )
    with contextlib.suppress(AuthError):
        later = NegTokenResp.decode(data)
        assert NegTokenResp.decode(later.encode()) == later
    for before in ((), (spnego_seeds()[0],)):
        with contextlib.suppress(AuthError):
            login = Acceptor(_Users(), host=_HOST).begin(9, _LEVEL)
            for token in (*before, data):
                _now(login.step(token))
            assert not login.is_complete


def pdu(data: bytes) -> None:
    """A PDU that is written and read again as the same, or ProtocolError; associations take anything."""
    with contextlib.suppress(ProtocolError):
        found = decode_pdu(data)
        assert decode_pdu(encode_pdu(found)) == found
    for association in (ServerAssociation(), ClientAssociation(), *_logged_in()):
        association.receive_data(data)
        association.events()
        association.receive_data(b"")
        association.events()
        assert association.state is State.CLOSED or association.is_held


def _logged_in() -> tuple[ClientAssociation, ServerAssociation]:
    """Both sides after a login, whose PDUs are sealed."""
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([ndr_context(0, IID_IWbemServices)], auth=AuthVerifier(10, _LEVEL, 1, b"negotiate"))
    _carry(client, server)
    server.accept([ACCEPTED], token=b"challenge", group_id=7)
    _carry(server, client)
    client.send_auth3(1, b"authenticate")
    client.establish(1, _security(is_client=True))
    _carry(client, server)
    server.establish(1, _security(is_client=False))
    client.call(3, b"stub", auth_context_id=1)
    client.data_to_send()
    return client, server


def _security(*, is_client: bool) -> NtlmSecurity:
    return NtlmSecurity(bytes(range(16)), _FLAGS, is_client=is_client, level=_LEVEL)


_FLAGS = read_flags(_AUTHENTICATE, 3)


def _carry(sender: ClientAssociation | ServerAssociation, receiver: ClientAssociation | ServerAssociation) -> None:
    receiver.receive_data(b"".join(sender.data_to_send()))
    receiver.events()


def ntlm_seeds() -> tuple[bytes, ...]:
    """The three messages of a login."""
    return _NEGOTIATE, _CHALLENGE, _AUTHENTICATE


def spnego_seeds() -> tuple[bytes, ...]:
    """First and later messages, and a bare one."""
    return (
        NegTokenInit((NTLMSSP,), _NEGOTIATE).encode(),
        NegTokenInit((bytes.fromhex("2a864886f712010202"), NTLMSSP), b"ticket").encode(),
        NegTokenResp(NegState.ACCEPT_INCOMPLETE, NTLMSSP, _CHALLENGE).encode(),
        NegTokenResp(None, None, _AUTHENTICATE, bytes(16)).encode(),
        _NEGOTIATE,
    )


def pdu_seeds() -> tuple[bytes, ...]:
    """What both sides of an association send, the verifiers of a login among it."""
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([ndr_context(0, IID_IWbemServices)], auth=AuthVerifier(10, _LEVEL, 1, _NEGOTIATE))
    bind = b"".join(client.data_to_send())
    server.receive_data(bind)
    server.events()
    server.accept([ACCEPTED], token=_CHALLENGE, group_id=7)
    ack = b"".join(server.data_to_send())
    client.receive_data(ack)
    client.events()
    client.send_auth3(1, _AUTHENTICATE)
    client.establish(1, _security(is_client=True))
    auth3 = b"".join(client.data_to_send())
    server.receive_data(auth3)
    server.events()
    server.establish(1, _security(is_client=False))
    call_id = client.call(3, b"stub of a call", auth_context_id=1)
    request = b"".join(client.data_to_send())
    server.receive_data(request)
    server.events()
    server.reply(call_id, b"stub of a reply")
    response = b"".join(server.data_to_send())
    client.call(4, b"plain")
    return bind, ack, auth3, request, response, b"".join(client.data_to_send())
