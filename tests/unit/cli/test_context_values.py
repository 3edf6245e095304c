"""``--context NAME=VALUE``: which value a word has, and what is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.cli.context_values import context_of, context_value
from wmix.cli.main import main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest, MethodCall

    Seen = list[dict[str, Any] | None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=x", "x"),
        ("A=x=y", "x=y"),
        ("A=", None),
        ('A=""', ""),
        ('A="', '"'),
        ('A="7"', "7"),
        ('A="TRUE"', "TRUE"),
        ("A=true", True),
        ("A=FALSE", False),
        ("A=64", 64),
        ("A=-2147483648", -(2**31)),
        ("A=4294967295", 2**32 - 1),
        ("A=0xff", 255),
        ("A=007", 7),
        ("A=1.5", "1.5"),
        ("A=1_0", "1_0"),
        ("A=²", "²"),
        ("A= 7", " 7"),
    ],
)
def test_the_text_tells_the_type(text: str, value: object) -> None:
    name, found = context_value(text)
    assert (name, found, type(found)) == ("A", value, type(value))


@pytest.mark.parametrize("text", ["", "A", "=1", " =1", "[]=1"])
def test_a_word_without_name_or_value_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=VALUE is needed"):
        context_value(text)


@pytest.mark.parametrize("text", ["A=4294967296", "A=-2147483649"])
def test_numbers_have_32_bits(text: str) -> None:
    with pytest.raises(ValueError, match=r"a number of 32 bits is needed, not .* in quotes is text"):
        context_value(text)


def test_a_name_that_is_repeated_has_an_array() -> None:
    words = ["A=1", "b=x", "a=2", "C[]=y", "D[]=1", "d[]=2"]
    assert context_of([context_value(word) for word in words]) == {"A": [1, 2], "b": "x", "C": ["y"], "D": [1, 2]}


def test_no_values_are_no_context() -> None:
    assert context_of([]) is None


# -- commands


@pytest.fixture
def seen() -> Seen:
    """The contexts in which the provider was asked."""
    return []


@pytest.fixture
def run(seen: Seen) -> Callable[..., int]:
    """A command over a provider that notes its contexts."""

    def note(request: InstanceRequest | MethodCall) -> None:
        seen.append(None if request.context is None else dict(request.context.items()))

    @wmix.provider("Demo_Note", keys=("Id",), properties={"Id": "uint32", "Text": "string"})
    def notes(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        note(request)
        whole = {"Id": 1, "Text": "one"}
        yield {name: value for name, value in whole.items() if request.wants(name)}

    @wmix.method("Demo_Note", "Look", out={"ReturnValue": "uint32"})
    def look(call: MethodCall) -> Mapping[str, object]:
        note(call)
        return {"ReturnValue": 0}

    @wmix.events("Demo_Noted", properties={"Id": "uint32"})
    async def noted(request: Any) -> AsyncIterator[Mapping[str, object]]:
        yield {"Id": 1}

    def connect(*, namespace: str, settings: Settings, repository: str | None, locale: str | None) -> wmix.Client:
        return wmix.connect(
            namespace=namespace, settings=settings, repository=":memory:", providers=[notes, look, noted], locale=locale
        )

    return lambda *words: main(words, connect=connect)


@pytest.mark.parametrize(
    "words",
    [
        ("query", "SELECT * FROM Demo_Note"),
        ("get", "Demo_Note.Id=1"),
        ("call", "Demo_Note.Id=1", "Look"),
    ],
)
def test_the_provider_sees_what_was_given(run: Callable[..., int], seen: Seen, words: tuple[str, ...]) -> None:
    assert run(*words, "--context", "Pace=slow", "--context=__ProviderArchitecture=64", "--context", "pace=fast") == 0
    assert {json.dumps(given) for given in seen} == {'{"Pace": ["slow", "fast"], "__ProviderArchitecture": 64}'}
    seen.clear()
    assert run(*words) == 0
    assert seen
    assert not any(seen)


def test_a_part_of_an_object_can_be_asked_for(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    context = ("__GET_EXTENSIONS=TRUE", "__GET_EXT_CLIENT_REQUEST=TRUE", "__GET_EXT_PROPERTIES[]=Id")
    words = [word for value in context for word in ("--context", value)]
    assert run("get", "Demo_Note.Id=1", "--format", "json", *words) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {"Id": 1, "Text": None}


def test_a_part_of_an_object_can_be_put(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    mof = tmp_path / "shop.mof"
    mof.write_text('class Shop_Item { [key] string Id; uint32 Price; string Name; };\n'
                   'instance of Shop_Item { Id = "saw"; Price = 1; Name = "Saw"; };\n')  # fmt: skip
    place = ("--repository", str(tmp_path / "repository.db"), "-n", "root/default")
    assert main(["mof", "compile", str(mof), *place]) == 0
    context = ("__PUT_EXTENSIONS=TRUE", "__PUT_EXT_CLIENT_REQUEST=TRUE", "__PUT_EXT_PROPERTIES[]=Price")
    words = [word for value in context for word in ("--context", value)]
    assert main(["put", "--update", "Shop_Item.Id='saw'", "Price=5", "Name=Lost", *words, *place]) == 0
    capsys.readouterr()
    assert main(["get", "Shop_Item.Id='saw'", "--format", "json", *place]) == 0
    assert json.loads(capsys.readouterr().out) == [{"Id": "saw", "Price": 5, "Name": "Saw"}]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("query", "SELECT * FROM Demo_Note", "--context", "x"), 2, "NAME=VALUE is needed, not 'x'"),
        (("query", "SELECT * FROM Demo_Note", "--context", "x=99999999999"), 2, "a number of 32 bits is needed"),
        (("delete", "Demo_Note.Id=1", "--context", "__ProviderArchitecture=7"), 1, "is 32 or 64, not 7"),
        (("watch", "SELECT * FROM Demo_Noted", "--context", "__ProviderArchitecture=7"), 1, "is 32 or 64, not 7"),
    ],
)
def test_a_wrong_context_is_told(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert run(*words) == code
    assert said in capsys.readouterr().err
