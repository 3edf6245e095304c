"""What is fuzzed: every parser of text, and what reads the messages of logins, with what must hold for any octets.

A target takes octets and returns.  It may meet the errors that its parser documents, and no other; what is read must
be written and read again as the same.  Time and memory are bounded by the runner (``run.py``).

Each target comes with seeds, from which mutation starts, and the words of its language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import login_targets as logins  # beside this file

from wmix.cim.datetime import CimDateTime
from wmix.cim.paths import ObjectPath, normalize_namespace, split_resource
from wmix.cim.wbem_path import WbemPath
from wmix.errors import InvalidDatetime, InvalidParameter, InvalidQuery, QuotaExceeded, WmiError
from wmix.mof.ast_printer import document_text
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, InvalidMof
from wmix.mof.elaborate import Compilation
from wmix.mof.includes import unit_of
from wmix.mof.parser import parse as parse_mof
from wmix.mof.source import decode
from wmix.security.descriptor import SecurityDescriptor
from wmix.wql.like import compile_like, has_wildcards
from wmix.wql.parser import parse as parse_wql
from wmix.wql.printer import to_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """A parser, where to begin, and its words."""

    check: Callable[[bytes], None]
    seeds: tuple[str | bytes, ...]
    words: tuple[str | bytes, ...]


def _text(data: bytes) -> str:
    """Octets as text: any sequence is one, with lone surrogates for what is no UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def wql(data: bytes) -> None:
    """A query, or InvalidQuery with a place in the text, or QuotaExceeded."""
    text = _text(data)
    try:
        query = parse_wql(text)
    except InvalidQuery as error:
        assert error.line is None or error.line >= 1
        assert error.diagnostic()
    except QuotaExceeded:
        return
    else:
        assert parse_wql(to_text(query)) == query


def like(data: bytes) -> None:
    """A pattern that matches a text or does not, in time that is linear in the text; or InvalidQuery."""
    pattern, _, text = _text(data).partition("\n")
    try:
        matches = compile_like(pattern)
    except InvalidQuery as error:
        assert error.diagnostic()
        return
    assert matches(text) in (True, False)
    if not has_wildcards(pattern):
        assert compile_like(pattern)(pattern)


def mof(data: bytes) -> None:
    """A file, or mistakes with places: at most twenty, all with a caret; no class is known while it is checked."""
    try:
        text = decode(data, "fuzz.mof")
    except WmiError:
        return
    try:
        tree = parse_mof(text)
    except InvalidMof as error:
        assert 1 <= len(error.diagnostics) <= MAX_DIAGNOSTICS
        assert error.diagnostic()
        return
    assert parse_mof(document_text(tree)) == tree
    try:
        found = Compilation(unit_of(text)).check(lambda _namespace, _name: None)
    except InvalidMof as error:
        found = error.diagnostics
    assert all(mistake.text() for mistake in found[:MAX_DIAGNOSTICS])


def path(data: bytes) -> None:
    """A path whose text leads to the same object, or the error of whoever reads it."""
    text = _text(data)
    try:
        found = ObjectPath.parse(text)
    except WmiError as error:
        assert error.diagnostic()
    else:
        # The text has the keys in order of their names, whatever order they came in.
        again = ObjectPath.parse(str(found))
        assert str(again) == str(found)
        assert found.same_object(again)
    for read in (normalize_namespace, split_resource):
        try:
            read(text)
        except WmiError:
            continue
    try:
        WbemPath().set_text(0x4, text)
    except WmiError:
        return


def datetime(data: bytes) -> None:
    """A datetime that keeps its text, or InvalidDatetime; what it can be converted to comes back."""
    try:
        found = CimDateTime(_text(data))
    except InvalidDatetime:
        return
    assert CimDateTime(str(found)) == found
    assert found.compare(found) in (0, None)
    if found.is_interval:
        try:
            span = found.to_timedelta()
        except InvalidDatetime:
            return
        assert CimDateTime.from_timedelta(span).to_timedelta() == span
    else:
        try:
            moment = found.to_datetime()
        except InvalidDatetime:
            return
        assert CimDateTime.from_datetime(moment).to_datetime() == moment


def descriptor(data: bytes) -> None:
    """A security descriptor, as octets or as SDDL, that comes back from either form; or InvalidParameter."""
    for read, given in ((SecurityDescriptor.read, data), (SecurityDescriptor.parse, _text(data))):
        try:
            found = read(given)  # type: ignore[operator]  # each takes its own
        except InvalidParameter as error:
            assert error.diagnostic()
            continue
        again = SecurityDescriptor.read(found.octets)
        assert again.octets == found.octets
        try:
            text = again.sddl
        except InvalidParameter:
            continue
        assert SecurityDescriptor.parse(text).sddl == text


TARGETS = {
    "wql": Target(
        wql,
        (
            "SELECT * FROM Win32_Process",
            "SELECT Name, Emb.P FROM A WHERE NOT (B = 1 OR C <> 'x''y') AND D LIKE \"a%[b-c]_\" AND E IS NOT NULL",
            "ASSOCIATORS OF {A.B=\"c\",D=2} WHERE AssocClass = X ResultClass = Y Role = Z ClassDefsOnly",
            "REFERENCES OF {A=@} WHERE ResultClass = X RequiredQualifier = Q",
            "SELECT * FROM meta_class WHERE __this ISA 'A' AND __Class > \"B\"",
            "SELECT * FROM __InstanceCreationEvent WITHIN 1.5 WHERE TargetInstance ISA 'A'",
            "SELECT * FROM E GROUP WITHIN 5 BY X.Y HAVING NumberOfEvents > 3",
            "select a from b where c >= -1.5e3 and d != TRUE and e = 0x1F",
        ),
        ("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "LIKE", "ISA", "IS", "NULL", "TRUE", "WITHIN", "GROUP", "BY",
         "HAVING", "ASSOCIATORS", "REFERENCES", "OF", "ClassDefsOnly", "KeysOnly", "meta_class", "__this", "<>", ">=",
         "*", "{", "}", "(", ")", "'", "\"", "."),
    ),
    "like": Target(
        like,
        ("a%\naaab", "[a-z]_%[^x]\nabc", "%a%a%a%b\n" + "a" * 60, "[[]%[]]\n[]"),
        ("%", "_", "[", "]", "^", "-", "[^", "[a-z]", "\n"),
    ),
    "mof": Target(
        mof,
        (
            "#pragma namespace(\"\\\\\\\\.\\\\root\\\\x\")\nclass A { [key] string Id; uint32 P[] = {1, 2}; };\n",
            "[Association : ToSubclass, V{\"a\", \"b\"}] class A : B { C ref D; void M([in] uint8 X, [out] E Y[]); };",
            "instance of A as $x { S = \"a\" \"b\\\"\\x41\"; N = NULL; R = -1.5e3; H = 0x1F; O = 017; };",
            "instance of A { B = 11b; C = 'c'; };",
            "instance of A { P = instance of B { Q = {TRUE, FALSE}; }; R = $x; };",
            "Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride, ToSubclass);",
            "#include (\"x.mof\")\n#pragma deleteclass(\"A\", NOFAIL)\n#pragma classflags(\"forceupdate\")\n",
            "/* a */ // b\nclass \u00e4 { };",
        ),
        ("class", "instance", "of", "as", "ref", "#pragma", "#include", "Qualifier", "Scope", "Flavor", "NULL", "TRUE",
         "uint32", "string", "[key]", "{", "}", "(", ")", "[", "]", ";", ":", ",", "=", "$", "\"", "'", "\\x", "/*",
         "*/", "//"),
    ),
    "path": Target(
        path,
        (
            "\\\\server\\root\\cimv2:Win32_Process.Handle=\"4\"",
            "//./root/x:A.B=1,C='d',E=TRUE,F=0x1F",
            "A=@",
            "A.B=\"\\\"\\\\\"",
            "root\\default",
            "A.B={00000000-0000-0000-0000-000000000000}",
        ),
        ("\\\\", "//", ":", ".", "=", ",", "@", "\"", "'", "TRUE", "0x", "root", "__NAMESPACE"),
    ),
    "datetime": Target(
        datetime,
        (
            "20240229120000.000000+060",
            "20240229120000.000000-***",
            "00000012030405.123456:000",
            "2024**********.******+000",
            "99991231235959.999999+720",
        ),
        ("********", ".", "+", "-", ":000", "000000", "99991231"),
    ),
    "descriptor": Target(
        descriptor,
        (
            "O:BAG:BAD:PAI(A;CI;CCDCLCSWRPWPDTLORCWD;;;BA)(D;CIIO;0x1F;;;S-1-5-21-1-2-3-1001)S:(AU;SAFA;GA;;;WD)",
            "D:NO_ACCESS_CONTROL",
            "O:SYD:(OA;;CC;03020100-0504-0706-0809-0a0b0c0d0e0f;;S-1-0x10000000000-7)",
            "\x01\x00\x04\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x02\x00\x08\x00\x00\x00\x00\x00",
        ),
        ("O:", "G:", "D:", "S:", "P", "AI", "AR", "(A;", "(D;", "(AU;", "(OA;", ";;;", "CI", "IO", "CC", "WD)", "S-1-",
         "0x", "\x01\x00\x04\x80"),
    ),
    "ntlm": Target(
        logins.ntlm,
        logins.ntlm_seeds(),
        ("NTLMSSP\0", b"\x01\0\0\0", b"\x02\0\0\0", b"\x03\0\0\0", b"\x15\x82\x8a\xe2", b"\xff\xff", b"\0\0\0\0"),
    ),
    "spnego": Target(
        logins.spnego,
        logins.spnego_seeds(),
        (b"\x60", b"\xa0", b"\xa1", b"\xa2", b"\xa3", b"\x30\x82", b"\x04\x81", b"\x0a\x01",
         bytes.fromhex("06062b0601050502"), bytes.fromhex("060a2b06010401823702020a")),
    ),
    "pdu": Target(
        logins.pdu,
        logins.pdu_seeds(),
        (b"\x05\0", b"\x10\0\0\0", b"\x0a\x06", b"\x03\x10", b"\xff\xff", b"\x10\0"),
    ),
}  # fmt: skip
