"""Sizes: a server that does not answer costs the patience once, and one thread in all."""

from __future__ import annotations

import os
import threading

from wmix.providers.volume_sizes import VolumeSizes

SIZES = os.statvfs("/")


class Server:
    """A statvfs that answers for ``/dead`` only when it is let."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked = threading.Semaphore(0)
        self.calls: list[str] = []

    def __call__(self, mount_point: str) -> os.statvfs_result:
        self.calls.append(mount_point)
        self.asked.release()
        if mount_point == "/dead":
            assert self.may_answer.wait(60)
        if mount_point == "/gone":
            raise OSError(5, "stale")
        return SIZES


def test_a_local_file_system_answers_at_once_and_an_error_is_an_unknown_size() -> None:
    sizes = VolumeSizes(Server())
    assert sizes.local("/") == SIZES
    assert sizes.local("/gone") is None


def test_remote_file_systems_answer_in_one_round() -> None:
    sizes = VolumeSizes(Server(), patience=60)
    asked = sizes.ask(["/alive", "/gone"])
    assert asked.answer("/alive") == SIZES
    assert asked.answer("/gone") is None


def test_a_dead_server_leaves_its_size_unknown_and_later_questions_join_the_first() -> None:
    server = Server()
    sizes = VolumeSizes(server, patience=0.001)
    assert sizes.ask(["/dead"]).answer("/dead") is None
    assert sizes.ask(["/dead"]).answer("/dead") is None
    assert server.asked.acquire(timeout=60)
    assert server.calls == ["/dead"]

    patient = VolumeSizes(server, patience=60)
    again = patient.ask(["/dead"])
    server.may_answer.set()
    assert again.answer("/dead") == SIZES


def test_a_server_that_came_back_is_asked_anew() -> None:
    server = Server()
    server.may_answer.set()
    sizes = VolumeSizes(server, patience=60)
    assert sizes.ask(["/dead"]).answer("/dead") == SIZES
    assert sizes.ask(["/dead"]).answer("/dead") == SIZES
    assert server.calls == ["/dead", "/dead"]
