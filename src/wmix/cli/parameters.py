"""Parameters of a method and properties of an instance from words ``Name=Value``, typed by what the class declares.

Numbers may be decimal or ``0x``; Booleans are TRUE, FALSE, 1 or 0; datetimes are CIM text.  ``Name=`` is NULL and
``Name=""`` (the quotes reach the program) the empty string.  An array is ``Name=a,b`` with ``\\,`` for a comma in an
element, or the name repeated, one element each.  An embedded object is JSON: ``Name={"Property": value}``, as are
the objects in it.

Whether there is such a parameter or property is the engine's to say; here only text becomes values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.names import NameDict
from wmix.cim.types import INTEGER_RANGES, CimType, coerce, type_name
from wmix.cli.options import UsageError
from wmix.errors import InvalidParameter, OutOfRange, TypeMismatch, WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass, CimProperty
    from wmix.cim.methods import CimMethod

__all__ = ["properties", "split_words", "typed"]

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_EMPTY = '""'

_BRACKETS: Final = ("[", "(", "{", '"', "'")
"""How arrays begin elsewhere."""

_APART: Final = (";", " ", "\t")
"""What keeps elements apart elsewhere."""

_INTEGER: Final = "write a whole number, decimal or 0x and hexadecimal digits"
_HINTS: Final = {
    **dict.fromkeys(INTEGER_RANGES, _INTEGER),
    CimType.REAL32: "write a number such as 1.5 or 1e3",
    CimType.REAL64: "write a number such as 1.5 or 1e3",
    CimType.BOOLEAN: "write TRUE or FALSE",
    CimType.CHAR16: "write one character",
}
"""What to write for a value of a type, where its error does not tell."""

_EXAMPLES: Final = {CimType.BOOLEAN: ("TRUE", "FALSE"), CimType.CHAR16: ("a", "b")}
"""Two elements of an array, for types that are no numbers."""


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
            raise UsageError(f"a {what} is written Name=Value, not {word!r}{_meant(word)}")
        given.setdefault(name, []).append(value)
    return given


def _meant(word: str) -> str:
    """What *word* looks like, as a line of advice; "" when like nothing."""
    name, colon, value = word.partition(":")
    if colon and name.isidentifier() and "=" not in name:
        return f"\nwrite {name}={value}"
    name, equals, value = word.partition("=")
    if equals and name.strip().isidentifier():
        return f"\nwrite {name.strip()}={value} without blanks before the ="
    return ""


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
            raise InvalidParameter(f"the {what} is given twice, and is not an array", hint="give one value")
        return None if not texts[0] else _scalar(what, prop, texts[0], find_class)
    if len(texts) == 1 and not texts[0]:
        return None
    # JSON has commas of its own: one object a word.
    parts = texts if len(texts) > 1 or prop.type is CimType.OBJECT else _elements(texts[0])
    try:
        return tuple([_scalar(f"{what}[{i}]", prop, part, find_class) for i, part in enumerate(parts)])
    except (TypeMismatch, OutOfRange) as error:
        if prop.type is not CimType.OBJECT and (advice := _array_advice(prop, texts)) is not None:
            error.hint = advice
        raise


def _array_advice(prop: CimProperty, texts: list[str]) -> str | None:
    """What to say of elements that are wrong because the array is written otherwise; None when it is not."""
    odd = next((text for text in texts if text[:1] in _BRACKETS or any(mark in text for mark in _APART)), None)
    if odd is None:
        return None
    example = ",".join(_EXAMPLES.get(prop.type, ("1", "2")))
    first, _, second = example.partition(",")
    return (
        f"write {prop.name}={example} or, an element a word, {prop.name}={first} {prop.name}={second}; "
        "without brackets, quotes and blanks"
    )


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
    if prop.type is CimType.OBJECT:
        return _object(what, prop, text, find_class)
    if prop.type is CimType.STRING and text == _EMPTY:
        return ""
    try:
        return _read(what, prop.type, text)
    except TypeMismatch as error:
        error.hint = error.special_hint or _HINTS.get(prop.type)
        raise


def _read(what: str, cim_type: CimType, text: str) -> object:
    if cim_type is CimType.BOOLEAN:
        if (truth := _BOOLEANS.get(text.casefold())) is None:
            raise TypeMismatch(f"{what}: {text!r} is not a boolean")
        return truth
    if cim_type in (CimType.REAL32, CimType.REAL64):
        try:
            number = float(text)
        except ValueError:
            raise TypeMismatch(f"{what}: {text!r} is not a {type_name(cim_type)}") from None
        return coerce(number, cim_type, False, what=what)
    return coerce(text, cim_type, False, what=what)


def _object(what: str, prop: CimProperty, text: str, find_class: Callable[[str], CimClass]) -> CimInstance:
    import json  # embedded objects are rare

    try:
        members = json.loads(text)
    except ValueError as error:
        raise TypeMismatch(
            f"{what}: not JSON: {error}",
            hint=f"""write {prop.name}={{"Property": value}}, in single quotes that keep the shell from it""",
        ) from None
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
        raise TypeMismatch(f"{what}: a list of objects is needed, not {given!r}", hint='write [{"Property": value}]')
    return tuple([_instance(f"{what}[{i}]", prop, item, find_class) for i, item in enumerate(given)])
