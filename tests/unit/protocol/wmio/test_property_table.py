"""NdTable and slots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.types import CimType
from wmix.protocol.wmio.property_table import NdTable, Slot, nd_table_length


@pytest.mark.parametrize(("count", "length"), [(0, 0), (1, 1), (4, 1), (5, 2), (45, 12)])
def test_four_properties_share_an_octet(count: int, length: int) -> None:
    assert nd_table_length(count) == length


def test_pairs_fill_an_octet_from_its_low_bits() -> None:
    assert NdTable.of([1, 0, 2, 3, 1]).data == b"\xe1\x01"


@given(st.lists(st.integers(0, 3)))
def test_pairs_come_back(pairs: list[int]) -> None:
    table = NdTable.of(pairs)
    assert [table[order] for order in range(len(pairs))] == pairs


@pytest.mark.parametrize(
    ("kind", "size", "in_heap"),
    [
        (CimType.SINT8, 1, False),
        (CimType.UINT16, 2, False),
        (CimType.BOOLEAN, 2, False),
        (CimType.CHAR16, 2, False),
        (CimType.REAL32, 4, False),
        (CimType.UINT64, 8, False),
        (CimType.STRING, 4, True),
        (CimType.DATETIME, 4, True),
        (CimType.REFERENCE, 4, True),
        (CimType.OBJECT, 4, True),
    ],
)
def test_a_slot_has_the_size_of_its_type_and_that_of_an_array_is_a_reference(
    kind: CimType, size: int, in_heap: bool
) -> None:
    slot, array = Slot("P", kind, False, 0), Slot("P", kind, True, 0)
    assert (slot.size, slot.in_heap) == (size, in_heap)
    assert (array.size, array.in_heap) == (4, True)
