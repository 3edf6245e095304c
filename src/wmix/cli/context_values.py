"""Named values of a call from words ``NAME=VALUE``: the context that providers see. [MS-WMI] 2.2.13.

No class declares their types, so the text does: TRUE and FALSE are truth values, whole numbers (decimal or ``0x``, of
32 bits) are numbers, ``NAME=`` is NULL, and everything else is text.  Double quotes that reach the program make text of
anything: ``NAME="7"``.  A name that is repeated has an array, one element each time; ``NAME[]=VALUE`` is one of a
single element.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["context_of", "context_value"]

_NUMBER: Final = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)", re.ASCII)
_TRUTH: Final = {"true": True, "false": False}
_LEAST: Final = -(1 << 31)
_MOST: Final = (1 << 32) - 1
_ARRAY: Final = "[]"


def context_value(text: str) -> tuple[str, object]:
    """The name, which may end in ``[]``, and the value of a word.

    Raises:
        ValueError: it is none; with what to write.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.removesuffix(_ARRAY).strip():
        raise ValueError(f"NAME=VALUE is needed, not {text!r}")
    return name.strip(), _value(value)


def _value(text: str) -> object:
    if not text:
        return None
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if (truth := _TRUTH.get(text.lower())) is not None:
        return truth
    if _NUMBER.fullmatch(text) is None:
        return text
    number = int(text, 16 if "x" in text.lower() else 10)
    if not _LEAST <= number <= _MOST:
        raise ValueError(f'a number of 32 bits is needed, not {text}; "{text}" in quotes is text')
    return number


def context_of(values: Sequence[tuple[str, object]]) -> dict[str, object] | None:
    """The values by name, those of one name as an array; None when there are none."""
    gathered: dict[str, tuple[str, list[object], bool]] = {}
    for name, value in values:
        bare = name.removesuffix(_ARRAY)
        spelled, found, is_array = gathered.get(bare.casefold(), (bare, [], False))
        gathered[bare.casefold()] = (spelled, [*found, value], is_array or bare != name)
    if not gathered:
        return None
    return {name: found if is_array or len(found) > 1 else found[0] for name, found, is_array in gathered.values()}
