"""Instances: a layout, a row of values, and where the object came from.

wmi-semantics 3.3 and 3.4.  Instances are made by the thousand, so that making one stores three references and
nothing else; everything shown follows from the layout.  A row may be shared by many instances: the first assignment
makes a copy of it.  ``instance.Name`` and ``instance["name"]`` read a property in any case, ``instance["__PATH"]``
a system property; names of this library's own end in an underscore, which no CIM property may.

What an instance says of itself (values, qualifiers of its own) is private to it; class and layout are shared and
never changed through it.  Depends on ``layout``, ``classes``, ``system_properties`` and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from wmix import status as codes
from wmix.cim.instance_properties import InstanceProperties, PropertyValue
from wmix.cim.layout import UNSET, InstanceLayout, build_row
from wmix.cim.names import fold
from wmix.cim.paths import ObjectPath
from wmix.cim.qualifiers import QualifierSet
from wmix.cim.system_properties import (
    SYSTEM_TYPES,
    Origin,
    instance_system_value,
    system_spelling,
)
from wmix.cim.types import GENUS_INSTANCE
from wmix.errors import UnknownProperty, error_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wmix.cim.classes import CimClass

__all__ = ["CimInstance", "InstanceProperties", "Origin", "PropertyValue", "instances"]


class _Stored:
    """What an instance consists of, without any behaviour: assigning to it is what Python does fastest."""

    __slots__ = ("_layout", "_origin", "_own_qualifiers", "_values")

    _layout: InstanceLayout
    _values: Sequence[object]
    _origin: Origin | None
    _own_qualifiers: dict[int, QualifierSet]

    def __init__(self, layout: InstanceLayout, values: Sequence[object], origin: Origin | None) -> None:
        self._layout = layout
        self._values = values
        self._origin = origin


class CimInstance(_Stored):
    """An instance of a CIM class."""

    __slots__ = ()

    cim_genus: Final = GENUS_INSTANCE

    def __init__(self, layout: InstanceLayout, values: Sequence[object], origin: Origin | None = None) -> None:
        """Wrap *values*, one for each name of *layout*, in exact form or UNSET; shared until one is assigned."""
        _set_layout(self, layout)
        _set_values(self, values)
        _set_origin(self, origin)

    # -- reading

    def __getattr__(self, name: str) -> Any:
        # Called when the ordinary look-up found nothing, that is for CIM names.
        try:
            value = self._values[self._layout.exact[name]]
        except KeyError:
            if name[:1] == "_" or name[-1:] == "_":
                return self._reserved(name)
            return self[name]
        return self._layout.defaults[self._layout.exact[name]] if value is UNSET else value

    def __getitem__(self, name: str) -> Any:
        layout = self._layout
        i = layout.exact.get(name)
        if i is None:
            if name[:2] == "__" and fold(name) not in layout.index:
                return self.system_(name)
            i = layout.position(name)
        value = self._values[i]
        return layout.defaults[i] if value is UNSET else value

    def _reserved(self, name: str) -> Any:
        """An attribute that begins or ends with ``_``: a system property, or none (Python asks for many)."""
        system = system_spelling(name)
        if system is not None:
            return instance_system_value(self._layout, self._values, self._origin, system)
        i = self._layout.index.get(fold(name))
        if i is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = self._values[i]
        return self._layout.defaults[i] if value is UNSET else value

    def get_(self, name: str, default: Any = None) -> Any:
        """The value of the property or system property *name*, or *default* when there is none of that name."""
        try:
            return self[name]
        except UnknownProperty:
            return default

    def system_(self, name: str) -> int | str | tuple[str, ...] | None:
        """The value of a system property, any case.

        Raises:
            UnknownProperty: there is none of that name.
        """
        system = system_spelling(name)
        if system is None:
            raise UnknownProperty(property_name=name, class_name=self._layout.cls.name, candidates=tuple(SYSTEM_TYPES))
        return instance_system_value(self._layout, self._values, self._origin, system)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (fold(name) in self._layout.index or system_spelling(name) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout.names)

    def __len__(self) -> int:
        return len(self._layout.names)

    def __bool__(self) -> bool:
        return True

    def __dir__(self) -> list[str]:
        return [*self._layout.names, *(name for name in object.__dir__(self) if name.endswith("_"))]

    # -- writing

    def __setattr__(self, name: str, value: object) -> None:
        if name[:1] == "_" or name[-1:] == "_":
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __setitem__(self, name: str, value: object) -> None:
        """Set a property; the value is converted to the exact form of its type.

        Raises:
            UnknownProperty: the class has no such property, or it was not selected.
            TypeMismatch, OutOfRange: the value does not fit.
            WmiError: WBEM_E_READ_ONLY for a system property.
        """
        layout = self._layout
        if name[:2] == "__" and (system := system_spelling(name)) is not None:
            raise error_for(codes.WBEM_E_READ_ONLY, f"{system} follows from the object and cannot be set")
        i = layout.position(name)
        exact = layout.fit(i, value)
        self._own_values()[i] = exact

    def __delattr__(self, name: str) -> None:
        self.reset_(name)

    def __delitem__(self, name: str) -> None:
        self.reset_(name)

    def reset_(self, name: str) -> None:
        """Make a property unset again, so that the class default shows."""
        self._own_values()[self._layout.position(name)] = UNSET

    def _own_values(self) -> list[object]:
        values = self._values
        if not isinstance(values, list):
            values = list(values)
            _set_values(self, values)
        return values

    # -- about the object

    @property
    def layout_(self) -> InstanceLayout:
        """Which properties are there, and where in :meth:`raw_values_`."""
        return self._layout

    @property
    def origin_(self) -> Origin | None:
        """Server and namespace; None for an object that was only built, or an event."""
        return self._origin

    def raw_values_(self) -> Sequence[object]:
        """The values in layout order, UNSET among them; not to be changed."""
        return self._values

    @property
    def class_(self) -> CimClass:
        """The class definition."""
        return self._layout.cls

    @property
    def class_name_(self) -> str:
        """The name of the class."""
        return self._layout.cls.name

    @property
    def derivation_(self) -> tuple[str, ...]:
        """The ancestors of the class, parent first."""
        return self._layout.cls.derivation

    @property
    def superclass_(self) -> str | None:
        """The parent of the class."""
        return self._layout.cls.superclass

    @property
    def path_(self) -> ObjectPath | None:
        """The object's path; None when a key is NULL, was not selected, or the class has none.

        Without an origin it has neither server nor namespace.
        """
        layout, values, origin = self._layout, self._values, self._origin
        server, namespace = (None, None) if origin is None else (origin.server, origin.namespace)
        name = layout.cls.name
        if layout.path_keys is None:
            if layout.cls.keys or not layout.cls.is_singleton:
                return None
            return ObjectPath(server=server, namespace=namespace, class_name=name, keys=None, singleton=True)
        keys: list[tuple[str | None, str | int | bool]] = []
        for key, i in layout.path_keys:
            value = layout.defaults[i] if values[i] is UNSET else values[i]
            if value is None:
                return None
            keys.append((key, value if isinstance(value, str | int) else str(value)))
        return ObjectPath(server=server, namespace=namespace, class_name=name, keys=tuple(keys), singleton=False)

    @property
    def properties_(self) -> InstanceProperties:
        """The properties with type and origin, by name."""
        return InstanceProperties(self)

    @property
    def qualifiers_(self) -> QualifierSet:
        """The qualifiers of the instance: those of the class that pass to instances, and its own."""
        return self._qualifier_set(-1)

    def _qualifier_set(self, i: int) -> QualifierSet:
        """The set of the property at *i*, of the object itself for -1; kept, as it may be changed (internal)."""
        try:
            own = _get_qualifiers(self)
        except AttributeError:
            own = {}
            _set_qualifiers(self, own)
        found = own.get(i)
        if found is None:
            cls = self._layout.cls
            source = cls.qualifiers if i < 0 else cls.properties[self._layout.names[i]].qualifiers
            own[i] = found = QualifierSet(inherited=QualifierSet(source.for_instance()))
        return found

    def values_(self) -> dict[str, Any]:
        """Name -> value of all properties present, in class order, defaults included."""
        layout = self._layout
        return dict(zip(layout.names, layout.effective(self._values), strict=True))

    def clone_(self) -> Self:
        """An independent copy, embedded objects and own qualifiers included (IWbemClassObject::Clone)."""
        layout, values = self._layout, self._values
        if layout.has_objects:
            values = [_clone_value(value) for value in values]
        elif isinstance(values, list):
            values = list(values)
        twin = self._twin(layout, values, self._origin)
        self.share_qualifiers_(twin)
        return twin

    def own_qualifiers_(self) -> Mapping[int, QualifierSet]:
        """The sets of qualifiers that were asked for so far: by the property's place, the object's own by -1."""
        try:
            return _get_qualifiers(self)
        except AttributeError:
            return {}

    def share_qualifiers_(self, twin: CimInstance) -> None:
        """Give *twin*, an instance of the same layout, copies of the qualifiers that this instance itself has."""
        own = self.own_qualifiers_()
        if own:
            _set_qualifiers(twin, {i: held.copy() for i, held in own.items()})

    def _twin(self, layout: InstanceLayout, values: Sequence[object], origin: Origin | None) -> Self:
        """An instance of the same Python type; subclasses with further state add theirs."""
        return type(self)(layout, values, origin)

    def spawn_(self) -> Self:
        """A new instance of the same class with nothing set; it has no origin yet (SpawnInstance, 3.4.8)."""
        layout = self._layout.cls.layout
        return self._twin(layout, layout.unset, None)

    @classmethod
    def of(
        cls, definition: CimClass, values: Mapping[str, object] | None = None, /, origin: Origin | None = None
    ) -> Self:
        """An instance of *definition* with *values* set, names in any case, values checked.

        Raises:
            UnknownProperty, TypeMismatch, OutOfRange: as on assignment.
        """
        layout = definition.layout
        return cls(layout, layout.unset if not values else build_row(layout, values), origin)

    def __eq__(self, other: object) -> bool:
        """Equal class name, properties and values; origin and qualifiers do not count."""
        if not isinstance(other, CimInstance):
            return NotImplemented
        if self is other:
            return True
        mine, theirs = self._layout, other._layout
        if mine is theirs and self._values is other._values:
            return True
        if fold(mine.cls.name) != fold(theirs.cls.name):
            return False
        if mine.names == theirs.names:
            return mine.effective(self._values) == theirs.effective(other._values)
        return {fold(k): v for k, v in self.values_().items()} == {fold(k): v for k, v in other.values_().items()}

    __hash__ = None  # type: ignore[assignment]  # instances can be changed

    def __repr__(self) -> str:
        path = self._reserved("__RELPATH")
        return f"<{path or self._layout.cls.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        own = self.own_qualifiers_() or None
        return (_restore_instance, (type(self), self._layout, tuple(self._values), self._origin, own))

    def __copy__(self) -> Self:
        return self.clone_()

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.clone_()


# Setting a slot by its descriptor does not run __setattr__, which is Python code.
_slots: Final[dict[str, Any]] = dict(vars(_Stored))
_set_layout: Final = _slots["_layout"].__set__
_set_values: Final = _slots["_values"].__set__
_set_origin: Final = _slots["_origin"].__set__
_set_qualifiers: Final = _slots["_own_qualifiers"].__set__
_get_qualifiers: Final[Callable[[CimInstance], dict[int, QualifierSet]]] = _slots["_own_qualifiers"].__get__


def instances(
    make: Callable[[InstanceLayout, Sequence[object], Origin | None], CimInstance],
    layout: InstanceLayout,
    rows: Iterable[Sequence[object]],
    origin: Origin | None,
) -> list[CimInstance]:
    """The instances that *make* makes of *rows*: in half the time, for many, if it is a kind of instance."""
    if not _adds_nothing(make):
        return [make(layout, row, origin) for row in rows]
    # An instance assigns by descriptors, as it makes properties of other assignments; what has its slots and not its
    # behaviour does not have to, and becomes an instance afterwards.
    made: list[Any] = [_Stored(layout, row, origin) for row in rows]
    for one in made:
        one.__class__ = make
    return made


#: What two classes have in common whose instances may change from one to the other and are made alike.
_SHAPE: Final = ("__basicsize__", "__dictoffset__", "__weakrefoffset__", "__init__", "__new__")


def _adds_nothing(make: object) -> bool:
    """Whether *make* is a kind of instance that has neither a constructor nor attributes of its own."""
    return isinstance(make, type) and all(getattr(make, name) == getattr(CimInstance, name) for name in _SHAPE)


def _restore_instance(
    kind: type[CimInstance],
    layout: InstanceLayout,
    values: tuple[object, ...],
    origin: Origin | None,
    own_qualifiers: dict[int, QualifierSet] | None,
) -> CimInstance:
    restored = kind(layout, values, origin)
    if own_qualifiers is not None:
        _set_qualifiers(restored, own_qualifiers)
    return restored


def _clone_value(value: object) -> object:
    if isinstance(value, CimInstance):
        return value.clone_()
    if isinstance(value, tuple):
        return tuple([_clone_value(item) for item in value])
    return value
