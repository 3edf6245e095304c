"""Methods of classes: the part of IWbemClassObject that is about method definitions. Brief 3.4.15 to 3.4.17.

Only class definitions have methods; on an instance every call is WBEM_E_ILLEGAL_OPERATION.  Signatures are classes
whose properties are the parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.com.arguments import check_no_flags, flags_of, optional, required
from wmix.com.qualifier_places import MethodQualifiers
from wmix.com.qualifierset import QualifierSet
from wmix.com.results import ClassNameResult, MethodNextResult, MethodResult, QualifierSetResult, Status
from wmix.errors import InvalidParameter, NotFound, WmiError, error_for
from wmix.port.flags import WBEM_FLAG_LOCAL_ONLY, WBEM_FLAG_PROPAGATED_ONLY
from wmix.status import WBEM_E_ILLEGAL_OPERATION, WBEM_E_UNEXPECTED, WBEM_S_NO_ERROR, WBEM_S_NO_MORE_DATA

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.cim.methods import CimMethod
    from wmix.com.class_editing import ClassEditor
    from wmix.com.classobject import ClassObject

__all__ = ["MethodDefinitions"]


class MethodDefinitions:
    """What a ClassObject answers about methods."""

    __slots__ = ("_pending_methods",)

    _pending_methods: list[str] | None

    def __init__(self, wrapped: CimInstance | CimClass) -> None:  # noqa: ARG002 - the signature of all objects of com
        self._pending_methods = None

    def unwrapped(self) -> CimInstance | CimClass:
        """The object as it is now."""
        raise AssertionError("a part of ClassObject")

    def _edit(self) -> ClassEditor:
        raise AssertionError("a part of ClassObject")

    def get_method(self, name: str | None, flags: int = 0) -> MethodResult:
        """The signatures of a method of a class, in any case (3.4.15); WBEM_E_NOT_FOUND with None and None."""
        try:
            check_no_flags(flags, "GetMethod")
            method = self._method(required(name, "name", "GetMethod"), "GetMethod")
        except WmiError as error:
            return MethodResult(error.status, None, None)
        return MethodResult(WBEM_S_NO_ERROR, self._side(method.in_signature), self._side(method.out_signature))

    def put_method(
        self,
        name: str | None,
        flags: int = 0,
        in_signature: ClassObject | None = None,
        out_signature: ClassObject | None = None,
    ) -> Status:
        """Define a method of a class, new or again (3.4.16); its qualifiers stay.

        Args:
            in_signature, out_signature: copies of the class ``__PARAMETERS`` with a property for each parameter, which
                has an ``ID`` qualifier; ``ReturnValue`` among the out-parameters is the return value and has none.

        Returns:
            WBEM_E_MISSING_PARAMETER_ID, WBEM_E_INVALID_PARAMETER_ID, WBEM_E_NONCONSECUTIVE_PARAMETER_IDS,
            WBEM_E_PARAMETER_ID_ON_RETVAL, WBEM_E_INVALID_DUPLICATE_PARAMETER, WBEM_E_PROPAGATED_METHOD.
        """
        try:
            check_no_flags(flags, "PutMethod")
            checked = required(name, "name", "PutMethod")
            self._defined("PutMethod")
            self._edit().put_method(
                checked, self._given(in_signature, "in_signature"), self._given(out_signature, "out_signature")
            )
        except WmiError as error:
            return Status(error.status)
        return Status(WBEM_S_NO_ERROR)

    def delete_method(self, name: str | None) -> Status:
        """Delete a method that the class defines itself (3.4.17).

        Returns:
            WBEM_S_RESET_TO_DEFAULT when the parent's shows again, WBEM_E_PROPAGATED_METHOD for one that is only
            inherited, WBEM_E_NOT_FOUND.
        """
        try:
            checked = required(name, "name", "DeleteMethod")
            self._defined("DeleteMethod")
            return Status(self._edit().delete_method(checked))
        except WmiError as error:
            return Status(error.status)

    def get_method_origin(self, method_name: str | None) -> ClassNameResult:
        """The class that introduced a method."""
        try:
            method = self._method(required(method_name, "method_name", "GetMethodOrigin"), "GetMethodOrigin")
        except WmiError as error:
            return ClassNameResult(error.status, None)
        return ClassNameResult(WBEM_S_NO_ERROR, method.origin)

    def get_method_qualifier_set(self, method: str | None) -> QualifierSetResult:
        """The qualifiers of a method of a class."""
        try:
            found = self._method(required(method, "method", "GetMethodQualifierSet"), "GetMethodQualifierSet")
        except WmiError as error:
            return QualifierSetResult(error.status, None)
        place = MethodQualifiers(lambda: self._defined("GetMethodQualifierSet"), self._edit, found.name)
        return QualifierSetResult(WBEM_S_NO_ERROR, QualifierSet(place))

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
            pending = self._pending_methods
            if pending is None:
                raise error_for(WBEM_E_UNEXPECTED, "no enumeration of methods was begun")
            methods = self._defined("NextMethod").methods
        except WmiError as error:
            return MethodNextResult(error.status, None, None, None)
        while pending:
            method = methods.get(pending.pop())
            if method is not None:
                sides = self._side(method.in_signature), self._side(method.out_signature)
                return MethodNextResult(WBEM_S_NO_ERROR, method.name, *sides)
        return MethodNextResult(WBEM_S_NO_MORE_DATA, None, None, None)

    def end_method_enumeration(self) -> Status:
        """End the enumeration of methods."""
        self._pending_methods = None
        return Status(WBEM_S_NO_ERROR)

    def _defined(self, operation: str) -> CimClass:
        found = self.unwrapped()
        if isinstance(found, CimClass):
            return found
        raise error_for(WBEM_E_ILLEGAL_OPERATION, f"{operation} works on classes only", operation=operation)

    def _method(self, name: str, operation: str) -> CimMethod:
        cls = self._defined(operation)
        method = cls.methods.get(name)
        if method is None:
            raise NotFound(f"{cls.name} has no method {name}", operation=operation)
        return method

    @staticmethod
    def _side(signature: CimClass | None) -> ClassObject | None:
        from wmix.com.classobject import ClassObject  # which stands on this module

        return None if signature is None else ClassObject(signature.clone_())

    @staticmethod
    def _given(signature: ClassObject | None, name: str) -> CimClass | None:
        from wmix.com.classobject import ClassObject

        checked = optional(signature, ClassObject, name)
        if checked is None:
            return None
        cls = checked.unwrapped()
        if isinstance(cls, CimClass):
            return cls
        raise InvalidParameter(f"{name} is a class, not an instance", operation="PutMethod")
