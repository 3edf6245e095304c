"""IRemUnknown: references to what a user was given, and to nothing else. [MS-DCOM] 3.1.1.5.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.incoming import IncomingCall, LoginIdentity
from wmix.net.server.rem_unknown import RemUnknown
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.identifiers import IID_IUnknown
from wmix.protocol.dcom.objref import ObjRefStandard, decode_objref
from wmix.protocol.dcom.rem_unknown import (
    RemAddRef,
    RemInterfaceRef,
    RemQueryInterface,
    RemQueryInterface2,
    RemRelease,
)
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.wbem.call_result import CALL_RESULT
from wmix.protocol.wbem.identifiers import IID_IWbemCallResult, IID_IWbemServices
from wmix.status import E_NOINTERFACE, RPC_E_INVALID_OBJECT, S_FALSE, S_OK

if TYPE_CHECKING:
    from wmix.protocol.ndr.guid import Guid

ALICE, BOB = "DOM\\alice", "DOM\\bob"
RESOLVER = DualStringArray((StringBinding(NCACN_IP_TCP, "192.0.2.1[135]"),))


class Thing(Stub):
    """An object of two interfaces."""

    @answers(CALL_RESULT, "GetCallStatus")
    def get_call_status(self, call: object, asked: object) -> None:
        """Nothing."""


class Bindings:
    """Where the resolver is."""

    resolver = RESOLVER


class Wire:
    """A connection."""

    peer = "192.0.2.7"
    bindings = Bindings()


class Scene:
    """One object of alice, and her calls."""

    def __init__(self) -> None:
        self.exporter = ObjectExporter(lambda: 0.0)
        self.unknown = RemUnknown(self.exporter)
        self.std = self.exporter.export(Thing(), IID_IWbemCallResult, owner=ALICE)

    def call(self, user: str = ALICE) -> IncomingCall:
        """A call of *user*."""
        channel: Any = Wire()
        return IncomingCall(channel, self.exporter, LoginIdentity(user, 10, 5), NULL_GUID)

    def references(self, ipid: Guid) -> int:
        """How many references clients have to an interface."""
        found = self.exporter.find(ipid)
        return 0 if found is None else found.references


@pytest.mark.parametrize(
    ("iids", "results", "status"),
    [
        ((IID_IUnknown,), [S_OK], S_OK),
        ((IID_IUnknown, IID_IWbemCallResult), [S_OK, S_OK], S_OK),
        ((IID_IUnknown, IID_IWbemServices), [S_OK, E_NOINTERFACE], S_FALSE),
        ((IID_IWbemServices,), [E_NOINTERFACE], E_NOINTERFACE),
    ],
)
def test_interfaces_are_given_with_references_of_their_own(
    iids: tuple[Guid, ...], results: list[int], status: int
) -> None:
    scene = Scene()
    reply = scene.unknown.rem_query_interface(scene.call(), RemQueryInterface(scene.std.ipid, 3, iids))
    assert reply.hresult == status
    assert reply.results is not None
    assert [result.hresult for result in reply.results] == results
    for iid, result in zip(iids, reply.results, strict=True):
        if not result.hresult:
            assert (result.std.oid, result.std.public_refs) == (scene.std.oid, 3)
            assert scene.references(result.std.ipid) == (8 if iid == IID_IWbemCallResult else 3)

    scene = Scene()
    whole = scene.unknown.rem_query_interface2(scene.call(), RemQueryInterface2(scene.std.ipid, iids))
    assert (list(whole.results), whole.hresult) == (results, status)
    for iid, octets in zip(iids, whole.interfaces, strict=True):
        if octets is None:
            assert iid == IID_IWbemServices
            continue
        found = decode_objref(octets)
        assert isinstance(found, ObjRefStandard)
        assert (found.iid, found.std.oid, found.std.public_refs) == (iid, scene.std.oid, 1)
        assert found.resolver == RESOLVER


def test_a_query_gives_a_thousand_references_at_most() -> None:
    scene = Scene()
    asked = RemQueryInterface(scene.std.ipid, 0xFFFFFFFF, (IID_IUnknown,))
    (result,) = scene.unknown.rem_query_interface(scene.call(), asked).results or ()
    assert result.std.public_refs == scene.references(result.std.ipid) == 1000


def test_what_another_user_was_given_is_not_there_for_anybody_else() -> None:
    scene = Scene()
    ipid, call = scene.std.ipid, scene.call(BOB)
    reply = scene.unknown.rem_query_interface(call, RemQueryInterface(ipid, 1, (IID_IUnknown,)))
    assert (reply.results, reply.hresult) == (None, RPC_E_INVALID_OBJECT)
    whole = scene.unknown.rem_query_interface2(call, RemQueryInterface2(ipid, (IID_IUnknown, IID_IUnknown)))
    assert (whole.results, whole.interfaces) == ((RPC_E_INVALID_OBJECT,) * 2, (None, None))
    assert whole.hresult == RPC_E_INVALID_OBJECT
    added = scene.unknown.rem_add_ref(call, RemAddRef((RemInterfaceRef(ipid, 5),)))
    assert (added.results, added.hresult) == ((RPC_E_INVALID_OBJECT,), RPC_E_INVALID_OBJECT)
    # What is not one's own is not released, without a word.
    assert scene.unknown.rem_release(call, RemRelease((RemInterfaceRef(ipid, 5),))).hresult == S_OK
    assert scene.references(ipid) == 5


def test_references_are_added_and_taken_back_whether_public_or_private() -> None:
    scene = Scene()
    ipid = scene.std.ipid
    gone = scene.exporter.export(Thing(), IID_IWbemCallResult, owner=BOB).ipid
    added = scene.unknown.rem_add_ref(scene.call(), RemAddRef((RemInterfaceRef(ipid, 2, 1),)))
    assert (added.results, added.hresult) == ((S_OK,), S_OK)
    assert scene.references(ipid) == 8
    both = scene.unknown.rem_add_ref(scene.call(), RemAddRef((RemInterfaceRef(ipid, 1), RemInterfaceRef(gone, 1))))
    assert (both.results, both.hresult) == ((S_OK, RPC_E_INVALID_OBJECT), RPC_E_INVALID_OBJECT)
    released = RemRelease((RemInterfaceRef(gone, 1), RemInterfaceRef(ipid, 5, 3)))
    assert scene.unknown.rem_release(scene.call(), released).hresult == S_OK
    assert (scene.references(ipid), scene.references(gone)) == (1, 5)
    scene.unknown.rem_release(scene.call(), RemRelease((RemInterfaceRef(ipid, 1),)))
    assert scene.exporter.find(ipid) is None


def test_every_user_may_call_it() -> None:
    RemUnknown(ObjectExporter(lambda: 0.0)).check_caller(ALICE, "")
