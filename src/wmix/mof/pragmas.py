"""Compiler directives. DSP0004 annex A (``compilerDirective``); wmi-semantics 9.3.

``#pragma name (arguments)`` and ``#include ("file")``.  Those of WMI are known, and ``locale`` of DSP0004, which
changes nothing that is stored; every other one is refused, because what it asks for would silently not happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.errors import InvalidParameter
from wmix.mof.ast import (
    Amendment,
    AutoRecover,
    ClassFlags,
    DeleteClassPragma,
    DeleteInstancePragma,
    Include,
    InstanceFlags,
    LocalePragma,
    NamespacePragma,
)
from wmix.mof.lexer import STRING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wmix.mof.ast import Declaration
    from wmix.mof.cursor import Cursor

__all__ = ["CLASS_FLAGS", "INSTANCE_FLAGS", "directive", "flag_bits"]

CLASS_FLAGS: Final = {"updateonly": 1, "createonly": 2, "safeupdate": 0x20, "forceupdate": 0x40}
"""Words of ``classflags`` and their WBEM_FLAG_* bits (wmi-semantics 9.3.2, 10.3)."""

INSTANCE_FLAGS: Final = {"updateonly": 1, "createonly": 2}
"""Words of ``instanceflags``."""

_EXCLUSIVE: Final = (("updateonly", "createonly"), ("safeupdate", "forceupdate"))


def flag_bits(words: Iterable[str], known: Mapping[str, int]) -> int:
    """The bits of *words*, which are those of ``classflags`` or ``instanceflags`` in any case.

    Raises:
        InvalidParameter: a word is none of *known*, or two exclude each other.
    """
    bits = 0
    given = [word.lower() for word in words]
    for word in given:
        if word not in known:
            raise InvalidParameter(f"{word!r} is no flag", hint=f"flags are {', '.join(known)}")
        bits |= known[word]
    for one, other in _EXCLUSIVE:
        if one in given and other in given:
            raise InvalidParameter(f"the flags {one} and {other} exclude each other")
    return bits


def directive(cursor: Cursor) -> Declaration:
    """``"#pragma" name [arguments]`` or ``"#include" "(" file ")"``."""
    start = cursor.start
    word = cursor.shown()[1:]
    folded = word.lower()
    if folded == "include":
        cursor.index += 1
        return _include(cursor, start)
    if folded != "pragma":
        raise cursor.unexpected(codes.WBEMMOF_E_INVALID_PRAGMA, "#pragma or #include")
    cursor.index += 1
    rule = _PRAGMAS.get(cursor.keyword)
    if rule is None:
        raise cursor.unexpected(
            codes.WBEMMOF_E_INVALID_PRAGMA,
            "the name of a pragma: " + ", ".join(_PRAGMAS),
        )
    cursor.index += 1
    return rule(cursor, start)


def _argument(cursor: Cursor, status: int, expected: str) -> str:
    """``"(" string ")"``."""
    cursor.expect("(", codes.WBEMMOF_E_EXPECTED_OPEN_PAREN)
    if cursor.kind != STRING:
        raise cursor.unexpected(status, expected)
    text, _ = cursor.text()
    cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN)
    return text


def _include(cursor: Cursor, start: int) -> Include:
    text = _argument(cursor, codes.WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE, "the name of a file, a string")
    return Include(text, cursor.span_from(start))


def _namespace(cursor: Cursor, start: int) -> NamespacePragma:
    text = _argument(cursor, codes.WBEMMOF_E_INVALID_NAMESPACE_SYNTAX, "a namespace, a string")
    return NamespacePragma(text, cursor.span_from(start))


def _amendment(cursor: Cursor, start: int) -> Amendment:
    text = _argument(cursor, codes.WBEMMOF_E_INVALID_AMENDMENT_SYNTAX, 'a locale such as "MS_409"')
    digits = text.lower().removeprefix("ms_")
    if len(digits) == len(text) or not 3 <= len(digits) <= 4 or any(c not in "0123456789abcdef" for c in digits):
        raise cursor.refused(
            codes.WBEMMOF_E_INVALID_AMENDMENT_SYNTAX,
            f"{text!r} is no locale",
            cursor.span_from(start),
            expected='MS_ and the locale identifier in hexadecimal, such as "MS_409"',
        )
    return Amendment(text, cursor.span_from(start))


def _locale(cursor: Cursor, start: int) -> LocalePragma:
    text = _argument(cursor, codes.WBEMMOF_E_INVALID_PRAGMA, "a locale, a string")
    return LocalePragma(text, cursor.span_from(start))


def _flags(cursor: Cursor, known: dict[str, int]) -> tuple[str, ...]:
    """``"(" flag *( "," flag ) ")"``: strings, or bare words as some files have them."""
    status = codes.WBEMMOF_E_INVALID_FLAGS_SYNTAX
    cursor.expect("(", codes.WBEMMOF_E_EXPECTED_OPEN_PAREN)
    words: list[str] = []
    first = cursor.start
    while True:
        word = cursor.shown()[1:-1].lower() if cursor.kind == STRING else cursor.keyword
        if word not in known:
            raise cursor.unexpected(status, "one of " + ", ".join(f'"{name}"' for name in known))
        words.append(word)
        cursor.index += 1
        if not cursor.take_sign(","):
            break
    for one, other in _EXCLUSIVE:
        if one in words and other in words:
            raise cursor.refused(status, f"{one} and {other} exclude each other", cursor.span_from(first))
    cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN, "',' or ')'")
    return tuple(words)


def _class_flags(cursor: Cursor, start: int) -> ClassFlags:
    words = _flags(cursor, CLASS_FLAGS)
    return ClassFlags(words, cursor.span_from(start))


def _instance_flags(cursor: Cursor, start: int) -> InstanceFlags:
    words = _flags(cursor, INSTANCE_FLAGS)
    return InstanceFlags(words, cursor.span_from(start))


def _target(cursor: Cursor, status: int, expected: str) -> tuple[str, bool]:
    """``"(" string "," ("FAIL" / "NOFAIL") ")"``."""
    cursor.expect("(", codes.WBEMMOF_E_EXPECTED_OPEN_PAREN)
    if cursor.kind != STRING:
        raise cursor.unexpected(status, expected)
    text, _ = cursor.text()
    cursor.expect(",", status, "',' and FAIL or NOFAIL")
    word = cursor.keyword
    if word not in ("fail", "nofail"):
        raise cursor.unexpected(status, "FAIL or NOFAIL")
    cursor.index += 1
    cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN)
    return text, word == "fail"


def _delete_class(cursor: Cursor, start: int) -> DeleteClassPragma:
    name, fail = _target(cursor, codes.WBEMMOF_E_INVALID_DELETECLASS_SYNTAX, "the name of a class, a string")
    return DeleteClassPragma(name, fail, cursor.span_from(start))


def _delete_instance(cursor: Cursor, start: int) -> DeleteInstancePragma:
    path, fail = _target(cursor, codes.WBEMMOF_E_INVALID_DELETEINSTANCE_SYNTAX, "the path of an instance, a string")
    return DeleteInstancePragma(path, fail, cursor.span_from(start))


def _autorecover(cursor: Cursor, start: int) -> AutoRecover:
    if cursor.kind == "(" and cursor.kind_at(1) == ")":
        cursor.index += 2
    return AutoRecover(cursor.span_from(start))


_PRAGMAS: Final[dict[str, Callable[[Cursor, int], Declaration]]] = {
    "namespace": _namespace,
    "classflags": _class_flags,
    "instanceflags": _instance_flags,
    "deleteclass": _delete_class,
    "deleteinstance": _delete_instance,
    "autorecover": _autorecover,
    "amendment": _amendment,
    "locale": _locale,
    "include": _include,
}
