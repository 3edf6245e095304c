"""The status table is complete, unambiguous and consistent with its texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wmix import status
from wmix.status import describe, hresult, is_error, lookup, statuses, symbol
from wmix.status_text import TEXT

ALIASES = {
    "WBEM_S_SAME": "WBEM_S_NO_ERROR",
    "S_OK": "WBEM_S_NO_ERROR",
    "S_FALSE": "WBEM_S_FALSE",
    "WBEM_E_RESERVED_001": "WBEM_E_TRANSACTION_CONFLICT",
    "WBEM_E_RESERVED_002": "WBEM_E_FORCED_ROLLBACK",
}

CONSTANTS = {name: value for name, value in vars(status).items() if name.isupper() and not name.startswith("_")}


def test_every_constant_is_explained_and_every_explanation_has_a_constant() -> None:
    explained = {info.symbol: info.value for info in statuses()}
    assert explained == {name: value for name, value in CONSTANTS.items() if name not in ALIASES}


def test_aliases_have_the_value_of_what_they_stand_for() -> None:
    assert {name: CONSTANTS[name] for name in ALIASES} == {name: CONSTANTS[ALIASES[name]] for name in ALIASES}


def test_values_are_unique_and_unsigned() -> None:
    values = [info.value for info in statuses()]
    assert len(set(values)) == len(values)
    assert all(0 <= value <= 0xFFFFFFFF for value in values)


def test_texts_stand_under_the_headings_and_in_the_order_of_the_constants() -> None:
    source = Path(status.__file__).read_text(encoding="utf-8")
    block = source[source.index("# [MS-WMI] 2.2.11 WBEMSTATUS: success") : source.index("WBEM_S_SAME")]
    constants = [line.partition(":")[0] if line[0] != "#" else line for line in block.splitlines() if line]
    entries = [line for line in TEXT.splitlines() if line and line[0] != " "]
    assert constants == [line if line[0] == "#" else line.partition(":")[0] for line in entries]


def test_a_name_tells_success_or_failure_as_the_severity_bit_does() -> None:
    faults = [info for info in statuses() if info.symbol.startswith("NCA_S_")]  # these are not HRESULTs
    odd = [i for i in statuses() if is_error(i.value) == i.symbol.startswith("WBEM_S_") and i not in faults]
    assert odd == []
    assert {info.value >> 16 for info in faults} == {0x1C00, 0x1C01}


def test_a_meaning_is_a_phrase_and_a_hint_is_sentences() -> None:
    assert [info for info in statuses() if not re.fullmatch(r"\S.*[^.]", info.meaning)] == []
    assert [info for info in statuses() if info.hint and not re.fullmatch(r"[A-Z].*\.", info.hint)] == []


@pytest.mark.parametrize(
    ("prefix", "blocks"),
    [
        ("WBEM_S_", {0x00000, 0x00040, 0x00043}),
        ("WBEM_E_", {0x80041, 0x80043}),
        ("WBEMESS_E_", {0x80042}),
        ("WBEMMOF_E_", {0x80044}),
        ("SEC_E_", {0x80090}),
        ("ERROR_", {0x80070}),
        ("RPC_S_", {0x80070}),
        ("RPC_E_", {0x80010, 0x8001F}),
    ],
)
def test_the_codes_of_a_family_lie_in_its_blocks(prefix: str, blocks: set[int]) -> None:
    assert {info.value >> 12 for info in statuses() if info.symbol.startswith(prefix)} == blocks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WBEM_S_TIMEDOUT", 0x40004),
        ("WBEM_S_NEW_STYLE", 0x400FF),
        ("WBEM_E_FAILED", 0x80041001),
        ("WBEM_E_ILLEGAL_NULL", 0x80041028),
        ("WBEM_E_CANNOT_BE_SINGLETON", 0x8004102C),
        ("WBEM_E_CANNOT_CHANGE_INDEX_INHERITANCE", 0x80041050),
        ("WBEM_E_UNINTERPRETABLE_PROVIDER_QUERY", 0x8004105F),
        ("WBEM_E_QUOTA_VIOLATION", 0x8004106C),
        ("WBEM_E_PROVIDER_DISABLED", 0x8004108A),
        ("WBEMMOF_E_INVALID_DELETECLASS_SYNTAX", 0x80044031),
        ("RPC_S_SERVER_UNAVAILABLE", 0x800706BA),
        ("RPC_E_DISCONNECTED", 0x80010108),
        ("E_ACCESSDENIED", 0x80070005),
    ],
)
def test_codes_have_the_values_of_the_public_headers(name: str, value: int) -> None:
    assert getattr(status, name) == value
    assert symbol(value) == name


def test_the_mof_codes_are_numbered_without_a_gap() -> None:
    values = sorted(info.value for info in statuses() if info.symbol.startswith("WBEMMOF_E_"))
    assert values == list(range(0x80044001, 0x80044032))


def test_codes_that_users_meet_say_what_to_do() -> None:
    silent = {info.symbol for info in statuses() if info.value & 0xFFFFF000 == 0x80041000 and not info.hint}
    assert silent == {"WBEM_E_NONDECORATED_OBJECT", "WBEM_E_QUERY_NOT_IMPLEMENTED", "WBEM_E_TOO_MUCH_DATA"}


def test_a_signed_value_is_the_same_code() -> None:
    assert symbol(-2147217406) == "WBEM_E_NOT_FOUND"
    assert is_error(-2147217406)
    assert describe(-2147217406) == "WBEM_E_NOT_FOUND (0x80041002): the object does not exist"


def test_an_rpc_fault_is_explained_by_the_hresult_of_its_win32_code() -> None:
    assert symbol(0x6F7) == "RPC_X_BAD_STUB_DATA"
    assert describe(5).startswith("E_ACCESSDENIED (0x00000005): ")


def test_0_and_1_are_never_win32_codes() -> None:
    assert [hresult(value) for value in (0, 1, 2, 0xFFFF, 0x10000)] == [0, 1, 0x80070002, 0x8007FFFF, 0x10000]


@pytest.mark.parametrize(
    ("value", "text"), [(0x8004ABCD, "0x8004ABCD: unknown failure"), (0x4ABCD, "0x0004ABCD: unknown code")]
)
def test_an_unknown_code_is_described_by_its_number(value: int, text: str) -> None:
    assert lookup(value) is None
    assert describe(value) == text
    assert symbol(value) == text[:10]


@pytest.mark.parametrize(("value", "error"), [(0, False), (1, False), (0x40004, False), (0x80041001, True)])
def test_only_codes_with_the_top_bit_are_failures(value: int, error: bool) -> None:
    assert is_error(value) is error
