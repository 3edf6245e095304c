"""impacket reads what this package encodes, and this package reads what impacket encodes.

impacket shares no code with this package.  Where it is known to read wrongly, a test says how, so that nobody takes
its answer for ours: it returns NULL for 0xFFFFFFFF in 32 bits, the class default for what is NULL in an inherited
property, references instead of texts for arrays of dates and references, and fails on reals.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

import pytest
from impacket.dcerpc.v5.dcom import wmi as peer
from impacket.dcerpc.v5.dcomrt import INTERFACE, OBJREF_CUSTOM

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.protocol.wmio import BlockEncoder, decode_object, encode_object

ORIGIN = Origin("SRV", "ROOT\\test")

INNER = derive(None, "Test_Inner", properties=[CimProperty("Text", CimType.STRING)])

KINDS: dict[CimType, tuple[Any, Any]] = {
    CimType.SINT8: (-3, -3),
    CimType.UINT8: (200, 200),
    CimType.SINT16: (-300, -300),
    CimType.UINT16: (60_000, 60_000),
    CimType.SINT32: (-70_000, -70_000),
    CimType.UINT32: (4_000_000_000, 4_000_000_000),
    CimType.SINT64: (-(2**40), -(2**40)),
    CimType.UINT64: (2**63, 2**63),
    CimType.BOOLEAN: (True, "True"),
    CimType.CHAR16: ("é", 0xE9),
    CimType.STRING: ("zażółć", "zażółć"),
    CimType.DATETIME: ("20260102030405.000006+060",) * 2,
    CimType.REFERENCE: ('Test_Inner.Text="x"',) * 2,
}
"""A value of each type, and what impacket calls it; it cannot read reals."""


def _all_types() -> CimClass:
    properties = [CimProperty(f"P_{kind.name}", kind) for kind in KINDS]
    return derive(None, "Test_All", properties=properties)


def _read(data: bytes) -> Any:
    return peer.ENCODING_UNIT(data)["ObjectBlock"]


def _properties(data: bytes) -> dict[str, Any]:
    instance = _read(data)["InstanceType"]
    return dict(instance.getValues(instance["CurrentClass"].getProperties()))


def _client_object(data: bytes, services: Any = None) -> Any:
    """impacket's client-side object for an encoding, without a connection."""
    reference = OBJREF_CUSTOM()
    reference["iid"] = peer.IID_IWbemClassObject[:-4]
    reference["clsid"] = peer.CLSID_WbemClassObject
    reference["cbExtension"] = 0
    reference["ObjectReferenceSize"] = len(data)
    reference["pObjectData"] = data
    return peer.IWbemClassObject(INTERFACE(None, reference.getData(), None, oxid=1, target="nowhere"), services)


def test_a_value_of_every_type() -> None:
    cls = _all_types()
    instance = CimInstance.of(cls, {f"P_{kind.name}": value for kind, (value, _) in KINDS.items()})
    found = _properties(encode_object(instance, decoration=ORIGIN))
    assert list(found) == list(cls.properties)
    for kind, (_, expected) in KINDS.items():
        assert found[f"P_{kind.name}"]["value"] == expected
        assert found[f"P_{kind.name}"]["qualifiers"]["CIMTYPE"] == cls.properties[f"P_{kind.name}"].cimtype


@pytest.mark.parametrize("kind", [*list(CimType)[:4], CimType.STRING, CimType.UINT8, CimType.UINT64], ids=str)
def test_arrays(kind: CimType) -> None:
    cls = derive(
        None, "Test_Array", properties=[CimProperty("Before", CimType.UINT8), CimProperty("Items", kind, True)]
    )
    items = ("a", "", "ż") if kind is CimType.STRING else (1, 0, 3)
    found = _properties(encode_object(CimInstance.of(cls, {"Before": 1, "Items": items}), decoration=ORIGIN))
    assert found["Items"]["value"] == list(items)


def test_embedded_objects() -> None:
    properties = [CimProperty("One", CimType.OBJECT), CimProperty("Some", CimType.OBJECT, True)]
    cls = derive(None, "Test_Outer", properties=properties)
    inner = [CimInstance.of(INNER, {"Text": text}) for text in ("a", "b")]
    found = _properties(encode_object(CimInstance.of(cls, {"One": inner[0], "Some": inner}), decoration=ORIGIN))

    def text(unit: Any) -> str:
        instance = unit["ObjectBlock"]["InstanceType"]
        return str(instance.getValues(instance["CurrentClass"].getProperties())["Text"]["value"])

    assert text(found["One"]["value"]) == "a"
    assert [text(unit) for unit in found["Some"]["value"]] == ["a", "b"]


def test_null_and_unset() -> None:
    cls = derive(None, "Test_Null", properties=[CimProperty(name, CimType.STRING) for name in ("A", "B", "C")])
    found = _properties(encode_object(CimInstance(cls.layout, (None, UNSET, "x")), decoration=ORIGIN))
    assert [found[name]["value"] for name in "ABC"] == [None, None, "x"]


def test_class_defaults_are_seen_when_they_are_written_out() -> None:
    cls = derive(None, "Test_Default", properties=[CimProperty("A", CimType.STRING, default="x")])
    unset = CimInstance(cls.layout, (UNSET,))
    assert _properties(encode_object(unset, decoration=ORIGIN))["A"]["value"] is None  # impacket's reading of the bit
    encoder = BlockEncoder(explicit_defaults=True)
    assert _properties(encode_object(unset, decoration=ORIGIN, encoder=encoder))["A"]["value"] == "x"


@pytest.mark.parametrize("name", ["Win32_Process", "Win32_LogicalDisk", "Win32_Service", "__InstanceCreationEvent"])
def test_classes_of_the_image(name: str) -> None:
    cls = ClassImage.open().load("root\\cimv2", name)
    assert cls is not None
    block = _read(encode_object(cls, decoration=ORIGIN))
    assert block["Decoration"]["DecNamespaceName"]["Character"] == "ROOT\\test"
    current = block["ClassType"]["CurrentClass"]
    assert [part.strip() for part in current.getClassName().split(" : ")] == [cls.name, *cls.derivation]
    parent = block["ClassType"]["ParentClass"]
    assert parent.getClassName().split(" : ")[0].strip() == cls.superclass
    found = current.getProperties()
    assert list(found) == list(cls.properties)
    for prop in cls.properties.values():
        assert set(found[prop.name]["qualifiers"]) == set(prop.qualifiers)
        assert bool(found[prop.name]["inherited"]) == (prop.origin != cls.name)
    methods = current.getMethods()
    assert list(methods) == list(cls.methods)
    for method in cls.methods.values():
        for side, key in ((method.in_signature, "InParams"), (method.out_signature, "OutParams")):
            assert list(methods[method.name][key] or ()) == list(() if side is None else side.properties)
    assert set(current.getQualifiers()) == set(cls.qualifiers)


def _declared() -> CimClass:
    parameters = [
        CimParameter("Text", CimType.STRING),
        CimParameter("Count", CimType.UINT32),
        CimParameter("Names", CimType.STRING, True),
        CimParameter("Numbers", CimType.UINT32, True),
        CimParameter("Flag", CimType.BOOLEAN),
    ]
    key = QualifierSet((Qualifier.of("key"),))
    return derive(
        None,
        "Test_Methods",
        properties=[CimProperty("Id", CimType.UINT32, qualifiers=key)],
        methods=[CimMethod.declare("Go", parameters, qualifiers=[Qualifier.of("Static")])],
    )


class _Services:
    """Takes the in-parameters of a call where impacket would send them."""

    def ExecMethod(self, path: str, name: str, pInParams: Any) -> Any:
        self.sent = bytes(pInParams["pObjectData"].getData())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("żółw", 7, ["a", "é"], [1, 2], True), ("żółw", 7, ("a", "é"), (1, 2), True)),
        (("", 0, None, None, False), ("", 0, None, None, False)),
    ],
)
def test_in_parameters_that_impacket_makes(given: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    services = _Services()
    definition = _client_object(encode_object(_declared(), decoration=ORIGIN), services)
    definition.Go(*given)
    parameters = decode_object(services.sent)
    assert isinstance(parameters, CimInstance)
    assert parameters.class_name_ == "__PARAMETERS"
    assert tuple(parameters.raw_values_()) == expected


def test_an_instance_that_impacket_spawns_and_fills() -> None:
    cls = derive(
        None,
        "Test_Spawn",
        properties=[
            CimProperty("Name", CimType.STRING),
            CimProperty("Size", CimType.UINT64),
            CimProperty("Flag", CimType.BOOLEAN),
            CimProperty("Numbers", CimType.UINT16, True),
            CimProperty("Nothing", CimType.UINT16, True),
        ],
    )
    with redirect_stdout(io.StringIO()):
        spawned = _client_object(encode_object(cls, decoration=ORIGIN)).SpawnInstance()
        spawned.Name, spawned.Size, spawned.Flag, spawned.Numbers, spawned.Nothing = "x", 2**40, True, [1, 2], None
        octets = bytes(spawned.marshalMe()["pObjectData"].getData())
    instance = decode_object(octets)
    assert isinstance(instance, CimInstance)
    # impacket writes the two bits of the NdTable in the other order than it reads them: its NULL says "class default".
    assert tuple(instance.raw_values_()) == ("x", 2**40, True, (1, 2), UNSET)
    assert instance["Nothing"] is None


def test_what_impacket_is_known_to_read_wrongly() -> None:
    cls = derive(
        None,
        "Test_Wrong",
        properties=[CimProperty("Size", CimType.UINT32), CimProperty("Dates", CimType.DATETIME, True)],
    )
    instance = CimInstance.of(cls, {"Size": 0xFFFFFFFF, "Dates": ["20260102030405.000006+060"]})
    found = _properties(encode_object(instance, decoration=ORIGIN))
    assert found["Size"]["value"] is None
    assert isinstance(found["Dates"]["value"][0], int)
    real = derive(None, "Test_Real", properties=[CimProperty("Size", CimType.REAL64)])
    with pytest.raises(TypeError):
        _properties(encode_object(CimInstance.of(real, {"Size": 0.5}), decoration=ORIGIN))
