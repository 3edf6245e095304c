"""Errors carry their status, belong to a family, say what to do, and survive a journey between processes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from wmix import errors, status
from wmix.errors import (
    AccessDenied,
    AuthError,
    Cancelled,
    ConnectError,
    DeadlineExceeded,
    ExtendedStatus,
    InvalidClass,
    InvalidDatetime,
    InvalidMethod,
    InvalidNamespace,
    InvalidOperation,
    InvalidParameter,
    InvalidPath,
    InvalidQuery,
    NotFound,
    NotSupported,
    ObjectExists,
    OutOfRange,
    ProtocolError,
    ProviderError,
    QuotaExceeded,
    TypeMismatch,
    UnknownProperty,
    WmiError,
    error_for,
    nearest,
)

DEFAULTS: dict[type[WmiError], int] = {
    WmiError: status.WBEM_E_FAILED,
    ConnectError: status.WBEM_E_TRANSPORT_FAILURE,
    AuthError: status.E_ACCESSDENIED,
    AccessDenied: status.WBEM_E_ACCESS_DENIED,
    InvalidQuery: status.WBEM_E_INVALID_QUERY,
    NotFound: status.WBEM_E_NOT_FOUND,
    InvalidClass: status.WBEM_E_INVALID_CLASS,
    InvalidNamespace: status.WBEM_E_INVALID_NAMESPACE,
    InvalidPath: status.WBEM_E_INVALID_OBJECT_PATH,
    InvalidParameter: status.WBEM_E_INVALID_PARAMETER,
    InvalidMethod: status.WBEM_E_INVALID_METHOD,
    InvalidOperation: status.WBEM_E_INVALID_OPERATION,
    TypeMismatch: status.WBEM_E_TYPE_MISMATCH,
    OutOfRange: status.WBEM_E_VALUE_OUT_OF_RANGE,
    ProviderError: status.WBEM_E_PROVIDER_FAILURE,
    QuotaExceeded: status.WBEM_E_QUOTA_VIOLATION,
    DeadlineExceeded: status.WBEM_E_TIMED_OUT,
    Cancelled: status.WBEM_E_CALL_CANCELLED,
    NotSupported: status.WBEM_E_NOT_SUPPORTED,
    ProtocolError: status.WBEM_E_INVALID_STREAM,
    ObjectExists: status.WBEM_E_ALREADY_EXISTS,
}
ALL = [*DEFAULTS, InvalidDatetime, UnknownProperty]


def test_the_list_of_families_is_complete() -> None:
    public = {getattr(errors, name) for name in errors.__all__}
    assert {item for item in public if isinstance(item, type) and issubclass(item, WmiError)} == set(ALL)


@pytest.mark.parametrize(("family", "code"), DEFAULTS.items())
def test_a_family_has_a_status_of_its_own_and_is_found_by_it(family: type[WmiError], code: int) -> None:
    assert family().status == code
    assert type(error_for(code)) is family


@pytest.mark.parametrize(
    ("family", "bases"),
    [
        (InvalidPath, (ValueError,)),
        (InvalidParameter, (ValueError,)),
        (OutOfRange, (ValueError,)),
        (TypeMismatch, (TypeError,)),
        (InvalidDatetime, (TypeMismatch, ValueError)),
        (InvalidNamespace, (NotFound,)),
        (UnknownProperty, (NotFound, AttributeError, KeyError)),
        (DeadlineExceeded, (TimeoutError,)),
    ],
)
def test_a_family_is_also_what_python_programs_catch(
    family: type[WmiError], bases: tuple[type[Exception], ...]
) -> None:
    assert all(issubclass(family, base) for base in bases)


@pytest.mark.parametrize(
    ("code", "family"),
    [
        (status.WBEM_E_UNPARSABLE_QUERY, InvalidQuery),
        (status.WBEM_E_PRIVILEGE_NOT_HELD, AccessDenied),
        (status.RPC_S_SERVER_UNAVAILABLE, ConnectError),
        (0x6BA, ConnectError),
        (5, AuthError),
        (0x6F7, ProtocolError),
        (status.NCA_S_FAULT_CANCEL, Cancelled),
        (-2147217406, NotFound),
        (0x8004ABCD, WmiError),
        (status.WBEM_E_RERUN_COMMAND, WmiError),
    ],
)
def test_a_code_without_a_class_of_its_own_falls_to_its_family(code: int, family: type[WmiError]) -> None:
    error = error_for(code, "text", operation="GetObject")
    assert type(error) is family
    assert error.status == code & 0xFFFFFFFF
    assert (error.detail, error.operation) == ("text", "GetObject")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("no disk C:"), "no disk C: [WBEM_E_NOT_FOUND 0x80041002]"),
        (NotFound(), "the object does not exist [WBEM_E_NOT_FOUND 0x80041002]"),
        (WmiError("odd", status=0x8004ABCD), "odd [0x8004ABCD]"),
        (WmiError(status=0x8004ABCD), "failed [0x8004ABCD]"),
    ],
)
def test_the_message_ends_in_symbol_and_value(error: WmiError, text: str) -> None:
    assert str(error) == text


def test_the_key_error_among_the_bases_does_not_quote_the_message() -> None:
    assert str(UnknownProperty("no X")) == "no X [WBEM_E_NOT_FOUND 0x80041002]"


def test_the_hint_is_the_tables_unless_another_is_given() -> None:
    known = status.lookup(status.WBEM_E_NOT_FOUND)
    assert known is not None
    assert NotFound().hint == known.hint
    assert NotFound(hint="Look again.").hint == "Look again."
    assert WmiError(status=0x8004ABCD).hint is None
    changed = NotFound()
    changed.hint = "Later."
    assert changed.hint == "Later."


def full(family: type[WmiError]) -> WmiError:
    special: dict[type[WmiError], dict[str, Any]] = {
        InvalidQuery: {"text": "SELECT", "span": (0, 6), "found": "x", "expected": "y"},
        InvalidPath: {"text": "A.", "position": 2},
        UnknownProperty: {"property_name": "Nmae", "class_name": "C", "candidates": iter(["Name", "Size"])},
        ProviderError: {"provider": "p", "class_name": "C", "property_name": "P"},
    }
    return family(
        "detail",
        status=0x80041010,
        phase="login",
        host="srv",
        namespace="root",
        operation="ExecQuery",
        extended=ExtendedStatus(5, "words", "op", "info", "provider"),
        hint="do",
        **special.get(family, {}),
    )


@pytest.mark.parametrize("family", ALL)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_copying_and_pickling(family: type[WmiError], way: Any) -> None:
    error = full(family)
    error.add_note("seen twice")
    twin = way(error)
    assert type(twin) is family
    assert (str(twin), twin.args, twin.diagnostic()) == (str(error), error.args, error.diagnostic())
    assert vars(twin) == vars(error)


@pytest.mark.parametrize("family", ALL)
def test_the_diagnostic_tells_everything_and_ends_in_the_hint(family: type[WmiError]) -> None:
    error = full(family)
    error.__cause__ = OSError("port closed")
    error.add_note("seen twice")
    lines = error.diagnostic().split("\n")
    assert lines[0] == error.headline
    assert lines[-1] == "hint: do"
    assert str(error) == f"{error.headline}; do", "a traceback shows the advice too"
    told = "\n".join(lines)
    for part in ("ExecQuery", "login", "srv", "root", "words", "provider", "op", "info", "port closed", "seen twice"):
        assert part in told


def test_a_bare_error_tells_its_message_and_the_hint_and_nothing_else() -> None:
    for error in (NotFound("x"), InvalidQuery("x"), InvalidPath("x"), ProviderError("x")):
        assert error.diagnostic() == f"{error}\nhint: {error.hint}"
    assert WmiError("x", status=0x8004ABCD).diagnostic() == "x [0x8004ABCD]"
    assert WmiError("x", extended=ExtendedStatus()).diagnostic().count("\n") == 1


def test_the_symbol_is_the_codes_name_or_number() -> None:
    assert NotFound().symbol == "WBEM_E_NOT_FOUND"
    assert WmiError(status=-1).symbol == "0xFFFFFFFF"


def test_a_cause_whose_words_the_error_has_is_not_told_twice() -> None:
    error = WmiError("file.mof:1:1: the key Id has no value")
    error.__cause__ = WmiError("the key Id has no value")
    assert "cause" not in error.diagnostic()
    error.__cause__ = WmiError("the disk is full")
    assert "cause: the disk is full" in error.diagnostic()


def test_a_cause_without_words_is_told_by_its_name() -> None:
    error = WmiError("x")
    error.__cause__ = ConnectionResetError()
    assert "cause: ConnectionResetError" in error.diagnostic()


class TestInvalidQuery:
    def test_found_and_expected_make_the_detail(self) -> None:
        assert InvalidQuery(expected="a name", found="'='").detail == "expected a name, found '='"
        assert InvalidQuery(expected="a name").detail == "expected a name"
        assert InvalidQuery("own words", expected="a name").detail == "own words"

    def test_line_and_column_come_from_the_span(self) -> None:
        error = InvalidQuery(text="SELECT *\nFROM X\nWHERE = 3", span=(22, 23))
        assert (error.line, error.column) == (3, 7)

    def test_given_line_and_column_are_kept(self) -> None:
        error = InvalidQuery(text="SELECT", line=4, column=9, span=(0, 1))
        assert (error.line, error.column) == (4, 9)

    def test_the_caret_stands_under_the_place(self) -> None:
        error = InvalidQuery(text="SELECT * FROM Win32_X WHERE = 3", span=(28, 29))
        assert error.caret() == "  SELECT * FROM Win32_X WHERE = 3\n                              ^"

    def test_the_mark_is_as_wide_as_the_span(self) -> None:
        assert InvalidQuery(text="SELECT FROM X", span=(7, 11)).caret().endswith("         ^^^^")

    def test_without_a_place_there_is_no_caret(self) -> None:
        assert InvalidQuery(text="SELECT").caret() == ""
        assert InvalidQuery(span=(0, 1)).caret() == ""


def test_a_wrong_path_is_shown_with_its_place() -> None:
    error = InvalidPath("no value", text="A.B=", position=4)
    assert error.diagnostic().split("\n")[1:3] == ["  A.B=", "      ^"]


class TestUnknownProperty:
    def test_the_nearest_name_is_the_hint(self) -> None:
        error = UnknownProperty(property_name="nmae", class_name="Win32_Process", candidates=["Name", "Handle"])
        assert error.detail == "Win32_Process has no property 'nmae'"
        assert error.suggestion == "Name"
        assert error.hint == "did you mean 'Name'?"

    def test_the_candidates_are_not_read_before_they_are_needed(self) -> None:
        def forbidden() -> Any:
            yield pytest.fail("read")

        assert UnknownProperty(property_name="x", candidates=forbidden()).headline

    def test_without_a_near_name_the_hint_is_the_general_one(self) -> None:
        assert UnknownProperty(property_name="Zzz", candidates=["Name"]).hint == NotFound().hint
        unlike = UnknownProperty(property_name="Zzz", class_name="Win32_Process", candidates=["Name"])
        assert unlike.hint == "`wmix describe Win32_Process` shows what it has"
        assert unlike.special_hint is None
        assert UnknownProperty("free text").suggestion is None

    def test_a_given_hint_wins(self) -> None:
        error = UnknownProperty(property_name="nmae", candidates=["Name"], hint="Use Caption.")
        assert error.hint == "Use Caption."
        error.hint = None
        assert error.hint == "did you mean 'Name'?"

    def test_getattr_with_a_default_and_hasattr_understand_it(self) -> None:
        class Row:
            def __getattr__(self, name: str) -> object:
                raise UnknownProperty(property_name=name)

        assert getattr(Row(), "Size", 7) == 7
        assert not hasattr(Row(), "Size")


@pytest.mark.parametrize(
    ("name", "found"),
    [("nmae", "Name"), ("PROCESSID", "ProcessId"), ("ProcesId", "ProcessId"), ("Quux", None), ("", None)],
)
def test_the_nearest_name_ignores_case(name: str, found: str | None) -> None:
    assert nearest(name, ["Name", "ProcessId", "Handle"]) == found


def test_nothing_is_near_when_there_is_nothing() -> None:
    assert nearest("Name", []) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Win32_Proces", "Win32_Process"),
        ("win32_disk", "Win32_LogicalDisk"),
        ("Win32Process", "Win32_Process"),
        ("Win_Process", "Win32_Process"),
        ("Win32_Nope", None),
        ("Win32_", None),
    ],
)
def test_a_common_schema_makes_names_no_more_alike(name: str, found: str | None) -> None:
    assert nearest(name, ["Win32_Group", "Win32_Process", "Win32_LogicalDisk"]) == found
