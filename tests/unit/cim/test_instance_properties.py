"""The properties of an instance as views."""

from __future__ import annotations

import pytest

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import UnknownProperty


@pytest.fixture
def sda() -> CimInstance:
    device = QualifierSet((Qualifier.of("key"),))
    parent: CimClass = derive(
        None,
        "CF_Device",
        properties=[CimProperty("DeviceID", CimType.STRING, qualifiers=device), CimProperty("Caption", CimType.STRING)],
        qualifiers=[Qualifier.of("abstract"), Qualifier.of("Shown", "yes", 0x03)],
    )
    cls = derive(parent, "CF_Disk", properties=[CimProperty("Size", CimType.UINT64, default=0)])
    return CimInstance(cls.layout, ("sda", None, UNSET), Origin("SRV", "root\\cimv2"))


def test_properties_tell_type_origin_and_whether_the_instance_sets_them(sda: CimInstance) -> None:
    device, size = sda.properties_["deviceid"], sda.properties_["SIZE"]
    assert (device.name, device.value, device.type, device.origin) == ("DeviceID", "sda", CimType.STRING, "CF_Device")
    assert device.local
    assert device.is_key
    assert not device.is_array
    assert (size.value, size.local, size.cimtype, size.is_key) == (0, False, "uint64", False)
    assert sda.properties_["Caption"].local
    assert sda.properties_["Caption"].value is None
    assert list(sda.properties_) == list(sda.properties_.keys()) == [p.name for p in sda.properties_.values()]
    assert [name for name, _ in sda.properties_.items()] == list(sda)
    assert "SIZE" in sda.properties_
    assert sda.properties_.get("nothing") is None
    assert len(sda.properties_) == 3
    assert "DeviceID" in repr(device)


def test_qualifiers_of_an_instance_are_those_that_pass_to_instances(sda: CimInstance) -> None:
    assert dict(sda.qualifiers_.items()) == {"Shown": "yes"}
    assert [q.flavor for q in sda.qualifiers_.entries()] == [0x23]
    held = sda.properties_["DeviceID"].qualifiers
    assert [(q.name, q.flavor) for q in held.entries()] == [("CIMTYPE", 0x23), ("key", 0x33)]


def test_unknown_names_are_refused(sda: CimInstance) -> None:
    with pytest.raises(UnknownProperty):
        sda.properties_["Nothing"]
    assert "Nothing" not in sda.properties_


def test_a_view_of_a_projected_instance_has_the_selected_properties_only(sda: CimInstance) -> None:
    some = CimInstance(sda.class_.layout_for(["Size"]), (5,))
    assert list(some.properties_) == ["Size"]
    assert some.properties_["size"].value == 5
