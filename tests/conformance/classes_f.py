"""Fixture F of the conformance cases: the classes and the instances of root\\conf, without an engine over them."""

from __future__ import annotations

from typing import Any

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.layout import build_row
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType


def _key(name: str, cim_type: CimType, cimtype: str | None = None) -> CimProperty:
    return CimProperty(name, cim_type, qualifiers=QualifierSet((Qualifier.of("key"),)), cimtype=cimtype)


def _association(parent: CimClass | None, name: str) -> CimClass:
    ends = (
        ()
        if parent is not None
        else (
            _key("User", CimType.REFERENCE, "ref:CF_Part"),
            _key("Used", CimType.REFERENCE, "ref:CF_Part"),
        )
    )
    return derive(parent, name, properties=ends, qualifiers=[Qualifier.of("association")])


INNER = derive(None, "CF_Inner", properties=[CimProperty("P", CimType.STRING), CimProperty("Q", CimType.UINT32)])
PART = derive(
    None,
    "CF_Part",
    properties=[
        _key("Id", CimType.STRING),
        CimProperty("Num", CimType.UINT32),
        CimProperty("Big", CimType.UINT64),
        CimProperty("Flag", CimType.BOOLEAN),
        CimProperty("Tag", CimType.STRING),
        CimProperty("When", CimType.DATETIME),
        CimProperty("Raw", CimType.UINT8, is_array=True),
        CimProperty("Emb", CimType.OBJECT),
    ],
)
GEAR = derive(PART, "CF_Gear", properties=[CimProperty("Teeth", CimType.UINT16, default=8)])
BIG_GEAR = derive(GEAR, "CF_BigGear", properties=[CimProperty("Ratio", CimType.REAL64)])
SHAPE = derive(None, "CF_Shape", properties=[_key("Name", CimType.STRING)], qualifiers=[Qualifier.of("abstract")])
PAIR = derive(None, "CF_Pair", properties=[_key("A", CimType.SINT32), _key("B", CimType.STRING)])
ONLY = derive(None, "CF_Only", properties=[CimProperty("Text", CimType.STRING)], qualifiers=[Qualifier.of("singleton")])
USES = _association(None, "CF_Uses")
USES_2 = _association(None, "CF_Uses2")
USES_3 = _association(USES, "CF_Uses3")
JOB = derive(
    None,
    "CF_Job",
    properties=[_key("Id", CimType.UINT32)],
    methods=[
        CimMethod.declare(
            "Create",
            [CimParameter("Cmd", CimType.STRING), CimParameter("Id", CimType.UINT32, is_in=False, is_out=True)],
            qualifiers=[Qualifier.of("Static"), Qualifier.of("Implemented")],
            origin="CF_Job",
        )
    ],
)
CLASSES = (INNER, PART, GEAR, BIG_GEAR, SHAPE, PAIR, ONLY, USES, USES_2, USES_3, JOB)


def instance(cls: CimClass, **values: Any) -> CimInstance:
    """An instance of *cls*; what is not given is unset."""
    return CimInstance(cls.layout, build_row(cls.layout, values))


PARTS = (
    instance(
        PART,
        Id="p1",
        Num=1,
        Big=5_000_000_000,
        Flag=True,
        Tag="NTFS",
        When="20200101000000.000000+000",
        Emb=instance(INNER, P="in", Q=70011),
    ),
    instance(PART, Id="p2", Num=2, Big=9, Flag=False, Tag=None, When="20210101000000.000000+000"),
    instance(GEAR, Id="g1", Num=3, Tag="gear_one", Teeth=12),
    instance(GEAR, Id="g2", Num=4, Tag="gearXone"),
    instance(BIG_GEAR, Id="b1", Num=5, Tag="C:\\dir"),
)
"""The instances of CF_Part and below."""


def _part(name: str) -> str:
    kind = {"p": "CF_Part", "g": "CF_Gear", "b": "CF_BigGear"}[name[0]]
    return f'{kind}.Id="{name}"'


INSTANCES = (
    *PARTS,
    instance(PAIR, A=1, B="x"),
    instance(PAIR, A=2, B="y z"),
    instance(ONLY, Text="only"),
    instance(USES, User=_part("g1"), Used=_part("p1")),
    instance(USES, User=_part("g1"), Used=_part("p2")),
    instance(USES, User=_part("b1"), Used=_part("p1")),
    instance(USES_2, User=_part("g1"), Used=_part("p1")),
    instance(USES_3, User=_part("g2"), Used=_part("p1")),
)
