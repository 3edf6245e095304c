"""``wmix put``: instances are created or changed, their values typed by the class."""

from __future__ import annotations

import json

import pytest

import wmix
from unit.cli.demo import wmi
from wmix.cli.main import main

SHOP = """
class Shop_Part { uint8 Size; };
class Shop_Item {
    [key] string Id; uint32 Price = 5; string Tags[]; boolean Sold; real32 Weight; datetime Since; uint64 Count;
    [EmbeddedInstance("Shop_Part")] Shop_Part Part;
};
class Shop_Tool : Shop_Item { string Use; };
class Shop_Pair { [key] uint32 A; [key] string B; string Note; };
[singleton] class Shop_Setting { uint32 Level; };
instance of Shop_Tool { Id = "saw"; Use = "cut"; };
"""


@pytest.fixture(autouse=True)
def _stored(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path_factory.mktemp("put") / "r.sqlite"
    monkeypatch.setenv("WMIX_REPOSITORY", str(where))
    with wmix.connect(namespace="root/default") as client:
        client.compile(SHOP)


def put(*words: str) -> int:
    return main(["put", "-n", "root/default", *words])


def shown(capsys: pytest.CaptureFixture[str], path: str) -> dict[str, object]:
    capsys.readouterr()
    assert main(["get", "-n", "root/default", path, "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_a_new_instance_has_the_keys_of_its_path_and_typed_values(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["Tags=a,b", "sold=TRUE", "Weight=0.5", "Count=0x10", "Since=20240229120000.000000+060", 'Part={"Size": 7}']
    assert put('Shop_Item.Id="nail"', *words) == 0
    assert capsys.readouterr() == ('Shop_Item.Id="nail"\n', "")
    assert shown(capsys, 'Shop_Item="nail"') == {
        "Id": "nail",
        "Price": 5,
        "Tags": ["a", "b"],
        "Sold": True,
        "Weight": 0.5,
        "Since": "20240229120000.000000+060",
        "Count": 16,
        "Part": {"__CLASS": "Shop_Part", "Size": 7},
    }


def test_what_is_not_named_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert put('Shop_Item.Id="saw"', "Price=9", "Tags=x") == 0
    assert capsys.readouterr().out == 'Shop_Tool.Id="saw"\n'
    assert put('Shop_Tool="saw"', "Tags=") == 0
    found = shown(capsys, 'Shop_Item="saw"')
    assert (found["Price"], found["Use"], found["Tags"]) == (9, "cut", None)


def test_keys_may_stand_among_the_properties(capsys: pytest.CaptureFixture[str]) -> None:
    assert put("Shop_Pair", "A=0x7", "B=b", "Note=first") == 0
    assert put("Shop_Pair", "A=7", "B=b") == 0
    assert put('Shop_Pair.B="b",A=7', "Note=second") == 0
    assert capsys.readouterr().out == 'Shop_Pair.A=7,B="b"\n' * 3
    assert shown(capsys, 'Shop_Pair.A=7,B="b"')["Note"] == "second"


def test_a_singleton_is_put_by_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert put("Shop_Setting=@", "Level=3") == 0
    assert capsys.readouterr().out == "Shop_Setting=@\n"
    assert shown(capsys, "Shop_Setting=@") == {"Level": 3}


def test_only_to_create_or_only_to_update(capsys: pytest.CaptureFixture[str]) -> None:
    assert put("--create", 'Shop_Item.Id="nail"') == 0
    assert put("--create", 'Shop_Item.Id="nail"', "Price=1") == 1
    assert "WBEM_E_ALREADY_EXISTS" in capsys.readouterr().err
    assert put("--update", 'Shop_Item.Id="nail"', "Price=1") == 0
    assert put("--update", 'Shop_Item.Id="screw"', "Price=1") == 1
    assert "WBEM_E_NOT_FOUND" in capsys.readouterr().err
    assert shown(capsys, 'Shop_Item="nail"')["Price"] == 1


def test_a_namespace_is_an_instance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "-n", "root", '__Namespace.Name="shop"']) == 0
    assert main(["namespaces", "-n", "root/shop"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["root\\shop"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["Shop_None.Id=1"], 1, "there is no class Shop_None"),
        (['Shop_Item.Idd="a"'], 1, "Idd is no key of Shop_Item"),
        (['Shop_Item.Id="a"', "Prize=1"], 1, "did you mean 'Price'?"),
        (['Shop_Item.Id="a"', "Price=much"], 1, "property Price: 'much'"),
        (['Shop_Item.Id="a"', "Price=-1"], 1, "WBEM_E_VALUE_OUT_OF_RANGE"),
        (['Shop_Item.Id="a"', "Price=1", "Price=2"], 1, "the property Price is given twice"),
        (['Shop_Item.Id="a"', "Id=b"], 2, "Id is a key of Shop_Item"),
        (['Shop_Item="a"', "id=b"], 2, "id is a key of Shop_Item"),
        (["Shop_Item", "Price=1"], 1, "WBEM_E_NO_KEY"),
        (["Shop_Part", "Size=1"], 1, "WBEM_E_NO_KEY"),
        (['Shop_Item.Id="a"', "Price"], 2, "a property is written Name=Value, not 'Price'"),
        (["--create", "--update", 'Shop_Item.Id="a"'], 2, "exclude each other"),
        (["Shop_Item."], 2, "WBEM_E_INVALID_OBJECT_PATH"),
        (["-n", "root/cimv2", 'Win32_Process.Handle="1"', "Name=x"], 1, "Win32_Process"),
    ],
)
def test_what_cannot_be_put_is_told(words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert put(*words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_properties_are_completed(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("_complete", "put", "-n", "root/default", "shop_t") == 0
    assert capsys.readouterr().out == "Shop_Tool\n"
    assert wmi("_complete", "put", "-n", "root/default", 'Shop_Item="x"', "Price=1", "t") == 0
    assert capsys.readouterr().out == "Tags=\n"
