"""Methods: signatures as ``__PARAMETERS`` classes, and the numbering of parameters.

wmi-semantics 3.4.15-3.4.17 and 8.1, [MS-WMIO] 2.2.38-2.2.52.  A method has two signature classes, one per
direction, whose properties are the parameters.  Every parameter but ``ReturnValue`` has the qualifier ``ID``,
numbered from 0 over both directions; a parameter that goes both ways stands in both with the same number.  A side
without parameters is None.

Methods of the shipped classes are declared by a parameter list, and their signatures are made when somebody asks.
Depends on ``classes``, ``qualifiers`` and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.classes import CimClass
from wmix.cim.names import fold
from wmix.cim.properties import CIMTYPE_FLAVOR, CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType, cimtype_text, type_name
from wmix.errors import error_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wmix.cim.types import CimValue

    Signatures = tuple[CimClass | None, CimClass | None]

__all__ = ["PARAMETERS_CLASS", "RETURN_VALUE", "CimMethod", "CimParameter", "check_signatures", "parameter_class"]

PARAMETERS_CLASS: Final = "__PARAMETERS"
"""Name of every signature class."""

RETURN_VALUE: Final = "ReturnValue"
"""Name of the property of the out-signature that is the method's return value."""

_ID_FLAVOR: Final = 0x11


class CimParameter:
    """One parameter of a method.

    Attributes:
        name, type, is_array, default, cimtype: as of a property.
        qualifiers: other than CIMTYPE, In, Out and ID, which follow from the other attributes.
        is_in, is_out: direction; both for one that goes both ways.
        id: number over both directions; None takes the next free one.
    """

    __slots__ = ("cimtype", "default", "id", "is_array", "is_in", "is_out", "name", "qualifiers", "type")

    def __init__(
        self,
        name: str,
        type: CimType,  # noqa: A002 - the standard's noun
        is_array: bool = False,
        *,
        is_in: bool = True,
        is_out: bool = False,
        cimtype: str | None = None,
        default: CimValue = None,
        qualifiers: Iterable[Qualifier] = (),
        id: int | None = None,  # noqa: A002 - the qualifier's name
    ) -> None:
        self.name = name
        self.type = type
        self.is_array = is_array
        self.is_in = is_in
        self.is_out = is_out
        self.cimtype = cimtype_text(type) if cimtype is None else cimtype
        self.default = default
        self.qualifiers = tuple(qualifiers)
        self.id = id

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CimParameter):
            return NotImplemented
        return all(
            getattr(self, slot) == getattr(other, slot) for slot in CimParameter.__slots__ if slot != "name"
        ) and fold(self.name) == fold(other.name)

    __hash__ = None  # type: ignore[assignment]  # a plain value, not a key

    def __repr__(self) -> str:
        way = "in, out" if self.is_in and self.is_out else "out" if self.is_out else "in"
        return f"<CimParameter [{way}] {self.cimtype}{'[]' if self.is_array else ''} {self.name}>"


class CimMethod:
    """A method of a class.

    Attributes:
        name: in the spelling of its definition.
        qualifiers: those that hold here.
        origin: name of the class that introduced it.
        local: whether this class declares it; otherwise it is inherited.
    """

    __slots__ = ("_make", "_signatures", "local", "name", "origin", "qualifiers")

    def __init__(
        self,
        name: str,
        in_signature: CimClass | None = None,
        out_signature: CimClass | None = None,
        qualifiers: QualifierSet | None = None,
        origin: str = "",
        local: bool = True,
    ) -> None:
        self.name = name
        self.qualifiers = QualifierSet() if qualifiers is None else qualifiers
        self.origin = origin
        self.local = local
        self._signatures: Signatures | None = (in_signature, out_signature)
        self._make: Callable[[], Signatures] | None = None

    @classmethod
    def deferred(
        cls,
        name: str,
        make: Callable[[], Signatures],
        qualifiers: QualifierSet,
        origin: str,
        local: bool = True,
    ) -> CimMethod:
        """A method whose signatures *make* produces when they are first asked for."""
        self = cls(name, None, None, qualifiers, origin, local)
        self._signatures, self._make = None, make
        return self

    @classmethod
    def declare(
        cls,
        name: str,
        parameters: Iterable[CimParameter] = (),
        returns: CimType | None = CimType.UINT32,
        *,
        qualifiers: Iterable[Qualifier] = (),
        origin: str = "",
    ) -> CimMethod:
        """A method from its parameter list; *returns* is the type of ``ReturnValue``, None for void.

        Raises:
            WmiError: WBEM_E_NONCONSECUTIVE_PARAMETER_IDS and others, as :func:`check_signatures`.
        """
        in_signature, out_signature = signatures(tuple(parameters), returns)
        check_signatures(name, in_signature, out_signature)
        return cls(name, in_signature, out_signature, QualifierSet(qualifiers), origin)

    @property
    def in_signature(self) -> CimClass | None:
        """Class of the in-parameters; None when there are none."""
        return self._both()[0]

    @property
    def out_signature(self) -> CimClass | None:
        """Class of the out-parameters and the return value; None when there are none."""
        return self._both()[1]

    def _both(self) -> Signatures:
        both = self._signatures
        if both is None:
            assert self._make is not None
            both = self._signatures = self._make()
        return both

    @property
    def is_static(self) -> bool:
        """Whether it runs on the class, not on an instance."""
        return self.qualifiers.is_true("static")

    @property
    def is_implemented(self) -> bool:
        """Whether this class's provider carries it out; otherwise the nearest ancestor that does is asked."""
        return self.qualifiers.is_true("implemented")

    @property
    def return_type(self) -> CimType | None:
        """CIM type of the return value; None for a void method."""
        out = self.out_signature
        value = None if out is None else out.properties.get(RETURN_VALUE)
        return None if value is None else value.type

    @property
    def parameters(self) -> tuple[CimParameter, ...]:
        """The parameters of both directions in order of their numbers, without the return value."""
        found: dict[str, CimParameter] = {}
        for side, is_out in ((self.in_signature, False), (self.out_signature, True)):
            for prop in () if side is None else side.properties.values():
                folded = fold(prop.name)
                if is_out and folded == fold(RETURN_VALUE):
                    continue
                if is_out and folded in found:
                    found[folded].is_out = True
                    continue
                number = prop.qualifiers.value("ID")
                found[folded] = CimParameter(
                    prop.name,
                    prop.type,
                    prop.is_array,
                    is_in=not is_out,
                    is_out=is_out,
                    cimtype=prop.cimtype,
                    default=prop.default,
                    qualifiers=[q for q in prop.qualifiers.entries() if fold(q.name) not in _STRUCTURAL],
                    id=number if isinstance(number, int) else None,
                )
        return tuple(sorted(found.values(), key=lambda p: len(found) if p.id is None else p.id))

    def inherited(self) -> CimMethod:
        """The method as a derived class has it that does not declare it anew."""
        return CimMethod.deferred(
            self.name,
            self._both,
            QualifierSet.deferred(self.qualifiers.for_derived),
            self.origin,
            local=False,
        )

    def copy(self) -> CimMethod:
        """An independent method; signatures are shared, qualifiers are not."""
        return CimMethod.deferred(self.name, self._both, self.qualifiers.copy(), self.origin, self.local)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CimMethod):
            return NotImplemented
        return (
            fold(self.name) == fold(other.name)
            and fold(self.origin) == fold(other.origin)
            and self.local == other.local
            and self.qualifiers == other.qualifiers
            and self._both() == other._both()
        )

    __hash__ = None  # type: ignore[assignment]  # holds a set that can be changed

    def __repr__(self) -> str:
        return f"<CimMethod {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return (CimMethod, (self.name, *self._both(), self.qualifiers, self.origin, self.local))


_STRUCTURAL: Final = frozenset({"cimtype", "in", "out", "id"})


def signatures(parameters: Sequence[CimParameter], returns: CimType | None) -> Signatures:
    """The signature classes of a parameter list; missing numbers are given out from 0 in order (8.1.2)."""
    numbered: list[tuple[int, CimParameter]] = []
    following = 0
    for parameter in parameters:
        number = following if parameter.id is None else parameter.id
        following = number + 1
        numbered.append((number, parameter))
    ins, outs = [], []
    for number, parameter in sorted(numbered, key=lambda pair: pair[0]):
        if parameter.is_in:
            ins.append(_as_property(parameter, number, "In"))
        if parameter.is_out:
            outs.append(_as_property(parameter, number, "Out"))
    if returns is not None:
        held = (
            Qualifier("CIMTYPE", type_name(returns), CimType.STRING, False, CIMTYPE_FLAVOR),
            Qualifier("out", True, CimType.BOOLEAN),
        )
        outs.append(CimProperty(RETURN_VALUE, returns, qualifiers=QualifierSet(held), origin=PARAMETERS_CLASS))
    return (_signature(ins) if ins else None, _signature(outs) if outs else None)


def _signature(properties: list[CimProperty]) -> CimClass:
    abstract = Qualifier("abstract", True, CimType.BOOLEAN)
    return CimClass(PARAMETERS_CLASS, properties=properties, qualifiers=QualifierSet((abstract,)))


def _as_property(parameter: CimParameter, number: int, direction: str) -> CimProperty:
    held = QualifierSet(
        (
            Qualifier("CIMTYPE", parameter.cimtype, CimType.STRING, False, CIMTYPE_FLAVOR),
            Qualifier(direction, True, CimType.BOOLEAN),
            *parameter.qualifiers,
            Qualifier("ID", number, CimType.SINT32, False, _ID_FLAVOR),
        )
    )
    return CimProperty(
        parameter.name,
        parameter.type,
        parameter.is_array,
        parameter.default,
        held,
        PARAMETERS_CLASS,
        parameter.cimtype,
    )


def parameter_class(given: CimClass, *, is_out: bool) -> CimClass | None:
    """The signature of one direction from a class whose properties are the parameters (PutMethod, 3.4.16).

    The direction's qualifier is added where it is missing.  A class without properties stands for no parameters, as
    ``__PARAMETERS`` itself does.
    """
    direction = "Out" if is_out else "In"
    properties = []
    for prop in given.properties.values():
        held = [q for q in prop.qualifiers.entries() if fold(q.name) not in ("cimtype", fold(direction))]
        cimtype = Qualifier("CIMTYPE", prop.cimtype, CimType.STRING, False, CIMTYPE_FLAVOR)
        marked = QualifierSet((cimtype, Qualifier(direction, True, CimType.BOOLEAN), *held))
        properties.append(
            CimProperty(prop.name, prop.type, prop.is_array, prop.default, marked, PARAMETERS_CLASS, prop.cimtype)
        )
    return _signature(properties) if properties else None


def check_signatures(method: str, in_signature: CimClass | None, out_signature: CimClass | None) -> None:
    """Check the numbering of parameters (IWbemClassObject::PutMethod, wmi-semantics 3.4.16).

    Raises:
        WmiError: WBEM_E_MISSING_PARAMETER_ID, WBEM_E_INVALID_PARAMETER_ID (none or negative number, or two parameters
            with one number), WBEM_E_NONCONSECUTIVE_PARAMETER_IDS, WBEM_E_PARAMETER_ID_ON_RETVAL,
            WBEM_E_INVALID_DUPLICATE_PARAMETER (the two sides of one parameter differ),
            WBEM_E_INVALID_METHOD_PARAMETERS (an array as return value).
    """
    seen: dict[str, tuple[int, CimProperty]] = {}
    for side, is_out in ((in_signature, False), (out_signature, True)):
        for prop in () if side is None else side.properties.values():
            what = f"parameter {prop.name} of {method}"
            if fold(prop.name) == fold(RETURN_VALUE):
                if "ID" in prop.qualifiers:
                    raise error_for(codes.WBEM_E_PARAMETER_ID_ON_RETVAL, f"{what}: the return value has no ID")
                if prop.is_array:
                    raise error_for(codes.WBEM_E_INVALID_METHOD_PARAMETERS, f"{method} cannot return an array")
                continue
            number = prop.qualifiers.value("ID")
            if number is None:
                raise error_for(codes.WBEM_E_MISSING_PARAMETER_ID, f"{what} has no ID")
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise error_for(codes.WBEM_E_INVALID_PARAMETER_ID, f"{what}: ID {number!r} is no number from 0")
            twin = seen.get(fold(prop.name))
            if twin is not None and (not is_out or twin[0] != number or not _same_parameter(twin[1], prop)):
                raise error_for(
                    codes.WBEM_E_INVALID_DUPLICATE_PARAMETER,
                    f"{what}: its in and out sides are not the same",
                )
            seen[fold(prop.name)] = (number, prop)
    numbers = sorted(number for number, _ in seen.values())
    if len(set(numbers)) != len(numbers):
        raise error_for(codes.WBEM_E_INVALID_PARAMETER_ID, f"two parameters of {method} have the same ID")
    if numbers != list(range(len(numbers))):
        raise error_for(
            codes.WBEM_E_NONCONSECUTIVE_PARAMETER_IDS,
            f"the IDs of the parameters of {method} must run from 0 without a gap, not {numbers}",
        )


def _same_parameter(one: CimProperty, other: CimProperty) -> bool:
    """Whether the in and the out side of a parameter agree in everything but their direction."""

    def other_qualifiers(prop: CimProperty) -> dict[str, object]:
        return {fold(q.name): q.value for q in prop.qualifiers.entries() if fold(q.name) not in ("in", "out")}

    return (
        (one.type, one.is_array) == (other.type, other.is_array)
        and fold(one.cimtype) == fold(other.cimtype)
        and other_qualifiers(one) == other_qualifiers(other)
    )
