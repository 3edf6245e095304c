"""The types that a declaration gives properties and parameters, checked when they are written down.

A wrong one would otherwise be found when somebody first asks for the class, far from the line that has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.errors import InvalidParameter, TypeMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["declared_types"]

_HINT = 'a type is the text of a CIM type: "string", "uint32", "datetime", "string[]", "ref:Win32_Process"'


def declared_types(owner: str, types: Mapping[Any, Any] | None) -> dict[str, str] | None:
    """*types* by name as the declaration of *owner* keeps them; None for none.

    Raises:
        InvalidParameter: a name is no text, or a type is not that of a CIM type, such as Python's ``str``.
    """
    if types is None:
        return None
    from wmix.cim.declarations import split_type  # providers of the schema's own classes declare no types

    for name, text in types.items():
        if not isinstance(name, str) or not name:
            raise InvalidParameter(f"{owner}: {name!r} is no name of a property")
        if not isinstance(text, str):
            shown = text.__name__ if isinstance(text, type) else repr(text)
            raise InvalidParameter(f"{owner}: the type of {name} is the text of a CIM type, not {shown}", hint=_HINT)
        try:
            split_type(text)
        except TypeMismatch as error:
            raise InvalidParameter(f"{owner}: the type of {name} is {text!r}: {error.detail}", hint=_HINT) from error
    return dict(types)
