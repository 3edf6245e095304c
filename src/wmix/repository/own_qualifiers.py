"""Qualifiers that an instance has itself, beside those of its class, as octets and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.qualifiers import Qualifier
from wmix.cim.types import CimType
from wmix.repository.encoding import from_octets, to_octets

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance

__all__ = ["restore_qualifiers", "stored_qualifiers"]


def stored_qualifiers(instance: CimInstance) -> bytes | None:
    """What is kept of the qualifiers that *instance* itself has; None for none."""
    found = []
    for i, qualifiers in instance.own_qualifiers_().items():
        own = [
            [item.name, item.value, int(item.type), int(item.is_array), item.flavor]
            for item in qualifiers.entries()
            if not item.is_propagated
        ]
        if own:
            found.append([None if i < 0 else instance.layout_.names[i], own])
    return to_octets(found) if found else None


def restore_qualifiers(instance: CimInstance, octets: bytes) -> None:
    """Give *instance* the qualifiers of its own that :func:`stored_qualifiers` wrote down."""
    for name, items in from_octets(octets):
        if name is not None and name not in instance:
            continue  # of a property that the class no longer has
        held = instance.qualifiers_ if name is None else instance.properties_[name].qualifiers
        for item, value, kind, is_array, flavor in items:
            held.add(Qualifier(item, tuple(value) if is_array else value, CimType(kind), bool(is_array), flavor))
