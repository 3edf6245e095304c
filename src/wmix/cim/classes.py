"""Class definitions: properties with defaults, methods, qualifiers, and what is inherited.

DSP0004 5.1, [MS-WMI] 2.2.4, wmi-semantics 3.3-3.5 and 6.2.  A :class:`CimClass` is self-contained: it lists the
properties and methods of its ancestors too, with the qualifiers that reach it, and knows of each whether it was
declared here. Definitions are shared between threads and caches and are not changed after they were made;
:func:`derive` builds a subclass and checks the rules (``class_rules``), ``drafts`` edits.

On a class, names without a trailing underscore are this library's (``name``, ``keys``, ``properties``); the CIM
side is reached by item (``cls["Name"]`` is the default of ``Name``, ``cls["__DERIVATION"]`` a system property) and
by the names that WMI scripting has (``path_``, ``qualifiers_``).  Depends on ``qualifiers``, ``layout``, ``paths``
and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim import class_rules as rules
from wmix.cim.layout import UNSET, InstanceLayout, Unset
from wmix.cim.names import NameDict, fold
from wmix.cim.paths import ObjectPath
from wmix.cim.properties import CIMTYPE_FLAVOR, CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet, Scope
from wmix.cim.system_properties import class_system_value, system_spelling
from wmix.cim.types import GENUS_CLASS, CimType, coerce
from wmix.errors import UnknownProperty, error_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wmix.cim.instances import CimInstance
    from wmix.cim.methods import CimMethod
    from wmix.cim.types import CimValue

__all__ = ["CimClass", "CimProperty", "derive"]

_PROJECTIONS: Final = 64
"""Layouts of select lists kept per class; the oldest is dropped, so that a client cannot grow them without bound."""


class CimClass:
    """A class definition.

    Attributes:
        name: in the spelling of its definition; empty while a new class has none.
        superclass: the parent's name, None for a top-level class.
        derivation: the ancestors, parent first.
        parent: the parent's definition where it is known (it is for classes of the image and of a repository).
        properties, methods: all of them, those of the base first, by name in any case.
        qualifiers: those of the class itself and those that reach it.
        namespace, server: where it came from, None for a class that was only built.
        keys: names of the key properties, in order of definition.
    """

    __slots__ = (
        "_layout",
        "_projections",
        "derivation",
        "keys",
        "methods",
        "name",
        "namespace",
        "parent",
        "properties",
        "qualifiers",
        "server",
        "superclass",
    )

    cim_genus: Final = GENUS_CLASS

    def __init__(
        self,
        name: str,
        *,
        superclass: str | None = None,
        derivation: tuple[str, ...] = (),
        properties: Iterable[CimProperty] = (),
        methods: Iterable[CimMethod] = (),
        qualifiers: QualifierSet | None = None,
        namespace: str | None = None,
        server: str | None = None,
        parent: CimClass | None = None,
    ) -> None:
        """Put a definition together from members that are complete already; nothing is checked (see :func:`derive`)."""
        self.name = name
        self.superclass = superclass
        self.derivation = derivation
        self.properties: NameDict[CimProperty] = NameDict([(prop.name, prop) for prop in properties])
        self.methods: NameDict[CimMethod] = NameDict([(method.name, method) for method in methods])
        self.qualifiers = QualifierSet() if qualifiers is None else qualifiers
        self.namespace = namespace
        self.server = server
        self.parent = parent
        self.keys: tuple[str, ...] = tuple([prop.name for prop in self.properties.values() if prop.is_key])
        self._layout: InstanceLayout | None = None
        self._projections: dict[frozenset[str], InstanceLayout] = {}

    # -- what kind of class it is

    @property
    def is_abstract(self) -> bool:
        """Whether there can be no instances of exactly this class."""
        return self.qualifiers.is_true("abstract")

    @property
    def is_singleton(self) -> bool:
        """Whether there is one instance at most, of path ``Class=@``."""
        return self.qualifiers.is_true("singleton")

    @property
    def is_dynamic(self) -> bool:
        """Whether a provider, not the repository, has the instances."""
        return self.qualifiers.is_true("dynamic")

    @property
    def is_association(self) -> bool:
        """Whether its instances relate other objects by references."""
        return self.qualifiers.is_true("association")

    @property
    def provider_name(self) -> str | None:
        """The value of the ``provider`` qualifier."""
        value = self.qualifiers.value("provider")
        return value if isinstance(value, str) else None

    @property
    def dynasty(self) -> str:
        """The topmost ancestor; the class itself when it has none."""
        return self.derivation[-1] if self.derivation else self.name

    def inherits_from(self, name: str) -> bool:
        """Whether the class is *name* or has it among its ancestors; any case (IWbemClassObject::InheritsFrom)."""
        folded = fold(name)
        return fold(self.name) == folded or any(fold(ancestor) == folded for ancestor in self.derivation)

    # -- members

    def property_(self, name: str) -> CimProperty:
        """The property *name*, any case.

        Raises:
            UnknownProperty: the class has none of that name; the hint names the nearest.
        """
        prop = self.properties.get(name)
        if prop is None:
            raise UnknownProperty(property_name=name, class_name=self.name, candidates=self.properties)
        return prop

    @property
    def layout(self) -> InstanceLayout:
        """The layout of complete instances, made on first use."""
        layout = self._layout
        if layout is None:
            layout = self._layout = InstanceLayout(self)
        return layout

    def layout_for(self, names: Iterable[str]) -> InstanceLayout:
        """The layout of instances that have only *names* (any case and order; kept for the next use).

        Raises:
            UnknownProperty: one of the names is none of the class; system properties are let pass and take no place.
        """
        wanted = tuple(names)
        key = frozenset([fold(name) for name in wanted])
        layout = self._projections.get(key)
        if layout is None:
            layout = InstanceLayout(self, wanted)
            if len(self._projections) >= _PROJECTIONS:
                self._projections.pop(next(iter(self._projections), key), None)
            self._projections[key] = layout
        return layout

    # -- the CIM face

    def __getitem__(self, name: str) -> CimValue:
        """The default of the property *name*, or the system property of that name."""
        prop = self.properties.get(name)
        if prop is not None:
            return prop.default
        system = system_spelling(name)
        if system is not None:
            return class_system_value(self, system)
        raise UnknownProperty(property_name=name, class_name=self.name, candidates=self.properties)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.properties or system_spelling(name) is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.properties)

    def __len__(self) -> int:
        return len(self.properties)

    def __bool__(self) -> bool:
        return True

    @property
    def path_(self) -> ObjectPath | None:
        """The path of the class; None while it has no name."""
        if not self.name:
            return None
        return ObjectPath(
            server=self.server, namespace=self.namespace, class_name=self.name, keys=None, singleton=False
        )

    @property
    def qualifiers_(self) -> QualifierSet:
        """The qualifiers of the class."""
        return self.qualifiers

    @property
    def properties_(self) -> NameDict[CimProperty]:
        """The properties by name."""
        return self.properties

    @property
    def methods_(self) -> NameDict[CimMethod]:
        """The methods by name."""
        return self.methods

    @property
    def derivation_(self) -> tuple[str, ...]:
        """The ancestors, parent first."""
        return self.derivation

    @property
    def superclass_(self) -> str | None:
        """The parent's name."""
        return self.superclass

    @property
    def class_name_(self) -> str:
        """The name of the class."""
        return self.name

    def clone_(self) -> CimClass:
        """An independent copy: changing its qualifier sets leaves this class alone."""
        return CimClass(
            self.name,
            superclass=self.superclass,
            derivation=self.derivation,
            properties=[prop.copy() for prop in self.properties.values()],
            methods=[method.copy() for method in self.methods.values()],
            qualifiers=self.qualifiers.copy(),
            namespace=self.namespace,
            server=self.server,
            parent=self.parent,
        )

    def spawn_(self, values: Mapping[str, object] | None = None, /, **named: object) -> CimInstance:
        """A new instance with the values that are given, names in any case; it has no origin yet (3.4.8).

        Raises:
            WmiError: WBEM_E_INCOMPLETE_CLASS while the class has no name.
            UnknownProperty, TypeMismatch, OutOfRange: a value does not fit the class.
        """
        from wmix.cim.instances import CimInstance  # which stands on this module

        if not self.name:
            raise error_for(codes.WBEM_E_INCOMPLETE_CLASS, "a class without a name has no instances")
        return CimInstance.of(self, {**(values or {}), **named})

    def derive_(
        self,
        name: str,
        *,
        properties: Mapping[str, str | CimProperty] | None = None,
        keys: Iterable[str] = (),
        defaults: Mapping[str, object] | None = None,
        qualifiers: Mapping[str, object] | None = None,
        methods: Iterable[CimMethod] = (),
    ) -> CimClass:
        """A class below this one, not yet put anywhere (SpawnDerivedClass, 3.4.9).

        Args:
            properties: new ones by name: a type such as ``"uint32"``, ``"string[]"``, ``"ref:CIM_X"``, or a
                :class:`CimProperty`.
            keys: which of the new properties are keys.
            defaults: default values, also other ones for inherited properties.
            qualifiers: of the class, by name.
            methods: those that the class declares.

        Raises:
            WmiError: with the status that PutClass answers: see ``class_rules``.
        """
        from wmix.cim.declarations import declared_class  # which stands on this module

        return declared_class(
            self,
            name,
            properties=properties,
            keys=keys,
            defaults=defaults,
            qualifiers=qualifiers,
            methods=methods,
        )

    def located(self, server: str | None, namespace: str | None) -> CimClass:
        """The same definition as found in another place; members are shared."""
        return CimClass(
            self.name,
            superclass=self.superclass,
            derivation=self.derivation,
            properties=self.properties.values(),
            methods=self.methods.values(),
            qualifiers=self.qualifiers,
            namespace=namespace,
            server=server,
            parent=None if self.parent is None else self.parent.located(server, namespace),
        )

    def __eq__(self, other: object) -> bool:
        """Equal definitions: names, derivation, members and qualifiers; not where they came from."""
        if not isinstance(other, CimClass):
            return NotImplemented
        return self is other or (
            fold(self.name) == fold(other.name)
            and tuple(map(fold, self.derivation)) == tuple(map(fold, other.derivation))
            and self.properties == other.properties
            and self.methods == other.methods
            and self.qualifiers == other.qualifiers
        )

    def __hash__(self) -> int:
        return hash((fold(self.name), len(self.properties)))

    def __repr__(self) -> str:
        below = f" : {self.superclass}" if self.superclass else ""
        return f"<CimClass {self.name}{below}>"

    def __reduce__(self) -> tuple[object, ...]:
        state = (
            self.name,
            self.superclass,
            self.derivation,
            tuple(self.properties.values()),
            tuple(self.methods.values()),
            self.qualifiers,
            self.namespace,
            self.server,
            self.parent,
        )
        return (_restore_class, state)


def _restore_class(
    name: str,
    superclass: str | None,
    derivation: tuple[str, ...],
    properties: tuple[CimProperty, ...],
    methods: tuple[CimMethod, ...],
    qualifiers: QualifierSet,
    namespace: str | None,
    server: str | None,
    parent: CimClass | None,
) -> CimClass:
    return CimClass(
        name,
        superclass=superclass,
        derivation=derivation,
        properties=properties,
        methods=methods,
        qualifiers=qualifiers,
        namespace=namespace,
        server=server,
        parent=parent,
    )


def derive(
    parent: CimClass | None,
    name: str,
    *,
    properties: Iterable[CimProperty] = (),
    methods: Iterable[CimMethod] = (),
    qualifiers: QualifierSet | Iterable[Qualifier] = (),
    namespace: str | None = None,
    server: str | None = None,
    check: bool = True,
) -> CimClass:
    """Build a class from what it declares itself and from its parent.

    Members that the parent has are overrides: they keep the parent's place, spelling and origin, and the parent's
    qualifiers that pass to derived classes show through where the override says nothing.  An override without a
    default of its own has the parent's.

    Args:
        parent: the parent's definition, None for a top-level class.
        name: the new class's name.
        properties, methods, qualifiers: what the class declares; a property's qualifiers need no ``CIMTYPE``.
        namespace, server: as the class will report; by default the parent's.
        check: False when the source is trusted (the shipped image, whose tests check it).

    Raises:
        WmiError: with the status that PutClass answers: see ``class_rules``.
    """
    own_qualifiers = qualifiers.entries() if isinstance(qualifiers, QualifierSet) else tuple(qualifiers)
    own_properties, own_methods = list(properties), list(methods)
    if check:
        rules.check_class_name(name)
    inherited_qualifiers = QualifierSet(() if parent is None else parent.qualifiers.for_derived())
    class_qualifiers = rules.merge_qualifiers(
        inherited_qualifiers, own_qualifiers, f"class {name}", Scope.CLASS, check=check
    )
    all_properties: dict[str, CimProperty] = {}
    all_methods: dict[str, CimMethod] = {}
    if parent is not None:
        for prop in parent.properties.values():
            all_properties[fold(prop.name)] = prop.inherited()
        for method in parent.methods.values():
            all_methods[fold(method.name)] = method.inherited()
    for prop in own_properties:
        base = None if parent is None else parent.properties.get(prop.name)
        all_properties[fold(prop.name)] = _declared_property(prop, base, parent, name, check)
    for method in own_methods:
        above = None if parent is None else parent.methods.get(method.name)
        all_methods[fold(method.name)] = _declared_method(method, above, name, check)
    cls = CimClass(
        name,
        superclass=None if parent is None else parent.name,
        derivation=() if parent is None else (parent.name, *parent.derivation),
        properties=all_properties.values(),
        methods=all_methods.values(),
        qualifiers=class_qualifiers,
        namespace=namespace if namespace is not None or parent is None else parent.namespace,
        server=server if server is not None or parent is None else parent.server,
        parent=parent,
    )
    if check:
        rules.check_class(cls, parent)
    return cls


def _declared_property(
    prop: CimProperty, base: CimProperty | None, parent: CimClass | None, class_name: str, check: bool
) -> CimProperty:
    """*prop* as the class that declares it has it."""
    what = f"{class_name}.{prop.name}"
    if check:
        rules.check_property(prop, base, parent, class_name)
    cimtype = Qualifier("CIMTYPE", prop.cimtype, CimType.STRING, False, CIMTYPE_FLAVOR)
    own = [cimtype, *(q for q in prop.qualifiers.entries() if fold(q.name) != "cimtype")]
    from_above = QualifierSet(() if base is None else base.qualifiers.for_derived())
    qualifiers = rules.merge_qualifiers(from_above, own, what, Scope.PROPERTY, check=check)
    default: CimValue | Unset
    if not prop.has_default:
        default = UNSET if base is None or not base.has_default else base.default
    else:
        default = coerce(prop.default, prop.type, prop.is_array, what=what) if check else prop.default
    return CimProperty(
        prop.name if base is None else base.name,
        prop.type,
        prop.is_array,
        default,
        qualifiers,
        class_name if base is None else base.origin,
        prop.cimtype,
    )


def _declared_method(method: CimMethod, base: CimMethod | None, class_name: str, check: bool) -> CimMethod:
    """*method* as the class that declares it has it."""
    if check and base is not None:
        rules.check_method_override(method, base, class_name)
    from_above = QualifierSet(() if base is None else base.qualifiers.for_derived())
    qualifiers = rules.merge_qualifiers(
        from_above,
        method.qualifiers.entries(),
        f"method {class_name}.{method.name}",
        Scope.METHOD,
        check=check,
    )
    declared = method.copy()
    declared.qualifiers = qualifiers
    declared.local = True
    if base is not None:
        declared.name = base.name
    declared.origin = class_name if base is None else base.origin
    return declared
