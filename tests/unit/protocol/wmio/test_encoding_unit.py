"""Whole objects there and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from unit.protocol.wmio.reference_models import arrived_class, arrived_instance
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import ProtocolError, WmiError
from wmix.protocol.wmio import BlockEncoder, ClassCache, ObjectFlags, decode_object, encode_object
from wmix.status import WBEM_E_INVALID_OBJECT

ORIGIN = Origin("SRV", "root\\test")


@given(cim_classes())
def test_a_class_comes_back_as_it_was(cls: CimClass) -> None:
    data = encode_object(cls, decoration=ORIGIN)
    back = decode_object(data)
    assert back == arrived_class(cls)
    assert encode_object(back, decoration=ORIGIN) == data


@given(st.data())
def test_an_instance_comes_back_with_its_three_states(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(instances_of))
    octets = encode_object(instance, decoration=instance.origin_)
    back = decode_object(octets)
    assert isinstance(back, CimInstance)
    assert tuple(back.raw_values_()) == arrived_instance(instance)
    assert back.origin_ == instance.origin_
    assert back.layout_.names == instance.layout_.names
    assert encode_object(back, decoration=back.origin_) == octets


@given(st.data())
def test_defaults_written_out_are_read_as_values(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(instances_of))
    encoder = BlockEncoder(explicit_defaults=True)
    back = decode_object(encode_object(instance, decoration=None, encoder=encoder))
    assert isinstance(back, CimInstance)
    assert UNSET not in back.raw_values_()
    written_out = CimInstance(instance.layout_, instance.layout_.effective(instance.raw_values_()))
    assert tuple(back.raw_values_()) == arrived_instance(written_out)


def test_octets_behind_the_unit_are_ignored() -> None:
    data = encode_object(INNER, decoration=None)
    assert decode_object(data + b"\0\0") == INNER


def test_any_buffer_is_accepted() -> None:
    data = encode_object(INNER, decoration=None)
    assert decode_object(bytearray(data)) == decode_object(memoryview(data)) == INNER


def test_an_undecorated_object_has_no_origin() -> None:
    back = decode_object(encode_object(CimInstance.of(INNER, {"Number": 1}), decoration=None))
    assert isinstance(back, CimInstance)
    assert back.origin_ is None


def test_the_marks_of_a_prototype_are_written_and_tolerated() -> None:
    marks = ObjectFlags.PROTOTYPE | ObjectFlags.PROTOTYPE_WITHOUT_KEYS
    data = encode_object(INNER, decoration=ORIGIN, flags=marks)
    assert data[8] == 0x55
    assert decode_object(data) == INNER


def test_a_wrong_signature_is_named() -> None:
    with pytest.raises(ProtocolError, match=r"EncodingUnit\.Signature at octet 0"):
        decode_object(b"\0" * 20)


def test_a_known_class_part_is_not_decoded_again() -> None:
    cache = ClassCache()
    data = encode_object(CimInstance.of(INNER, {"Number": 1}), decoration=ORIGIN)
    one, other = decode_object(data, cache), decode_object(data, cache)
    assert isinstance(one, CimInstance)
    assert isinstance(other, CimInstance)
    assert one.layout_ is other.layout_


def _nested(depth: int) -> bytes:
    cls = derive(None, "Test_Nest", properties=[CimProperty("Inside", CimType.OBJECT)])
    instance = CimInstance.of(cls, {})
    for _ in range(depth):
        instance = CimInstance.of(cls, {"Inside": instance})
    return encode_object(instance, decoration=None)


def test_objects_may_be_embedded_thirty_two_levels_deep() -> None:
    instance: Any = decode_object(_nested(32))
    for _ in range(32):
        instance = instance["Inside"]
    assert instance["Inside"] is None


def test_deeper_embedding_is_refused_when_it_is_written() -> None:
    with pytest.raises(WmiError) as caught:
        _nested(33)
    assert caught.value.status == WBEM_E_INVALID_OBJECT


def test_a_class_whose_parent_is_known_by_name_only_is_written_with_what_it_inherited() -> None:
    base = derive(None, "Test_Base", properties=[CimProperty("Id", CimType.UINT32, default=3)])
    middle = derive(base, "Test_Middle", properties=[CimProperty("Name", CimType.STRING)])
    leaf = derive(middle, "Test_Leaf", properties=[CimProperty("Name", CimType.STRING, default="x")])
    known = encode_object(leaf, decoration=None)
    unknown = leaf.clone_()
    unknown.parent = None
    back = decode_object(encode_object(unknown, decoration=None))
    assert back == leaf
    assert isinstance(back, CimClass)
    assert back.parent is not None
    assert (back.parent.name, list(back.parent.properties)) == ("Test_Middle", ["Id", "Name"])
    assert not back.parent.properties["Id"].local
    assert len(known) > 0
