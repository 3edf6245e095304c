"""IRemUnknown and IRemUnknown2: further interfaces of an object, and counting references. [MS-DCOM] 3.1.1.5.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import QuotaExceeded
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.rem_unknown import (
    REM_UNKNOWN,
    REM_UNKNOWN2,
    RemAddRef,
    RemAddRefReply,
    RemQiResult,
    RemQueryInterface,
    RemQueryInterface2,
    RemQueryInterface2Reply,
    RemQueryInterfaceReply,
    RemRelease,
    RemReleaseReply,
)
from wmix.status import E_NOINTERFACE, RPC_E_INVALID_OBJECT, S_FALSE, S_OK

if TYPE_CHECKING:
    from wmix.net.server.exporter import ObjectExporter
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.dcom.objref import StdObjRef
    from wmix.protocol.ndr.guid import Guid

__all__ = ["RemUnknown"]

#: References that one query gives, however many were asked for.
_MOST_AT_ONCE: Final = 1000
#: Interfaces that one query may ask for; no object has a tenth of that, and each costs a lookup and 44 octets.
_MOST_INTERFACES: Final = 256


class RemUnknown(Stub):
    """The one object of an exporter that manages all others; users manage what they were given, and nothing else."""

    def __init__(self, exporter: ObjectExporter) -> None:
        self._exporter = exporter

    def check_caller(self, user: str, owner: str) -> None:
        """Every user may: which objects are theirs is seen object by object."""

    @answers(REM_UNKNOWN, "RemQueryInterface")
    @answers(REM_UNKNOWN2, "RemQueryInterface")
    def rem_query_interface(self, call: IncomingCall, asked: RemQueryInterface) -> RemQueryInterfaceReply:
        """References to further interfaces of an object."""
        found = self._query(call, asked.ipid, asked.iids, min(asked.refs, _MOST_AT_ONCE))
        if found is None:
            return RemQueryInterfaceReply(None, RPC_E_INVALID_OBJECT)
        results = [RemQiResult(E_NOINTERFACE) if std is None else RemQiResult(S_OK, std) for std in found]
        return RemQueryInterfaceReply(tuple(results), _overall(found))

    @answers(REM_UNKNOWN2, "RemQueryInterface2")
    def rem_query_interface2(self, call: IncomingCall, asked: RemQueryInterface2) -> RemQueryInterface2Reply:
        """The same, answered by whole references."""
        found = self._query(call, asked.ipid, asked.iids, 1)
        if found is None:
            nothing = len(asked.iids)
            return RemQueryInterface2Reply((RPC_E_INVALID_OBJECT,) * nothing, (None,) * nothing, RPC_E_INVALID_OBJECT)
        resolver = call.channel.bindings.resolver
        references = [
            None if std is None else self._exporter.reference(iid, std, resolver).encode()
            for iid, std in zip(asked.iids, found, strict=True)
        ]
        results = tuple([E_NOINTERFACE if std is None else S_OK for std in found])
        return RemQueryInterface2Reply(results, tuple(references), _overall(found))

    def _query(
        self, call: IncomingCall, ipid: Guid, iids: tuple[Guid, ...], references: int
    ) -> list[StdObjRef | None] | None:
        if len(iids) > _MOST_INTERFACES:
            raise QuotaExceeded(
                f"{len(iids)} interfaces are asked for at once; the limit is {_MOST_INTERFACES}",
                operation="RemQueryInterface",
            )
        interface = self._exporter.owned(ipid, call.user)
        if interface is None:
            return None
        return [self._exporter.query_interface(interface.object, iid, references) for iid in iids]

    @answers(REM_UNKNOWN, "RemAddRef")
    @answers(REM_UNKNOWN2, "RemAddRef")
    def rem_add_ref(self, call: IncomingCall, asked: RemAddRef) -> RemAddRefReply:
        """More references to interfaces that a client has already."""
        results = []
        for item in asked.references:
            interface = self._exporter.owned(item.ipid, call.user)
            if interface is None:
                results.append(RPC_E_INVALID_OBJECT)
            else:
                count = item.public_refs + item.private_refs
                self._exporter.query_interface(interface.object, interface.iid, count)
                results.append(S_OK)
        return RemAddRefReply(tuple(results), S_OK if not any(results) else RPC_E_INVALID_OBJECT)

    @answers(REM_UNKNOWN, "RemRelease")
    @answers(REM_UNKNOWN2, "RemRelease")
    def rem_release(self, call: IncomingCall, asked: RemRelease) -> RemReleaseReply:
        """References given back; those to what is gone are ignored."""
        for item in asked.references:
            interface = self._exporter.owned(item.ipid, call.user)
            if interface is not None:
                self._exporter.release(interface, item.public_refs + item.private_refs)
        return RemReleaseReply(S_OK)


def _overall(found: list[StdObjRef | None]) -> int:
    missing = found.count(None)
    if not missing:
        return S_OK
    return E_NOINTERFACE if missing == len(found) else S_FALSE
