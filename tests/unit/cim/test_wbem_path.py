"""The path object answers as IWbemPath does on Windows: the cases of its reference tests, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.wbem_path import WbemPath, read_text
from wmix.errors import InvalidParameter, InvalidPath, NotFound, QuotaExceeded, TypeMismatch, WmiError
from wmix.status import (
    WBEM_E_BUFFER_TOO_SMALL,
    WBEM_E_INVALID_OBJECT_PATH,
    WBEM_E_INVALID_PARAMETER,
    WBEM_E_NOT_AVAILABLE,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DISK = '\\\\.\\root\\cimv2:Win32_LogicalDisk.DeviceId="C:"'


def path(text: str, mode: int = 4) -> WbemPath:
    result = WbemPath()
    result.set_text(mode, text)
    return result


class TestSetText:
    @pytest.mark.parametrize("text", ["", "\\\\server\\", "\\\\.\\", "//./root/cimv2", "C"])
    @pytest.mark.parametrize("mode", [0, 0x10, 0x14, -1])
    def test_without_a_known_mode_nothing_is_accepted(self, text: str, mode: int) -> None:
        with pytest.raises(InvalidParameter):
            path(text, mode)

    @pytest.mark.parametrize("mode", [1, 2, 4, 8])
    def test_a_null_text_is_never_accepted(self, mode: int) -> None:
        with pytest.raises(InvalidParameter):
            WbemPath().set_text(mode, None)

    @pytest.mark.parametrize(
        ("text", "accepted"),
        [
            ("//./root/cimv2:C", {1, 2, 4, 9, 10, 12}),
            ("/root/cimv2:C", {1, 4, 9, 12}),
            ("\\\\.\\root\\cimv2:C", {1, 2, 4, 9, 10, 12}),
            ("//.\\root\\cimv2:C", {1, 2, 4, 9, 10, 12}),
            ("/\\.\\root\\cimv2:C", set()),
            ("C", {1, 4, 8, 9, 12}),
            ("root\\cimv2", {1, 4, 8, 9, 12}),
            ("//./root/cimv2", {1, 2, 4, 8, 9, 10, 12}),
            ("", {1, 4, 8, 9, 12}),
        ],
    )
    def test_a_mode_accepts_its_kind_of_path(self, text: str, accepted: set[int]) -> None:
        def works(mode: int) -> bool:
            try:
                path(text, mode)
            except InvalidParameter:
                return False
            return True

        assert {mode for mode in (1, 2, 4, 8, 9, 10, 12) if works(mode)} == accepted

    @pytest.mark.parametrize(
        "text",
        [
            "\\",
            "/",
            "\\\\server",
            "\\\\server\\",
            "\\\\.\\",
            "//./root/cimv2",
            "root\\cimv2",
            "C",
            "C=@",
            DISK,
            f"{DISK},DriveType=3",
        ],
    )
    def test_incomplete_paths_are_accepted_and_kept_as_they_came(self, text: str) -> None:
        assert path(text).get_text(0x20) == text

    @pytest.mark.parametrize(
        "text",
        ["\\\\", "//", "\\\\a:b", DISK[:-4], DISK.replace("=", " = "), "C.K=v", "A B", "C.K='v", "\\\\s\\root\\:C"],
    )
    def test_what_is_no_path_is_an_invalid_parameter(self, text: str) -> None:
        with pytest.raises(InvalidParameter) as caught:
            path(text)
        assert caught.value.status == WBEM_E_INVALID_PARAMETER

    def test_a_refused_text_changes_nothing(self) -> None:
        disk = path(DISK)
        for mode, text in ((4, "C.K="), (2, "C"), (0, "C")):
            with pytest.raises(InvalidParameter):
                disk.set_text(mode, text)
        assert (disk.get_text(4), disk.get_text(0x20)) == (DISK, DISK)

    def test_an_empty_text_empties_the_path(self) -> None:
        disk = path(DISK)
        disk.set_text(4, "")
        assert (disk.get_text(4), disk.get_text(0x20), disk.get_namespace_count()) == ("", "", 0)
        assert disk.get_info() == 0x4001

    def test_a_single_name_is_a_class_or_by_mode_a_namespace(self) -> None:
        assert path("root").get_class_name() == "root"
        namespace = path("root", 12)
        assert namespace.get_namespace_at(0) == "root"
        with pytest.raises(InvalidPath):
            namespace.get_class_name()

    def test_the_length_is_limited(self) -> None:
        with pytest.raises(QuotaExceeded):
            path("C" * 8193)


class TestGetText:
    @pytest.mark.parametrize(
        ("text", "flags", "result"),
        [
            (DISK, 0, 'root\\cimv2:Win32_LogicalDisk.DeviceId="C:"'),
            (DISK, 2, 'Win32_LogicalDisk.DeviceId="C:"'),
            (DISK, 4, DISK),
            (DISK, 8, "\\\\.\\root\\cimv2"),
            (DISK, 0x10, "root\\cimv2"),
            (DISK, 0x20, DISK),
            ("/root/cimv2:C", 0, "root\\cimv2:C"),
            ("/root/cimv2:C", 2, "C"),
            ("/root/cimv2:C", 4, "\\\\.\\root\\cimv2:C"),
            ("/root/cimv2:C", 8, "\\\\.\\root\\cimv2"),
            ("/root/cimv2:C", 0x20, "/root/cimv2:C"),
            ("//./root/cimv2", 4, "\\\\.\\root\\cimv2"),
            ("root\\cimv2", 4, "\\\\.\\root\\cimv2"),
            ("//srv/root/x:A.B=1", 4, "\\\\srv\\root\\x:A.B=1"),
            ("Win32_Class", 2, "Win32_Class"),
            ("Win32_Class", 0, "Win32_Class"),
            ("Win32_Class", 4, "Win32_Class"),
            ("Win32_Class", 8, ""),
            ("\\\\srv\\", 4, "\\\\srv"),
            ("\\\\srv\\", 0, ""),
            ("C='v'", 2, "C='v'"),
            ("C.K=0x1F,L='v'", 2, "C.K=0x1F,L='v'"),
            ("C=@", 2, "C=@"),
            ("", 0, ""),
            ("", 4, ""),
            ("", 8, ""),
            ("", 0x20, ""),
        ],
    )
    def test_each_flag_gives_its_part(self, text: str, flags: int, result: str) -> None:
        assert path(text).get_text(flags) == result

    @pytest.mark.parametrize("flags", [1, 3, 6, 0x40, -1])
    def test_other_flags_are_invalid(self, flags: int) -> None:
        with pytest.raises(InvalidParameter):
            path(DISK).get_text(flags)

    def test_as_text_it_is_namespace_and_relative_part(self) -> None:
        assert str(path("//./root:C")) == "root:C"


class TestGetInfo:
    @pytest.mark.parametrize(
        ("text", "info"),
        [
            ("", 0x4001),
            ("C", 0xC15),
            ("root\\a\\b\\c:D", 0xC15),
            ("root\\a:C", 0xC15),
            ('C.K="4"', 0xC19),
            ('C="v"', 0xC99),
            ("C.A=1,B=2", 0xC39),
            ("C=@", 0x1D19),
            (DISK, 0x20C19),
            ('//srv/root/x:A.B="1"', 0x20C1A),
            ("\\\\server", 0x24E02),
            ("\\\\.\\", 0x24E01),
            ("\\\\srv\\root", 0x24E02),
            ("root\\cimv2", 0x4E01),
        ],
    )
    def test_the_bits_describe_the_path(self, text: str, info: int) -> None:
        assert path(text).get_info() == info

    def test_only_the_request_0_exists(self) -> None:
        with pytest.raises(InvalidParameter):
            path(DISK).get_info(1)


class TestServer:
    def test_a_path_without_a_server_has_none_available(self) -> None:
        for text in ("", "C", "root\\cimv2:C"):
            with pytest.raises(WmiError) as caught:
                path(text).get_server()
            assert caught.value.status == WBEM_E_NOT_AVAILABLE

    def test_a_server_set_alone_is_all_of_the_path(self) -> None:
        server = WbemPath()
        server.set_server("server")
        assert (server.get_server(), server.get_info(), server.get_text(4)) == ("server", 0x24E02, "\\\\server")

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_setting_nothing_clears_the_server(self, nothing: str | None) -> None:
        disk = path(DISK)
        disk.set_server(nothing)
        with pytest.raises(WmiError):
            disk.get_server()
        assert disk.get_info() == 0xC19
        assert disk.get_text(4) == DISK

    @pytest.mark.parametrize("name", ["a\\b", "a/b"])
    def test_a_separator_cannot_stand_in_a_server(self, name: str) -> None:
        with pytest.raises(InvalidParameter):
            WbemPath().set_server(name)


class TestNamespaces:
    def test_setting_inserts(self) -> None:
        namespaces = WbemPath()
        namespaces.set_namespace_at(0, "cimv2")
        assert (namespaces.get_namespace_count(), namespaces.get_info()) == (1, 0x4E01)
        namespaces.set_namespace_at(0, "root")
        assert [namespaces.get_namespace_at(i) for i in range(2)] == ["root", "cimv2"]
        assert namespaces.get_info() == 0x4E01
        namespaces.set_namespace_at(2, "x")
        assert namespaces.get_text(0x10) == "root\\cimv2\\x"

    @pytest.mark.parametrize(
        ("index", "name"), [(0, None), (1, "cimv2"), (-1, "root"), (0, ""), (0, "a\\b"), (0, "a b")]
    )
    def test_what_cannot_be_inserted_is_refused(self, index: int, name: str | None) -> None:
        with pytest.raises(InvalidParameter):
            WbemPath().set_namespace_at(index, name)

    def test_removing_moves_the_others_outwards(self) -> None:
        disk = path(DISK)
        disk.remove_namespace_at(0)
        assert (disk.get_namespace_count(), disk.get_namespace_at(0), disk.get_info()) == (1, "cimv2", 0x20C19)
        disk.remove_namespace_at(0)
        assert disk.get_namespace_count() == 0
        assert disk.get_text(2) == 'Win32_LogicalDisk.DeviceId="C:"'

    def test_all_can_be_removed_at_once(self) -> None:
        disk = path(DISK)
        disk.remove_all_namespaces()
        assert disk.get_text(0x10) == ""

    @pytest.mark.parametrize("index", [-1, 2, 7])
    @pytest.mark.parametrize("use", [WbemPath.get_namespace_at, WbemPath.remove_namespace_at])
    def test_an_index_that_does_not_exist_is_refused(self, use: Callable[..., Any], index: int) -> None:
        with pytest.raises(InvalidParameter):
            use(path(DISK), index)


class TestClass:
    def test_a_path_without_a_class_refuses_to_name_it(self) -> None:
        for text in ("", "\\\\srv", "root\\cimv2"):
            with pytest.raises(InvalidPath) as caught:
                path(text).get_class_name()
            assert caught.value.status == WBEM_E_INVALID_OBJECT_PATH

    def test_a_class_can_be_set(self) -> None:
        named = WbemPath()
        named.set_class_name("")
        assert named.get_class_name() == ""
        assert named.get_info() == 0x4001
        named.set_class_name("class")
        assert (named.get_class_name(), named.get_info()) == ("class", 0xC15)

    @pytest.mark.parametrize("name", [None, "A B", "1A", "A.B"])
    def test_what_is_no_name_is_refused(self, name: str | None) -> None:
        with pytest.raises(InvalidParameter):
            WbemPath().set_class_name(name)

    def test_the_class_part_can_be_deleted(self) -> None:
        disk = path(DISK)
        disk.delete_class_part()
        assert disk.get_text(4) == "\\\\.\\root\\cimv2"
        assert disk.get_key_list().get_count() == 0


class TestKeys:
    def test_keys_are_listed_by_index(self) -> None:
        keys = path('C.A=2,B="x"').get_key_list()
        assert [keys.get_key(i) for i in range(keys.get_count())] == [("A", 2), ("B", "x")]
        assert path('C="x"').get_key_list().get_key(0) == (None, "x")
        for index in (-1, 2):
            with pytest.raises(InvalidParameter):
                keys.get_key(index)

    def test_what_is_set_in_the_list_shows_in_the_path(self) -> None:
        named = path("C.A=2")
        keys = named.get_key_list()
        keys.set_key("B", 'x"y')
        keys.set_key("a", 3)
        assert named.get_text(2) == r'C.a=3,B="x\"y"'
        keys.remove_key("A")
        assert named.get_text(2) == r'C.B="x\"y"'
        keys.remove_all_keys()
        assert named.get_text(2) == "C"
        assert named.get_info() == 0xC15

    def test_an_implied_key_stands_alone(self) -> None:
        named = path("C.A=2,B=3")
        keys = named.get_key_list()
        keys.set_key(None, "v")
        assert named.get_text(2) == 'C="v"'
        keys.set_key("A", 1)
        assert named.get_text(2) == "C.A=1"
        keys.set_key(None, "v")
        keys.remove_key(None)
        assert named.get_text(2) == "C"

    def test_a_path_can_be_made_a_singleton_and_back(self) -> None:
        named = path("C.A=2")
        keys = named.get_key_list()
        keys.make_singleton(True)
        assert (named.get_text(2), keys.get_count()) == ("C=@", 0)
        keys.set_key("A", 2)
        assert named.get_text(2) == "C.A=2"
        keys.make_singleton(True)
        keys.make_singleton(False)
        assert named.get_text(2) == "C"

    def test_the_keys_have_a_text_of_their_own(self) -> None:
        assert path("C.A=2,B='x'").get_key_list().get_text() == "A=2,B='x'"
        assert path('C="x"').get_key_list().get_text() == '"x"'
        assert path("C='.=x'").get_key_list().get_text() == "'.=x'"
        assert path("C").get_key_list().get_text() == ""

    def test_wrong_keys_are_refused(self) -> None:
        keys = path("C").get_key_list()
        with pytest.raises(InvalidParameter):
            keys.set_key("A B", 1)
        with pytest.raises(TypeMismatch):
            keys.set_key("A", 1.5)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            keys.remove_key("A")
        with pytest.raises(InvalidPath):
            WbemPath().get_key_list().set_key("A", 1)


class TestQuestions:
    @pytest.mark.parametrize(
        ("text", "local"), [("C", True), ("//./root:C", True), ("//SRV/root:C", True), ("//b/root:C", False)]
    )
    def test_a_path_is_local_when_it_names_no_other_machine(self, text: str, local: bool) -> None:
        assert path(text).is_local("srv") is local

    @pytest.mark.parametrize(
        ("text", "relative"),
        [
            ("C", True),
            ("ROOT\\CIMV2:C", True),
            ("//srv/root/cimv2:C", True),
            ("root:C", False),
            ("//b/root/cimv2:C", False),
        ],
    )
    def test_a_path_is_relative_when_it_lies_in_the_namespace(self, text: str, relative: bool) -> None:
        assert path(text).is_relative("SRV", "root/cimv2") is relative

    def test_classes_compare_without_case(self) -> None:
        assert path("Win32_Process.Handle=1").is_same_class_name("WIN32_PROCESS")
        assert not path("C").is_same_class_name("D")
        assert not path("").is_same_class_name("")


class TestReadText:
    def test_a_buffer_that_is_large_enough_gets_the_text(self) -> None:
        assert read_text(lambda: "root", 5) == ("root", 5)
        assert read_text(lambda: "", 1024) == ("", 1)
        assert read_text(lambda: "\U0001f600", 3) == ("\U0001f600", 3)

    @pytest.mark.parametrize("has_buffer", [True, False])
    def test_the_length_0_asks_for_the_size(self, has_buffer: bool) -> None:
        assert read_text(lambda: "root", 0, has_buffer=has_buffer) == (None, 5)

    @pytest.mark.parametrize(("length", "has_buffer"), [(None, False), (None, True), (1024, False), (-1, True)])
    def test_arguments_are_judged_before_the_text_is_asked_for(self, length: int | None, has_buffer: bool) -> None:
        with pytest.raises(InvalidParameter):
            read_text(lambda: pytest.fail("asked"), length, has_buffer=has_buffer)

    def test_a_buffer_that_is_too_small_is_refused(self) -> None:
        with pytest.raises(WmiError) as caught:
            read_text(lambda: "root", 4)
        assert caught.value.status == WBEM_E_BUFFER_TOO_SMALL

    def test_a_text_that_is_not_there_is_refused_by_its_own_code(self) -> None:
        with pytest.raises(InvalidPath):
            read_text(WbemPath().get_class_name, 0, has_buffer=False)


@given(st.text("AB._=@,:/\\\"'1", max_size=30), st.integers(1, 15))
def test_any_text_is_taken_and_written_back_or_refused(text: str, mode: int) -> None:
    try:
        taken = path(text, mode)
    except InvalidParameter:
        return
    again = path(taken.get_text(4), 12 if taken.get_info() & 0x4000 else 4)
    assert again.get_text(4) == taken.get_text(4)
    assert again.get_info() & ~0x20000 == taken.get_info() & ~0x20000 or not taken.get_info() & 0x20000
