"""The engine of this machine: shipped classes and providers, those of packages, a server name of choice."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from wmix.engine.assembly import local_engine
from wmix.engine.locator import is_this_machine, machine_name, parse_resource
from wmix.errors import ConnectError, InvalidNamespace, InvalidParameter, WmiError
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import CreateInstanceEnum, GetObject
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package whose entry point names a provider."""
    (tmp_path / "some_package.py").write_text(
        textwrap.dedent(
            """
            import wmix

            @wmix.provider("Demo_Installed", keys=("Id",), properties={"Id": "uint32"})
            async def installed(request):
                yield {"Id": 7}
            """
        )
    )
    info = tmp_path / "some_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wmix.providers]\nsome = some_package:installed\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "some_package", raising=False)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("installed", [True, False])
def test_providers_of_installed_packages_are_found_unless_they_are_not_wanted(installed: bool) -> None:
    async def body() -> None:
        engine = local_engine(installed=installed)
        where = engine.services("root/cimv2", Caller("me"))
        enumerator = where.open(CreateInstanceEnum(class_name="Demo_Installed", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        portion = await enumerator.next(None, 5)
        assert portion.returned == int(installed)
        assert isinstance(portion.error, WmiError) is (not installed)
        await engine.close()

    run_virtual(body)


def test_without_image_and_shipped_providers_nothing_is_there() -> None:
    async def body() -> None:
        engine = local_engine(image=None, shipped=False, installed=False)
        with pytest.raises(InvalidNamespace):
            await engine.connect("root/cimv2", Caller("me"))
        await engine.close()

    run_virtual(body)


def test_the_server_name_is_this_computers_or_the_one_that_was_given() -> None:
    async def body(server: str | None) -> str:
        engine = local_engine(server=server)
        where = await engine.connect("ROOT/CIMV2", Caller("me"))
        found = (await where.run(GetObject(path="Win32_Process"))).object()
        await engine.close()
        return str(found["__PATH"])

    assert run_virtual(body, "SRV1") == "\\\\SRV1\\root\\cimv2:Win32_Process"
    assert run_virtual(body, None) == f"\\\\{machine_name()}\\root\\cimv2:Win32_Process"


@pytest.mark.parametrize(
    ("text", "server", "namespace"),
    [
        ("root", None, "root"),
        ("ROOT/CIMV2", None, "ROOT\\CIMV2"),
        (r"\\.\root\cimv2", None, "root\\cimv2"),
        ("//localhost/root", None, "root"),
        (r"\\srv1\root", "srv1", "root"),
    ],
)
def test_a_resource_names_a_server_and_a_namespace(text: str, server: str | None, namespace: str) -> None:
    found = parse_resource(text)
    assert (found.server, found.namespace) == (server, namespace)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", InvalidNamespace),
        ("\\", InvalidNamespace),
        ("\\\\", InvalidNamespace),
        ("\\\\.\\", InvalidNamespace),
        ("\\ROOT", InvalidNamespace),
        ("ROOT\\\\CIMV2", InvalidNamespace),
        ("ROOT\\CIMV2\\", InvalidNamespace),
        ("\\\\ROOT", ConnectError),
        ("\\\\.ROOT", ConnectError),
        ("\\\\\\.\\ROOT", InvalidParameter),
    ],
)
def test_a_resource_that_names_nothing_is_refused_as_windows_does(text: str, error: type[WmiError]) -> None:
    with pytest.raises(error):
        parse_resource(text)


def test_this_machine_answers_to_its_usual_names() -> None:
    assert all(map(is_this_machine, (".", "", "LocalHost", "127.0.0.1", "::1", machine_name())))
    assert not is_this_machine("srv1.example")
