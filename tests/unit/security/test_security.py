"""Security descriptors as octets and as text, the access that they grant, and what children inherit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.errors import InvalidParameter
from wmix.security.access import explicit_part, granted, inherited
from wmix.security.ace import OBJECT_TYPES, Ace, AceFlag, AceType, guid_octets, guid_text
from wmix.security.descriptor import Control, SecurityDescriptor
from wmix.security.sid import ADMINISTRATORS, ALIASES, AUTHENTICATED_USERS, EVERYONE, Sid

BOB = Sid(5, (21, 1, 2, 3, 1001))

# [MS-DTYP] 2.4.6, laid out by hand: owner and group Administrators, one entry that lets Authenticated Users enable.
BY_HAND = bytes.fromhex(
    "01 00 04 80"  # revision, padding, control: DACL present, self-relative
    "30 00 00 00 40 00 00 00 00 00 00 00 14 00 00 00"  # owner, group, SACL, DACL
    "02 00 1c 00 01 00 00 00"  # revision 2, 28 octets, one entry
    "00 02 14 00 01 00 00 00 01 01 00 00 00 00 00 05 0b 00 00 00"  # allowed, inherited by containers, S-1-5-11
    "01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00"  # S-1-5-32-544
    "01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00"
)


def test_octets_are_those_of_the_specification() -> None:
    found = SecurityDescriptor.read(BY_HAND)
    assert found.owner == found.group == ADMINISTRATORS
    assert found.dacl == (Ace(AceType.ALLOWED, AceFlag.CONTAINER_INHERIT, 1, AUTHENTICATED_USERS),)
    assert found.sacl is None
    assert found.octets == BY_HAND
    assert found.sddl == "O:BAG:BAD:(A;CI;CC;;;AU)"


sids = st.builds(Sid, st.integers(0, (1 << 48) - 1), st.lists(st.integers(0, (1 << 32) - 1), max_size=15).map(tuple))
masks = st.integers(0, (1 << 32) - 1)
plain_entries = st.builds(Ace, st.sampled_from((0, 1, 2)), st.integers(0, 255), masks, sids)
data = st.integers(0, 5).map(lambda n: bytes(range(1, 4 * n + 1)))
conditional_entries = st.builds(
    Ace, st.sampled_from((9, 10, 13, 17)), st.integers(0, 255), masks, sids, st.none(), st.none(), data
)
guids = st.none() | st.binary(min_size=16, max_size=16)
object_entries = st.builds(Ace, st.sampled_from(sorted(OBJECT_TYPES)), st.integers(0, 255), masks, sids, guids, guids)
entries = plain_entries | conditional_entries | object_entries
lists = st.none() | st.lists(entries, max_size=6).map(tuple)
controls = st.integers(0, 0xFFFF).map(lambda bits: bits & ~0x14 | Control.SELF_RELATIVE)


def described(*parts: object) -> SecurityDescriptor:
    made = SecurityDescriptor(*parts)  # type: ignore[arg-type]
    present = (made.dacl is not None) * Control.DACL_PRESENT | (made.sacl is not None) * Control.SACL_PRESENT
    return made.replace(control=made.control | present)


@given(st.builds(described, st.none() | sids, st.none() | sids, lists, lists, controls))
def test_what_is_written_is_read_again(descriptor: SecurityDescriptor) -> None:
    assert SecurityDescriptor.read(descriptor.octets) == descriptor


def _damaged(at: int, octet: int) -> bytes:
    return BY_HAND[:at] + bytes((octet,)) + BY_HAND[at + 1 :]


@given(st.binary(max_size=120) | st.tuples(st.integers(0, len(BY_HAND) - 1), st.integers(0, 255)))
def test_octets_are_a_descriptor_or_refused(damage: bytes | tuple[int, int]) -> None:
    octets = (
        damage if isinstance(damage, bytes) else BY_HAND[: damage[0]] + bytes((damage[1],)) + BY_HAND[damage[0] + 1 :]
    )
    try:
        found = SecurityDescriptor.read(octets)
    except InvalidParameter:
        return
    assert SecurityDescriptor.read(found.octets).replace(control=0) == found.replace(control=0)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (BY_HAND[:10], "20 to"),
        (b"\x02" + BY_HAND[1:], "revision 1, not 2"),
        (BY_HAND[:3] + b"\x00" + BY_HAND[4:], "self-relative"),
        (BY_HAND[:4] + b"\xf0" + BY_HAND[5:], "owner cannot be at octet 240"),
        (BY_HAND[:22] + b"\xff" + BY_HAND[23:], "DACL has revision 2 and 255"),
        (BY_HAND[:24] + b"\x02" + BY_HAND[25:], "entry does not fit"),
        (BY_HAND[:28] + b"\x04" + BY_HAND[29:], "entries of type 4 are not known"),
        (BY_HAND[:37] + b"\x10" + BY_HAND[38:], "no security identifier"),
    ],
)
def test_a_damaged_descriptor_is_refused_with_the_place(octets: bytes, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        SecurityDescriptor.read(octets)


# -- identifiers


def test_an_identifier_is_read_and_written() -> None:
    assert str(Sid.parse("s-1-5-32-544")) == "S-1-5-32-544"
    assert Sid.parse("S-1-5-32-544") == ADMINISTRATORS
    assert str(Sid(1 << 40, (7,))) == "S-1-0x010000000000-7"
    assert Sid.parse("S-1-0x010000000000-7") == Sid(1 << 40, (7,))


@pytest.mark.parametrize(
    "text", ["", "S-1", "S-2-5-32", "S-1-5-x", "S-1-5--1", "S-1-5-4294967296", "S-1-5" + "-1" * 16, "S-1-\u0665-1"]
)
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match=r"part|identifier"):
        Sid.parse(text)


@given(sids)
def test_every_identifier_has_a_text(sid: Sid) -> None:
    assert Sid.parse(str(sid)) == sid
    assert Sid.read(sid.octets) == sid
    assert len(sid.octets) == sid.size


def test_the_identifier_of_a_type_has_a_text() -> None:
    octets = bytes(range(16))
    assert guid_text(octets) == "03020100-0504-0706-0809-0a0b0c0d0e0f"
    assert guid_octets("{03020100-0504-0706-0809-0A0B0C0D0E0F}") == octets
    with pytest.raises(InvalidParameter, match="no identifier"):
        guid_octets("03020100")


# -- text


@pytest.mark.parametrize(
    "text",
    [
        "O:S-1-0x04C200000000D:NO_ACCESS_CONTROL",  # a D that is no hexadecimal digit
        "O:BAG:BAD:(A;CI;CCDCRP;;;AU)",
        "D:P(D;CINP;WD;;;S-1-5-21-1-2-3-1001)(A;CIIO;CCRC;;;WD)",
        "O:SYS:AI(AU;CISAFA;0x12345678;;;WD)",
        "D:ARAI(OA;;CC;03020100-0504-0706-0809-0a0b0c0d0e0f;;BU)",
        "D:NO_ACCESS_CONTROL",
        "D:",
        "",
    ],
)
def test_text_is_read_and_written(text: str) -> None:
    found = SecurityDescriptor.parse(text)
    assert found.sddl == text
    assert SecurityDescriptor.read(found.octets).sddl == text


def test_text_may_have_blanks_and_small_letters() -> None:
    found = SecurityDescriptor.parse(" O:ba  D:\n (a;ci;cc;;;au)\n (A;;0x2;;;S-1-1-0) ")
    assert found.sddl == "O:BAD:(A;CI;CC;;;AU)(A;;DC;;;WD)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X:BA", "at 0: O:, G:, D: or S:"),
        ("O:BAO:BA", "at 4: .*each once"),
        ("O:ZZ", "at 2: 'ZZ' is no short name"),
        ("D:(A;CI;CC;;;)", "at 2: a security identifier|at 0"),
        ("D:(A;CI;CC;;AU)", "at 2: an entry has 6 parts"),
        ("D:(X;CI;CC;;;AU)", "the type 'X'"),
        ("D:(A;XX;CC;;;AU)", "the flag 'XX'"),
        ("D:(A;;C;;;AU)", "the right 'C'"),
        ("D:(A;;0x1FFFFFFFF;;;AU)", "no mask of 32 bits"),
        ("D:(A;;CC;zz;;AU)", "no identifier of a type"),
        ("D:(A;;CC;;;AUX)", "'AUX' names nobody"),
        ("D:PNO_ACCESS_CONTROL", "stands alone"),
        ("D:(A;;CC;;;AU", "the entry has no end"),
    ],
)
def test_wrong_text_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        SecurityDescriptor.parse(text)


def test_a_conditional_entry_has_no_text() -> None:
    with pytest.raises(InvalidParameter, match="type 9 has no text"):
        _ = SecurityDescriptor(dacl=(Ace(AceType.ALLOWED_CALLBACK, 0, 1, EVERYONE),)).sddl


def test_short_names_are_of_one_identifier_each() -> None:
    assert len(set(ALIASES.values())) == len(ALIASES)


# -- access

ALL = 0x600FF


def access(text: str, *who: Sid) -> int:
    return granted(SecurityDescriptor.parse(text), who, most=ALL)


def test_entries_for_the_caller_add_up() -> None:
    assert access("D:(A;;CC;;;AU)(A;;DC;;;WD)(A;;LC;;;BA)", EVERYONE, AUTHENTICATED_USERS) == 0x3


def test_what_was_denied_first_stays_denied() -> None:
    assert access("D:(D;;CCDC;;;WD)(A;;CCDCLC;;;AU)", EVERYONE, AUTHENTICATED_USERS) == 0x4
    assert access("D:(A;;CCDCLC;;;AU)(D;;CCDC;;;WD)", EVERYONE, AUTHENTICATED_USERS) == 0x7


def test_no_list_is_everything_and_an_empty_one_nothing() -> None:
    assert access("O:BA", BOB) == ALL
    assert access("D:", BOB) == 0


def test_the_owner_may_read_and_change_the_list() -> None:
    assert access("O:S-1-5-21-1-2-3-1001D:", BOB) == 0x60000


def test_entries_that_are_only_passed_on_and_audits_grant_nothing() -> None:
    assert access("D:(A;CIIO;CC;;;WD)(AU;SA;DC;;;WD)", EVERYONE) == 0


def test_generic_rights_stand_for_others() -> None:
    descriptor = SecurityDescriptor.parse("D:(A;;GR;;;WD)")
    assert granted(descriptor, (EVERYONE,), generic=((0x80000000, 0x21),), most=ALL) == 0x21
    assert granted(descriptor, (EVERYONE,), most=ALL) == 0


def test_conditions_cannot_grant_but_deny() -> None:
    allowed = Ace(AceType.ALLOWED_CALLBACK, 0, 3, EVERYONE)
    denied = Ace(AceType.DENIED_CALLBACK, 0, 1, EVERYONE)
    plain = Ace(AceType.ALLOWED, 0, 3, EVERYONE)
    assert granted(SecurityDescriptor(dacl=(allowed,)), (EVERYONE,), most=ALL) == 0
    assert granted(SecurityDescriptor(dacl=(denied, plain)), (EVERYONE,), most=ALL) == 2


# -- inheritance


def from_above(parent: str, own: str = "") -> str:
    return inherited(SecurityDescriptor.parse(parent), SecurityDescriptor.parse(own)).sddl


def test_a_child_inherits_entries_for_containers_after_its_own() -> None:
    assert from_above("O:BAG:BAD:(A;CI;CC;;;AU)(A;;DC;;;WD)", "D:(D;;LC;;;WD)") == (
        "O:BAG:BAD:AI(D;;LC;;;WD)(A;CIID;CC;;;AU)"
    )


def test_inheritance_that_ends_with_the_child_is_not_passed_on() -> None:
    assert from_above("D:(A;CINP;CC;;;AU)(A;CIIO;DC;;;WD)") == "D:AI(A;ID;CC;;;AU)(A;CIID;DC;;;WD)"


def test_a_protected_child_inherits_no_access() -> None:
    assert from_above("D:(A;CI;CC;;;AU)S:(AU;CISA;CC;;;WD)", "D:P(A;;LC;;;WD)") == (
        "D:P(A;;LC;;;WD)S:AI(AU;CIIDSA;CC;;;WD)"
    )


def test_a_child_keeps_its_own_owner() -> None:
    assert from_above("O:BAG:BAD:", "O:SY") == "O:SYG:BAD:AI"


def test_the_explicit_part_is_what_was_not_inherited() -> None:
    full = SecurityDescriptor.parse("O:BAG:BAD:AI(D;;LC;;;WD)(A;CIID;CC;;;AU)")
    assert explicit_part(full).sddl == "O:BAG:BAD:(D;;LC;;;WD)"
