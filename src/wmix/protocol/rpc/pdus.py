"""The PDUs of a connection as records, and their octets. [C706] 12.6.4, [MS-RPCE] 2.2.2.

``decode_pdu`` takes one whole fragment (:mod:`.framing` finds them), ``encode_pdu`` makes one.  Nothing is signed or
sealed here: the stub of a protected PDU is what stands on the wire (:mod:`.protection`).
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.octets import Reader, Writer
from wmix.protocol.rpc.pdu_types import (
    DEFAULT_MAX_FRAGMENT,
    HEADER,
    HEADER_SIZE,
    LITTLE_ENDIAN,
    RPC_VERSION,
    WHOLE,
    PduFlags,
    PduType,
)
from wmix.protocol.rpc.presentation import read_contexts, read_results, write_contexts, write_results
from wmix.protocol.rpc.verifier import AuthVerifier, read_verifier
from wmix.record import Record

if TYPE_CHECKING:
    from typing import Self

    from wmix.protocol.rpc.presentation import ContextResult, PresentationContext

__all__ = [
    "AlterContext",
    "AlterContextResp",
    "Auth3",
    "Bind",
    "BindAck",
    "BindNak",
    "CoCancel",
    "Fault",
    "Orphaned",
    "Pdu",
    "Request",
    "Response",
    "Shutdown",
    "decode_pdu",
    "encode_pdu",
]

_BIND: Final = Struct("<HHI")
_LENGTH: Final = Struct("<H")
_NAK: Final = Struct("<HB")
_PAIR: Final = Struct("<BB")
_REQUEST: Final = Struct("<IHH")
_RESPONSE: Final = Struct("<IHBB")
_FAULT: Final = Struct("<IHBBII")
_OBJECT_UUID: Final = int(PduFlags.OBJECT_UUID)
_OBJECT: Final = Struct("<16s")
_MOST_OCTETS: Final = 0xFFFF


class Pdu(Record):
    """Base of all PDUs: what the header says, without lengths, and the verifier, if there is one."""

    call_id: int = 0
    flags: int = WHOLE
    auth: AuthVerifier | None = None

    ptype = PduType.SHUTDOWN
    #: The verifier is aligned to this many octets when the padding is the encoder's choice: behind a stub counted from
    #: the stub's beginning (what Windows sends), else from that of the PDU.
    verifier_alignment = 4

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        """The PDU whose body *reader* stands at."""
        del reader
        return cls(call_id, flags, auth)

    def write_body(self, writer: Writer) -> None:  # header and verifier are all that some PDUs have
        """Write what stands between header and verifier."""


class Bind(Pdu):
    """Opens the association: the client's limits, contexts, and the first message of a login."""

    max_xmit_frag: int = DEFAULT_MAX_FRAGMENT
    max_recv_frag: int = DEFAULT_MAX_FRAGMENT
    group_id: int = 0
    contexts: tuple[PresentationContext, ...] = ()

    ptype = PduType.BIND

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        xmit, recv, group_id = reader.unpack(_BIND)
        return cls(call_id, flags, auth, xmit, recv, group_id, read_contexts(reader))

    def write_body(self, writer: Writer) -> None:
        writer.data += _BIND.pack(self.max_xmit_frag, self.max_recv_frag, self.group_id)
        write_contexts(writer, self.contexts)


class AlterContext(Bind):
    """Adds presentation contexts, or a login, to an association; the limits in it are ignored."""

    ptype = PduType.ALTER_CONTEXT


class BindAck(Pdu):
    """The answer to a bind: the server's limits, the association group, and one result for each context.

    ``secondary_address`` is the port as text.
    """

    max_xmit_frag: int = DEFAULT_MAX_FRAGMENT
    max_recv_frag: int = DEFAULT_MAX_FRAGMENT
    group_id: int = 0
    secondary_address: str = ""
    results: tuple[ContextResult, ...] = ()

    ptype = PduType.BIND_ACK

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        xmit, recv, group_id = reader.unpack(_BIND)
        address = reader.take(reader.unpack(_LENGTH)[0])
        reader.align(4)
        text = address.removesuffix(b"\0").decode("latin-1")
        return cls(call_id, flags, auth, xmit, recv, group_id, text, read_results(reader))

    def write_body(self, writer: Writer) -> None:
        writer.data += _BIND.pack(self.max_xmit_frag, self.max_recv_frag, self.group_id)
        address = self.secondary_address.encode("latin-1")
        if address:
            address += b"\0"
        writer.data += _LENGTH.pack(len(address)) + address
        writer.align(4)
        write_results(writer, self.results)


class AlterContextResp(BindAck):
    """The answer to an alter_context."""

    ptype = PduType.ALTER_CONTEXT_RESP


class BindNak(Pdu):
    """The association is refused; ``versions`` are the protocol versions that the server knows."""

    reason: int = 0
    versions: tuple[tuple[int, int], ...] = ((RPC_VERSION, 0),)

    ptype = PduType.BIND_NAK

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        reason, count = reader.unpack(_NAK)
        versions = []
        for _ in range(count):
            major, minor = reader.unpack(_PAIR)
            versions.append((major, minor))
        return cls(call_id, flags, auth, reason, tuple(versions))

    def write_body(self, writer: Writer) -> None:
        writer.data += _NAK.pack(self.reason, len(self.versions))
        for version in self.versions:
            writer.data += _PAIR.pack(*version)
        writer.align(4)


class Auth3(Pdu):
    """The last message of a login with three; nothing answers it. [MS-RPCE] 2.2.2.10."""

    pad: bytes = b"\0\0\0\0"

    ptype = PduType.AUTH3

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        return cls(call_id, flags, auth, reader.rest())

    def write_body(self, writer: Writer) -> None:
        writer.data += self.pad


class Request(Pdu):
    """One fragment of a call. ``object`` is the IPID in DCOM; ``alloc_hint`` is no size but a hint."""

    alloc_hint: int = 0
    context_id: int = 0
    opnum: int = 0
    object: Guid | None = None
    stub: bytes = b""

    ptype = PduType.REQUEST
    verifier_alignment = 16

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        hint, context_id, opnum = reader.unpack(_REQUEST)
        target = Guid(reader.unpack(_OBJECT)[0]) if flags & _OBJECT_UUID else None
        return cls(call_id, flags, auth, hint, context_id, opnum, target, reader.rest())

    def write_body(self, writer: Writer) -> None:
        if (self.object is not None) != bool(self.flags & _OBJECT_UUID):
            raise ValueError("the flag OBJECT_UUID says whether there is an object")
        writer.data += _REQUEST.pack(self.alloc_hint, self.context_id, self.opnum) + (self.object or b"") + self.stub


class Response(Pdu):
    """One fragment of a reply."""

    alloc_hint: int = 0
    context_id: int = 0
    cancel_count: int = 0
    reserved: int = 0
    stub: bytes = b""

    ptype = PduType.RESPONSE
    verifier_alignment = 16

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        hint, context_id, cancels, reserved = reader.unpack(_RESPONSE)
        return cls(call_id, flags, auth, hint, context_id, cancels, reserved, reader.rest())

    def write_body(self, writer: Writer) -> None:
        writer.data += _RESPONSE.pack(self.alloc_hint, self.context_id, self.cancel_count, self.reserved) + self.stub


class Fault(Pdu):
    """The call failed below its method; ``status`` is a fault code, a Win32 code or an HRESULT."""

    alloc_hint: int = 0
    context_id: int = 0
    cancel_count: int = 0
    reserved: int = 0
    status: int = 0
    reserved2: int = 0
    stub: bytes = b""

    ptype = PduType.FAULT
    verifier_alignment = 16

    @classmethod
    def read_body(cls, reader: Reader, call_id: int, flags: int, auth: AuthVerifier | None) -> Self:
        hint, context_id, cancels, reserved, status, reserved2 = reader.unpack(_FAULT)
        return cls(call_id, flags, auth, hint, context_id, cancels, reserved, status, reserved2, reader.rest())

    def write_body(self, writer: Writer) -> None:
        fields = (self.alloc_hint, self.context_id, self.cancel_count, self.reserved, self.status, self.reserved2)
        writer.data += _FAULT.pack(*fields) + self.stub


class Shutdown(Pdu):
    """The server asks the client to open another connection for further calls."""

    ptype = PduType.SHUTDOWN


class CoCancel(Pdu):
    """The client asks that a call end early."""

    ptype = PduType.CO_CANCEL


class Orphaned(Pdu):
    """The client will not read the reply of a call."""

    ptype = PduType.ORPHANED


_BY_TYPE: Final[dict[int, type[Pdu]]] = {
    int(kind.ptype): kind
    for kind in (
        *(Request, Response, Fault, Bind, BindAck, BindNak, AlterContext, AlterContextResp),
        *(Auth3, Shutdown, CoCancel, Orphaned),
    )
}


def decode_pdu(data: bytes) -> Pdu:
    """The PDU that *data* is, from its header to the end of its verifier.

    Raises:
        MalformedData: it is none, or not one of a version and data representation that is spoken here.
    """
    reader = Reader(data)
    reader.place = ("header", "")
    major, minor, ptype, flags, representation, length, auth_length, call_id = reader.unpack(HEADER)
    kind = _BY_TYPE.get(ptype)
    if major != RPC_VERSION or minor > 1:
        raise reader.malformed(f"version {major}.{minor} is not spoken")
    if kind is None:
        raise reader.malformed(f"there is no PDU of type {ptype}")
    if representation[:2] != LITTLE_ENDIAN[:2]:
        raise reader.malformed(f"data representation {representation.hex()} is not spoken")
    if length != len(data):
        raise reader.malformed(f"the length is {length}, but there are {len(data)} octets")
    auth = None
    if auth_length:
        auth, end = read_verifier(reader, auth_length, HEADER_SIZE)
        reader = Reader(data[:end])
        reader.position = HEADER_SIZE
    reader.place = (kind.__name__, "")
    return kind.read_body(reader, call_id, flags, auth)


def encode_pdu(pdu: Pdu) -> bytes:
    """The octets of *pdu*.

    Raises:
        ValueError: a field does not fit; the PDU would have more than 65,535 octets.
    """
    writer = Writer()
    writer.data += bytes(HEADER_SIZE)
    pdu.write_body(writer)
    data = writer.data
    auth_length = 0
    if pdu.auth is not None:
        padding = pdu.auth.padding
        if padding is None:
            padding = bytes(-len(getattr(pdu, "stub", data)) % pdu.verifier_alignment)
        data += padding + pdu.auth.trailer(len(padding)) + pdu.auth.token
        auth_length = len(pdu.auth.token)
    if len(data) > _MOST_OCTETS:
        raise ValueError(f"a PDU of {len(data)} octets: at most {_MOST_OCTETS} are possible")
    HEADER.pack_into(data, 0, RPC_VERSION, 0, pdu.ptype, pdu.flags, LITTLE_ENDIAN, len(data), auth_length, pdu.call_id)
    return bytes(data)
