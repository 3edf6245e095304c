"""How the recordings name the types of variants, and what com gives in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix import com
from wmix.cim.types import parse_type_name

if TYPE_CHECKING:
    from wmix.com import ClassObject
    from wmix.com.results import PropertyResult

__all__ = ["check_properties", "type_code", "variant_type"]

_VARIANTS = {
    com.CIM_SINT8: ("VT_I2", int),
    com.CIM_UINT8: ("VT_UI1", int),
    com.CIM_SINT16: ("VT_I2", int),
    com.CIM_UINT16: ("VT_I4", int),
    com.CIM_SINT32: ("VT_I4", int),
    com.CIM_UINT32: ("VT_I4", int),
    com.CIM_SINT64: ("VT_BSTR", str),
    com.CIM_UINT64: ("VT_BSTR", str),
    com.CIM_REAL32: ("VT_R4", float),
    com.CIM_REAL64: ("VT_R8", float),
    com.CIM_BOOLEAN: ("VT_BOOL", bool),
    com.CIM_STRING: ("VT_BSTR", str),
    com.CIM_DATETIME: ("VT_BSTR", str),
    com.CIM_REFERENCE: ("VT_BSTR", str),
    com.CIM_CHAR16: ("VT_I2", int),
    com.CIM_OBJECT: ("VT_UNKNOWN", com.ClassObject),
}


def type_code(name: str) -> int:
    """The CIM type of ``uint32``, ``string[]``."""
    code = int(parse_type_name(name.removesuffix("[]")))
    return code | com.CIM_FLAG_ARRAY if name.endswith("[]") else code


def variant_type(result: PropertyResult) -> str:
    """The name of the variant's type; the Python value is seen to be of the kind that stands for it."""
    assert result.type is not None
    if result.value is None:
        return "VT_NULL"
    name, kind = _VARIANTS[result.type & ~com.CIM_FLAG_ARRAY]
    if result.type & com.CIM_FLAG_ARRAY:
        assert isinstance(result.value, list)
        assert all(type(item) is kind for item in result.value)
        return f"{name}|VT_ARRAY"
    assert type(result.value) is kind
    return name


def check_properties(item: ClassObject, expected: dict[str, Any]) -> None:
    """See that the properties are there with the recorded types."""
    for name, what in expected.items():
        result = item.get(name)
        assert result.hresult == com.WBEM_S_NO_ERROR, name
        assert result.type == type_code(what["type"]), name
        assert variant_type(result) in what["vt"], name
