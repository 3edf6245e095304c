"""Extract from a file of class facts what the class image needs, into ``tools/facts/classes.json``.

Usage: ``python tools/extract_facts.py cim-classes.json [OUTPUT]``

The input lists some 3,400 classes with names, types, flags, numbers and short value labels (its ``meta.legend``
explains the keys).  Kept are the classes named in ``SERVED``, everything they are derived from or mention as
embedded object or parameter in the same namespace, and all system classes (``__*``); of each only the keys that
``build_image.py`` reads.  The output is committed, so that the image can be built from a bare clone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SERVED = {
    "root\\cimv2": (
        "Win32_Process",
        "Win32_OperatingSystem",
        "Win32_ComputerSystem",
        "Win32_Processor",
        "Win32_LogicalDisk",
        "Win32_DiskDrive",
        "Win32_Service",
        "Win32_NetworkAdapter",
        "Win32_NetworkAdapterConfiguration",
        "Win32_Environment",
        "Win32_TimeZone",
        "Win32_UserAccount",
        "Win32_Group",
        "Win32_LocalTime",
        "Win32_UTCTime",
        "Win32_ProcessStartTrace",
        "Win32_ProcessStopTrace",
        "Win32_VolumeChangeEvent",
    ),
    "root\\subscription": (
        "ActiveScriptEventConsumer",
        "CommandLineEventConsumer",
        "LogFileEventConsumer",
        "NTEventLogEventConsumer",
        "SMTPEventConsumer",
    ),
}

LEGEND = {
    "class": {
        "n": "name",
        "ns": "namespaces; (all) = every namespace",
        "p": "superclass",
        "f": "flags",
        "prov": "provider",
        "cb": "CreateBy",
        "db": "DeleteBy",
        "priv": "Privileges",
        "id": "UUID",
        "keys": "key properties, inherited ones included",
        "own": "properties declared here",
        "ovr": "inherited properties whose facts differ here: only the differing facts",
        "m": "methods",
    },
    "property": {
        "t": "type (a class name means embedded object, or reference when ref)",
        "a": "array",
        "ref": "reference",
        "acc": "rw or w; absent = read-only",
        "key": "key",
        "cimkey": "CIM_Key",
        "prop": "propagated from",
        "u": "units",
        "maxlen": "MaxLen",
        "def": "default",
        "v": "key of enums",
        "sub": "SubType",
    },
    "method": {
        "rt": "return type",
        "st": "static",
        "in": "parameters: [i|o|io, name, type, extras]",
        "rc": "key of enums: return codes",
        "from": "declared by this ancestor",
    },
    "enums": "value -> short label; a..b = range; an empty label: there is none",
}


def embedded_types(entry: dict[str, Any]) -> list[str]:
    """Names of classes that properties and parameters of *entry* mention."""
    members = [*entry.get("own", {}).values(), *entry.get("ovr", {}).values()]
    found = [str(facts.get("t", "")) for facts in members]
    for method in entry.get("m", {}).values():
        found += [str(parameter[2]) for parameter in method.get("in", ())]
    return [name.removesuffix("[]") for name in found if name[:1].isupper()]


def wanted_classes(classes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The served classes, what they need, and the system classes; sorted by name."""
    system = {c["n"].casefold(): c for c in classes if c["n"].startswith("__")}
    chosen: dict[str, dict[str, Any]] = dict(system)
    for namespace, served in SERVED.items():
        by_name = {c["n"].casefold(): c for c in classes if namespace in c["ns"]}
        queue = list(served)
        while queue:
            name = queue.pop().casefold()
            if name in chosen:
                continue
            chosen[name] = entry = by_name[name]
            queue += [entry["p"]] if "p" in entry else []
            queue += embedded_types(entry)
    return [chosen[name] for name in sorted(chosen)]


def used_enums(value: object) -> set[int]:
    """All indexes of value tables inside *value*."""
    found: set[int] = set()
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("v", "rc") and isinstance(item, int):
                found.add(item)
            else:
                found |= used_enums(item)
    elif isinstance(value, list):
        for item in value:
            found |= used_enums(item)
    return found


def reduced(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with the keys of the legend only."""
    kept = _only("class", entry)
    for group in ("own", "ovr"):
        if group in kept:
            kept[group] = {name: _only("property", facts) for name, facts in kept[group].items()}
    if "m" in kept:
        kept["m"] = {name: _only("method", facts) for name, facts in kept["m"].items()}
    return kept


def _only(kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts whose keys the legend explains."""
    return {key: facts[key] for key in LEGEND[kind] if key in facts}


def main(arguments: list[str]) -> int:
    """Read the facts named by the first argument, write the extract."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 2
    facts = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    default = Path(__file__).parent / "facts" / "classes.json"
    output = Path(arguments[1]) if len(arguments) == 2 else default
    classes = [reduced(entry) for entry in wanted_classes(facts["classes"])]
    enums = {str(i): facts["enums"][i] for i in sorted(used_enums(classes))}

    def line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    parts = [
        '{"legend":' + line(LEGEND) + ",",
        '"enums":{\n' + ",\n".join(f'"{i}":{line(table)}' for i, table in enums.items()) + "\n},",
        '"classes":[\n' + ",\n".join(line(entry) for entry in classes) + "\n]}",
    ]
    output.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"{len(classes)} classes, {len(enums)} value tables -> {output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
