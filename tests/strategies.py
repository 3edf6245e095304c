"""Hypothesis strategies for the CIM model: values, class definitions, and instances of a given class.

``cim_classes()`` makes classes with one to three generations, keys, arrays, defaults and embedded objects;
``instances_of(cls)`` makes instances with values in all three states (set, NULL, unset); ``loose_rows(layout)`` makes
mappings as careless providers yield them, some of which must be refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET, InstanceLayout
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import INTEGER_RANGES, CimType, coerce

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["INNER", "cim_classes", "instances_of", "loose_rows", "names", "values_of"]

INNER = derive(
    None,
    "Test_Inner",
    properties=[CimProperty("Text", CimType.STRING), CimProperty("Number", CimType.UINT32, default=7)],
)
"""The class of embedded objects."""

_STEMS = ("Alpha", "Beta", "Gamma", "Delta", "Zeta", "Straße", "Iota", "Omega", "Size", "Name")
_CHARACTERS = "azAZ09 _%.,=\"'\\\t\x00ß\u017f\u212aé€\ud800\uffff\U0001d11e"
"""Letters, quotes, wildcards, control characters, a lone surrogate, and what folds or takes two UTF-16 units."""

_ORIGIN = Origin("SRV", "root\\test")


def names(suffix: str = "") -> SearchStrategy[str]:
    """Property names; few of them, so that overrides happen."""
    return st.sampled_from([stem + suffix for stem in _STEMS])


def _scalars(cim_type: CimType) -> SearchStrategy[Any]:
    if cim_type in INTEGER_RANGES:
        low, high = INTEGER_RANGES[cim_type]
        return st.integers(low, high) | st.sampled_from([low, high])
    kinds: dict[CimType, SearchStrategy[Any]] = {
        CimType.REAL32: st.floats(width=32, allow_nan=False),
        CimType.REAL64: st.floats(allow_nan=False),
        CimType.BOOLEAN: st.booleans(),
        CimType.STRING: st.text(_CHARACTERS, max_size=12),
        CimType.CHAR16: st.sampled_from([c for c in _CHARACTERS if c <= "\uffff"]),
        CimType.DATETIME: st.integers(0, 4 * 10**9).map(lambda n: CimDateTime.from_timestamp(n / 7, 0)),
        CimType.REFERENCE: st.integers(0, 99).map(lambda n: f'Test_Thing.Id="{n}"'),
        CimType.OBJECT: st.integers(0, 9).map(lambda n: CimInstance.of(INNER, {"Number": n})),
    }
    return kinds[cim_type]


def values_of(cim_type: CimType, is_array: bool) -> SearchStrategy[Any]:
    """Values of a type in their exact form, NULL among them."""
    one = _scalars(cim_type)
    return st.none() | (st.lists(one, max_size=4).map(tuple) if is_array else one)


@st.composite
def _properties(draw: DrawFn, taken: CimClass | None, keyed: bool) -> list[CimProperty]:
    found = []
    chosen = draw(st.lists(names(), min_size=1, max_size=6, unique_by=str.casefold))
    for name in chosen:
        base = None if taken is None else taken.properties.get(name)
        if base is not None:
            cim_type, is_array = base.type, base.is_array
        else:
            cim_type, is_array = draw(st.sampled_from(list(CimType))), draw(st.booleans())
        cimtype = f"object:{INNER.name}" if cim_type is CimType.OBJECT else None
        default = draw(st.just(UNSET) | values_of(cim_type, is_array))
        found.append(CimProperty(name, cim_type, is_array, default, cimtype=cimtype))
    if keyed:
        for number in range(draw(st.integers(1, 2))):
            kind = draw(st.sampled_from([CimType.STRING, CimType.UINT32, CimType.SINT64, CimType.BOOLEAN]))
            key = QualifierSet((Qualifier.of("key"),))
            found.insert(draw(st.integers(0, len(found))), CimProperty(f"Key{number}", kind, qualifiers=key))
    return found


@st.composite
def cim_classes(draw: DrawFn) -> CimClass:
    """Classes of one to three generations that obey the rules of ``class_rules``."""
    generations = draw(st.integers(1, 3))
    keyed_at = draw(st.integers(0, generations))  # equal to generations: no keys at all
    cls: CimClass | None = None
    for generation in range(generations):
        qualifiers = [Qualifier.of("abstract")] if generation < keyed_at and generation < generations - 1 else []
        qualifiers.append(Qualifier.of("Description", f"generation {generation}", 0x03))
        cls = derive(
            cls,
            f"Test_Class{generation}",
            properties=draw(_properties(cls, keyed=generation == keyed_at)),
            qualifiers=qualifiers,
            namespace=_ORIGIN.namespace,
            server=_ORIGIN.server,
        )
    assert cls is not None
    return cls


@st.composite
def instances_of(draw: DrawFn, cls: CimClass, *, projected: bool | None = None) -> CimInstance:
    """Instances of *cls*; with *projected* None some of them have only a part of the properties."""
    layout = cls.layout
    if draw(st.booleans()) if projected is None else projected:
        layout = cls.layout_for(draw(st.lists(st.sampled_from(list(cls.properties)), min_size=1, unique=True)))
    values = [draw(st.just(UNSET) | values_of(*kind)) for kind in layout.types]
    return CimInstance(layout, tuple(values), draw(st.sampled_from([None, _ORIGIN])))


def _loose(cim_type: CimType, is_array: bool) -> SearchStrategy[Any]:
    """What a provider might write for a value: exact, convertible or wrong."""
    exact = values_of(cim_type, is_array)
    wrong = st.sampled_from(
        [-1, 2**70, "text", "12", "0x1F", True, 1.5, (), [None], [1, 2], b"ab", timedelta(1), UNSET]
    )
    as_list = exact.map(lambda value: list(value) if isinstance(value, tuple) else value)
    return exact | as_list | wrong


@st.composite
def loose_rows(draw: DrawFn, layout: InstanceLayout) -> dict[str, object]:
    """Mappings from names to values for *layout*: names in any case, of unselected properties, rarely of none."""
    row: dict[str, object] = {}
    for name in draw(st.lists(st.sampled_from(list(layout.cls.properties)), unique=True)):
        prop = layout.cls.properties[name]
        spelt = draw(st.sampled_from([name, name, name, name.upper()]))
        row[spelt] = draw(values_of(prop.type, prop.is_array) | _loose(prop.type, prop.is_array))
    if draw(st.integers(0, 20)) == 0:
        row["NoSuchProperty"] = 1
    return row


def exact_row(layout: InstanceLayout, row: dict[str, object]) -> dict[str, object]:
    """*row* with every value put through ``coerce``."""
    found: dict[str, object] = {}
    for name, value in row.items():
        prop = layout.cls.properties[name]
        found[name] = coerce(value, prop.type, prop.is_array, what=name)
    return found
