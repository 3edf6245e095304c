"""Class editing: what Put, Delete and PutMethod of IWbemClassObject, and the qualifier sets, do to a class.

Brief 3.4.2, 3.4.4, 3.4.9, 3.4.16, 3.5.2, 3.5.4.  A definition is shared and never changes; the first edit makes a
:class:`~wmix.cim.drafts.ClassDraft` of it, and what is read afterwards is built from the draft.  Whether the whole is
a class that may exist is said by PutClass.

Depends on ``cim`` and on the variants of com.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.drafts import ClassDraft
from wmix.cim.instances import CimInstance
from wmix.cim.methods import parameter_class
from wmix.cim.system_properties import system_spelling
from wmix.cim.types import ARRAY, CimType
from wmix.com.variants import from_variant
from wmix.errors import InvalidParameter, TypeMismatch, error_for
from wmix.status import WBEM_E_INCOMPLETE_CLASS, WBEM_E_INVALID_PROPERTY_TYPE, WBEM_E_READ_ONLY

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.properties import CimProperty
    from wmix.cim.qualifiers import QualifierSet

__all__ = ["ClassEditor", "check_embedded", "check_type"]

_TYPES: Final = frozenset(int(cim_type) for cim_type in CimType)


class ClassEditor:
    """A class that is being edited.

    Attributes:
        is_new: whether the class is being made: its name may be set, and nothing can be spawned from it.
    """

    __slots__ = ("_built", "_draft", "is_new")

    def __init__(self, draft: ClassDraft, *, is_new: bool) -> None:
        self._draft = draft
        self._built: CimClass | None = None
        self.is_new = is_new

    @classmethod
    def of(cls, definition: CimClass, *, is_new: bool) -> ClassEditor:
        """Edits on a copy of *definition*."""
        return cls(ClassDraft.of(definition), is_new=is_new)

    @classmethod
    def below(cls, parent: CimClass) -> ClassEditor:
        """A new class below *parent*, without a name."""
        return cls(ClassDraft(parent), is_new=True)

    @property
    def definition(self) -> CimClass:
        """The class as it is now; unfinished, it need not obey any rule."""
        built = self._built
        if built is None:
            built = self._built = self._draft.build(check=False)
        return built

    # -- properties

    def put(self, name: str, value: object, cim_type: int, unwrap: Callable[[object], object]) -> None:
        """Name the class, or create, redefine or override a property (3.4.2).

        Args:
            value: a variant; the default.
            cim_type: a CIM type, with 0x2000 for an array; 0 takes that of the property or of the value.
            unwrap: what makes an embedded object of an object of com.

        Raises:
            WmiError: as :meth:`ClassDraft.put`; WBEM_E_INVALID_PROPERTY_TYPE for a type that there is not.
        """
        system = system_spelling(name)
        if system is not None:
            self._put_system(system, value)
            return
        check_type(cim_type)
        chosen = self._type_for(name, cim_type)
        if chosen is None:
            items = tuple(map(unwrap, value)) if isinstance(value, list | tuple) else unwrap(value)
            self._draft.put(name, items)
        else:
            kind, is_array = chosen
            exact = from_variant(value, kind, is_array, unwrap)
            held = self.definition.properties.get(name)
            if held is not None and held.type is kind:
                check_embedded(held, exact)
            self._draft.put(name, exact, kind, is_array)
        self._built = None

    def _type_for(self, name: str, cim_type: int) -> tuple[CimType, bool] | None:
        if cim_type:
            return CimType(cim_type & ~ARRAY), bool(cim_type & ARRAY)
        held = self.definition.properties.get(name)
        return None if held is None else (held.type, held.is_array)

    def _put_system(self, system: str, value: object) -> None:
        if system != "__CLASS" or not self.is_new:
            raise error_for(WBEM_E_READ_ONLY, f"{system} follows from the object and cannot be set", operation="Put")
        if not isinstance(value, str):
            raise TypeMismatch("__CLASS is a string", operation="Put")
        if not value:
            raise InvalidParameter("the name of a class cannot be empty", operation="Put")
        # Whether the name is one that a class may have is said by PutClass (1.4.22).
        self._draft.name = value
        self._built = None

    def delete(self, name: str) -> int:
        """Delete a property or an override; the status of :meth:`ClassDraft.delete`."""
        status = self._draft.delete(name)
        self._built = None
        return status

    # -- methods

    def put_method(self, name: str, in_signature: CimClass | None, out_signature: CimClass | None) -> None:
        """Create or redefine a method (3.4.16).

        The signatures are copies of ``__PARAMETERS`` with one property per parameter; In and Out need not be on them,
        ID must.
        """
        self._draft.put_method(
            name,
            None if in_signature is None else parameter_class(in_signature, is_out=False),
            None if out_signature is None else parameter_class(out_signature, is_out=True),
        )
        self._built = None

    def delete_method(self, name: str) -> int:
        """Delete a method; the status of :meth:`ClassDraft.delete_method`."""
        status = self._draft.delete_method(name)
        self._built = None
        return status

    # -- qualifiers; each gives the draft's own set, which is about to be changed

    def class_qualifiers(self) -> QualifierSet:
        """The set of the class itself."""
        self._built = None
        return self._draft.qualifiers

    def property_qualifiers(self, name: str) -> QualifierSet:
        """The set of a property."""
        self._built = None
        return self._draft.property_qualifiers(name)

    def method_qualifiers(self, name: str) -> QualifierSet:
        """The set of a method, which the class declares from now on."""
        self._built = None
        return self._draft.method_qualifiers(name)

    def put_cimtype(self, name: str, text: str) -> None:
        """Say which class a reference or an embedded object is of."""
        self._draft.put_cimtype(name, text)
        self._built = None

    def require_complete(self, operation: str) -> None:
        """See that something may be spawned from the class.

        Raises:
            WmiError: WBEM_E_INCOMPLETE_CLASS while it is being made (3.4.8, 3.4.9).
        """
        if self.is_new:
            raise error_for(
                WBEM_E_INCOMPLETE_CLASS,
                "the class is being made",
                operation=operation,
                hint="put it with PutClass and get it anew",
            )


def check_type(cim_type: int) -> None:
    """See that *cim_type* is 0 or a CIM type, perhaps of an array.

    Raises:
        WmiError: WBEM_E_INVALID_PROPERTY_TYPE.
    """
    if cim_type and cim_type & ~ARRAY not in _TYPES:
        raise error_for(WBEM_E_INVALID_PROPERTY_TYPE, f"{cim_type} is no CIM type", operation="Put")


def check_embedded(prop: CimProperty, value: object) -> None:
    """An embedded object of a declared class is of that class or below it (3.1.5).

    Raises:
        TypeMismatch: it is of another.
    """
    wanted = prop.target_class
    if prop.type is not CimType.OBJECT or wanted is None:
        return
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, CimInstance | CimClass):
            continue
        cls = item if isinstance(item, CimClass) else item.class_
        if not cls.inherits_from(wanted):
            raise TypeMismatch(f"{prop.name} holds objects of {wanted}, not of {cls.name}", operation="Put")
