"""Records: objects reduced to what is shown of them, in the order in which it is shown.

Objects come with their keys, selected or not, so that they have paths; a :class:`Selection` drops what was not asked
for.  The properties of a select list stand in its order, each once, in the class's spelling; ``*`` is the class order.
With ``--system`` the system properties come first and the keys last (design, section 4).

One :class:`Shape` serves all objects of a layout.  Depends on ``cim`` and ``wql``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from wmix.cim.classes import CimClass
from wmix.cim.layout import UNSET
from wmix.cim.names import fold
from wmix.cim.system_properties import (
    SYSTEM_PROPERTIES,
    SYSTEM_TYPES,
    class_system_value,
    instance_system_value,
    system_spelling,
)
from wmix.cim.types import CimType
from wmix.errors import WmiError
from wmix.wql.ast import SelectQuery, Star
from wmix.wql.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout

__all__ = ["CLASS_COLUMNS", "Record", "Selection", "Shape"]

CLASS_MARKS: Final = ("abstract", "association", "dynamic", "singleton")
"""Qualifiers that tell what kind of class it is."""

CLASS_COLUMNS: Final = ("__CLASS", "__SUPERCLASS", "Qualifiers")
"""What is shown of a class among others."""

_MAX_SHAPES: Final = 256


class Shape:
    """Names of a record's values, and their CIM types as (type, is array)."""

    __slots__ = ("names", "places", "types")

    def __init__(
        self,
        names: Sequence[str],
        types: Sequence[tuple[CimType, bool]],
        places: Sequence[int | str] = (),
    ) -> None:
        self.names = tuple(names)
        self.types = tuple(types)
        #: Where each value is found on an instance: its index in the layout, or the name of a system property.
        self.places = tuple(places)


class Record:
    """One object as shown: values by the names of *shape*; *source* is the object itself, if it is one."""

    __slots__ = ("shape", "source", "values")

    def __init__(self, shape: Shape, values: Sequence[object], source: CimInstance | CimClass | None = None) -> None:
        self.shape = shape
        self.values = values
        self.source = source

    def items(self) -> Iterable[tuple[str, object]]:
        """Names and values, in order."""
        return zip(self.shape.names, self.values, strict=True)


class Selection:
    """What is shown of every object.

    Args:
        names: selected properties and system properties, any case; None for all properties.
        system: whether system properties and unselected keys are shown too.
        leading: system properties that come first although nobody selected them.
    """

    def __init__(
        self, names: Sequence[str] | None = None, *, system: bool = False, leading: Sequence[str] = ()
    ) -> None:
        unique: dict[str, str] = {}
        for name in names or ():
            unique.setdefault(fold(name), name)
        self.names = None if names is None else tuple(unique.values())
        self.system = system
        self._leading = tuple(leading)
        # The layout is kept with its shape, so that its id is not given to another one.
        self._shapes: dict[int, tuple[InstanceLayout, Shape]] = {}
        names_of_class = SYSTEM_PROPERTIES if system else CLASS_COLUMNS[:-1]
        self._class_shape = Shape(
            (*names_of_class, CLASS_COLUMNS[-1]),
            (*[SYSTEM_TYPES[name] for name in names_of_class], (CimType.STRING, True)),
        )

    @classmethod
    def of_query(cls, wql: str, *, system: bool = False) -> Self:
        """The selection that a query makes; a text that is no query selects all, and its call will say why.

        ``Emb.P`` selects ``Emb``, as it does in the result (wmi-semantics 5.7.3).
        """
        try:
            query = parse(wql)
        except WmiError:
            return cls(None, system=system)
        if not isinstance(query, SelectQuery) or isinstance(query.select, Star):
            return cls(None, system=system)
        return cls([ref.parts[0] for ref in query.select], system=system)

    def records(self, objects: Iterable[CimInstance | CimClass]) -> list[Record]:
        """The records of *objects*."""
        made: list[Record] = []
        layout: InstanceLayout | None = None
        shape = Shape((), ())
        for item in objects:
            if isinstance(item, CimClass):
                made.append(self.class_record(item))
                continue
            if item.layout_ is not layout:
                layout = item.layout_
                shape = self._shape(layout)
            raw, defaults, origin = item.raw_values_(), layout.defaults, item.origin_
            values: list[object] = []
            for place in shape.places:
                if isinstance(place, str):
                    values.append(instance_system_value(layout, raw, origin, place))
                else:
                    value = raw[place]
                    values.append(defaults[place] if value is UNSET else value)
            made.append(Record(shape, values, item))
        return made

    def class_record(self, cls: CimClass) -> Record:
        """A class among others: its name, its parent and what kind of class it is."""
        shape = self._class_shape
        marks = tuple(mark for mark in CLASS_MARKS if cls.qualifiers.is_true(mark))
        return Record(shape, [*[class_system_value(cls, name) for name in shape.names[:-1]], marks], cls)

    def _shape(self, layout: InstanceLayout) -> Shape:
        known = self._shapes.get(id(layout))
        if known is None:
            if len(self._shapes) >= _MAX_SHAPES:
                self._shapes.clear()
            known = self._shapes[id(layout)] = (layout, self._make_shape(layout))
        return known[1]

    def _make_shape(self, layout: InstanceLayout) -> Shape:
        places: dict[int | str, None] = dict.fromkeys(self._leading)
        if self.system:
            places.update(dict.fromkeys(SYSTEM_PROPERTIES))
        if self.names is None:
            places.update(dict.fromkeys(range(len(layout.names))))
        else:
            for name in self.names:
                i = layout.index.get(fold(name))
                place = i if i is not None else system_spelling(name)
                if place is not None:
                    places[place] = None
        if self.system:
            places.update(dict.fromkeys(layout.key_indexes or ()))
        return Shape(
            [place if isinstance(place, str) else layout.names[place] for place in places],
            [SYSTEM_TYPES[place] if isinstance(place, str) else layout.types[place] for place in places],
            tuple(places),
        )
