"""The world of the recordings: the classes and instances that existed when they were made, in a memory repository."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import finished
from oracle.cases import reference
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.layout import build_row
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType, parse_type_name
from wmix.engine.assembly import local_engine
from wmix.engine.locator import machine_name
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from pathlib import Path

    from wmix.engine.engine import Engine

__all__ = ["SERVER", "oracle_engine", "substituted"]

#: What ``{SERVER}`` in the recordings stands for.
SERVER = machine_name()

NAMESPACES = (
    "ROOT",
    "ROOT\\CIMV2",
    "ROOT\\DEFAULT",
    "ROOT\\WMI",
    "ROOT\\StandardCimv2",
    "ROOT\\Microsoft",
    "ROOT\\Microsoft\\Windows",
    "ROOT\\Microsoft\\Windows\\Storage",
)
#: Where classes can be seen, beside the namespace that the recording gives.
ALSO_IN = {"ROOT\\CIMV2": ["ROOT\\DEFAULT"]}
#: What the class has on Windows, by the cases of the group ``types``, and the recorder's implementation lacks.
MISSING = {"Win32_BIOS": {"Status": ("string", "OK")}}
#: Classes that the recorder's implementation keeps for itself.
INTERNAL = {"__ASSOCIATORS", "__PARAMETERS", "__QUALIFIERS"}


def substituted(text: Any) -> Any:
    """Text of a recording with this computer's name in its place."""
    return text.replace("{SERVER}", SERVER) if isinstance(text, str) else text


def _type(name: str) -> tuple[CimType, bool]:
    return parse_type_name(name.removesuffix("[]")), name.endswith("[]")


def _property(name: str, type_name: str, *, key: bool = False) -> CimProperty:
    cim_type, is_array = _type(type_name)
    return CimProperty(name, cim_type, is_array, qualifiers=QualifierSet((Qualifier.of("key"),)) if key else None)


def _method(name: str, sides: dict[str, list[dict[str, str]]], origin: str) -> CimMethod:
    def parameter(entry: dict[str, str], *, is_in: bool) -> CimParameter:
        cim_type, is_array = _type(entry["type"])
        return CimParameter(entry["name"], cim_type, is_array, is_in=is_in, is_out=not is_in)

    outs = [entry for entry in sides.get("out") or [] if entry["name"] != "ReturnValue"]
    parameters = [parameter(entry, is_in=True) for entry in sides.get("in") or []]
    parameters += [parameter(entry, is_in=False) for entry in outs]
    return CimMethod.declare(name, parameters, origin=origin)


def _qualifiers(entry: dict[str, Any], *, singleton: bool) -> list[Qualifier]:
    """What the recordings do not tell, and follows from the rest."""
    is_association = "reference" in entry["properties"].values()
    marks = {"singleton": singleton, "association": is_association}
    return [Qualifier.of(name) for name, holds in marks.items() if holds]


def _class(name: str, entry: dict[str, Any], *, singleton: bool) -> CimClass:
    keys = set(entry["keys"])
    return derive(
        None,
        name,
        properties=[_property(prop, kind, key=prop in keys) for prop, kind in entry["properties"].items()],
        methods=[_method(method, sides, name) for method, sides in entry["methods"].items()],
        qualifiers=_qualifiers(entry, singleton=singleton),
        check=False,
    )


def _named_by_cases_only(path: Path, known: set[str]) -> dict[str, dict[str, Any]]:
    """Windows classes that the recorder's implementation lacks: as far as the recorded types tell; no instances."""
    found: dict[str, dict[str, Any]] = {}
    for line in (path / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["group"] != "types" or "query" not in case["input"]:
            continue
        name = case["input"]["query"].split()[-1]
        if name.casefold() not in known:
            properties = {prop: what["type"] for prop, what in case["expected"].get("props", {}).items()}
            found[name] = {"namespace": "ROOT\\CIMV2", "properties": properties, "keys": [], "methods": {}}
    return found


@cache
def _recorded() -> tuple[list[tuple[str, CimClass]], list[CimInstance]]:
    """The classes with their namespaces, and the instances of ROOT\\CIMV2."""
    path = reference()
    if path is None:
        pytest.skip("no recordings")
    entries = json.loads((path / "wine-classes.json").read_text(encoding="utf-8"))["classes"]
    rows = json.loads((path / "fixture.json").read_text(encoding="utf-8"))["classes"]
    entries |= _named_by_cases_only(path, {name.casefold() for name in entries})
    classes: list[tuple[str, CimClass]] = []
    instances: list[CimInstance] = []
    for name, entry in entries.items():
        if name in INTERNAL:
            continue
        missing = MISSING.get(name, {})
        entry["properties"] |= {prop: kind for prop, (kind, _) in missing.items()}
        found = rows.get(name, {}).get("instances", [])
        cls = _class(name, entry, singleton=not entry["keys"] and len(found) == 1)
        home = entry["namespace"]
        classes += [(namespace, cls) for namespace in (home, *ALSO_IN.get(home, ()))]
        for row in found:
            values = {prop: substituted(value) for prop, value in row.items()}
            values |= {prop: value for prop, (_, value) in missing.items()}
            instances.append(CimInstance(cls.layout, build_row(cls.layout, values)))
    return classes, instances


def oracle_engine() -> Engine:
    """An engine over the recorded world, to be called on its loop."""
    repository = MemoryRepository()
    for namespace in NAMESPACES:
        finished(repository.create_namespace(namespace))
    classes, instances = _recorded()
    for namespace, cls in classes:
        finished(repository.put_class(namespace, cls))
    for item in instances:
        finished(repository.put_instance("ROOT\\CIMV2", item))
    return local_engine(repository=repository, image=None, shipped=False, installed=False, server=SERVER)
