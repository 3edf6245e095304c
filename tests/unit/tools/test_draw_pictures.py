from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from tools import draw_pictures

from wmix.engine.calls.states import TRANSITIONS, CallState


@pytest.mark.parametrize("name", sorted(draw_pictures.pictures()))
def test_the_committed_picture_is_the_one_that_is_drawn(name: str) -> None:
    committed = Path(__file__).parents[3] / "docs" / "images" / name
    assert committed.read_text() == draw_pictures.pictures()[name], "run: python tools/draw_pictures.py"


def test_every_state_and_every_transition_is_in_the_picture() -> None:
    root = ElementTree.fromstring(draw_pictures.call_states())
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {state.name for state in CallState} <= set(texts)
    arrows = [path for path in root.iter("{http://www.w3.org/2000/svg}path") if path.get("class") == "line"]
    assert len(arrows) == len(TRANSITIONS)
    for _, event in TRANSITIONS:
        assert any(text.startswith(event.name.lower()) for text in texts)
