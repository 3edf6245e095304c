"""The one account of a client: whom it is, and whom not."""

from __future__ import annotations

import pytest

from wmix.net.security.credentials import NTLM, Kerberos, Negotiate
from wmix.net.security.ntlm_keys import nt_hash
from wmix.net.security.own_account import own_account


@pytest.mark.parametrize("credentials", [NTLM("DOM\\alice", "secret"), Negotiate("alice@dom.example", "secret")])
def test_the_user_is_known_under_any_domain_and_nobody_else_is(credentials: NTLM | Negotiate) -> None:
    account = own_account(credentials)
    assert account is not None
    assert account.find("ELSEWHERE", "ALICE") == account.find("", "alice") == nt_hash("secret")
    assert account.find("DOM", "bob") is None
    assert account.find("DOM", "") is None
    assert "secret" not in repr(account)


@pytest.mark.parametrize("credentials", [Kerberos(), Kerberos("alice@DOM", "secret"), Negotiate("alice")])
def test_tickets_alone_give_no_secret_to_share(credentials: Kerberos | Negotiate) -> None:
    assert own_account(credentials) is None
