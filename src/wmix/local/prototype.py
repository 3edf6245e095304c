"""PROTOTYPE: the class that a query's results will have, without running it. [MS-WMI] 2.2.4.1, brief 1.4.49."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass

if TYPE_CHECKING:
    from wmix.wql.projection import Projection

__all__ = ["prototype"]


def prototype(cls: CimClass, projection: Projection) -> CimClass:
    """*cls* cut down to the select list; each property tells its places in the list by an ``Order`` qualifier."""
    if projection.names is None:
        places: dict[str, tuple[int, ...]] = {name: (place,) for place, name in enumerate(cls.properties)}
    else:
        places = dict(zip(projection.names, projection.positions, strict=True))
    chosen = []
    for name, prop in cls.properties.items():
        if name in places:
            copy = prop.copy()
            copy.qualifiers.put("Order", places[name], 0)
            chosen.append(copy)
    return CimClass(
        cls.name,
        superclass=cls.superclass,
        derivation=cls.derivation,
        properties=chosen,
        qualifiers=cls.qualifiers.copy(),
        namespace=cls.namespace,
        server=cls.server,
    )
