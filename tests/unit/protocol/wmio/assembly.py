"""Assembles the hand-made vectors of ``tests/vectors/wmio``: annotated octets in, octets out.

The notation knows nothing of WMI objects: numbers, texts, lengths of what stands in braces, heaps, and offsets of
labels within their heap.  What makes an object of them is written in the vector itself, structure by structure, from
the layouts of [MS-WMIO]; so the vectors are independent of the encoder that they judge.

    u8 u16 u32 u64 s8 s16 s32 s64 N    a number        f32 f64 X      a real        hex AB CD ...   octets
    latin "x"  utf16 "x"               Encoded-String  null           FFFFFFFF      dict N          dictionary entry
    incl { ... }  a u32 length that counts itself      excl { ... }   one that does not
    heap { ... }  HeapLength, and a new base of labels
    @label        marks a place in the heap            ref label      its offset    # comment to the line end
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

__all__ = ["VECTORS", "assemble", "vector"]

VECTORS = Path(__file__).parents[3] / "vectors" / "wmio"

_TOKEN = re.compile(r'"(?:[^"]*)"|[{}]|[^\s{}]+')
_PAIR = re.compile("[0-9A-Fa-f]{2}")
_NUMBERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s8": "b", "s16": "h", "s32": "i", "s64": "q"}
_NUMBERS |= {"f32": "f", "f64": "d"}
_BLOCKS = ("incl", "excl", "heap")

Node = tuple[str, object]


def vector(name: str) -> bytes:
    """The octets of the vector *name*."""
    return assemble((VECTORS / f"{name}.txt").read_text("utf-8"))


def assemble(text: str) -> bytes:
    """The octets that *text* describes."""
    tokens: list[str] = []
    for line in text.splitlines():
        found = _TOKEN.findall(line)
        end = next((k for k, token in enumerate(found) if token.startswith("#")), len(found))
        tokens += found[:end]
    nodes, rest = _parse(tokens)
    assert not rest
    labels: dict[str, int] = {}
    _place(nodes, 0, 0, labels)
    return _emit(nodes, labels)


def _parse(tokens: list[str]) -> tuple[list[Node], list[str]]:
    nodes: list[Node] = []
    while tokens:
        word, *tokens = tokens
        if word == "}":
            return nodes, tokens
        if word in _BLOCKS:
            inner, tokens = _parse(tokens[1:])
            nodes.append((word, inner))
        elif word == "null":
            nodes.append(("octets", b"\xff\xff\xff\xff"))
        elif word == "hex":
            count = next((k for k, token in enumerate(tokens) if not _PAIR.fullmatch(token)), len(tokens))
            nodes.append(("octets", bytes.fromhex("".join(tokens[:count]))))
            tokens = tokens[count:]
        elif word.startswith("@"):
            nodes.append(("label", word[1:]))
        else:
            argument, *tokens = tokens
            nodes.append(("ref", argument) if word == "ref" else ("octets", _octets(word, argument)))
    return nodes, tokens


def _octets(word: str, argument: str) -> bytes:
    if word == "latin":
        return b"\0" + argument[1:-1].encode("latin-1") + b"\0"
    if word == "utf16":
        return b"\1" + argument[1:-1].encode("utf-16-le") + b"\0\0"
    if word == "dict":
        return struct.pack("<I", 0x80000000 + int(argument))
    number = float(argument) if word[0] == "f" else int(argument, 0)
    return struct.pack(f"<{_NUMBERS[word]}", number)


def _place(nodes: list[Node], position: int, base: int, labels: dict[str, int]) -> int:
    """Assign offsets to the labels of *nodes*, which begin at *position*; the position behind them."""
    for kind, content in nodes:
        if kind == "label":
            assert content not in labels, content
            labels[str(content)] = position - base
        elif kind == "ref":
            position += 4
        elif isinstance(content, bytes):
            position += len(content)
        elif isinstance(content, list):
            position = _place(content, position + 4, position + 4 if kind == "heap" else base, labels)
    return position


def _emit(nodes: list[Node], labels: dict[str, int]) -> bytes:
    parts = []
    for kind, content in nodes:
        if kind == "ref":
            parts.append(struct.pack("<I", labels[str(content)]))
        elif isinstance(content, bytes):
            parts.append(content)
        elif isinstance(content, list):
            inner = _emit(content, labels)
            length = len(inner) + (4 if kind == "incl" else 0) | (0x80000000 if kind == "heap" else 0)
            parts.append(struct.pack("<I", length) + inner)
    return b"".join(parts)
