"""Object paths: what is accepted, what is refused and where, and that writing and reading are inverse."""

from __future__ import annotations

import pickle
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.cim.paths import ObjectPath, normalize_namespace, quote_key, relpath, split_resource
from wmix.errors import (
    ConnectError,
    InvalidNamespace,
    InvalidParameter,
    InvalidPath,
    QuotaExceeded,
    TypeMismatch,
    WmiError,
)
from wmix.status import RPC_S_SERVER_UNAVAILABLE

FIRST = st.sampled_from("ABcd_\u00e9\U0001f600")
IDENTIFIERS = st.builds(str.__add__, FIRST, st.text("ABcd_09\u00e9", max_size=6))
VALUES = st.text(max_size=12) | st.integers(-(2**63), 2**64 - 1) | st.booleans()
NAMED = st.lists(st.tuples(IDENTIFIERS, VALUES), min_size=1, max_size=4, unique_by=lambda key: key[0].casefold())
KEYS = (
    st.none()
    | st.tuples(st.none(), VALUES).map(lambda key: (key,))
    | NAMED.map(lambda keys: tuple(sorted(keys, key=lambda key: key[0].casefold())))
)
NAMESPACES = st.lists(IDENTIFIERS, min_size=1, max_size=4).map("\\".join)
SERVERS = st.sampled_from([".", "SRV1", "srv.example.org", "192.0.2.7", "fe80::1"])
LOCATIONS = st.tuples(st.none(), st.none()) | st.tuples(st.none() | SERVERS, NAMESPACES)


@st.composite
def paths(draw: st.DrawFn) -> ObjectPath:
    server, namespace = draw(LOCATIONS)
    keys = draw(KEYS)
    return ObjectPath(server, namespace, draw(IDENTIFIERS), keys, keys is None and draw(st.booleans()))


class TestParse:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("Win32_Process", ObjectPath(None, None, "Win32_Process")),
            ("Win32_WMISetting=@", ObjectPath(None, None, "Win32_WMISetting", singleton=True)),
            ('C.K="v"', ObjectPath(None, None, "C", (("K", "v"),))),
            ("C.K='v'", ObjectPath(None, None, "C", (("K", "v"),))),
            ('C="v"', ObjectPath(None, None, "C", ((None, "v"),))),
            ("C=7", ObjectPath(None, None, "C", ((None, 7),))),
            ('C.A=2,B="y z"', ObjectPath(None, None, "C", (("A", 2), ("B", "y z")))),
            ("C.A=-5,B=+5,c=0x1F,D=0X0", ObjectPath(None, None, "C", (("A", -5), ("B", 5), ("c", 31), ("D", 0)))),
            ("C.A=true,B=FALSE", ObjectPath(None, None, "C", (("A", True), ("B", False)))),
            (r'C.A="a\\b\"c\'d"', ObjectPath(None, None, "C", (("A", "a\\b\"c'd"),))),
            ("C.A='\"'", ObjectPath(None, None, "C", (("A", '"'),))),
            ('C.A="it\'s, a = b:c."', ObjectPath(None, None, "C", (("A", "it's, a = b:c."),))),
            ('C.A=""', ObjectPath(None, None, "C", (("A", ""),))),
            ('C.A="x\ny\0"', ObjectPath(None, None, "C", (("A", "x\ny\0"),))),
            (r"\\SRV\root\cimv2:C", ObjectPath("SRV", r"root\cimv2", "C")),
            ("//./root/cimv2:C", ObjectPath(".", r"root\cimv2", "C")),
            (r"//.\root\cimv2:C", ObjectPath(".", r"root\cimv2", "C")),
            (r"\\fe80::1\root:C", ObjectPath("fe80::1", "root", "C")),
            (r"\root\cimv2:C", ObjectPath(None, r"root\cimv2", "C")),
            (r"root\cimv2:C", ObjectPath(None, r"root\cimv2", "C")),
            ("root:C", ObjectPath(None, "root", "C")),
            ('root:__Namespace.Name="x"', ObjectPath(None, "root", "__Namespace", (("Name", "x"),))),
            (r'A.B="\\\\.\\root:C.D=\"x\\\\y\""', ObjectPath(None, None, "A", (("B", r'\\.\root:C.D="x\\y"'),))),
        ],
    )
    def test_every_form_is_read(self, text: str, path: ObjectPath) -> None:
        assert ObjectPath.parse(text) == path

    @pytest.mark.parametrize(
        ("text", "position", "why"),
        [
            ("", 0, "empty"),
            (" C", 0, "blanks"),
            ("C ", 1, "blanks"),
            ('C.K = "v"', 3, "blanks"),
            ('C.K= "v"', 4, "blanks"),
            ('C .K="v"', 1, "blanks"),
            ('C.K="v" ', 7, "blanks"),
            ('C.A=1, B="v"', 6, "blanks"),
            ("C.", 2, "key's name"),
            ("C.K", 3, "equals sign"),
            ("C.K=", 4, "value"),
            ("C=", 2, "value"),
            ("C.=1", 2, "key's name"),
            ("C.1=1", 2, "key's name"),
            ("1C", 0, "class name"),
            ("C-D", 1, "dot or an equals sign"),
            ("C.K=v", 4, "no value"),
            ("C.K=NULL", 4, "no value"),
            ("C.K=1.5", 5, "cannot stand here"),
            ("C.K=1x", 4, "a value is"),
            ("C.K=0x", 4, "a value is"),
            ("C.K=-", 4, "a value is"),
            ("C.K=" + "9" * 65, 4, "too many digits"),
            ("C.K=0x" + "f" * 8000, 4, "too many digits"),
            ('C.K="v', 4, "never closed"),
            ("C.K='v\"", 4, "never closed"),
            ('C.K="v\\"', 4, "never closed"),
            ('C.K="c:\\temp"', 7, "backslash"),
            ('C.K="v\\', 6, "backslash"),
            ('C.K="v"x', 7, "cannot stand here"),
            ('C.K="v",', 8, "key's name"),
            ('C.K="v","w"', 8, "key's name"),
            ('C="v","w"', 5, "each needs its name"),
            ('C="v"x', 5, "cannot stand here"),
            ('C.K="v",k="w"', 8, "twice"),
            ("C=@x", 3, "cannot stand here"),
            ("C.@", 2, "key's name"),
            (r"root\cimv2", 10, "no class"),
            (r"\\srv", 5, "namespace after the server"),
            ("\\\\srv\\", 6, "namespace after the server"),
            (r"\\srv:C", 7, "namespace after the server"),
            ("\\\\", 2, "server's name"),
            (r"\\\root:C", 2, "server's name"),
            (r"\\s v\root:C", 2, "server's name"),
            (r"/\.\root:C", 1, "two equal separators"),
            ("root\\:C", 5, "name is missing"),
            (r"root\\cimv2:C", 5, "name is missing"),
            ("\\", 1, "name is missing"),
            (":C", 0, "name is missing"),
            (r"\\srv\root\cimv2:", 17, "class name"),
            (r"ro ot:C", 2, "cannot stand in a namespace"),
            (r"a,b:C", 1, "cannot stand in a namespace"),
            (r'root\cimv2.K="v"', 12, "colon"),
            ('"C"', 0, "colon|class name"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_refused_with_its_place(self, text: str, position: int, why: str) -> None:
        with pytest.raises(InvalidPath, match=why) as caught:
            ObjectPath.parse(text)
        assert (caught.value.position, caught.value.text) == (position, text)

    def test_at_most_256_keys(self) -> None:
        text = "C." + ",".join(f"K{i}=1" for i in range(256))
        assert len(ObjectPath.parse(text).keys or ()) == 256
        with pytest.raises(InvalidPath, match="at most 256"):
            ObjectPath.parse(text + ",L=1")

    def test_lengths_are_limited_in_utf16_units(self) -> None:
        for text in ('C="' + "x" * 8188 + '"', 'C="' + "\U0001f600" * 4094 + '"'):
            assert str(ObjectPath.parse(text)) == text
        for text in ('C="' + "x" * 8189 + '"', 'C="' + "\U0001f600" * 4095 + '"'):
            with pytest.raises(QuotaExceeded, match="8192"):
                ObjectPath.parse(text)
        assert ObjectPath.parse("C" * 4096).class_name == "C" * 4096
        with pytest.raises(QuotaExceeded, match="4096"):
            ObjectPath.parse("C" * 4097)

    @given(st.text("AB._=@,:/\\\"'01xTRUE \t", max_size=40))
    def test_any_text_is_a_path_or_an_invalid_path(self, text: str) -> None:
        try:
            path = ObjectPath.parse(text)
        except InvalidPath as error:
            position = error.position
        else:
            position = 0
            assert str(ObjectPath.parse(str(path))) == str(path)
        assert position is not None
        assert 0 <= position <= len(text)

    @pytest.mark.parametrize(
        "text",
        [
            'C.K="' + "\\\\" * 4000,
            'C.K="' + "\\" * 8001,
            "C.K=" + "9" * 8000 + "x",
            "C.K=0x" + "f" * 8000 + "x",
            "C" * 4000 + "." + "K" * 4000,
            "\\" * 8000,
            "a\\" * 4000,
            "a/" * 4000 + ":",
            "C." + "K=1," * 2000,
            "\\\\" + "s" * 8000,
        ],
        ids=lambda text: text[:12],
    )
    def test_the_longest_texts_are_refused_at_once(self, text: str) -> None:
        started = time.process_time()
        with pytest.raises((InvalidPath, QuotaExceeded)):
            ObjectPath.parse(text)
        assert time.process_time() - started < 0.25


class TestText:
    @given(paths())
    @example(ObjectPath(".", "root", "C", (("K", "\\\"'"),)))
    def test_reading_what_was_written_gives_the_same_path(self, path: ObjectPath) -> None:
        assert ObjectPath.parse(str(path)) == path

    @given(paths(), st.integers(1, 3))
    def test_a_path_may_be_the_key_of_a_path_at_any_depth(self, path: ObjectPath, depth: int) -> None:
        nested = path
        for _ in range(depth):
            nested = ObjectPath(None, None, "Ref", (("Target", str(nested)),))
        text = str(nested)
        for _ in range(depth):
            keys = ObjectPath.parse(text).keys
            assert keys is not None
            text = str(keys[0][1])
        assert ObjectPath.parse(text) == path

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            (ObjectPath(None, None, "C"), "C"),
            (ObjectPath(None, None, "C", singleton=True), "C=@"),
            (ObjectPath("SRV", r"root\cimv2", "C"), r"\\SRV\root\cimv2:C"),
            (ObjectPath(None, r"root\cimv2", "C"), r"root\cimv2:C"),
            (ObjectPath(None, None, "C", (("b", 1), ("A", "x"), ("C", False))), 'C.A="x",b=1,C=FALSE'),
            (ObjectPath(None, None, "C", ((None, True),)), "C=TRUE"),
            (ObjectPath(None, None, "C", (("K", "\\ \" '"),)), r'''C.K="\\ \" '"'''),
        ],
    )
    def test_what_is_written_is_wmis_own_form(self, path: ObjectPath, text: str) -> None:
        assert str(path) == text
        assert path.relpath() == text.rpartition(":")[2]


class TestValue:
    def test_class_and_instance_are_told_apart(self) -> None:
        for text, is_class in (("C", True), ("C=@", False), ("C=1", False), ("C.K=1", False)):
            path = ObjectPath.parse(text)
            assert (path.is_class, path.is_instance) == (is_class, not is_class)

    def test_the_relative_path_has_no_location(self) -> None:
        path = ObjectPath.parse(r"\\.\root:C.K=1")
        assert str(path.relative()) == "C.K=1"
        assert path.relative().relative() is not path

    def test_a_changed_copy_is_checked(self) -> None:
        path = ObjectPath.parse("C")
        assert str(path.with_(server="SRV", namespace="root")) == r"\\SRV\root:C"
        with pytest.raises(InvalidPath, match="no namespace"):
            path.with_(server="SRV")

    @pytest.mark.parametrize(("keys", "singleton"), [((), False), (((None, 1), ("B", 2)), False), ((("A", 1),), True)])
    def test_keys_that_cannot_stand_together_are_refused(
        self, keys: tuple[tuple[str | None, int], ...], singleton: bool
    ) -> None:
        with pytest.raises(InvalidPath, match="do not make a path"):
            ObjectPath(None, None, "C", keys, singleton)

    def test_it_is_a_value(self) -> None:
        path = ObjectPath.parse(r"\\.\root:C.K=1")
        assert pickle.loads(pickle.dumps(path)) == path
        assert hash(path) == hash(ObjectPath.parse(str(path)))
        assert path != ObjectPath.parse(r"\\.\ROOT:C.K=1")
        with pytest.raises(AttributeError, match="immutable"):
            path.server = None  # type: ignore[misc]


class TestSameObject:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ('C.A=2,B="y z"', 'c.b="Y Z",a=2'),
            ('C.Id="p1"', 'C="p1"'),
            ('C.Id="p1"', "C.Id='p1'"),
            ("C.Handle=4", 'C.Handle="4"'),
            ("C.K=TRUE", "C.k=true"),
            ("C=@", "c=@"),
            ("C", r"\\.\root\cimv2:C"),
            (r"\\.\root\cimv2:C", r"//localhost/ROOT/CIMV2:c"),
            (r"\\SRV\root:C", r"\\srv\root:C"),
            (r"\\SRV\root:C", r"root:C"),
            (r'''A.R="C.K=\"x\""''', r"""A.R="\\\\SRV\\root:c.k='X'" """.strip()),
            ('C.K="20240102030405.000000+000"', "C.K='20240102030405.000000+000'"),
        ],
    )
    def test_spellings_of_one_object_are_recognised(self, first: str, second: str) -> None:
        here, there = ObjectPath.parse(first), ObjectPath.parse(second)
        assert here.same_object(there)
        assert there.same_object(here)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("C", "D"),
            ("C", "C=@"),
            ("C", "C.K=1"),
            ("C.K=1", "C.K=2"),
            ("C.K=1", "C.L=1"),
            ("C.K=1", "C.K=1,L=1"),
            ("C.K=1,L=2", "C.K=1,M=2"),
            ("C=1", "C.K=1,L=2"),
            (r"root\cimv2:C", r"root\default:C"),
            (r"\\a\root:C", r"\\b\root:C"),
            ('C.K="x=1"', 'C.K="x=2"'),
            ('C.K="a = b"', 'C.K="a = c"'),
        ],
    )
    def test_different_objects_are_told_apart(self, first: str, second: str) -> None:
        here, there = ObjectPath.parse(first), ObjectPath.parse(second)
        assert not here.same_object(there)
        assert not there.same_object(here)

    @given(paths(), st.randoms())
    def test_case_order_and_location_do_not_matter(self, path: ObjectPath, random: object) -> None:
        keys = None if path.keys is None else tuple(reversed(path.keys))
        other = ObjectPath(None, None, path.class_name.swapcase(), keys, path.singleton)
        if path.class_name.swapcase().casefold() == path.class_name.casefold():
            assert path.same_object(other)


class TestBuilders:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("x", '"x"'),
            ("", '""'),
            ('a\\b"c', r'"a\\b\"c"'),
            ("it's", '"it\'s"'),
            (0, "0"),
            (-5, "-5"),
            (2**64 - 1, "18446744073709551615"),
            (True, "TRUE"),
            (False, "FALSE"),
            (CimDateTime("20240102030405.000000+000"), '"20240102030405.000000+000"'),
            (ObjectPath.parse('C.K="v"'), r'"C.K=\"v\""'),
        ],
    )
    def test_a_keys_value_is_quoted_by_its_type(self, value: object, text: str) -> None:
        assert quote_key(value) == text

    @pytest.mark.parametrize("value", [None, 1.5, b"x", ("a",), object()])
    def test_what_cannot_be_a_key_is_refused(self, value: object) -> None:
        with pytest.raises(TypeMismatch, match="cannot be the value of a key"):
            quote_key(value)

    def test_a_relative_path_has_its_key_names_in_alphabetical_order(self) -> None:
        assert relpath("C", [("b", 1), ("A", "x"), ("c", True)]) == 'C.A="x",b=1,c=TRUE'
        assert relpath("C", [("K", "c:\\x")]) == r'C.K="c:\\x"'
        assert relpath("C", []) == "C=@"

    @given(IDENTIFIERS, NAMED)
    def test_the_relative_path_is_read_back(self, name: str, keys: list[tuple[str, str]]) -> None:
        path = ObjectPath.parse(relpath(name, keys))
        assert path.class_name == name
        assert dict(path.keys or ()) == dict(keys)


class TestResources:
    @pytest.mark.parametrize(
        ("text", "server", "namespace"),
        [
            ("ROOT", None, "ROOT"),
            ("ROOT\\CIMV2", None, "ROOT\\CIMV2"),
            ("ROOT/CIMV2", None, "ROOT\\CIMV2"),
            ("root\\default", None, "root\\default"),
            ("\\\\.\\ROOT", None, "ROOT"),
            ("//.\\ROOT", None, "ROOT"),
            ("\\\\./ROOT", None, "ROOT"),
            ("//./ROOT", None, "ROOT"),
            ("\\/.\\ROOT", None, "ROOT"),
            ("\\\\localhost\\ROOT", None, "ROOT"),
            ("\\\\srv1\\root\\cimv2", "srv1", "root\\cimv2"),
            ("//192.0.2.7/root/cimv2", "192.0.2.7", "root\\cimv2"),
        ],
    )
    def test_addresses_are_taken_apart(self, text: str, server: str | None, namespace: str) -> None:
        assert split_resource(text) == (server, namespace)
        if server is None:
            assert normalize_namespace(text) == namespace
        else:
            with pytest.raises(InvalidNamespace, match="another machine"):
                normalize_namespace(text)

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("", InvalidNamespace),
            ("\\", InvalidNamespace),
            ("\\\\", InvalidNamespace),
            ("\\\\.", InvalidNamespace),
            ("\\\\.\\", InvalidNamespace),
            ("\\ROOT", InvalidNamespace),
            ("ROOT\\\\CIMV2", InvalidNamespace),
            ("ROOT\\CIMV2\\", InvalidNamespace),
            ("ROOT:C", InvalidNamespace),
            ("ro ot", InvalidNamespace),
            ("\\\\\\.\\ROOT", InvalidParameter),
            ("\\\\ROOT", ConnectError),
            ("\\\\.ROOT", ConnectError),
            ("r" * 8174, QuotaExceeded),
        ],
    )
    def test_what_is_none_is_refused_as_windows_does(self, text: str, error: type[WmiError]) -> None:
        with pytest.raises(error) as caught:
            normalize_namespace(text)
        assert type(caught.value) is error

    def test_a_server_alone_is_taken_for_a_machine_that_does_not_answer(self) -> None:
        with pytest.raises(ConnectError) as caught:
            split_resource("\\\\ROOT")
        assert caught.value.status == RPC_S_SERVER_UNAVAILABLE

    def test_the_longest_namespace_is_accepted(self) -> None:
        assert normalize_namespace("r" * 8173) == "r" * 8173


@pytest.mark.parametrize("number", ["0x" + "f" * 53, "-0x" + "f" * 52, "9" * 64, "-" + "9" * 63])
def test_the_longest_numbers_can_be_written_and_read_again(number: str) -> None:
    path = ObjectPath.parse(f"C.K={number}")
    assert ObjectPath.parse(str(path)) == path
    with pytest.raises(InvalidPath, match="too many digits"):
        ObjectPath.parse(f"C.K={number}0")
