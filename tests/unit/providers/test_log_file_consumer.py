"""LogFileEventConsumer (brief 7.4.6)."""

from __future__ import annotations

import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from unit.providers.event_objects import consumer, delivery, event
from wmix.config import Settings, Subscriptions, Timeouts
from wmix.errors import AccessDenied, DeadlineExceeded, InvalidParameter, WmiError
from wmix.providers.log_file_consumer import archive_name, make_log_file_consumer

if TYPE_CHECKING:
    from pathlib import Path

log = make_log_file_consumer()


def write(path: Path, text: str = "%TargetInstance.Num%", num: int = 5, **values: object) -> None:
    log(delivery(consumer("LogFileEventConsumer", Filename=str(path), Text=text, **values), event(Num=num)))


def test_each_event_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    write(path, num=1)
    write(path, 'é "%X%"', num=2)
    assert path.read_bytes() == '1\né "%X%"\n'.encode()


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    write(tmp_path / "log")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_unicode_files_begin_with_a_mark_and_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "wide"
    write(path, "é", IsUnicode=True)
    write(path, "x", IsUnicode=False)
    assert path.read_bytes() == b"\xff\xfe" + "é\nx\n".encode("utf-16-le")
    narrow = tmp_path / "narrow"
    write(narrow, "é")
    write(narrow, "x", IsUnicode=True)
    assert narrow.read_text("utf-8") == "é\nx\n"


def test_a_file_over_its_size_is_put_away_before_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    for num in range(5):
        write(path, "%TargetInstance.Num%aaaa", num, MaximumFileSize=10)
    # Six octets a line: with two lines the file has more than ten, which the third line finds.
    assert path.read_text() == "4aaaa\n"
    assert (tmp_path / "events.001").read_text() == "0aaaa\n1aaaa\n"
    assert (tmp_path / "events.002").read_text() == "2aaaa\n3aaaa\n"


def test_a_file_of_exactly_its_size_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10)
    write(path, MaximumFileSize=10)
    assert path.read_bytes() == b"x" * 10 + b"5\n"


def test_without_a_limit_nothing_is_put_away(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100_000)
    write(path, MaximumFileSize=0)
    assert os.listdir(tmp_path) == ["log"]
    write(path)  # the default is 65535
    assert sorted(os.listdir(tmp_path)) == ["log", "log.001"]


def test_consumers_that_share_a_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda num: write(path, num=num, MaximumFileSize=40), range(400)):
            pass
    lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert sorted(map(int, lines)) == list(range(400))
    # Each was put away when it was full, and not before.
    assert all(file.stat().st_size > 40 for file in tmp_path.iterdir() if file != path)


@pytest.mark.parametrize(
    ("name", "there", "chosen"),
    [
        ("short.log", [], "short.001"),
        ("short", [], "short.001"),
        ("short.log", ["short.001", "short.007", "short.log", "short.abc", "other.009"], "short.008"),
        ("a-long-name.log", ["a-long-name.log.001"], "a-long-name.log.002"),
        ("two.dots.log", [], "two.dots.log.001"),
        ("long.html", [], "long.html.001"),
        ("short.log", ["short.999", "short.001", "short.003"], "short.002"),
    ],
)
def test_names_of_what_is_put_away(tmp_path: Path, name: str, there: list[str], chosen: str) -> None:
    for other in there:
        (tmp_path / other).touch()
    assert archive_name(str(tmp_path / name)) == str(tmp_path / chosen)


def test_when_no_number_is_free_the_oldest_gives_way(tmp_path: Path) -> None:
    for number in range(1, 1000):
        (tmp_path / f"log.{number:03}").touch()
        os.utime(tmp_path / f"log.{number:03}", (5000, 1000 if number == 42 else 2000))
    assert archive_name(str(tmp_path / "log")) == str(tmp_path / "log.042")


def test_a_file_that_stays_locked_is_a_failure_in_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    settings = Settings(timeouts=Timeouts(phase=0.05))
    held = consumer("LogFileEventConsumer", Filename=str(path), Text="x")
    with path.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DeadlineExceeded, match="stays locked") as caught:
            log(delivery(held, event(), settings))
    assert caught.value.hint
    assert path.read_text() == ""
    log(delivery(held, event(), settings))
    assert path.read_text() == "x\n"


def test_a_file_that_is_locked_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        written = pool.submit(write, path)
        threading.Timer(0.05, fcntl.flock, (other, fcntl.LOCK_UN)).start()
        written.result()
    assert path.read_text() == "5\n"


def test_links_and_what_is_no_file_are_not_written(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    for name in ("link", "pipe", "directory", "missing/log"):
        with pytest.raises(WmiError):
            write(tmp_path / name)
    assert secret.read_text() == "s"


def test_directories_can_be_restricted(tmp_path: Path) -> None:
    allowed = tmp_path / "logs"
    allowed.mkdir()
    (tmp_path / "logs2").mkdir()
    (allowed / "out").symlink_to(tmp_path / "logs2")
    settings = Settings(subscriptions=Subscriptions(log_directories=(str(allowed),)))
    held = consumer("LogFileEventConsumer", Filename=str(allowed / "log"), Text="x")
    log(delivery(held, event(), settings))
    assert (allowed / "log").read_text() == "x\n"
    for outside in (tmp_path / "log", tmp_path / "logs2" / "log", allowed / "out" / "log", allowed / ".." / "log"):
        held = consumer("LogFileEventConsumer", Filename=str(outside), Text="x")
        with pytest.raises(AccessDenied, match="does not let consumers write"):
            log(delivery(held, event(), settings))
        assert log.check_function is not None
        with pytest.raises(AccessDenied):
            log.check_function(held, settings)


@pytest.mark.parametrize("name", [None, "", "relative.log", "../x", "/a\0b"])
def test_a_file_is_named_by_its_absolute_path(name: str | None) -> None:
    assert log.check_function is not None
    with pytest.raises(InvalidParameter, match="Filename"):
        log.check_function(consumer("LogFileEventConsumer", Filename=name), Settings())
