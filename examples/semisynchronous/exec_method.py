"""(d) ExecMethod Chkdsk by a call result, on an ext4 image that is shown as an unmounted logical disk."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import wmix
from wmix import com
from wmix.engine.assembly import local_engine
from wmix.providers.logical_disk import logical_disk_providers
from wmix.providers.mounts import MountTable, unmounted


def make_image(folder: Path) -> Path:
    """A small ext4 file system in a file."""
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(8 * 2**20)
    mke2fs = shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin")
    if mke2fs is None:
        sys.exit("this example needs the Debian package e2fsprogs")
    subprocess.run([mke2fs, "-q", "-F", "-t", "ext4", str(image)], check=True)
    return image


def chkdsk(image: Path) -> None:
    """Check the image and print what the method says."""
    table = MountTable.of(unmounted(str(image)))
    disks = logical_disk_providers(table, {"D:": str(image)})
    _, services = com.Locator(lambda: local_engine(providers=disks)).connect_server(r"root\cimv2")
    assert services is not None

    _, cls = services.get_object("Win32_LogicalDisk", com.WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True)[1:]
    assert cls is not None
    _, definition = cls.get_result_object(com.WBEM_INFINITE)
    assert definition is not None
    _, signature, _ = definition.get_method("Chkdsk")
    assert signature is not None
    _, parameters = signature.spawn_instance(0)
    assert parameters is not None
    parameters.put("FixErrors", 0, False)

    hr, _, call = services.exec_method(
        'Win32_LogicalDisk.DeviceID="D:"',
        "Chkdsk",
        com.WBEM_FLAG_RETURN_IMMEDIATELY,
        None,
        parameters,
        call_result=True,
    )
    if call is None:
        raise SystemExit(f"not started: 0x{hr:08X}")
    polls = 1
    while call.get_call_status(20).hresult == com.WBEM_S_TIMEDOUT:
        polls += 1
    _, out = call.get_result_object(com.WBEM_INFINITE)
    assert out is not None
    print(f"Chkdsk returned {out.get('ReturnValue').value} after {polls} polls: 0 means that the check ran to its end")
    services.release()


def main() -> None:
    """Make an image and check it."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"wmix {wmix.__version__}")
        chkdsk(make_image(Path(folder)))


if __name__ == "__main__":
    main()
