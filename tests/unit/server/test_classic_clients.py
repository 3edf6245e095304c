"""What two older families of clients send: wmic, which descends from Samba 4, and j-Interop, the DCOM of Java.

Observed of wmic 1.3 and openvas-smb 22.5, whose method calls come from the library beside the command, and of
j-interop-ng 3.6.  The order of the calls is theirs; so are the flags, the counts of references and the mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fixture_f import JOB, instance
from unit.server.conversation import ALICE, Peer, ipid_of
from unit.server.served_fixture import Fixture, with_server
from unit.server.test_smart_enum import kinds, packet, read
from wmix.cim.instances import CimInstance
from wmix.protocol.dcom import identifiers as dcom
from wmix.protocol.dcom.legacy_activation import ACTIVATION, RemoteActivation
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ServerAlive
from wmix.protocol.dcom.objref import decode_objref
from wmix.protocol.dcom.orpc import OrpcThis, encode_call
from wmix.protocol.dcom.rem_unknown import (
    REM_UNKNOWN,
    REM_UNKNOWN2,
    RemAddRef,
    RemInterfaceRef,
    RemQueryInterface,
    RemQueryInterface2,
    RemRelease,
)
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.events import Bound, TokenReceived
from wmix.protocol.rpc.presentation import ndr_context
from wmix.protocol.rpc.security import NullSecurity
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.protocol.wbem import identifiers as wbem
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Reset
from wmix.protocol.wbem.login import LEVEL1_LOGIN, NtlmLogin
from wmix.protocol.wbem.packets import INSTANCE, INSTANCE_WITHOUT_CLASS
from wmix.protocol.wbem.services import SERVICES, ExecMethod, ExecQuery
from wmix.protocol.wbem.smart_enum import FETCH_SMART_ENUM, GetSmartEnum
from wmix.protocol.wmio import decode_object, encode_object
from wmix.status import E_NOINTERFACE, S_OK, WBEM_S_FALSE, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from conformance.fixture_f import SlowSource

#: WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_ENSURE_LOCATABLE
FLAGS = 0x110
#: TCP, named pipes and a third protocol, in this order.
TOWERS = (0x07, 0x0F, 0x0C)
IDISPATCH = Guid.parse("00020400-0000-0000-C000-000000000046")


async def activated(fixture: Fixture) -> tuple[Guid, Guid]:
    """The login object and the IRemUnknown of its exporter, as the client gets them."""
    asking = fixture.peer()
    await asking.bind(dcom.IID_IObjectExporter, level=0)
    assert (await asking.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0

    # Its login ends in an alter_context, which offers the same interface again as a further context, and calls that.
    peer = fixture.peer()
    peer.association.bind([ndr_context(0, dcom.IID_IActivation)], auth=AuthVerifier(10, 5, 7, ALICE.encode()))
    peer.send()
    await peer.event(TokenReceived)
    peer.association.alter_context([ndr_context(1, dcom.IID_IActivation)], auth=AuthVerifier(10, 5, 7, b"right"))
    peer.association.establish(7, NullSecurity(5))
    peer.send()
    await peer.event(Bound)
    method = ACTIVATION["RemoteActivation"]
    wanted = RemoteActivation(wbem.CLSID_WbemLevel1Login, iids=(wbem.IID_IWbemLevel1Login,), protocol_sequences=TOWERS)
    call = peer.association.call(method.opnum, encode_call(OrpcThis(), wanted), context_id=1, auth_context_id=7)
    peer.send()
    reply = await peer.answer(call, ACTIVATION, "RemoteActivation")
    assert (reply.hresult, reply.results) == (S_OK, (S_OK,))
    assert reply.bindings.tcp_bindings()
    peer.hang_up()
    return ipid_of(decode_objref(reply.interfaces[0])), reply.ipid_rem_unknown


async def added(peer: Peer, interface: Guid, number: int) -> None:
    """A further context, without a login of its own: the client has one for each proxy, also of the same interface."""
    peer.association.alter_context([ndr_context(number, interface)])
    peer.send()
    assert (await peer.event(Bound)).results[0].is_accepted


async def opened(fixture: Fixture, namespace: str) -> tuple[Peer, Guid]:
    """A connection to the objects, and the services of a namespace; the login object is given back at once."""
    login, unknown = await activated(fixture)
    peer = fixture.peer()
    await peer.bind(wbem.IID_IWbemLevel1Login)
    peer.rem_unknown = unknown
    reply = await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin(namespace), login)
    assert reply.hresult == S_OK
    await added(peer, dcom.IID_IRemUnknown, 1)
    for ipid in (login, Guid(b"\x20\xab" * 8)):  # it also gives back what is in memory that it has not set
        released = RemRelease((RemInterfaceRef(ipid, 5),))
        assert (await peer.call(REM_UNKNOWN, "RemRelease", released, unknown, context=1)).hresult == S_OK
    return peer, ipid_of(reply.services)


def conversing(namespace: str, text: str, slow: SlowSource | None = None) -> list[tuple[list[int], list[object]]]:
    """The portions that a query gives the client: kinds of objects, and the keys, which it did not ask for."""
    portions: list[tuple[list[int], list[object]]] = []

    async def run(fixture: Fixture) -> None:
        peer, services = await opened(fixture, namespace)
        await added(peer, wbem.IID_IWbemServices, 2)
        query = await peer.call(SERVICES, "ExecQuery", ExecQuery("WQL", text, FLAGS), services, context=2)
        assert query.hresult == S_OK
        enumerator = ipid_of(query.enumerator)
        await added(peer, wbem.IID_IEnumWbemClassObject, 3)
        assert (await peer.call(ENUM_CLASS_OBJECT, "Reset", Reset(), enumerator, context=3)).hresult == S_OK
        await added(peer, dcom.IID_IRemUnknown, 4)
        asked = RemQueryInterface(enumerator, 5, (wbem.IID_IWbemFetchSmartEnum,))
        (found,) = (await peer.call(REM_UNKNOWN, "RemQueryInterface", asked, peer.rem_unknown, context=4)).results
        assert (found.hresult, found.std.public_refs) == (S_OK, 5)
        smart = await peer.call(FETCH_SMART_ENUM, "GetSmartEnum", GetSmartEnum(), found.std.ipid)
        objects = []
        while True:
            status, portion = await packet(peer, ipid_of(smart.smart_enum), 5)
            assert status == (WBEM_S_NO_ERROR if len(portion) == 5 else WBEM_S_FALSE)
            objects += portion
            portions.append((kinds(portion), read(objects)[-len(portion) :] if portion else []))
            if len(portion) < 5:
                break
        peer.hang_up()  # it gives nothing back

    with_server(run, slow)
    return portions


def test_a_query_comes_in_portions_of_five_with_its_keys() -> None:
    first, last = conversing("root\\conf", "SELECT Num FROM CF_Part")
    assert first == ([INSTANCE, INSTANCE_WITHOUT_CLASS] * 2 + [INSTANCE], ["p1", "p2", "g1", "g2", "b1"])
    assert last == ([], [])


def test_an_empty_answer_is_an_empty_portion() -> None:
    assert conversing("root/conf", "SELECT Num FROM CF_Part WHERE Num = 1000") == [([], [])]


def test_a_method_is_called_with_an_object_whose_first_count_is_too_large() -> None:
    signature = JOB.methods["Create"].in_signature
    assert signature is not None
    unit = encode_object(instance(signature, Cmd="abc"), decoration=None)

    async def run(fixture: Fixture) -> None:
        peer, services = await opened(fixture, "root\\conf")
        stub = bytearray(encode_call(OrpcThis(), ExecMethod("CF_Job", "Create", 0, None, unit)))
        at = stub.index(b"MEOW") - 8
        count = int.from_bytes(stub[at : at + 4], "little")
        stub[at : at + 4] = (count + 4).to_bytes(4, "little")
        method = SERVICES["ExecMethod"]
        call = peer.association.call(method.opnum, bytes(stub), object=services, auth_context_id=1)
        peer.send()
        reply = await peer.answer(call, SERVICES, "ExecMethod")
        assert reply.hresult == WBEM_S_NO_ERROR
        result = decode_object(reply.result)
        assert isinstance(result, CimInstance)
        assert result.Id == 3

    with_server(run)


def test_a_java_client_begins_with_the_plain_object_and_asks_what_it_is() -> None:
    async def run(fixture: Fixture) -> None:
        asking = fixture.peer()
        await asking.bind(dcom.IID_IObjectExporter, level=6)
        await added(asking, dcom.IID_IActivation, 1)
        wanted = RemoteActivation(wbem.CLSID_WbemLevel1Login, iids=(dcom.IID_IUnknown,))
        reply = await asking.call(ACTIVATION, "RemoteActivation", wanted, context=1)
        assert (reply.hresult, reply.results) == (S_OK, (S_OK,))
        plain, unknown = ipid_of(decode_objref(reply.interfaces[0])), reply.ipid_rem_unknown

        # One connection for references, which keeps the context that it was bound with; another one for the calls.
        counting = fixture.peer()
        await counting.bind(dcom.IID_IRemUnknown2, level=6)
        more = RemAddRef((RemInterfaceRef(plain, 5),))
        assert (await counting.call(REM_UNKNOWN2, "RemAddRef", more, unknown)).results == (S_OK,)
        found: list[tuple[int, bytes | None]] = []
        for iid in (IDISPATCH, wbem.IID_IWbemLevel1Login):
            asked = RemQueryInterface2(plain, (iid,))
            answer = await counting.call(REM_UNKNOWN2, "RemQueryInterface2", asked, unknown)
            found += zip(answer.results, answer.interfaces, strict=True)
        (no_dispatch, nothing), (hresult, reference) = found
        assert (no_dispatch, nothing, hresult) == (E_NOINTERFACE, None, S_OK)
        assert reference is not None
        login = ipid_of(decode_objref(reference))
        assert login != plain

        peer = fixture.peer()
        await peer.bind(wbem.IID_IWbemLevel1Login, level=6)
        opened = await peer.call(LEVEL1_LOGIN, "NTLMLogin", NtlmLogin("root\\conf"), login)
        assert opened.hresult == S_OK
        everything = tuple(RemInterfaceRef(ipid, 10) for ipid in (plain, login, ipid_of(opened.services)))
        released = await counting.call(REM_UNKNOWN2, "RemRelease", RemRelease(everything), unknown)
        assert released.hresult == S_OK

    with_server(run)
