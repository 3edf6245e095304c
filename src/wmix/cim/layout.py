"""Instance layouts: which properties the rows of a stream have, in which order, and how a provider's row is checked.

A layout is made once per class, or per class and select list, and shared by all instances of that shape; an
instance is then only a layout, a sequence of values and an origin.  A value is in one of three states, which stay
apart (wmi-semantics 3.4.1, 3.4.18): :data:`UNSET`, when the class default shows; ``None``, which is CIM NULL; or a
value in the exact Python form of its type (``wmix.cim.types``).

:func:`compile_row_builder` generates, for each set of keys that a provider's rows have, one function with the
checks of all properties in line; whatever fails them goes through ``coerce``, which is also what the tests compare
with. Depends on ``types``, ``datetime``, ``names`` and ``errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.names import fold
from wmix.cim.types import INTEGER_RANGES, CimType, coerce
from wmix.errors import OutOfRange, TypeMismatch, UnknownProperty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from wmix.cim.classes import CimClass

__all__ = ["UNSET", "InstanceLayout", "RowBuilder", "Unset", "build_row", "compile_row_builder"]


class Unset:
    """The type of :data:`UNSET`; it has one instance, also after copying and pickling."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()
"""The state of a property that nobody set: the class default shows, and the origin is propagated."""


_SPELLINGS: Final = 4
"""Spellings remembered per property; a reader that writes ``p.name`` for ``Name`` is as fast as one that does not."""


class InstanceLayout:
    """The shape of instances of one class: all its properties, or those of a select list.

    Attributes:
        cls: the class.
        names: the properties present, in class order and spelling.
        index: position by case-folded name.
        exact: position by spelling, the fast way of attribute access: the class's own, and some that were asked for.
        types: (type, is array) of each.
        defaults: class default of each, None for none.
        key_indexes: positions of the keys in class order; None when the class has none, or when a key is missing.
        path_keys: (name, position) of the keys in the order of paths, sorted by name (4.2.2); None as above.
        selected: whether this is a projection: properties of the class that are not here are absent, not NULL.
        has_objects: whether any property holds embedded objects, so that copying must copy those too.
    """

    __slots__ = (
        "_labels",
        "_spellings",
        "cls",
        "defaults",
        "exact",
        "has_objects",
        "index",
        "key_indexes",
        "names",
        "path_keys",
        "selected",
        "types",
        "unset",
    )

    def __init__(self, cls: CimClass, names: Iterable[str] | None = None) -> None:
        """Lay out *cls*, or of it only *names* (any case and order; system properties take no place).

        Raises:
            UnknownProperty: one of the names is none of the class.
        """
        properties = cls.properties
        if names is not None:
            names = tuple(names)
            wanted = {fold(name) for name in names if name[:2] != "__"}
            chosen = [prop for prop in properties.values() if fold(prop.name) in wanted]
            if len(chosen) != len(wanted):
                for name in names:
                    if name[:2] != "__" and name not in properties:
                        raise UnknownProperty(property_name=name, class_name=cls.name, candidates=properties)
        else:
            chosen = list(properties.values())
        self.cls = cls
        self.selected = names is not None
        self.names = tuple([prop.name for prop in chosen])
        self.exact = {name: i for i, name in enumerate(self.names)}
        self._labels: tuple[str, ...] | None = None
        self._spellings = _SPELLINGS * len(self.names)
        self.index = {fold(name): i for i, name in enumerate(self.names)}
        self.types = tuple([(prop.type, prop.is_array) for prop in chosen])
        self.defaults = tuple([prop.default for prop in chosen])
        self.unset = (UNSET,) * len(chosen)
        self.has_objects = any(prop.type == CimType.OBJECT for prop in chosen)
        self.key_indexes: tuple[int, ...] | None = None
        self.path_keys: tuple[tuple[str, int], ...] | None = None
        if cls.keys:
            exact = self.exact
            if all(key in exact for key in cls.keys):
                self.key_indexes = tuple([exact[key] for key in cls.keys])
                self.path_keys = tuple([(key, exact[key]) for key in sorted(cls.keys, key=fold)])

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"<InstanceLayout {self.cls.name} ({', '.join(self.names)})>"

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore_layout, (self.cls, self.names if self.selected else None))

    def position(self, name: str) -> int:
        """Where the property *name* (any case) is.

        Raises:
            UnknownProperty: not in the layout; the error tells whether the class has it.
        """
        i = self.exact.get(name)
        if i is None:
            i = self.index.get(fold(name))
            if i is None:
                raise self.unknown(name)
            if len(self.exact) < self._spellings:
                self.exact[name] = i
        return i

    def unknown(self, name: str) -> UnknownProperty:
        """The error for a name that is not here."""
        if self.selected and name in self.cls.properties:
            return UnknownProperty(
                f"{self.cls.properties[name].name} of {self.cls.name} was not selected",
                property_name=name,
                class_name=self.cls.name,
                hint="name it in the select list",
            )
        return UnknownProperty(property_name=name, class_name=self.cls.name, candidates=self.names)

    def fit(self, i: int, value: object) -> object:
        """*value* in the exact form of the property at *i*; UNSET stays what it is.

        Raises:
            TypeMismatch, OutOfRange: it does not fit; an embedded object must be of the declared class or of one
            below
                it (wmi-semantics 3.1.5).  The message names class and property.
        """
        if value is UNSET:
            return UNSET
        cim_type, is_array = self.types[i]
        labels = self._labels
        if labels is None:
            labels = self._labels = tuple([f"{self.cls.name}.{name}" for name in self.names])
        what = labels[i]
        try:
            exact = coerce(value, cim_type, is_array, what=what)
        except (TypeMismatch, OutOfRange) as error:
            error.property_name = self.names[i]
            raise
        if cim_type is CimType.OBJECT and exact is not None:
            target = self.cls.properties[self.names[i]].target_class
            for item in exact if isinstance(exact, tuple) else (exact,):
                if target is not None and not _is_of_class(item, target):
                    raise TypeMismatch(f"{what}: the embedded object is no {target}")
        return exact

    def effective(self, values: Sequence[object]) -> tuple[object, ...]:
        """The values as a reader sees them: defaults in the place of what is not set."""
        seen = tuple(values)
        if UNSET not in seen:
            return seen
        return tuple([default if value is UNSET else value for value, default in zip(seen, self.defaults, strict=True)])


def _is_of_class(item: object, name: str) -> bool:
    definition: Any = getattr(item, "class_", item)  # an instance tells its class; a class is one
    return bool(definition.inherits_from(name))


def _restore_layout(cls: CimClass, names: tuple[str, ...] | None) -> InstanceLayout:
    return cls.layout if names is None else cls.layout_for(names)


# -- rows of providers

if TYPE_CHECKING:
    RowBuilder = Callable[[Mapping[str, object]], tuple[object, ...]]
    _Shape = tuple[RowBuilder, Callable[[Iterable[object]], tuple[object, ...]]]
else:
    RowBuilder = object

_WARM: Final = 256
"""Rows of one shape that are interpreted before a function is generated.

Generating costs about as much as the generated function saves over 70 rows (measured, whatever the number of
properties), and the first use of the compiler in a process as much as it saves over 1,000: it makes the types of the
syntax tree.  A command that lists the processes of a machine does without, and so does a Get of one object.
"""

_MAX_SHAPES: Final = 64
"""Shapes for which functions are kept per builder; a provider with more (keys that come and go) is interpreted."""


def build_row(layout: InstanceLayout, row: Mapping[str, object]) -> tuple[object, ...]:
    """The values of *row* in the layout's order, checked one by one: the reference of what the generated code does.

    Names count in any case; names of the class that the layout does not have are dropped; what is missing is UNSET.

    Raises:
        UnknownProperty: a name that the class does not have.
        TypeMismatch, OutOfRange: a value does not fit; the message names class and property.
    """
    values: list[object] = list(layout.unset)
    for name, value in row.items():
        i = layout.exact.get(name)
        if i is None:
            i = layout.index.get(fold(name))
            if i is None:
                if name in layout.cls.properties:
                    continue
                raise UnknownProperty(property_name=name, class_name=layout.cls.name, candidates=layout.cls.properties)
        values[i] = layout.fit(i, value)
    return tuple(values)


def compile_row_builder(layout: InstanceLayout) -> RowBuilder:
    """A function from a provider's mapping to the tuple of values of *layout*; same results as :func:`build_row`.

    The builder keeps one generated function per key sequence of the rows it meets (providers yield rows of one or two
    shapes), so that a row costs one look-up, one unpacking and the checks.
    """
    shapes: dict[tuple[str, ...], _Shape] = {}
    seen: dict[tuple[str, ...], int] = {}
    latest: RowBuilder | None = None

    def first_rows(row: Mapping[str, object], names: tuple[str, ...]) -> tuple[object, ...]:
        built = build_row(layout, row)
        count = seen.get(names, 0) + 1
        if count < _WARM:
            if len(seen) < _MAX_SHAPES:
                seen[names] = count
        elif len(shapes) < _MAX_SHAPES:
            shapes[names] = _compile_shape(layout, names, other_shape)
        return built

    def other_shape(row: Mapping[str, object]) -> tuple[object, ...]:
        nonlocal latest
        if not hasattr(row, "keys"):
            raise TypeMismatch(f"{layout.cls.name}: a {type(row).__name__} where a mapping is expected")
        names = tuple(row)
        shape = shapes.get(names)
        if shape is None:
            return first_rows(row, names)
        if row.__class__ is dict:
            latest = shape[0]
        return shape[1](row.values())

    def builder(row: Mapping[str, object]) -> tuple[object, ...]:
        return other_shape(row) if latest is None or row.__class__ is not dict else latest(row)

    return builder


_FAST_CHECKS: Final[dict[CimType, str]] = {
    CimType.STRING: "{v}.__class__ is not str",
    CimType.BOOLEAN: "{v} is not True and {v} is not False",
    CimType.REAL64: "{v}.__class__ is not float",
    CimType.DATETIME: "{v}.__class__ is not CimDateTime",
    CimType.REFERENCE: "{v}.__class__ is not str",
}
"""Conditions under which a value is *not* known to be in its exact form already; other types always go to coerce."""


def _condition(cim_type: CimType, is_array: bool, v: str) -> str:
    if is_array:
        return f"{v} is not None"
    limits = INTEGER_RANGES.get(cim_type)
    if limits is not None:
        low, high = limits
        return f"({v}.__class__ is not int or not {low} <= {v} <= {high}) and {v} is not None"
    check = _FAST_CHECKS.get(cim_type)
    return f"{v} is not None" if check is None else f"{check.format(v=v)} and {v} is not None"


def _compile_shape(
    layout: InstanceLayout, names: tuple[str, ...], other: Callable[[Mapping[str, object]], tuple[object, ...]]
) -> _Shape:
    """The functions for rows with exactly these keys; :func:`build_row` has accepted such a row before.

    The first takes a dictionary and asks it for each key: one with others it gives to *other*.  The second takes the
    values in the order of *names*.
    """
    slots = ["UNSET"] * len(layout)
    unpacked, asked, lines = [], [], []
    for k, name in enumerate(names):
        i = layout.exact.get(name)
        if i is None:
            i = layout.index.get(fold(name))
        v = f"v{k}"
        unpacked.append(v)
        asked.append(f"{v} = row[{str.__repr__(name)}]")
        if i is None:
            continue
        cim_type, is_array = layout.types[i]
        lines.append(f"    if {_condition(cim_type, is_array, v)}:\n        {v} = fit({i}, {v})\n")
        slots[i] = v
    made = f"{''.join(lines)}    return ({''.join(slot + ', ' for slot in slots)})\n"
    source = (
        "def of_row(row):\n"
        f"    if len(row) != {len(names)}:\n        return other(row)\n"
        f"    try:\n        {'; '.join(asked) or 'pass'}\n    except KeyError:\n        return other(row)\n"
        f"{made}\n\n"
        f"def of_values(values):\n    [{', '.join(unpacked)}] = values\n{made}"
    )
    title = f"rows of {layout.cls.name} ({len(names)} properties)"
    scope: dict[str, Any] = {
        "__name__": title,
        "__loader__": _GeneratedSource(source),
        "CimDateTime": CimDateTime,
        "UNSET": UNSET,
        "fit": layout.fit,
        "other": other,
    }
    exec(compile(source, title, "exec"), scope)  # noqa: S102 - source made from quoted names, positions and ranges only
    return scope["of_row"], scope["of_values"]


class _GeneratedSource:
    """Lets a traceback show generated lines (``linecache`` asks a module's loader for its source)."""

    __slots__ = ("_source",)

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, name: str) -> str:  # noqa: ARG002 - the signature of loaders
        return self._source
