"""Properties of classes, taken alone."""

from __future__ import annotations

import pickle

import pytest

from wmix.cim.properties import CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType


def test_the_cimtype_qualifier_is_there_also_when_nobody_gives_one() -> None:
    prop = CimProperty("Size", CimType.UINT64)
    assert prop.cimtype == "uint64"
    assert [(q.name, q.value, q.flavor) for q in prop.qualifiers.entries()] == [("CIMTYPE", "uint64", 0x03)]


def test_the_cimtype_text_comes_from_the_qualifier_when_there_is_one() -> None:
    held = QualifierSet((Qualifier.of("CIMTYPE", "ref:CF_Part"),))
    prop = CimProperty("Part", CimType.REFERENCE, qualifiers=held)
    assert (prop.cimtype, prop.target_class) == ("ref:CF_Part", "CF_Part")


@pytest.mark.parametrize(
    ("cimtype", "target"),
    [("uint32", None), ("ref", None), ("ref:object", None), ("object", None), ("object:", None), ("object:X", "X")],
)
def test_target_class(cimtype: str, target: str | None) -> None:
    assert CimProperty("P", CimType.OBJECT, cimtype=cimtype).target_class == target


def test_no_default_is_null_but_not_declared() -> None:
    assert (CimProperty("P", CimType.UINT8).default, CimProperty("P", CimType.UINT8).has_default) == (None, False)
    null = CimProperty("P", CimType.UINT8, default=None)
    assert (null.default, null.has_default) == (None, True)


def test_inherited_properties_are_not_local_and_have_what_passes_on() -> None:
    held = QualifierSet((Qualifier.of("key"), Qualifier.of("Override", "P"), Qualifier.of("Units", "mm")))
    prop = CimProperty("P", CimType.STRING, False, "x", held, "CF_Base")
    heir = prop.inherited()
    assert (heir.local, heir.is_key, heir.default, heir.origin) == (False, True, "x", "CF_Base")
    assert [(q.name, q.flavor) for q in heir.qualifiers.entries()] == [("key", 0x33), ("Units", 0x22)]


def test_copies_are_independent_and_equal() -> None:
    prop = CimProperty("P", CimType.STRING, True, ("a",), origin="CF_Base")
    for twin in (prop.copy(), pickle.loads(pickle.dumps(prop))):
        assert twin == prop
        twin.qualifiers.put("Units", "mm")
        assert twin != prop
        assert "Units" not in prop.qualifiers


def test_equality_ignores_case_of_names_only() -> None:
    prop = CimProperty("P", CimType.STRING, default="x", origin="CF_Base")
    assert prop == CimProperty("p", CimType.STRING, default="x", origin="cf_base")
    assert prop != CimProperty("p", CimType.STRING, default="X", origin="cf_base")
    assert prop != CimProperty("p", CimType.STRING, default="x", origin="cf_base", local=False)
    assert prop != "P"
    assert repr(CimProperty("P", CimType.UINT8, True)) == "<CimProperty uint8[] P>"
