"""Declarations: classes from short Python notation, for ``cls.derive_(...)`` and for providers that bring a class.

A property is declared by the name of its type as MOF writes it: ``uint32``, ``string[]``, ``ref:CIM_X``, ``object:Y``;
a qualifier by its value, with the standard flavor of its name.  Who needs more gives a
:class:`~wmix.cim.properties.CimProperty` or writes MOF.  Depends on ``classes`` and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass, derive
from wmix.cim.layout import UNSET
from wmix.cim.names import fold
from wmix.cim.properties import CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType, coerce, parse_type_name
from wmix.errors import InvalidParameter, TypeMismatch, UnknownProperty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wmix.cim.methods import CimMethod

__all__ = ["declared_class", "split_type"]


def split_type(text: str) -> tuple[CimType, bool, str]:
    """``uint32``, ``string[]``, ``ref:CIM_X`` or ``object:Y``: the type, whether it is an array, the CIMTYPE text.

    Raises:
        TypeMismatch: no such type.
    """
    is_array = text.endswith("[]")
    bare = text.removesuffix("[]")
    if bare == "ref" or bare.startswith("ref:"):
        return CimType.REFERENCE, is_array, bare
    if bare == "object" or bare.startswith("object:"):
        return CimType.OBJECT, is_array, bare
    return parse_type_name(bare), is_array, bare


def declared_class(
    parent: CimClass | None,
    name: str,
    *,
    properties: Mapping[str, str | CimProperty] | None = None,
    keys: Iterable[str] = (),
    defaults: Mapping[str, object] | None = None,
    qualifiers: Mapping[str, object] | None = None,
    methods: Iterable[CimMethod] = (),
) -> CimClass:
    """A class below *parent*, or a top-level one.

    Args:
        properties: new ones; name to type, or to a whole declaration.
        keys: which of the new ones are keys.
        defaults: default values of new properties, and other ones of inherited properties.
        qualifiers: of the class; name to value.
        methods: those that the class declares.

    Raises:
        TypeMismatch, OutOfRange: no such type, or a default that does not fit.
        UnknownProperty: a key or a default for a property that there is not.
        WmiError: as :func:`wmix.cim.classes.derive`.
    """
    values = {fold(given): (given, value) for given, value in (defaults or {}).items()}
    wanted_keys = {fold(key): key for key in keys}
    declared = []
    for member, what in (properties or {}).items():
        default = values.pop(fold(member), None)
        is_key = wanted_keys.pop(fold(member), None) is not None
        declared.append(_property(member, what, None if default is None else default[1], is_key=is_key))
    for given, value in values.values():
        base = None if parent is None else parent.properties.get(given)
        if base is None:
            raise UnknownProperty(property_name=given, class_name=name, candidates=parent or ())
        exact = coerce(value, base.type, base.is_array, what=f"{name}.{base.name}")
        declared.append(CimProperty(base.name, base.type, base.is_array, exact, cimtype=base.cimtype))
    for missing in wanted_keys.values():
        raise UnknownProperty(property_name=missing, class_name=name, candidates=list(properties or ()))
    marks = [Qualifier.of(mark, value) for mark, value in (qualifiers or {}).items()]
    return derive(parent, name, properties=declared, methods=methods, qualifiers=marks)


def _property(name: str, what: str | CimProperty, default: object, *, is_key: bool) -> CimProperty:
    if isinstance(what, CimProperty):
        if is_key or default is not None:
            raise InvalidParameter(f"{name} is declared whole: say there that it is a key, and its default")
        return what
    if not isinstance(what, str):
        raise TypeMismatch(f"the type of {name} is text such as 'uint32' or 'string[]', not {type(what).__name__}")
    cim_type, is_array, cimtype = split_type(what)
    exact = UNSET if default is None else coerce(default, cim_type, is_array, what=name)
    held = QualifierSet([Qualifier.of("key")] if is_key else [])
    return CimProperty(name, cim_type, is_array, exact, held, cimtype=cimtype, is_key=is_key)
