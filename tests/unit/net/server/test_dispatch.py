"""From a call to the function that answers it: who may, at which level, and what a failure becomes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wmix.errors import NotFound, ProtocolError
from wmix.net.server.dispatch import Dispatcher
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.incoming import IncomingCall, LoginIdentity
from wmix.net.server.stubs import ACCESS_DENIED, RpcFault, Stub, answers
from wmix.protocol.dcom.identifiers import IID_IRemoteSCMActivator
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ServerAlive, StatusReply
from wmix.protocol.dcom.orpc import OrpcThis, decode_answer, encode_call
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR
from wmix.protocol.dcom.versions import ComVersion
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.rpc.presentation import SyntaxId
from wmix.protocol.rpc.verifier import AuthLevel, AuthType
from wmix.protocol.wbem.call_result import CALL_RESULT, GetCallStatusReply, WaitForResult
from wmix.protocol.wbem.identifiers import IID_IWbemCallResult
from wmix.status import (
    E_ACCESSDENIED,
    NCA_S_OP_RNG_ERROR,
    NCA_S_UNK_IF,
    RPC_E_DISCONNECTED,
    RPC_E_SERVERFAULT,
    RPC_E_VERSION_MISMATCH,
    RPC_X_BAD_STUB_DATA,
    WBEM_E_ACCESS_DENIED,
    WBEM_E_NOT_FOUND,
)

ALICE = "DOM\\alice"
#: A Win32 code travels without the 8007 of its HRESULT.
_BAD_STUB = RPC_X_BAD_STUB_DATA & 0xFFFF
STATUS = CALL_RESULT["GetCallStatus"]
STUB = encode_call(OrpcThis(), WaitForResult(7))


class Wire:
    """A connection."""

    peer = "192.0.2.7"
    bindings = None


class Thing(Stub):
    """Answers at once or later, by what the test has set."""

    def __init__(self) -> None:
        self.given: Any = GetCallStatusReply(0, 0)
        self.later = False
        self.asked: list[Any] = []

    @answers(CALL_RESULT, "GetCallStatus")
    def get_call_status(self, call: IncomingCall, asked: WaitForResult) -> Any:
        self.asked.append(asked)
        if self.later:
            return self._later()
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    async def _later(self) -> Any:
        await asyncio.sleep(0)
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


class Open(Stub):
    """What is called without an object."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    @answers(OBJECT_EXPORTER, "ServerAlive")
    def server_alive(self, call: IncomingCall, asked: ServerAlive) -> StatusReply:
        if self.error is not None:
            raise self.error
        return StatusReply(0)


class Scene:
    """A dispatcher, and one object of alice."""

    def __init__(self) -> None:
        self.exporter = ObjectExporter(lambda: 0.0)
        self.thing, self.open = Thing(), Open()
        self.std = self.exporter.export(self.thing, IID_IWbemCallResult, owner=ALICE)
        without = {OBJECT_EXPORTER.iid: self.open, REMOTE_SCM_ACTIVATOR.iid: self.open}
        self.dispatcher = Dispatcher(self.exporter, without, AuthLevel.INTEGRITY)

    def answer(
        self,
        stub: bytes = STUB,
        *,
        user: str | None = ALICE,
        level: int = AuthLevel.INTEGRITY,
        ipid: Guid | None = None,
        interface: Guid = IID_IWbemCallResult,
        opnum: int = STATUS.opnum,
    ) -> bytes:
        """The stub of the answer."""
        login = None if user is None else LoginIdentity(user, AuthType.NTLM, level)
        channel: Any = Wire()
        call = IncomingCall(channel, self.exporter, login, self.std.ipid if ipid is None else ipid)

        async def run() -> bytes:
            found = self.dispatcher.answer(call, interface, opnum, stub)
            return found if isinstance(found, bytes) else await found

        return asyncio.run(run())

    def status(self, **options: Any) -> int:
        """The HRESULT of the answer."""
        _, reply = decode_answer(GetCallStatusReply, self.answer(**options))
        hresult: int = reply.hresult
        return hresult

    def alive(self, **options: Any) -> bytes:
        """The answer of a call without an object."""
        opnum = OBJECT_EXPORTER["ServerAlive"].opnum
        return self.answer(b"", ipid=NULL_GUID, interface=OBJECT_EXPORTER.iid, opnum=opnum, **options)

    @property
    def calls(self) -> int:
        """Calls on the object that are under way."""
        found = self.exporter.find(self.std.ipid)
        assert found is not None
        return found.object.calls


@pytest.mark.parametrize("later", [False, True])
def test_a_call_reaches_its_function_with_its_parameters(later: bool) -> None:
    scene = Scene()
    scene.thing.later = later
    assert scene.status() == 0
    assert scene.thing.asked == [WaitForResult(7)]
    assert scene.calls == 0


@pytest.mark.parametrize(
    ("user", "level"), [(None, AuthLevel.PRIVACY), (ALICE, AuthLevel.NONE), (ALICE, AuthLevel.CONNECT)]
)
def test_objects_and_activation_are_called_by_who_has_logged_in_and_signs(user: str | None, level: int) -> None:
    scene = Scene()
    for place in ({}, {"ipid": NULL_GUID, "interface": IID_IRemoteSCMActivator}):
        with pytest.raises(RpcFault) as caught:
            scene.answer(user=user, level=level, **place)  # type: ignore[arg-type]  # one of both
        assert caught.value.status == ACCESS_DENIED
    assert scene.thing.asked == []
    # The resolver tells what it knows to everybody.
    assert scene.alive(user=user, level=level) == StatusReply(0).encode()


def test_every_level_that_signs_is_enough_and_encryption_can_be_the_least() -> None:
    scene = Scene()
    for level in (AuthLevel.CALL, AuthLevel.PACKET, AuthLevel.INTEGRITY, AuthLevel.PRIVACY):
        assert scene.status(level=level) == 0
    scene.dispatcher.minimum_level = AuthLevel.PRIVACY
    assert scene.status(level=AuthLevel.PRIVACY) == 0
    with pytest.raises(RpcFault):
        scene.answer(level=AuthLevel.INTEGRITY)


def test_an_object_is_called_by_its_owner_alone() -> None:
    scene = Scene()
    assert scene.status(user="dom\\ALICE") == 0
    assert scene.status(user="DOM\\bob") in (WBEM_E_ACCESS_DENIED, E_ACCESSDENIED)
    assert len(scene.thing.asked) == 1
    assert scene.calls == 0


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"ipid": Guid(b"\1" * 16)}, RPC_E_DISCONNECTED),
        ({"opnum": 77}, NCA_S_OP_RNG_ERROR),
        ({"ipid": NULL_GUID, "interface": Guid(b"\1" * 16)}, NCA_S_UNK_IF),
        ({"ipid": NULL_GUID, "interface": OBJECT_EXPORTER.iid, "opnum": 77}, NCA_S_OP_RNG_ERROR),
        ({"stub": STUB[:-1]}, _BAD_STUB),
        ({"stub": encode_call(OrpcThis(ComVersion(6, 0)), WaitForResult(7))}, RPC_E_VERSION_MISMATCH),
    ],
)
def test_what_cannot_be_called_is_a_fault(options: dict[str, Any], status: int) -> None:
    scene = Scene()
    with pytest.raises(RpcFault) as caught:
        scene.answer(**options)
    assert caught.value.status == status
    assert scene.thing.asked == []
    assert scene.calls == 0


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("error", "status"),
    [(RpcFault(4711), 4711), (ProtocolError("octets"), _BAD_STUB), (ValueError("ours"), RPC_E_SERVERFAULT)],
)
def test_a_method_that_fails_below_itself_is_a_fault_and_has_been_left(
    error: Exception, status: int, later: bool
) -> None:
    scene = Scene()
    scene.thing.given, scene.thing.later = error, later
    with pytest.raises(RpcFault) as caught:
        scene.answer()
    assert caught.value.status == status
    assert scene.calls == 0


@pytest.mark.parametrize("later", [False, True])
def test_a_method_that_fails_by_its_own_status_answers_with_it(later: bool) -> None:
    scene = Scene()
    scene.thing.given, scene.thing.later = NotFound("nothing"), later
    assert scene.status() == WBEM_E_NOT_FOUND
    assert scene.calls == 0


def test_a_call_without_an_object_has_no_status_of_ours_to_answer_with() -> None:
    scene = Scene()
    scene.open.error = NotFound("nothing")
    with pytest.raises(RpcFault) as caught:
        scene.alive()
    assert caught.value.status == RPC_E_SERVERFAULT


def test_interfaces_are_spoken_in_the_one_version_that_they_have() -> None:
    dispatcher = Scene().dispatcher
    for iid in (IID_IWbemCallResult, OBJECT_EXPORTER.iid, REMOTE_SCM_ACTIVATOR.iid):
        assert dispatcher.is_spoken(SyntaxId(iid, 0, 0))
        assert not dispatcher.is_spoken(SyntaxId(iid, 1, 0))
        assert not dispatcher.is_spoken(SyntaxId(iid, 0, 1))
    assert not dispatcher.is_spoken(SyntaxId(Guid(b"\1" * 16), 0, 0))
