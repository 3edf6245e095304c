"""The table of exported objects: references, and when objects go. [MS-DCOM] 3.1.1, 3.1.2.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import QuotaExceeded
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.limits import ServerLimits
from wmix.net.server.ping_sets import PingSets
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.identifiers import IID_IUnknown
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.wbem.call_result import CALL_RESULT
from wmix.protocol.wbem.identifiers import IID_IWbemCallResult, IID_IWbemServices
from wmix.status import OR_INVALID_SET, RPC_S_SERVER_TOO_BUSY

if TYPE_CHECKING:
    from wmix.net.server.string_bindings import Bindings
    from wmix.protocol.dcom.objref import StdObjRef

ALICE, BOB = "DOM\\alice", "DOM\\bob"


class Thing(Stub):
    """Something that notices its end."""

    def __init__(self) -> None:
        self.is_released = False

    @answers(CALL_RESULT, "GetCallStatus")
    def get_call_status(self, call: object, asked: object) -> None:
        """Nothing."""

    def released(self) -> None:
        assert not self.is_released
        self.is_released = True


class Wire:
    """A connection."""

    peer = "192.0.2.7"

    @property
    def bindings(self) -> Bindings:
        raise AssertionError


class Table:
    """An exporter whose clock stands where the test sets it."""

    def __init__(self, limits: ServerLimits | None = None) -> None:
        self.now = 0.0
        self.exporter = ObjectExporter(lambda: self.now, limits)
        self.pings = PingSets(self.exporter, lambda: self.now)

    def export(self, thing: Thing | None = None, owner: str = ALICE, channel: Wire | None = None) -> StdObjRef:
        return self.exporter.export(thing or Thing(), IID_IWbemCallResult, owner=owner, channel=channel)

    def is_there(self, std: StdObjRef) -> bool:
        self.exporter.sweep()
        self.pings.sweep()
        return self.exporter.find(std.ipid) is not None


def test_a_reference_names_the_exporter_and_comes_with_five() -> None:
    table = Table()
    std = table.export()
    assert (std.oxid, std.public_refs) == (table.exporter.oxid, 5)
    assert std.ipid != NULL_GUID
    assert len(table.exporter) == 1


def test_an_object_goes_with_its_last_reference() -> None:
    table, thing = Table(), Thing()
    std = table.export(thing)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    table.exporter.release(interface, 4)
    assert not thing.is_released
    table.exporter.release(interface, 1)
    assert thing.is_released
    assert table.exporter.find(std.ipid) is None
    assert len(table.exporter) == 0


def test_an_object_stays_while_one_of_its_interfaces_is_held() -> None:
    table, thing = Table(), Thing()
    std = table.export(thing)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    unknown = table.exporter.query_interface(interface.object, IID_IUnknown, 1)
    assert unknown is not None
    assert (unknown.oid, unknown.ipid != std.ipid) == (std.oid, True)
    table.exporter.release(interface, 5)
    assert not thing.is_released
    other = table.exporter.find(unknown.ipid)
    assert other is not None
    table.exporter.release(other, 1)
    assert thing.is_released


def test_the_same_interface_again_is_the_same_with_more_references() -> None:
    table, thing = Table(), Thing()
    std = table.export(thing)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    again = table.exporter.query_interface(interface.object, IID_IWbemCallResult, 2)
    assert again is not None
    assert again.ipid == std.ipid
    table.exporter.release(interface, 6)
    assert not thing.is_released
    assert table.exporter.query_interface(interface.object, IID_IWbemServices, 1) is None


def test_an_object_that_nobody_uses_goes_after_its_life() -> None:
    table, thing = Table(), Thing()
    std = table.export(thing, channel=Wire())
    table.now = 359.0
    assert table.is_there(std)
    table.now = 360.0
    assert not table.is_there(std)
    assert thing.is_released


def test_a_call_keeps_an_object_while_it_lasts_and_for_a_life_after_it() -> None:
    table, wire = Table(), Wire()
    std = table.export(channel=wire)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    table.exporter.entered(interface.object, wire)
    table.now = 5000.0
    assert table.is_there(std)
    table.exporter.left(interface.object)
    table.now = 5359.0
    assert table.is_there(std)
    table.now = 5360.0
    assert not table.is_there(std)


def test_an_object_whose_connection_has_gone_goes_soon() -> None:
    table, wire = Table(), Wire()
    std, other = table.export(channel=wire), table.export(channel=Wire())
    table.now = 10.0
    table.exporter.channel_lost(wire)
    table.now = 99.0
    assert table.is_there(std)
    table.now = 100.0
    assert not table.is_there(std)
    assert table.is_there(other)


def test_a_call_over_another_connection_saves_it() -> None:
    table, wire = Table(), Wire()
    std = table.export(channel=wire)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    table.exporter.channel_lost(wire)
    table.now = 80.0
    table.exporter.entered(interface.object, Wire())
    table.exporter.left(interface.object)
    table.now = 439.0
    assert table.is_there(std)


def test_a_connection_that_was_used_before_takes_nothing_with_it() -> None:
    table, first, second = Table(), Wire(), Wire()
    std = table.export(channel=first)
    interface = table.exporter.find(std.ipid)
    assert interface is not None
    table.exporter.entered(interface.object, second)
    table.exporter.left(interface.object)
    table.exporter.channel_lost(first)
    table.now = 200.0
    assert table.is_there(std)
    table.exporter.channel_lost(second)
    table.now = 290.0
    assert not table.is_there(std)


def test_a_connection_that_goes_looks_at_its_own_objects_and_no_others() -> None:
    class Unscanned(dict[Any, Any]):
        def values(self) -> Any:
            raise AssertionError("all objects of the server were looked at")

    table, wire = Table(), Wire()
    std, released = table.export(channel=wire), table.export(channel=wire)
    interface = table.exporter.find(released.ipid)
    assert interface is not None
    table.exporter.release(interface, 5)
    objects, table.exporter._objects = table.exporter._objects, Unscanned(table.exporter._objects)
    table.exporter.channel_lost(wire)
    table.exporter._objects = objects
    assert objects[std.oid].orphaned == table.now
    assert not table.exporter._used_over


def test_pings_keep_objects_without_a_connection() -> None:
    table, wire = Table(), Wire()
    std = table.export(channel=wire)
    set_id, status = table.pings.complex(0, 1, [std.oid], [])
    assert status == 0
    table.exporter.channel_lost(wire)
    for now in range(120, 2000, 120):
        table.now = float(now)
        assert table.pings.simple(set_id) == 0
        assert table.is_there(std)
    table.now += 360
    assert not table.is_there(std)
    assert table.pings.simple(set_id) == OR_INVALID_SET & 0xFFFF


def test_what_is_taken_out_of_a_set_is_not_kept() -> None:
    table = Table()
    kept, dropped = table.export(), table.export()
    set_id, _ = table.pings.complex(0, 1, [kept.oid, dropped.oid, 12345], [])
    assert table.pings.complex(set_id, 2, [], [dropped.oid]) == (set_id, 0)
    table.now = 300.0
    table.pings.simple(set_id)
    table.now = 400.0
    assert table.is_there(kept)
    assert not table.is_there(dropped)


def test_an_older_message_takes_nothing_out() -> None:
    table = Table()
    std = table.export()
    set_id, _ = table.pings.complex(0, 7, [std.oid], [])
    assert table.pings.complex(set_id, 6, [], [std.oid]) == (set_id, 0)
    table.now = 300.0
    table.pings.simple(set_id)
    table.now = 400.0
    assert table.is_there(std)


def test_sets_are_bounded_and_unknown_ones_refused() -> None:
    table = Table(ServerLimits(ping_sets=1))
    oid = table.export().oid
    assert table.pings.complex(9, 1, [oid], [])[1] == OR_INVALID_SET & 0xFFFF
    assert table.pings.complex(0, 1, [oid], [])[1] == 0
    assert table.pings.complex(0, 1, [oid], [])[1] == RPC_S_SERVER_TOO_BUSY & 0xFFFF


def test_a_set_has_so_many_objects_and_no_more_by_later_messages() -> None:
    table = Table(ServerLimits(pinged_objects=2))
    first, second, third = [table.export() for _ in range(3)]
    set_id, _ = table.pings.complex(0, 1, [first.oid], [])
    assert table.pings.complex(set_id, 2, [second.oid, third.oid], []) == (set_id, 0)
    assert table.pings.complex(set_id, 3, [third.oid], []) == (set_id, 0)
    table.now = 300.0
    table.pings.simple(set_id)
    table.now = 400.0
    assert [table.is_there(std) for std in (first, second, third)] == [True, True, False]


def test_sequence_numbers_go_on_from_the_last_one_and_begin_anew_after_the_highest() -> None:
    table = Table()
    kept, taken = table.export(), table.export()
    set_id, _ = table.pings.complex(0, 0xFFFF, [kept.oid, taken.oid], [])
    table.pings.complex(set_id, 1, [], [taken.oid])
    # Older than the last one, which counts, and newer than the first.
    table.pings.complex(set_id, 0, [], [kept.oid])
    table.now = 300.0
    table.pings.simple(set_id)
    table.now = 400.0
    assert [table.is_there(std) for std in (kept, taken)] == [True, False]


def test_whoever_has_no_object_makes_no_set() -> None:
    table = Table()
    set_id, status = table.pings.complex(0, 1, [4711], [])
    assert (status, len(table.pings)) == (0, 0)
    assert table.pings.simple(set_id) == OR_INVALID_SET & 0xFFFF


def test_one_user_cannot_take_everything() -> None:
    table = Table(ServerLimits(objects_of_user=2, objects=3))
    table.export(), table.export()
    refused = Thing()
    with pytest.raises(QuotaExceeded, match=r"alice holds 2 objects"):
        table.export(refused)
    assert refused.is_released
    table.export(owner=BOB)
    with pytest.raises(QuotaExceeded, match="3 in all"):
        table.export(owner="DOM\\carol")


def test_a_user_in_another_spelling_is_the_same_one() -> None:
    table = Table(ServerLimits(objects_of_user=2))
    table.export(), table.export(owner="dom\\ALICE")
    with pytest.raises(QuotaExceeded):
        table.export(owner="Dom\\Alice")
    table.exporter.close()
    table.export(owner="Dom\\Alice")


def test_users_find_what_they_were_given() -> None:
    table = Table()
    std = table.export()
    assert table.exporter.owned(std.ipid, "dom\\ALICE") is not None
    assert table.exporter.owned(std.ipid, BOB) is None


def test_closing_releases_everything() -> None:
    table, thing = Table(), Thing()
    table.export(thing)
    table.exporter.close()
    assert thing.is_released
