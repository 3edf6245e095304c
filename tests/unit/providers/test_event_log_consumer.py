"""NTEventLogEventConsumer (brief 7.4.6): against sockets that stand for journald and the syslog."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from unit.providers.event_objects import consumer, delivery, event
from wmix.config import Settings
from wmix.errors import InvalidParameter, NotSupported, WmiError
from wmix.providers.event_log_consumer import make_event_log_consumer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOURNAL = "run/systemd/journal/socket"


def listener(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.settimeout(10)
    server.bind(str(path))
    return server


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with listener(tmp_path / JOURNAL) as server:
        yield server


@pytest.fixture
def syslog(tmp_path: Path) -> Iterator[socket.socket]:
    with listener(tmp_path / "dev/log") as server:
        yield server


def write(root: Path, about: dict[str, object] | None = None, /, **values: object) -> None:
    held = consumer("NTEventLogEventConsumer", **{"EventID": 7, "SourceName": "Demo App", **values})
    make_event_log_consumer(root)(delivery(held, event(**(about or {}))))


def fields(data: bytes) -> list[tuple[str, bytes]]:
    """What journald would read."""
    found = []
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + size], rest[9 + size :]
        found.append((name.decode(), value))
        data = rest
    return found


def test_an_entry_in_the_journal(tmp_path: Path, journal: socket.socket) -> None:
    write(
        tmp_path,
        {"Num": 5, "Raw": (1, 10, 255)},
        EventType=2,
        Category=3,
        NumberOfInsertionStrings=2,
        InsertionStringTemplates=("number %TargetInstance.Num%", "two\nlines", "not used"),
        NameOfRawDataProperty="TargetInstance.Raw",
    )
    assert fields(journal.recv(65536)) == [
        ("MESSAGE", b"number 5\ntwo\nlines"),
        ("PRIORITY", b"4"),
        ("SYSLOG_FACILITY", b"1"),
        ("SYSLOG_IDENTIFIER", b"Demo App"),
        ("WMI_EVENT_ID", b"7"),
        ("WMI_EVENT_TYPE", b"2"),
        ("WMI_CATEGORY", b"3"),
        ("WMI_INSERTION_STRING", b"number 5"),
        ("WMI_INSERTION_STRING", b"two\nlines"),
        ("WMI_RAW_DATA", b"\x01\x0a\xff"),
    ]


@pytest.mark.parametrize(
    ("event_type", "facility", "priority"),
    [(0, b"1", b"6"), (None, b"1", b"3"), (1, b"1", b"3"), (4, b"1", b"6"), (8, b"10", b"5"), (16, b"10", b"4")],
)
def test_types_become_priorities(
    tmp_path: Path, journal: socket.socket, event_type: int | None, facility: bytes, priority: bytes
) -> None:
    write(tmp_path, EventType=event_type)
    found = dict(fields(journal.recv(65536)))
    assert (found["SYSLOG_FACILITY"], found["PRIORITY"], found["MESSAGE"]) == (facility, priority, b"event 7")


def test_the_users_identifier_comes_from_the_event(tmp_path: Path, journal: socket.socket) -> None:
    write(tmp_path, {"Raw": (1, 1)}, NameOfUserSidProperty="TargetInstance.Raw", NameOfRawDataProperty="Nothing.There")
    found = dict(fields(journal.recv(65536)))
    assert found["WMI_USER_SID"] == b"0101"
    assert "WMI_RAW_DATA" not in found


def test_an_entry_that_is_too_long_for_a_datagram_travels_as_a_file(tmp_path: Path, journal: socket.socket) -> None:
    text = "x" * 1_000_000
    write(tmp_path, {"Text": text}, NumberOfInsertionStrings=1, InsertionStringTemplates=("%TargetInstance.Text%",))
    _, (descriptor,), _, _ = socket.recv_fds(journal, 100, 1)
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        assert dict(fields(file.read()))["MESSAGE"] == text.encode()


def test_without_a_journal_the_syslog_has_one_line(tmp_path: Path, syslog: socket.socket) -> None:
    write(tmp_path, EventType=1, NumberOfInsertionStrings=1, InsertionStringTemplates=("a\n<0>b",))
    line = syslog.recv(65536).decode()
    assert line.startswith("<11>")
    assert line.endswith(" Demo App: [7] a <0>b")


def test_without_any_log_the_delivery_fails(tmp_path: Path) -> None:
    with pytest.raises(WmiError, match="neither the journal nor the syslog"):
        write(tmp_path)


def test_entries_for_other_machines_are_not_supported(tmp_path: Path, journal: socket.socket) -> None:
    with pytest.raises(NotSupported, match="far"):
        write(tmp_path, UNCServerName="\\\\far")
    write(tmp_path, UNCServerName="\\\\" + socket.gethostname())
    assert journal.recv(65536)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"EventID": None}, "EventID"),
        ({"EventType": 3}, "EventType"),
        ({"NumberOfInsertionStrings": 2, "InsertionStringTemplates": ("a",)}, "has 1"),
    ],
)
def test_consumers_that_can_never_work_are_refused(values: dict[str, object], message: str) -> None:
    check = make_event_log_consumer().check_function
    assert check is not None
    with pytest.raises(InvalidParameter, match=message):
        check(consumer("NTEventLogEventConsumer", **{"EventID": 1, **values}), Settings())
    check(consumer("NTEventLogEventConsumer", EventID=1), Settings())
