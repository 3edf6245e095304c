"""Properties of classes: type, default, qualifiers, and where they come from.

DSP0004 5.1.2.8, [MS-WMIO] 2.2.30, wmi-semantics 3.4 and 3.5.8.  A property of a class is either declared there,
anew or as an override of what the parent has, or inherited as it is.  A reference or an embedded object names its
class in the text of the ``CIMTYPE`` qualifier only.  Depends on ``qualifiers`` and ``types``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.layout import UNSET, Unset
from wmix.cim.names import fold
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType, cimtype_text

if TYPE_CHECKING:
    from wmix.cim.types import CimValue

__all__ = ["CIMTYPE_FLAVOR", "CimProperty"]

CIMTYPE_FLAVOR: Final = 0x03
"""Flavor of CIMTYPE: to instance, to derived class (captured class definitions)."""


class CimProperty:
    """One property of a class.

    Attributes:
        name: in the spelling of its definition.
        type, is_array: CIM type.
        default: default value in exact form; None is NULL, which is also no default.
        has_default: whether a default was declared (it may be NULL); an override without one takes the parent's.
        qualifiers: those that hold here, ``CIMTYPE`` among them.
        origin: name of the class that introduced the property.
        cimtype: text of the CIMTYPE qualifier: ``uint32``, ``ref:CIM_X``, ``object:Y``.
        local: whether this class declares it, be it new or as an override; otherwise it is inherited as it is.
        is_key: whether it has the ``key`` qualifier.
    """

    __slots__ = (
        "cimtype",
        "default",
        "has_default",
        "is_array",
        "is_key",
        "local",
        "name",
        "origin",
        "qualifiers",
        "type",
    )

    def __init__(
        self,
        name: str,
        type: CimType,  # noqa: A002 - the standard's noun
        is_array: bool = False,
        default: CimValue | Unset = UNSET,
        qualifiers: QualifierSet | None = None,
        origin: str = "",
        cimtype: str | None = None,
        local: bool = True,
        is_key: bool | None = None,
    ) -> None:
        if cimtype is None:
            declared = None if qualifiers is None else qualifiers.value("CIMTYPE")
            cimtype = declared if isinstance(declared, str) else cimtype_text(type)
        if qualifiers is None:
            qualifiers = QualifierSet((Qualifier("CIMTYPE", cimtype, CimType.STRING, False, CIMTYPE_FLAVOR),))
        self.name = name
        self.type = type
        self.is_array = is_array
        self.has_default = not isinstance(default, Unset)
        self.default: CimValue = None if isinstance(default, Unset) else default
        self.qualifiers = qualifiers
        self.origin = origin
        self.cimtype = cimtype
        self.local = local
        self.is_key = qualifiers.is_true("key") if is_key is None else is_key

    @property
    def target_class(self) -> str | None:
        """The class that a reference points to or an embedded object has; None for other types and untyped ones."""
        _, colon, name = self.cimtype.partition(":")
        return name if colon and name and fold(name) != "object" else None

    def inherited(self) -> CimProperty:
        """The property as a derived class has it that does not declare it anew."""
        passed_on = self.qualifiers
        return CimProperty(
            self.name,
            self.type,
            self.is_array,
            self.default if self.has_default else UNSET,
            QualifierSet.deferred(passed_on.for_derived),
            self.origin,
            self.cimtype,
            False,
            self.is_key,
        )

    def copy(self) -> CimProperty:
        """An independent property; the qualifiers can be changed without changing the original."""
        return CimProperty(
            self.name,
            self.type,
            self.is_array,
            self.default if self.has_default else UNSET,
            self.qualifiers.copy(),
            self.origin,
            self.cimtype,
            self.local,
            self.is_key,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CimProperty):
            return NotImplemented
        return (
            fold(self.name) == fold(other.name)
            and self.type == other.type
            and self.is_array == other.is_array
            and self.default == other.default
            and fold(self.cimtype) == fold(other.cimtype)
            and fold(self.origin) == fold(other.origin)
            and self.local == other.local
            and self.qualifiers == other.qualifiers
        )

    __hash__ = None  # type: ignore[assignment]  # holds a set that can be changed

    def __repr__(self) -> str:
        return f"<CimProperty {self.cimtype}{'[]' if self.is_array else ''} {self.name}>"
