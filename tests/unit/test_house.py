"""The rules of the house that a machine can hold: floors, purity, names and sizes of files, and a light import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "wmix"

#: The longest file that may be, in lines. Most have less than 450.
MOST_LINES = 700

#: Names that say nothing of what is in a file.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "stuff", "base"}

#: Rooms of the lower house: bytes, time and randomness come in as arguments.
PURE = [
    "status.py", "status_text.py", "record.py", "errors.py", "config.py", "cim", "security", "wql", "mof", "protocol",
    "port",
]  # fmt: skip

#: What a pure room has no use for: clocks, threads, randomness, processes, sockets.
IMPURE_MODULES = {
    "asyncio", "concurrent", "multiprocessing", "random", "secrets", "select", "selectors", "signal", "socket",
    "subprocess", "threading", "time", "uuid",
}  # fmt: skip

#: Uses that read no clock and start nothing, with their reasons.
HARMLESS = {
    ("src/wmix/cim/datetime.py", "time"): "localtime() tells the local offset at a time that it is given",
}


def _python_files() -> list[Path]:
    directories = ("src", "tests", "tools", "docs", "examples", "bench")
    files = [path for name in directories for path in sorted((ROOT / name).rglob("*.py"))]
    return [path for path in files if "_build" not in path.parts]


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_each_floor_imports_only_from_the_floors_below_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_lower_house_is_pure() -> None:
    impure = {}
    for room in PURE:
        path = SOURCE / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            name = str(file.relative_to(ROOT))
            used = _imported(ast.parse(file.read_text())) & IMPURE_MODULES
            if used := {module for module in used if (name, module) not in HARMLESS}:
                impure[name] = sorted(used)
    assert not impure


def test_no_file_is_too_long() -> None:
    long = [path for path in _python_files() if len(path.read_text().splitlines()) > MOST_LINES]
    assert not _named(long), f"over {MOST_LINES} lines: split by concept"


def test_no_file_has_an_empty_name() -> None:
    files = _python_files()
    directories = {parent for path in files for parent in path.relative_to(ROOT).parents}
    names = [path.stem.lower() for path in [*files, *directories]]
    assert not EMPTY_NAMES.intersection(names)


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(?:TO[D]O|FIX[M]E|HAC[K])\b")
    assert not _named([path for path in _python_files() if later.search(path.read_text())])


def test_no_function_of_the_package_is_a_stub() -> None:
    assert not _named([path for path in _modules() if "NotImplementedError" in path.read_text()])


def test_every_module_says_what_it_is() -> None:
    texts = {path: path.read_text() for path in _modules()}
    assert not _named([path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))])


def test_every_module_names_what_is_public() -> None:
    """In a module of constants every name is public."""
    unnamed = []
    for path in _modules():
        tree = ast.parse(path.read_text())
        defines = any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in tree.body)
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        if defines and "__all__" not in assigned and path.name != "__main__.py":
            unnamed.append(path)
    assert not _named(unnamed)


def test_no_group_is_repeated_possessively() -> None:
    """Before 3.11.5 Python loses the place in the text when such a repetition ends; Debian 12 has 3.11.2."""
    possessive = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")
    assert possessive.search(r"(?:ab?c)*+")
    lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _modules()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if possessive.search(line)
    ]
    assert not lines, "write (?>(?:...)*) instead"


@pytest.mark.parametrize("statement", ["import wmix", "import wmix.errors, wmix.config, wmix.status"])
def test_importing_the_package_loads_nothing_heavy(statement: str) -> None:
    heavy = ["sqlalchemy", "spnego", "cryptography", "psutil", "rich", "jeepney", "numpy", "pyarrow", "asyncio"]
    program = f"import sys; {statement}; print(*[name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_ci_installs_the_packages_that_skipped_tests_ask_for() -> None:
    lines = (ROOT / ".ci" / "packages.txt").read_text().splitlines()
    installed = {line.split("#")[0].strip() for line in lines} - {""}
    asked = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for call in re.findall(r"(?:skip|skipif)\((?:[^()]|\([^()]*\))*\)", path.read_text()):
            asked |= set(re.findall(r"package ([a-z0-9][a-z0-9+.-]+)", call))
    assert "e2fsprogs" in asked
    assert asked - {"dbus-daemon"} - installed == set(), "dbus brings dbus-daemon"


def test_the_package_is_typed() -> None:
    assert (SOURCE / "py.typed").is_file()
