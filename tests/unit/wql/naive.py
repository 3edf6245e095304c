"""A plain evaluator of WQL conditions over instances: the oracle that compiled predicates are compared with.

It reads the syntax tree directly and the rules of the brief (5.3, 5.4) one by one, and shares nothing with the package
but the tree, the instances and the order of CIM datetimes.  Conditions must have passed ``check``.
"""

from __future__ import annotations

import struct
from typing import Any

from wmix.cim.classes import CimClass
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.wql.ast import And, Comparison, Expression, Isa, IsNull, Literal, LiteralKind, Not, Or

INTEGERS = (
    *(CimType.SINT8, CimType.UINT8, CimType.SINT16, CimType.UINT16),
    *(CimType.SINT32, CimType.UINT32, CimType.SINT64, CimType.UINT64),
)
ABSENT = object()


def evaluate(where: Expression, instance: CimInstance) -> bool:
    """Whether *instance* satisfies *where*."""
    match where:
        case And(items):
            return all(evaluate(item, instance) for item in items)
        case Or(items):
            return any(evaluate(item, instance) for item in items)
        case Not(item):
            return not evaluate(item, instance)
        case IsNull(ref, negated):
            value, _ = reach(ref.parts, instance)
            return value is not ABSENT and (value is None) is not negated
        case Isa(ref, class_name):
            value, _ = (instance, None) if ref.parts[0].lower() == "__this" else reach(ref.parts, instance)
            return class_name.casefold() in {name.casefold() for name in ancestry(value)}
        case Comparison(op, ref, constant):
            value, cim_type = reach(ref.parts, instance)
            if value is None or value is ABSENT or isinstance(value, tuple | CimInstance | CimClass):
                return False
            return compare(value, cim_type, op, constant, embedded=len(ref.parts) > 1)


def ancestry(value: Any) -> tuple[str, ...]:
    if isinstance(value, CimInstance):
        value = value.class_
    return (value.name, *value.derivation) if isinstance(value, CimClass) else ()


def reach(parts: tuple[str, ...], instance: CimInstance) -> tuple[Any, CimType | None]:
    """The value at the end of the dots and its type where that is known; ABSENT when there is no such member."""
    if len(parts) > 1 and parts[0] not in instance and instance.class_.inherits_from(parts[0]):
        parts = parts[1:]
    value: Any = instance
    cim_type: CimType | None = None
    for part in parts:
        if value is None:
            return None, None
        if not isinstance(value, CimInstance | CimClass) or part not in value:
            return ABSENT, None
        cim_type = (
            value.class_.properties[part].type
            if isinstance(value, CimInstance) and part in value.class_ and (part[:2] != "__")
            else None
        )
        value = value[part]
    return value, cim_type


def compare(value: Any, cim_type: CimType | None, op: str, literal: Literal, *, embedded: bool) -> bool:
    kind, constant = literal.kind, literal.value
    if isinstance(value, bool):
        if isinstance(constant, str):
            constant = {"true": True, "1": True, "false": False, "0": False}.get(constant.lower(), constant)
        if op in ("<", "<=", ">", ">=") or isinstance(constant, str | float) or constant not in (0, 1):
            return False
        return (value == bool(constant)) is (op != "<>")
    if isinstance(value, int | float):
        number = to_number(constant)
        if number is None or (isinstance(value, int) and number != number // 1):
            return False
        if cim_type is CimType.REAL32:
            number = single(number)
        return ordered(value, number, "=" if op == "LIKE" else op)
    if isinstance(value, CimDateTime):
        if not isinstance(constant, str):
            return False
        order = value.compare(CimDateTime(constant)) if len(constant) == 25 else None
        if op in ("=", "LIKE"):
            return order == 0
        return order != 0 if op == "<>" else order is not None and ordered(order, 0, op)
    if isinstance(constant, bool):
        return False
    text = constant if isinstance(constant, str) else str(constant)
    if cim_type is CimType.CHAR16 and kind is LiteralKind.INTEGER and not embedded:
        assert isinstance(constant, int)
        text = chr(constant)
    if op == "LIKE" and cim_type not in (CimType.CHAR16, CimType.REFERENCE):
        return like(text, value)
    return ordered(folded(value), folded(text), "=" if op == "LIKE" else op)


def ordered(one: Any, other: Any, op: str) -> bool:
    return bool(
        {
            "=": one == other,
            "<>": one != other,
            "<": one < other,
            "<=": one <= other,
            ">": one > other,
            ">=": one >= other,
        }[op]
    )


def to_number(constant: object) -> Any:
    if isinstance(constant, str):
        for read in (lambda text: int(text, 0) if "x" in text.lower() else int(text), float):
            try:
                return read(constant)
            except ValueError:
                continue
        return None
    return None if isinstance(constant, bool) else constant


def single(number: float) -> float:
    try:
        result: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return number
    return result


def folded(text: str) -> list[str]:
    """The text character by character, each in a form that its upper and lower case share."""
    return [fold_character(character) for character in text]


def fold_character(character: str) -> str:
    for form in (character.casefold(), character.lower()):
        if len(form) == 1:
            return form
    return character


def like(pattern: str, text: str) -> bool:
    """5.4.1 and 5.4.2, by dynamic programming over all places; quadratic and obvious."""
    items = like_items(pattern)
    reachable = {0}
    for item in items:
        if item == "%":
            reachable = set(range(min(reachable), len(text) + 1)) if reachable else set()
        else:
            reachable = {at + 1 for at in reachable if at < len(text) and holds(item, fold_character(text[at]))}
    return len(text) in reachable


def like_items(pattern: str) -> list[Any]:
    """``%``, ``_``, a folded character in a tuple, or (negated, [members and (low, high) ranges])."""
    items: list[Any] = []
    rest = pattern
    while rest:
        if rest[0] in "%_":
            items.append(rest[0])
            rest = rest[1:]
        elif rest.startswith("[^]"):
            items.append((False, ["^"]))
            rest = rest[3:]
        elif rest[0] == "[":
            body, rest = rest[1:].split("]", 1)
            negated = body.startswith("^")
            body = body[negated:]
            members: list[Any] = []
            while body:
                if len(body) > 2 and body[1] in "-=":
                    members.append((fold_character(body[0]), fold_character(body[2])))
                    body = body[3:]
                else:
                    members.append(fold_character(body[0]))
                    body = body[1:]
            items.append((negated, members))
        else:
            items.append((False, [fold_character(rest[0])]))
            rest = rest[1:]
    return items


def holds(item: Any, character: str) -> bool:
    if item == "_":
        return True
    negated, members = item
    inside = any(m[0] <= character <= m[1] if isinstance(m, tuple) else m == character for m in members)
    return inside is not negated
