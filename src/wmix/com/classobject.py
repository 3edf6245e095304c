"""ClassObject: IWbemClassObject over an instance or a class. Brief 3.3, 3.4.

An object is a private copy: what is put changes it alone, until PutInstance or PutClass.  A class is edited by way of
:mod:`wmix.com.class_editing`; its methods are in :mod:`wmix.com.methods`.  Values are those of COM's variants
(:mod:`wmix.com.variants`): a uint32 of 2**31 or more is negative, 64-bit integers and datetimes are text.  All of it
works in process, so that no method leaves an error object (0.9).

The types given are CIM types, with 0x2000 for an array; flavors are 0 (local), 0x20 (propagated) and 0x40 (system).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.qualifiers import Scope
from wmix.cim.system_properties import SYSTEM_TYPES, system_spelling
from wmix.cim.types import ARRAY, CimType
from wmix.com.arguments import check_no_flags, flags_of, optional, required, text_of
from wmix.com.class_editing import ClassEditor, check_embedded, check_type
from wmix.com.comparison import KNOWN_FLAGS, same_object
from wmix.com.methods import MethodDefinitions
from wmix.com.qualifier_places import (
    ClassQualifiers,
    FixedQualifiers,
    InstancePropertyQualifiers,
    PropertyQualifiers,
)
from wmix.com.qualifierset import QualifierSet
from wmix.com.results import (
    ClassNameResult,
    CloneResult,
    NamesResult,
    ObjectTextResult,
    PropertyNextResult,
    PropertyResult,
    QualifierSetResult,
    SpawnDerivedClassResult,
    SpawnResult,
    Status,
)
from wmix.com.selection import enumerated_names, selected_names
from wmix.com.variants import from_variant, to_variant
from wmix.errors import InvalidOperation, InvalidParameter, TypeMismatch, WmiError, error_for
from wmix.status import (
    WBEM_E_INCOMPLETE_CLASS,
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

__all__ = ["ClassObject"]

_LOCAL: Final = 0
_PROPAGATED: Final = 0x20
_SYSTEM: Final = 0x40
_NO_FLAVORS: Final = 0x1
"""WBEM_FLAG_NO_FLAVORS."""


class ClassObject(MethodDefinitions):
    """One class or instance."""

    __slots__ = ("_editor", "_object", "_pending")

    def __init__(self, wrapped: CimInstance | CimClass) -> None:
        """Wrap *wrapped*, which belongs to this object from now on; a class without a name is one that is made."""
        super().__init__(wrapped)
        self._object = wrapped
        self._editor: ClassEditor | None = None
        self._pending: list[str] | None = None
        if isinstance(wrapped, CimClass) and not wrapped.name:
            self._editor = ClassEditor.of(wrapped, is_new=True)

    @classmethod
    def wrapping(cls, value: object) -> object:
        """A copy of an embedded object as com shows it; any other value as it is."""
        return cls(value.clone_()) if isinstance(value, CimInstance | CimClass) else value

    def unwrapped(self) -> CimInstance | CimClass:
        """The object as it is now, for the calls that send it; it stays this object's."""
        return self._object if self._editor is None else self._editor.definition

    def _edit(self) -> ClassEditor:
        editor = self._editor
        if editor is None:
            assert isinstance(self._object, CimClass)
            editor = self._editor = ClassEditor.of(self._object, is_new=False)
        return editor

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
        mine = self.unwrapped()
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
        """Set a property of an instance; create, redefine or override one of a class, or name a new class.

        On a class the value becomes the property's default (3.4.2); ``__CLASS`` names a class that is being made.

        Args:
            value: None for NULL; a variant, or what the property's type takes: also real numbers of 64 bits.
            type: 0, or the type of the property; needed for a new property of a class whose value is NULL.

        Returns:
            WBEM_E_NOT_FOUND on an instance, WBEM_E_TYPE_MISMATCH, WBEM_E_VALUE_OUT_OF_RANGE, WBEM_E_READ_ONLY for a
            system property, WBEM_E_INVALID_PROPERTY_TYPE for a type that there is not, WBEM_E_INVALID_PROPERTY for a
            name that is reserved.
        """
        try:
            check_no_flags(flags, "Put")
            checked, cim_type = required(name, "name", "Put"), flags_of(type, "type")
            if isinstance(self._object, CimClass):
                self._edit().put(checked, value, cim_type, _unwrap)
            else:
                self._set(self._object, checked, value, cim_type)
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def _set(self, mine: CimInstance, name: str, value: object, cim_type: int) -> None:
        system = system_spelling(name)
        if system is not None:
            raise error_for(WBEM_E_READ_ONLY, f"{system} follows from the object and cannot be set", operation="Put")
        held = mine.properties_.get(name)
        if held is None:
            raise mine.layout_.unknown(name)
        check_type(cim_type)
        if cim_type not in (0, _type(held.type, held.is_array)):
            raise TypeMismatch(f"{held.name} has another type", operation="Put")
        exact = from_variant(value, held.type, held.is_array, _unwrap)
        check_embedded(mine.class_.properties[held.name], exact)
        mine[held.name] = exact

    def delete(self, name: str | None) -> Status:
        """Delete a property of a class, with its qualifiers, or the override of an inherited one (3.4.4).

        Returns:
            WBEM_S_RESET_TO_DEFAULT when the parent's property shows again, WBEM_E_PROPAGATED_PROPERTY for one that is
            only inherited, WBEM_E_SYSTEM_PROPERTY, WBEM_E_NOT_FOUND, WBEM_E_INVALID_OPERATION on an instance.
        """
        try:
            checked = required(name, "name", "Delete")
            if not isinstance(self._object, CimClass):
                raise InvalidOperation("properties are deleted from classes, not from instances", operation="Delete")
            return Status(self._edit().delete(checked))
        except WmiError as error:
            return Status(error.status)

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
            names = selected_names(self.unwrapped(), flags_of(flags), qualifier, qualifier_value)
        except WmiError as error:
            return NamesResult(error.status, None)
        return NamesResult(WBEM_S_NO_ERROR, names)

    def begin_enumeration(self, enum_flags: int = 0) -> Status:
        """Begin an enumeration of the properties; one that goes on is begun anew (3.4.6)."""
        is_class = isinstance(self._object, CimClass)
        try:
            names = enumerated_names(self.unwrapped(), flags_of(enum_flags, "enum_flags"), is_class=is_class)
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
        while self._pending:
            name = self._pending.pop()
            if name in self.unwrapped():
                return PropertyNextResult(WBEM_S_NO_ERROR, name, *self._read(name))
        return PropertyNextResult(WBEM_S_NO_MORE_DATA, None, None, None, None)

    def end_enumeration(self) -> Status:
        """End the enumeration."""
        self._pending = None
        return Status(WBEM_S_NO_ERROR)

    # -- the object as a whole --------------------------------------------------------------------------------------

    def clone(self) -> CloneResult:
        """An independent copy (3.4.7)."""
        now = self.unwrapped()
        copy = ClassObject(now.clone_())
        if isinstance(now, CimClass) and self._is_new:
            copy._editor = ClassEditor.of(now, is_new=True)
        return CloneResult(WBEM_S_NO_ERROR, copy)

    @property
    def _is_new(self) -> bool:
        """Whether this is a class that is being made: its name may be set, and nothing can be spawned from it."""
        return self._editor is not None and self._editor.is_new

    def get_object_text(self, flags: int = 0) -> ObjectTextResult:
        """The object in MOF, to be compiled again: what a class declares itself, what an instance sets (3.4.12).

        Args:
            flags: 0, or WBEM_FLAG_NO_FLAVORS to leave out the flavors of qualifiers.
        """
        from wmix.mof.printer import class_text, instance_text  # with part of the language behind it

        flags = flags_of(flags)
        if flags & ~_NO_FLAVORS:
            return ObjectTextResult(InvalidParameter.default_status, None)
        now = self.unwrapped()
        if isinstance(now, CimInstance):
            text = instance_text(now, flavors=not flags)
        elif now.name:
            text = class_text(now, flavors=not flags)
        else:
            return ObjectTextResult(WBEM_E_INCOMPLETE_CLASS, None)
        return ObjectTextResult(WBEM_S_NO_ERROR, text + "\n")

    def spawn_instance(self, flags: int = 0) -> SpawnResult:
        """A new instance of the class, or of the instance's class, with nothing set (3.4.8).

        Returns:
            WBEM_E_INCOMPLETE_CLASS for a class that is being made.
        """
        try:
            check_no_flags(flags, "SpawnInstance")
            if self._editor is not None:
                self._editor.require_complete("SpawnInstance")
        except WmiError as error:
            return SpawnResult(error.status, None)
        now = self.unwrapped()
        layout = now.layout if isinstance(now, CimClass) else now.class_.layout
        return SpawnResult(WBEM_S_NO_ERROR, ClassObject(CimInstance(layout, layout.unset)))

    def spawn_derived_class(self, flags: int = 0) -> SpawnDerivedClassResult:
        """A new class below this one; it has no name until ``__CLASS`` is put (3.4.9).

        Returns:
            WBEM_E_INCOMPLETE_CLASS for a class that is being made, WBEM_E_INVALID_OPERATION for an instance.
        """
        try:
            check_no_flags(flags, "SpawnDerivedClass")
            now = self.unwrapped()
            if not isinstance(now, CimClass):
                raise InvalidOperation("classes are derived from classes", operation="SpawnDerivedClass")
            if self._editor is not None:
                self._editor.require_complete("SpawnDerivedClass")
        except WmiError as error:
            return SpawnDerivedClassResult(error.status, None)
        derived = ClassObject(CimClass("", namespace=now.namespace, server=now.server))
        derived._editor = ClassEditor.below(now)
        return SpawnDerivedClassResult(WBEM_S_NO_ERROR, derived)

    def compare_to(self, flags: int, compare_to: ClassObject | None) -> Status:
        """Compare with another object (3.4.10): WBEM_S_NO_ERROR when they are the same, else WBEM_S_DIFFERENT.

        Args:
            flags: WBEM_COMPARISON_INCLUDE_ALL (0) or a sum of WBEM_FLAG_IGNORE_....
        """
        other = optional(compare_to, ClassObject, "compare_to")
        flags = flags_of(flags)
        if other is None or flags & ~KNOWN_FLAGS:
            return Status(InvalidParameter.default_status)
        same = same_object(self.unwrapped(), other.unwrapped(), flags)
        return Status(WBEM_S_NO_ERROR if same else WBEM_S_DIFFERENT)

    def inherits_from(self, ancestor: str | None) -> Status:
        """WBEM_S_NO_ERROR when the class is *ancestor* or below it, else WBEM_S_FALSE (3.4.11)."""
        name = text_of(ancestor, "ancestor")
        if name is None:
            return Status(InvalidParameter.default_status)
        now = self.unwrapped()
        cls = now if isinstance(now, CimClass) else now.class_
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
        mine = self._object
        if isinstance(mine, CimInstance):
            return QualifierSetResult(
                WBEM_S_NO_ERROR, QualifierSet(FixedQualifiers(mine.qualifiers_, Scope.CLASS | Scope.INSTANCE))
            )
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(ClassQualifiers(self._definition, self._edit)))

    def get_property_qualifier_set(self, property: str | None) -> QualifierSetResult:  # noqa: A002 - as in IDL
        """The qualifiers of a property; WBEM_E_SYSTEM_PROPERTY for a system property (3.4.14)."""
        try:
            prop = self._property(required(property, "property", "GetPropertyQualifierSet"))
        except WmiError as error:
            return QualifierSetResult(error.status, None)
        mine = self._object
        if isinstance(mine, CimInstance):
            held = InstancePropertyQualifiers(mine.properties_[prop.name].qualifiers)
            return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(held))
        place = PropertyQualifiers(self._definition, self._edit, prop.name)
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(place))

    def _definition(self) -> CimClass:
        now = self.unwrapped()
        assert isinstance(now, CimClass)
        return now

    def _property(self, name: str) -> CimProperty:
        system = system_spelling(name)
        if system is not None:
            raise error_for(WBEM_E_SYSTEM_PROPERTY, f"{system} is a system property")
        mine = self.unwrapped()
        if isinstance(mine, CimClass):
            return mine.property_(name)
        if fold(name) not in mine.layout_.index:
            raise mine.layout_.unknown(name)
        return mine.class_.property_(name)

    def __repr__(self) -> str:
        return f"<com.ClassObject {self.unwrapped()!r}>"


def _type(cim_type: CimType, is_array: bool) -> int:
    return int(cim_type) | (ARRAY if is_array else 0)


def _unwrap(value: object) -> object:
    return value.unwrapped().clone_() if isinstance(value, ClassObject) else value
