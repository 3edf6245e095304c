"""proc(5): listing, reading, the parsers, and the number of open files, on a tree and on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.providers.linux_tree import LinuxTree
from wmix.providers.procfs import ProcFs, boot_time, process_identity, split_stat, status_number
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_processes_are_the_names_that_are_numbers_in_ascending_order(tree: LinuxTree) -> None:
    for pid in (30, 4, 200):
        tree.process(pid)
    tree.write("/proc/version", "")
    with ProcFs(tree.files) as proc:
        assert proc.processes() == [4, 30, 200]
        assert not proc.is_genuine


def test_files_longer_than_a_page_are_read_to_their_end(tree: LinuxTree) -> None:
    for size in (4095, 4096, 4097, 300_000):
        tree.write("/proc/7/cmdline", "x" * size)
        with ProcFs(tree.files) as proc:
            assert len(proc.read("7/cmdline", proc.descriptor)) == size


def test_a_missing_file_is_an_error_and_tells_a_process_that_is_gone(tree: LinuxTree) -> None:
    tree.process(7)
    with ProcFs(tree.files) as proc:
        with pytest.raises(FileNotFoundError):
            proc.read("8/stat", proc.descriptor)
        assert proc.is_gone("8/", proc.descriptor)
        assert not proc.is_gone("7/", proc.descriptor)


def test_a_thread_is_no_process_though_its_directory_opens(tree: LinuxTree) -> None:
    tree.process(7)
    tree.write("/proc/8/status", "Name:\tx\nTgid:\t7\nPid:\t8\n")
    with ProcFs(tree.files) as proc:
        assert proc.is_process(7)
        assert not proc.is_process(8)
        assert not proc.is_process(9)


def test_open_files_of_a_tree_are_counted_by_listing(tree: LinuxTree) -> None:
    tree.process(7, descriptors=5)
    with ProcFs(tree.files) as proc:
        assert proc.count_descriptors("7/", proc.descriptor) == 5


def test_open_files_of_this_process_are_counted() -> None:
    with ProcFs(SystemFiles()) as proc:
        before = proc.count_descriptors(f"{os.getpid()}/", proc.descriptor)
        opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
        try:
            assert proc.count_descriptors(f"{os.getpid()}/", proc.descriptor) == before + 10
        finally:
            for descriptor in opened:
                os.close(descriptor)


def test_the_machine_lists_this_process() -> None:
    with ProcFs(SystemFiles()) as proc:
        assert os.getpid() in proc.processes()
        assert proc.is_process(os.getpid())


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"cat", b"cat"),
        (b"a) S 1 (b", b"a) S 1 (b"),
        (b"one\\ntwo", b"one\ntwo"),
        (b"back\\\\slash", b"back\\slash"),
        (b"not\\\\n", b"not\\n"),
        (b"", b""),
    ],
)
def test_the_name_in_stat_ends_at_the_last_parenthesis_and_is_unescaped(written: bytes, name: bytes) -> None:
    assert split_stat(b"12 (" + written + b") S 1 2 3\n") == (name, [b"S", b"1", b"2", b"3"])


@given(st.binary(max_size=15).filter(lambda name: b"\0" not in name))
def test_every_name_comes_back_from_stat(name: bytes) -> None:
    escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
    assert split_stat(b"1 (" + escaped + b") R 0\n")[0] == name


def test_splitting_stops_at_the_limit() -> None:
    assert split_stat(b"1 (x) S 1 2 3 4\n", 2)[1] == [b"S", b"1", b"2 3 4\n"]


def test_numbers_of_status_are_found_by_the_whole_label() -> None:
    data = b"Name:\tVmHWM: 9\nVmHWM:\t     12 kB\nUid:\t5\t6\t7\t8\n"
    assert status_number(data, b"VmHWM:") == 12
    assert status_number(data, b"Uid:") == 5
    assert status_number(data, b"VmPeak:") is None


def test_boot_time_is_the_line_of_stat(tree: LinuxTree) -> None:
    assert boot_time(tree.files) is None
    tree.write("/proc/stat", "cpu  1 2 3\nintr 5 0\nbtime 1700000000\nprocesses 9\n")
    assert boot_time(tree.files) == 1_700_000_000


def test_identity_is_the_start_time_and_only_of_a_process(tree: LinuxTree) -> None:
    tree.process(7, started=4711)
    assert process_identity(tree.files, 7) == 4711
    assert process_identity(tree.files, 8) is None
    tree.write("/proc/7/stat", "cut")
    assert process_identity(tree.files, 7) is None
