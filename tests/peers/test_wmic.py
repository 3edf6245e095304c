"""wmic, the C client of monitoring plugins, asks a server: a process of its own that shares no code with this package.

Rows are compared with what the provider or the local engine has, value by value, in the client's spelling.  What it
misreads itself: a NULL number is 0, a real is the number that its octets make, ``char16`` and texts of Latin-1 beyond
ASCII it does not know, and of an embedded object it says "Unsupported".
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wmix.record import Record
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WMIC = shutil.which(
    "wmic", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
)
pytestmark = pytest.mark.skipif(WMIC is None, reason="wmic is not here; make wmic-tool gets it where npm is")

PATIENCE = 60.0
BETWEEN = "<|>"
SIGNED = "sign"

VALUES: Mapping[str, tuple[Any, list[Any]]] = {
    "boolean": (True, [True, False]),
    "sint8": (-128, [-1, 127]),
    "uint8": (255, [0, 255]),
    "sint16": (-32768, [1, -2]),
    "uint16": (65535, [1, 65535]),
    "sint32": (-(2**31), [1, -1]),
    "uint32": (2**32 - 1, [0, 2**32 - 1]),
    "sint64": (-(2**63), [-1, 2**62]),
    "uint64": (2**64 - 1, [0, 2**63]),
    "string": ("日本 and , ASCII", ["a", "", "日,"]),
    "datetime": ("20240229123456.789012+060", ["20240101000000.000000+000", "00000001020304.000000:000"]),
}
COLUMNS = {"Id": "sint32", "Real32": "real32", "Real64": "real64"}
for _type in VALUES:
    COLUMNS |= {f"One_{_type}": _type, f"More_{_type}": f"{_type}[]"}
ROWS: list[dict[str, Any]] = [
    {"Id": 1, "Real32": 1.5, "Real64": 0.1}
    | {f"One_{name}": one for name, (one, _) in VALUES.items()}
    | {f"More_{name}": more for name, (_, more) in VALUES.items()},
    {"Id": 2},
    {"Id": 3} | {f"More_{name}": [] for name in VALUES},
]


@wmix.provider("Demo_Kinds", keys=("Id",), properties=COLUMNS)
def kinds(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """A row with every value, one with NULLs, one with empty arrays."""
    yield from ROWS


@wmix.provider("Demo_Long", keys=("Id",), properties={"Id": "sint32", "Text": "string"})
def long_rows(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """Rows that fill more and more of a portion."""
    for number in range(152):
        yield {"Id": number, "Text": "x" * (number * 40)}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(
        users={"DOM\\alice": "pa:ss% wörd"}, providers=[kinds, long_rows], repository=fixture_repository()
    ) as running:
        yield running


class Answer(Record):
    """What wmic wrote: its exit code, the mistakes, and the objects as text by class and property."""

    code: int
    complaint: str
    objects: list[tuple[str, dict[str, str]]]


def asked(
    served: Served,
    text: str,
    *,
    namespace: str = "root\\cimv2",
    protection: str = SIGNED,
    user: str | None = None,
    password: str | None = None,
    ntlm: int = 2,
) -> Answer:
    """Ask with wmic; *protection* are flags of its binding, *ntlm* the version of its proof."""
    assert WMIC is not None
    login = f"{served.domain}/{user or served.user}%{password or served.password}"
    command = [WMIC, f"--option=client ntlmv2 auth={'Yes' if ntlm == 2 else 'No'}", "-U", login]
    command += ["--delimiter", BETWEEN, "--namespace", namespace]
    command += [f"//{served.host}[{served.port},{protection}]", text]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE, env={"LC_ALL": "C.UTF-8"})
    written = done.stdout.decode()
    return Answer(done.returncode, done.stderr.decode(errors="replace") + written, list(_objects(written)))


def _objects(written: str) -> Iterator[tuple[str, dict[str, str]]]:
    lines = iter(written.splitlines())
    class_name, names = "", [""]
    for line in lines:
        if line.startswith("CLASS: "):
            class_name, names = line.removeprefix("CLASS: "), next(lines).split(BETWEEN)
        elif not line.startswith("["):  # a message of the program
            yield class_name, dict(zip(names, line.split(BETWEEN), strict=True))


def spelled(value: Any, cim_type: str) -> str:
    """A value as wmic writes it."""
    if cim_type.endswith("[]"):
        if value is None:
            return "NULL"
        number = {True: "65535", False: "0"}  # VARIANT_TRUE
        return f"({','.join(number[item] if isinstance(item, bool) else str(item) for item in value)})"
    if cim_type in ("real32", "real64"):
        octets = b"" if value is None else struct.pack("<f" if cim_type == "real32" else "<d", value)
        return f"{float(int.from_bytes(octets, 'little')):f}"
    if value is None:
        return {"boolean": "False", "string": "(null)", "datetime": "(null)"}.get(cim_type, "0")
    return str(value)


def test_every_kind_of_value_is_read_as_the_provider_has_it(served: Served) -> None:
    answer = asked(served, "SELECT * FROM Demo_Kinds")
    assert answer.code == 0
    mine = [{name: spelled(row.get(name), kind) for name, kind in COLUMNS.items()} for row in ROWS]
    assert [row for _, row in answer.objects] == mine


def test_rows_of_many_portions_and_fragments_come_in_order(served: Served) -> None:
    answer = asked(served, "SELECT * FROM Demo_Long")
    assert [(row["Id"], len(row["Text"])) for _, row in answer.objects] == [(str(n), n * 40) for n in range(152)]


def test_subclasses_come_as_they_are_with_keys_that_were_not_asked_for(served: Served) -> None:
    answer = asked(served, "SELECT Num FROM CF_Part", namespace="root/conf")
    assert answer.objects == [
        ("CF_Part", {"Id": "p1", "Num": "1"}),
        ("CF_Part", {"Id": "p2", "Num": "2"}),
        ("CF_Gear", {"Id": "g1", "Num": "3"}),
        ("CF_Gear", {"Id": "g2", "Num": "4"}),
        ("CF_BigGear", {"Id": "b1", "Num": "5"}),
    ]


def test_an_embedded_object_does_not_hide_what_is_beside_it(served: Served) -> None:
    (found,) = asked(served, "SELECT * FROM CF_Part WHERE Id = 'p1'", namespace="root\\conf").objects
    assert found[1] == {
        "Big": "5000000000",
        "Emb": "Unsupported",
        "Flag": "True",
        "Id": "p1",
        "Num": "1",
        "Raw": "NULL",
        "Tag": "NTFS",
        "When": "20200101000000.000000+000",
    }


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Caption, CSName, LastBootUpTime, OSType, Primary, TotalVisibleMemorySize FROM Win32_OperatingSystem",
        "SELECT DeviceID, DriveType, FileSystem, Size, Compressed, VolumeName FROM Win32_LogicalDisk",
        "SELECT Name, State, StartMode, ProcessId, Started FROM Win32_Service",
        f"SELECT Name, ParentProcessId, CreationDate, ExecutablePath FROM Win32_Process WHERE ProcessId={os.getpid()}",
    ],
)
def test_classes_of_the_system_are_read_as_the_engine_has_them(served: Served, text: str) -> None:
    with wmix.connect(repository=":memory:") as client:
        class_name = text.split(" FROM ")[1].split()[0]
        properties = client.cls(class_name).properties
        types = {name: item.type.name.lower() + "[]" * item.is_array for name, item in properties.items()}
        rows = [row.values_() for row in client.query(text)]
    mine = [{name: spelled(value, types[name]) for name, value in row.items()} for row in rows]
    answer = asked(served, text)
    assert answer.code == 0
    found = [{name: row[name] for name in mine[0]} for _, row in answer.objects] if mine else answer.objects
    assert found == mine


@pytest.mark.parametrize("protection", [SIGNED, "seal", "sign,spnego", "seal,spnego"])
def test_every_protection_that_it_has_is_spoken(served: Served, protection: str) -> None:
    answer = asked(served, "SELECT Id FROM Demo_Kinds WHERE Id = 2", protection=protection)
    assert (answer.code, answer.objects) == (0, [("Demo_Kinds", {"Id": "2"})])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"protection": "connect"}, "a call at level 2"),
        ({"ntlm": 1}, "NTLMv1"),
        ({"password": "wrong"}, "wrong password"),
        ({"user": "nobody"}, "nobody"),
    ],
)
def test_who_may_not_come_in_is_told_so_at_once(served: Served, options: dict[str, Any], why: str) -> None:
    before = len(served.logins)
    answer = asked(served, "SELECT Id FROM Demo_Kinds", **options)
    assert (answer.code, answer.objects) == (1, [])
    assert "NT_STATUS_ACCESS_DENIED" in answer.complaint
    assert any(why in str(login.error) for login in served.logins[before:])


@pytest.mark.parametrize(
    ("text", "namespace", "status"),
    [
        ("SELECT * FROM No_Such", "root\\cimv2", "0x80041010"),
        ("SELECT Nothing FROM Demo_Kinds", "root\\cimv2", "0x80041017"),
        ("nonsense", "root\\cimv2", "0x80041017"),
        ("SELECT Id FROM Demo_Kinds", "root\\nowhere", "0x8004100e"),
    ],
)
def test_mistakes_have_the_status_that_wmi_has_for_them(served: Served, text: str, namespace: str, status: str) -> None:
    answer = asked(served, text, namespace=namespace)
    assert answer.code == 1
    assert f"NT code {status}" in answer.complaint


def test_no_objects_are_no_mistake(served: Served) -> None:
    answer = asked(served, "SELECT Id FROM Demo_Kinds WHERE Id = 99")
    assert (answer.code, answer.complaint, answer.objects) == (0, "", [])
