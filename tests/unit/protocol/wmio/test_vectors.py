"""Vectors made by hand from the specification's layouts: decoded to a definition, and encoded to the same octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.protocol.wmio.assembly import VECTORS, assemble, vector
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.protocol.wmio import decode_object, encode_object

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = Origin("SRV", "ROOT")


def point() -> CimInstance:
    key = QualifierSet((Qualifier.of("CIMTYPE", "sint32"), Qualifier.of("key")))
    cls = derive(
        None,
        "Pt",
        properties=[
            CimProperty("Id", CimType.SINT32, qualifiers=key),
            CimProperty("Name", CimType.STRING, default="x"),
            CimProperty("Tags", CimType.UINT16, True),
        ],
    )
    return CimInstance(cls.layout, (42, UNSET, (7, 9)), ORIGIN)


def utf16() -> CimInstance:
    cls = CimClass("Ż", superclass="Ą", derivation=("Ą",), properties=[CimProperty("Ł", CimType.STRING, origin="Ż")])
    return CimInstance(cls.layout, ("łé",))


def types() -> CimInstance:
    kinds = [
        CimType.SINT8, CimType.UINT8, CimType.SINT16, CimType.UINT16, CimType.SINT32, CimType.UINT32, CimType.SINT64,
        CimType.UINT64, CimType.REAL32, CimType.REAL64, CimType.BOOLEAN, CimType.CHAR16, CimType.DATETIME,
        CimType.REFERENCE, CimType.UINT64,
    ]  # fmt: skip
    properties = [
        CimProperty(name, kind, cimtype="ref:T" if kind is CimType.REFERENCE else None)
        for name, kind in zip("ABCDEFGHIJKLMNP", kinds, strict=True)
    ]
    cls = derive(None, "T", properties=properties)
    numbers = (-1, 255, -2, 65534, -3, 2**32 - 3, -4, 2**64 - 4, 0.5, -0.1)
    return CimInstance(cls.layout, (*numbers, True, "€", CimDateTime("20260102030405.000006+060"), "T.A=1", None))


def arrays() -> CimClass:
    values = QualifierSet((Qualifier.of("CIMTYPE", "uint16"), Qualifier.of("Values", ("a", ""))))
    return derive(
        None,
        "Defaults",
        properties=[
            CimProperty("Numbers", CimType.UINT16, True, (1, 65535), values),
            CimProperty("Texts", CimType.STRING, True, ("x", "ż")),
            CimProperty("None", CimType.UINT8, True, ()),
        ],
    )


def embedded() -> CimInstance:
    inner = derive(None, "In", properties=[CimProperty("N", CimType.SINT8)])
    properties = [CimProperty(name, CimType.OBJECT, many, cimtype="object:In") for name, many in _PARTS]
    cls = derive(None, "Out", properties=properties)
    one, two = CimInstance.of(inner, {"N": 1}), CimInstance.of(inner, {"N": 2})
    return CimInstance(cls.layout, (one, (two, None)))


_PARTS = (("One", False), ("Some", True))


def qualified() -> CimInstance:
    cls = derive(None, "Q", properties=[CimProperty(name, CimType.UINT8) for name in ("B", "A")])
    instance = CimInstance(cls.layout, (None, 1))
    instance.qualifiers_.put("Note", "mine", 0)
    instance.properties_["A"].qualifiers.put("Mark", 7, 0)
    return instance


def methods() -> CimClass:
    base = derive(None, "Base", methods=[CimMethod.declare("Stop", origin="Base")])
    go = CimMethod.declare("Go", [CimParameter("What", CimType.STRING)], None, qualifiers=[Qualifier.of("Static")])
    return derive(base, "Leaf", methods=[go])


@pytest.mark.parametrize("build", [point, utf16, types, arrays, embedded, qualified, methods])
def test_a_vector_is_what_it_says_and_is_written_the_same(build: Callable[[], CimClass | CimInstance]) -> None:
    octets, expected = vector(build.__name__), build()
    decorated = octets[8] & 4
    found = decode_object(octets)
    assert found == expected
    if isinstance(expected, CimInstance):
        assert isinstance(found, CimInstance)
        assert tuple(found.raw_values_()) == tuple(expected.raw_values_())
        assert found.class_ == expected.class_
        assert found.origin_ == expected.origin_
        assert found.qualifiers_ == expected.qualifiers_
    spare_bits_zero = octets.replace(b"\x55\x55\x55\xd5", b"\x55\x55\x55\x15")
    assert encode_object(found, decoration=ORIGIN if decorated else None) == spare_bits_zero


def test_qualifiers_of_an_instance_are_found_at_their_property() -> None:
    found = decode_object(vector("qualified"))
    assert isinstance(found, CimInstance)
    assert found.qualifiers_["Note"] == "mine"
    assert found.properties_["A"].qualifiers["Mark"] == 7
    assert "Mark" not in found.properties_["B"].qualifiers


def test_every_vector_is_used_and_described() -> None:
    named = {path.stem for path in VECTORS.glob("*.txt")}
    assert named == {"point", "utf16", "types", "arrays", "embedded", "qualified", "methods"}
    described = (VECTORS / "PROVENANCE.md").read_text("utf-8")
    assert all(f"`{name}.txt`" in described for name in named)


def test_the_notation() -> None:
    text = 'incl { u8 1 heap { @a latin "x" @b utf16 "y" } } ref b # comment\nhex 0A 0B'
    assert assemble(text).hex(" ") == "11 00 00 00 01 08 00 00 80 00 78 00 01 79 00 00 00 03 00 00 00 0a 0b"
