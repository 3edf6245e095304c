"""Which way objects come, decided from the text of the query."""

from __future__ import annotations

import pytest

from wmix.remote.choice import Way, choose


def keys_of(name: str) -> tuple[str, ...] | None:
    return {"CF_Part": ("Id",), "CF_Pair": ("A", "B"), "CF_Only": ()}.get(name)


@pytest.mark.parametrize(
    ("query", "way", "first"),
    [
        ("SELECT * FROM CF_Part", Way.SMART, 1),
        ('SELECT * FROM CF_Part WHERE ID = "p1"', Way.PLAIN, 2),
        ('SELECT * FROM CF_Part WHERE Id = "p1" OR Id = "p2" OR Id = "p3"', Way.PLAIN, 3),
        ('SELECT * FROM CF_Part WHERE Id = "p1" AND Num > 3', Way.PLAIN, 2),
        ('SELECT * FROM CF_Part WHERE Tag = "NTFS"', Way.SMART, 1),
        ('SELECT * FROM CF_Part WHERE Id = "p1" OR Num > 3', Way.SMART, 1),
        ("SELECT * FROM CF_Pair WHERE A = 1", Way.SMART, 1),
        ('SELECT * FROM CF_Pair WHERE A = 1 AND B = "x"', Way.PLAIN, 2),
        ('SELECT * FROM CF_Unknown WHERE Handle = "1"', Way.PLAIN, 2),
        ('SELECT * FROM CF_Only WHERE Tag = "x"', Way.SMART, 1),
        ("SELECT * FROM meta_class", Way.PLAIN, 1),
        ('ASSOCIATORS OF {CF_Part.Id="p1"}', Way.SMART, 1),
        ("SELEKT", Way.PLAIN, 1),
    ],
)
def test_the_way_of_a_query(query: str, way: Way, first: int) -> None:
    found = choose(query, keys_of=keys_of)
    assert (found.way, found.first) == (way, first)


@pytest.mark.parametrize("also", ["", " AND Num = 3"])
def test_more_alternatives_than_fifty_are_open_ended(also: str) -> None:
    for count, way, first in ((50, Way.PLAIN, 50), (51, Way.SMART, 1), (60, Way.SMART, 1)):
        where = " OR ".join(f'Id = "p{number}"' for number in range(count))
        found = choose(f"SELECT * FROM CF_Part WHERE ({where}){also}", keys_of=keys_of)
        assert (found.way, found.first) == (way, first)


def test_a_small_limit_goes_plain_and_a_large_one_counts_nothing() -> None:
    assert choose("SELECT * FROM CF_Part", limit=50).way is Way.PLAIN
    assert choose("SELECT * FROM CF_Part", limit=50).first == 50
    assert choose("SELECT * FROM CF_Part", limit=51).way is Way.SMART


def test_the_choice_can_be_forced() -> None:
    assert choose("SELECT * FROM CF_Part", Way.PLAIN).way is Way.PLAIN
    assert choose('SELECT * FROM CF_Part WHERE Id = "1"', Way.SMART).way is Way.SMART
