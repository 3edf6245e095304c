"""Fixture F of the conformance cases: classes and instances of root\\conf that cases 50 to 68 speak of."""

from __future__ import annotations

from typing import Any

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import build_row
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType

ORIGIN = Origin("HOST", "root\\conf")


KEY = QualifierSet((Qualifier.of("key"),))

INNER = derive(None, "CF_Inner", properties=[CimProperty("P", CimType.STRING), CimProperty("Q", CimType.UINT32)])
PART = derive(
    None,
    "CF_Part",
    properties=[
        CimProperty("Id", CimType.STRING, qualifiers=KEY),
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
PAIR = derive(
    None,
    "CF_Pair",
    properties=[CimProperty("A", CimType.SINT32, qualifiers=KEY), CimProperty("B", CimType.STRING, qualifiers=KEY)],
)
USES = derive(
    None,
    "CF_Uses",
    properties=[
        CimProperty("User", CimType.REFERENCE, qualifiers=KEY),
        CimProperty("Used", CimType.REFERENCE, qualifiers=KEY),
    ],
    qualifiers=[Qualifier.of("association")],
)
EVENT = derive(None, "CF_Event", properties=[CimProperty("TIME_CREATED", CimType.UINT64)])
CHANGE = derive(EVENT, "CF_Change", properties=[CimProperty("TargetInstance", CimType.OBJECT)])


def instance(cls: CimClass, **values: Any) -> CimInstance:
    """An instance of *cls* in root\\conf; what is not given is unset."""
    return CimInstance(cls.layout, build_row(cls.layout, values), ORIGIN)


PARTS = [
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
]
"""All instances of CF_Part and below."""
