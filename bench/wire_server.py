"""The server of the bench: synthetic processes behind the whole engine, in a process of its own.

Prints one line, ``host port user password``, then one line of JSON with its CPU seconds for each line that comes on
standard input, and ends with standard input.
"""

from __future__ import annotations

import json
import sys
import time
from functools import cache
from typing import TYPE_CHECKING

import wmix
from wmix.cim.datetime import CimDateTime
from wmix.cim.types import CimType
from wmix.testing.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wmix.cim.layout import InstanceLayout
    from wmix.port.provider import InstanceRequest

EMPTY = {"Status", "InstallDate", "ExecutionState", "TerminationDate"}
PREPARED = 1000
"""Rows that are made once; from then on only their keys change."""


@cache
def prepared(layout: InstanceLayout) -> list[dict[str, object]]:
    """Rows with 41 of 45 properties set, 14 of them texts, that differ from each other in every value."""

    def value(number: int, i: int) -> object:
        name, (kind, _) = layout.names[i], layout.types[i]
        if name in EMPTY:
            return None
        if kind is CimType.STRING:
            return rf"C:\Windows\explorer{number * 50 + i}.exe"
        if kind is CimType.DATETIME:
            return CimDateTime.from_timestamp(1.7e9 + number, 0)
        return number * 3 + i

    return [{layout.names[i]: value(number, i) for i in range(len(layout))} for number in range(PREPARED)]


def wanted(request: InstanceRequest) -> int:
    """How many rows are asked for, as ``ProcessId < N``; else for ever."""
    for comparison in request.comparisons:
        if comparison.name == "ProcessId" and comparison.operator == "<":
            assert isinstance(comparison.value, int)
            return comparison.value
    return sys.maxsize


@wmix.provider("Win32_Process", pushes=("ProcessId",))
def processes(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """As many as are asked for."""
    rows = prepared(request.cls.layout)
    for number in range(wanted(request)):
        row = dict(rows[number % PREPARED])
        row["ProcessId"] = number
        row["Handle"] = str(number)
        yield row


def main() -> None:
    """Serve until standard input ends; the word of the command line is the port of objects."""
    with serving(providers=[processes], shipped=False, object_port=int(sys.argv[1])) as served:
        print(served.host, served.port, served.user, served.password, flush=True)
        for _ in sys.stdin:
            print(json.dumps({"cpu": time.process_time()}), flush=True)


if __name__ == "__main__":
    main()
