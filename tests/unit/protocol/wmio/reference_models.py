"""What the tests of this directory share: captured encodings, and a model of what a text looks like after a journey.

The captured dumps are not part of this repository: the environment variable ``WMIX_REFERENCE`` names the directory in
whose ``vectors/windows-wmio`` they are.  Without it the tests that read them are skipped, and say so.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wmix.cim.classes import CimClass, CimProperty
from wmix.cim.layout import UNSET
from wmix.cim.qualifiers import QualifierSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.instances import CimInstance

__all__ = ["arrived", "arrived_class", "arrived_instance", "captured"]

VARIABLE = "WMIX_REFERENCE"


def captured(name: str) -> bytes:
    """The octets of the captured dump *name*; skips the test when there is none."""
    path = Path(os.environ.get(VARIABLE, "")) / "vectors" / "windows-wmio" / f"{name}.dump"
    if not os.environ.get(VARIABLE) or not path.is_file():
        pytest.skip(f"{VARIABLE} does not name a directory with the captured encodings")
    return bytes.fromhex(path.read_text("ascii").strip())


def arrived(value: object) -> object:
    """*value* as the other side sees it: texts end at their first NUL, halves of surrogate pairs find each other."""
    if isinstance(value, str) and len(value) != 1:
        text = value.split("\0", 1)[0]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if isinstance(value, tuple):
        return tuple(map(arrived, value))
    return value


def arrived_row(values: Sequence[object], texts: Sequence[bool]) -> tuple[object, ...]:
    """*values* as they arrive; *texts* says which of them are texts, where one character can be a NUL that ends it."""
    return tuple([_arrived_text(value) if is_text else value for value, is_text in zip(values, texts, strict=True)])


def _arrived_text(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_arrived_text, value))
    return "" if value == "\0" else arrived(value)


def arrived_instance(instance: CimInstance) -> tuple[object, ...]:
    """The raw values of *instance* as they arrive."""
    layout = instance.layout_
    return arrived_row(instance.raw_values_(), [kind.name == "STRING" for kind, _ in layout.types])


def _arrived_default(prop: CimProperty) -> Any:
    if prop.default is None:
        return UNSET
    return _arrived_text(prop.default) if prop.type.name == "STRING" else prop.default


def arrived_class(cls: CimClass) -> CimClass:
    """*cls* as it arrives: the same with texts of defaults as they arrive."""
    properties = [
        CimProperty(
            prop.name,
            prop.type,
            prop.is_array,
            UNSET
            if prop.default is None
            else _arrived_text(prop.default)
            if prop.type.name == "STRING"
            else prop.default,  # type: ignore[arg-type]  # the same type
            QualifierSet(prop.qualifiers.entries()),
            prop.origin,
            prop.cimtype,
            prop.local,
        )
        for prop in cls.properties.values()
    ]
    return CimClass(
        cls.name,
        superclass=cls.superclass,
        derivation=cls.derivation,
        properties=properties,
        methods=cls.methods.values(),
        qualifiers=QualifierSet(cls.qualifiers.entries()),
    )
