"""PROTOTYPE: the class that a query's results will have, without running it. [MS-WMI] 2.2.4.1, brief 1.4.49."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.qualifiers import Flavor, Qualifier
from wmix.cim.types import CimType
from wmix.wql.ast import Star

if TYPE_CHECKING:
    from wmix.wql.ast import SelectQuery

__all__ = ["prototype"]


def prototype(query: SelectQuery, cls: CimClass) -> CimClass:
    """*cls* cut down to the select list; each property tells its places in the list by an ``Order`` qualifier."""
    if isinstance(query.select, Star):
        listed = list(cls.properties)
    else:
        listed = [ref.parts[0] for ref in query.select]
    places: dict[str, list[int]] = {}
    for place, name in enumerate(listed):
        places.setdefault(name.casefold(), []).append(place)
    chosen = []
    for prop in cls.properties.values():
        if prop.name.casefold() in places:
            copy = prop.copy()
            copy.qualifiers.put(
                Qualifier("Order", tuple(places[prop.name.casefold()]), CimType.SINT32, True, Flavor(0))
            )
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
