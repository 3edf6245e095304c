"""Superblocks: what images made by the real programs say, and that damage never raises."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.providers.superblock import Superblock, identify, read_superblock

if TYPE_CHECKING:
    from collections.abc import Callable

    from unit.providers.conftest import MakeImage

IMAGES: dict[str, Any] = json.loads((Path(__file__).parent / "data/superblocks.json").read_text("utf-8"))["images"]


def blocks(name: str) -> dict[int, bytearray]:
    packed = IMAGES[name]["blocks"]
    return {int(offset): bytearray(zlib.decompress(base64.b64decode(text))) for offset, text in packed.items()}


def reader(parts: dict[int, bytearray]) -> Callable[[int, int], bytes]:
    """Reads what *parts* hold, zeros elsewhere."""

    def read(offset: int, size: int) -> bytes:
        data = bytearray(size)
        for start, part in parts.items():
            for at in range(max(offset, start), min(offset + size, start + len(part))):
                data[at - offset] = part[at - start]
        return bytes(data)

    return read


def changed(name: str, offset: int, data: bytes) -> Superblock:
    """The superblock of image *name* with *data* written at *offset*."""
    parts = blocks(name)
    for start, part in parts.items():
        if start <= offset < start + len(part):
            part[offset - start : offset - start + len(data)] = data
    found = identify(reader(parts))
    assert found is not None
    return found


@pytest.mark.parametrize("name", IMAGES)
def test_images_of_the_real_programs_are_told_as_blkid_tells_them(name: str) -> None:
    expected = IMAGES[name]["expected"]
    found = identify(reader(blocks(name)))
    assert found is not None
    assert (found.file_system, found.label, found.uuid) == (
        expected["file_system"],
        expected["label"],
        expected["uuid"],
    )
    assert found.is_dirty(may_change=False) is False
    if expected["size"] is not None:
        assert found.block_size is not None
        assert found.blocks is not None
        assert found.blocks * found.block_size == expected["size"]


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("xfs", "1003DC16"),
        ("btrfs", "D395D963"),
        ("vfat32", "A365AD88"),
        ("exfat", "6B0BCA36"),
        # Windows shows the low half of the NTFS serial 789E655660998A70.
        ("ntfs", "60998A70"),
    ],
)
def test_the_serial_number_is_eight_hexadecimal_digits(name: str, serial: str) -> None:
    found = identify(reader(blocks(name)))
    assert found is not None
    assert found.serial == serial


def test_an_ext4_image_tells_its_label_and_sizes(make_image: MakeImage) -> None:
    found = read_superblock(str(make_image(label="my label")))
    assert found is not None
    assert (found.file_system, found.label) == ("ext4", "my label")
    assert found.uuid == "6da155f3-569b-448f-b6af-7dca47c4e511"
    assert found.serial == "6DA155F3"
    assert (found.block_size, found.blocks) == (1024, 2048)
    assert found.free_blocks is not None
    assert 0 < found.free_blocks < 2048
    assert found.is_dirty(may_change=False) is False
    assert found.is_dirty(may_change=True) is False


def test_the_error_mark_of_ext4_counts_also_while_it_is_mounted(make_image: MakeImage) -> None:
    found = read_superblock(str(make_image(damage=["ssv state 3"])))  # valid, and with errors
    assert found is not None
    assert found.is_dirty(may_change=False) is True
    assert found.is_dirty(may_change=True) is True


def test_an_error_counted_by_the_kernel_makes_ext4_dirty(make_image: MakeImage) -> None:
    found = read_superblock(str(make_image(damage=["ssv error_count 3"])))
    assert found is not None
    assert found.is_dirty(may_change=True) is True


def test_an_ext4_that_was_not_unmounted_is_dirty_unless_it_is_mounted_now(make_image: MakeImage) -> None:
    found = read_superblock(str(make_image(damage=["ssv state 0"])))
    assert found is not None
    assert found.is_dirty(may_change=False) is True
    assert found.is_dirty(may_change=True) is False


def test_ext2_and_ext3_are_told_by_their_features(make_image: MakeImage) -> None:
    ext3 = "ssv feature_incompat 2", "ssv feature_ro_compat 1", "ssv feature_compat 4"
    found = read_superblock(str(make_image("ext3.img", damage=ext3)))
    assert found is not None
    assert found.file_system == "ext3"
    found = read_superblock(str(make_image("ext2.img", damage=[*ext3[:2], "ssv feature_compat 0"])))
    assert found is not None
    assert found.file_system == "ext2"


def test_the_journal_of_another_device_is_no_file_system(make_image: MakeImage) -> None:
    assert read_superblock(str(make_image(damage=["ssv feature_incompat 8"]))) is None


@pytest.mark.parametrize(
    ("name", "offset", "data"),
    [
        ("vfat12", 0x25, b"\x01"),
        ("vfat16", 0x25, b"\x01"),
        ("vfat32", 0x41, b"\x01"),
        ("exfat", 106, b"\x02"),
    ],
)
def test_the_dirty_mark_of_a_mount_counts_only_when_nothing_is_mounted(name: str, offset: int, data: bytes) -> None:
    found = changed(name, offset, data)
    assert found.is_dirty(may_change=False) is True
    # The present mount has set the mark itself: what was there before cannot be known.
    assert found.is_dirty(may_change=True) is None


@pytest.mark.parametrize(
    ("name", "offset", "data"),
    [
        ("vfat32", 0x41, b"\x02"),
        ("exfat", 106, b"\x04"),
        ("xfs", 216, b"\x00\x00\x00\x1b"),
        ("btrfs", 65536 + 56, b"\x05"),
    ],
)
def test_an_error_mark_counts_always(name: str, offset: int, data: bytes) -> None:
    found = changed(name, offset, data)
    assert found.is_dirty(may_change=False) is True
    assert found.is_dirty(may_change=True) is True


def test_the_dirty_mark_of_ntfs_is_in_the_volume_record() -> None:
    parts = blocks("ntfs")
    record = next(part for start, part in parts.items() if start)
    at = record.index((0x70).to_bytes(4, "little"), 56)
    value = at + int.from_bytes(record[at + 20 : at + 22], "little")
    record[value + 10] |= 1
    found = identify(reader(parts))
    assert found is not None
    assert found.label == "ntLäbel"
    assert found.is_dirty(may_change=False) is True
    assert found.is_dirty(may_change=True) is None


@pytest.mark.parametrize(
    ("offset", "signature", "kind"),
    [(0, b"hsqs", "squashfs"), (32769, b"CD001", "iso9660"), (1024, b"\x10\x20\xf5\xf2", "f2fs")],
)
def test_packed_images_are_told_by_their_signature(offset: int, signature: bytes, kind: str) -> None:
    assert identify(reader({offset: bytearray(signature)})) == Superblock(kind)


def test_a_change_of_the_superblock_changes_its_fingerprint(make_image: MakeImage) -> None:
    one = read_superblock(str(make_image()))
    same = read_superblock(str(make_image("copy.img").parent / "disk.img"))
    other = read_superblock(str(make_image("other.img", damage=["ssv error_count 1"])))
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.fingerprint == same.fingerprint != other.fingerprint


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"\xff" * 70000, bytes(range(256)) * 300])
def test_octets_without_a_signature_are_no_file_system(tmp_path: Path, data: bytes) -> None:
    image = tmp_path / "noise.img"
    image.write_bytes(data)
    assert read_superblock(str(image)) is None


@pytest.mark.parametrize("path", ["/dev/null", "/"])
def test_what_is_no_device_and_no_image_is_refused(path: str) -> None:
    with pytest.raises(OSError, match="neither"):
        read_superblock(path)


@given(
    st.sampled_from(sorted(IMAGES)),
    st.lists(st.tuples(st.integers(0, 1023), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8),
)
def test_no_damage_breaks_the_reader(name: str, damages: list[tuple[int, bytes]]) -> None:
    parts = blocks(name)
    for offset, data in damages:
        for part in parts.values():
            at = offset % len(part)
            part[at : at + len(data)] = data
    found = identify(reader(parts))
    assert found is None or found.serial is None or len(found.serial) == 8


@given(st.sampled_from(sorted(IMAGES)), st.integers(0, 70000))
def test_a_device_that_ends_early_breaks_nothing(name: str, end: int) -> None:
    read = reader(blocks(name))
    identify(lambda offset, size: read(offset, size)[: max(0, end - offset)])
