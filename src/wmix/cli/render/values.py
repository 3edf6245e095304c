"""Values: one value as people read it, and as JSON has it.

For people: NULL is nothing, Booleans are TRUE and FALSE, datetimes their CIM text, arrays ``{a, b}`` and embedded
objects ``Class(Name=value, ...)``.  Control characters become escapes such as ``\\n`` or ``\\x1b``: a process may call
itself what it likes, and its name must neither break a line nor steer the terminal.

For JSON: numbers stay numbers at 64 bits, datetimes are CIM text, embedded objects are objects with ``__CLASS``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["display", "json_encoder", "json_value", "one_line"]

_ESCAPES = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    # Marks that turn the direction of writing can make one name look like another.
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def one_line(text: str) -> str:
    """*text* without anything that a terminal would obey."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)


def display(value: object) -> str:
    """*value* for people, on one line; NULL is empty."""
    if isinstance(value, str):
        return one_line(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, tuple | list):
        return "{" + ", ".join([display(item) for item in value]) + "}"
    if isinstance(value, CimInstance):
        members = [f"{name}={display(item)}" for name, item in value.values_().items() if item is not None]
        return f"{value.class_name_}({', '.join(members)})"
    if isinstance(value, CimClass):
        return f"class {value.name}"
    return one_line(str(value))


def json_value(value: object) -> object:
    """*value* in terms of what JSON has; lists and embedded objects at any depth.

    JSON has no infinities and no NaN: they become the text that Python has for them.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, tuple | list):
        return [json_value(item) for item in value]
    if isinstance(value, dict):
        return {name: json_value(item) for name, item in value.items()}
    if isinstance(value, CimInstance):
        return {"__CLASS": value.class_name_, **{name: json_value(item) for name, item in value.values_().items()}}
    if isinstance(value, CimClass):
        return {"__CLASS": value.name, "__SUPERCLASS": value.superclass}
    return str(value)


def json_encoder(*, ascii_only: bool = False) -> Callable[[object], str]:
    """A function that writes a value as JSON on one line.

    Args:
        ascii_only: whether characters beyond ASCII are escaped, for places that cannot encode them all.
    """
    from json import JSONEncoder  # only JSON pays for it

    fast = JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, default=json_value).encode

    def encode(value: object) -> str:
        try:
            text = fast(value)
        except ValueError:
            # A number that JSON does not have: rare, so only found out here.
            text = fast(json_value(value))
        return text if text.isascii() else _escape_surrogates(text)

    return encode


def _escape_surrogates(text: str) -> str:
    """Halves of surrogate pairs as JSON escapes: they stand for octets that were no UTF-8, and cannot be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join([f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text])
    return text
