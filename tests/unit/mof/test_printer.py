"""Printing: what is written compiles to the same again, both ways, and looks as GetObjectText has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from unit.mof.strategies import mof_classes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet, standard_flavor
from wmix.cim.types import CimType
from wmix.mof.elaborate import Compilation, compile_text
from wmix.mof.includes import unit_of
from wmix.mof.printer import class_text, instance_text, value_text
from wmix.mof.steps import PutClass, PutInstance

if TYPE_CHECKING:
    from collections.abc import Callable


def _resolver(*known: CimClass | None) -> Callable[[str, str], CimClass | None]:
    found: dict[str, CimClass] = {}
    for cls in known:
        while cls is not None:
            found.setdefault(cls.name.casefold(), cls)
            cls = cls.parent
    return lambda _, name: found.get(name.casefold())


def _compiled_class(text: str, *known: CimClass | None) -> CimClass:
    (step,) = compile_text(text).steps(_resolver(INNER, *known))
    assert isinstance(step, PutClass)
    return step.definition


def _compiled_instance(text: str, *known: CimClass) -> CimInstance:
    (step,) = compile_text(text).steps(_resolver(INNER, *known))
    assert isinstance(step, PutInstance)
    return step.instance


@given(mof_classes())
def test_a_printed_class_compiles_to_an_equal_class(cls: CimClass) -> None:
    assert _compiled_class(class_text(cls), cls.parent) == cls


@given(mof_classes())
def test_printing_what_was_compiled_gives_the_same_text(cls: CimClass) -> None:
    text = class_text(cls)
    assert class_text(_compiled_class(text, cls.parent)) == text


@given(mof_classes().flatmap(lambda cls: instances_of(cls, projected=False)))
def test_a_printed_instance_compiles_to_an_equal_instance(instance: CimInstance) -> None:
    assert _compiled_instance(instance_text(instance), instance.class_) == instance


@given(cim_classes().flatmap(lambda cls: instances_of(cls, projected=False)))
def test_a_printed_instance_of_any_class_of_the_model_compiles_to_an_equal_one(instance: CimInstance) -> None:
    assert _compiled_instance(instance_text(instance), instance.class_) == instance


@given(mof_classes())
def test_a_class_embedded_as_a_value_comes_back(cls: CimClass) -> None:
    holder = derive(None, "Holder", properties=[CimProperty("It", CimType.OBJECT)])
    instance = CimInstance.of(holder, {"It": cls})
    assert _compiled_instance(instance_text(instance), holder, *([cls.parent] if cls.parent else [])).It == cls


def test_the_shipped_classes_printed_and_compiled_are_the_same_classes() -> None:
    image = ClassImage.open()
    count = 0
    for namespace in image.namespaces():
        texts = []
        names = image.names(namespace)
        waiting = dict.fromkeys(names)
        while waiting:  # parents first
            for name in list(waiting):
                cls = image.load(namespace, name)
                assert cls is not None
                if cls.superclass not in waiting:
                    texts.append(class_text(cls))
                    del waiting[name]
        # Nothing is looked up: the text alone is the whole schema.
        compilation = Compilation(unit_of("\n".join(texts)), namespace=namespace, trusted=True)
        for step in compilation.steps(lambda _, __: None):
            assert isinstance(step, PutClass)
            assert step.definition == image.load(namespace, step.definition.name)
            count += 1
    assert count > 300


@pytest.mark.parametrize("name", ["Note", "Description", "Dynamic", "MaxLen", "Singleton"])
@given(flavor=st.sets(st.sampled_from([0x01, 0x02, 0x10, 0x80])).map(sum))
def test_every_flavor_can_be_written(name: str, flavor: int) -> None:
    held = Qualifier(name, True, CimType.BOOLEAN, False, flavor)
    cls = CimClass("C", qualifiers=QualifierSet((held,)))
    (step,) = Compilation(unit_of(class_text(cls)), trusted=True).steps(lambda _, __: None)
    assert isinstance(step, PutClass)
    assert step.definition.qualifiers.get(name) == held


SHAPE = """[Description("A shape") : ToInstance ToSubclass, Abstract]
class Shape
{
\t[key] string Name;
\t[Units("m") : ToSubclass] real32 Sizes[] = {1.0, 2.5};
\tuint64 Big = "18446744073709551615";
\tboolean Round = TRUE;
\tchar16 Mark = 'x';
\tShape ref Next;
\tobject ref Any;
\tTest_Inner Part = instance of Test_Inner
\t{
\t\tText = "a\\\\b\\"c\\n\\x0001";
\t\tNumber = 7;
\t};
\t[Static : DisableOverride ToSubclass] uint32 Grow([in] uint32 By = 1, [in, out, Units("m")] string Log[]);
\tvoid Reset();
};"""


def test_a_class_is_printed_as_get_object_text_does() -> None:
    (step,) = compile_text(SHAPE).steps(_resolver(INNER))
    assert isinstance(step, PutClass)
    expected = SHAPE.replace('Units("m")]', 'Units("m") : ToSubclass]')
    assert class_text(step.definition) == expected


def test_a_subclass_shows_only_what_it_declares() -> None:
    base = _compiled_class('[Description("b") : ToSubclass] class Base { [key] string Name; uint32 Size = 3; };')
    text = "class Derived : Base\n{\n\tuint32 Size = 4;\n};"
    assert class_text(_compiled_class(text, base)) == text
    assert class_text(_compiled_class("class Derived : Base { uint32 Size = 3; };", base)) == (
        "class Derived : Base\n{\n\tuint32 Size;\n};"
    )


def test_a_default_that_is_taken_back_is_written() -> None:
    base = _compiled_class("class Base { uint32 Size = 3; };")
    derived = _compiled_class("class Derived : Base { uint32 Size = NULL; };", base)
    assert derived["Size"] is None
    assert "Size = NULL;" in class_text(derived)


def test_flavors_can_be_left_out() -> None:
    cls = _compiled_class('[Description("x") : ToInstance] class C { [Units("m") : ToSubclass] uint32 P; };')
    assert class_text(cls, flavors=False) == '[Description("x")]\nclass C\n{\n\t[Units("m")] uint32 P;\n};'


def test_an_instance_shows_its_values_in_class_order() -> None:
    cls = _compiled_class(
        "class C { [key] string Id; uint32 Size = 5; sint64 Big; string Names[]; boolean On; datetime When; };"
    )
    instance = CimInstance.of(cls, {"on": False, "Id": 'a"b', "Big": -1, "Names": ["x", "y"]})
    expected = 'instance of C\n{\n\tId = "a\\"b";\n\tSize = 5;\n\tBig = "-1";\n\tNames = {"x", "y"};\n\tOn = FALSE;\n};'
    assert instance_text(instance) == expected
    assert instance_text(instance, only=["id", "ON"]) == 'instance of C\n{\n\tId = "a\\"b";\n\tOn = FALSE;\n};'


def test_null_over_a_default_is_written() -> None:
    cls = _compiled_class("class C { uint32 Size = 5; };")
    assert "Size = NULL;" in instance_text(CimInstance.of(cls, {"Size": None}))


def test_qualifiers_of_an_instance_are_written_and_read() -> None:
    cls = _compiled_class('[Description("c") : ToInstance] class C { [key] string Id; };')
    text = '[Mine("x") : ToInstance]\ninstance of C\n{\n\t[Yours(3)] Id = "1";\n};'
    instance = _compiled_instance(text, cls)
    assert instance.qualifiers_["Mine"] == "x"
    assert instance.properties_["Id"].qualifiers["Yours"] == 3
    assert instance_text(instance) == text


def test_values_alone() -> None:
    assert value_text((1, 2), CimType.UINT8) == "{1, 2}"
    assert value_text(float("inf"), CimType.REAL64) == '"INF"'
    assert value_text(None, CimType.STRING) == "NULL"
    inner = CimInstance.of(INNER, {"Number": 3})
    assert value_text(inner, CimType.OBJECT, indent="  ") == "instance of Test_Inner\n  {\n  \tNumber = 3;\n  }"


def test_the_standard_flavor_is_taken_where_none_is_written() -> None:
    cls = _compiled_class('class C { [Description("x"), read, key] string Id; };')
    held = cls.properties["Id"].qualifiers
    for name in ("Description", "read", "key"):
        found = held.get(name)
        assert found is not None
        assert found.flavor == standard_flavor(name)
