"""Help and mistakes: what people are told, and that they are told it by the same table."""

from __future__ import annotations

import pytest

from wmix.cli.main import COMMANDS, load
from wmix.cli.options import AT_A_HOST, UsageError
from wmix.cli.usage import HelpAsked, general_help, parse, unknown_command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_names_all_that_it_takes(name: str) -> None:
    command = load(name).COMMAND
    with pytest.raises(HelpAsked) as asked:
        parse(command, ["--help"])
    text = str(asked.value)
    assert f"usage: wmix {name}" in text
    for option in command.options:
        assert option.flags[-1] in text
    for positional in command.positionals:
        assert positional.metavar in text
    for example in command.examples:
        assert example in text


def test_what_a_host_needs_stands_together() -> None:
    with pytest.raises(HelpAsked) as asked:
        parse(load("get").COMMAND, ["--help"])
    options, _, rest = str(asked.value).partition("\nat a host:\n")
    group = rest.partition("\nexamples:")[0]
    for option in AT_A_HOST:
        assert f"\n  {option.flags[-1]} " in f"\n{group}"
    assert "--deadline" in options
    with pytest.raises(HelpAsked) as asked:
        parse(load("serve").COMMAND, ["--help"])
    assert "at a host" not in str(asked.value)


def test_the_general_help_lists_commands_and_exit_codes() -> None:
    text = general_help(load(name).COMMAND for name in COMMANDS)
    for name in COMMANDS:
        assert f"\n  {name} " in text
    for code in ("0 ", "1 ", "2 ", "3 ", "4 ", "130"):
        assert f"\n  {code} " in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "required: WQL\n"),
        ([""], "argument WQL: it is empty"),
        (["SELECT", "*", "FROM", "X"], "put quotes around it"),
        (["Q", "--fromat"], "did you mean --format?"),
        (["Q", "--limit", "-1"], "a whole number from 1"),
        (["Q", "--timeout", "soon"], "seconds above 0"),
        (["Q", "--mode", "lazy"], "invalid choice: 'lazy'"),
        (["Q", "--format"], "expected one argument"),
    ],
)
def test_a_mistake_is_named(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(load("query").COMMAND, words)
    assert said in str(raised.value)
    # What is wrong with one value is told by itself, what is wrong with the words as a whole beside their order.
    assert ("usage: wmix query" in str(raised.value)) is (not str(raised.value).startswith("argument "))


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("call", ["Win32_Process"], "required: METHOD\n"),
        ("call", [], "required: PATH, METHOD\n"),
        ("mof", ["compile"], "required: FILE\n"),
        ("mof", ["compile", "x.mof", "--host", "srv1"], "mof works on this machine alone"),
        ("mof", ["check", "--user=x", "x.mof"], "mof works on this machine alone"),
    ],
)
def test_what_is_missing_and_what_is_too_much_is_named(name: str, words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(load(name).COMMAND, words)
    assert said in str(raised.value)


def test_options_may_be_shortened_and_stand_anywhere() -> None:
    found = parse(load("call").COMMAND, ["P", "--dead", "3", "M", "A=1", "--names=root", "B=2"])
    assert (found.path, found.method, found.parameters) == ("P", "M", ["A=1", "B=2"])
    assert (found.deadline, found.namespace) == (3.0, "root")


def test_an_unknown_command_is_answered_with_the_nearest_one() -> None:
    assert "did you mean query?" in str(unknown_command("qurey", COMMANDS))
    assert "there are: query, get" in str(unknown_command("xyzzy", COMMANDS))
    assert "no such option: --fast" in str(unknown_command("--fast", COMMANDS))
