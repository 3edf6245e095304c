"""Qualifiers and their flavors: what is said about a class, property, method or parameter, and to whom it passes.

DSP0004 5.6, [MS-WMIO] 2.2.59-2.2.62, wmi-semantics 3.5.  A flavor is a set of bits: two say to whom the qualifier
passes (instances, derived classes), one forbids overriding, two say where it came from, one marks it as localised.
The flavors of well-known names stand in one table, :data:`STANDARD_QUALIFIERS`; they are those that Windows stores
(captured class definitions), where they differ from the pages.

A set is an ordered mapping from name to value, without regard to case.  Values are text, Boolean, integer, real or
tuples of one of these.  Filling may be deferred: reading a class for a query needs none of its qualifiers.
Depends on ``types``, ``errors`` and ``status`` only.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.types import CimType
from wmix.errors import error_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "STANDARD_QUALIFIERS",
    "Flavor",
    "Qualifier",
    "QualifierSet",
    "QualifierValue",
    "Scope",
    "StandardQualifier",
    "standard_flavor",
]

QualifierValue = str | bool | int | float | tuple[str, ...] | tuple[bool, ...] | tuple[int, ...] | tuple[float, ...]


class Flavor(IntFlag):
    """Bits of a qualifier's flavor, [MS-WMIO] 2.2.62; WBEM_FLAVOR_* in wbemcli.h."""

    TO_INSTANCE = 0x01
    TO_DERIVED_CLASS = 0x02
    NOT_OVERRIDABLE = 0x10
    ORIGIN_PROPAGATED = 0x20
    ORIGIN_SYSTEM = 0x40
    AMENDED = 0x80


class Scope:
    """Bits for what a qualifier may be attached to; in another place it is WBEM_E_INVALID_QUALIFIER."""

    CLASS: Final = 1
    PROPERTY: Final = 2
    METHOD: Final = 4
    PARAMETER: Final = 8
    INSTANCE: Final = 16
    ANY: Final = 31


# Plain integers: combining IntFlag members costs a Python call each, and sets are copied for every property of a class.
_TO_INSTANCE: Final = 0x01
_TO_DERIVED: Final = 0x02
_FIXED: Final = 0x10
_PROPAGATED: Final = 0x20
_SETTABLE: Final = 0x93
"""Bits that a caller may give to :meth:`QualifierSet.put` (3.5.2); the others are set by the server."""


class StandardQualifier:
    """A qualifier that WMI or its classes define: spelling, value type, flavor when none is given, and place."""

    __slots__ = ("flavor", "is_array", "name", "scope", "type")

    def __init__(self, name: str, type: CimType, flavor: int, scope: int, is_array: bool = False) -> None:  # noqa: A002
        self.name = name
        self.type = type
        self.flavor = flavor
        self.scope = scope
        self.is_array = is_array

    def describe_type(self) -> str:
        """The CIM type of the value: ``string``, ``string[]``."""
        return f"{self.type.name.lower()}{'[]' if self.is_array else ''}"


def _table(*rows: StandardQualifier) -> dict[str, StandardQualifier]:
    return {row.name.casefold(): row for row in rows}


_S, _B, _I = CimType.STRING, CimType.BOOLEAN, CimType.SINT32
_CLASS, _PROPERTY, _METHOD, _PARAMETER, _MEMBER, _ANY = 1, 2, 4, 8, 10, 31
_BODY = _PROPERTY | _METHOD

STANDARD_QUALIFIERS: Final[dict[str, StandardQualifier]] = _table(
    # Flavors 00, 01, 02, 03, 11 and 13 below are as captured from Windows (CIM_Process, Win32_Process); the others
    # follow DSP0004 5.6.3 ("DisableOverride", "ToSubclass") and, for Static, 8.1.5: what is inherited stays static.
    StandardQualifier("abstract", _B, 0x00, _CLASS),
    StandardQualifier("singleton", _B, 0x13, _CLASS),
    StandardQualifier("association", _B, 0x13, _CLASS),
    StandardQualifier("dynamic", _B, 0x01, _CLASS | _PROPERTY),
    StandardQualifier("provider", _S, 0x01, _CLASS | _PROPERTY),
    StandardQualifier("UUID", _S, 0x01, _CLASS),
    StandardQualifier("Locale", _I, 0x01, _CLASS),
    StandardQualifier("amendment", _B, 0x00, _CLASS),
    StandardQualifier("SupportsCreate", _B, 0x00, _CLASS),
    StandardQualifier("CreateBy", _S, 0x00, _CLASS),
    StandardQualifier("SupportsDelete", _B, 0x00, _CLASS),
    StandardQualifier("DeleteBy", _S, 0x00, _CLASS),
    StandardQualifier("SupportsUpdate", _B, 0x00, _CLASS),
    StandardQualifier("CIMTYPE", _S, 0x03, _MEMBER),
    StandardQualifier("key", _B, 0x13, _PROPERTY),
    StandardQualifier("indexed", _B, 0x13, _PROPERTY),
    StandardQualifier("not_null", _B, 0x13, _PROPERTY),
    StandardQualifier("read", _B, 0x02, _PROPERTY),
    StandardQualifier("write", _B, 0x02, _PROPERTY),
    StandardQualifier("CIM_Key", _B, 0x02, _PROPERTY),
    StandardQualifier("Propagated", _S, 0x02, _PROPERTY),
    StandardQualifier("Override", _S, 0x00, _BODY),
    StandardQualifier("Units", _S, 0x02, _MEMBER | _METHOD),
    StandardQualifier("MaxLen", _I, 0x02, _MEMBER | _METHOD),
    StandardQualifier("SubType", _S, 0x02, _MEMBER),
    StandardQualifier("ValueMap", _S, 0x02, _MEMBER | _METHOD, is_array=True),
    StandardQualifier("Values", _S, 0x02, _MEMBER | _METHOD, is_array=True),
    StandardQualifier("Privileges", _S, 0x02, _CLASS | _BODY, is_array=True),
    StandardQualifier("In", _B, 0x00, _PARAMETER),
    StandardQualifier("Out", _B, 0x00, _PARAMETER),
    StandardQualifier("ID", _I, 0x11, _PARAMETER),
    StandardQualifier("Optional", _B, 0x02, _PARAMETER),
    StandardQualifier("Static", _B, 0x12, _METHOD),
    StandardQualifier("Implemented", _B, 0x00, _METHOD),
    StandardQualifier("Disabled", _B, 0x00, _METHOD),
    StandardQualifier("Constructor", _B, 0x00, _METHOD),
    StandardQualifier("Destructor", _B, 0x00, _METHOD),
    StandardQualifier("Description", _S, 0x02, _ANY),
    StandardQualifier("DisplayName", _S, 0x02, _ANY),
)
"""Well-known qualifiers by case-folded name."""


def standard_flavor(name: str) -> int:
    """The flavor of a qualifier of this name whose author gives none (0, no propagation, for unknown names)."""
    known = STANDARD_QUALIFIERS.get(name.casefold())
    return 0 if known is None else known.flavor


def _infer(value: object) -> tuple[CimType, bool]:
    """CIM type of a qualifier value: string, Boolean, sint32, real64 and arrays of these (3.5.1)."""
    if isinstance(value, (list, tuple)):
        if not value:
            return CimType.STRING, True
        kinds = {_infer(item) for item in value}
        if len(kinds) == 1:
            kind, is_array = kinds.pop()
            if not is_array:
                return kind, True
    elif isinstance(value, str):
        return CimType.STRING, False
    elif isinstance(value, bool):
        return CimType.BOOLEAN, False
    elif isinstance(value, int) and -0x80000000 <= value <= 0x7FFFFFFF:
        return CimType.SINT32, False
    elif isinstance(value, float):
        return CimType.REAL64, False
    raise error_for(
        codes.WBEM_E_INVALID_QUALIFIER_TYPE,
        f"a qualifier holds text, a Boolean, a 32-bit integer, a real or an array of one of these, not {value!r}",
    )


class Qualifier:
    """One qualifier: name, value, CIM type, flavor bits (:class:`Flavor`, kept as an int).  Treated as immutable."""

    __slots__ = ("flavor", "is_array", "name", "type", "value")

    def __init__(
        self,
        name: str,
        value: QualifierValue,
        type: CimType,  # noqa: A002 - the standard's noun
        is_array: bool = False,
        flavor: int = 0,
    ) -> None:
        self.name = name
        self.value = value
        self.type = type
        self.is_array = is_array
        self.flavor = flavor

    @classmethod
    def of(cls, name: str, value: object = True, flavor: int | None = None) -> Qualifier:
        """A qualifier with the type of its value and, without *flavor*, the standard flavor of its name.

        Raises:
            WmiError: WBEM_E_INVALID_QUALIFIER_TYPE when the value is none that a qualifier can hold.
        """
        kind, is_array = _infer(value)
        kept: QualifierValue = tuple(value) if isinstance(value, (list, tuple)) else value  # type: ignore[assignment]  # checked by _infer
        return cls(name, kept, kind, is_array, standard_flavor(name) if flavor is None else flavor)

    @property
    def is_propagated(self) -> bool:
        """Whether it came from the parent class or, on an instance, from the class."""
        return bool(self.flavor & _PROPAGATED)

    def propagated(self) -> Qualifier:
        """The same qualifier as its heir sees it."""
        if self.flavor & _PROPAGATED:
            return self
        return Qualifier(self.name, self.value, self.type, self.is_array, self.flavor | _PROPAGATED)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Qualifier):
            return NotImplemented
        return (
            self.name.casefold() == other.name.casefold()
            and self.value == other.value
            and self.type == other.type
            and self.is_array == other.is_array
            and self.flavor == other.flavor
        )

    def __hash__(self) -> int:
        return hash((self.name.casefold(), self.value, self.flavor))

    def __repr__(self) -> str:
        return f"Qualifier({self.name!r}, {self.value!r}, flavor={int(self.flavor):#04x})"


class QualifierSet:
    """The qualifiers of one class, property, method, parameter or instance.

    A mapping from name to *value* that ignores case and keeps order and spelling; :meth:`get` and :meth:`entries`
    give the :class:`Qualifier` with its flavor.  The optional *inherited* set is what the parent passed on: it
    decides what overriding and deleting do.
    """

    __slots__ = ("_fill", "_inherited", "_items")

    _items: dict[str, Qualifier]

    def __init__(self, items: Iterable[Qualifier] = (), *, inherited: QualifierSet | None = None) -> None:
        self._fill: Callable[[], Iterable[Qualifier]] | None = None
        self._inherited = inherited
        self._items = {} if inherited is None else dict(inherited._items)
        for item in items:
            self._items[item.name.casefold()] = item

    @classmethod
    def deferred(cls, fill: Callable[[], Iterable[Qualifier]]) -> QualifierSet:
        """A set whose content *fill* produces on first use; two threads may both do it, with equal results."""
        self = cls.__new__(cls)
        self._fill = fill
        self._inherited = None
        return self

    def __getattr__(self, name: str) -> dict[str, Qualifier]:
        # Only an unfilled set lacks the slot.
        if name == "_items" and (fill := self._fill) is not None:
            self._items = items = {item.name.casefold(): item for item in fill()}
            return items
        raise AttributeError(name)

    # -- the mapping of values

    def __getitem__(self, name: str) -> QualifierValue:
        try:
            return self._items[name.casefold()].value
        except KeyError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._items

    def __iter__(self) -> Iterator[str]:
        return iter([item.name for item in self._items.values()])

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, QualifierSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # sets can be changed

    def __repr__(self) -> str:
        return f"QualifierSet({list(self._items.values())!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore_set, (tuple(self._items.values()), self._inherited))

    def items(self) -> Iterator[tuple[str, QualifierValue]]:
        """Pairs of name and value, in order."""
        return iter([(item.name, item.value) for item in self._items.values()])

    def value(self, name: str, default: QualifierValue | None = None) -> QualifierValue | None:
        """The value of *name*, or *default* when there is no such qualifier."""
        item = self._items.get(name.casefold())
        return default if item is None else item.value

    def is_true(self, name: str) -> bool:
        """Whether the Boolean qualifier *name* is there and true."""
        item = self._items.get(name.casefold())
        return item is not None and bool(item.value)

    # -- the qualifiers themselves

    def get(self, name: str) -> Qualifier | None:
        """The qualifier with its type and flavor, or None."""
        return self._items.get(name.casefold())

    def entries(self) -> tuple[Qualifier, ...]:
        """All qualifiers, in order."""
        return tuple(self._items.values())

    def has_flavor(self, bits: int) -> bool:
        """Whether some qualifier has one of *bits* in its flavor."""
        for item in self._items.values():  # noqa: SIM110 - asked for every property of every instance that is put
            if item.flavor & bits:
                return True
        return False

    def add(self, qualifier: Qualifier) -> None:
        """Store *qualifier* as it is: for decoders and builders, which have checked it."""
        self._items[qualifier.name.casefold()] = qualifier

    def put(self, name: str, value: object = True, flavor: int | None = None) -> Qualifier:
        """Set a qualifier, replacing one of the same name (IWbemQualifierSet::Put, wmi-semantics 3.5.2).

        Args:
            name: any case; a new qualifier keeps this spelling.
            value: text, Boolean, integer of 32 bits, float, or a list or tuple of one of these.
            flavor: propagation and permission bits (:class:`Flavor`); None takes the standard flavor of the name.

        Raises:
            WmiError: WBEM_E_INVALID_PARAMETER for an empty name, WBEM_E_INVALID_FLAVOR for origin or unknown bits,
                WBEM_E_INVALID_QUALIFIER_TYPE for other values, WBEM_E_OVERRIDE_NOT_ALLOWED when the parent forbids a
                different value.
        """
        if not name:
            raise error_for(codes.WBEM_E_INVALID_PARAMETER, "a qualifier needs a name")
        if flavor is not None and flavor & ~_SETTABLE:
            raise error_for(
                codes.WBEM_E_INVALID_FLAVOR,
                f"flavor {flavor:#x} of qualifier {name} has bits outside 0x93",
            )
        new = Qualifier.of(name, value, flavor)
        known = STANDARD_QUALIFIERS.get(name.casefold())
        if known is not None and (known.type, known.is_array) != (new.type, new.is_array):
            raise error_for(
                codes.WBEM_E_INVALID_QUALIFIER_TYPE,
                f"qualifier {known.name} holds {known.describe_type()}, not {value!r}",
            )
        base = None if self._inherited is None else self._inherited.get(name)
        if base is not None and base.flavor & _FIXED:
            if base.value == new.value:
                return base
            raise error_for(
                codes.WBEM_E_OVERRIDE_NOT_ALLOWED,
                f"qualifier {base.name} is inherited with value {base.value!r} and may not be overridden",
            )
        old = self._items.get(name.casefold())
        if old is not None:
            new.name = old.name
        self._items[name.casefold()] = new
        return new

    def delete(self, name: str) -> int:
        """Remove a local qualifier (IWbemQualifierSet::Delete, 3.5.4).

        Returns:
            WBEM_S_NO_ERROR, or WBEM_S_RESET_TO_DEFAULT when an inherited value shows through again.

        Raises:
            WmiError: WBEM_E_NOT_FOUND; WBEM_E_PROPAGATED_QUALIFIER for one that is inherited.
        """
        folded = name.casefold()
        item = self._items.get(folded)
        if item is None:
            raise error_for(codes.WBEM_E_NOT_FOUND, f"there is no qualifier {name!r}")
        if item.flavor & _PROPAGATED:
            raise error_for(
                codes.WBEM_E_PROPAGATED_QUALIFIER,
                f"qualifier {item.name} is inherited; it cannot be deleted",
            )
        base = None if self._inherited is None else self._inherited.get(name)
        if base is not None:
            self._items[folded] = base
            return codes.WBEM_S_RESET_TO_DEFAULT
        del self._items[folded]
        return codes.WBEM_S_NO_ERROR

    def copy(self) -> QualifierSet:
        """An independent set with the same content and the same inherited part."""
        twin = QualifierSet(self._items.values())
        twin._inherited = self._inherited
        return twin

    # -- propagation

    def for_derived(self) -> tuple[Qualifier, ...]:
        """What a derived class inherits: the qualifiers with TO_DERIVED_CLASS, marked as propagated."""
        return tuple(item.propagated() for item in self._items.values() if item.flavor & _TO_DERIVED)

    def for_instance(self) -> tuple[Qualifier, ...]:
        """What an instance shows: the qualifiers with TO_INSTANCE, marked as propagated."""
        return tuple(item.propagated() for item in self._items.values() if item.flavor & _TO_INSTANCE)


def _restore_set(items: tuple[Qualifier, ...], inherited: QualifierSet | None) -> QualifierSet:
    restored = QualifierSet(items)
    restored._inherited = inherited
    return restored
