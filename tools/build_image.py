"""Build the class image, ``src/wmix/cim/data/schema-1.img``, from ``tools/facts/classes.json``.

Usage: ``python tools/build_image.py [OUTPUT]``

The format is described in ``wmix.cim.image``, which reads it.  Equal facts give equal octets, on every machine; a
test builds the image anew and compares it with the committed one.  ``schema_corrections.py`` says where the facts
are wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))  # so that this also runs as a program

from tools import schema_corrections as corrections

from wmix.cim.image import EVERYWHERE, FIELD, FORMAT_VERSION, ITEM, MAGIC, PAIR

FACTS: Final = Path(__file__).parent / "facts" / "classes.json"
OUTPUT: Final = Path(__file__).parent.parent / "src" / "wmix" / "cim" / "data" / f"schema-{FORMAT_VERSION}.img"

Facts = dict[str, Any]


class Schema:
    """The corrected facts, and what follows from the derivation."""

    def __init__(self, facts: Facts) -> None:
        self.enums: dict[str, dict[str, str]] = facts["enums"]
        entries = [corrected(entry) for entry in [*facts["classes"], *corrections.ADDED]]
        self.classes: dict[str, Facts] = {
            entry["n"]: entry for entry in sorted(entries, key=lambda e: e["n"].casefold())
        }
        self.tables: dict[int, int] = {}
        """Key in the facts -> line in the image."""

    def spelling(self, name: str) -> str:
        """A class name as its definition spells it."""
        for known in self.classes:
            if known.casefold() == name.casefold():
                return known
        raise KeyError(name)

    def ancestors(self, entry: Facts) -> list[Facts]:
        """The classes above *entry*, parent first."""
        found = []
        while "p" in entry:
            entry = self.classes[entry["p"]]
            found.append(entry)
        return found

    def declared_above(self, entry: Facts, name: str) -> Facts | None:
        """Facts of the property *name* as the nearest ancestor declares it, types filled in from further above."""
        merged: Facts = {}
        for ancestor in self.ancestors(entry):
            for group in ("own", "ovr"):
                merged = {**ancestor.get(group, {}).get(name, {}), **merged}
        return merged if "t" in merged else None

    def method_above(self, entry: Facts, name: str) -> Facts | None:
        """Facts of the method *name* as the topmost ancestor that gives its return type declares it."""
        found = None
        for ancestor in self.ancestors(entry):
            facts = ancestor.get("m", {}).get(name)
            if facts is not None and "rt" in facts:
                found = facts
        return found

    def table(self, key: int) -> int:
        """The line of a value table in the image."""
        return self.tables.setdefault(key, len(self.tables))


def corrected(entry: Facts) -> Facts:
    """*entry* with the corrections for its class."""
    name = entry["n"]
    entry = json.loads(json.dumps(entry))
    if name in corrections.PARENTS:
        entry["p"] = corrections.PARENTS[name]
    entry["f"] = sorted({*entry.get("f", ()), *corrections.FLAGS.get(name, ())})
    for prop, facts in corrections.PROPERTIES.get(name, {}).items():
        group = "own" if prop in entry.get("own", {}) else "ovr"
        if facts is None:
            entry[group].pop(prop, None)
            entry.get("ovr", {}).pop(prop, None)
        else:
            entry[group][prop].update(facts)
    for method, facts in corrections.METHODS.get(name, {}).items():
        entry["m"][method].update(facts)
    return dict(entry)


# -- lines of a record


def type_text(schema: Schema, facts: Facts) -> str:
    """Type of a property or parameter as the image writes it."""
    name = facts["t"]
    if name == "HRESULT":
        name = "uint32"  # the pages of __SystemSecurity; what arrives is a uint32 (reference case object-signature-05)
    elif name[:1] == "_" or name[:1].isupper():
        kind = "ref" if facts.get("ref") else "object"
        name = f"{kind}:{schema.spelling(name)}"
    return f"{name}[]" if facts.get("a") else str(name)


def default_text(facts: Facts, text: str) -> str:
    """Default as the image writes it; empty for none."""
    if "def" not in facts:
        return ""
    value = str(facts["def"])
    if text == "boolean":
        return "=" + value.upper()
    if text.endswith("[]"):
        return "=" + ITEM.join(item.strip() for item in value.strip("{}").split(","))
    return "=" + value


def value_qualifiers(schema: Schema, facts: Facts) -> list[str]:
    """Qualifiers that say which values there are and what they mean."""
    found = []
    if "u" in facts:
        found.append(f"Units=s{facts['u']}")
    if "maxlen" in facts:
        found.append(f"MaxLen=i{facts['maxlen']}")
    if "sub" in facts:
        found.append(f"SubType=s{facts['sub']}")
    if "v" in facts:
        found.append(f"*{schema.table(facts['v'])}")
    return found


def property_line(schema: Schema, entry: Facts, name: str, facts: Facts) -> str | None:
    """The line of a declared property; None for an override that changes nothing."""
    above = schema.declared_above(entry, name)
    if above is not None:
        changed = {key: value for key, value in facts.items() if above.get(key) != value}
        if not changed:
            return None
        text = type_text(schema, {**above, **facts})
    else:
        changed = dict(facts)
        text = type_text(schema, facts)
    qualifiers = []
    if above is None or "acc" in changed:
        access = facts.get("acc", "r")
        qualifiers += ["read"] if "r" in access else []
        qualifiers += ["write"] if "w" in access else []
    if "cimkey" in changed:
        qualifiers.append("CIM_Key")
    if "prop" in changed:
        qualifiers.append(f"Propagated=s{facts['prop']}")
    if above is not None:
        qualifiers.append(f"Override=s{name}")
    qualifiers += value_qualifiers(schema, changed)
    key = "k" if changed.get("key") else ""
    return "p" + FIELD.join([name, text, key, default_text(changed, text), *qualifiers])


def method_lines(schema: Schema, entry: Facts, name: str, facts: Facts) -> list[str]:
    """The lines of a declared method and its parameters; none when the class only inherits it."""
    implemented = name in corrections.IMPLEMENTED.get(entry["n"], ())
    above = schema.method_above(entry, name)
    if above is not None:
        if not implemented and facts.get("rc", above.get("rc")) == above.get("rc"):
            return []
        signature = above  # 8.1.3: the same signature, or it could not be declared again
    elif "rt" in facts:
        signature = facts
    else:
        return []
    qualifiers = []
    if above is not None:
        qualifiers.append(f"Override=s{name}")
    if signature.get("st"):
        qualifiers.append("Static")
    if implemented:
        qualifiers.append("Implemented")
    if name in corrections.DISABLED.get(entry["n"], ()):
        qualifiers.append("Disabled")
    if "rc" in facts:
        qualifiers.append(f"*{schema.table(facts['rc'])}")
    returns = type_text(schema, {"t": signature["rt"]})
    lines = ["m" + FIELD.join([name, returns, *qualifiers])]
    for direction, parameter, kind, *extras in signature.get("in", ()):
        more: Facts = extras[0] if extras else {}
        described: Facts = {**more, "t": kind.removesuffix("[]"), "a": kind.endswith("[]")}
        text = type_text(schema, described)
        held = (["Optional"] if more.get("opt") else []) + value_qualifiers(schema, more)
        lines.append("a" + FIELD.join([parameter, text, direction, default_text(more, text), *held]))
    return lines


def class_qualifiers(entry: Facts) -> list[str]:
    """The qualifiers of the class itself."""
    flags = entry["f"]
    found = [flag for flag in ("abstract", "singleton", "association", "dynamic") if flag in flags]
    if "prov" in entry:
        found.append(f"provider=s{entry['prov']}")
    for flag, name in (("supportscreate", "SupportsCreate"), ("supportsdelete", "SupportsDelete")):
        if flag in flags:
            by = {"supportscreate": "cb", "supportsdelete": "db"}[flag]
            found.append(name)
            found += [f"{'CreateBy' if by == 'cb' else 'DeleteBy'}=s{entry[by]}"] if by in entry else []
    if "supportsupdate" in flags:
        found.append("SupportsUpdate")
    if "priv" in entry:
        found.append("Privileges=S" + ITEM.join(entry["priv"].replace(",", " ").split()))
    if "id" in entry:
        found.append(f"UUID=s{{{entry['id']}}}")
    return found


def record(schema: Schema, entry: Facts) -> str:
    """All lines of a class."""
    lines = ["c" + FIELD.join(class_qualifiers(entry))]
    declared: Facts = {**entry.get("ovr", {}), **entry.get("own", {})}
    for name, facts in declared.items():
        line = property_line(schema, entry, name, facts)
        if line is not None:
            lines.append(line)
    for name, facts in entry.get("m", {}).items():
        lines += method_lines(schema, entry, name, facts)
    return "\n".join(lines) + "\n"


def places(entry: Facts) -> str:
    """Where the class is, as the index writes it."""
    if entry["n"] in corrections.PLACES:
        named = corrections.PLACES[entry["n"]]
    elif entry["ns"] == ["(all)"] or entry["n"].startswith("__"):
        return EVERYWHERE
    else:
        named = tuple(entry["ns"])
    return ",".join(str(corrections.NAMESPACES.index(namespace)) for namespace in named)


def build(facts: Facts) -> bytes:
    """The octets of the image."""
    schema = Schema(facts)
    index = [FIELD.join(corrections.NAMESPACES)]
    records: list[bytes] = []
    start = 0
    for entry in schema.classes.values():
        octets = record(schema, entry).encode()
        parent = schema.spelling(entry["p"]) if "p" in entry else ""
        index.append(FIELD.join([entry["n"], parent, places(entry), str(start), str(len(octets))]))
        records.append(octets)
        start += len(octets)
    tables = [
        ITEM.join(f"{key}{PAIR}{label}" for key, label in schema.enums[str(key)].items()) for key in schema.tables
    ]
    index_octets = "\n".join([*index, ""]).encode()
    tables_octets = "\n".join([*tables, ""]).encode()
    head = f"{MAGIC} {FORMAT_VERSION} {len(index_octets)} {len(tables_octets)}\n".encode()
    return head + index_octets + tables_octets + b"".join(records)


def main(arguments: list[str]) -> int:
    """Build from the committed facts."""
    output = Path(arguments[0]) if arguments else OUTPUT
    octets = build(json.loads(FACTS.read_text(encoding="utf-8")))
    output.parent.mkdir(exist_ok=True)
    output.write_bytes(octets)
    print(f"{len(octets)} octets -> {output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
