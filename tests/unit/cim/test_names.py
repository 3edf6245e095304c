"""Names ignore case and keep the spelling of their definition."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.names import NameDict, fold, nearest

NAMES = st.text("aAbB_ß1", min_size=1, max_size=4)


def test_any_spelling_finds_the_value() -> None:
    names = NameDict([("Name", 1)])
    assert names["NAME"] == names["name"] == names.get("nAmE") == 1
    assert "naMe" in names
    assert names.spelling("NAME") == "Name"


def test_assignment_under_another_spelling_keeps_spelling_and_place() -> None:
    names = NameDict({"Name": 1, "Size": 2})
    names["NAME"] = 3
    assert list(names.items()) == [("Name", 3), ("Size", 2)]


def test_a_deleted_name_comes_back_at_the_end_with_its_new_spelling() -> None:
    names = NameDict({"Name": 1, "Size": 2})
    del names["name"]
    names["NAME"] = 3
    assert list(names) == ["Size", "NAME"]
    assert list(names.values()) == [2, 3]


@pytest.mark.parametrize("ask", [NameDict.__getitem__, NameDict.__delitem__, NameDict.spelling])
def test_a_missing_name_is_told_as_it_was_asked(ask: Any) -> None:
    with pytest.raises(KeyError, match=r"^'Nmae'$"):
        ask(NameDict({"Name": 1}), "Nmae")


def test_a_missing_name_gives_the_default() -> None:
    names = NameDict({"Name": 1})
    assert names.get("Size") is None
    assert names.get("Size", 7) == 7


def test_what_is_no_name_is_not_in_it() -> None:
    what: object = 1
    assert not NameDict({"1": 1}).__contains__(what)


def test_equality_looks_at_names_and_values_only() -> None:
    names = NameDict({"Name": 1, "Size": 2})
    assert names == NameDict({"SIZE": 2, "name": 1})
    assert names == {"size": 2, "NAME": 1}
    assert names != {"Name": 1}
    assert names != {1: 1}
    assert names != [("Name", 1)]


def test_a_copy_is_independent() -> None:
    names = NameDict({"Name": 1})
    twin = names.copy()
    twin["Size"] = 2
    assert list(names) == ["Name"]
    assert list(twin) == ["Name", "Size"]


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda names: pickle.loads(pickle.dumps(names))])
def test_it_survives_copying_and_pickling(way: Any) -> None:
    names = NameDict({"Name": 1, "Size": 2})
    assert list(way(names).items()) == list(names.items())


def test_it_is_mutable_and_so_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(NameDict())


def test_its_repr_can_be_read_back() -> None:
    names = NameDict({"Name": 1})
    assert eval(repr(names)) == names


@given(st.lists(st.tuples(NAMES, st.integers(0, 9))))
def test_it_behaves_as_a_dict_of_folded_names(items: list[tuple[str, int]]) -> None:
    names: NameDict[int] = NameDict()
    model: dict[str, tuple[str, int]] = {}
    for name, value in items:
        if value == 0 and name in names:
            del names[name]
            del model[fold(name)]
        else:
            names[name] = value
            model[fold(name)] = (model.get(fold(name), (name, 0))[0], value)
    assert list(names.items()) == list(model.values())
    assert len(names) == len(model)


def test_suggestions_are_offered_beside_the_names() -> None:
    assert nearest("PROCESID", ["Name", "ProcessId"]) == "ProcessId"
