"""aiowmi reads activation replies, references and smart enumerators of this package, whose requests it makes are read.

aiowmi shares no code with this package.  It takes properties of an activation reply by their position, ignores the size
of the header in front of them, and can read no extensions of an answer.
"""

from __future__ import annotations

import pytest
from aiowmi.ndr.get_smart_enum_response import GetSmartEnumResponse
from aiowmi.ndr.ntlm_login_response import NTLMLoginResponse
from aiowmi.ndr.query_response import QueryResponse
from aiowmi.ndr.rem_query_interface_response import RemQueryInterfaceResponse
from aiowmi.ndr.remote_create_instance import RemoteCreateInstance as AiowmiRequest
from aiowmi.ndr.remote_create_instance_response import RemoteCreateInstanceResponse

from wmix.protocol.dcom.activation_reply import ActivatedInterface, ActivationReply, RemoteReplyScmInfo
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, NCACN_NP, DualStringArray, SecurityBinding, StringBinding
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.dcom.orpc import decode_call, encode_answer
from wmix.protocol.dcom.rem_unknown import RemQiResult, RemQueryInterfaceReply
from wmix.protocol.dcom.scm_activator import ActivationAnswer, RemoteCreateInstance
from wmix.protocol.dcom.versions import COM_5_7
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem import identifiers as ids
from wmix.protocol.wbem.login import ServicesReply
from wmix.protocol.wbem.services import EnumeratorReply
from wmix.protocol.wbem.smart_enum import GetSmartEnumReply

IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
BINDINGS = DualStringArray(
    (StringBinding(NCACN_NP, "\\\\SRV1[\\PIPE\\atsvc]"), StringBinding(NCACN_IP_TCP, "192.0.2.1[49664]")),
    (SecurityBinding(10),),
)
REFERENCE = ObjRefStandard(ids.IID_IWbemServices, StdObjRef(0, 5, 1, 2, IPID), BINDINGS)


def same(ipid: object) -> bool:
    """Whether aiowmi has read the IPID, in whatever form it has it."""
    return str(ipid).lower() == str(IPID) or ipid == bytes(IPID)


def test_an_activation_reply_is_read() -> None:
    exporter = RemoteReplyScmInfo(1, BINDINGS, IPID, 5, COM_5_7)
    reply = ActivationReply((ActivatedInterface(ids.IID_IWbemLevel1Login, 0, REFERENCE.encode()),), exporter)
    read = RemoteCreateInstanceResponse("192.0.2.1", encode_answer(ActivationAnswer(reply.encode())))
    assert same(read.get_ipid())
    assert read.get_binding() == ("192.0.2.1", 49664)
    assert same(read.scm_reply_info_data.ipid_rem_unknown)
    assert read.scm_reply_info_data.authn_hint == 5


def test_its_activation_request_is_read() -> None:
    stub = AiowmiRequest(bytes(ids.CLSID_WbemLevel1Login), bytes(ids.IID_IWbemLevel1Login)).get_data()
    this, parameters = decode_call(RemoteCreateInstance, stub)
    assert this.version == COM_5_7
    assert parameters.properties is not None
    request = ActivationRequest.decode(parameters.properties)
    assert request == ActivationRequest(ids.CLSID_WbemLevel1Login, (ids.IID_IWbemLevel1Login,), request.version)


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        (NTLMLoginResponse, ServicesReply(REFERENCE)),
        (QueryResponse, EnumeratorReply(REFERENCE)),
        (GetSmartEnumResponse, GetSmartEnumReply(REFERENCE)),
        (RemQueryInterfaceResponse, RemQueryInterfaceReply((RemQiResult(0, REFERENCE.std),))),
    ],
)
def test_a_reference_in_a_reply_is_read(
    kind: type[QueryResponse], reply: ServicesReply | EnumeratorReply | GetSmartEnumReply | RemQueryInterfaceReply
) -> None:
    assert same(kind(encode_answer(reply)).get_ipid())
