"""Fixtures that every test may use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from wmix.testing.clock import VirtualLoop, run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Machines differ in speed and are busy with other things: what takes too long is the suite's time-out to say.
settings.register_profile("steady", settings(), deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def _no_repository_of_the_user() -> Iterator[None]:
    """No test reads or writes the repository of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WMIX_REPOSITORY", ":memory:")
        yield


@pytest.fixture(name="virtual_run")
def _virtual_run() -> Callable[..., object]:
    """``run_virtual``: runs a coroutine function on a loop whose clock jumps to the next timer."""
    return run_virtual


@pytest.fixture
def virtual_loop() -> Iterator[VirtualLoop]:
    """A loop on a virtual clock, for ``virtual_loop.run_until_complete(...)``; closed with all its tasks afterwards."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.get_loop()
        yield loop
