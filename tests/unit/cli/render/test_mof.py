"""MOF of what a command shows: selected properties, parted declarations, and text that compiles back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from unit.mof.strategies import mof_classes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.cli.render.mof import Mof
from wmix.cli.render.records import Selection
from wmix.mof.elaborate import compile_text
from wmix.mof.steps import PutClass, PutInstance

KEY = QualifierSet((Qualifier("key", True, CimType.BOOLEAN, False, 0x13),))


def properties() -> list[CimProperty]:
    return [
        CimProperty("Id", CimType.STRING, qualifiers=KEY.copy()),
        CimProperty("Size", CimType.UINT64),
        CimProperty("Count", CimType.UINT32, default=3),
        CimProperty("Tags", CimType.STRING, True),
        CimProperty("Part", CimType.OBJECT, cimtype="object:Test_Inner"),
        CimProperty("Next", CimType.REFERENCE, cimtype="ref:Test_Thing"),
    ]


THING = derive(
    derive(
        None,
        "Test_Base",
        properties=[CimProperty("Inherited", CimType.STRING)],
        qualifiers=QualifierSet((Qualifier.of("abstract"),)),
    ),
    "Test_Thing",
    properties=properties(),
    methods=[
        CimMethod.declare(
            "Grow",
            [
                CimParameter("By", CimType.UINT32, default=1),
                CimParameter("Names", CimType.STRING, True, is_in=False, is_out=True),
            ],
            qualifiers=[Qualifier.of("Static"), Qualifier.of("Values", ("ok", 'not "ok"'))],
        ),
        CimMethod.declare("Stop", returns=None),
    ],
    qualifiers=QualifierSet((Qualifier.of("dynamic"), Qualifier.of("provider", "Test"), Qualifier.of("Locale", 9))),
)


def test_declarations_are_parted_by_a_blank_line_over_all_portions() -> None:
    renderer = Mof()
    selection = Selection(["Size"])
    thing = CimInstance.of(THING, {"Size": 5, "Id": "a"})
    first = renderer.rows(selection.records([thing, derive(None, "Test_Empty")]))
    assert first == 'instance of Test_Thing\n{\n\tSize = "5";\n};\n\nclass Test_Empty\n{\n};\n'
    assert renderer.rows([]) == ""
    assert renderer.rows(selection.records([thing])).startswith("\ninstance of Test_Thing")
    assert renderer.pause() + renderer.end() == ""


def _compiled(text: str, *known: CimClass) -> list[object]:
    classes = {cls.name.casefold(): cls for top in (INNER, *known) for cls in _with_ancestors(top)}
    found: list[object] = []
    for step in compile_text(text).steps(lambda _, name: classes.get(name.casefold())):
        assert isinstance(step, PutClass | PutInstance)
        found.append(step.definition if isinstance(step, PutClass) else step.instance)
    return found


def _with_ancestors(cls: CimClass) -> list[CimClass]:
    return [cls, *([] if cls.parent is None else _with_ancestors(cls.parent))]


@given(cim_classes().flatmap(lambda cls: st.lists(instances_of(cls, projected=False), min_size=1, max_size=3)))
def test_instances_compile_back(instances: list[CimInstance]) -> None:
    text = Mof().rows(Selection().records(instances))
    assert _compiled(text, instances[0].class_) == instances


@given(mof_classes())
def test_classes_compile_back(cls: CimClass) -> None:
    text = Mof().rows(Selection().records([cls]))
    assert _compiled(text, *([] if cls.parent is None else [cls.parent])) == [cls]
