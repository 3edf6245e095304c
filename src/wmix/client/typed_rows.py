"""Typed rows: a dataclass as the shape of a query. Design, section 3 (``wmi.select``).

The dataclass names the class (by its own name, or ``__wmi_class__``) and, by its fields, the properties.  Names and
types are checked against the class once, before the first row; a row that holds NULL where the field does not allow
None is an error that names both.
"""

from __future__ import annotations

import dataclasses
import datetime
import types
import typing
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.types import INTEGER_RANGES, CimType, type_name
from wmix.errors import InvalidParameter, TypeMismatch, UnknownProperty

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass, CimProperty

__all__ = ["RowShape"]

T = TypeVar("T")

_SCALARS: dict[type, frozenset[CimType]] = {
    int: frozenset(INTEGER_RANGES),
    float: frozenset({CimType.REAL32, CimType.REAL64}),
    bool: frozenset({CimType.BOOLEAN}),
    str: frozenset({CimType.STRING, CimType.REFERENCE, CimType.CHAR16}),
    CimDateTime: frozenset({CimType.DATETIME}),
    datetime.datetime: frozenset({CimType.DATETIME}),
    datetime.timedelta: frozenset({CimType.DATETIME}),
    CimInstance: frozenset({CimType.OBJECT}),
}


class _Field:
    """One field: the property that it takes, whether it may be None, and how its value is made."""

    __slots__ = ("convert", "is_array", "may_be_none", "name", "property_name", "wanted")

    def __init__(self, field: dataclasses.Field[Any], annotation: object) -> None:
        self.name = field.name
        self.property_name = str(field.metadata.get("wmi", field.name))
        self.may_be_none, bare = _without_none(annotation)
        origin = typing.get_origin(bare)
        self.is_array = origin in (list, tuple)
        element = typing.get_args(bare)[0] if self.is_array else bare
        if not (isinstance(element, type) and element in _SCALARS):
            raise InvalidParameter(
                f"the field {field.name} has the type {annotation}, which no CIM type fills",
                hint="use int, float, bool, str, CimDateTime, datetime, timedelta, CimInstance, or a list of one",
            )
        self.wanted = element
        self.convert = _conversion(element, origin)

    def check(self, prop: CimProperty, class_name: str) -> None:
        """See that the property can fill the field.

        Raises:
            TypeMismatch: it cannot; the message names both types.
        """
        if prop.is_array != self.is_array or prop.type not in _SCALARS[self.wanted]:
            has = type_name(prop.type) + ("[]" if prop.is_array else "")
            want = ("list of " if self.is_array else "") + self.wanted.__name__
            raise TypeMismatch(f"{class_name}.{prop.name} is {has}, which the field {self.name} ({want}) cannot take")


def _without_none(annotation: object) -> tuple[bool, Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        rest = [member for member in members if member is not type(None)]
        if len(rest) == 1:
            return len(rest) < len(members), rest[0]
    return False, annotation


def _conversion(element: type, origin: object) -> Callable[[Any], Any] | None:
    one: Callable[[Any], Any] | None = None
    if element is datetime.datetime:
        one = CimDateTime.to_datetime
    elif element is datetime.timedelta:
        one = CimDateTime.to_timedelta
    if origin is list:
        return list if one is None else lambda values: [one(value) for value in values]
    if origin is tuple:
        return None if one is None else lambda values: tuple([one(value) for value in values])
    return one


class RowShape(Generic[T]):
    """A dataclass, read as the shape of rows."""

    def __init__(self, row_type: type[T]) -> None:
        """Read *row_type*.

        Raises:
            InvalidParameter: it is no dataclass, or a field has a type that no CIM type fills.
        """
        if not dataclasses.is_dataclass(row_type) or not isinstance(row_type, type):
            raise InvalidParameter(f"select needs a dataclass, not {row_type!r}")
        self.row_type = row_type
        self.class_name = str(getattr(row_type, "__wmi_class__", row_type.__name__))
        hints = typing.get_type_hints(row_type)
        self._fields = [_Field(field, hints[field.name]) for field in dataclasses.fields(row_type) if field.init]
        if not self._fields:
            raise InvalidParameter(f"{row_type.__name__} has no field to select")

    def query(self, where: str | None) -> str:
        """The query for these rows."""
        names = ", ".join(field.property_name for field in self._fields)
        return f"SELECT {names} FROM {self.class_name}" + (f" WHERE {where}" if where else "")

    def check(self, cls: CimClass) -> None:
        """See that *cls* fills every field.

        Raises:
            UnknownProperty: the class has no such property; the hint names the nearest.
            TypeMismatch: the property has another type.
        """
        for field in self._fields:
            prop = cls.properties.get(field.property_name)
            if prop is None:
                raise UnknownProperty(property_name=field.property_name, class_name=cls.name, candidates=cls.properties)
            field.check(prop, cls.name)

    def row(self, instance: CimInstance) -> T:
        """The dataclass instance for one object.

        Raises:
            TypeMismatch: NULL for a field that does not allow None.
        """
        values: dict[str, Any] = {}
        for field in self._fields:
            value = instance[field.property_name]
            if value is None:
                if not field.may_be_none:
                    raise TypeMismatch(
                        f"{field.property_name} of {instance!r} is NULL, and {self.row_type.__name__}.{field.name} "
                        "does not allow None",
                        hint=f"declare it as {field.wanted.__name__} | None",
                    )
            elif field.convert is not None:
                value = field.convert(value)
            values[field.name] = value
        return self.row_type(**values)
