"""impacket's client against the server association: binds, contexts, fragments both ways, faults, the endpoint mapper.

impacket shares no code with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from impacket.dcerpc.v5 import epm
from impacket.dcerpc.v5.rpcrt import (
    CtxItem,
    DCERPCException,
    MSRPCBind,
    MSRPCBindAck,
    MSRPCHeader,
    MSRPCRequestHeader,
    MSRPCRespHeader,
)
from impacket.uuid import uuidtup_to_bin

from octet_vectors import vector
from peers.memory_transport import connected
from wmix import status
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.association import AssociationLimits
from wmix.protocol.rpc.endpoint_mapper import (
    ENDPOINT_MAPPER,
    EPT_MAP,
    EPT_S_NOT_REGISTERED,
    EptMapReply,
    EptMapRequest,
    TcpTower,
    TowerOctets,
)
from wmix.protocol.rpc.pdus import BindAck, Request, Response, decode_pdu, encode_pdu

if TYPE_CHECKING:
    from wmix.protocol.rpc.events import CallReceived

SERVICES = uuidtup_to_bin(("9556DC99-828C-11CF-A37E-00AA003240C7", "0.0"))
OTHER = uuidtup_to_bin(("027947E1-D731-11CE-A357-000000000001", "0.0"))
IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
SMALL = AssociationLimits(max_fragment=1432)


def echo(call: CallReceived) -> bytes:
    return bytes([call.opnum]) + call.stub


@pytest.mark.parametrize("size", [0, 1, 16, 1408, 1409, 5000, 100_000])
def test_calls_of_any_size_go_both_ways(size: int) -> None:
    client, transport = connected(echo, SMALL)
    client.bind(SERVICES)
    stub = bytes(index % 251 for index in range(size))
    client.call(20, stub, uuid=IPID)
    assert client.recv() == b"\x14" + stub
    (call,) = transport.calls
    assert (call.opnum, call.object, call.stub, call.auth_context_id) == (20, IPID, stub, None)


def test_interfaces_are_added_by_alter_context() -> None:
    client, transport = connected(echo)
    client.bind(SERVICES)
    other = client.alter_ctx(OTHER)
    other.call(4, b"stub")
    assert other.recv() == b"\x04stub"
    client.call(3, b"again")
    assert client.recv() == b"\x03again"
    assert [call.context_id for call in transport.calls] == [1, 0]


def test_a_context_that_is_not_supported_is_refused_for_itself() -> None:
    client, _ = connected(echo)
    with pytest.raises(DCERPCException, match="abstract_syntax_not_supported"):
        client.bind(uuidtup_to_bin(("00000000-0000-0000-0000-000000000000", "0.0")))


def test_bogus_bind_contexts_of_the_client_are_answered_one_by_one() -> None:
    client, _ = connected(echo)
    client.bind(SERVICES, bogus_binds=2)
    client.call(3, b"x")
    assert client.recv() == b"\x03x"


def test_a_fault_is_its_status() -> None:
    client, _ = connected(lambda call: 5)
    client.bind(SERVICES)
    client.call(3, b"")
    with pytest.raises(DCERPCException, match="rpc_s_access_denied"):
        client.recv()


def test_a_fault_may_be_an_hresult() -> None:
    client, _ = connected(lambda call: status.RPC_E_DISCONNECTED)
    client.bind(SERVICES)
    client.call(3, b"")
    with pytest.raises(DCERPCException, match="RPC_E_DISCONNECTED"):
        client.recv()


def test_the_endpoint_mapper_answers_where_an_interface_is() -> None:
    def answer(call: CallReceived) -> bytes:
        assert call.opnum == EPT_MAP
        request = EptMapRequest.decode(call.stub)
        assert request.tower is not None
        tower = TcpTower.decode(request.tower.octets)
        assert tower.interface.uuid == SERVICES[:16]
        found = tower.replace(port=49664, address=bytes([192, 0, 2, 1]))
        return EptMapReply(towers=(TowerOctets(found.encode()),)).encode()

    client, _ = connected(answer)
    assert epm.hept_map("192.0.2.1", SERVICES, protocol="ncacn_ip_tcp", dce=client) == ("ncacn_ip_tcp:192.0.2.1[49664]")
    assert epm.MSRPC_UUID_PORTMAP[:16] == ENDPOINT_MAPPER.uuid


def test_the_endpoint_mapper_may_know_nothing() -> None:
    client, _ = connected(lambda call: EptMapReply(status=EPT_S_NOT_REGISTERED).encode())
    with pytest.raises(DCERPCException, match="ept_s_not_registered"):
        epm.hept_map("192.0.2.1", SERVICES, protocol="ncacn_ip_tcp", dce=client)


# single PDUs


def test_impacket_reads_the_vectors() -> None:
    ack = MSRPCBindAck(vector("rpc", "bind_ack"))
    assert (ack["max_rfrag"], ack["assoc_group"], ack["SecondaryAddr"]) == (5840, 0x1234, "135")
    assert [(item["Result"], item["Reason"]) for item in ack.getCtxItems()] == [(0, 0), (3, 3)]
    assert ack["auth_data"] == b"NTLMSSP\0"
    request = MSRPCRequestHeader(vector("rpc", "request"))
    assert (request["op_num"], request["uuid"], request["alloc_hint"]) == (20, bytes(IPID), 6)
    response = MSRPCRespHeader(vector("rpc", "response"))
    assert (response["call_id"], response["alloc_hint"], response["pduData"]) == (3, 16, bytes(8))
    bind = MSRPCHeader(vector("rpc", "bind"))
    body = MSRPCBind(bind["pduData"])
    assert (body["max_tfrag"], body["ctx_num"]) == (5840, 2)
    item = CtxItem(body["ctx_items"])
    assert item["TransferSyntax"] == uuidtup_to_bin(("8a885d04-1ceb-11c9-9fe8-08002b104860", "2.0"))


def test_single_pdus_of_impacket_are_read() -> None:
    request = MSRPCRequestHeader()
    request["flags"] |= 0x80
    request["uuid"] = bytes(IPID)
    request["op_num"] = 7
    request["call_id"] = 9
    request["alloc_hint"] = 5
    request["pduData"] = b"12345"
    request["pad"] = b""
    assert decode_pdu(request.get_packet()) == Request(9, 0x83, None, 5, 0, 7, IPID, b"12345")
    response = MSRPCRespHeader()
    response["call_id"] = 9
    response["pduData"] = b"12345"
    response["pad"] = b""
    pdu = decode_pdu(response.get_packet())
    assert pdu == Response(9, stub=b"12345")
    assert encode_pdu(pdu) == response.get_packet()
    assert isinstance(decode_pdu(vector("rpc", "bind_ack")), BindAck)
