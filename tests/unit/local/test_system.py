"""This machine as a source: namespaces that are shared while somebody uses them."""

from __future__ import annotations

import gc

from unit.local.systems import services
from wmix.testing.clock import run_virtual


def test_a_namespace_is_shared_while_it_is_used_and_forgotten_after() -> None:
    async def body() -> None:
        source = (await services()).engine.source
        first = source.open("root/T")
        assert source.open("ROOT\\t") is first
        for i in range(50):
            source.open(f"root/none{i}")
        gc.collect()
        assert "root\\none1" not in source._open  # type: ignore[attr-defined]
        assert len(source._open) <= 2  # type: ignore[attr-defined]

    run_virtual(body)
