"""Records: small immutable values with named fields, cheap to define.

``dataclasses`` compiles source text for every class that it decorates: about half a millisecond each, paid at every
start of a program.  A command that lists processes defines some fifty value classes before its first row, which alone
would exceed its start-up budget (decision 0002).  :class:`Record` gives the same contract (fields from annotations,
defaults, equality, hashing, ``repr``, pattern matching, no assignment after construction) from one interpreted base.

Construction is slower than a generated ``__init__``: records are for plans, requests and syntax trees, never for rows.
Depends on nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Record", "field"]


class _Field:
    """A default together with the ways in which a field takes part."""

    __slots__ = ("compare", "default")

    def __init__(self, default: object, compare: bool) -> None:
        self.default = default
        self.compare = compare


def field(*, default: Any, compare: bool = True) -> Any:
    """Declare a field that has a default and, with ``compare=False``, does not count for equality, hash and repr."""
    return _Field(default, compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _RecordType(type):
    """Turns annotations into slots; a default may not stand in a class body beside a slot of its name."""

    _fields: tuple[str, ...]
    _compared: tuple[str, ...]
    _defaults: dict[str, object]
    _setters: tuple[Callable[[object, object], None], ...]

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        own = [n for n in namespace.get("__annotations__", ()) if not n.startswith("_")]
        fields: list[str] = []
        compared: list[str] = []
        defaults: dict[str, object] = {}
        for base in bases:
            if isinstance(base, _RecordType):
                fields += base._fields
                compared += base._compared
                defaults |= base._defaults
        for field_name in own:
            fields.append(field_name)
            compare = True
            if field_name in namespace:
                default: Any = namespace.pop(field_name)
                if isinstance(default, _Field):
                    default, compare = default.default, default.compare
                defaults[field_name] = default
            if compare:
                compared.append(field_name)
        namespace["__slots__"] = tuple(own)
        namespace["__match_args__"] = tuple(fields)
        cls = super().__new__(mcs, name, bases, namespace)
        cls._fields, cls._compared, cls._defaults = tuple(fields), tuple(compared), defaults
        cls._setters = tuple([getattr(cls, name).__set__ for name in fields])
        return cls


class Record(metaclass=_RecordType):
    """Base of immutable values; fields are the annotations of the class body, in order, inherited ones first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = type(self)
        setters = cls._setters
        if len(args) != len(setters) or kwargs:
            args = cls._complete(args, kwargs)
        for put, value in zip(setters, args, strict=True):
            put(self, value)

    @classmethod
    def _complete(cls, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """A value for every field, from *args*, then by name, then by default."""
        fields = cls._fields
        if len(args) > len(fields):
            raise TypeError(f"{cls.__name__} takes at most {len(fields)} values, got {len(args)}")
        values = list(args)
        taken = 0
        defaults = cls._defaults
        for name in fields[len(args) :]:
            if name in named:
                values.append(named[name])
                taken += 1
            elif name in defaults:
                values.append(defaults[name])
            else:
                raise TypeError(f"{cls.__name__} needs a value for {name!r}")
        if taken < len(named):
            name = next(name for name in named if name not in fields[len(args) :])
            why = "got two values for" if name in fields else "has no field"
            raise TypeError(f"{cls.__name__} {why} {name!r}")
        return tuple(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; use replace({name}=...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in type(self)._compared)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in type(self)._compared)))

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self)._compared)
        return f"{type(self).__name__}({parts})"

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in type(self)._fields}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def replace(self, **changes: Any) -> Self:
        """A copy with *changes*; the original stays as it is."""
        return type(self)(**{**self.__getstate__(), **changes})
