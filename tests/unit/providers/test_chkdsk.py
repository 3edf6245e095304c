"""Chkdsk: real e2fsck on real images, and stand-ins for the situations that a test cannot make."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import AccessDenied, NotFound
from wmix.providers.check_findings import CheckFindings
from wmix.providers.chkdsk import Chkdsk
from wmix.providers.drive_names import DriveNames
from wmix.providers.logical_disk import logical_disk_providers
from wmix.providers.mounts import Mount, MountTable, unmounted
from wmix.providers.registration import method
from wmix.providers.system_files import SystemFiles
from wmix.providers.volumes import Volumes
from wmix.status import WBEM_E_ACCESS_DENIED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unit.providers.conftest import Ask, Invoke, MakeImage
    from wmix.providers.registration import MethodDefinition

CLASS = "Win32_LogicalDisk"
WIPED_ROOT = ("clri <2>",)
#: Bits cleared in the map of used blocks, and an error mark as the kernel leaves it.
WRONG_BITMAP = ("freeb 100 50", "ssv state 2", "ssv error_count 3")

RW = frozenset({"rw"})
RO = frozenset({"ro"})


@pytest.fixture(autouse=True)
def findings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "wmix.providers.chkdsk")
    return caplog


def method_over(*mounts: Mount, root: Path | None = None, **options: Any) -> list[MethodDefinition]:
    files = SystemFiles("/" if root is None else root)
    volumes = Volumes(files, MountTable.of(*mounts, files=files), CheckFindings())
    return [method(CLASS, "Chkdsk")(Chkdsk(volumes, DriveNames({}), **options).run)]


def is_dirty(ask: Ask, definitions: Any, image: Path) -> object:
    (row,) = ask(definitions, CLASS, properties=["VolumeDirty"], keys=[{"DeviceID": str(image)}])
    return row["VolumeDirty"]


# Real images, real e2fsck.


def test_a_sound_image_is_checked_and_stays_clean(
    ask: Ask, run_chkdsk: Callable[..., Any], make_image: MakeImage, findings: pytest.LogCaptureFixture
) -> None:
    image = make_image()
    before = image.read_bytes()
    definitions = logical_disk_providers(MountTable.of(unmounted(image)))
    assert run_chkdsk(definitions, image) == 0
    assert is_dirty(ask, definitions, image) is False
    assert "Pass 5" in findings.text
    assert {record.levelname for record in findings.records} == {"INFO"}
    assert image.read_bytes() == before


def test_a_check_of_an_alias_is_a_check_of_its_disk(run_chkdsk: Callable[..., Any], make_image: MakeImage) -> None:
    image = make_image()
    definitions = logical_disk_providers(MountTable.of(unmounted(image)), {"D:": str(image)})
    assert run_chkdsk(definitions, "d:", FixErrors=None) == 0


def test_errors_that_no_mark_tells_of_are_logged_and_make_the_disk_dirty_until_they_are_repaired(
    ask: Ask, run_chkdsk: Callable[..., Any], make_image: MakeImage, findings: pytest.LogCaptureFixture
) -> None:
    image = make_image(damage=["freeb 100 50"])
    before = image.read_bytes()
    definitions = logical_disk_providers(MountTable.of(unmounted(image)))
    assert is_dirty(ask, definitions, image) is False
    assert run_chkdsk(definitions, image, FixErrors=False) == 0
    assert is_dirty(ask, definitions, image) is True
    assert "WARNING: Filesystem still has errors" in findings.text
    assert findings.records[-1].levelname == "WARNING"
    assert image.read_bytes() == before

    assert run_chkdsk(definitions, image, FixErrors=True) == 0
    assert is_dirty(ask, definitions, image) is False
    assert run_chkdsk(definitions, image) == 0
    assert is_dirty(ask, definitions, image) is False


def test_a_repair_takes_away_the_error_mark(ask: Ask, run_chkdsk: Callable[..., Any], make_image: MakeImage) -> None:
    image = make_image(damage=WRONG_BITMAP)
    definitions = logical_disk_providers(MountTable.of(unmounted(image)))
    assert is_dirty(ask, definitions, image) is True
    assert run_chkdsk(definitions, image) == 0
    assert is_dirty(ask, definitions, image) is True
    assert run_chkdsk(definitions, image, FixErrors=True) == 0
    assert is_dirty(ask, definitions, image) is False


def test_damage_that_stops_the_check_is_found_and_a_repair_that_needs_a_person_fails(
    ask: Ask, run_chkdsk: Callable[..., Any], make_image: MakeImage, findings: pytest.LogCaptureFixture
) -> None:
    image = make_image(damage=WIPED_ROOT)
    definitions = logical_disk_providers(MountTable.of(unmounted(image)))
    # e2fsck ends with 12: errors left and an operational error. The check did run.
    assert run_chkdsk(definitions, image) == 0
    assert "status 12" in findings.text
    assert is_dirty(ask, definitions, image) is True
    assert run_chkdsk(definitions, image, FixErrors=True) == 3
    assert "UNEXPECTED INCONSISTENCY" in findings.text
    assert is_dirty(ask, definitions, image) is True


def test_a_repair_can_look_for_bad_sectors(run_chkdsk: Callable[..., Any], make_image: MakeImage) -> None:
    image = make_image()
    assert (
        run_chkdsk(
            logical_disk_providers(MountTable.of(unmounted(image))), image, FixErrors=True, RecoverBadSectors=True
        )
        == 0
    )


# What is not checked.


def test_octets_without_a_signature_are_an_unknown_file_system(run_chkdsk: Callable[..., Any], tmp_path: Path) -> None:
    image = tmp_path / "noise.img"
    image.write_bytes(b"\x5a" * 100_000)
    assert run_chkdsk(method_over(unmounted(image)), image) == 2


@pytest.mark.parametrize(
    "mount",
    [
        Mount("tmpfs", "tmpfs", "/x", RW, RW, "0:23"),
        Mount("overlay", "overlay", "/x", RW, RW, "0:24"),
        Mount("/dev/loop9", "squashfs", "/x", RO, RO, "7:9"),
        Mount("//server/share", "cifs", "/x", RW, RW, "0:25"),
        Mount("pool/data", "zfs", "/x", RW, RW, "0:26"),
    ],
)
def test_memory_layers_servers_and_types_without_a_device_are_unsupported(
    run_chkdsk: Callable[..., Any], mount: Mount
) -> None:
    assert run_chkdsk(method_over(mount, may_access=lambda path, mode: False), "/x") == 4


def test_a_type_without_a_checker_is_unsupported(run_chkdsk: Callable[..., Any], tmp_path: Path) -> None:
    image = tmp_path / "packed.img"
    image.write_bytes(b"hsqs" + bytes(100_000))
    assert run_chkdsk(method_over(unmounted(image)), image) == 4


def test_a_checker_that_is_not_installed_makes_the_type_unsupported_and_names_its_package(
    run_chkdsk: Callable[..., Any], make_image: MakeImage, tmp_path: Path, findings: pytest.LogCaptureFixture
) -> None:
    image = make_image()
    assert run_chkdsk(method_over(unmounted(image), tools=[str(tmp_path)]), image) == 4
    assert "package e2fsprogs" in findings.text


def test_a_stub_that_always_succeeds_is_never_used(
    run_chkdsk: Callable[..., Any], stub_tool: Callable[[str, str], str], tmp_path: Path
) -> None:
    image = tmp_path / "xfs.img"
    image.write_bytes(b"XFSB" + bytes(8192))
    marker = tmp_path / "used"
    tools = stub_tool("fsck.xfs", f"touch {marker}; exit 0")
    assert run_chkdsk(method_over(unmounted(image), tools=[tools]), image) == 4
    assert not marker.exists()


def test_a_checker_that_only_pretends_is_not_believed(
    ask: Ask, run_chkdsk: Callable[..., Any], stub_tool: Callable[[str, str], str], make_image: MakeImage
) -> None:
    image = make_image(damage=["freeb 100 50"])
    definitions = logical_disk_providers(MountTable.of(unmounted(image)), tools=[stub_tool("e2fsck", "exit 0")])
    assert run_chkdsk(definitions, image) == 3


def test_a_repair_that_its_makers_advise_against_is_unsupported(run_chkdsk: Callable[..., Any], tmp_path: Path) -> None:
    image = tmp_path / "btrfs.img"
    image.write_bytes(bytes(65536 + 64) + b"_BHRfS_M" + bytes(8192))
    assert run_chkdsk(method_over(unmounted(image)), image, FixErrors=True) == 4


def test_a_disk_that_is_not_there_is_not_found(run_chkdsk: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        run_chkdsk(method_over(), "/nowhere")
    assert run_chkdsk(method_over(unmounted("/nonexistent.img")), "/nonexistent.img") == 3


# Rights.


@pytest.mark.parametrize("fix", [False, True])
def test_who_may_not_open_the_device_is_refused(
    run_chkdsk: Callable[..., Any], make_image: MakeImage, fix: bool
) -> None:
    image = make_image()
    definitions = method_over(unmounted(image), may_access=lambda path, mode: False)
    with pytest.raises(AccessDenied) as refused:
        run_chkdsk(definitions, image, FixErrors=fix)
    assert refused.value.status == WBEM_E_ACCESS_DENIED


def test_a_check_needs_reading_and_a_repair_needs_writing(
    run_chkdsk: Callable[..., Any], make_image: MakeImage
) -> None:
    image = make_image()
    definitions = method_over(unmounted(image), may_access=lambda path, mode: not mode & os.W_OK)
    assert run_chkdsk(definitions, image) == 0
    with pytest.raises(AccessDenied):
        run_chkdsk(definitions, image, FixErrors=True)


@pytest.mark.parametrize("error", [PermissionError(1, "refused"), OSError(5, "broken")])
def test_a_device_that_is_refused_even_to_root_is_only_asked_about_what_the_kernel_counted(
    run_chkdsk: Callable[..., Any],
    mounted_image: Callable[..., tuple[Mount, Path]],
    monkeypatch: pytest.MonkeyPatch,
    findings: pytest.LogCaptureFixture,
    error: OSError,
) -> None:
    mount, root = mounted_image(errors=2)

    def refuse(path: str) -> None:
        raise error

    monkeypatch.setattr("wmix.providers.chkdsk.read_superblock", refuse)
    if isinstance(error, PermissionError):
        assert run_chkdsk(method_over(mount, root=root), "/data") == 0
        assert "counted 2 errors" in findings.text
        with pytest.raises(AccessDenied):
            run_chkdsk(method_over(mount, root=root), "/data", FixErrors=True)
    else:
        assert run_chkdsk(method_over(mount, root=root), "/data") == 3


# Mounted file systems: the device below a fake root is an image.


@pytest.mark.parametrize(("errors", "text"), [(0, "no errors are known"), (7, "counted 7 errors")])
def test_a_file_system_in_use_is_only_asked_what_it_knows(
    run_chkdsk: Callable[..., Any],
    mounted_image: Callable[..., tuple[Mount, Path]],
    stub_tool: Callable[[str, str], str],
    findings: pytest.LogCaptureFixture,
    errors: int,
    text: str,
) -> None:
    mount, root = mounted_image(errors=errors)
    tools = stub_tool("e2fsck", "echo Pass 1; exit 0")
    assert run_chkdsk(method_over(mount, root=root, tools=[tools]), "/data") == 0
    assert text in findings.text
    assert "Pass 1" not in findings.text


def test_a_read_only_file_system_is_checked_and_not_repaired(
    run_chkdsk: Callable[..., Any], mounted_image: Callable[..., tuple[Mount, Path]], findings: pytest.LogCaptureFixture
) -> None:
    mount, root = mounted_image(device_options=RO)
    assert run_chkdsk(method_over(mount, root=root), "/data") == 0
    assert "Pass 5" in findings.text
    assert run_chkdsk(method_over(mount, root=root), "/data", FixErrors=True) == 3


def test_a_file_system_in_use_is_repaired_at_the_next_start_when_that_is_allowed(
    ask: Ask, run_chkdsk: Callable[..., Any], mounted_image: Callable[..., tuple[Mount, Path]]
) -> None:
    mount, root = mounted_image()
    definitions = logical_disk_providers(MountTable.of(mount), files=SystemFiles(root))
    assert run_chkdsk(definitions, "/data", FixErrors=True) == 3
    (row,) = ask(definitions, CLASS, properties=["VolumeDirty"])
    assert row["VolumeDirty"] is False
    assert run_chkdsk(definitions, "/data", FixErrors=True, OKToRunAtBootUp=True) == 1
    (row,) = ask(definitions, CLASS, properties=["VolumeDirty"])
    assert row["VolumeDirty"] is True


def test_a_check_at_the_next_start_that_cannot_be_marked_is_an_error(
    run_chkdsk: Callable[..., Any],
    mounted_image: Callable[..., tuple[Mount, Path]],
    stub_tool: Callable[[str, str], str],
) -> None:
    mount, root = mounted_image()
    tools = stub_tool("tune2fs", "echo no; exit 1")
    definitions = method_over(mount, root=root, tools=[tools])
    assert run_chkdsk(definitions, "/data", FixErrors=True, OKToRunAtBootUp=True) == 3


def test_a_type_that_cannot_be_marked_is_not_scheduled(run_chkdsk: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/sdx").write_bytes(b"XFSB" + bytes(8192))
    mount = Mount("/dev/sdx", "xfs", "/data", RW, RW, "0:99")
    assert run_chkdsk(method_over(mount, root=tmp_path), "/data", FixErrors=True, OKToRunAtBootUp=True) == 3


def test_a_dismount_is_refused_unless_it_was_allowed(
    run_chkdsk: Callable[..., Any],
    mounted_image: Callable[..., tuple[Mount, Path]],
    stub_tool: Callable[[str, str], str],
    tmp_path: Path,
) -> None:
    mount, root = mounted_image()
    steps = tmp_path / "steps"
    for program in ("umount", "mount", "e2fsck"):
        tools = stub_tool(program, f'echo "{program} $*" >> {steps}; echo "Pass 1"')
    parameters = {"FixErrors": True, "ForceDismount": True}
    assert run_chkdsk(method_over(mount, root=root, tools=[tools]), "/data", **parameters) == 3
    assert not steps.exists()
    assert run_chkdsk(method_over(mount, root=root, tools=[tools], allow_dismount=True), "/data", **parameters) == 0
    assert steps.read_text().splitlines() == [
        "umount /data",
        f"e2fsck -f -p {root}/dev/sda1",
        "mount -t ext4 -o rw /dev/sda1 /data",
    ]


def test_an_image_that_a_loop_device_has_mounted_is_not_repaired(
    run_chkdsk: Callable[..., Any], make_image: MakeImage, tmp_path: Path, findings: pytest.LogCaptureFixture
) -> None:
    image = make_image()
    root = tmp_path / "root"
    (root / "sys/block/loop0/loop").mkdir(parents=True)
    (root / "sys/block/loop0/dev").write_text("7:0\n")
    (root / "sys/block/loop0/loop/backing_file").write_text(f"{image}\n")
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text("30 27 7:0 / /mnt/loop rw - ext4 /dev/loop0 rw\n")
    files = SystemFiles(root)
    volumes = Volumes(files, MountTable(files, added=[unmounted(image)]), CheckFindings())
    definitions = [method(CLASS, "Chkdsk")(Chkdsk(volumes, DriveNames({})).run)]
    assert run_chkdsk(definitions, image, FixErrors=True) == 3
    assert "mounted at /mnt/loop" in findings.text
    assert run_chkdsk(definitions, image) == 0
    assert "Pass 1" not in findings.text


# Ends that no check wants.


def test_a_checker_that_is_killed_is_an_unknown_error(
    run_chkdsk: Callable[..., Any], stub_tool: Callable[[str, str], str], make_image: MakeImage
) -> None:
    image = make_image()
    tools = stub_tool("e2fsck", "echo Pass 1; kill -9 $$")
    assert run_chkdsk(method_over(unmounted(image), tools=[tools]), image) == 3


@pytest.mark.parametrize("status", [8, 16, 32, 127])
def test_a_checker_that_fails_is_an_unknown_error(
    run_chkdsk: Callable[..., Any], stub_tool: Callable[[str, str], str], make_image: MakeImage, status: int
) -> None:
    image = make_image()
    tools = stub_tool("e2fsck", f"echo Pass 1; exit {status}")
    assert run_chkdsk(method_over(unmounted(image), tools=[tools]), image) == 3


def test_a_checker_that_cannot_be_started_is_an_unknown_error(
    run_chkdsk: Callable[..., Any], stub_tool: Callable[[str, str], str], make_image: MakeImage, tmp_path: Path
) -> None:
    image = make_image()
    tools = stub_tool("e2fsck", "")
    (tmp_path / "sbin/e2fsck").write_text("#!/nonexistent/interpreter\n")
    assert run_chkdsk(method_over(unmounted(image), tools=[tools]), image) == 3


def test_a_check_that_takes_too_long_is_ended(
    run_chkdsk: Callable[..., Any],
    stub_tool: Callable[[str, str], str],
    make_image: MakeImage,
    tmp_path: Path,
    findings: pytest.LogCaptureFixture,
) -> None:
    os.mkfifo(tmp_path / "gate")
    image = make_image()
    tools = stub_tool("e2fsck", f"read x < {tmp_path}/gate")
    assert run_chkdsk(method_over(unmounted(image), tools=[tools], check_seconds=0.01), image) == 3
    assert "did not end in time" in findings.text


def test_a_repair_that_takes_too_long_is_no_longer_waited_for_and_goes_on(
    run_chkdsk: Callable[..., Any],
    stub_tool: Callable[[str, str], str],
    make_image: MakeImage,
    tmp_path: Path,
    findings: pytest.LogCaptureFixture,
) -> None:
    gate, ended = tmp_path / "gate", tmp_path / "ended"
    os.mkfifo(gate)
    os.mkfifo(ended)
    image = make_image()
    tools = stub_tool("e2fsck", f"read x < {gate}; echo repaired > {ended}")
    definitions = method_over(unmounted(image), tools=[tools], repair_seconds=0.01)
    assert run_chkdsk(definitions, image, FixErrors=True) == 3
    assert "it goes on" in findings.text
    gate.write_text("go\n")
    assert ended.read_text() == "repaired\n"


def test_a_cancelled_check_is_killed(
    invoke: Invoke, stub_tool: Callable[[str, str], str], make_image: MakeImage, tmp_path: Path
) -> None:
    started, gate = tmp_path / "started", tmp_path / "gate"
    os.mkfifo(started)
    os.mkfifo(gate)
    image = make_image()
    # The shell holds the write end open until it dies: the reader's end of file tells.
    tools = stub_tool("e2fsck", f"exec 3> {started}; echo $$ >&3; read x < {gate}")
    definitions = method_over(unmounted(image), tools=[tools])

    async def cancel() -> str:
        task = asyncio.ensure_future(invoke(definitions, (CLASS, "DeviceID", str(image)), "Chkdsk"))
        reader = await asyncio.to_thread(started.open)
        with reader:
            await asyncio.to_thread(reader.readline)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await asyncio.to_thread(reader.read)

    assert asyncio.run(cancel()) == ""


def test_a_cancelled_repair_runs_to_its_end_and_keeps_others_away(
    invoke: Invoke, stub_tool: Callable[[str, str], str], make_image: MakeImage, tmp_path: Path
) -> None:
    started, gate, ended = tmp_path / "started", tmp_path / "gate", tmp_path / "ended"
    for pipe in (started, gate, ended):
        os.mkfifo(pipe)
    image = make_image()
    tools = stub_tool("e2fsck", f"echo up > {started}; read x < {gate}; echo repaired > {ended}; echo 1 blocks; exit 1")
    definitions = method_over(unmounted(image), tools=[tools])

    async def cancel() -> tuple[str, object]:
        task = asyncio.ensure_future(invoke(definitions, (CLASS, "DeviceID", str(image)), "Chkdsk", FixErrors=True))
        await asyncio.to_thread(started.read_text)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        second = await invoke(definitions, (CLASS, "DeviceID", str(image)), "Chkdsk")
        await asyncio.to_thread(gate.write_text, "go\n")
        return await asyncio.to_thread(ended.read_text), second

    assert asyncio.run(cancel()) == ("repaired\n", 3)
