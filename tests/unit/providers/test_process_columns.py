"""Columns of Win32_Process: the order of the files, and no plan that gives other rows than the naive one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.providers.linux_tree import LinuxTree, compare, request_for
from wmix.providers import process_columns
from wmix.providers.process import make_processes
from wmix.providers.procfs import ProcFs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wmix.cim.classes import CimClass
    from wmix.cim.image import ClassImage
    from wmix.port.provider import Comparison


@pytest.fixture(scope="module")
def tree() -> Iterator[LinuxTree]:
    with tempfile.TemporaryDirectory() as directory:
        tree = LinuxTree(Path(directory))
        tree.write("/proc/stat", "btime 1700000000\n")
        tree.process(1, "init", uid=0, descriptors=9)
        tree.process(2, "kthreadd", arguments=(), program=None)
        tree.process(30, "shell", nice=5, session=4, descriptors=2)
        tree.process(31, "shell", nice=-20, policy=2, started=99)
        tree.process(32, "fifteen-letters", arguments=["/opt/fifteen-letters-and-more", "x y"], resident="4096")
        tree.remove("/proc/31/io")
        yield tree


def test_stages_that_are_tested_come_first_and_cheap_before_dear(tree: LinuxTree) -> None:
    def order(wanted: Iterable[str], tested: Iterable[str] = ()) -> list[list[str]]:
        with ProcFs(tree.files) as proc:
            return [sorted(stage.columns) for stage in process_columns.plan_stages(proc, frozenset(wanted), tested)]

    assert order(["HandleCount", "Name", "SessionId"]) == [["SessionId"], ["Name"], ["HandleCount"]]
    assert order(["HandleCount", "Name", "SessionId"], ["HandleCount"])[0] == ["HandleCount"]
    assert order(["Name", "ThreadCount"]) == [["Name", "ThreadCount"]]
    assert order(["Name", "ThreadCount"], ["Name"]) == [["Name"], ["ThreadCount"]]
    assert order(["Name", "ThreadCount"], ["Name", "ThreadCount"]) == [["Name", "ThreadCount"]]
    assert order(["Handle"]) == []


def test_every_column_belongs_to_one_stage_of_the_class(tree: LinuxTree, process_class: CimClass) -> None:
    with ProcFs(tree.files) as proc:
        stages = process_columns.plan_stages(proc, process_columns.COLUMNS, ())
    columns = [column for stage in stages for column in stage.columns]
    assert sorted(columns) == sorted(process_columns.COLUMNS)
    assert set(process_class.properties) >= process_columns.COLUMNS


@pytest.fixture(scope="module")
def process_class(class_image: ClassImage) -> CimClass:
    cls = class_image.load("root\\cimv2", "Win32_Process")
    assert cls is not None
    return cls


PUSHED = sorted(make_processes().pushes)


def equal_to(value: object) -> Callable[[object], bool]:
    return lambda given: given is not None and given == value


@st.composite
def questions(draw: st.DrawFn, rows: list[dict[str, Any]]) -> tuple[frozenset[str], tuple[Comparison, ...]]:
    """Wanted properties, and conditions on values that some process has."""
    conditions = []
    for name in draw(st.lists(st.sampled_from(PUSHED), max_size=3)):
        value = draw(st.sampled_from(rows)).get(name)
        if value is not None:
            conditions.append(compare(name, "=", value, equal_to(value)))
    wanted = draw(st.sets(st.sampled_from(sorted({name for row in rows for name in row}))))
    return frozenset(wanted | {condition.name for condition in conditions}), tuple(conditions)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_planned_query_gives_the_rows_of_the_naive_one(
    tree: LinuxTree, process_class: CimClass, data: st.DataObject
) -> None:
    provider = make_processes(tree.root)
    everything = [dict(row) for row in provider(request_for(process_class))]
    wanted, conditions = data.draw(questions(everything))

    def passes(row: dict[str, Any]) -> bool:
        return all(condition.accepts(row.get(condition.name)) for condition in conditions)

    naive = [{name: row.get(name) for name in wanted} for row in everything if passes(row)]
    rows = provider(request_for(process_class, properties=wanted, comparisons=conditions))
    planned = [{name: row.get(name) for name in wanted} for row in rows if passes(row)]
    assert planned == naive
