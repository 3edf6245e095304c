"""What existing clients send, item by item: a server that refuses one of these has lost one of them.

The number at each test is that of the item in the list of observed behaviours, which was made with impacket, aiowmi,
go-msrpc and Titanis.  Items about NTLM (6) are tested with the logins, about call results (11), enumerators (12) and
smart enumeration (13) with these.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from unit.server.conversation import ALICE, FaultReceived, Peer, ipid_of
from unit.server.served_fixture import CONF, Fixture, with_server
from unit.server.test_enumerator import enumeration, ids, next_of
from wmix.protocol.dcom import identifiers as dcom
from wmix.protocol.dcom.activation_reply import ActivationReply
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.legacy_activation import ACTIVATION, MODE_GET_CLASS_OBJECT, RemoteActivation
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ComplexPing, ResolveOxid, ServerAlive, SimplePing
from wmix.protocol.dcom.objref import ObjRefStandard, decode_objref
from wmix.protocol.dcom.orpc import OrpcThis, encode_call
from wmix.protocol.dcom.rem_unknown import (
    REM_UNKNOWN,
    REM_UNKNOWN2,
    RemAddRef,
    RemInterfaceRef,
    RemQueryInterface,
    RemQueryInterface2,
)
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR, RemoteCreateInstance, RemoteGetClassObject
from wmix.protocol.dcom.versions import ComVersion
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.association import AssociationLimits
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.endpoint_mapper import ENDPOINT_MAPPER, EPT_S_NOT_REGISTERED, EptMapReply, EptMapRequest
from wmix.protocol.rpc.events import Bound, Replied
from wmix.protocol.rpc.pdus import BindAck, Response, decode_pdu
from wmix.protocol.rpc.presentation import NDR64, PresentationContext, SyntaxId, feature_context, ndr_context
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.protocol.wbem import identifiers as wbem
from wmix.protocol.wbem.login import LEVEL1_LOGIN, EstablishPosition, NtlmLogin
from wmix.protocol.wbem.services import SERVICES, GetObject
from wmix.status import (
    E_INVALIDARG,
    E_NOINTERFACE,
    E_NOTIMPL,
    NCA_S_OP_RNG_ERROR,
    REGDB_E_CLASSNOTREG,
    RPC_E_DISCONNECTED,
    RPC_E_INVALID_OBJECT,
    RPC_E_VERSION_MISMATCH,
    S_FALSE,
    S_OK,
    WBEM_E_QUOTA_VIOLATION,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ACCESS_DENIED = 5
BAD_STUB_DATA = 0x6F7
INVALID_OXID = 0x776
INVALID_SET = 0x778
SECRET = Guid(b"\x42" * 16)


def serving(test: Callable[[Fixture], Awaitable[None]], **options: Any) -> None:
    with_server(test, **options)


def talking(test: Callable[[Fixture, Peer, Guid], Awaitable[None]], **options: Any) -> None:
    """Run *test* with a client that has the services of root\\conf."""

    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        await test(fixture, peer, await peer.log_in(CONF))

    with_server(run, **options)


# 1: what the first port offers


def test_activation_by_properties_gives_all_interfaces_that_are_asked_for() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        wanted = (wbem.IID_IWbemLevel1Login, SECRET, wbem.IID_IWbemLoginClientID)
        reply = await peer.activate(*wanted)
        assert tuple(item.iid for item in reply.interfaces) == wanted
        assert [item.result for item in reply.interfaces] == [S_OK, E_NOINTERFACE, S_OK]
        references = [decode_objref(item.reference) for item in reply.interfaces if item.reference]
        oids = {item.std.oid for item in references if isinstance(item, ObjRefStandard)}
        assert (len(references), len(oids)) == (2, 1)

    serving(test)


@pytest.mark.parametrize(
    ("class_id", "iids", "hresult"),
    [
        (SECRET, (wbem.IID_IWbemLevel1Login,), REGDB_E_CLASSNOTREG),
        (wbem.CLSID_WbemLevel1Login, (SECRET,), E_NOINTERFACE),
        (wbem.CLSID_WbemLevel1Login, (), E_INVALIDARG),
    ],
)
def test_what_cannot_be_activated_is_refused_in_both_ways(class_id: Guid, iids: tuple[Guid, ...], hresult: int) -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        asked = RemoteCreateInstance(None, ActivationRequest(class_id, iids).encode())
        answer = await peer.call(REMOTE_SCM_ACTIVATOR, "RemoteCreateInstance", asked)
        assert (answer.hresult, answer.properties) == (hresult, None)
        await peer.bind(dcom.IID_IActivation, alter=True)
        older = await peer.call(ACTIVATION, "RemoteActivation", RemoteActivation(class_id, iids=iids), context=1)
        assert (older.hresult, older.results) == (hresult, (hresult,) * len(iids))

    serving(test)


def test_the_older_activation_has_the_same_outcome() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IActivation)
        asked = RemoteActivation(wbem.CLSID_WbemLevel1Login, iids=(wbem.IID_IWbemLevel1Login,))
        reply = await peer.call(ACTIVATION, "RemoteActivation", asked)
        assert (reply.hresult, reply.results, reply.authn_hint) == (S_OK, (S_OK,), 5)
        login = ipid_of(decode_objref(reply.interfaces[0]))
        assert (await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin(CONF), login)).hresult == S_OK

    serving(test)


def test_class_objects_are_not_given_out() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        answer = await peer.call(REMOTE_SCM_ACTIVATOR, "RemoteGetClassObject", RemoteGetClassObject(b"MEOW"))
        assert answer.hresult == E_NOTIMPL
        await peer.bind(dcom.IID_IActivation, alter=True)
        asked = RemoteActivation(wbem.CLSID_WbemLevel1Login, mode=MODE_GET_CLASS_OBJECT, iids=(SECRET,))
        assert (await peer.call(ACTIVATION, "RemoteActivation", asked, context=1)).hresult == E_NOTIMPL

    serving(test)


def test_the_resolver_answers_without_a_login() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IObjectExporter, level=0)
        assert (await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0
        alive = await peer.call(OBJECT_EXPORTER, "ServerAlive2", ServerAlive())
        assert (alive.status, alive.version) == (0, ComVersion(5, 7))
        assert alive.bindings.tcp_bindings()[0].address == "192.0.2.1"
        oxid = fixture.server.exporter.oxid
        for name in ("ResolveOxid", "ResolveOxid2"):
            found = await peer.call(OBJECT_EXPORTER, name, ResolveOxid(oxid))
            assert (found.status, found.authn_hint) == (0, 5)
            assert found.bindings.tcp_bindings()[0].address == "192.0.2.1[135]"
            assert fixture.server.exporter.find(found.ipid_rem_unknown) is not None
            assert (await peer.call(OBJECT_EXPORTER, name, ResolveOxid(oxid ^ 1))).status == INVALID_OXID

    serving(test)


def test_the_endpoint_mapper_knows_nothing() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association.bind([PresentationContext(0, ENDPOINT_MAPPER)])
        peer.send()
        await peer.event(Bound)
        peer.association.call(3, EptMapRequest(max_towers=7).encode())
        peer.send()
        reply = EptMapReply.decode((await peer.event(Replied)).stub)
        assert (reply.towers, reply.status) == ((), EPT_S_NOT_REGISTERED)
        assert reply.max_towers == 7  # Samba's NDR takes no other number

    serving(test)


def test_interfaces_that_nobody_has_are_refused_one_by_one() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        contexts = [ndr_context(0, SECRET), ndr_context(1, wbem.IID_IWbemServices), ndr_context(2, SECRET, 1)]
        contexts.append(PresentationContext(3, SyntaxId(wbem.IID_IWbemServices), (NDR64,)))
        peer.association.bind(contexts)
        peer.send()
        bound = await peer.event(Bound)
        assert [(result.verdict, result.reason) for result in bound.results] == [(2, 1), (0, 0), (2, 1), (2, 2)]

    serving(test)


# 2, 3: contexts and logins


def test_the_object_says_which_interface_is_called_and_not_the_context() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        await peer.bind(wbem.IID_IWbemCallResult, alter=True)
        for context in (0, 1):
            reply = await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services, context=context)
            assert reply.hresult == S_OK

    talking(test)


def test_a_new_login_may_come_with_every_interface() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for number in range(1, 200):
            await peer.bind(wbem.IID_IWbemServices, alter=True)
            asked = GetObject("CF_Part")
            assert (await peer.call(SERVICES, "GetObject", asked, services, context=number)).hresult == S_OK
        assert len(fixture.logins) == 200

    talking(test)


def test_contexts_are_added_without_a_login() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for number in range(1, 300):
            peer.association.alter_context([ndr_context(number, wbem.IID_IEnumWbemClassObject)])
            peer.send()
            assert (await peer.event(Bound)).results[0].is_accepted
        assert (await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services, context=299)).hresult == S_OK

    talking(test)


def test_a_call_is_made_for_the_user_of_the_login_that_it_names() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        await peer.bind(wbem.IID_IWbemServices, user="DOM\\bob", alter=True)
        opened = await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin(CONF), peer.login)
        assert opened.hresult == 0x80041003  # the login object is Alice's

    talking(test)


# 4, 5: flags and sizes


@pytest.mark.parametrize("multiplexing", [True, False])
@pytest.mark.parametrize("header_signing", [True, False])
def test_the_answer_to_a_bind_echoes_what_it_asks_for(multiplexing: bool, header_signing: bool) -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        contexts = [ndr_context(0, wbem.IID_IWbemServices)]
        contexts.append(feature_context(1, contexts[0].abstract_syntax, 0x03))
        peer.association.bind(contexts, multiplexing=multiplexing, header_signing=header_signing)
        peer.send()
        bound = await peer.event(Bound)
        assert (bound.results[1].verdict, bound.results[1].reason) == (3, 3)
        ack = decode_pdu(peer.transport.writes[0])
        assert isinstance(ack, BindAck)
        assert (bool(ack.flags & 0x10), bool(ack.flags & 0x04)) == (multiplexing, header_signing)
        assert bound.group_id

    serving(test)


def test_no_fragment_is_longer_than_what_the_client_receives() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association = ClientAssociation(AssociationLimits(max_fragment=1432))
        services = await peer.log_in(CONF)
        ack = decode_pdu(peer.transport.writes[0])
        assert isinstance(ack, BindAck)
        assert ack.max_xmit_frag == ack.max_recv_frag == 1432
        await next_of(peer, await enumeration(peer, services), 5)
        whole = b"".join(peer.transport.writes)
        sizes = []
        while whole:
            size = int.from_bytes(whole[8:10], "little")
            sizes.append(size)
            whole = whole[size:]
        assert max(sizes) <= 1432
        assert sizes.count(1424) > 1

    serving(test)


# 7, 8, 9: the answer to an activation


@pytest.mark.parametrize(("require_privacy", "hint"), [(False, 5), (True, 6)])
def test_the_hint_is_integrity_unless_privacy_is_required(require_privacy: bool, hint: int) -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator, level=6)
        assert (await peer.activate()).exporter.authn_hint == hint

    serving(test, require_privacy=require_privacy)


def test_the_bindings_begin_with_the_address_that_the_client_reached() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        reply = await peer.activate()
        assert reply.exporter.bindings is not None
        addresses = [binding.address for binding in reply.exporter.bindings.tcp_bindings()]
        assert addresses == ["192.0.2.1[135]", f"{socket.gethostname()}[135]", "nat.example[135]"]

    serving(test, names=("nat.example",))


def test_the_answer_has_its_two_properties_in_order_and_no_extensions() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        method = REMOTE_SCM_ACTIVATOR["RemoteCreateInstance"]
        wanted = ActivationRequest(wbem.CLSID_WbemLevel1Login, (wbem.IID_IWbemLevel1Login,)).encode()
        peer.association.call(
            method.opnum, encode_call(OrpcThis(), RemoteCreateInstance(None, wanted)), auth_context_id=1
        )
        peer.send()
        stub = (await peer.event(Replied)).stub
        assert stub[:8] == bytes(8)  # ORPCTHAT: no flags, no extensions
        assert stub.rindex(dcom.CLSID_PropsOutInfo) < stub.index(dcom.CLSID_ScmReplyInfo)
        reply = ActivationReply.decode(stub[20:])
        (given,) = reply.interfaces
        reference = decode_objref(given.reference or b"")
        assert isinstance(reference, ObjRefStandard)
        assert reference.std.public_refs == 5
        assert reference.resolver.tcp_bindings()

    serving(test)


# 10, 17: what is there beside the parameters


def test_octets_behind_the_parameters_are_ignored() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        method = SERVICES["GetObject"]
        for surplus in (b"\0" * 3, b"\0" * 12, bytes.fromhex("8ae3137102f43671") + bytes(8)):
            stub = encode_call(OrpcThis(), GetObject("CF_Part")) + surplus
            call = peer.association.call(method.opnum, stub, object=services, auth_context_id=1)
            peer.send()
            assert (await peer.answer(call, SERVICES, "GetObject")).hresult == S_OK

    talking(test)


def test_texts_may_end_in_a_nul() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        assert (await peer.call(SERVICES, "GetObject", GetObject('CF_Part.Id="p1"\0'), services)).hresult == S_OK

    talking(test)


# 14: referents


def test_referents_in_one_answer_are_distinct() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        method = REM_UNKNOWN2["RemQueryInterface2"]
        iids = (wbem.IID_IWbemServices, dcom.IID_IUnknown, wbem.IID_IWbemServices)
        stub = encode_call(OrpcThis(), RemQueryInterface2(services, iids))
        peer.association.call(method.opnum, stub, object=peer.rem_unknown, auth_context_id=1)
        peer.send()
        answer = (await peer.event(Replied)).stub
        referents = [answer[28 + 4 * number : 32 + 4 * number] for number in range(3)]
        assert len(set(referents)) == 3
        assert bytes(4) not in referents

    talking(test)


# 15: references


def test_interfaces_are_queried_for_and_counted() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = RemQueryInterface(services, 3, (wbem.IID_IWbemServices, SECRET))
        some = await peer.call(REM_UNKNOWN, "RemQueryInterface", asked, peer.rem_unknown)
        assert some.hresult == S_FALSE
        assert [item.hresult for item in some.results] == [S_OK, E_NOINTERFACE]
        assert (some.results[0].std.ipid, some.results[0].std.public_refs) == (services, 3)
        none = await peer.call(
            REM_UNKNOWN, "RemQueryInterface", RemQueryInterface(services, 1, (SECRET,)), peer.rem_unknown
        )
        assert none.hresult == E_NOINTERFACE
        unknown = await peer.call(REM_UNKNOWN, "RemQueryInterface", RemQueryInterface(SECRET), peer.rem_unknown)
        assert unknown.hresult == RPC_E_INVALID_OBJECT
        more = RemAddRef((RemInterfaceRef(services, 2), RemInterfaceRef(SECRET, 1)))
        added = await peer.call(REM_UNKNOWN, "RemAddRef", more, peer.rem_unknown)
        assert added.results == (S_OK, RPC_E_INVALID_OBJECT)
        await peer.release(services, 9)  # of the ten that were given
        assert (await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)).hresult == S_OK
        await peer.release(services, 1)
        with pytest.raises(FaultReceived, match=f"{RPC_E_DISCONNECTED:08X}"):
            await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)

    talking(test)


def test_nobody_queries_for_more_interfaces_than_there_could_be() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for count, hresult in ((256, S_OK), (257, WBEM_E_QUOTA_VIOLATION)):
            asked = RemQueryInterface(services, 1, (wbem.IID_IWbemServices,) * count)
            answer = await peer.call(REM_UNKNOWN, "RemQueryInterface", asked, peer.rem_unknown)
            assert answer.hresult == hresult

    talking(test)


def test_nobody_counts_the_references_of_others() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        other = fixture.peer()
        await other.log_in(CONF, user="DOM\\mallory")
        await other.release(services, 5)
        assert await other.query_interface(services, wbem.IID_IWbemServices) is None
        assert (await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)).hresult == S_OK

    talking(test)


# 16: pings


def test_pings_over_connections_of_their_own_keep_objects_alive() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        enumerator = await enumeration(peer, services)
        interface = fixture.server.exporter.find(enumerator)
        assert interface is not None
        set_id = 0
        peer.hang_up()
        for number in range(6):
            pinging = fixture.peer()
            await pinging.bind(dcom.IID_IObjectExporter)
            if not set_id:
                asked = ComplexPing(0, 0, (interface.object.oid,))
                reply = await pinging.call(OBJECT_EXPORTER, "ComplexPing", asked)
                set_id = reply.set_id
            elif number == 3:
                assert (await pinging.call(OBJECT_EXPORTER, "ComplexPing", ComplexPing(set_id, 0))).status == 0
            else:
                assert (await pinging.call(OBJECT_EXPORTER, "SimplePing", SimplePing(set_id))).status == 0
            pinging.hang_up()
            await asyncio.sleep(120)
        again = fixture.peer()
        await again.log_in(CONF)
        assert len(ids(await next_of(again, enumerator, 5))) == 5
        again.hang_up()
        await asyncio.sleep(800)
        assert fixture.server.exporter.find(enumerator) is None
        late = fixture.peer()
        await late.bind(dcom.IID_IObjectExporter, level=0)
        assert (await late.call(OBJECT_EXPORTER, "SimplePing", SimplePing(set_id))).status == INVALID_SET

    talking(test, virtual=True)


# 19: refusals are told by faults


def test_a_wrong_password_is_told_by_a_fault_of_the_first_call() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator, last=b"wrong")
        with pytest.raises(FaultReceived) as caught:
            await peer.activate()
        assert caught.value.status == ACCESS_DENIED
        ((user, address, error),) = fixture.logins
        assert (user, address) == (ALICE, "192.0.2.7")
        assert error is not None
        assert not peer.is_lost

    serving(test)


@pytest.mark.parametrize("level", [0, 2])
def test_activation_and_objects_are_refused_below_integrity(level: int) -> None:
    async def test(fixture: Fixture, other: Peer, services: Guid) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator, level=level)
        peer._auth_context = None  # calls at these levels carry no verifier
        with pytest.raises(FaultReceived, match="00000005"):
            await peer.activate()
        with pytest.raises(FaultReceived, match="00000005"):
            await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)
        with pytest.raises(FaultReceived, match="00000005"):
            peer.rem_unknown = other.rem_unknown
            await peer.query_interface(services, wbem.IID_IWbemServices)
        refusals = [str(error) for _, address, error in fixture.logins if error is not None]
        assert len(refusals) == 3
        assert all(f"a call at level {max(level, 1)}; 5 is the least" in text for text in refusals)

    talking(test)


@pytest.mark.parametrize("level", [3, 4, 5])
def test_calls_of_every_level_that_signs_are_taken(level: int) -> None:
    """Call and packet sign as integrity does; programs on Windows that set them for a proxy are many."""

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF, level=level)
        assert (await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)).hresult == S_OK
        answered = decode_pdu(peer.transport.writes[-1])
        assert isinstance(answered, Response)
        assert answered.auth is not None
        assert answered.auth.auth_level == level

    serving(test)


@pytest.mark.parametrize("level", [3, 4, 5])
def test_signed_calls_are_refused_where_privacy_is_required(level: int) -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(dcom.IID_IRemoteSCMActivator, level=level)
        with pytest.raises(FaultReceived, match="00000005"):
            await peer.activate()

    serving(test, require_privacy=True)


def test_an_unknown_mechanism_is_refused_by_bind_nak() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association.bind([ndr_context(0, wbem.IID_IWbemServices)], auth=AuthVerifier(68, 5, 1, b"x"))
        peer.send()
        await peer.closed()
        nak = peer.transport.writes[0]
        assert (nak[2], int.from_bytes(nak[16:18], "little")) == (13, 8)

    serving(test)


# 20, and writes


def test_each_answer_is_one_write() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association = ClientAssociation(AssociationLimits(max_fragment=1432))
        enumerator = await enumeration(peer, await peer.log_in(CONF))
        for count in (1, 4):
            before = len(peer.transport.writes)
            await next_of(peer, enumerator, count)
            assert len(peer.transport.writes) == before + 1
        assert len(peer.transport.writes[-1]) > 2 * 1432  # several fragments are one write too

    serving(test)


def test_answers_to_what_came_together_leave_together() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        method = LEVEL1_LOGIN["EstablishPosition"]
        stub = encode_call(OrpcThis(), EstablishPosition())
        before = len(peer.transport.writes)
        calls = [peer.association.call(method.opnum, stub, object=peer.login, auth_context_id=1) for _ in range(3)]
        peer.send()
        for call in calls:
            await peer.answer(call, LEVEL1_LOGIN, "EstablishPosition")
        assert len(peer.transport.writes) == before + 1

    talking(test)


def test_auth3_is_acknowledged_at_once_and_answers_do_not_wait() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        options = peer.transport.sock.options
        assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in options
        assert (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1) not in options
        await peer.bind(dcom.IID_IRemoteSCMActivator)
        peer.send()
        assert (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1) in options

    serving(test)


# what is wrong with a call


def test_a_call_that_makes_no_sense_is_answered_by_its_fault() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        method = SERVICES["GetObject"]
        good = encode_call(OrpcThis(), GetObject("CF_Part"))
        for opnum, stub, target, status in (
            (99, good, services, NCA_S_OP_RNG_ERROR),
            (method.opnum, good[:40], services, BAD_STUB_DATA),
            (method.opnum, good, SECRET, RPC_E_DISCONNECTED),
            (
                method.opnum,
                encode_call(OrpcThis(ComVersion(4, 7)), GetObject("CF_Part")),
                services,
                RPC_E_VERSION_MISMATCH,
            ),
        ):
            call = peer.association.call(opnum, stub, object=target, auth_context_id=1)
            peer.send()
            with pytest.raises(FaultReceived, match=f"{status:08X}"):
                await peer.answer(call, SERVICES, "GetObject")
        assert (await peer.call(SERVICES, "GetObject", GetObject("CF_Part"), services)).hresult == S_OK

    talking(test)
