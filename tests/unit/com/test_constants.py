"""Constants: com has every flag and status of the package, with the same value."""

from __future__ import annotations

import pytest

from wmix import com, status
from wmix.cim import wbem_path
from wmix.cim.qualifiers import Flavor
from wmix.cim.types import ARRAY, CimType
from wmix.port import flags


@pytest.mark.parametrize("module", [flags, status, wbem_path], ids=lambda module: module.__name__)
def test_every_symbol_of_wmi_is_importable_from_com(module: object) -> None:
    prefixes = ("WBEM_", "WBEMESS_", "WBEMMOF_", "WBEMPATH_")
    symbols = {name: value for name, value in vars(module).items() if name.startswith(prefixes)}
    assert symbols
    assert {name: getattr(com, name, None) for name in symbols} == symbols


def test_cim_types_are_those_of_the_model() -> None:
    assert {name: getattr(com, f"CIM_{name}") for name in CimType.__members__} == dict(CimType.__members__)
    assert com.CIM_FLAG_ARRAY == ARRAY


def test_flavors_are_those_of_the_model() -> None:
    own = {
        "TO_INSTANCE": com.WBEM_FLAVOR_FLAG_PROPAGATE_TO_INSTANCE,
        "TO_DERIVED_CLASS": com.WBEM_FLAVOR_FLAG_PROPAGATE_TO_DERIVED_CLASS,
        "NOT_OVERRIDABLE": com.WBEM_FLAVOR_NOT_OVERRIDABLE,
        "ORIGIN_PROPAGATED": com.WBEM_FLAVOR_ORIGIN_PROPAGATED,
        "ORIGIN_SYSTEM": com.WBEM_FLAVOR_ORIGIN_SYSTEM,
        "AMENDED": com.WBEM_FLAVOR_AMENDED,
    }
    assert own == {name: int(flavor) for name, flavor in Flavor.__members__.items()}


def test_infinite_is_minus_one_without_its_sign() -> None:
    assert com.WBEM_INFINITE == -1 & 0xFFFFFFFF


def test_the_classes_are_found_and_other_names_are_not() -> None:
    for name in ("CallResult", "ClassObject", "Context", "Enumerator", "Locator", "Path", "QualifierSet", "Services"):
        assert getattr(com, name).__name__ == name
        assert name in dir(com)
    with pytest.raises(AttributeError, match="Nope"):
        _ = com.Nope  # type: ignore[attr-defined]  # on purpose
