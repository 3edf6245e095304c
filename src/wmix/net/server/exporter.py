"""The object exporter: the table of objects that are referred to from elsewhere, and when they go. [MS-DCOM] 3.1.1.

Objects have an identifier (OID), each of their interfaces another one (IPID), all of them at random.  An object goes
when its last reference is released, or when its client is gone: it was neither called nor pinged for
``ServerLimits.object_life``, or, never having been pinged, was last used over a connection that has gone
``ServerLimits.orphan_life`` ago.  All of it runs on one event loop, whose clock is given.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.errors import QuotaExceeded
from wmix.net.server.limits import ServerLimits
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.ndr.guid import Guid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wmix.net.server.incoming import Channel
    from wmix.net.server.stubs import Operation, Stub
    from wmix.protocol.dcom.bindings import DualStringArray

__all__ = ["ExportedInterface", "ExportedObject", "ObjectExporter"]

#: References given with each interface, so that clients need not ask for more; as Windows does.
REFERENCES: Final = 5
_MOST_REFERENCES: Final = 0xFFFFFFFF


class ExportedInterface:
    """One interface of an object that is out."""

    __slots__ = ("iid", "ipid", "object", "operations", "references")

    def __init__(self, exported: ExportedObject, iid: Guid, operations: Mapping[int, Operation]) -> None:
        self.object = exported
        self.iid = iid
        self.ipid = Guid(os.urandom(16))
        self.operations = operations
        self.references = 0


class ExportedObject:
    """An object that is out, with what is known of its use."""

    __slots__ = (
        "account",
        "calls",
        "channel",
        "interfaces",
        "is_permanent",
        "last_used",
        "oid",
        "orphaned",
        "owner",
        "pinged",
        "stub",
    )

    def __init__(self, stub: Stub, owner: str, now: float, account: str = "") -> None:
        self.oid = int.from_bytes(os.urandom(8), "little")
        self.stub = stub
        self.owner = owner
        #: Under which name it is counted.
        self.account = account
        self.interfaces: dict[Guid, ExportedInterface] = {}
        #: The connection over which it was used last; None when that has gone.
        self.channel: Channel | None = None
        self.last_used = now
        #: When its connection went; None while it is there.
        self.orphaned: float | None = None
        #: When it was pinged last; None when nobody ever did.
        self.pinged: float | None = None
        #: Calls on it that are under way.
        self.calls = 0
        self.is_permanent = False

    def expires(self, limits: ServerLimits) -> float:
        """When it goes, if nothing happens to it until then."""
        last = self.last_used if self.pinged is None else max(self.last_used, self.pinged)
        if self.pinged is None and self.orphaned is not None:
            return min(last + limits.object_life, self.orphaned + limits.orphan_life)
        return last + limits.object_life


class ObjectExporter:
    """All objects of one server.

    Args:
        account_of: whose objects those of a user are counted as: clients write a name in more than one way.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        limits: ServerLimits | None = None,
        account_of: Callable[[str], str] = str.casefold,
    ) -> None:
        self.limits = limits or ServerLimits()
        self.oxid = int.from_bytes(os.urandom(8), "little")
        self.clock = clock
        self._objects: dict[int, ExportedObject] = {}
        self._interfaces: dict[Guid, ExportedInterface] = {}
        self.account_of = account_of
        #: How many objects there are of each account.
        self._held: dict[str, int] = {}
        #: What was last used over each connection that is there; a dict for its order.
        self._used_over: dict[Channel, dict[ExportedObject, None]] = {}

    def __len__(self) -> int:
        """How many objects clients hold."""
        return sum(self._held.values())

    # references out

    def export(self, stub: Stub, iid: Guid, *, owner: str, channel: Channel | None = None) -> StdObjRef:
        """Take *stub* into the table, and give references to its interface *iid*.

        Raises:
            QuotaExceeded: there are as many objects as there may be; *stub* is released.
        """
        account = self.account_of(owner)
        held = self._held.get(account, 0)
        if held >= self.limits.objects_of_user or len(self) >= self.limits.objects:
            stub.released()
            raise QuotaExceeded(
                f"{owner} holds {held} objects of this server, which has {len(self)} in all",
                hint="release enumerators, call results and namespaces that are no longer used",
            )
        exported = ExportedObject(stub, owner, self.clock(), account)
        self._objects[exported.oid] = exported
        self._is_used_over(exported, channel)
        self._held[account] = held + 1
        return self._given(self._interface(exported, iid), REFERENCES)

    def export_forever(self, stub: Stub, iid: Guid) -> Guid:
        """Take an object of the server itself into the table; every user may call it."""
        exported = ExportedObject(stub, "", self.clock())
        exported.is_permanent = True
        self._objects[exported.oid] = exported
        interface = self._interface(exported, iid)
        interface.references = 1
        return interface.ipid

    def reference(self, iid: Guid, std: StdObjRef, resolver: DualStringArray) -> ObjRefStandard:
        """The reference as it is passed to a client that reaches the resolver at *resolver*."""
        return ObjRefStandard(iid, std, resolver)

    def query_interface(self, exported: ExportedObject, iid: Guid, references: int) -> StdObjRef | None:
        """References to another interface of an object; None when it has none of that kind."""
        if not exported.stub.supports(iid):
            return None
        return self._given(self._interface(exported, iid), references)

    def _interface(self, exported: ExportedObject, iid: Guid) -> ExportedInterface:
        found = exported.interfaces.get(iid)
        if found is None:
            found = ExportedInterface(exported, iid, exported.stub.operations[iid])
            exported.interfaces[iid] = found
            self._interfaces[found.ipid] = found
        return found

    def _given(self, interface: ExportedInterface, references: int) -> StdObjRef:
        interface.references = min(interface.references + references, _MOST_REFERENCES)
        return StdObjRef(0, references, self.oxid, interface.object.oid, interface.ipid)

    # use

    def find(self, ipid: Guid) -> ExportedInterface | None:
        """The interface of an identifier; None when it is not, or no longer, there."""
        return self._interfaces.get(ipid)

    def owned(self, ipid: Guid, user: str) -> ExportedInterface | None:
        """The interface of an identifier, if it is one that *user* was given."""
        found = self._interfaces.get(ipid)
        if found is None or (not found.object.is_permanent and found.object.owner.casefold() != user.casefold()):
            return None
        return found

    def entered(self, exported: ExportedObject, channel: Channel) -> None:
        """A call on the object begins."""
        exported.calls += 1
        exported.last_used = self.clock()
        if exported.channel is not channel and not exported.is_permanent:
            self._is_used_over(exported, channel)
        exported.orphaned = None

    def _is_used_over(self, exported: ExportedObject, channel: Channel | None) -> None:
        """The object is used over *channel* and no longer over another; None for over no connection."""
        before = exported.channel
        if before is not None:
            used = self._used_over[before]
            del used[exported]
            if not used:
                del self._used_over[before]
        exported.channel = channel
        if channel is not None:
            self._used_over.setdefault(channel, {})[exported] = None

    def left(self, exported: ExportedObject) -> None:
        """A call on the object has been answered."""
        exported.calls -= 1
        exported.last_used = self.clock()

    def ping(self, oid: int) -> bool:
        """A client says that it still uses an object; whether there is such an object."""
        exported = self._objects.get(oid)
        if exported is None:
            return False
        exported.pinged = self.clock()
        return True

    # going

    def release(self, interface: ExportedInterface, references: int) -> None:
        """Take references back; the object goes with its last one."""
        exported = interface.object
        if exported.is_permanent:
            return
        interface.references -= references
        if interface.references <= 0:
            self._interfaces.pop(interface.ipid, None)
            exported.interfaces.pop(interface.iid, None)
            if not exported.interfaces:
                self._drop(exported)

    def revoke(self, ipid: Guid) -> None:
        """Drop the object of an interface at once, whoever still refers to it."""
        interface = self._interfaces.get(ipid)
        if interface is not None:
            self._drop(interface.object)

    def channel_lost(self, channel: Channel) -> None:
        """A connection has gone: what was last used over it is orphaned."""
        now = self.clock()
        for exported in self._used_over.pop(channel, ()):
            exported.channel = None
            exported.orphaned = now

    def sweep(self) -> int:
        """Drop what has expired; how many objects that were."""
        now = self.clock()
        expired = [
            exported
            for exported in self._objects.values()
            if not exported.calls and not exported.is_permanent and exported.expires(self.limits) <= now
        ]
        for exported in expired:
            self._drop(exported)
        return len(expired)

    def close(self) -> None:
        """Drop everything."""
        for exported in list(self._objects.values()):
            self._drop(exported)

    def _drop(self, exported: ExportedObject) -> None:
        if self._objects.pop(exported.oid, None) is None:
            return
        for interface in exported.interfaces.values():
            self._interfaces.pop(interface.ipid, None)
        exported.interfaces.clear()
        self._is_used_over(exported, None)
        if not exported.is_permanent:
            held = self._held[exported.account] - 1
            if held:
                self._held[exported.account] = held
            else:
                del self._held[exported.account]
        exported.stub.released()
