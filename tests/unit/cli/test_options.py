"""The table of options: what numbers may be, and that commands do not contradict each other."""

from __future__ import annotations

import pytest

from wmix.cli.main import COMMANDS, load
from wmix.cli.options import AT_A_HOST, DEADLINE, LIMIT, VALUE_FLAGS, Positional, format_option
from wmix.cli.words import Arguments


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("123456", 123456)])
def test_counts_are_whole_numbers_from_one(text: str, number: int) -> None:
    assert LIMIT.convert(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "1_000", "²"])
def test_other_counts_are_refused_with_the_word_that_was_given(text: str) -> None:
    with pytest.raises(ValueError, match="a whole number from 1"):
        LIMIT.convert(text)


@pytest.mark.parametrize(("text", "seconds"), [("1", 1.0), ("0.5", 0.5), ("1e3", 1000.0)])
def test_times_are_seconds(text: str, seconds: float) -> None:
    assert DEADLINE.convert(text) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "nan", "inf"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a number of seconds above 0"):
        DEADLINE.convert(text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_gives_an_example(name: str) -> None:
    command = load(name).COMMAND
    assert command.name == name
    assert command.summary
    assert command.summary[0].islower()
    assert any(name in example for example in command.examples)
    flags = [flag for option in command.options for flag in option.flags]
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("name", [*COMMANDS, "_complete"])
def test_every_option_and_place_has_an_attribute(name: str) -> None:
    command = load(name).COMMAND
    known = vars(Arguments())
    assert {option.dest for option in command.options} <= known.keys()
    assert {positional.dest for positional in command.positionals} <= known.keys()
    values = {flag for option in command.options if option.takes_value for flag in option.flags}
    assert values <= VALUE_FLAGS


def test_every_flag_with_a_value_is_one_of_a_command() -> None:
    options = [option for name in COMMANDS for option in load(name).COMMAND.options]
    assert {flag for option in options if option.takes_value for flag in option.flags} == VALUE_FLAGS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_asks_can_ask_a_host(name: str) -> None:
    """MOF is compiled into a repository of this machine, and a server is this machine."""
    asks_a_host = set(AT_A_HOST) <= set(load(name).COMMAND.options)
    assert asks_a_host is (name not in ("mof", "serve", "completion"))


def test_options_are_found_by_any_of_their_spellings() -> None:
    command = load("query").COMMAND
    assert command.option("-f") is command.option("--format")
    assert command.option("--nonsense") is None
    assert repr(LIMIT) == "<Option --limit>"
    assert format_option(("a", "b"), "b").choices == ("a", "b")
    assert Positional("wql", "WQL", "the query").count == "1"
