"""``wmix describe``: text, MOF and JSON of a class."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from unit.cli.demo import wmi

if TYPE_CHECKING:
    import pytest


def test_text_tells_types_keys_units_values_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("describe", "win32_logicaldisk") == 0
    text = capsys.readouterr().out
    assert text.startswith("Win32_LogicalDisk\n  derived from  CIM_LogicalDisk : CIM_StorageExtent : ")
    assert "\n  * DeviceID " in text
    (free,) = [line for line in text.splitlines() if " FreeSpace " in line]
    assert free.split() == ["FreeSpace", "uint64", "read,", "Units", "bytes,", "from", "CIM_LogicalDisk"]
    assert "\n      3  Local Disk\n" in text
    assert "\n    uint32 Chkdsk([in] boolean FixErrors = FALSE, " in text
    assert "\n          2  Failure - Unknown file system\n" in text


def test_mof_declares_what_the_class_itself_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("describe", "Win32_LogicalDisk", "--format", "mof") == 0
    text = capsys.readouterr().out
    assert "\nclass Win32_LogicalDisk : CIM_LogicalDisk\n{\n" in text
    assert "DeviceID;" in text
    assert "FreeSpace" not in text
    assert text.endswith("};\n")


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("describe", "Win32_Process", "-f", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["__CLASS"] == "Win32_Process"
    assert found["__SUPERCLASS"] == "CIM_Process"
    by_name = {prop["name"]: prop for prop in found["properties"]}
    assert by_name["Handle"]["key"] is True
    assert by_name["ProcessId"]["type"] == "uint32"
    create = next(method for method in found["methods"] if method["name"] == "Create")
    assert create["static"] is True
    assert [p["name"] for p in create["parameters"] if p["in"]] == [
        "CommandLine", "CurrentDirectory", "ProcessStartupInformation",
    ]  # fmt: skip


def test_an_unknown_class_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("describe", "Win32_Proces") == 1
    assert "hint: " in capsys.readouterr().err
