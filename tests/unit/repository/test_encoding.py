"""Rows come back as they went: every type, all three states, everything a string can hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from unit.repository.samples import definition, exact, exact_value
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import WmiError
from wmix.repository.definitions import decode_class, encode_class
from wmix.repository.encoding import MAX_NESTING, DecodeError, RowReaders, RowWriter, from_octets, to_octets

if TYPE_CHECKING:
    from wmix.repository.encoding import DefinitionStore


class Definitions:
    """A DefinitionStore in memory that decodes what it encoded."""

    def __init__(self) -> None:
        self.known: list[CimClass] = []
        self.octets: list[bytes] = []

    def number_of(self, cls: CimClass) -> int:
        for number, known in enumerate(self.known):
            if known is cls:
                return number
        octets = encode_class(cls, self)
        self.known.append(cls)
        self.octets.append(octets)
        return len(self.known) - 1

    def definition(self, number: int) -> CimClass:
        return decode_class(self.octets[number], self.known[number].parent, self)


def there_and_back(instance: CimInstance, store: DefinitionStore) -> CimInstance:
    """*instance* as it is read again."""
    number = store.number_of(instance.class_)
    octets = RowWriter(instance.layout_, store).octets(instance.raw_values_())
    return RowReaders(store, instance.layout_).instance(number, octets)


@given(st.data())
def test_an_instance_comes_back_exactly(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(lambda cls: instances_of(cls, projected=False)))
    assert exact(there_and_back(instance, Definitions())) == exact(instance)


@given(st.data())
def test_a_projection_reads_what_the_whole_has_there(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(lambda cls: instances_of(cls, projected=False)))
    names = data.draw(st.lists(st.sampled_from(instance.layout_.names), unique=True))
    layout = instance.class_.layout_for(names)
    store = Definitions()
    octets = RowWriter(instance.layout_, store).octets(instance.raw_values_())
    values = RowReaders(store, layout).values(store.number_of(instance.class_), octets)
    whole = instance.raw_values_()
    assert exact_value(values) == exact_value(tuple(whole[instance.layout_.exact[name]] for name in layout.names))


@given(cim_classes())
def test_a_class_comes_back_exactly(cls: CimClass) -> None:
    store = Definitions()
    assert definition(decode_class(encode_class(cls, store), cls.parent, store)) == definition(cls)


@pytest.mark.parametrize(
    ("cim_type", "value"),
    [
        (CimType.UINT64, 2**64 - 1),
        (CimType.SINT64, -(2**63)),
        (CimType.REAL64, -0.0),
        (CimType.REAL64, math.inf),
        (CimType.REAL64, -math.inf),
        (CimType.REAL64, 5e-324),
        (CimType.REAL32, 0.10000000149011612),
        (CimType.STRING, "\ud83d\ude00"),  # two surrogates, which are not the one character that they make together
        (CimType.STRING, "\U0001f600"),
        (CimType.STRING, '\x00\x1f"\\\u2028\uffff'),
        (CimType.CHAR16, "\udfff"),
        (CimType.DATETIME, CimDateTime("****0229******.******+***")),
        (CimType.BOOLEAN, False),
        (CimType.STRING, None),
        (CimType.STRING, UNSET),
    ],
)
def test_a_value_comes_back_exactly(cim_type: CimType, value: object) -> None:
    cls = derive(None, "Test_One", properties=[CimProperty("Value", cim_type, default=None)])
    found = there_and_back(CimInstance(cls.layout, (value,)), Definitions())
    assert exact_value(tuple(found.raw_values_())) == exact_value((value,))


def test_a_real_that_is_no_number_comes_back() -> None:
    cls = derive(None, "Test_One", properties=[CimProperty("Value", CimType.REAL64)])
    found = there_and_back(CimInstance(cls.layout, (math.nan,)), Definitions())
    assert math.isnan(found["Value"])


def test_embedded_objects_keep_their_shape_and_origin() -> None:
    cls = derive(None, "Test_Outer", properties=[CimProperty("Value", CimType.OBJECT)])
    inner = CimInstance(INNER.layout_for(["Text"]), ("x",), Origin("SRV", "root\\there"))
    found = there_and_back(CimInstance(cls.layout, (inner,)), Definitions())["Value"]
    assert exact(found) == exact(inner)
    assert (found.layout_.selected, found.origin_) == (True, inner.origin_)


def test_an_embedded_class_comes_back() -> None:
    cls = derive(None, "Test_Outer", properties=[CimProperty("Value", CimType.OBJECT, is_array=True)])
    located = INNER.located("SRV", "root\\there")
    (plain, placed) = there_and_back(CimInstance(cls.layout, ((INNER, located),)), Definitions())["Value"]
    assert (plain, plain.namespace) == (INNER, None)
    assert (placed, placed.server, placed.namespace) == (INNER, "SRV", "root\\there")


def test_objects_embedded_too_deep_are_refused() -> None:
    cls = derive(None, "Test_Outer", properties=[CimProperty("Value", CimType.OBJECT)])
    instance = CimInstance(cls.layout, (None,))
    for _ in range(MAX_NESTING):
        instance = CimInstance(cls.layout, (instance,))
    assert exact(there_and_back(instance, Definitions())) == exact(instance)
    with pytest.raises(WmiError, match="deep"):
        there_and_back(CimInstance(cls.layout, (instance,)), Definitions())


def test_a_property_that_changed_its_type_is_unset() -> None:
    before = derive(None, "Test_One", properties=[CimProperty("Value", CimType.STRING)])
    after = derive(
        None, "Test_One", properties=[CimProperty("Value", CimType.UINT32), CimProperty("More", CimType.UINT8)]
    )
    store = Definitions()
    octets = RowWriter(before.layout, store).octets(("x",))
    assert RowReaders(store, after.layout).values(store.number_of(before), octets) == (UNSET, UNSET)


@pytest.mark.parametrize("octets", [b"", b"[", b"\xff\xfe", b"7", b'["x"]', b"[0]", b'[0,"x","y"', b"[" * 100_000])
def test_octets_that_are_no_row_are_refused(octets: bytes) -> None:
    cls = derive(None, "Test_One", properties=[CimProperty("Value", CimType.DATETIME)])
    store = Definitions()
    with pytest.raises(DecodeError):
        RowReaders(store, cls.layout).values(store.number_of(cls), octets)


@given(st.binary(max_size=40))
def test_any_octets_are_a_value_or_refused(octets: bytes) -> None:
    try:
        found = from_octets(octets)
    except DecodeError:
        return
    assert exact_value(from_octets(to_octets(found))) == exact_value(found)


@pytest.mark.parametrize(
    "octets", [b"{}", b"[]", b'[2,"A",null,[],[],[],[]]', b'[1,"A",null,[],[],["x"],[]]', b"[1,1,1,1,1,1,1]"]
)
def test_octets_that_are_no_class_are_refused(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_class(octets, None, Definitions())
