"""Get ``wmic``, the C client that judges the server in ``tests/peers/test_wmic.py``, into a folder.

Usage: ``python tools/get_wmic.py FOLDER``

No distribution packages it any more; the npm package ``wmi-client`` carries a build for Linux on x86-64.  It is taken
from there without running anything of the package, and only when its octets are those that are named here.

Exit: 0 it is there, or cannot be had on this machine, which is said; 1 what came is something else; 2 usage.
"""

from __future__ import annotations

import hashlib
import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "wmi-client@0.5.0"
MEMBER: Final = "package/bin/wmic_centos_x64"
SHA256: Final = "54d9da61a4ebf744cf8443b03c5a765ca3c53a4bc81cb27afd40a84d5030e99d"
MACHINE: Final = ("Linux", "x86_64")
#: Seconds for the registry to answer.
PATIENCE: Final = 120.0


class Unavailable(Exception):
    """The client cannot be had on this machine; the text says why."""


class Mistaken(Exception):
    """What the registry gave is not what it should be."""


def fetched() -> bytes:
    """The archive of the package, from the registry that npm is set up for.

    Raises:
        Unavailable: there is no npm, or it did not get the package.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("npm is not installed")
    with tempfile.TemporaryDirectory() as place:
        try:
            done = subprocess.run(
                [npm, "pack", "--silent", PACKAGE],
                cwd=place,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"npm had not got {PACKAGE} after {PATIENCE:.0f} seconds") from None
        archives = list(Path(place).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            words = done.stderr.strip().splitlines() or ["it said nothing"]
            raise Unavailable(f"npm could not get {PACKAGE}: {words[0]}")
        return archives[0].read_bytes()


def program(archive: bytes) -> bytes:
    """The program in the package's archive.

    Raises:
        Mistaken: it is not there, or its octets are others.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            found = members.extractfile(MEMBER)
            octets = b"" if found is None else found.read()
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise Mistaken(f"{PACKAGE} has no {MEMBER}: {error}") from error
    digest = hashlib.sha256(octets).hexdigest()
    if digest != SHA256:
        raise Mistaken(f"{MEMBER} of {PACKAGE} has the SHA-256 {digest}, expected {SHA256}; it is not used")
    return octets


def get(folder: Path) -> Path:
    """The program in *folder*, fetched unless it is there.

    Raises:
        Unavailable: it cannot be had on this machine.
        Mistaken: what came is something else.
    """
    place = folder / "wmic"
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == SHA256:
        return place
    machine = platform.system(), platform.machine()
    if machine != MACHINE:
        raise Unavailable(f"there is a build for {' '.join(MACHINE)} only, this is {' '.join(machine)}")
    octets = program(fetched())
    unfinished = folder / "wmic.new"
    unfinished.write_bytes(octets)
    unfinished.chmod(0o755)
    unfinished.replace(place)
    return place


def main(arguments: list[str]) -> int:
    """See the module docstring."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: get_wmic.py FOLDER", file=sys.stderr)
        return 2
    try:
        print(f"{get(Path(arguments[0]))} is there")
    except Unavailable as why:
        print(f"no wmic: {why}; its tests will skip")
    except Mistaken as what:
        print(what, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
