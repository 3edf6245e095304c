"""Asking providers as the engine does: rows are checked against the shipped class, so that each has its exact types."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from wmix.cim.image import ClassImage
from wmix.cim.layout import compile_row_builder
from wmix.config import Settings
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.provider import InstanceRequest, MethodCall
from wmix.providers.mounts import Mount
from wmix.providers.registration import MethodDefinition, ProviderDefinition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from wmix.cim.classes import CimClass
    from wmix.port.provider import Comparison
    from wmix.providers.registration import Definition

NAMESPACE = "root\\cimv2"


class Ask(Protocol):
    """The instances of one class as dictionaries of exact CIM values."""

    def __call__(
        self,
        definitions: Iterable[Definition],
        class_name: str,
        *,
        properties: Iterable[str] | None = None,
        keys: Iterable[Mapping[str, object]] | None = None,
        comparisons: tuple[Comparison, ...] = (),
    ) -> list[dict[str, Any]]: ...


class Invoke(Protocol):
    """What a method of an instance returns; a coroutine where the method is one."""

    def __call__(
        self,
        definitions: Iterable[Definition],
        path: tuple[str, str, object],
        method: str,
        **parameters: object,
    ) -> Any: ...


@pytest.fixture(scope="session")
def class_image() -> ClassImage:
    return ClassImage.open()


def load(image: ClassImage, class_name: str) -> CimClass:
    cls = image.load(NAMESPACE, class_name)
    assert cls is not None
    return cls


@pytest.fixture
def ask(class_image: ClassImage) -> Ask:
    def ask(
        definitions: Iterable[Definition],
        class_name: str,
        *,
        properties: Iterable[str] | None = None,
        keys: Iterable[Mapping[str, object]] | None = None,
        comparisons: tuple[Comparison, ...] = (),
    ) -> list[dict[str, Any]]:
        cls = load(class_image, class_name)
        names = None if properties is None else frozenset(properties)
        assert names is None or names <= set(cls.properties)
        request = InstanceRequest(
            cls,
            namespace=NAMESPACE,
            scope=Scope(Caller("tester")),
            settings=Settings(),
            properties=names,
            keys=None if keys is None else tuple(keys),
            comparisons=comparisons,
        )
        layout = cls.layout if names is None else cls.layout_for(sorted(names))
        build = compile_row_builder(layout)
        (definition,) = (d for d in definitions if isinstance(d, ProviderDefinition) and d.class_name == class_name)
        rows = [dict(row) for row in definition(request)]
        return [dict(zip(layout.names, layout.effective(build(row)), strict=True)) for row in rows]

    return ask


@pytest.fixture
def invoke(class_image: ClassImage) -> Invoke:
    def invoke(
        definitions: Iterable[Definition],
        path: tuple[str, str, object],
        method: str,
        **parameters: object,
    ) -> Any:
        class_name, key, value = path
        call = MethodCall(
            load(class_image, class_name),
            method,
            namespace=NAMESPACE,
            scope=Scope(Caller("tester")),
            settings=Settings(),
            keys={key: value},
            parameters=parameters,
        )
        (definition,) = (d for d in definitions if isinstance(d, MethodDefinition) and d.method == method)
        return definition(call)

    return invoke


class MakeImage(Protocol):
    """Makes an ext4 image in a regular file; ``damage`` are commands of debugfs(8)."""

    def __call__(self, name: str = "disk.img", *, damage: Iterable[str] = (), label: str = "data") -> Path: ...


@pytest.fixture
def make_image(tmp_path: Path) -> MakeImage:
    for program in ("mke2fs", "e2fsck", "debugfs"):
        if shutil.which(program, path="/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is not installed: package e2fsprogs")

    def make_image(name: str = "disk.img", *, damage: Iterable[str] = (), label: str = "data") -> Path:
        image = tmp_path / name
        with image.open("wb") as file:
            file.truncate(2 * 1024 * 1024)
        _run("mke2fs", "-q", "-t", "ext4", "-L", label, "-U", "6da155f3-569b-448f-b6af-7dca47c4e511", str(image))
        for command in damage:
            _run("debugfs", "-w", "-R", command, str(image))
        return image

    return make_image


def _run(program: str, *arguments: str) -> None:
    path = shutil.which(program, path="/usr/sbin:/sbin")
    assert path is not None
    subprocess.run([path, *arguments], check=True, capture_output=True, env={"LC_ALL": "C"})


class AddLink(Protocol):
    """Adds a network link to the machine at ``tmp_path``; facts are attributes, of which an empty one is absent."""

    def __call__(
        self,
        name: str,
        index: int,
        *,
        hardware: str | None = None,
        bus: str | None = None,
        driver: str | None = None,
        **facts: str,
    ) -> None: ...


@pytest.fixture
def add_link(tmp_path: Path) -> AddLink:
    def add_link(
        name: str,
        index: int,
        *,
        hardware: str | None = None,
        bus: str | None = None,
        driver: str | None = None,
        **facts: str,
    ) -> None:
        link = tmp_path / "sys/devices" / (hardware or "virtual") / "net" / name
        link.mkdir(parents=True)
        if hardware is not None:
            (link / "device").symlink_to("../..")
        device = tmp_path / "sys/devices" / (hardware or "virtual")
        if bus is not None:
            (device / "subsystem").symlink_to(f"/sys/bus/{bus}")
        if driver is not None:
            (device / "driver").symlink_to(f"/sys/bus/{bus}/drivers/{driver}")
        defaults = {
            "type": "1",
            "address": "02:fc:00:00:00:01",
            "addr_assign_type": "0",
            "flags": "0x1003",
            "operstate": "up",
            "carrier": "1",
            "mtu": "1500",
            "speed": "-1",
        }
        for key, value in {**defaults, **facts, "ifindex": str(index)}.items():
            if value:
                (link / key).write_text(value + "\n")
        (tmp_path / "sys/class/net").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys/class/net" / name).symlink_to(f"../../devices/{hardware or 'virtual'}/net/{name}")

    return add_link


@pytest.fixture
def run_chkdsk(invoke: Invoke) -> Callable[..., Any]:
    """Chkdsk of a disk over given definitions, to its end."""

    def run_chkdsk(definitions: Any, device_id: object, **parameters: object) -> Any:
        async def call() -> Any:
            return await invoke(definitions, ("Win32_LogicalDisk", "DeviceID", str(device_id)), "Chkdsk", **parameters)

        return asyncio.run(call())

    return run_chkdsk


@pytest.fixture
def stub_tool(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a shell script that stands for a checker; returns the directory of such scripts."""

    def stub_tool(program: str, script: str) -> str:
        directory = tmp_path / "sbin"
        directory.mkdir(exist_ok=True)
        path = directory / program
        path.write_text("#!/bin/sh\n" + script + "\n")
        path.chmod(0o755)
        return str(directory)

    return stub_tool


@pytest.fixture
def mounted_image(tmp_path: Path, make_image: MakeImage) -> Callable[..., tuple[Mount, Path]]:
    """A machine whose ``/dev/sda1`` is an ext4 image and counts as mounted; returns its mount and its root."""

    def mounted_image(*, device_options: frozenset[str] = frozenset({"rw"}), errors: int = 0) -> tuple[Mount, Path]:
        root = tmp_path / "root"
        (root / "dev").mkdir(parents=True)
        make_image().rename(root / "dev/sda1")
        (root / "sys/class/block/sda1").mkdir(parents=True)
        (root / "sys/class/block/sda1/dev").write_text("8:1\n")
        (root / "sys/fs/ext4/sda1").mkdir(parents=True)
        (root / "sys/fs/ext4/sda1/errors_count").write_text(f"{errors}\n")
        return Mount("/dev/sda1", "ext4", "/data", device_options, device_options, "8:1"), root

    return mounted_image
