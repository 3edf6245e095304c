"""Drafts: class definitions while they are being written.

IWbemClassObject on a class (wmi-semantics 3.4.2, 3.4.4, 3.4.8, 3.4.9, 3.4.16, 3.4.17): properties, methods and
qualifiers are put and deleted one by one, and inherited ones show through again when an override is deleted.  A
:class:`~wmix.cim.classes.CimClass` is shared and does not change; a draft is private to who edits it, and
:meth:`ClassDraft.build` makes a class of it.

A draft starts from nothing, from a parent (SpawnDerivedClass) or from an existing class.  Depends on ``classes`` and
``methods``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.class_rules import check_property_name
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.layout import UNSET, Unset
from wmix.cim.methods import CimMethod, check_signatures
from wmix.cim.names import NameDict, fold
from wmix.cim.qualifiers import QualifierSet
from wmix.cim.system_properties import system_spelling
from wmix.cim.types import CimType, coerce, parse_type_name, type_name
from wmix.errors import NotFound, TypeMismatch, UnknownProperty, error_for

if TYPE_CHECKING:
    from wmix.cim.types import CimValue

__all__ = ["ClassDraft"]

_PROPAGATED: Final = 0x20


class _Member:
    """What the draft declares about one property: its type and default if it declares any, and its qualifier set."""

    __slots__ = ("cimtype", "declared", "default", "is_array", "name", "qualifiers", "type")

    def __init__(self, name: str, base: CimProperty | None) -> None:
        self.name = name if base is None else base.name
        self.declared = False
        self.type = CimType.STRING if base is None else base.type
        self.is_array = base is not None and base.is_array
        self.cimtype: str | None = None if base is None else base.cimtype
        self.default: CimValue | Unset = UNSET
        inherited = None if base is None else QualifierSet(base.qualifiers.for_derived())
        self.qualifiers = QualifierSet(inherited=inherited)

    def is_override(self) -> bool:
        """Whether the class declares the property: by type or default, or by a qualifier of its own."""
        return self.declared or any(not q.flavor & _PROPAGATED for q in self.qualifiers.entries())


class ClassDraft:
    """A class definition that can be edited.

    Attributes:
        name: empty until ``__CLASS`` is put.
        parent: the definition that it is derived from, or None.
        qualifiers: the class's own set; put and delete on it directly.
    """

    __slots__ = ("_is_new", "_members", "_methods", "name", "namespace", "parent", "qualifiers", "server")

    def __init__(self, parent: CimClass | None = None, *, name: str = "") -> None:
        """Begin a new class, top-level or below *parent*.

        Raises:
            WmiError: WBEM_E_INCOMPLETE_CLASS when the parent has no name yet.
        """
        if parent is not None and not parent.name:
            raise error_for(codes.WBEM_E_INCOMPLETE_CLASS, "a class without a name cannot be a parent")
        self.name = name
        self.parent = parent
        self.namespace = None if parent is None else parent.namespace
        self.server = None if parent is None else parent.server
        inherited = None if parent is None else QualifierSet(parent.qualifiers.for_derived())
        self.qualifiers = QualifierSet(inherited=inherited)
        self._is_new = True
        self._members: dict[str, _Member] = {}
        self._methods: NameDict[CimMethod] = NameDict()

    @classmethod
    def of(cls, definition: CimClass, parent: CimClass | Unset | None = UNSET) -> ClassDraft:
        """Begin with what an existing class declares, to change it.

        Args:
            parent: derive it from this class, or from none, instead of from its own parent.
        """
        if isinstance(parent, Unset):
            parent = definition.parent
            if parent is None and definition.superclass is not None:
                parent = _implied_parent(definition)
        self = cls(parent, name=definition.name)
        self._is_new = not definition.name
        self.namespace, self.server = definition.namespace, definition.server
        for qualifier in definition.qualifiers.entries():
            if not qualifier.is_propagated:
                self.qualifiers.add(qualifier)
        for prop in definition.properties.values():
            if prop.local:
                member = self._member(prop.name)
                member.declared = True
                member.type, member.is_array, member.cimtype = prop.type, prop.is_array, prop.cimtype
                member.default = prop.default if prop.has_default else UNSET
                for qualifier in prop.qualifiers.entries():
                    if not qualifier.is_propagated and fold(qualifier.name) != "cimtype":
                        member.qualifiers.add(qualifier)
        for method in definition.methods.values():
            if method.local:
                self._methods[method.name] = method.copy()
        return self

    def _base(self, name: str) -> CimProperty | None:
        return None if self.parent is None else self.parent.properties.get(name)

    def _member(self, name: str) -> _Member:
        folded = fold(name)
        member = self._members.get(folded)
        if member is None:
            member = self._members[folded] = _Member(name, self._base(name))
        return member

    # -- properties

    def put(self, name: str, value: object = None, cim_type: CimType | None = None, is_array: bool = False) -> None:
        """Create or redefine a property, or give an inherited one another default (IWbemClassObject::Put).

        Args:
            name: ``__CLASS`` names a new class.
            value: the default; None is NULL.
            cim_type, is_array: needed when the property is new and the value is None; otherwise found from the value.

        Raises:
            WmiError: WBEM_E_TYPE_MISMATCH when the parent has it with another type, WBEM_E_INVALID_PARAMETER when the
                type cannot be known or the class name is empty, WBEM_E_INVALID_PROPERTY for a reserved name,
                WBEM_E_READ_ONLY for a system property.
        """
        system = system_spelling(name)
        if system is not None:
            self._put_system(system, value)
            return
        base = self._base(name)
        known = base if base is not None and fold(name) not in self._members else self._members.get(fold(name))
        if known is not None and (cim_type is None or (known.type, known.is_array) == (cim_type, is_array)):
            chosen, array = known.type, known.is_array
        elif base is not None:
            raise error_for(
                codes.WBEM_E_TYPE_MISMATCH,
                f"{base.name} is {base.cimtype}{'[]' if base.is_array else ''} in {base.origin}",
            )
        elif cim_type is not None:
            chosen, array = cim_type, is_array
        else:
            chosen, array = _type_of(value, name)
        if known is None:
            check_property_name(name, self.name or "the new class")
        exact = coerce(value, chosen, array, what=name)
        member = self._member(name)
        if (member.type, member.is_array) != (chosen, array):
            member.type, member.is_array, member.cimtype = chosen, array, None
        member.declared = True
        member.default = exact

    def _put_system(self, system: str, value: object) -> None:
        if system != "__CLASS" or not self._is_new:
            raise error_for(codes.WBEM_E_READ_ONLY, f"{system} cannot be set")
        if not isinstance(value, str) or not value:
            raise error_for(codes.WBEM_E_INVALID_PARAMETER, "__CLASS needs a name")
        self.name = value

    def delete(self, name: str) -> int:
        """Delete a property, or the override of an inherited one (IWbemClassObject::Delete, 3.4.4).

        Returns:
            WBEM_S_NO_ERROR, or WBEM_S_RESET_TO_DEFAULT when the inherited default shows again.

        Raises:
            WmiError: WBEM_E_SYSTEM_PROPERTY; WBEM_E_PROPAGATED_PROPERTY for one that is only inherited.
            UnknownProperty: no such property.
        """
        if (system := system_spelling(name)) is not None:
            raise error_for(codes.WBEM_E_SYSTEM_PROPERTY, f"{system} cannot be deleted")
        member = self._members.get(fold(name))
        declared = member is not None and member.is_override()
        base = self._base(name)
        if base is None and not declared:
            raise UnknownProperty(property_name=name, class_name=self.name, candidates=self.build(check=False))
        if not declared:
            raise error_for(codes.WBEM_E_PROPAGATED_PROPERTY, f"{name} is inherited; it cannot be deleted here")
        del self._members[fold(name)]
        return codes.WBEM_S_NO_ERROR if base is None else codes.WBEM_S_RESET_TO_DEFAULT

    def property_qualifiers(self, name: str) -> QualifierSet:
        """The set of a property; what is put on it belongs to this class, also when the property is inherited.

        Raises:
            WmiError: WBEM_E_SYSTEM_PROPERTY: those have none (3.3.3).
            UnknownProperty: no such property.
        """
        if (system := system_spelling(name)) is not None:
            raise error_for(codes.WBEM_E_SYSTEM_PROPERTY, f"{system} has no qualifiers")
        if fold(name) not in self._members and self._base(name) is None:
            raise UnknownProperty(property_name=name, class_name=self.name, candidates=self.build(check=False))
        return self._member(name).qualifiers

    def put_cimtype(self, name: str, text: str) -> None:
        """Say which class a reference or an embedded object is of: ``ref:CIM_X``, ``object:Y`` (3.5.8).

        Raises:
            TypeMismatch: the text names another type than the property's, or is no type.
            WmiError: WBEM_E_SYSTEM_PROPERTY.
            UnknownProperty: no such property.
        """
        self.property_qualifiers(name)
        member = self._member(name)
        kind, colon, target = text.partition(":")
        has_target = member.type in (CimType.REFERENCE, CimType.OBJECT)
        if parse_type_name(kind) is not member.type or (colon and not (has_target and target)):
            raise TypeMismatch(f"{text!r} does not fit {member.name}, which is {type_name(member.type)}")
        member.declared = True
        member.cimtype = text

    # -- methods

    def put_method(
        self, name: str, in_signature: CimClass | None = None, out_signature: CimClass | None = None
    ) -> None:
        """Create or redefine a method (IWbemClassObject::PutMethod, 3.4.16); its qualifiers stay when it was there.

        Raises:
            WmiError: as ``check_signatures``; WBEM_E_PROPAGATED_METHOD when the parent has another signature.
        """
        check_property_name(name, self.name or "the new class")
        check_signatures(name, in_signature, out_signature)
        above = None if self.parent is None else self.parent.methods.get(name)
        if above is not None and (above.in_signature != in_signature or above.out_signature != out_signature):
            raise error_for(
                codes.WBEM_E_PROPAGATED_METHOD, f"{above.origin} declares {above.name} with another signature"
            )
        old = self._methods.get(name)
        inherited = None if above is None else QualifierSet(above.qualifiers.for_derived())
        held = QualifierSet(inherited=inherited) if old is None else old.qualifiers
        self._methods[name] = CimMethod(name, in_signature, out_signature, held)

    def delete_method(self, name: str) -> int:
        """Delete a method that this class declares.

        Returns:
            WBEM_S_NO_ERROR, or WBEM_S_RESET_TO_DEFAULT when the inherited one shows again.

        Raises:
            NotFound: no such method.
            WmiError: WBEM_E_PROPAGATED_METHOD for one that is only inherited.
        """
        above = None if self.parent is None else self.parent.methods.get(name)
        if name in self._methods:
            del self._methods[name]
            return codes.WBEM_S_NO_ERROR if above is None else codes.WBEM_S_RESET_TO_DEFAULT
        if above is None:
            raise NotFound(f"{self.name or 'the class'} has no method {name!r}")
        raise error_for(codes.WBEM_E_PROPAGATED_METHOD, f"{above.name} is inherited; it cannot be deleted here")

    def method_qualifiers(self, name: str) -> QualifierSet:
        """The set of a method; asking for an inherited one's declares the method here with the same signature.

        Raises:
            NotFound: no such method.
        """
        method = self._methods.get(name)
        if method is None:
            above = None if self.parent is None else self.parent.methods.get(name)
            if above is None:
                raise NotFound(f"{self.name or 'the class'} has no method {name!r}")
            self.put_method(above.name, above.in_signature, above.out_signature)
            method = self._methods[name]
        return method.qualifiers

    # -- the class

    def build(self, *, check: bool = True) -> CimClass:
        """The class as it is drafted.

        Args:
            check: False to look at an unfinished draft; True applies the rules of PutClass.

        Raises:
            WmiError: as :func:`wmix.cim.classes.derive`.
        """
        declared = [
            CimProperty(
                member.name,
                member.type,
                member.is_array,
                member.default,
                QualifierSet(q for q in member.qualifiers.entries() if not q.is_propagated),
                cimtype=member.cimtype,
            )
            for member in self._members.values()
            if member.is_override()
        ]
        return derive(
            self.parent,
            self.name,
            properties=declared,
            methods=self._methods.values(),
            qualifiers=[q for q in self.qualifiers.entries() if not q.is_propagated],
            namespace=self.namespace,
            server=self.server,
            check=check,
        )


def _implied_parent(definition: CimClass) -> CimClass:
    """What is known of the parent of a class that came without it: the members that the class inherits.

    Members that the class overrides are among them, as they are here: their former defaults are not known.
    """
    return CimClass(
        definition.superclass or "",
        superclass=definition.derivation[1] if len(definition.derivation) > 1 else None,
        derivation=definition.derivation[1:],
        properties=[p for p in definition.properties.values() if fold(p.origin) != fold(definition.name)],
        methods=[m for m in definition.methods.values() if fold(m.origin) != fold(definition.name)],
        qualifiers=QualifierSet(q for q in definition.qualifiers.entries() if q.is_propagated),
        namespace=definition.namespace,
        server=definition.server,
    )


def _type_of(value: object, name: str) -> tuple[CimType, bool]:
    """The CIM type of a new property's value, as a variant would carry it."""
    if isinstance(value, list | tuple) and value:
        kinds = {_type_of(item, name) for item in value}
        if len(kinds) == 1 and not next(iter(kinds))[1]:
            return next(iter(kinds))[0], True
    elif isinstance(value, bool):
        return CimType.BOOLEAN, False
    elif isinstance(value, int):
        return (CimType.SINT32 if -0x80000000 <= value <= 0x7FFFFFFF else CimType.SINT64), False
    elif isinstance(value, float):
        return CimType.REAL64, False
    elif isinstance(value, str):
        return CimType.STRING, False
    elif isinstance(value, CimDateTime):
        return CimType.DATETIME, False
    elif getattr(type(value), "cim_genus", None) is not None:
        return CimType.OBJECT, False
    raise error_for(codes.WBEM_E_INVALID_PARAMETER, f"the type of property {name!r} cannot be told from {value!r}")
