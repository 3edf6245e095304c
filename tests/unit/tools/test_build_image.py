"""The builder of the class image, over facts of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools import build_image

from wmix.cim.image import ClassImage

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CIMV2 = "root\\cimv2"
#: Parents of the classes that the corrections add.
NEEDED = ("__SystemClass", "__IndicationRelated", "__ExtrinsicEvent")


def entry(name: str, **facts: Any) -> dict[str, Any]:
    return {"n": name, "ns": [CIMV2], **facts}


def image_of(*entries: dict[str, Any], enums: dict[str, dict[str, str]] | None = None) -> ClassImage:
    needed = [{"n": name, "ns": ["(all)"]} for name in NEEDED]
    return ClassImage(build_image.build({"enums": enums or {}, "classes": [*needed, *entries]}))


def test_equal_facts_give_equal_octets() -> None:
    facts = {"enums": {}, "classes": [{"n": name, "ns": ["(all)"]} for name in NEEDED]}
    assert build_image.build(facts) == build_image.build(facts)


def test_an_override_that_changes_nothing_is_not_declared() -> None:
    image = image_of(
        entry("CIM_A", own={"P": {"t": "string", "key": 1}, "Q": {"t": "uint32", "u": "ms"}}),
        entry("CIM_B", p="CIM_A", ovr={"P": {"key": 1}, "Q": {"u": "s"}}),
    )
    cls = image.load(CIMV2, "CIM_B")
    assert cls is not None
    assert not cls.properties["P"].local
    assert cls.properties["P"].is_key
    held = cls.properties["Q"].qualifiers
    assert cls.properties["Q"].local
    assert (held["Units"], held["Override"], held["read"]) == ("s", "Q", True)


def test_types_access_and_defaults() -> None:
    image = image_of(
        entry(
            "CIM_A",
            own={
                "Obj": {"t": "object"},
                "Emb": {"t": "CIM_A", "a": 1, "acc": "rw"},
                "Ref": {"t": "CIM_A", "ref": 1, "acc": "w"},
                "Yes": {"t": "boolean", "def": "True"},
                "Many": {"t": "uint8", "a": 1, "def": "{1, 2}"},
                "Len": {"t": "string", "maxlen": 5, "def": "a"},
            },
        )
    )
    cls = image.load(CIMV2, "CIM_A")
    assert cls is not None
    assert [prop.cimtype for prop in cls.properties.values()] == [
        "object", "object:CIM_A", "ref:CIM_A", "boolean", "uint8", "string"
    ]  # fmt: skip
    assert cls.properties["Emb"].is_array
    assert list(cls.properties["Emb"].qualifiers)[1:] == ["read", "write"]
    assert list(cls.properties["Ref"].qualifiers)[1:] == ["write"]
    assert (cls["Yes"], cls["Many"], cls["Len"]) == (True, (1, 2), "a")
    assert cls.properties["Len"].qualifiers["MaxLen"] == 5


def test_a_method_is_declared_again_only_for_a_reason() -> None:
    enums = {"0": {"0": "done"}, "1": {"0": "done", "1": "not"}}
    base = entry("CIM_A", m={"M": {"rt": "uint32", "rc": 0, "in": [["io", "X", "string[]", {"opt": 1}]]}})
    same = entry("CIM_B", p="CIM_A", m={"M": {"rt": "uint32", "rc": 0, "from": "CIM_A"}})
    other = entry("CIM_C", p="CIM_A", m={"M": {"rt": "uint32", "rc": 1, "from": "CIM_A"}})
    image = image_of(base, same, other, enums=enums)
    loaded = {name: image.load(CIMV2, name) for name in ("CIM_A", "CIM_B", "CIM_C")}
    methods = {name: cls.methods["M"] for name, cls in loaded.items() if cls is not None}
    assert [method.local for method in methods.values()] == [True, False, True]
    assert methods["CIM_C"].qualifiers["ValueMap"] == ("0", "1")
    assert methods["CIM_C"].in_signature == methods["CIM_A"].in_signature
    parameter = methods["CIM_A"].parameters[0]
    assert (parameter.is_in, parameter.is_out, parameter.is_array) == (True, True, True)
    assert [q.name for q in parameter.qualifiers] == ["Optional"]


def test_flags_and_class_facts_become_qualifiers() -> None:
    image = image_of(
        entry(
            "CIM_A",
            f=["dynamic", "supportscreate", "supportsdelete", "supportsupdate"],
            prov="P",
            cb="Create",
            db="Delete",
            priv="SeA, SeB",
            id="1-2",
        )
    )
    cls = image.load(CIMV2, "CIM_A")
    assert cls is not None
    assert dict(cls.qualifiers.items()) == {
        "dynamic": True,
        "provider": "P",
        "SupportsCreate": True,
        "CreateBy": "Create",
        "SupportsDelete": True,
        "DeleteBy": "Delete",
        "SupportsUpdate": True,
        "Privileges": ("SeA", "SeB"),
        "UUID": "{1-2}",
    }


def test_the_committed_facts_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "data" / "image"
    assert build_image.main([str(output)]) == 0
    assert ClassImage.open(path=output).load(CIMV2, "Win32_Process") is not None
    assert str(output) in capsys.readouterr().out
