"""The process connector: messages of a real kernel, and the kernel itself where it lets us listen."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.providers.proc_connector import Acknowledged, Exec, Exit, Fork, ProcConnector, parse_messages

# Recorded from Linux 6 on x86-64; the numbers are in the octet order of this machine.
pytestmark = pytest.mark.skipif(struct.pack("=H", 1) != b"\1\0", reason="the recordings are of a little-endian machine")

ACKNOWLEDGED = bytes.fromhex(
    "4c00000003000000000000000000000001000000010000000000000001000000280000000000000001000000"
    "3e2c35cb430b0000" + 48 * "0"
)
FORK = bytes.fromhex(
    "4c00000003000000010000000000000001000000010000000100000000000000280000000100000001000000aaf436cb430b0000"
    "024800000248000005480000054800000000000000000000"
)
THREAD = bytes.fromhex(
    "4c00000003000000020000000000000001000000010000000200000000000000280000000100000001000000d5214fcc430b0000"
    "0b1f00000b1f000006480000344600000000000000000000"
)
EXEC = bytes.fromhex(
    "4c0000000300000000000000000000000100000001000000000000000000000028000000020000000000000085e276cb430b0000"
    "054800000548000000000000000000000000000000000000"
)
EXIT = bytes.fromhex(
    "4c0000000300000001000000000000000100000001000000010000000000000028000000000000800000000" + "0a10f84cb430b0000"
    "054800000548000000000000110000000248000002480000"
)
THREAD_EXIT = bytes.fromhex(
    "4c00000003000000050000000000000001000000010000000500000000000000280000000000008001000000c01beacd430b0000"
    "064800003446000000000000ffffffff0000000000000000"
)


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        (ACKNOWLEDGED, [Acknowledged(0)]),
        (FORK, [Fork(0x4802, 0x4805)]),
        (EXEC, [Exec(0x4805)]),
        (EXIT, [Exit(0x4805, 0)]),
        (THREAD, []),
        (THREAD_EXIT, []),
        (FORK + EXEC, [Fork(0x4802, 0x4805), Exec(0x4805)]),
        (FORK + EXEC[:-1], [Fork(0x4802, 0x4805)]),
        (b"", []),
    ],
)
def test_messages_of_a_kernel(data: bytes, messages: list[object]) -> None:
    assert list(parse_messages(data)) == messages


@given(st.binary(max_size=200))
def test_any_octets_can_be_read(data: bytes) -> None:
    list(parse_messages(data))


@given(st.sampled_from([FORK, EXEC, EXIT, ACKNOWLEDGED]), st.integers(0, 75), st.integers(0, 255))
def test_messages_that_were_damaged_can_be_read(data: bytes, at: int, octet: int) -> None:
    list(parse_messages(data[:at] + bytes([octet]) + data[at + 1 :]))


def test_the_kernel_tells_of_a_process_from_its_beginning_to_its_end() -> None:
    async def listen() -> tuple[int, list[object]]:
        connector = await ProcConnector.open()
        try:
            process = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")
            found: list[object] = []
            while not any(isinstance(m, Exit) and m.process == process.pid for m in found):
                found += await connector.read() or ()
            await process.wait()
            return process.pid, found
        finally:
            connector.close()

    try:
        number, found = asyncio.run(listen())
    except OSError as error:
        pytest.skip(f"the kernel does not let us listen: {error}")
    assert [m for m in found if isinstance(m, Fork) and m.child == number]
    assert Exec(number) in found
    assert Exit(number, 3 << 8) in found
