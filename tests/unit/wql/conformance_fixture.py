"""Fixture F of the conformance cases, at its place on a host, with events that the cases about conditions speak of."""

from __future__ import annotations

from typing import Any

from conformance import classes_f
from conformance.classes_f import GEAR, INNER, PAIR, PART, USES
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType

__all__ = ["CHANGE", "GEAR", "INNER", "ORIGIN", "PAIR", "PART", "PARTS", "USES", "instance"]

ORIGIN = Origin("HOST", "root\\conf")

EVENT = derive(None, "CF_Event", properties=[CimProperty("TIME_CREATED", CimType.UINT64)])
CHANGE = derive(EVENT, "CF_Change", properties=[CimProperty("TargetInstance", CimType.OBJECT)])


def _placed(item: CimInstance) -> CimInstance:
    return CimInstance(item.layout_, item.raw_values_(), ORIGIN)


def instance(cls: CimClass, **values: Any) -> CimInstance:
    """An instance of *cls* in root\\conf; what is not given is unset."""
    return _placed(classes_f.instance(cls, **values))


PARTS = [_placed(item) for item in classes_f.PARTS]
"""All instances of CF_Part and below."""
