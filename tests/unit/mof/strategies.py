"""Hypothesis strategies for MOF: syntax trees, and classes and instances with everything that the language can say.

``documents()`` makes trees that need not make sense; ``mof_classes()`` makes classes that obey the rules, with
methods, references, embedded classes and any flavor, together with their ancestors; ``instances_of`` of the common
strategies makes their instances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from strategies import INNER, values_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.layout import UNSET
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.mof import ast
from wmix.mof.ast import CHARACTER, INTEGER, REAL, STRING
from wmix.mof.qualifiers import SCOPES

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["documents", "mof_classes"]

_NAMES = ("Alpha", "beta", "Class", "Instance", "of", "as", "Ref", "Qualifier", "Größe", "_x1", "TRUEish", "string")
_TEXTS = st.text("azAZ09 _%\"'\\\t\n\r\x00\x7f\u2028\ufeffé€\ud800\uffff\U0001d11e/*;{}", max_size=12)
_FLAVOR_BITS = (0x01, 0x02, 0x10, 0x80)


def _names() -> SearchStrategy[str]:
    return st.sampled_from(_NAMES)


def _literals() -> SearchStrategy[ast.Literal]:
    return st.one_of(
        _TEXTS.map(lambda text: ast.Literal(STRING, text)),
        st.integers(-(2**70), 2**70).map(lambda number: ast.Literal(INTEGER, number)),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda number: ast.Literal(REAL, number)),
        st.characters(max_codepoint=0xFFFF).map(lambda unit: ast.Literal(CHARACTER, unit)),
        st.booleans().map(lambda truth: ast.Literal(ast.BOOLEAN, truth)),
    )


def _null() -> SearchStrategy[ast.Literal]:
    return st.builds(lambda: ast.Literal(ast.NULL, None))


def _lists(items: SearchStrategy[Any]) -> SearchStrategy[ast.ArrayValue]:
    return st.lists(items, max_size=4).map(lambda found: ast.ArrayValue(tuple(found)))


@st.composite
def _flavors(draw: DrawFn) -> tuple[str, ...]:
    """Words that may stand together; none at all half of the time."""
    instance = draw(st.sampled_from(["", "", "toinstance", "nottoinstance"]))
    subclass = draw(st.sampled_from(["", "", "tosubclass", "nottosubclass"]))
    override = draw(st.sampled_from(["", "", "enableoverride", "disableoverride"]))
    other = draw(st.sampled_from(["", "", "amended", "translatable"]))
    return tuple(word for word in (other, instance, subclass, override) if word)


def _unique(items: SearchStrategy[Any], most: int) -> SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most, unique_by=lambda item: item.name.casefold()).map(tuple)


def _uses() -> SearchStrategy[tuple[ast.QualifierUse, ...]]:
    value = st.none() | _literals() | _null() | _lists(_literals())
    return _unique(st.builds(ast.QualifierUse, _names(), value, _flavors()), 3)


def _types(*, void: bool = False) -> SearchStrategy[ast.TypeName]:
    plain = [cim_type for cim_type in CimType if cim_type not in (CimType.OBJECT, CimType.REFERENCE)]
    classes = st.none() | st.sampled_from(["Thing", "_System"])
    known = st.sampled_from([*plain, *([None] if void else [])]).map(ast.TypeName)
    return known | st.builds(ast.TypeName, st.sampled_from([CimType.OBJECT, CimType.REFERENCE]), classes)


def _values(depth: int) -> SearchStrategy[ast.Value]:
    simple = _literals() | _null() | _names().map(ast.AliasReference)
    element = _literals() | _names().map(ast.AliasReference)
    if depth:
        embedded = _instances(depth - 1, embedded=True) | _classes(depth - 1, embedded=True)
        return simple | _lists(element | embedded) | embedded
    return simple | _lists(element)


@st.composite
def _members(draw: DrawFn, kind: Any, depth: int) -> Any:
    is_array = draw(st.booleans())
    size = draw(st.none() | st.integers(1, 2**31 - 1)) if is_array else None
    default = draw(st.none() | _values(depth))
    return kind(draw(_names()), draw(_types()), is_array, size, default, draw(_uses()))


def _methods(depth: int) -> SearchStrategy[ast.MethodDeclaration]:
    parameters = _unique(_members(ast.ParameterDeclaration, depth), 3)
    return st.builds(ast.MethodDeclaration, _names(), _types(void=True), parameters, _uses())


def _aliases(embedded: bool) -> SearchStrategy[str | None]:
    return st.none() if embedded else st.none() | _names()


def _classes(depth: int, *, embedded: bool = False) -> SearchStrategy[ast.ClassDeclaration]:
    properties = _unique(_members(ast.PropertyDeclaration, depth), 4)
    parent = st.none() | _names()
    return st.builds(
        ast.ClassDeclaration, _names(), parent, _aliases(embedded), properties, _unique(_methods(depth), 2), _uses()
    )


def _instances(depth: int, *, embedded: bool = False) -> SearchStrategy[ast.InstanceDeclaration]:
    assignments = _unique(st.builds(ast.Assignment, _names(), _values(depth), _uses()), 4)
    return st.builds(ast.InstanceDeclaration, _names(), assignments, _aliases(embedded), _uses())


@st.composite
def _qualifier_declarations(draw: DrawFn) -> ast.QualifierDeclaration:
    flavors: tuple[str, ...] = draw(_flavors())
    short = draw(st.booleans())
    if flavors and short:
        return ast.QualifierDeclaration(draw(_names()), flavors)
    several: SearchStrategy[list[str]] = st.lists(st.sampled_from(sorted(SCOPES)), min_size=1, max_size=3)
    scopes: tuple[str, ...] | None = draw(st.none() | several.map(lambda words: tuple(words)))
    default = draw(st.none() | _literals() | _null() | _lists(_literals()))
    cim_type = draw(st.sampled_from([CimType.STRING, CimType.BOOLEAN, CimType.UINT32, CimType.REAL64]))
    return ast.QualifierDeclaration(draw(_names()), flavors, cim_type, draw(st.booleans()), default, scopes)


def _pragmas() -> SearchStrategy[Any]:
    def words(*known: str) -> SearchStrategy[tuple[str, ...]]:
        return st.lists(st.sampled_from(known), min_size=1, max_size=3).map(tuple)

    return st.one_of(
        _TEXTS.map(ast.NamespacePragma),
        _TEXTS.map(ast.Include),
        _TEXTS.map(ast.LocalePragma),
        st.sampled_from(["MS_409", "ms_407", "MS_1004"]).map(ast.Amendment),
        words("createonly", "forceupdate").map(ast.ClassFlags),
        words("updateonly").map(ast.InstanceFlags),
        st.builds(ast.DeleteClassPragma, _TEXTS, st.booleans()),
        st.builds(ast.DeleteInstancePragma, _TEXTS, st.booleans()),
        st.builds(ast.AutoRecover),
    )


def documents() -> SearchStrategy[ast.Document]:
    """Files of a few declarations, objects nested up to two levels."""
    declaration = _classes(1) | _instances(2) | _qualifier_declarations() | _pragmas()
    return st.lists(declaration, max_size=4).map(lambda found: ast.Document(tuple(found)))


# -- classes of the model


def _bits() -> SearchStrategy[int]:
    return st.sets(st.sampled_from(_FLAVOR_BITS)).map(sum)


def _qualifier_values() -> SearchStrategy[tuple[Any, CimType, bool]]:
    kinds = {
        CimType.STRING: _TEXTS,
        CimType.BOOLEAN: st.booleans(),
        CimType.SINT32: st.integers(-(2**31), 2**31 - 1),
        CimType.REAL64: st.floats(allow_nan=False, allow_infinity=False),
    }

    def of(cim_type: CimType) -> SearchStrategy[tuple[Any, CimType, bool]]:
        one = kinds[cim_type].map(lambda value: (value, cim_type, False))
        # An empty list does not say of what it is; it is a list of strings.
        fewest = 0 if cim_type is CimType.STRING else 1
        many = st.lists(kinds[cim_type], min_size=fewest, max_size=3)
        return one | many.map(lambda values: (tuple(values), cim_type, True))

    return st.sampled_from(list(kinds)).flatmap(of)


@st.composite
def _own_qualifiers(draw: DrawFn, suffix: str) -> list[Qualifier]:
    """Qualifiers of no standard meaning, fresh in every generation so that none is an override, and a known one."""
    held = []
    for number in range(draw(st.integers(0, 2))):
        value, cim_type, is_array = draw(_qualifier_values())
        held.append(Qualifier(f"Note{suffix}{number}", value, cim_type, is_array, draw(_bits())))
    if draw(st.booleans()):
        held.append(Qualifier("Description", draw(_TEXTS), CimType.STRING, False, draw(_bits()) & 0x83))
    return held


@st.composite
def _declared(draw: DrawFn, base: CimProperty | None) -> tuple[CimType, bool, str | None]:
    """Type, whether an array, and CIMTYPE; those of *base* when the property is an override."""
    if base is not None:
        return base.type, base.is_array, base.cimtype
    cim_type = draw(st.sampled_from(list(CimType)))
    cimtype = None
    if cim_type is CimType.OBJECT:
        cimtype = draw(st.sampled_from(["object", f"object:{INNER.name}"]))
    elif cim_type is CimType.REFERENCE:
        cimtype = draw(st.sampled_from(["ref", "ref:Test_Thing"]))
    return cim_type, draw(st.booleans()), cimtype


@st.composite
def _generation(draw: DrawFn, parent: CimClass | None, number: int) -> CimClass:
    properties = []
    stems = st.sampled_from(["Alpha", "Beta", "Gamma", "Straße", "Ref", "Class"])
    for name in draw(st.lists(stems, max_size=4, unique=True)):
        base = None if parent is None else parent.properties.get(name)
        cim_type, is_array, cimtype = draw(_declared(base))
        default = draw(st.just(UNSET) | values_of(cim_type, is_array))
        held = QualifierSet(draw(_own_qualifiers(f"P{number}")))
        properties.append(CimProperty(name, cim_type, is_array, default, held, cimtype=cimtype))
    if parent is None:
        key = QualifierSet((Qualifier.of("key"),))
        properties.append(CimProperty("Id", CimType.STRING, qualifiers=key))
    methods = []
    for name in draw(st.lists(st.sampled_from([f"Do{number}", f"Undo{number}"]), max_size=2, unique=True)):
        parameters = []
        for parameter in draw(st.lists(stems, max_size=3, unique=True)):
            cim_type, is_array, cimtype = draw(_declared(None))
            direction = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
            parameters.append(
                CimParameter(
                    parameter,
                    cim_type,
                    is_array,
                    is_in=direction[0],
                    is_out=direction[1],
                    cimtype=cimtype,
                    default=draw(values_of(cim_type, is_array)),
                    qualifiers=draw(_own_qualifiers("A")),
                )
            )
        returns = draw(st.none() | st.sampled_from([CimType.UINT32, CimType.STRING, CimType.DATETIME, CimType.OBJECT]))
        methods.append(CimMethod.declare(name, parameters, returns, qualifiers=draw(_own_qualifiers("M"))))
    return derive(
        parent,
        f"Test_Mof{number}",
        properties=properties,
        methods=methods,
        qualifiers=draw(_own_qualifiers(f"C{number}")),
        namespace="root\\test",
    )


@st.composite
def mof_classes(draw: DrawFn) -> CimClass:
    """Classes of one to three generations; ``parent`` leads to the ancestors."""
    cls: CimClass | None = None
    for number in range(draw(st.integers(1, 3))):
        cls = draw(_generation(cls, number))
    assert cls is not None
    return cls
