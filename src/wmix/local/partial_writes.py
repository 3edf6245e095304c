"""Partial updates: PutInstance of some properties only, asked for by the call's context. Brief 1.4.37.

``__PUT_EXTENSIONS`` and ``__PUT_EXT_CLIENT_REQUEST`` ask for it, ``__PUT_EXT_PROPERTIES`` lists the properties (all
when it is not there), ``__PUT_EXT_STRICT_NULLS`` tells that NULLs are meant; without it a NULL leaves the property as
it is.  The rest of the stored instance stays.  The repository writes a row at once and a provider gets the whole
merged instance, so that every partial update is atomic, with ``__PUT_EXT_ATOMIC`` or without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.errors import error_for
from wmix.port.flags import WBEM_FLAG_UPDATE_ONLY
from wmix.record import Record
from wmix.status import WBEM_E_INVALID_CONTEXT

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.port.requests import PutInstance

__all__ = ["PartialWrite", "partial_write"]


class PartialWrite(Record):
    """What a partial update writes: properties in the class's spelling, keys among them."""

    names: frozenset[str]
    strict_nulls: bool

    def merged(self, stored: CimInstance, given: CimInstance) -> CimInstance:
        """*stored* with the listed properties of *given*; what neither sets keeps showing the class default."""
        values = {prop.name: prop.value for prop in stored.properties_.values() if prop.local}
        for prop in given.properties_.values():
            if prop.name in self.names and (prop.value is not None or self.strict_nulls):
                values[prop.name] = prop.value
        return CimInstance.of(stored.class_, values)


def partial_write(cls: CimClass, request: PutInstance) -> PartialWrite | None:
    """What the context of *request* asks to be written; None for a put of the whole instance.

    Raises:
        WmiError: WBEM_E_INVALID_CONTEXT without WBEM_FLAG_UPDATE_ONLY, or when the list is none of names.
        UnknownProperty: the list names a property that the class does not have.
    """
    context = request.context
    if context is None or not (context.get("__PUT_EXTENSIONS") and context.get("__PUT_EXT_CLIENT_REQUEST")):
        return None
    if not request.flags & WBEM_FLAG_UPDATE_ONLY:
        raise error_for(
            WBEM_E_INVALID_CONTEXT, "a partial update changes what is there: WBEM_FLAG_UPDATE_ONLY must be set"
        )
    listed = context.get("__PUT_EXT_PROPERTIES", tuple(cls.properties))
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        raise error_for(WBEM_E_INVALID_CONTEXT, "__PUT_EXT_PROPERTIES is an array of property names")
    names = frozenset([cls.property_(name).name for name in listed]) | frozenset(cls.keys)
    return PartialWrite(names=names, strict_nulls=bool(context.get("__PUT_EXT_STRICT_NULLS")))
