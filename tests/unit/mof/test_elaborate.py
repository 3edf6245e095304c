"""From declarations to steps: classes, instances, aliases, namespaces, flags, and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unit.mof.vectors import DIRECTORY, Mistake, cases
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.image import ClassImage
from wmix.cim.qualifiers import Qualifier
from wmix.cim.types import CimType
from wmix.errors import ObjectExists
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, InvalidMof
from wmix.mof.elaborate import Compilation, compile_text
from wmix.mof.includes import unit_of
from wmix.mof.parser import parse
from wmix.mof.steps import (
    AutoRecover,
    DeleteClass,
    DeleteInstance,
    NeedClass,
    PutClass,
    PutInstance,
    Step,
    UseNamespace,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.instances import CimInstance


def _nothing(namespace: str, name: str) -> CimClass | None:
    return None


def _steps(text: str, resolve: Callable[[str, str], CimClass | None] = _nothing) -> list[Step]:
    return list(compile_text(text, name="a.mof", namespace="root\\test").steps(resolve))


def _classes(text: str) -> dict[str, CimClass]:
    return {step.definition.name: step.definition for step in _steps(text) if isinstance(step, PutClass)}


def _instances(text: str) -> list[CimInstance]:
    return [step.instance for step in _steps(text) if isinstance(step, PutInstance)]


def test_everything_that_the_language_has_becomes_steps() -> None:
    steps = _steps((DIRECTORY / "language.mof").read_text(encoding="utf-8"))
    kinds = [type(step) for step in steps]
    assert kinds == [AutoRecover, UseNamespace, DeleteClass, DeleteInstance, *[PutClass] * 3, *[PutInstance] * 2]
    assert {step.namespace for step in steps[1:]} == {"root\\test"}
    deleted_class, deleted_instance = steps[2], steps[3]
    assert isinstance(deleted_class, DeleteClass)
    assert isinstance(deleted_instance, DeleteInstance)
    assert (deleted_class.name, deleted_class.fail) == ("Old_Thing", False)
    assert (deleted_instance.path, deleted_instance.fail) == ('Old_Thing.Name="a"', True)
    thing, more = steps[4], steps[6]
    assert isinstance(thing, PutClass)
    assert isinstance(more, PutClass)
    assert thing.flags == 0x41
    _look_at_the_class(thing.definition)
    _look_at_the_methods(more.definition)
    first, last = steps[7], steps[8]
    assert isinstance(first, PutInstance)
    assert isinstance(last, PutInstance)
    assert first.flags == 2
    assert first.instance.Strong == 'Test_More.Name="two"'
    assert first.instance.Part.Text == "in"
    assert [part.Number for part in first.instance.Parts] == [1, 7]
    assert list(first.instance.Any.properties) == ["X"]
    assert last.instance.Strong == "Test_Thing"
    assert last.instance.U32 is None
    assert last.instance.qualifiers_["Mine"] == 1
    assert last.instance.properties_["Name"].qualifiers["Yours"] is True


def _look_at_the_class(cls: CimClass) -> None:
    defaults = {name: cls[name] for name in cls}
    assert defaults["Name"] == "first second third"
    assert [defaults[n] for n in ("S8", "U8", "S16", "U16", "S32", "U32")] == [-128, 255, 32767, 1000, -3, 0xFFFFFFFF]
    assert [defaults[n] for n in ("S64", "U64")] == [-(2**63), 2**64 - 1]
    assert [defaults[n] for n in ("R32", "R64", "Yes", "No")] == [0.5, -1e300, True, False]
    assert [defaults[n] for n in ("Letter", "Quote", "Code", "Hex")] == ["a", "'", "A", "€"]
    assert defaults["When"] == CimDateTime("20250131120000.000000+060")
    assert defaults["Escapes"] == "\b\t\n\f\r\"'\\\x01AB"
    assert [defaults[n] for n in ("Bytes", "Names", "Empty", "Nothing")] == [(1, 2, 3), ("a", "b"), (), None]
    assert cls.properties["Names"].qualifiers["Max"] == 3
    kinds = {name: cls.properties[name].cimtype for name in ("Any", "Part", "Weak", "Strong", "Ref")}
    assert kinds == {
        "Any": "object",
        "Part": "object:Test_Inner",
        "Weak": "ref",
        "Strong": "ref:Test_Thing",
        "Ref": "string",
    }
    flavors = {name: item.flavor for name in cls.qualifiers if (item := cls.qualifiers.get(name)) is not None}
    assert flavors == {"Abstract": 0, "Help": 2, "Weight": 0x12, "Tags": 2, "Real": 0, "Neg": 0, "No": 0}
    assert cls.qualifiers["Tags"] == ("x", "y")
    assert cls.keys == ("Name",)


def _look_at_the_methods(cls: CimClass) -> None:
    assert cls.derivation == ("Test_Thing",)
    do = cls.methods["do"]
    assert [(p.name, p.is_in, p.is_out, p.id, p.cimtype) for p in do.parameters] == [
        ("What", True, False, 0, "string"),
        ("Count", True, True, 1, "uint32"),
        ("Made", False, True, 2, "object:Test_Inner"),
    ]
    assert do.is_static
    assert do.return_type is CimType.UINT32
    assert cls.methods["Undo"].return_type is None
    assert cls.methods["Undo"].parameters == ()
    assert cls.methods["Tell"].parameters[0].cimtype == "ref"


@pytest.mark.parametrize(("text", "mistakes"), cases("refused.mof"))
def test_refused(text: str, mistakes: list[Mistake]) -> None:
    with pytest.raises(InvalidMof) as caught:
        _steps(text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.symbol, diagnostic.line, diagnostic.column) == (
        mistakes[0].symbol,
        mistakes[0].line,
        mistakes[0].column,
    )
    if mistakes[0].detail:
        assert diagnostic.detail == mistakes[0].detail
    assert caught.value.status == diagnostic.status


def test_case_94_a_namespace_is_made_and_then_used() -> None:
    text = '#pragma namespace("root")\ninstance of __Namespace { Name = "new"; };\n'
    text += '#pragma namespace("//./root/new")\nclass A { };'
    asked: list[tuple[str, str]] = []
    image = ClassImage.open()

    def resolve(namespace: str, name: str) -> CimClass | None:
        asked.append((namespace, name))
        return image.load(namespace, name)

    made = _steps(text, resolve)
    assert [(type(step), step.namespace) for step in made] == [
        (UseNamespace, "root"),
        (PutInstance, "root"),
        (UseNamespace, "root\\new"),
        (PutClass, "root\\new"),
    ]
    assert asked == [("root", "__Namespace")]


ENDS = "class E { [key] string K; [key] uint32 N = 4; }; class L { [key] E ref A; [key] E ref B; };"


def test_case_95_an_alias_may_be_used_before_it_is_defined() -> None:
    link, *_ = _instances(
        ENDS + 'instance of L { A = $x; B = $Y; }; instance of E as $X { K = "a\\"b"; };'
        'instance of E as $y { K = "2"; N = 5; };'
    )
    assert link.A == 'E.K="a\\"b",N=4'
    assert link.B == 'E.K="2",N=5'


def test_an_alias_may_name_an_object_whose_class_comes_later() -> None:
    text = "class L { object ref A; }; instance of L { A = $x; }; class D : E { }; class E { [key] string K; };"
    with pytest.raises(InvalidMof, match="no class E"):  # D stands before E, which is wrong by itself
        _instances(text + 'instance of D as $x { K = "1"; };')
    text = "class L { object ref A; }; instance of L { A = $x; }; class E { [key] string K; }; class D : E { };"
    link, _ = _instances(text + 'instance of D as $x { K = "1"; };')
    assert link.A == 'D.K="1"'


def test_an_alias_of_another_namespace_is_a_full_path() -> None:
    text = "class E { [key] string K; E ref R; };"
    first, second = _instances(
        f'{text} instance of E as $x {{ K = "1"; }}; #pragma namespace("root\\\\other")\n'
        f"{text} instance of E {{ R = $x; }};"
    )
    assert first.R is None
    assert second.R == '\\\\.\\root\\test:E.K="1"'


def test_aliases_may_be_keys_of_aliased_objects() -> None:
    text = "class E { [key] string K; }; class L { [key] object ref A; }; instance of L { A = $b; };"
    outer, _, _ = _instances(text + 'instance of L as $b { A = $c; }; instance of E as $c { K = "1"; };')
    assert outer.A == 'L.A="E.K=\\"1\\""'


@pytest.mark.parametrize(
    ("declaration", "detail"),
    [
        ("class E { string K; };", "class E has no key"),
        ("class E { [key] string K; };", "its key K is not set"),
    ],
)
def test_an_object_without_a_path_cannot_be_referred_to(declaration: str, detail: str) -> None:
    with pytest.raises(InvalidMof, match=detail):
        _steps(f"{declaration} class L {{ object ref A; }}; instance of E as $x {{ }}; instance of L {{ A = $x; }};")


def test_a_singleton_has_a_path_without_keys() -> None:
    text = "[Singleton] class S { }; class L { object ref A; }; instance of S as $x { }; instance of L { A = $x; };"
    assert _instances(text)[1].A == "S=@"


def test_a_chain_of_aliases_is_limited() -> None:
    text = "class P { [key] P ref K; };" + "".join(f"instance of P as $a{i} {{ K = $a{i + 1}; }};" for i in range(5000))
    with pytest.raises(InvalidMof) as caught:
        _steps(text + 'instance of P as $a5000 { K = "x"; };')
    assert caught.value.symbol == "WBEM_E_QUOTA_VIOLATION"


def test_a_path_that_grows_out_of_bounds_is_refused() -> None:
    count = 20  # each level doubles the backslashes
    text = "class P { [key] P ref K; };" + "".join(
        f"instance of P as $a{i} {{ K = $a{i + 1}; }};" for i in range(count)
    )
    with pytest.raises(InvalidMof, match="longer than"):
        _steps(text + f'instance of P as $a{count} {{ K = "x"; }};')


def test_classes_are_asked_for_once_and_known_when_declared() -> None:
    base = derive(None, "Base", properties=[CimProperty("X", CimType.UINT32)])
    asked: list[str] = []

    def resolve(namespace: str, name: str) -> CimClass | None:
        asked.append(f"{namespace}:{name}")
        return base

    steps = _steps("class A : Base { }; class B : base { }; class C : A { }; instance of B { X = 1; };", resolve)
    assert asked == ["root\\test:Base"]
    third = steps[2]
    assert isinstance(third, PutClass)
    assert third.definition.derivation == ("A", "Base")


def test_a_deleted_class_and_its_subclasses_are_gone() -> None:
    text = 'class A { }; class B : A { };\n#pragma deleteclass("a", FAIL)\n'
    for name in ("A", "B"):
        with pytest.raises(InvalidMof, match=f"no class {name}"):
            _steps(text + f"class C : {name} {{ }};")


def test_the_exchange_asks_and_takes_answers() -> None:
    exchange = compile_text("class A : Base { };").exchange()
    assert next(exchange) == NeedClass("root\\default", "Base")
    step = exchange.send(CimClass("Base"))
    assert isinstance(step, PutClass)
    assert step.definition.superclass == "Base"
    with pytest.raises(StopIteration):
        next(exchange)


def test_steps_are_worked_out_when_they_are_asked_for() -> None:
    steps = compile_text("class A { }; class B : Nowhere { };").steps(_nothing)
    assert isinstance(next(steps), PutClass)
    with pytest.raises(InvalidMof):
        next(steps)


def test_a_step_tells_where_it_failed() -> None:
    (step,) = _steps("\n  class A { };")
    assert step.place == "a.mof:2:3"
    failed = step.failed(ObjectExists("A exists"))
    assert failed.symbol == "WBEM_E_ALREADY_EXISTS"
    assert str(failed).startswith("a.mof:2:3: A exists")
    assert "^^^^^^^^^^^" in failed.diagnostic()


def test_check_collects_the_mistakes_of_all_declarations() -> None:
    text = """class A { uint8 X = 300; };
instance of A { X = 1; };
class B { [key] string K; };
instance of B { K = 5; };
class C : A { };
instance of B { K = "fine"; };
instance of Nowhere { };"""
    found = compile_text(text).check(_nothing)
    assert [(d.line, d.symbol) for d in found] == [
        (1, "WBEMMOF_E_OUT_OF_RANGE"),
        (4, "WBEMMOF_E_TYPE_MISMATCH"),
        (7, "WBEM_E_NOT_FOUND"),
    ]
    assert compile_text("class A { };").check(_nothing) == ()
    assert len(compile_text("instance of N { };" * 50).check(_nothing)) == MAX_DIAGNOSTICS


def test_flags_hold_until_they_are_changed() -> None:
    text = '#pragma classflags(createonly)\nclass A { };\n#pragma classflags("safeupdate", updateonly)\nclass B { };'
    assert [step.flags for step in _steps(text) if isinstance(step, PutClass)] == [2, 0x21]


def test_declared_flavors_hold_for_what_follows() -> None:
    text = "[Mark] class A { }; Qualifier Mark : ToInstance; [mark] class B { }; [Mark : Restricted] class C { };"
    flavors = [cls.qualifiers.get("Mark") for cls in _classes(text).values()]
    assert [held and held.flavor for held in flavors] == [0, 1, 0]


def test_the_key_keeps_its_flavor() -> None:
    cls = _classes("class A { [key : DisableOverride] string K; }; class B : A { };")["B"]
    assert cls.keys == ("K",)


def test_a_returned_object_keeps_its_class() -> None:
    method = _classes("class A { A Make(); };")["A"].methods["Make"]
    assert method.out_signature is not None
    assert method.out_signature.properties["ReturnValue"].cimtype == "object:A"


def test_special_reals_are_strings() -> None:
    cls = _classes('class A { real64 P = "INF"; real64 M = "-inf"; real32 N = "NaN"; };')["A"]
    assert (cls["P"], cls["M"]) == (float("inf"), float("-inf"))
    assert str(cls["N"]) == "nan"


def test_amendment_and_autorecover_are_told() -> None:
    compilation = compile_text('#pragma amendment("MS_409")\n#pragma autorecover\n')
    assert (compilation.amendment, compilation.autorecover) == ("MS_409", True)


def test_only_a_trusted_compilation_may_declare_system_classes() -> None:
    (step,) = Compilation(unit_of("[abstract] class __Mine { string __X; };"), trusted=True).steps(_nothing)
    assert isinstance(step, PutClass)
    assert step.definition.name == "__Mine"


# -- the files that came with bytes captured from Windows


def _captured() -> Path | None:
    named = os.environ.get("WMIX_REFERENCE")
    folder = None if not named else Path(named) / "vectors" / "windows-wmio"
    return folder if folder is not None and folder.is_dir() else None


CAPTURED = _captured()
needs_reference = pytest.mark.skipif(CAPTURED is None, reason="WMIX_REFERENCE does not name a directory")

_STUBS = {"cim_logicalelement": "CIM_LogicalElement", "base": "Base"}


def _repaired(text: str) -> str:
    """The program that wrote these files does not know MOF well; its own notes name the second fault.

    It lists all ancestors behind the colon, leaves the brackets of arrays out, and writes ``int`` for a type.
    """
    text = re.sub(r"(:\s*\w+)((?:\s+\w+)+)(\s*\{)", r"\1\3", text)
    text = text.replace("uint32 Array;", "uint32 Array[];")
    return text.replace(" int ", " sint32 ")


@needs_reference
@pytest.mark.parametrize(
    "name",
    ["wmio_structure_example", "wmio_instance_encoding", "wmio_class_encoding_with_methods", "wmio_win32_process"],
)
def test_captured_classes_compile(name: str) -> None:
    assert CAPTURED is not None
    text = (CAPTURED / f"{name}.mof").read_text(encoding="utf-8")

    def resolve(_: str, wanted: str) -> CimClass | None:
        stub = _STUBS.get(wanted.casefold())
        return None if stub is None else derive(None, stub, qualifiers=[Qualifier.of("abstract")])

    steps = _steps(_repaired(text), resolve)
    classes = {step.definition.name: step.definition for step in steps if isinstance(step, PutClass)}
    if name == "wmio_win32_process":
        process = classes["Win32_Process"]
        assert (len(process.properties), len(process.methods), process.keys) == (45, 7, ("Handle",))
        assert process.methods["Create"].parameters[0].name == "CommandLine"
    for step in steps:
        if isinstance(step, PutInstance):
            assert step.instance.Array == (1, 2, 3)


@needs_reference
def test_what_is_no_mof_in_the_captured_files_is_told() -> None:
    assert CAPTURED is not None
    text = (CAPTURED / "wmio_class_encoding_with_methods.mof").read_text(encoding="utf-8")
    with pytest.raises(InvalidMof) as caught:
        parse(text)
    assert caught.value.symbol == "WBEMMOF_E_INVALID_CLASS_DECLARATION"
    assert caught.value.hint == "a class has one superclass"
