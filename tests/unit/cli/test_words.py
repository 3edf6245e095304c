"""The fast reader agrees with argparse wherever it has an opinion, and has one on every ordinary command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cli.main import COMMANDS, load
from wmix.cli.options import UsageError
from wmix.cli.usage import HelpAsked, parse
from wmix.cli.words import Arguments, read_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.options import Command

TABLE = {name: load(name).COMMAND for name in COMMANDS}

PIECES = st.sampled_from(
    ["-v", "-vv", "--verbose", "--verbose=1", "-n", "-nroot", "-n=root", "--namespace", "--namespace=root/x",
     "--name=x",
     "--limit", "--limit=3", "--limit=", "--limit=0", "3", "-3", "0", "1.5", "--deadline", "--deadline=2", "nan", "-f",
     "--format", "--format=json", "json", "csv", "yaml", "--system", "--system=1", "--tree", "-o", "--out=", "x.csv",
     "--repository", "--repository=:memory:", "--yes", "--create", "--dry-run", "compile", "check",
     "-", "", "a b", "-a b", "A=1", "A=", "bash", "--mode", "sync", "--batch", "--nonsense"]
)  # fmt: skip


def slow(command: Command, words: Sequence[str]) -> Arguments | None:
    """What argparse makes of it; None when it refuses, or gives help."""
    try:
        return parse(command, words)
    except (UsageError, HelpAsked):
        return None


@given(st.sampled_from(COMMANDS), st.lists(PIECES, max_size=6))
def test_what_the_fast_reader_reads_argparse_reads_alike(name: str, words: list[str]) -> None:
    quick = read_words(TABLE[name], words)
    if quick is not None:
        assert quick == slow(TABLE[name], words)


@pytest.mark.parametrize(
    ("name", "words", "changes"),
    [
        ("query", ["SELECT 1"], {"wql": "SELECT 1"}),
        ("query", ["--format", "json", "Q", "-v", "-v"], {"wql": "Q", "format": "json", "verbose": 2}),
        ("query", ["Q", "--deadline=1.5", "--limit", "3"], {"wql": "Q", "deadline": 1.5, "limit": 3}),
        ("query", ["--", "-Q"], {"wql": "-Q"}),
        ("call", ["P", "M"], {"path": "P", "method": "M", "parameters": []}),
        ("call", ["P", "M", "A=1", "-n", "root", "B="],
         {"path": "P", "method": "M", "parameters": ["A=1", "B="], "namespace": "root"}),
        ("classes", [], {}),
        ("classes", ["Win32_*", "--tree"], {"pattern": "Win32_*", "tree": True}),
        ("completion", ["bash"], {"shell": "bash"}),
        ("namespaces", [], {}),
        ("mof", ["compile", "a.mof", "-", "--dry-run"],
         {"action": "compile", "files": ["a.mof", "-"], "dry_run": True}),
        ("put", ["P", "A=1", "--create", "B="], {"path": "P", "values": ["A=1", "B="], "create": True}),
        ("delete", ["--repository", "r.sqlite", "P", "--yes"], {"path": "P", "repository": "r.sqlite", "yes": True}),
    ],
)  # fmt: skip
def test_ordinary_words_need_no_argparse(name: str, words: list[str], changes: dict[str, object]) -> None:
    expected = Arguments()
    for key, value in changes.items():
        setattr(expected, key, value)
    assert read_words(TABLE[name], words) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("query", []),
        ("query", ["a", "b"]),
        ("query", ["Q", "--limit", "x"]),
        ("query", ["Q", "--limit"]),
        ("query", ["Q", "--format", "yaml"]),
        ("query", ["Q", "--lim", "3"]),
        ("query", ["--help"]),
        ("completion", ["tcsh"]),
        ("mof", ["compile"]),
        ("namespaces", ["x"]),
    ],
)
def test_anything_else_is_left_to_argparse(name: str, words: list[str]) -> None:
    assert read_words(TABLE[name], words) is None


def test_a_raw_command_gets_its_words_untouched() -> None:
    words = ["query", "--", "-v", ""]
    found = read_words(load("_complete").COMMAND, words)
    assert found is not None
    assert found.words == words


def test_the_arguments_show_what_was_given() -> None:
    arguments = Arguments()
    assert repr(arguments) == "Arguments()"
    arguments.limit = 3
    assert repr(arguments) == "Arguments(limit=3)"
    assert arguments != Arguments()
    assert arguments.__eq__(3) is NotImplemented
