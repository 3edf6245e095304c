"""Settings are values: frozen, checked, with WMI's own limits as defaults."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest

from wmix.config import Limits, Settings, Timeouts


def test_lengths_are_those_of_wmi() -> None:
    limits = Limits()
    assert (limits.max_path, limits.max_identifier, limits.max_query, limits.max_namespace) == (8192, 4096, 16384, 8173)
    assert limits.max_requests == 5000


def test_times_are_those_of_the_design() -> None:
    times = Timeouts()
    assert (times.connect, times.phase, times.wait, times.call) == (30, 10, 60, 120)
    assert (times.provider_close, times.exit) == (0.5, 1.0)


def test_a_changed_copy_leaves_the_original() -> None:
    settings = Settings()
    changed = settings.replace(limits=settings.limits.replace(provider_threads=8))
    assert (settings.limits.provider_threads, changed.limits.provider_threads) == (64, 8)
    assert changed.timeouts == settings.timeouts
    assert changed != settings


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Settings().limits = Limits()  # type: ignore[misc]


def test_settings_survive_pickling() -> None:
    settings = Settings(timeouts=Timeouts(call=600), temp_directory="/var/tmp")
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("name", Limits._fields)
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "10"])
def test_a_limit_that_is_not_a_positive_integer_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"Limits.{name} must be an integer above 0"):
        Limits(**{name: value})


@pytest.mark.parametrize("name", Timeouts._fields)
@pytest.mark.parametrize("value", [0, -0.5, math.nan, True, None, "10"])
def test_a_time_that_is_not_a_positive_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"Timeouts.{name} must be a number of seconds above 0"):
        Timeouts(**{name: value})


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(ValueError, match="buffer_objects"):
        Limits().replace(buffer_objects=0)


def test_a_time_may_be_without_bound() -> None:
    assert Timeouts(wait=math.inf).wait == math.inf
