"""ClassObject: IWbemClassObject over an instance or a class. Brief 3.3, 3.4.

An object is a private copy: Put changes it alone, until PutInstance.  Values are those of COM's variants
(:mod:`wmix.com.variants`): a uint32 of 2**31 or more is negative, 64-bit integers and datetimes are text.  All of it
works in process, so that no method leaves an error object (0.9).

The types given are CIM types, with 0x2000 for an array; flavors are 0 (local), 0x20 (propagated) and 0x40 (system).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.system_properties import SYSTEM_TYPES, system_spelling
from wmix.cim.types import ARRAY, CimType
from wmix.com.arguments import check_no_flags, flags_of, optional, required, text_of
from wmix.com.comparison import KNOWN_FLAGS, same_object
from wmix.com.qualifierset import QualifierSet
from wmix.com.results import (
    ClassNameResult,
    CloneResult,
    MethodNextResult,
    MethodResult,
    NamesResult,
    PropertyNextResult,
    PropertyResult,
    QualifierSetResult,
    SpawnResult,
    Status,
)
from wmix.com.selection import enumerated_names, selected_names
from wmix.com.variants import from_variant, to_variant
from wmix.errors import InvalidParameter, NotFound, NotSupported, TypeMismatch, WmiError, error_for
from wmix.port.flags import WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY
from wmix.status import (
    WBEM_E_ILLEGAL_OPERATION,
    WBEM_E_INCOMPLETE_CLASS,
    WBEM_E_INVALID_PROPERTY_TYPE,
    WBEM_E_READ_ONLY,
    WBEM_E_SYSTEM_PROPERTY,
    WBEM_E_UNEXPECTED,
    WBEM_S_DIFFERENT,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
    WBEM_S_NO_MORE_DATA,
)

if TYPE_CHECKING:
    from wmix.cim.classes import CimProperty
    from wmix.cim.methods import CimMethod

__all__ = ["ClassObject"]

_LOCAL: Final = 0
_PROPAGATED: Final = 0x20
_SYSTEM: Final = 0x40


class ClassObject:
    """One class or instance."""

    __slots__ = ("_is_new", "_object", "_pending", "_pending_methods")

    def __init__(self, wrapped: CimInstance | CimClass) -> None:
        """Wrap *wrapped*, which belongs to this object from now on."""
        self._object = wrapped
        #: A class without a name is one that is being made; its name may be set, and changed until it is put.
        self._is_new = isinstance(wrapped, CimClass) and not wrapped.name
        self._pending: list[str] | None = None
        self._pending_methods: list[str] | None = None

    @classmethod
    def wrapping(cls, value: object) -> object:
        """A copy of an embedded object as com shows it; any other value as it is."""
        return cls(value.clone_()) if isinstance(value, CimInstance | CimClass) else value

    def unwrapped(self) -> CimInstance | CimClass:
        """The object itself, for the calls that send it; it stays this object's."""
        return self._object

    # -- values -----------------------------------------------------------------------------------------------------

    def get(self, name: str | None, flags: int = 0) -> PropertyResult:
        """The value, type and flavor of a property or system property, in any case (3.4.1).

        For an instance the flavor tells whether it sets the value itself (0) or shows the class default (0x20).

        Returns:
            WBEM_E_NOT_FOUND for a name that the object does not have, also one that was not selected.
        """
        try:
            check_no_flags(flags, "Get")
            value, cim_type, flavor = self._read(required(name, "name", "Get"))
        except WmiError as error:
            return PropertyResult(error.status, None, None, None)
        return PropertyResult(WBEM_S_NO_ERROR, value, cim_type, flavor)

    def _read(self, name: str) -> tuple[Any, int, int]:
        mine = self._object
        system = system_spelling(name)
        if system is not None:
            cim_type, is_array = SYSTEM_TYPES[system]
            return to_variant(mine[system], cim_type, is_array, self.wrapping), _type(cim_type, is_array), _SYSTEM
        if isinstance(mine, CimInstance):
            held = mine.properties_.get(name)
            if held is None:
                raise mine.layout_.unknown(name)
            value, local = held.value, held.local
            cim_type, is_array = held.type, held.is_array
        else:
            prop = mine.property_(name)
            value, local = prop.default, prop.local
            cim_type, is_array = prop.type, prop.is_array
        shown = to_variant(value, cim_type, is_array, self.wrapping)
        return shown, _type(cim_type, is_array), _LOCAL if local else _PROPAGATED

    def put(self, name: str | None, flags: int = 0, value: Any = None, type: int = 0) -> Status:  # noqa: A002 - as in IDL
        """Set a property of an instance, or the name (``__CLASS``) of a new class (3.4.3, 3.3.2).

        Args:
            value: None for NULL; a variant, or what the property's type takes: also real numbers of 64 bits.
            type: 0, or the type of the property.

        Returns:
            WBEM_E_NOT_FOUND, WBEM_E_TYPE_MISMATCH, WBEM_E_VALUE_OUT_OF_RANGE, WBEM_E_READ_ONLY for a system property,
            WBEM_E_INVALID_PROPERTY_TYPE for a type that there is not.
        """
        try:
            check_no_flags(flags, "Put")
            self._write(required(name, "name", "Put"), value, flags_of(type, "type"))
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def _write(self, name: str, value: object, cim_type: int) -> None:
        system = system_spelling(name)
        if isinstance(self._object, CimClass):
            if system == "__CLASS" and self._is_new:
                self._rename(value)
                return
            if system is None:
                raise NotSupported("Put changes instances, and of classes the name of a new one", operation="Put")
        if system is not None:
            raise error_for(WBEM_E_READ_ONLY, f"{system} follows from the object and cannot be set", operation="Put")
        mine = self._object
        assert isinstance(mine, CimInstance)
        held = mine.properties_.get(name)
        if held is None:
            raise mine.layout_.unknown(name)
        _check_type(held.name, cim_type, _type(held.type, held.is_array))
        exact = from_variant(value, held.type, held.is_array, _unwrap)
        _check_embedded(mine.class_.properties[held.name], exact)
        mine[held.name] = exact

    def _rename(self, value: object) -> None:
        if not isinstance(value, str):
            raise TypeMismatch("__CLASS is a string", operation="Put")
        if not value:
            raise InvalidParameter("the name of a class cannot be empty", operation="Put")
        mine = self._object
        assert isinstance(mine, CimClass)
        # Whether the name is one that a class may have is said by PutClass (1.4.22).
        self._object = CimClass(value, namespace=mine.namespace, server=mine.server)

    # -- names and enumeration --------------------------------------------------------------------------------------

    def get_names(
        self, qualifier_name: str | None = None, flags: int = 0, qualifier_value: object = None
    ) -> NamesResult:
        """The names of the properties that fulfil a condition (3.4.5).

        Args:
            qualifier_name: needed with WBEM_FLAG_ONLY_IF_TRUE, _ONLY_IF_FALSE and _ONLY_IF_IDENTICAL.
            flags: one of each group: WBEM_FLAG_ALWAYS or a condition; WBEM_FLAG_KEYS_ONLY or _REFS_ONLY;
                WBEM_FLAG_LOCAL_ONLY, _PROPAGATED_ONLY, _SYSTEM_ONLY or _NONSYSTEM_ONLY.
            qualifier_value: needed with WBEM_FLAG_ONLY_IF_IDENTICAL.
        """
        qualifier = text_of(qualifier_name, "qualifier_name")
        try:
            names = selected_names(self._object, flags_of(flags), qualifier, qualifier_value)
        except WmiError as error:
            return NamesResult(error.status, None)
        return NamesResult(WBEM_S_NO_ERROR, names)

    def begin_enumeration(self, enum_flags: int = 0) -> Status:
        """Begin an enumeration of the properties; one that goes on is begun anew (3.4.6)."""
        is_class = isinstance(self._object, CimClass)
        try:
            names = enumerated_names(self._object, flags_of(enum_flags, "enum_flags"), is_class=is_class)
        except WmiError as error:
            return Status(error.status)
        self._pending = names[::-1]
        return Status(WBEM_S_NO_ERROR)

    def next(self, flags: int = 0) -> PropertyNextResult:
        """The next property; WBEM_S_NO_MORE_DATA at the end, WBEM_E_UNEXPECTED without an enumeration."""
        try:
            check_no_flags(flags, "Next")
        except WmiError as error:
            return PropertyNextResult(error.status, None, None, None, None)
        if self._pending is None:
            return PropertyNextResult(WBEM_E_UNEXPECTED, None, None, None, None)
        if not self._pending:
            return PropertyNextResult(WBEM_S_NO_MORE_DATA, None, None, None, None)
        name = self._pending.pop()
        return PropertyNextResult(WBEM_S_NO_ERROR, name, *self._read(name))

    def end_enumeration(self) -> Status:
        """End the enumeration."""
        self._pending = None
        return Status(WBEM_S_NO_ERROR)

    # -- the object as a whole --------------------------------------------------------------------------------------

    def clone(self) -> CloneResult:
        """An independent copy (3.4.7)."""
        copy = ClassObject(self._object.clone_())
        copy._is_new = self._is_new
        return CloneResult(WBEM_S_NO_ERROR, copy)

    def spawn_instance(self, flags: int = 0) -> SpawnResult:
        """A new instance of the class, or of the instance's class, with nothing set (3.4.8).

        Returns:
            WBEM_E_INCOMPLETE_CLASS for a class that is being made.
        """
        try:
            check_no_flags(flags, "SpawnInstance")
            if self._is_new:
                raise error_for(WBEM_E_INCOMPLETE_CLASS, "the class is not complete", operation="SpawnInstance")
        except WmiError as error:
            return SpawnResult(error.status, None)
        layout = self._object.layout if isinstance(self._object, CimClass) else self._object.class_.layout
        return SpawnResult(WBEM_S_NO_ERROR, ClassObject(CimInstance(layout, layout.unset)))

    def compare_to(self, flags: int, compare_to: ClassObject | None) -> Status:
        """Compare with another object (3.4.10): WBEM_S_NO_ERROR when they are the same, else WBEM_S_DIFFERENT.

        Args:
            flags: WBEM_COMPARISON_INCLUDE_ALL (0) or a sum of WBEM_FLAG_IGNORE_....
        """
        other = optional(compare_to, ClassObject, "compare_to")
        flags = flags_of(flags)
        if other is None or flags & ~KNOWN_FLAGS:
            return Status(InvalidParameter.default_status)
        same = same_object(self._object, other._object, flags)
        return Status(WBEM_S_NO_ERROR if same else WBEM_S_DIFFERENT)

    def inherits_from(self, ancestor: str | None) -> Status:
        """WBEM_S_NO_ERROR when the class is *ancestor* or below it, else WBEM_S_FALSE (3.4.11)."""
        name = text_of(ancestor, "ancestor")
        if name is None:
            return Status(InvalidParameter.default_status)
        cls = self._object if isinstance(self._object, CimClass) else self._object.class_
        return Status(WBEM_S_NO_ERROR if name and cls.inherits_from(name) else WBEM_S_FALSE)

    def get_property_origin(self, name: str | None) -> ClassNameResult:
        """The class that introduced a property (3.4.13)."""
        try:
            origin = self._property(required(name, "name", "GetPropertyOrigin")).origin
        except WmiError as error:
            return ClassNameResult(error.status, None)
        return ClassNameResult(WBEM_S_NO_ERROR, origin)

    # -- qualifiers -------------------------------------------------------------------------------------------------

    def get_qualifier_set(self) -> QualifierSetResult:
        """The qualifiers of the class or instance itself."""
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(self._object.qualifiers_))

    def get_property_qualifier_set(self, property: str | None) -> QualifierSetResult:  # noqa: A002 - as in IDL
        """The qualifiers of a property; WBEM_E_SYSTEM_PROPERTY for a system property (3.4.14)."""
        try:
            prop = self._property(required(property, "property", "GetPropertyQualifierSet"))
        except WmiError as error:
            return QualifierSetResult(error.status, None)
        held = self._object.properties_[prop.name].qualifiers
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(held))

    def get_method_qualifier_set(self, method: str | None) -> QualifierSetResult:
        """The qualifiers of a method of a class."""
        try:
            found = self._method(required(method, "method", "GetMethodQualifierSet"), "GetMethodQualifierSet")
        except WmiError as error:
            return QualifierSetResult(error.status, None)
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(found.qualifiers))

    def _property(self, name: str) -> CimProperty:
        system = system_spelling(name)
        if system is not None:
            raise error_for(WBEM_E_SYSTEM_PROPERTY, f"{system} is a system property")
        mine = self._object
        if isinstance(mine, CimClass):
            return mine.property_(name)
        if fold(name) not in mine.layout_.index:
            raise mine.layout_.unknown(name)
        return mine.class_.property_(name)

    # -- methods ----------------------------------------------------------------------------------------------------

    def get_method(self, name: str | None, flags: int = 0) -> MethodResult:
        """The signatures of a method of a class, in any case (3.4.15); WBEM_E_NOT_FOUND with None and None."""
        try:
            check_no_flags(flags, "GetMethod")
            method = self._method(required(name, "name", "GetMethod"), "GetMethod")
        except WmiError as error:
            return MethodResult(error.status, None, None)
        return MethodResult(WBEM_S_NO_ERROR, _signature(method.in_signature), _signature(method.out_signature))

    def get_method_origin(self, method_name: str | None) -> ClassNameResult:
        """The class that introduced a method."""
        try:
            method = self._method(required(method_name, "method_name", "GetMethodOrigin"), "GetMethodOrigin")
        except WmiError as error:
            return ClassNameResult(error.status, None)
        return ClassNameResult(WBEM_S_NO_ERROR, method.origin)

    def begin_method_enumeration(self, enum_flags: int = 0) -> Status:
        """Begin an enumeration of methods: all (0), WBEM_FLAG_LOCAL_ONLY or WBEM_FLAG_PROPAGATED_ONLY (3.4.17)."""
        flags = flags_of(enum_flags, "enum_flags")
        if flags not in (0, WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY):
            return Status(InvalidParameter.default_status)
        try:
            methods = self._defined("BeginMethodEnumeration").methods
        except WmiError as error:
            return Status(error.status)
        self._pending_methods = [
            method.name for method in methods.values() if not flags or method.local == (flags == WBEM_FLAG_LOCAL_ONLY)
        ][::-1]
        return Status(WBEM_S_NO_ERROR)

    def next_method(self, flags: int = 0) -> MethodNextResult:
        """The next method; WBEM_S_NO_MORE_DATA at the end, WBEM_E_UNEXPECTED without an enumeration."""
        try:
            check_no_flags(flags, "NextMethod")
            if self._pending_methods is None:
                raise error_for(WBEM_E_UNEXPECTED, "no enumeration of methods was begun")
            if not self._pending_methods:
                return MethodNextResult(WBEM_S_NO_MORE_DATA, None, None, None)
            method = self._method(self._pending_methods.pop(), "NextMethod")
        except WmiError as error:
            return MethodNextResult(error.status, None, None, None)
        signatures = _signature(method.in_signature), _signature(method.out_signature)
        return MethodNextResult(WBEM_S_NO_ERROR, method.name, *signatures)

    def end_method_enumeration(self) -> Status:
        """End the enumeration of methods."""
        self._pending_methods = None
        return Status(WBEM_S_NO_ERROR)

    def _defined(self, operation: str) -> CimClass:
        if isinstance(self._object, CimClass):
            return self._object
        raise error_for(WBEM_E_ILLEGAL_OPERATION, f"{operation} works on classes only", operation=operation)

    def _method(self, name: str, operation: str) -> CimMethod:
        cls = self._defined(operation)
        method = cls.methods.get(name)
        if method is None:
            raise NotFound(f"{cls.name} has no method {name}", operation=operation)
        return method

    def __repr__(self) -> str:
        return f"<com.ClassObject {self._object!r}>"


def _type(cim_type: CimType, is_array: bool) -> int:
    return int(cim_type) | (ARRAY if is_array else 0)


def _signature(signature: CimClass | None) -> ClassObject | None:
    return None if signature is None else ClassObject(signature.clone_())


def _unwrap(value: object) -> object:
    return value.unwrapped().clone_() if isinstance(value, ClassObject) else value


def _check_type(name: str, given: int, own: int) -> None:
    if not given or given == own:
        return
    if given & ~ARRAY not in set(CimType):
        raise error_for(WBEM_E_INVALID_PROPERTY_TYPE, f"{given} is no CIM type", operation="Put")
    raise TypeMismatch(f"{name} has another type", operation="Put")


def _check_embedded(prop: CimProperty, value: object) -> None:
    """An embedded object of a declared class is of that class or below it (3.1.5)."""
    wanted = prop.target_class
    if prop.type is not CimType.OBJECT or wanted is None:
        return
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, CimInstance | CimClass):
            continue
        cls = item if isinstance(item, CimClass) else item.class_
        if not cls.inherits_from(wanted):
            raise TypeMismatch(f"{prop.name} holds objects of {wanted}, not of {cls.name}", operation="Put")
