"""Octets to text, and places in it."""

from __future__ import annotations

import pytest

from wmix.errors import WmiError
from wmix.mof.source import Source, decode


@pytest.mark.parametrize(
    "data",
    [
        "class Größe".encode(),
        "class Größe".encode("utf-8-sig"),
        b"\xff\xfe" + "class Größe".encode("utf-16-le"),
        b"\xfe\xff" + "class Größe".encode("utf-16-be"),
    ],
)
def test_encodings_with_their_marks(data: bytes) -> None:
    assert decode(data) == "class Größe"


@pytest.mark.parametrize("data", [b"gr\xf6\xdfe", b"\xff\xfea", b"\xff\xfe\x00\xd8a\x00"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(WmiError) as caught:
        decode(data, "a.mof")
    assert caught.value.symbol == "WBEMMOF_E_INVALID_FILE"
    assert "a.mof" in caught.value.detail


def test_places_count_from_one() -> None:
    source = Source("a.mof", "ab\r\ncd\n")
    assert [source.place(offset) for offset in (0, 1, 4, 7)] == [(1, 1), (1, 2), (2, 1), (3, 1)]
    assert source.caret((4, 6)) == "  cd\n  ^^"
    assert source.caret((7, 7)) == "  \n  ^"
