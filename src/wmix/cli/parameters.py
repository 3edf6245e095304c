"""Parameters of a method and properties of an instance from words ``Name=Value``, typed by what the class declares.

Numbers may be decimal or ``0x``; Booleans are TRUE, FALSE, 1 or 0; datetimes are CIM text.  ``Name=`` is NULL and
``Name=""`` (the quotes reach the program) the empty string.  An array is ``Name=a,b`` with ``\\,`` for a comma in an
element, or the name repeated, one element each.  An embedded object is JSON: ``Name={"Property": value}``, as are
the objects in it.

Whether there is such a parameter or property is the engine's to say; here only text becomes values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.cim.names import NameDict
from wmix.cim.types import CimType, coerce, type_name
from wmix.cli.options import UsageError
from wmix.errors import InvalidParameter, TypeMismatch, WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass, CimProperty
    from wmix.cim.methods import CimMethod

__all__ = ["properties", "split_words", "typed"]

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_EMPTY = '""'


def split_words(words: Sequence[str], what: str = "parameter") -> NameDict[list[str]]:
    """Words ``Name=Value`` as name to values; a name that is repeated has several.

    Args:
        what: what such a word is called in messages.

    Raises:
        UsageError: a word has no name or no ``=``.
    """
    given: NameDict[list[str]] = NameDict()
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"a {what} is written Name=Value, not {word!r}")
        given.setdefault(name, []).append(value)
    return given


def typed(
    method: CimMethod | None, given: NameDict[list[str]], find_class: Callable[[str], CimClass]
) -> dict[str, object]:
    """The values of *given* in the types of *method*'s signature; unknown names keep their text.

    Args:
        method: None when the class has no such method; the call will say so.
        find_class: gives the definition of an embedded object's class.

    Raises:
        WmiError: a text is no value of its type, or a name that is no array was repeated.
    """
    signature = None if method is None else method.in_signature
    return _typed("parameter", None if signature is None else signature.properties, given, find_class)


def properties(cls: CimClass, given: NameDict[list[str]], find_class: Callable[[str], CimClass]) -> dict[str, object]:
    """The values of *given* in the types of the properties of *cls*; arguments and errors as those of :func:`typed`."""
    return _typed("property", cls.properties, given, find_class)


def _typed(
    what: str,
    declared: NameDict[CimProperty] | None,
    given: NameDict[list[str]],
    find_class: Callable[[str], CimClass],
) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, texts in given.items():
        prop = None if declared is None else declared.get(name)
        if prop is None:
            values[name] = texts[0]
        else:
            values[prop.name] = _value(f"{what} {prop.name}", prop, texts, find_class)
    return values


def _value(what: str, prop: CimProperty, texts: list[str], find_class: Callable[[str], CimClass]) -> object:
    if not prop.is_array:
        if len(texts) > 1:
            raise InvalidParameter(f"the {what} is given twice, and is not an array")
        return None if not texts[0] else _scalar(what, prop, texts[0], find_class)
    if len(texts) > 1:
        return tuple([_scalar(what, prop, text, find_class) for text in texts])
    if not texts[0]:
        return None
    # JSON has commas of its own: one object a word.
    parts = texts if prop.type is CimType.OBJECT else _elements(texts[0])
    return tuple([_scalar(what, prop, part, find_class) for part in parts])


def _elements(text: str) -> list[str]:
    """The parts of *text* between commas; ``\\,`` is a comma in a part."""
    parts = [""]
    pieces = text.split(",")
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        if piece.endswith("\\") and not last:
            parts[-1] += piece[:-1] + ","
        else:
            parts[-1] += piece
            if not last:
                parts.append("")
    return parts


def _scalar(what: str, prop: CimProperty, text: str, find_class: Callable[[str], CimClass]) -> object:
    if prop.type is CimType.BOOLEAN:
        if (truth := _BOOLEANS.get(text.casefold())) is None:
            raise TypeMismatch(f"{what}: {text!r} is not a boolean", hint="write TRUE or FALSE")
        return truth
    if prop.type is CimType.OBJECT:
        return _object(what, prop, text, find_class)
    if prop.type in (CimType.REAL32, CimType.REAL64):
        try:
            return coerce(float(text), prop.type, False, what=what)
        except ValueError:
            raise TypeMismatch(f"{what}: {text!r} is not a {type_name(prop.type)}") from None
    if prop.type is CimType.STRING and text == _EMPTY:
        return ""
    return coerce(text, prop.type, False, what=what)


def _object(what: str, prop: CimProperty, text: str, find_class: Callable[[str], CimClass]) -> CimInstance:
    import json  # embedded objects are rare

    try:
        members = json.loads(text)
    except ValueError as error:
        raise TypeMismatch(f"{what}: not JSON: {error}", hint='write {"Property": value}') from None
    return _instance(what, prop, members, find_class)


def _instance(what: str, prop: CimProperty, given: object, find_class: Callable[[str], CimClass]) -> CimInstance:
    """The embedded object that *given*, read from JSON, describes; objects in it are objects again."""
    members = dict(given) if isinstance(given, dict) else {}
    name = members.pop("__CLASS", prop.target_class)
    if not isinstance(given, dict) or not isinstance(name, str):
        raise TypeMismatch(
            f"{what}: an object of {name or 'a class that __CLASS names'} is needed, not {given!r}",
            hint='write {"__CLASS": "Name", "Property": value}',
        )
    try:
        cls = find_class(name)
        for member, value in members.items():
            inner = cls.properties.get(member)
            if inner is not None and inner.type is CimType.OBJECT and value is not None:
                members[member] = _inner(f"{name}.{inner.name}", inner, value, find_class)
        return CimInstance.of(cls, members)
    except WmiError as error:
        error.detail = f"{what}: {error.detail}"
        raise


def _inner(what: str, prop: CimProperty, given: object, find_class: Callable[[str], CimClass]) -> object:
    if not prop.is_array:
        return _instance(what, prop, given, find_class)
    if not isinstance(given, list):
        raise TypeMismatch(f"{what}: a list of objects is needed, not {given!r}")
    return tuple([_instance(f"{what}[{i}]", prop, item, find_class) for i, item in enumerate(given)])
