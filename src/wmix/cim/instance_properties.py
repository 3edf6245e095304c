"""The properties of one instance, seen one by one: value, type, origin, qualifiers.

wmi-semantics 3.4.1: what IWbemClassObject::Get tells beside the value.  These are views, made when they are asked
for; an instance itself holds nothing but its row.  Depends on ``layout``, ``names``, ``qualifiers`` and ``types``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.cim.layout import UNSET
from wmix.cim.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.cim.instances import CimInstance
    from wmix.cim.qualifiers import QualifierSet
    from wmix.cim.types import CimType

__all__ = ["InstanceProperties", "PropertyValue"]


class PropertyValue:
    """One property of one instance.

    Attributes:
        name, type, is_array, value: as the instance has it; the value is the default when none was set.
        origin: name of the class that introduced the property.
        local: whether the instance sets it (also to NULL); otherwise the class default shows.
        cimtype: ``uint32``, ``ref:CIM_X``, ``object:Y``.
    """

    __slots__ = ("_i", "_instance", "is_array", "local", "name", "type", "value")

    def __init__(self, instance: CimInstance, i: int) -> None:
        layout = instance.layout_
        raw = instance.raw_values_()[i]
        self._instance = instance
        self._i = i
        self.name: str = layout.names[i]
        self.type: CimType = layout.types[i][0]
        self.is_array: bool = layout.types[i][1]
        self.local = raw is not UNSET
        self.value: Any = raw if self.local else layout.defaults[i]

    @property
    def origin(self) -> str:
        """The class that introduced the property."""
        return self._instance.class_.properties[self.name].origin

    @property
    def cimtype(self) -> str:
        """Text of the CIMTYPE qualifier."""
        return self._instance.class_.properties[self.name].cimtype

    @property
    def is_key(self) -> bool:
        """Whether it is a key of the class."""
        return self._instance.class_.properties[self.name].is_key

    @property
    def qualifiers(self) -> QualifierSet:
        """What of the class's qualifiers passes to instances, and what this instance added."""
        return self._instance._qualifier_set(self._i)

    def __repr__(self) -> str:
        return f"<PropertyValue {self.name} = {self.value!r}>"


class InstanceProperties:
    """The properties of an instance by name, any case: a read-only mapping to :class:`PropertyValue`."""

    __slots__ = ("_instance",)

    def __init__(self, instance: CimInstance) -> None:
        self._instance = instance

    def __getitem__(self, name: str) -> PropertyValue:
        return PropertyValue(self._instance, self._instance.layout_.position(name))

    def get(self, name: str, default: PropertyValue | None = None) -> PropertyValue | None:
        """The property *name*, or *default*."""
        i = self._instance.layout_.index.get(fold(name))
        return default if i is None else PropertyValue(self._instance, i)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and fold(name) in self._instance.layout_.index

    def __iter__(self) -> Iterator[str]:
        return iter(self._instance.layout_.names)

    def __len__(self) -> int:
        return len(self._instance.layout_)

    def keys(self) -> tuple[str, ...]:
        """The names, in class order."""
        return self._instance.layout_.names

    def values(self) -> list[PropertyValue]:
        """The properties, in class order."""
        return [PropertyValue(self._instance, i) for i in range(len(self))]

    def items(self) -> list[tuple[str, PropertyValue]]:
        """Pairs of name and property, in class order."""
        return [(value.name, value) for value in self.values()]
