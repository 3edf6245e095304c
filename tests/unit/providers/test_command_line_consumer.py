"""CommandLineEventConsumer (brief 7.4.6): off unless allowed, without a shell, bounded."""

from __future__ import annotations

import contextlib
import getpass
import os
import select
from typing import TYPE_CHECKING

import pytest

from unit.providers.event_objects import consumer, delivery, event
from wmix.config import Settings, Subscriptions
from wmix.errors import AccessDenied, InvalidParameter, NotFound, QuotaExceeded
from wmix.providers.command_line_consumer import Commands, command_words, make_command_line_consumer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wmix.cim.instances import CimInstance

CLASS = "CommandLineEventConsumer"


@pytest.fixture
def commands() -> Iterator[Commands]:
    made = Commands(4)
    yield made
    assert made.wait(10)


def settings(*allowed: str) -> Settings:
    return Settings(subscriptions=Subscriptions(allowed_consumers=allowed, command_user=getpass.getuser()))


def run(commands: Commands, about: CimInstance, /, allowed: str = CLASS, **values: object) -> None:
    held = consumer(CLASS, **values)
    make_command_line_consumer(commands)(delivery(held, about, settings(*[allowed] if allowed else [])))


def test_a_process_gets_what_the_event_brought_as_one_argument(tmp_path: Path, commands: Commands) -> None:
    path = tmp_path / "$(id) ; x"
    run(commands, event(Text=str(path)), CommandLineTemplate="touch -- %TargetInstance.Text%")
    assert commands.wait(10)
    assert [p.name for p in tmp_path.iterdir()] == ["$(id) ; x"]


def test_executable_path_is_the_program_and_the_template_its_words(tmp_path: Path, commands: Commands) -> None:
    run(
        commands,
        event(),
        ExecutablePath="/bin/sh",
        CommandLineTemplate=f'me -c "pwd > {tmp_path}/out; echo $0 $PATH >> {tmp_path}/out" zero',
        WorkingDirectory=str(tmp_path),
    )
    assert commands.wait(10)
    assert (tmp_path / "out").read_text() == f"{tmp_path}\nzero /usr/local/bin:/usr/bin:/bin\n"


def test_nothing_runs_unless_the_configuration_allows_it(tmp_path: Path, commands: Commands) -> None:
    for allowed in ("", "LogFileEventConsumer", f'{CLASS}.Name="other"'):
        with pytest.raises(AccessDenied, match=r"does not allow CommandLineEventConsumer\.Name"):
            run(commands, event(), allowed, CommandLineTemplate=f"touch {tmp_path}/x")
    assert list(tmp_path.iterdir()) == []


def test_one_instance_can_be_allowed_by_its_path(tmp_path: Path, commands: Commands) -> None:
    run(commands, event(), f'{CLASS.lower()}.name="C"', CommandLineTemplate=f"touch {tmp_path}/x")
    assert commands.wait(10)
    assert (tmp_path / "x").exists()


def test_root_runs_nothing_as_itself_by_omission(monkeypatch: pytest.MonkeyPatch, commands: Commands) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    held = consumer(CLASS, CommandLineTemplate="true")
    allowed = Settings(subscriptions=Subscriptions(allowed_consumers=(CLASS,)))
    with pytest.raises(AccessDenied, match="not run as root"):
        make_command_line_consumer(commands)(delivery(held, event(), allowed))


def test_another_account_is_taken_with_its_groups(tmp_path: Path, commands: Commands) -> None:
    if os.geteuid() != 0:
        pytest.skip("another account needs root")
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    held = consumer(CLASS, ExecutablePath="/bin/sh", CommandLineTemplate=f'sh -c "id > {tmp_path}/out"')
    allowed = Settings(subscriptions=Subscriptions(allowed_consumers=(CLASS,), command_user="nobody"))
    make_command_line_consumer(commands)(delivery(held, event(), allowed))
    assert commands.wait(10)
    text = (tmp_path / "out").read_text()
    assert "nobody" in text
    assert "root" not in text


def test_a_process_is_killed_after_its_time_with_what_it_started(tmp_path: Path, commands: Commands) -> None:
    run(
        commands,
        event(),
        ExecutablePath="/bin/sh",
        CommandLineTemplate=f'sh -c "sleep 1000 & echo $! > {tmp_path}/child; wait"',
        KillTimeout=1,
    )
    assert commands.wait(10)
    child = int((tmp_path / "child").read_text())
    # Killed with its session; it may not have heard of that yet, and whoever adopted it may not have collected it.
    with contextlib.suppress(ProcessLookupError):
        ended = os.pidfd_open(child)
        try:
            assert select.select([ended], [], [], 30)[0]
        finally:
            os.close(ended)


def test_processes_are_bounded() -> None:
    commands = Commands(1)
    run(commands, event(), CommandLineTemplate="sleep 1000", KillTimeout=1)
    with pytest.raises(QuotaExceeded, match="1 processes"):
        run(commands, event(), CommandLineTemplate="true")
    assert commands.running == 1
    assert commands.wait(10)
    run(commands, event(), CommandLineTemplate="true")
    assert commands.wait(10)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"CommandLineTemplate": "/no/such/program"}, NotFound),
        ({"CommandLineTemplate": "no-such-program-anywhere"}, NotFound),
        ({"CommandLineTemplate": "/etc/passwd"}, AccessDenied),
        ({"CommandLineTemplate": "true", "WorkingDirectory": "/no/such/directory"}, NotFound),
        ({"CommandLineTemplate": "true %TargetInstance.Text%"}, InvalidParameter),
        ({}, InvalidParameter),
    ],
)
def test_what_cannot_be_started_is_a_failure(
    commands: Commands, values: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        run(commands, event(Text="a\0b"), CLASS, **values)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (None, []),
        ("  ", []),
        ("a b  c", ["a", "b", "c"]),
        ("a %TargetInstance.Text%", ["a", "x y"]),
        ("a -o%TargetInstance.Text%.txt z", ["a", "-ox y.txt", "z"]),
        ('"a b" c', ["a b", "c"]),
        ('a "%TargetInstance.Text%"', ["a", "%TargetInstance.Text%"]),
        ('a b"c d"e', ["a", "bc de"]),
        ('a ""', ["a", ""]),
        ("a %Nothing% b", ["a", "", "b"]),
        ("a 100%% b", ["a", "100%", "b"]),
    ],
)
def test_words(template: str | None, words: list[str]) -> None:
    assert command_words(template, event(Text="x y")) == words


@pytest.mark.parametrize("template", ["%TargetInstance.Text% a", "/bin/%TargetInstance.Text%", None, " "])
def test_the_event_never_names_the_program(template: str | None) -> None:
    check = make_command_line_consumer(Commands(1)).check_function
    assert check is not None
    with pytest.raises(InvalidParameter):
        check(consumer(CLASS, CommandLineTemplate=template), Settings())
    check(consumer(CLASS, ExecutablePath="/bin/true", CommandLineTemplate=template), Settings())
