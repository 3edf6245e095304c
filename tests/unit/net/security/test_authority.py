"""The authority of ConnectServer: which mechanism it asks for, and what does not go together."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidParameter
from wmix.net.security.authority import with_authority
from wmix.net.security.credentials import NTLM, Credentials, Kerberos, Negotiate

SPN = "host/srv1.example"


@pytest.mark.parametrize(
    ("credentials", "authority", "expected"),
    [
        (NTLM("alice", "x"), "ntlmdomain:DOM", NTLM("DOM\\alice", "x")),
        (NTLM("alice", "x"), "NTLMDomain:DOM", NTLM("DOM\\alice", "x")),
        (Negotiate("alice", "x"), "ntlmdomain:DOM", NTLM("DOM\\alice", "x")),
        (Kerberos(), f"kerberos:{SPN}", Kerberos(spn=SPN)),
        (Kerberos("alice@REALM", "x"), f"Kerberos:{SPN}", Kerberos("alice@REALM", "x", spn=SPN)),
        (Kerberos(keytab="k", spn=SPN), f"kerberos:{SPN}", Kerberos(keytab="k", spn=SPN)),
        (Negotiate("alice@realm", "x"), f"kerberos:{SPN}", Kerberos("alice@REALM", "x", spn=SPN)),
    ],
)
def test_an_authority_completes_the_credentials(credentials: Credentials, authority: str, expected: object) -> None:
    found = with_authority(credentials, authority)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("credentials", "authority", "said"),
    [
        (NTLM("alice", "x"), f"kerberos:{SPN}", "is of Kerberos, and NTLM is to log in"),
        (Kerberos(), "ntlmdomain:DOM", "is of NTLM, and Kerberos is to log in"),
        (NTLM("OTHER\\alice", "x"), "ntlmdomain:DOM", "the domain stands in the credentials and in the authority"),
        (NTLM("alice@dom", "x"), "ntlmdomain:DOM", "the domain stands in the credentials and in the authority"),
        (Kerberos(spn="host/other"), f"kerberos:{SPN}", "'host/other' stands in the credentials and in the authority"),
        (Negotiate(), "ntlmdomain:DOM", "needs user and password"),
        (NTLM("alice", "x"), "digest:DOM", "neither Kerberos:principal nor NTLMDomain:domain"),
        (NTLM("alice", "x"), "ntlmdomain:", "neither Kerberos:principal nor NTLMDomain:domain"),
        (NTLM("alice", "x"), "ntlmdomain", "neither Kerberos:principal nor NTLMDomain:domain"),
    ],
)
def test_what_does_not_go_together_is_refused(credentials: Credentials, authority: str, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        with_authority(credentials, authority)
