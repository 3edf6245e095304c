"""The collector of cycles waits while somebody holds it, and is as before when the last one goes."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest

import wmix
from wmix.engine.collector import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 11, 12)
    yield
    gc.set_threshold(*before)


def test_the_last_one_to_go_restores_the_thresholds() -> None:
    patience = Patience()
    with patience:
        with patience:
            assert gc.get_threshold() == (100_000, 11, 12)
        assert gc.get_threshold() == (100_000, 11, 12)
    assert gc.get_threshold() == (700, 11, 12)


def test_an_error_restores_them_too_and_threads_share_the_count() -> None:
    patience = Patience()
    entered, go = threading.Event(), threading.Event()

    def hold() -> None:
        with patience:
            entered.set()
            go.wait(10)

    thread = threading.Thread(target=hold)
    with pytest.raises(ValueError, match="late"), patience:
        thread.start()
        assert entered.wait(10)
        raise ValueError("late")
    assert gc.get_threshold() == (100_000, 11, 12)
    go.set()
    thread.join(10)
    assert gc.get_threshold() == (700, 11, 12)


@pytest.mark.parametrize("own", [(0, 11, 12), (200_000, 11, 12)])
def test_who_collects_seldom_or_never_goes_on_so(own: tuple[int, int, int]) -> None:
    gc.set_threshold(*own)
    with Patience():
        assert gc.get_threshold() == own
    assert gc.get_threshold() == own


def test_what_others_set_meanwhile_stays() -> None:
    with Patience():
        gc.set_threshold(5, 6, 7)
    assert gc.get_threshold() == (5, 6, 7)


def test_a_compilation_is_patient_and_leaves_the_thresholds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    from wmix.engine import compiling

    real = compiling.compile_mof

    async def spying(*args: object, **named: object) -> object:
        seen.append(gc.get_threshold()[0])
        return await real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "compile_mof", spying)
    with wmix.connect(repository=":memory:") as wmi:
        wmi.compile("class Any_A { [key] string Id; };")
        with pytest.raises(wmix.WmiError):
            wmi.compile("class {")
    assert seen == [100_000]
    assert gc.get_threshold() == (700, 11, 12)
