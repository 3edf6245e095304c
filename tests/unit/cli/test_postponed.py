"""Postponed modules: found as always, run with their first use, once, and then like any other."""

from __future__ import annotations

import importlib
import subprocess
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from wmix.cli import postponed
from wmix.cli.postponed import Postponing, run_postponed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules; what is imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


def late(folder: Path, text: str, name: str = "late_module") -> Any:
    """The module of that text, postponed."""
    (folder / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    with Postponing(frozenset({name})):
        return importlib.import_module(name)


def has_run(module: ModuleType) -> bool:
    return "value" in object.__getattribute__(module, "__dict__")


def test_a_process_that_lasts_runs_them_at_once(folder: Path) -> None:
    module = late(folder, "value = 5")
    run_postponed(frozenset({"late_module", "never_imported"}))
    assert has_run(module)
    assert type(module) is ModuleType


def test_a_module_runs_with_the_first_use_of_an_attribute(folder: Path) -> None:
    module = late(folder, "value = 5")
    assert module.__name__ == "late_module"
    assert module.__file__ == str(folder / "late_module.py")
    assert not has_run(module)
    assert module.value == 5
    assert module.__loader__ is module.__spec__.loader
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert type(module) is ModuleType


@pytest.mark.parametrize("use", [dir, vars, lambda module: hasattr(module, "other")])
def test_every_look_into_a_module_is_a_use(use: Any, folder: Path) -> None:
    module = late(folder, "value = 5")
    use(module)
    assert has_run(module)


def test_names_can_be_imported_from_a_postponed_module(folder: Path) -> None:
    late(folder, "value = 5")
    found: dict[str, Any] = {}
    exec("from late_module import value", found)
    assert found["value"] == 5


def test_what_is_set_before_the_first_use_stays(folder: Path) -> None:
    module = late(folder, "value = 5\nother = 6")
    module.value = 7
    assert module.value == 7
    del late(folder, "value = 5\nother = 6", "later_module").other
    assert not hasattr(sys.modules["later_module"], "other")


def test_only_named_modules_wait_and_only_inside(folder: Path) -> None:
    (folder / "prompt_module.py").write_text("value = 5")
    with Postponing(frozenset({"late_module"})):
        assert has_run(importlib.import_module("prompt_module"))
    (folder / "late_module.py").write_text("value = 5")
    importlib.invalidate_caches()
    assert has_run(importlib.import_module("late_module"))
    assert not any(isinstance(finder, Postponing) for finder in sys.meta_path)


def test_a_module_that_cannot_be_found_is_missed_at_once(folder: Path) -> None:
    del folder
    with Postponing(frozenset({"late_module"})), pytest.raises(ModuleNotFoundError):
        importlib.import_module("late_module")


def test_a_module_that_fails_is_tried_again(folder: Path) -> None:
    module = late(folder, "import flag_module\nif flag_module.fails: raise OSError('no')\nvalue = 5")
    (folder / "flag_module.py").write_text("fails = True")
    importlib.invalidate_caches()
    with pytest.raises(OSError, match="no"):
        _ = module.value
    sys.modules["flag_module"].fails = False  # type: ignore[attr-defined]
    assert module.value == 5


def test_a_module_may_use_itself_while_it_runs(folder: Path) -> None:
    module = late(folder, "import late_module\nvalue = 5\nother = late_module.value + 1")
    assert module.other == 6


def test_a_module_runs_once_and_other_threads_wait_for_it(folder: Path) -> None:
    gate: Any = ModuleType("gate_module")
    gate.runs, gate.entered, gate.go = [], threading.Event(), threading.Event()
    sys.modules["gate_module"] = gate
    module = late(
        folder,
        "import gate_module as gate\ngate.runs.append(1)\nvalue = 5\ngate.entered.set()\ngate.go.wait(10)\nvalue = 6",
    )
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(module.value)) for _ in range(2)]
    threads[0].start()
    assert gate.entered.wait(10)
    threads[1].start()
    gate.go.set()
    for thread in threads:
        thread.join(10)
    assert seen == [6, 6]
    assert gate.runs == [1]


def test_a_python_without_tls_says_so_at_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Postponing().find_spec("ssl") is not None
    monkeypatch.setattr(postponed, "PathFinder", _Nothing)
    assert Postponing().find_spec("ssl") is None


class _Nothing:
    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        del name


def _in_a_process(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_a_query_does_without_what_is_postponed_and_with_few_modules_of_ours() -> None:
    program = (
        "import builtins, os, sys\n"
        "def noted(source, name, *rest, **more):\n"
        "    if not name.endswith('.py'): texts.append('text')\n"
        "    return real(source, name, *rest, **more)\n"
        "texts, real, builtins.compile = [], compile, noted\n"
        "from wmix.__main__ import start\n"
        "def ended(code):\n"
        "    print(*sys.modules, *texts); sys.stdout.flush(); leave(code)\n"
        "leave, os._exit = os._exit, ended\n"
        "sys.argv = ['wmix', 'query', '--limit', '1', 'SELECT Name FROM Win32_Process']; start()\n"
    )
    modules = set(_in_a_process(program).splitlines()[-1].split())
    assert modules.isdisjoint({"_ssl", "ast", "tokenize", "_datetime", "_struct", "wmix.wql.predicate"})
    assert "wmix.cli.server_options" not in modules
    assert "text" not in modules, "the first use of the compiler makes the types of syntax trees: 3 ms"
    # Each costs a tenth of a millisecond at least; what a query can do without is imported where it is used.
    assert len([name for name in modules if name.split(".")[0] == "wmix"]) <= 110


def test_what_asyncio_postponed_is_whole_when_it_is_used() -> None:
    program = (
        "from wmix.cli.postponed import Postponing\n"
        "with Postponing(): import asyncio\n"
        "import inspect, ssl, sys\n"
        "assert '_ssl' not in sys.modules\n"
        "assert asyncio.base_events.ssl is ssl and ssl.create_default_context().check_hostname\n"
        "assert asyncio.sslproto.SSLProtocol(asyncio.new_event_loop(), asyncio.Protocol(), "
        "ssl.create_default_context(), None)\n"
        "assert inspect.isfunction(inspect.isfunction)\n"
        "print('whole')\n"
    )
    assert _in_a_process(program) == "whole\n"
