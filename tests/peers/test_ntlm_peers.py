"""impacket and aiowmi log in to our NTLM acceptor, and what one side seals the other opens.

Neither shares code with this package or with pyspnego.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiowmi.ntlm import tools as aiowmi_tools
from aiowmi.ntlm.auth_authenticate import NTLMAuthAuthenticate
from aiowmi.ntlm.auth_challange import NTLMAuthChallenge
from aiowmi.ntlm.auth_negotiate import NTLMAuthNegotiate
from aiowmi.tools import encrypted_session_key
from Crypto.Cipher import ARC4
from impacket import ntlm

from wmix.errors import AuthError
from wmix.net.security.acceptor import AcceptedLogin, Acceptor
from wmix.net.security.ntlm_keys import nt_hash

if TYPE_CHECKING:
    from wmix.protocol.rpc.security import Security

PASSWORD = "pass:wörd 1"
HEADER, BODY, TRAILER = b"h" * 24, bytes(range(64)), b"trailer8"


class Alice:
    """Knows one user, in any domain."""

    def find(self, domain: str, user: str) -> bytes | None:
        return nt_hash(PASSWORD) if user.upper() == "ALICE" else None


def accepted(level: int) -> AcceptedLogin:
    return Acceptor(Alice(), host="srv1.example").begin(10, level)


def impacket_login(password: str, domain: str, level: int) -> tuple[AcceptedLogin, Any, bytes]:
    server = accepted(level)
    negotiate = ntlm.getNTLMSSPType1("", "", signingRequired=True, use_ntlmv2=True)
    challenge = asyncio.run(server.step(negotiate.getData())) or b""
    answer, key = ntlm.getNTLMSSPType3(negotiate, challenge, "Alice", password, domain, use_ntlmv2=True)
    asyncio.run(server.step(answer.getData()))
    return server, answer["flags"], key


@pytest.mark.parametrize("domain", ["", "DOM", "dom.example"])
@pytest.mark.parametrize("level", [5, 6])
def test_impacket_logs_in_and_both_open_what_the_other_protects(domain: str, level: int) -> None:
    server, flags, key = impacket_login(PASSWORD, domain, level)
    assert server.user == (f"{domain}\\Alice" if domain else "Alice")
    security = server.security()
    streams = {mode: ARC4.new(ntlm.SEALKEY(flags, key, mode)).encrypt for mode in ("Client", "Server")}
    signing = {mode: ntlm.SIGNKEY(flags, key, mode) for mode in ("Client", "Server")}
    for number in range(3):
        for mode in ("Client", "Server"):
            sealing = level == 6
            theirs, token = BODY, b""
            signed = HEADER + BODY + TRAILER
            if sealing:
                theirs, signature = ntlm.SEAL(flags, signing[mode], b"", signed, BODY, number, streams[mode])
            else:
                signature = ntlm.SIGN(flags, signing[mode], signed, number, streams[mode])
            token = signature.getData()
            if mode == "Client":
                assert security.unprotect(HEADER, theirs, TRAILER, token, sign_header=False) == BODY
            else:
                assert security.protect(HEADER, BODY, TRAILER, sign_header=False) == (theirs, token)


def test_impacket_with_a_wrong_password_is_refused() -> None:
    with pytest.raises(AuthError, match="wrong password"):
        impacket_login("guess", "DOM", 6)


def aiowmi_login(password: str, domain: str) -> tuple[AcceptedLogin, int, bytes]:
    server = accepted(6)
    negotiate = NTLMAuthNegotiate()
    challenge = NTLMAuthChallenge(asyncio.run(server.step(negotiate.get_data())) or b"")
    flags = negotiate.get_negotiate_flags()
    answer = NTLMAuthAuthenticate(flags)
    base = answer.set_credentials(
        "alice", password, challenge.target_info, challenge.server_challenge, domain_name=domain
    )
    key = bytes(range(16))
    answer.set_encr_random_session_key(encrypted_session_key(base, key))
    answer.set_workstation_name("here")
    asyncio.run(server.step(answer.get_data()))
    return server, flags, key


@pytest.mark.parametrize("domain", ["", "DOM"])
def test_aiowmi_logs_in_and_its_seal_is_opened(domain: str) -> None:
    server, flags, key = aiowmi_login(PASSWORD, domain)
    security: Security = server.security()
    seal = aiowmi_tools.seal_func(
        aiowmi_tools.sign_key(flags, key), ARC4.new(aiowmi_tools.seal_key(flags, key)).encrypt
    )
    for number in range(3):
        sealed, signature = seal(flags, number, HEADER + BODY + TRAILER, BODY)
        assert security.unprotect(HEADER, sealed, TRAILER, signature, sign_header=False) == BODY


def test_aiowmi_with_a_wrong_password_is_refused() -> None:
    with pytest.raises(AuthError, match="wrong password"):
        aiowmi_login("guess", "DOM")
