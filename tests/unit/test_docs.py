"""Pages and program agree: every public name, command, exit code and error is in the documentation as it is built."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wmix
from wmix import com, errors, status
from wmix.cli import exit_codes, main
from wmix.cli.words import read_words
from wmix.config import Limits, Settings, Timeouts

if TYPE_CHECKING:
    from types import ModuleType

#: The first test builds all pages, which takes a busy machine long.
pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


class Pages:
    """The documentation, built."""

    def __init__(self, directory: Path) -> None:
        from sphinx.util.inventory import InventoryFile

        self._directory = directory
        inventory = InventoryFile.loads((directory / "objects.inv").read_bytes(), uri="")
        #: Full names of everything in Python that has a description.
        self.names = {name for kind, items in inventory.data.items() if kind.startswith("py:") for name in items}

    def text(self, page: str) -> str:
        """The words of a page, without markup."""
        markup = (self._directory / f"{page}.html").read_text()
        body = markup[markup.index("<article") : markup.index("</article>")]
        return re.sub(r"&(#x27|quot|lt|gt|amp);", _character, re.sub(r"<[^>]+>", "", body))


def _character(entity: re.Match[str]) -> str:
    return {"#x27": "'", "quot": '"', "lt": "<", "gt": ">", "amp": "&"}[entity.group(1)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    directory = tmp_path_factory.mktemp("docs")
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", directory / "trees", DOCS, directory / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return Pages(directory / "html")


def _documented_modules() -> list[str]:
    found = []
    for page in sorted(DOCS.rglob("*.md")):
        found += re.findall(r"^\.\. automodule:: (\S+)", page.read_text(), re.MULTILINE)
    return found


def _public(module: ModuleType) -> list[str]:
    """Full names of the classes and functions that a module exports, where they are defined."""
    items = [getattr(module, name) for name in getattr(module, "__all__", [])]
    described = [item for item in items if inspect.isclass(item) or inspect.isroutine(item)]
    return [f"{item.__module__}.{item.__qualname__}" for item in described]


# -- names -----------------------------------------------------------------------------------------------------------


def test_every_name_of_the_package_is_described(pages: Pages) -> None:
    assert set(_public(wmix)) - pages.names == set()


def test_every_name_of_the_package_is_on_its_page(pages: Pages) -> None:
    listed = set(pages.text("reference/package").split())
    assert {name for name in wmix.__all__ if not name.startswith("_") and name != "com"} - listed == set()


@pytest.mark.parametrize("module", _documented_modules())
def test_every_name_of_a_documented_module_is_described(pages: Pages, module: str) -> None:
    assert set(_public(import_module(module))) - pages.names == set()


def test_every_class_of_the_faithful_face_is_described(pages: Pages) -> None:
    faces = {getattr(com, name) for name in dir(com) if inspect.isclass(getattr(com, name))}
    names = {f"{face.__module__}.{face.__name__}" for face in faces if face.__module__.startswith("wmix.com")}
    assert names
    assert names - pages.names == set()


def test_every_constant_of_the_faithful_face_is_listed(pages: Pages) -> None:
    listed = set((pages.text("reference/flags") + " " + pages.text("reference/status-codes")).split())
    constants = {name for name in dir(com) if name.isupper() and type(getattr(com, name)) is int}
    assert constants
    assert constants - listed == set()


@pytest.mark.parametrize("settings", [Limits, Timeouts, Settings])
def test_every_setting_is_described(pages: Pages, settings: type) -> None:
    assert {f"wmix.config.{settings.__name__}.{name}" for name in settings.__annotations__} - pages.names == set()


# -- errors and codes ------------------------------------------------------------------------------------------------


def test_every_error_class_is_in_the_table(pages: Pages) -> None:
    listed = set(pages.text("reference/errors").split())
    found = {
        name
        for name, item in vars(errors).items()
        if inspect.isclass(item) and issubclass(item, Exception) and item.__module__ == errors.__name__
    }
    assert found - listed == set()


def test_every_status_code_is_listed_with_its_value(pages: Pages) -> None:
    listed = set(pages.text("reference/status-codes").split())
    wanted = {word for info in status.statuses() for word in (info.symbol, f"0x{info.value:08X}")}
    assert wanted - listed == set()


def test_every_exit_code_is_listed(pages: Pages) -> None:
    listed = set(pages.text("reference/exit-codes").split())
    codes = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
    assert {0, 1, 2, 3, 4, 130} == set(codes.values())
    assert {*codes, *(str(value) for value in codes.values())} - listed == set()


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_is_described_with_all_its_options(pages: Pages, command: str) -> None:
    text = pages.text("reference/command-line")
    table = main.load(command).COMMAND
    assert f"wmix {command}" in text
    assert not [flag for option in table.options for flag in option.flags if flag not in text]


# -- decisions -------------------------------------------------------------------------------------------------------


def _decisions() -> list[Path]:
    return sorted((DOCS / "decisions").glob("[0-9]*.md"))


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in _decisions()]
    assert numbers
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("path", _decisions(), ids=lambda path: path.name[:4])
def test_a_decision_has_its_headings(path: Path) -> None:
    text = path.read_text()
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert text.startswith(f"# {path.name[:4]}. ")
    assert re.search(r"^- Status: (proposed|accepted|replaced by \d{4})$", text, re.MULTILINE)
    assert headings == ["Context", "Options", "Decision", "Consequences", "Confirmation"]


def test_every_decision_that_the_source_names_exists() -> None:
    known = {path.name[:4] for path in _decisions()}
    unknown = {}
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]:
        named = set(re.findall(r"\bdecision\s+(\d{4})\b", path.read_text()))
        if named - known:
            unknown[path.name] = named - known
    assert not unknown


# -- README and its kin ----------------------------------------------------------------------------------------------


def _blocks(language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return [text for kind, text in blocks if kind == language]


def test_the_readme_begins_with_the_two_commands() -> None:
    assert [line.split("#")[0].strip() for line in _blocks("")[0].splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize("program", _blocks("python"), ids=["tour", "provider"])
def test_the_programs_of_the_readme_run(program: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), {"__name__": "readme"})
    assert printed.getvalue()


@pytest.mark.parametrize("line", [line for block in _blocks("")[1:] for line in block.splitlines()])
def test_the_commands_of_the_readme_run(line: str) -> None:
    words = line.split(maxsplit=2)
    assert words[0] == ".venv/bin/wmix"
    run = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m wmix {line.removeprefix(words[0])}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout


@pytest.mark.parametrize(
    "line", [line for block in _blocks("sh") for line in block.splitlines() if line.startswith(".venv/bin/wmix ")]
)
def test_the_commands_of_the_readme_that_need_a_server_are_spelled_right(line: str) -> None:
    name, *words = [word for word in shlex.split(line)[1:] if word != "&"]
    assert name in main.COMMANDS
    assert read_words(main.load(name).COMMAND, words) is not None


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_the_links_of_a_page_at_the_top_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text().replace("\n", ""))
    assert not [target for target in targets if "://" not in target and not (ROOT / target).exists()]


def test_the_make_targets_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        named |= set(re.findall(r"`make (\w+)`|^make (\w+)", page.read_text(), re.MULTILINE))
    assert {name for pair in named for name in pair if name} - targets == set()
