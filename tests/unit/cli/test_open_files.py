"""The limit on open files of ``wmix serve``."""

from __future__ import annotations

import resource

import pytest

from wmix.cli.open_files import raise_open_files

NO_LIMIT = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 20_000), (4096, 20_000)),
        ((1024, 2000), (2000, 2000)),
        ((1024, NO_LIMIT), (4096, NO_LIMIT)),
        ((5000, 20_000), None),
        ((NO_LIMIT, NO_LIMIT), None),
    ],
)
def test_it_is_raised_as_far_as_needed_and_possible_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch, before: tuple[int, int], after: tuple[int, int] | None
) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: calls.append(limits))
    raise_open_files(4096)
    assert calls == ([] if after is None else [after])


def test_a_system_that_forbids_it_is_no_reason_not_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 20_000))
    monkeypatch.setattr(resource, "setrlimit", forbid)
    raise_open_files(4096)
