"""Fixtures that every test may use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from wmix.testing.clock import VirtualLoop, run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
