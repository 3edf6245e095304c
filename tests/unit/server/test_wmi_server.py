"""WmiServer: whom a call is made by, also after the users were read again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import fixture_engine
from unit.server.conversation import Doorman, Peer
from wmix.errors import AccessDenied, QuotaExceeded
from wmix.net.server.incoming import IncomingCall, LoginIdentity
from wmix.net.server.limits import ServerLimits
from wmix.net.server.stubs import Stub
from wmix.port.caller import Rights
from wmix.protocol.dcom.identifiers import IID_IUnknown
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.rpc.verifier import AuthLevel, AuthType
from wmix.server.grants import Grants, parse_grant
from wmix.server.identities import Identities
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.port.caller import Caller

    Asked = Callable[[str], Caller]

GRANTS = ("DOM\\alice=all", "carol@REALM=execute", "dave=all", "DOM\\eve@REALM=all")


def with_callers(test: Callable[[WmiServer, Asked], None], **options: Any) -> None:
    """Run *test* with a server of DOM\\alice, and a function that tells the caller of a user's call."""

    async def run() -> None:
        engine = fixture_engine(None)
        server = WmiServer(
            engine, Users([make_account("DOM", "alice", "secret")]), grants=Grants(map(parse_grant, GRANTS)), **options
        )
        channel = Peer(server.listener, "192.0.2.7").connection

        def caller(user: str) -> Caller:
            login = LoginIdentity(user, AuthType.NTLM, AuthLevel.PRIVACY)
            return server.caller(IncomingCall(channel, server.exporter, login, NULL_GUID), ())

        try:
            test(server, caller)
        finally:
            await server.close(0.0)
            await engine.close()

    asyncio.run(run())


def test_a_user_has_the_name_of_the_account_and_what_it_was_granted() -> None:
    def test(_: WmiServer, caller: Asked) -> None:
        found = caller("dom\\ALICE")
        assert (found.name, found.address) == ("DOM\\alice", "192.0.2.7")
        assert found.rights & Rights.SUBSCRIBE

    with_callers(test)


def test_who_is_no_user_any_more_opens_nothing_over_a_connection_that_is_open() -> None:
    def test(server: WmiServer, caller: Asked) -> None:
        server.reload(Users([make_account("DOM", "bob", "secret")]))
        with pytest.raises(AccessDenied, match="no user of this server any more"):
            caller("DOM\\alice")

    with_callers(test)


def test_a_principal_is_a_user_as_long_as_a_grant_names_it() -> None:
    def test(server: WmiServer, caller: Asked) -> None:
        assert caller("carol@REALM").rights & Rights.METHOD_EXECUTE
        server.reload(server.users, Grants([]))
        with pytest.raises(AccessDenied):
            caller("carol@REALM")

    with_callers(test)


def test_objects_are_counted_for_the_account_whatever_domain_the_user_names() -> None:
    async def run() -> None:
        engine = fixture_engine(None)
        users = Users([make_account("", "dave", "secret")])
        server = WmiServer(engine, users, limits=ServerLimits(objects_of_user=2))
        try:
            for number in range(2):
                server.exporter.export(Stub(), IID_IUnknown, owner=f"ANY{number}\\dave")
            with pytest.raises(QuotaExceeded):
                server.exporter.export(Stub(), IID_IUnknown, owner="OTHER\\Dave")
            server.exporter.export(Stub(), IID_IUnknown, owner="dave@REALM")
        finally:
            await server.close(0.0)
            await engine.close()

    asyncio.run(run())


@pytest.mark.parametrize("user", ["dave", "DOM\\eve@REALM", "mallory@REALM"])
def test_a_grant_makes_nobody_a_user_who_is_no_principal(user: str) -> None:
    def test(_: WmiServer, caller: Asked) -> None:
        with pytest.raises(AccessDenied, match="no user of this server any more"):
            caller(user)

    with_callers(test)


def test_new_users_without_grants_leave_the_grants_as_they_are() -> None:
    def test(server: WmiServer, caller: Asked) -> None:
        server.reload(Users([make_account("DOM", "alice", "new"), make_account("DOM", "bob", "secret")]))
        assert caller("DOM\\alice").rights & Rights.METHOD_EXECUTE
        assert caller("DOM\\bob").rights == Rights.READ

    with_callers(test)


def test_whom_an_acceptor_of_the_owner_lets_in_is_a_user_who_may_read() -> None:
    def test(_: WmiServer, caller: Asked) -> None:
        found = caller("OTHER\\zoe")
        assert (found.name, found.rights) == ("OTHER\\zoe", Rights.READ)

    with_callers(test, acceptor=Doorman())


def test_what_root_does_not_do_for_users_by_omission_no_grant_gives() -> None:
    def test(_: WmiServer, caller: Asked) -> None:
        rights = caller("DOM\\alice").rights
        assert not rights & (Rights.METHOD_EXECUTE | Rights.WRITE_PROVIDER)
        assert rights & Rights.SUBSCRIBE
        # Nor does what is kept from a user give anything that was not granted.
        assert not caller("carol@REALM").rights & ~Rights.READ

    with_callers(test, identities=Identities(uid=0))
