"""Large answers take turns, and everybody else has one between them."""

from __future__ import annotations

import asyncio
import itertools

from wmix.server.writing_turns import WritingTurns


def test_between_two_large_answers_everybody_else_has_a_turn_and_small_ones_do_not_wait() -> None:
    async def run() -> None:
        turns = WritingTurns()
        order: list[str] = []

        def written(name: str) -> str:
            order.append(name)
            return name

        async def answer(name: str, objects: int) -> None:
            assert await turns.write(objects, lambda: written(name)) == name

        async def others() -> None:
            while order.count("large") < 5:
                order.append("other")
                await asyncio.sleep(0)

        large = [asyncio.ensure_future(answer("large", 1000)) for _ in range(5)]
        small = asyncio.ensure_future(answer("small", 50))
        await asyncio.gather(others(), *large, small)
        assert "small" in order[:3]
        for first, second in itertools.pairwise(order):
            assert (first, second) != ("large", "large")

    asyncio.run(run())


def test_an_answer_waits_while_a_large_one_is_written_and_only_if_it_is_large() -> None:
    async def run() -> None:
        turns = WritingTurns()
        assert not turns.must_wait(1000)
        writing = asyncio.ensure_future(turns.write(1000, lambda: None))
        await asyncio.sleep(0)
        assert turns.must_wait(51)
        assert not turns.must_wait(50)
        await writing
        assert not turns.must_wait(1000)

    asyncio.run(run())
