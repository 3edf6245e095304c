"""Class declarations to class definitions. wmi-semantics 3.1.4, 3.5, 6.2, 8.1, 9.2.

The rules of inheritance are ``cim.classes.derive``'s; what is added here is what only the text knows: types by name,
qualifiers with flavors, sizes of arrays, directions of parameters.  Depends on ``cim``, ``objects`` and
``workspace``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.layout import UNSET
from wmix.cim.methods import PARAMETERS_CLASS, RETURN_VALUE, CimMethod, CimParameter
from wmix.cim.names import fold
from wmix.cim.properties import CIMTYPE_FLAVOR
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType, type_name
from wmix.errors import WmiError
from wmix.mof.objects import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.mof.ast import (
        ClassDeclaration,
        MethodDeclaration,
        ParameterDeclaration,
        PropertyDeclaration,
        TypeName,
    )
    from wmix.mof.workspace import Place, Workspace

    Finder = Callable[[str, str], CimClass | None]

__all__ = ["SIZE_QUALIFIER", "cimtype_text", "class_definition"]

SIZE_QUALIFIER: Final = "Max"
"""The qualifier that keeps the size of a fixed array, which is a suggestion only (3.1.4, 9.2.6)."""

_STRUCTURAL: Final = frozenset({"in", "out", "id"})
_OBJECTS: Final = (CimType.REFERENCE, CimType.OBJECT)


def cimtype_text(declared: TypeName) -> str:
    """The text of the CIMTYPE qualifier: ``uint32``, ``ref:Class``, ``ref``, ``object:Class``, ``object``."""
    cim_type = declared.type
    assert cim_type is not None
    if cim_type is CimType.REFERENCE:
        return f"ref:{declared.class_name}" if declared.class_name else "ref"
    if cim_type is CimType.OBJECT:
        return f"object:{declared.class_name}" if declared.class_name else "object"
    return type_name(cim_type)


def class_definition(
    workspace: Workspace, declaration: ClassDeclaration, place: Place, find: Finder | None = None
) -> CimClass:
    """The class that *declaration* makes.

    Args:
        find: where the superclass comes from; by default the workspace, that is what has been compiled so far.

    Raises:
        InvalidMof: the declaration is wrong, with the status of the rule that it breaks.
        ClassNeeded, ClassBroken: as ``Workspace.find``.
    """
    name = declaration.name
    parent = None
    if declaration.superclass is not None:
        if fold(declaration.superclass) == fold(name):
            raise place.mistake(
                declaration.span, codes.WBEM_E_CIRCULAR_REFERENCE, f"{name} would be derived from itself"
            )
        parent = (find or workspace.find)(place.namespace, declaration.superclass)
        if parent is None:
            raise place.mistake(
                declaration.span,
                codes.WBEM_E_INVALID_SUPERCLASS,
                f"{name}: there is no class {declaration.superclass} in {place.namespace}",
                "declare the superclass before its subclasses",
            )
    uses = declaration.qualifiers
    kind = "association" if any(fold(use.name) == "association" for use in uses) else "class"
    qualifiers = workspace.flavors.qualifiers(uses, place.source, kind)
    properties = [_property(workspace, prop, name, place) for prop in declaration.properties]
    methods = [_method(workspace, method, name, place) for method in declaration.methods]
    try:
        return derive(
            parent,
            name,
            properties=properties,
            methods=methods,
            qualifiers=qualifiers,
            namespace=place.namespace,
            check=not workspace.trusted,
        )
    except WmiError as error:
        raise place.mistake(declaration.span, error.status, error.detail, error.hint) from error


def _property(workspace: Workspace, declared: PropertyDeclaration, class_name: str, place: Place) -> CimProperty:
    cim_type = declared.type.type
    assert cim_type is not None  # the parser lets only methods be void
    kind = "reference" if cim_type is CimType.REFERENCE else "property"
    qualifiers = workspace.flavors.qualifiers(declared.qualifiers, place.source, kind)
    if declared.size is not None:
        qualifiers = _sized(qualifiers, declared.size)
    default = UNSET
    if declared.default is not None:
        default = value_of(  # type: ignore[assignment]  # a value of the type, or UNSET
            workspace, declared.default, cim_type, declared.is_array, f"{class_name}.{declared.name}", place
        )
    return CimProperty(
        declared.name,
        cim_type,
        declared.is_array,
        default,
        QualifierSet(qualifiers),
        cimtype=cimtype_text(declared.type),
    )


def _sized(qualifiers: list[Qualifier], size: int) -> list[Qualifier]:
    if any(fold(qualifier.name) == fold(SIZE_QUALIFIER) for qualifier in qualifiers):
        return qualifiers
    return [*qualifiers, Qualifier(SIZE_QUALIFIER, size, CimType.SINT32)]


def _method(workspace: Workspace, declared: MethodDeclaration, class_name: str, place: Place) -> CimMethod:
    what = f"{class_name}.{declared.name}"
    parameters = [_parameter(workspace, parameter, what, place) for parameter in declared.parameters]
    qualifiers = workspace.flavors.qualifiers(declared.qualifiers, place.source, "method")
    try:
        method = CimMethod.declare(declared.name, parameters, declared.returns.type, qualifiers=qualifiers)
    except WmiError as error:
        raise place.mistake(declared.span, error.status, error.detail, error.hint) from error
    if declared.returns.type in _OBJECTS:
        return _returning(method, declared.returns, declared.returns.type)
    return method


def _returning(method: CimMethod, returns: TypeName, cim_type: CimType) -> CimMethod:
    """*method* with the class of the object or reference that it returns."""
    text = cimtype_text(returns)
    out = method.out_signature
    assert out is not None
    cimtype = Qualifier("CIMTYPE", text, CimType.STRING, False, CIMTYPE_FLAVOR)
    properties = []
    for prop in out.properties.values():
        if fold(prop.name) == fold(RETURN_VALUE):
            held = QualifierSet((cimtype, *[q for q in prop.qualifiers.entries() if fold(q.name) != "cimtype"]))
            prop = CimProperty(prop.name, cim_type, False, UNSET, held, PARAMETERS_CLASS, text)  # noqa: PLW2901
        properties.append(prop)
    signature = CimClass(out.name, properties=properties, qualifiers=out.qualifiers)
    return CimMethod(method.name, method.in_signature, signature, method.qualifiers, method.origin)


def _parameter(workspace: Workspace, declared: ParameterDeclaration, method: str, place: Place) -> CimParameter:
    cim_type = declared.type.type
    assert cim_type is not None  # the parser reads void for methods only
    what = f"parameter {declared.name} of {method}"
    if fold(declared.name) == fold(RETURN_VALUE):
        raise place.mistake(declared.span, codes.WBEM_E_INVALID_METHOD_PARAMETERS, f"{what}: the name is reserved")
    qualifiers = workspace.flavors.qualifiers(declared.qualifiers, place.source, "parameter")
    by_name = {fold(qualifier.name): qualifier.value for qualifier in qualifiers}
    is_in, is_out = by_name.get("in") is True, by_name.get("out") is True
    if not (is_in or is_out):
        raise place.mistake(
            declared.span,
            codes.WBEMMOF_E_MUST_BE_IN_OR_OUT,
            f"{what} has neither of the qualifiers In and Out",
            "write [in], [out] or [in, out] before the parameter",
        )
    number = by_name.get("id")
    if number is not None and type(number) is not int:
        raise place.mistake(declared.span, codes.WBEM_E_INVALID_PARAMETER_ID, f"{what}: ID is a number from 0")
    if declared.size is not None:
        qualifiers = _sized(qualifiers, declared.size)
    default = None
    if declared.default is not None:
        default = value_of(workspace, declared.default, cim_type, declared.is_array, what, place)
    return CimParameter(
        declared.name,
        cim_type,
        declared.is_array,
        is_in=is_in,
        is_out=is_out,
        cimtype=cimtype_text(declared.type),
        default=default,
        qualifiers=[qualifier for qualifier in qualifiers if fold(qualifier.name) not in _STRUCTURAL],
        id=number,
    )
