"""Objects as they leave: from rows and from instances alike, and class parts once for each cache."""

from __future__ import annotations

from conformance.fixture_f import GEAR, INNER, PART, instance
from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import InstanceLayout, build_row
from wmix.port.batch import ObjectBatch, RowBatch
from wmix.protocol.wbem.packets import CLASS, INSTANCE, INSTANCE_WITHOUT_CLASS
from wmix.protocol.wmio import ObjectFlags, decode_object
from wmix.server.object_writer import KnownClasses, ObjectWriter

HERE = Origin("SRV1", "root\\conf")
LAYOUT = InstanceLayout(GEAR, ["Id", "Teeth"])


def rows(*ids: str) -> RowBatch:
    return RowBatch(LAYOUT, [build_row(LAYOUT, {"Id": name}) for name in ids], HERE)


def test_rows_are_written_as_their_instances_would_be() -> None:
    writer = ObjectWriter()
    batch = rows("a", "b")
    assert writer.units([batch]) == [writer.unit(item) for item in batch.objects()]
    assert writer.units([ObjectBatch(batch.objects())]) == writer.units([batch])


def test_defaults_are_values_and_the_origin_is_told() -> None:
    (unit,) = ObjectWriter().units([rows("a")])
    found = decode_object(unit)
    assert isinstance(found, CimInstance)
    assert found.raw_values_() == ("a", 8)  # what nobody set is written out: clients misread the other form
    assert found.origin_ == HERE
    assert list(found) == ["Id", "Teeth"]


def test_objects_without_an_origin_are_not_decorated() -> None:
    writer = ObjectWriter()
    for item in (instance(INNER, P="x"), INNER):
        assert not writer.unit(item)[8] & ObjectFlags.DECORATED
    for server, namespace in (("SRV1", None), (None, "root\\conf")):
        partly = PART.clone_()
        partly.server, partly.namespace = server, namespace
        found = decode_object(writer.unit(partly))
        assert isinstance(found, CimClass)
        assert (found.server, found.namespace) == (server or "", namespace or "")
    located = PART.located("SRV1", "root\\conf")
    assert writer.unit(located)[8] == ObjectFlags.CLASS | ObjectFlags.DECORATED
    assert writer.unit(located, ObjectFlags.PROTOTYPE)[8] & ObjectFlags.PROTOTYPE


def test_a_class_part_travels_once_for_each_cache() -> None:
    writer, known = ObjectWriter(), KnownClasses()
    first = writer.packet([rows("a", "b")], known)
    later = writer.packet([rows("c")], known)
    assert [kind for kind, _, _ in first + later] == [INSTANCE, INSTANCE_WITHOUT_CLASS, INSTANCE_WITHOUT_CLASS]
    assert len({identifier for _, identifier, _ in first + later}) == 1
    assert [kind for kind, _, _ in writer.packet([rows("a")], KnownClasses())] == [INSTANCE]


def test_instances_travel_in_packets_as_their_rows_would() -> None:
    batches = [rows("a", "b"), rows("c")]
    made = [ObjectBatch(batch.objects()) for batch in batches]
    # Each cache has identifiers of its own.
    sent = [ObjectWriter().packet(given, KnownClasses()) for given in (made, batches)]
    one, other = [[(kind, octets) for kind, _, octets in objects] for objects in sent]
    assert one == other
    assert [kind for kind, _ in one] == [INSTANCE, INSTANCE_WITHOUT_CLASS, INSTANCE_WITHOUT_CLASS]


def test_projections_of_one_class_are_told_apart() -> None:
    other = InstanceLayout(GEAR, ["Id"])
    batch = RowBatch(other, [build_row(other, {"Id": "x"})], HERE)
    objects = ObjectWriter().packet([rows("a"), batch, rows("b")], KnownClasses())
    assert [kind for kind, _, _ in objects] == [INSTANCE, INSTANCE, INSTANCE_WITHOUT_CLASS]
    assert objects[0][1] == objects[2][1] != objects[1][1]


def test_classes_have_no_identifier() -> None:
    ((kind, identifier, _),) = ObjectWriter().packet([ObjectBatch([PART])], KnownClasses())
    assert (kind, identifier) == (CLASS, b"")


def test_a_full_cache_sends_whole_instances() -> None:
    known = KnownClasses()
    for number in range(KnownClasses.MOST):
        known.identify(number.to_bytes(2, "little"))
    assert [known.identify(b"one more")[1] for _ in range(2)] == [False, False]
    assert known.identify(b"\0\0")[1]
