"""Encodings captured from Windows: read without an octet left unexplained, and written the same without the slack.

What Windows leaves in its encodings is of the kinds that wire-protocol 4.11 lists: zeros at the end of a heap, zeros
behind a class part, spare bits of an NdTable, remains of older states behind the last part and in the heaps of
signature classes.  Each class part and methods part is compared with what this package writes for the definition that
it read; a methods part with its signature blocks taken as they are, as these hold such remains.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from unit.protocol.wmio.reference_models import captured
from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.protocol.wmio import ClassCache, decode_object, encode_object
from wmix.protocol.wmio.class_part import ClassPart, read_class_part, write_class_part
from wmix.protocol.wmio.instance_part import read_values, write_instance_part
from wmix.protocol.wmio.method_part import read_methods_part, write_methods_part
from wmix.protocol.wmio.object_block import BlockDecoder
from wmix.protocol.wmio.octets import OctetReader

if TYPE_CHECKING:
    from collections.abc import Iterator

DUMPS = {
    "wmio_structure_example": 38,
    "wmio_class_encoding_with_methods": 61,
    "wmio_win32_process": 181,
    "wmio_instance_encoding": 0,
}
"""Captured units, and how many stale octets each has behind its last part."""


class _OpaqueSignatures:
    """Writes signature blocks as they were captured."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.blocks = blocks

    def embedded(self, item: object) -> bytes:
        assert isinstance(item, CimClass)
        return next(self.blocks)


def _u32(data: bytes, position: int) -> int:
    return int(struct.unpack_from("<I", data, position)[0])


def _without_slack(octets: bytes, spare_bits: int, nd_table: int, heap: int, size: int) -> bytes:
    """A captured class part of *size* octets without slack: heap and part shortened, spare bits cleared."""
    assert not any(octets[size:])
    shortened = bytearray(octets[:size])
    shortened[0:4] = struct.pack("<I", size)
    shortened[heap : heap + 4] = struct.pack("<I", size - heap - 4 | 0x80000000)
    if spare_bits:
        shortened[nd_table] &= 0xFF >> spare_bits
    return bytes(shortened)


def _assert_class_part_reproduced(octets: bytes, part: ClassPart) -> None:
    written, _, _ = write_class_part(
        part.name, part.derivation, part.qualifiers, list(part.properties), _OpaqueSignatures(iter(()))
    )
    count = len(part.properties)
    derivation = 13
    qualifiers = derivation + _u32(written, derivation)
    lookup = qualifiers + _u32(written, qualifiers) + 4
    last_bits = lookup + 8 * count + (count + 3) // 4 - 1
    heap = lookup + 8 * count + _u32(written, 9)
    assert _without_slack(octets, -2 * count % 8, last_bits, heap, len(written)) == written


def _assert_methods_part_reproduced(octets: bytes, part: ClassPart, methods: list[Any]) -> None:
    heap = 8 + 24 * len(methods) + 4
    blocks = []
    for number in range(len(methods)):
        for field in (16, 20):
            at = heap + _u32(octets, 8 + 24 * number + field)
            if length := _u32(octets, at):
                blocks.append(octets[at + 4 : at + 4 + length])
    written = write_methods_part(methods, part.derivation, _OpaqueSignatures(iter(blocks)))
    padding_cleared = octets[:6] + b"\0\0" + octets[8:]
    assert padding_cleared == written


@pytest.mark.parametrize("name", DUMPS)
def test_every_part_is_reproduced_and_what_is_left_is_known(name: str) -> None:
    data = captured(name)
    assert _u32(data, 0) == 0x12345678
    behind = 2 if name == "wmio_class_encoding_with_methods" else 0  # octets that are none of the unit's
    assert _u32(data, 4) == len(data) - 8 - behind
    data = data[: len(data) - behind]
    decoder = BlockDecoder(ClassCache(), len(data))
    block = OctetReader(data, 8, len(data), "ObjectBlock")
    flags, origin = decoder.read_head(block)
    if flags == 0x06:
        start = block.position
        part = read_class_part(block, decoder, origin)
        _assert_class_part_reproduced(data[start : block.position], part)
        octets = data[block.position :]
        values = read_values(octets, part, decoder)
        assert write_instance_part(part, values, _OpaqueSignatures(iter(()))) == octets
        return
    for _ in range(2):
        start = block.position
        part = read_class_part(block, decoder, origin)
        _assert_class_part_reproduced(data[start : block.position], part)
        start = block.position
        methods = read_methods_part(block, decoder, part.name, part.derivation)
        _assert_methods_part_reproduced(data[start : block.position], part, methods)
    assert block.end - block.position == DUMPS[name]


@pytest.mark.parametrize("name", DUMPS)
def test_what_was_read_survives_a_journey(name: str) -> None:
    found = decode_object(captured(name))
    origin = found.origin_ if isinstance(found, CimInstance) else Origin(found.server or "", found.namespace or "")
    again = decode_object(encode_object(found, decoration=origin))
    assert again == found
    if isinstance(found, CimInstance):
        assert isinstance(again, CimInstance)
        assert again.class_ == found.class_


def test_the_example_class() -> None:
    cls = decode_object(captured("wmio_structure_example"))
    assert isinstance(cls, CimClass)
    assert (cls.name, cls.derivation, cls.server, cls.namespace) == ("MyClass", ("Base",), "DPRAVAT-DEV", "ROOT")
    assert cls.qualifiers["Description"] == "MyClass Example"
    assert list(cls.properties) == ["Id", "Data1", "Data2", "Array"]
    identity, data1, data2, array = cls.properties.values()
    assert (identity.origin, identity.local, identity.is_key, identity.type) == ("Base", False, True, CimType.SINT32)
    assert set(data1.qualifiers) == {"CIMTYPE", "read", "write"}
    assert (data2.default, data2.has_default, data1.has_default) == ("defaultValue", True, False)
    assert (array.type, array.is_array, array.origin) == (CimType.UINT32, True, "MyClass")
    assert cls.parent is not None
    assert (cls.parent.name, list(cls.parent.properties)) == ("Base", ["Id"])


def test_the_example_instance_keeps_that_it_uses_a_default() -> None:
    instance = decode_object(captured("wmio_instance_encoding"))
    assert isinstance(instance, CimInstance)
    assert tuple(instance.raw_values_()) == (123, "StringField", UNSET, (1, 2, 3))
    assert instance["Data2"] == "defaultValue"
    assert instance["__PATH"] == "\\\\DPRAVAT-DEV\\ROOT:MyClass.Id=123"


def test_the_example_method() -> None:
    cls = decode_object(captured("wmio_class_encoding_with_methods"))
    assert isinstance(cls, CimClass)
    assert cls.derivation == ("MyClass", "Base")
    assert [prop.origin for prop in cls.properties.values()] == ["Base", "MyClass", "MyClass", "MyClass"]
    method = cls.methods["Restart"]
    assert (method.origin, method.local, method.return_type) == ("MyClass2", True, CimType.UINT32)
    assert method.qualifiers["performance"] == ("fast", "sideffects")
    assert [(p.name, p.id, p.is_in, p.is_out) for p in method.parameters] == [
        ("ServiceName", 0, True, False),
        ("Status", 1, False, True),
    ]


def test_a_class_of_windows() -> None:
    cls = decode_object(captured("wmio_win32_process"))
    assert isinstance(cls, CimClass)
    assert cls.derivation == ("CIM_Process", "CIM_LogicalElement", "CIM_ManagedSystemElement")
    assert len(cls.properties) == 45
    assert cls.keys == ("Handle",)
    assert cls.provider_name == "CIMWin32"
    assert cls.properties["Caption"].origin == "CIM_ManagedSystemElement"
    assert cls.properties["CommandLine"].origin == "Win32_Process"
    names = "Create Terminate GetOwner GetOwnerSid SetPriority AttachDebugger GetAvailableVirtualSize"
    assert list(cls.methods) == names.split()
    create = cls.methods["Create"]
    assert create.is_static
    assert [p.name for p in create.parameters] == [
        "CommandLine",
        "CurrentDirectory",
        "ProcessStartupInformation",
        "ProcessId",
    ]
    assert create.parameters[2].cimtype == "object:Win32_ProcessStartup"
    assert cls.methods["GetOwner"].in_signature is None
