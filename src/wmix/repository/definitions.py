"""Class definitions as octets, and the table that keeps each of them once.

A definition is stored complete, with what it inherits, because its ancestors may live elsewhere (in the class image);
a member that is exactly what the parent passes on is stored as its name only.  The parent is a definition of its own,
to which this one refers.  A definition is found again by the digest of its octets and its parent's, so that the same
class put into ten namespaces, or with ten million instances, is stored once.  Definitions never change and are never
deleted: a number that was seen once stays right.

The octets are a JSON array ``[format, name, superclass, derivation, qualifiers, properties, methods]``; members are
arrays in the order of the constructors of ``wmix.cim``.  Depends on ``cim`` and ``encoding``.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.classes import CimClass
from wmix.cim.layout import UNSET
from wmix.cim.methods import CimMethod
from wmix.cim.properties import CimProperty
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import ARRAY, CimType
from wmix.repository.encoding import FORMAT, DecodeError, from_octets, plain_value, to_octets, value_converter

if TYPE_CHECKING:
    from wmix.repository.encoding import DefinitionStore

__all__ = ["decode_class", "digest_of", "encode_class"]

_UNSET: Final = 0
_SET: Final = 1


def digest_of(octets: bytes, parent: bytes | None) -> bytes:
    """What a definition is found by: its octets and the digest of its parent, 32 octets."""
    return hashlib.sha256((parent or bytes(32)) + octets).digest()


def encode_class(cls: CimClass, store: DefinitionStore) -> bytes:
    """The octets of *cls*, without its parent and without the place where it came from."""
    return to_octets([FORMAT, *_plain_class(cls, cls.parent, store)])


def decode_class(octets: bytes, parent: CimClass | None, store: DefinitionStore) -> CimClass:
    """The class of *octets* below *parent*; it reports no server and no namespace.

    Raises:
        DecodeError: the octets are damaged, or of another version.
    """
    found = from_octets(octets)
    if not isinstance(found, list) or len(found) != 7 or found[0] != FORMAT:
        raise DecodeError("a stored class definition is damaged or of another version")
    try:
        return _read_class(found[1:], parent, store)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise DecodeError(f"a stored class definition cannot be read: {error}") from error


def _plain_class(cls: CimClass, parent: CimClass | None, store: DefinitionStore) -> list[object]:
    properties: list[object] = []
    for prop in cls.properties.values():
        above = None if parent is None or prop.local else parent.properties.get(prop.name)
        properties.append(prop.name if _passed_on(prop, above) else _plain_property(prop, store))
    methods: list[object] = []
    for method in cls.methods.values():
        base = None if parent is None or method.local else parent.methods.get(method.name)
        inherited = base is not None and base.name == method.name and base.inherited() == method
        methods.append(method.name if inherited else _plain_method(method, store))
    return [
        cls.name,
        cls.superclass,
        list(cls.derivation),
        _plain_qualifiers(cls.qualifiers),
        properties,
        methods,
    ]


def _read_class(found: list[Any], parent: CimClass | None, store: DefinitionStore) -> CimClass:
    name, superclass, derivation, qualifiers, properties, methods = found
    from_above = None if parent is None else parent.qualifiers
    return CimClass(
        name,
        superclass=superclass,
        derivation=tuple(derivation),
        properties=[_read_property(item, parent, store) for item in properties],
        methods=[_read_method(item, parent, store) for item in methods],
        qualifiers=_read_qualifiers(qualifiers, from_above),
        parent=parent,
    )


# -- properties


def _passed_on(prop: CimProperty, above: CimProperty | None) -> bool:
    """Whether *prop* is what a class has that inherits *above* as it is, to the spelling."""
    if above is None or (above.name, above.has_default, above.cimtype, above.is_key) != (
        prop.name,
        prop.has_default,
        prop.cimtype,
        prop.is_key,
    ):
        return False
    return above.inherited() == prop


def _plain_property(prop: CimProperty, store: DefinitionStore) -> list[object]:
    return [
        prop.name,
        _kind(prop.type, prop.is_array),
        [_SET, plain_value(prop.default, store)] if prop.has_default else [_UNSET],
        _plain_qualifiers(prop.qualifiers),
        prop.origin,
        prop.cimtype,
        int(prop.local),
        int(prop.is_key),
    ]


def _read_property(found: Any, parent: CimClass | None, store: DefinitionStore) -> CimProperty:
    if isinstance(found, str):
        if parent is None:
            raise DecodeError(f"{found} is inherited from a class that is not there")
        return parent.properties[found].inherited()
    name, kind, (state, *default), qualifiers, origin, cimtype, local, is_key = found
    cim_type, is_array = _read_kind(kind)
    value: Any = UNSET
    if state == _SET:
        convert = value_converter(cim_type, is_array, store)
        value = default[0] if convert is None or default[0] is None else convert(default[0])
    above = None if parent is None else parent.properties.get(name)
    return CimProperty(
        name,
        cim_type,
        is_array,
        value,
        _read_qualifiers(qualifiers, None if above is None else above.qualifiers),
        origin,
        cimtype,
        bool(local),
        bool(is_key),
    )


# -- methods


def _plain_method(method: CimMethod, store: DefinitionStore) -> list[object]:
    return [
        method.name,
        None if method.in_signature is None else _plain_class(method.in_signature, None, store),
        None if method.out_signature is None else _plain_class(method.out_signature, None, store),
        _plain_qualifiers(method.qualifiers),
        method.origin,
        int(method.local),
    ]


def _read_method(found: Any, parent: CimClass | None, store: DefinitionStore) -> CimMethod:
    if isinstance(found, str):
        if parent is None:
            raise DecodeError(f"{found} is inherited from a class that is not there")
        return parent.methods[found].inherited()
    name, in_signature, out_signature, qualifiers, origin, local = found
    above = None if parent is None else parent.methods.get(name)
    return CimMethod(
        name,
        None if in_signature is None else _read_class(in_signature, None, store),
        None if out_signature is None else _read_class(out_signature, None, store),
        _read_qualifiers(qualifiers, None if above is None else above.qualifiers),
        origin,
        bool(local),
    )


# -- qualifiers


def _plain_qualifiers(qualifiers: QualifierSet) -> list[object]:
    return [[item.name, item.value, _kind(item.type, item.is_array), item.flavor] for item in qualifiers.entries()]


def _read_qualifiers(found: list[Any], above: QualifierSet | None) -> QualifierSet:
    """The set as it was; where all that *above* passes on is among it, deleting shows that again (3.5.4)."""
    items = []
    for name, value, kind, flavor in found:
        cim_type, is_array = _read_kind(kind)
        items.append(Qualifier(name, tuple(value) if is_array else value, cim_type, is_array, flavor))
    if above is not None:
        joined = QualifierSet(items, inherited=QualifierSet(above.for_derived()))
        if joined.entries() == tuple(items):
            return joined
    return QualifierSet(items)


def _kind(cim_type: CimType, is_array: bool) -> int:
    return int(cim_type) | (ARRAY if is_array else 0)


def _read_kind(kind: int) -> tuple[CimType, bool]:
    return CimType(kind & ~ARRAY), bool(kind & ARRAY)
