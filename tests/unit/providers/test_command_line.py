"""Command lines: joined for people, split as the POSIX shell does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.providers.command_line import join_arguments, read_command_line, split_arguments


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", None),
        (b"\0\0", None),
        (b"/bin/cat\0", "/bin/cat"),
        (b"/bin/cat\0-n\0file\0", "/bin/cat -n file"),
        (b"/bin/cat\0my file\0", '/bin/cat "my file"'),
        (b"a\0\0b\0", 'a "" b'),
        (b"nginx: master process\0\0\0\0", "nginx: master process"),
        (b'sh\0-c\0echo "a\\b"\0', 'sh -c "echo \\"a\\\\b\\""'),
        (b"caf\xc3\xa9\0\xff\0", "caf\u00e9 \ufffd"),
    ],
)
def test_a_command_line_is_shown_with_blanks_and_quotes(data: bytes, text: str | None) -> None:
    assert read_command_line(data) == text


@given(st.lists(st.text(st.characters(exclude_characters="\0\\\"'", exclude_categories=["Cs"])), min_size=1))
def test_joined_arguments_split_into_themselves(arguments: list[str]) -> None:
    assert split_arguments(join_arguments(arguments)) == arguments


def test_nothing_is_expanded() -> None:
    assert split_arguments("echo $HOME ~ *.txt `x` 'a b'") == ["echo", "$HOME", "~", "*.txt", "`x`", "a b"]


@pytest.mark.parametrize("text", ["echo 'a", 'echo "a', "echo \\"])
def test_an_unfinished_command_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        split_arguments(text)
