"""``wmix delete``: an instance goes at once, a class and a namespace only when that was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wmix
from wmix.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """
class Shop_Item { [key] string Id; };
class Shop_Tool : Shop_Item { string Use; };
instance of Shop_Tool { Id = "saw"; };
instance of Shop_Item { Id = "nail"; };
"""


@pytest.fixture(autouse=True)
def _stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WMIX_REPOSITORY", str(tmp_path / "r.sqlite"))
    with wmix.connect(namespace="root/default") as client:
        client.compile(SHOP)


def delete(*words: str) -> int:
    return main(["delete", "-n", "root/default", *words])


def names() -> list[str]:
    with wmix.connect(namespace="root/default") as client:
        return sorted(cls.name for cls in client.classes() if cls.name.startswith("Shop_"))


def test_an_instance_goes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert delete('Shop_Item.Id="saw"') == 0
    assert capsys.readouterr() == ("", "")
    assert delete('Shop_Item.Id="saw"') == 1
    assert "WBEM_E_NOT_FOUND" in capsys.readouterr().err


def test_a_class_goes_with_all_below_it_when_that_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert delete("Shop_Item") == 2
    assert "its subclasses and all their instances go with it\nsay so with --yes" in capsys.readouterr().err
    assert names() == ["Shop_Item", "Shop_Tool"]
    assert delete("--yes", "shop_item") == 0
    assert capsys.readouterr() == ("", "")
    assert names() == []


def test_a_namespace_goes_with_all_in_it_when_that_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["put", "-n", "root", '__Namespace.Name="shop"']) == 0
    words = ["delete", "-n", "root", '__namespace.Name="shop"']
    assert main(words) == 2
    assert "say so with --yes" in capsys.readouterr().err
    assert main([*words, "--yes"]) == 0
    assert main(["namespaces", "-n", "root/shop"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--yes", "Shop_None"], 1, "there is no class Shop_None"),
        (["--yes", "-n", "root/cimv2", "Win32_Process"], 1, "Win32_Process is shipped with the engine"),
        (["--yes", "-n", "root/cimv2", "__Namespace"], 1, "WBEM_E_INVALID_OPERATION"),
        (["--yes", "root\\cimv2:Shop_Item"], 1, "with a client of that namespace"),
        (["Shop_Item.Id"], 2, "WBEM_E_INVALID_OBJECT_PATH"),
    ],
)
def test_what_cannot_be_deleted_is_told(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert delete(*words) == code
    err = capsys.readouterr().err
    assert said in err
    assert "<text>" not in err
    assert names() == ["Shop_Item", "Shop_Tool"]
