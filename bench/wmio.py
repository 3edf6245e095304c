"""What a row costs in octets: encoding and decoding instances of Win32_Process, [MS-WMIO], in one process.

Rows have all 45 properties, 41 of them set and 14 of these texts.  An untouched row is one that comes in an answer of a
host, plain (Next) or as one of a packet (smart enumeration), and becomes an instance of which nothing is read.  The
interpreter is measured beside the functions that are made per null pattern, as it is what a first row and an unusual
one cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from measure import Line, alternate, table

from wmix.cim.datetime import CimDateTime
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.protocol.wbem.packets import INSTANCE, INSTANCE_WITHOUT_CLASS, encode_packet
from wmix.protocol.wmio import BlockEncoder, InstanceDecoder, InstanceReader, InstanceWriter, encode_object
from wmix.protocol.wmio.instance_part import read_values, write_instance_part
from wmix.protocol.wmio.object_block import BlockDecoder
from wmix.remote.encoded_batch import ObjectDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.layout import InstanceLayout

BATCH = 100
"""Rows that travel together; each is decoded soon after it was received, and its objects do not pile up."""

TIMES = 100
ORIGIN = Origin("SRV", "root\\cimv2")
EMPTY = {"Status", "InstallDate", "ExecutionState", "TerminationDate"}


def rows(layout: InstanceLayout, count: int, text: str) -> list[tuple[object, ...]]:
    """Rows that differ from each other in every value; *text* has a place for a number."""

    def value(number: int, i: int) -> object:
        kind, _ = layout.types[i]
        if layout.names[i] in EMPTY:
            return None
        if kind is CimType.STRING:
            return text % (number * 50 + i)
        if kind is CimType.DATETIME:
            return CimDateTime.from_timestamp(1.7e9 + number, 0)
        return number * 3 + i

    return [tuple([value(number, i) for i in range(len(layout))]) for number in range(count)]


def _write(writer: InstanceWriter, wanted: list[tuple[object, ...]]) -> None:
    for row in wanted:
        writer.write(row)


def _read(reader: InstanceReader, parts: list[bytes]) -> None:
    for part in parts:
        reader.read(part)


def _repeated(candidate: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(TIMES):
            candidate()

    return run


def main() -> None:
    """Print the table."""
    cls = ClassImage.open().load("root\\cimv2", "Win32_Process")
    assert cls is not None
    latin, greek = (rows(cls.layout, BATCH, text) for text in (r"C:\Windows\explorer%d.exe", "διεργασία %d"))
    encoder, decoder = BlockEncoder(), InstanceDecoder()
    writer = encoder.writer(cls.layout)
    parts, greek_parts = [writer.write(row) for row in latin], [writer.write(row) for row in greek]
    block = encoder.block(CimInstance(cls.layout, latin[0]), ORIGIN)
    units = [encode_object(CimInstance(cls.layout, row), decoration=ORIGIN, encoder=encoder) for row in latin]
    head, class_id = encoder.head(2, ORIGIN), b"process".ljust(16)
    packet = encode_packet([(INSTANCE_WITHOUT_CLASS, class_id, head + part) for part in parts])
    reader = decoder.reader(block, 0, len(block))
    answers = ObjectDecoder(decoder.cache)
    answers.packet(encode_packet([(INSTANCE, class_id, block)]))
    candidates = {
        "row, class part included, untouched": lambda: answers.units(units).objects(),
        "row of a packet, untouched": lambda: answers.packet(packet).objects(),
        "all 45 values": lambda: _read(reader, parts),
        "all 45 values, texts in UTF-16": lambda: _read(reader, greek_parts),
        "all 45 values, interpreted": lambda: [
            read_values(part, reader.part, BlockDecoder(decoder.cache, len(part))) for part in parts
        ],
        "encode": lambda: _write(writer, latin),
        "encode, texts in UTF-16": lambda: _write(writer, greek),
        "encode, interpreted": lambda: [write_instance_part(writer.part, row, encoder) for row in latin],
    }
    aims = {
        "row, class part included, untouched": 1.5,
        "row of a packet, untouched": 1.5,
        "all 45 values": 8.0,
        "encode": 6.0,
    }
    seconds = alternate({what: _repeated(candidate) for what, candidate in candidates.items()})
    print(f"Win32_Process: {len(parts[0])} octets a row, {len(reader.part.data)} octets of class part\n")
    print(
        table(
            [Line(what, found / (BATCH * TIMES) * 1e6, "us a row", aims.get(what)) for what, found in seconds.items()]
        )
    )


if __name__ == "__main__":
    main()
