"""GUIDs: octets, text, and what is none."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.protocol.ndr.guid import NULL_GUID, Guid

if TYPE_CHECKING:
    import uuid


@given(st.uuids())
def test_octets_and_text_are_those_of_the_standard(value: uuid.UUID) -> None:
    guid = Guid.parse(str(value))
    assert guid == value.bytes_le
    assert str(guid) == str(value)
    assert f"{guid}" == str(value)
    assert Guid.parse("{" + str(value).upper() + "}") == guid
    assert pickle.loads(pickle.dumps(guid)) == guid


@pytest.mark.parametrize("text", ["", "0", "00000000-0000-0000-0000", "0000000g-0000-0000-0000-000000000000"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"GUID|hex"):
        Guid.parse(text)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="16 octets, not 15"):
        Guid(bytes(15))


def test_the_null_guid_is_sixteen_zeros() -> None:
    assert not any(NULL_GUID)
    assert repr(NULL_GUID) == "Guid('00000000-0000-0000-0000-000000000000')"
