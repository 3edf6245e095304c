"""A tour on this machine: a semisynchronous query, read in portions, and a slow call, polled to its result.

Run it with ``make demo``.  Nothing in it sleeps: the slow object is real work, the digest of every file of the
Python library that runs this program.
"""

from __future__ import annotations

import hashlib
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import wmix

PROCESSES = "SELECT ProcessId, Name, ThreadCount, WorkingSetSize FROM Win32_Process WHERE WorkingSetSize > 1000000"
DIGEST = 'Demo_LibraryDigest.Name="python"'


@wmix.provider(
    "Demo_LibraryDigest",
    keys=["Name"],
    properties={"Name": "string", "Files": "uint32", "Size": "uint64", "Sha256": "string"},
)
def digests(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """The library of this interpreter; its files are read only for who asks for them."""
    if request.wants_any("Files", "Size", "Sha256"):
        yield digest(request, {"Name": "python"})
    else:
        yield {"Name": "python"}


@digests.get
def digest(request: wmix.InstanceRequest, keys: Mapping[str, object]) -> Mapping[str, object]:
    """Read every file of the library: seconds of honest work on a worker thread."""
    del request
    files, size, sha256 = 0, 0, hashlib.sha256()
    roots = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")}
    for path in sorted({path for root in roots for path in root.rglob("*") if path.is_file()}):
        data = path.read_bytes()
        files += 1
        size += len(data)
        sha256.update(data)
    return {"Name": keys["Name"], "Files": files, "Size": size, "Sha256": sha256.hexdigest()}


def read_in_portions(wmi: wmix.Client) -> None:
    """ExecQuery with a handle at once, then Next with a count and a timeout until nothing is left."""
    print(f"1. A semisynchronous query\n   {PROCESSES}")
    began = time.perf_counter()
    query = wmi.query(PROCESSES)
    print(f"   the handle came back after {(time.perf_counter() - began) * 1000:.1f} ms; its objects, in portions:\n")
    print(f"   {'ProcessId':>9}  {'Name':<30} {'Threads':>7}  {'Memory':>10}")
    while not query.exhausted:
        portion = query.next_batch(10, timeout=0.5)
        for process in portion:
            memory = f"{process.WorkingSetSize / 2**20:.1f} MiB"
            print(f"   {process.ProcessId:>9}  {process.Name:<30} {process.ThreadCount:>7}  {memory:>10}")
        print(f"   -- {len(portion)} more; {query.received} objects after {query.elapsed * 1000:.0f} ms")


def poll(wmi: wmix.Client) -> None:
    """GetObject with a call result at once, polled; between the polls the program does something else."""
    print(f"\n2. A call result, polled\n   {DIGEST}")
    call = wmi.begin_get(DIGEST)
    polls, patience = 0, 0.01
    while not call.wait(timeout=patience):
        polls += 1
        (system,) = wmi.query("SELECT NumberOfProcesses FROM Win32_OperatingSystem")
        print(f"   poll {polls}: not yet; meanwhile this machine has {system.NumberOfProcesses} processes")
        patience = min(patience * 2, 1.0)
    found = call.result()
    print(f"   there it is: {found.Files} files, {found.Size / 2**20:.0f} MiB, SHA-256 {found.Sha256[:16]}...")


def main() -> int:
    """Both parts."""
    with wmix.connect(providers=[digests]) as wmi:
        print(f"wmix {wmix.__version__} on {wmi.server_}, {wmi.namespace_}\n")
        read_in_portions(wmi)
        poll(wmi)
    return 0


if __name__ == "__main__":
    sys.exit(main())
