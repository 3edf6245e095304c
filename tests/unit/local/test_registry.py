"""The registry of an engine: what a user gave comes first, whatever is shipped for the same class or method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.config import Settings
from wmix.local.registry import ProviderRegistry
from wmix.providers.host import ProviderHost
from wmix.providers.registration import MethodDefinition, ProviderDefinition, events, method, provider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.providers.registration import Definition, EventDefinition

CIMV2 = "root\\cimv2"


def nothing(_: object) -> list[object]:
    return []


def definitions(name: str) -> tuple[ProviderDefinition, MethodDefinition, EventDefinition]:
    """A provider, a method and a source of events for the same class, told apart by *name*."""
    return (
        provider("Disk", name=name)(nothing),
        method("Disk", "Check", name=name)(nothing),
        events("Disk", name=name)(nothing),
    )


def names(registry: ProviderRegistry) -> list[str]:
    """Whose provider, method and source serve the class."""
    hosted = registry.provider(CIMV2, "DISK")
    called = registry.method(CIMV2, "DISK", "CHECK")
    source = registry.event_source(CIMV2, "DISK")
    assert hosted is not None
    assert called is not None
    assert source is not None
    return [hosted.definition.name, called.name, source.name]


def registry_of(given: Sequence[Definition], shipped: Sequence[Definition] = ()) -> ProviderRegistry:
    return ProviderRegistry(ProviderHost(Settings()), given, lambda _name, _settings: shipped)


def test_what_is_shipped_serves_when_nothing_was_given() -> None:
    assert names(registry_of((), definitions("shipped"))) == ["shipped"] * 3


def test_what_was_given_stays_when_the_shipped_ones_are_loaded() -> None:
    assert names(registry_of(definitions("given"), definitions("shipped"))) == ["given"] * 3


def test_the_last_of_those_that_were_given_serves() -> None:
    assert names(registry_of([*definitions("first"), *definitions("second")])) == ["second"] * 3


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_what_was_given_for_one_does_not_hide_what_is_shipped_for_the_others(kind: int) -> None:
    registry = registry_of(definitions("given")[kind : kind + 1], definitions("shipped"))
    assert names(registry) == ["given" if number == kind else "shipped" for number in range(3)]
