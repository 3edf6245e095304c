"""The parser: text of a MOF file to its syntax tree. DSP0004 annex A (``mofSpecification``); wmi-semantics 9.

Safe on any text: time is linear in its length, nesting is limited, and the only outcomes are a tree or ``InvalidMof``
with up to twenty mistakes and their places.  After a mistake the parser goes on behind the semicolon that ends the
declaration or member.

Rules by declaration: ``classes``, ``instances``, ``qualifiers``, ``pragmas``; ``values`` for what stands behind ``=``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix import status as codes
from wmix.mof.ast import Document
from wmix.mof.classes import class_declaration
from wmix.mof.cursor import Cursor, Refused
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, InvalidMof
from wmix.mof.instances import instance_declaration
from wmix.mof.lexer import BAD, DIRECTIVE, END, SIMPLE
from wmix.mof.pragmas import directive
from wmix.mof.qualifiers import qualifier_declaration, qualifier_list
from wmix.mof.source import Source

if TYPE_CHECKING:
    from wmix.mof.ast import Declaration
    from wmix.mof.diagnostics import Diagnostic

__all__ = ["parse", "parse_source"]


def parse(text: str, name: str = "<text>") -> Document:
    """The syntax tree of *text*; *name* is the file's name in messages.

    Raises:
        InvalidMof: not MOF; ``diagnostics`` tells where and why, and what to write instead when that is known.
    """
    document, diagnostics = parse_source(Source(name, text))
    if diagnostics:
        raise InvalidMof(tuple(diagnostics))
    return document


def parse_source(source: Source) -> tuple[Document, list[Diagnostic]]:
    """What could be read of *source*, and up to twenty mistakes in order of their places."""
    cursor = Cursor(source)
    declarations: list[Declaration] = []
    kinds = cursor.kinds
    while (kind := kinds[cursor.index]) != END:
        first = cursor.index
        try:
            if kind == ";":
                cursor.index += 1  # an empty declaration, as behind a class that ends in "};;"
            elif kind == DIRECTIVE:
                declarations.append(directive(cursor))
            else:
                declarations.append(_declaration(cursor))
        except Refused as refusal:
            cursor.report(refusal)
            cursor.recover(first)
            if cursor.index == first:
                cursor.index += 1
            if len(cursor.diagnostics) >= 2 * MAX_DIAGNOSTICS:
                break
    found = sorted(cursor.diagnostics, key=lambda diagnostic: diagnostic.span)
    return Document(tuple(declarations)), found[:MAX_DIAGNOSTICS]


def _declaration(cursor: Cursor) -> Declaration:
    """``( classDeclaration / instanceDeclaration / qualifierDeclaration ) ";"``."""
    start = cursor.start
    word = cursor.keyword
    if word == "qualifier":
        return qualifier_declaration(cursor)
    qualifiers = qualifier_list(cursor)
    if qualifiers:
        word = cursor.keyword
    found: Declaration
    if word == "class":
        found = class_declaration(cursor, qualifiers, start)
    elif word == "instance" or cursor.kind == SIMPLE:
        found = instance_declaration(cursor, qualifiers, start)
    elif word == "typedef":
        raise cursor.refused(
            codes.WBEMMOF_E_TYPEDEF_NOT_SUPPORTED,
            "type definitions are not supported",
            cursor.span_at(cursor.index),
            hint="declare a class",
        )
    elif qualifiers:
        raise cursor.unexpected(codes.WBEMMOF_E_INVALID_CLASS_DECLARATION, "class or instance of")
    else:
        raise cursor.unexpected(
            codes.WBEMMOF_E_UNRECOGNIZED_TOKEN, "a declaration: class, instance of, Qualifier, #pragma or #include"
        )
    if cursor.kind == ";":
        cursor.index += 1
    elif cursor.kind != BAD:
        # The declaration is whole: what follows is read as the next one, not passed over.
        cursor.report(cursor.unexpected(codes.WBEMMOF_E_EXPECTED_SEMI, "';' after the declaration"))
    return found
