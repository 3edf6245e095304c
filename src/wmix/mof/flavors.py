"""Qualifiers as they are written to qualifiers as they are stored: values, types, flavors.

DSP0004 5.6.3; wmi-semantics 3.5.1, 3.5.6, 3.5.7, 9.2.7.  Flavor words that stand with a qualifier are its flavor;
without any, a declaration earlier in the file decides, then the standard flavor of the name, and else the qualifier
does not propagate.  ``key`` has its flavor whatever is written.  The printer uses the same table the other way.

Depends on ``cim.qualifiers``, ``ast`` and ``diagnostics``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.names import fold
from wmix.cim.qualifiers import Flavor, Qualifier, standard_flavor
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.mof.ast import BOOLEAN, INTEGER, REAL, STRING, ArrayValue
from wmix.mof.diagnostics import Diagnostic, InvalidMof

if TYPE_CHECKING:
    from wmix.cim.qualifiers import QualifierValue
    from wmix.mof.ast import Literal, QualifierDeclaration, QualifierUse, Value
    from wmix.mof.source import Source, Span

__all__ = ["FlavorTable", "flavor_words"]

_BITS: Final = {
    "toinstance": int(Flavor.TO_INSTANCE),
    "tosubclass": int(Flavor.TO_DERIVED_CLASS),
    "disableoverride": int(Flavor.NOT_OVERRIDABLE),
    "amended": int(Flavor.AMENDED),
}
_SPELLINGS: Final = (
    (int(Flavor.AMENDED), "Amended"),
    (int(Flavor.NOT_OVERRIDABLE), "DisableOverride"),
    (int(Flavor.TO_INSTANCE), "ToInstance"),
    (int(Flavor.TO_DERIVED_CLASS), "ToSubclass"),
)
_TYPES: Final = {
    STRING: CimType.STRING,
    INTEGER: CimType.SINT32,
    REAL: CimType.REAL64,
    BOOLEAN: CimType.BOOLEAN,
}
_KEY_FLAVOR: Final = standard_flavor("key")
_DSP0004_FLAVOR: Final = int(Flavor.TO_DERIVED_CLASS)
"""ToSubclass and EnableOverride hold for a declared qualifier that says nothing else (DSP0004 5.6.3)."""


def _bits(words: tuple[str, ...]) -> int:
    bits = 0
    for word in words:
        bits |= _BITS.get(word, 0)
    return bits


def flavor_words(name: str, flavor: int) -> str:
    """The words that give the qualifier *name* this flavor; "" when it has it without any."""
    if fold(name) == "key":
        return ""
    words = [word for bit, word in _SPELLINGS if flavor & bit]
    if not words and standard_flavor(name):
        return "Restricted"
    return " ".join(words)


class FlavorTable:
    """The qualifiers that the file has declared so far, and the conversion of uses."""

    __slots__ = ("_declared",)

    def __init__(self) -> None:
        self._declared: dict[str, QualifierDeclaration] = {}

    def declare(self, declaration: QualifierDeclaration) -> None:
        """Take note of a declaration; it replaces an earlier one of the same name."""
        self._declared[fold(declaration.name)] = declaration

    def qualifiers(self, uses: tuple[QualifierUse, ...], source: Source, place: str) -> list[Qualifier]:
        """The qualifiers that *uses* mean.

        Args:
            uses: as they stand in *source*.
            place: the scope that they are in, in the words of DSP0004: ``class``, ``property``, ``reference``,
                ``method``, ``parameter``, ``association``, ``any`` for instances.

        Raises:
            InvalidMof: a value that no qualifier can hold, or a qualifier outside its declared scope.
        """
        return [self._qualifier(use, source, place) for use in uses]

    def _qualifier(self, use: QualifierUse, source: Source, place: str) -> Qualifier:
        name = use.name
        declared = self._declared.get(fold(name)) if self._declared else None
        if declared is not None:
            _check_scope(declared, use, source, place)
        words = tuple([word for word in use.flavors if word != "translatable"])
        if fold(name) == "key":
            flavor = _KEY_FLAVOR
        elif words:
            flavor = _bits(words)
        elif declared is None:
            flavor = standard_flavor(name)
        elif declared.type is None:
            flavor = _bits(declared.flavors)
        else:
            restricted = "restricted" in declared.flavors or "nottosubclass" in declared.flavors
            flavor = _bits(declared.flavors) | (0 if restricted else _DSP0004_FLAVOR)
        given = use.value
        if given is None:
            return Qualifier(name, True, CimType.BOOLEAN, False, flavor)
        real = declared is not None and declared.type in (CimType.REAL32, CimType.REAL64)
        if isinstance(given, ArrayValue):
            return _array(name, given, flavor, source, real)
        cim_type, value = _scalar(name, given, source, real)
        return Qualifier(name, value, cim_type, False, flavor)


def _array(name: str, given: ArrayValue, flavor: int, source: Source, real: bool) -> Qualifier:
    kind = CimType.STRING
    values: list[QualifierValue] = []
    for i, item in enumerate(given.items):
        cim_type, value = _scalar(name, item, source, real)
        if i and cim_type != kind:
            raise _refusal(
                source,
                item.span,
                codes.WBEMMOF_E_TYPE_MISMATCH,
                f"the elements of qualifier {name} are of different types",
            )
        kind = cim_type
        values.append(value)
    return Qualifier(name, tuple(values), kind, True, flavor)  # type: ignore[arg-type]  # all of one type, as checked


def _scalar(name: str, given: Literal | Value, source: Source, real: bool) -> tuple[CimType, QualifierValue]:
    kind: str = getattr(given, "kind", "")
    cim_type = _TYPES.get(kind)
    if cim_type is None:
        unsupported = kind and kind != "NULL"
        raise _refusal(
            source,
            given.span,
            codes.WBEMMOF_E_UNSUPPORTED_CIMV22_QUAL_VALUE if unsupported else codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
            f"qualifier {name} holds text, a Boolean, an integer or a real, or a list of one of these",
        )
    value: QualifierValue = given.value  # type: ignore[union-attr, assignment]  # only literals have a kind
    if cim_type is CimType.SINT32 and isinstance(value, int):
        if real:
            return CimType.REAL64, float(value)
        low, high = INTEGER_RANGES[CimType.SINT32]
        if not low <= value <= high:
            raise _refusal(
                source,
                given.span,
                codes.WBEMMOF_E_OUT_OF_RANGE,
                f"qualifier {name}: the number is not within {low} to {high}",
            )
    return cim_type, value


def _check_scope(declared: QualifierDeclaration, use: QualifierUse, source: Source, place: str) -> None:
    scopes = declared.scopes
    if scopes is None or place == "any" or "any" in scopes or place in scopes:
        return
    if place == "association" and "class" in scopes:
        return
    raise _refusal(
        source,
        use.span,
        codes.WBEMMOF_E_QUALIFIER_USED_OUTSIDE_SCOPE,
        f"qualifier {declared.name} is declared for {', '.join(scopes)}, not for a {place}",
    )


def _refusal(source: Source, span: Span, status: int, detail: str) -> InvalidMof:
    return InvalidMof((Diagnostic(source, span, status, detail),))
