"""MOF text: literals, instances and class declarations."""

from __future__ import annotations

import math

import pytest

from strategies import INNER
from wmix.cim.classes import CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.cli.render.mof import Mof, class_text, declared_type, instance_text, quoted, value_text
from wmix.cli.render.records import Selection

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


@pytest.mark.parametrize(
    ("value", "cim_type", "text"),
    [
        (None, CimType.STRING, "NULL"),
        ("a", CimType.STRING, '"a"'),
        (5, CimType.UINT32, "5"),
        (-5, CimType.SINT64, '"-5"'),
        (2**64 - 1, CimType.UINT64, '"18446744073709551615"'),
        (True, CimType.BOOLEAN, "TRUE"),
        (False, CimType.BOOLEAN, "FALSE"),
        (1.0, CimType.REAL64, "1.0"),
        (1e22, CimType.REAL64, "1.0e+22"),
        (1.5e-7, CimType.REAL32, "1.5e-07"),
        (math.inf, CimType.REAL64, '"inf"'),
        ("x", CimType.CHAR16, "'x'"),
        ("'", CimType.CHAR16, "39"),
        ("\u20ac", CimType.CHAR16, "8364"),
        (CimDateTime("20240229120000.000000+060"), CimType.DATETIME, '"20240229120000.000000+060"'),
        ('A.B="c"', CimType.REFERENCE, '"A.B=\\"c\\""'),
        ((1, 2), CimType.UINT16, "{1, 2}"),
        ((), CimType.UINT16, "{}"),
        ((7,), CimType.UINT64, '{"7"}'),
        (CimInstance.of(INNER), CimType.OBJECT, "instance of Test_Inner\n{\n\tNumber = 7;\n}"),
        (derive(None, "Test_Empty"), CimType.OBJECT, "class Test_Empty\n{\n}"),
    ],
)
def test_a_value_is_written_as_its_declaration_has_it(value: object, cim_type: CimType, text: str) -> None:
    assert value_text(value, cim_type) == text


def test_strings_are_escaped() -> None:
    assert quoted('a"b\\c\n\t\r\b\f') == '"a\\"b\\\\c\\n\\t\\r\\b\\f"'
    assert quoted("\x00\x1b\udc80é") == '"\\x0000\\x001B\\xDC80é"'


@pytest.mark.parametrize(
    ("cimtype", "cim_type", "text"),
    [
        ("uint32", CimType.UINT32, "uint32"),
        ("ref:CIM_X", CimType.REFERENCE, "CIM_X ref"),
        ("ref", CimType.REFERENCE, "object ref"),
        ("object:X", CimType.OBJECT, "X"),
        ("object", CimType.OBJECT, "object"),
    ],
)
def test_types_are_written_as_declarations_have_them(cimtype: str, cim_type: CimType, text: str) -> None:
    assert declared_type(cimtype, cim_type) == text


def test_an_instance_shows_what_has_a_value_in_class_order() -> None:
    thing = CimInstance.of(THING, {"Size": 5, "Id": "a", "Part": CimInstance.of(INNER), "Tags": ["x", "y"]})
    assert instance_text(thing) == (
        "instance of Test_Thing\n{\n"
        '\tId = "a";\n\tSize = "5";\n\tCount = 3;\n\tTags = {"x", "y"};\n'
        "\tPart = instance of Test_Inner\n\t{\n\t\tNumber = 7;\n\t};\n"
        "};"
    )
    assert instance_text(thing, only=["size"]) == 'instance of Test_Thing\n{\n\tSize = "5";\n};'


def test_a_class_declares_its_own_members_and_flavors() -> None:
    assert class_text(THING).splitlines() == [
        '[dynamic : ToInstance, provider("Test") : ToInstance, Locale(9) : ToInstance]',
        "class Test_Thing : Test_Base",
        "{",
        "\t[key : DisableOverride ToInstance ToSubclass] string Id;",
        "\tuint64 Size;",
        "\tuint32 Count = 3;",
        "\tstring Tags[];",
        "\tTest_Inner Part;",
        "\tTest_Thing ref Next;",
        (
            '\t[Static : DisableOverride ToSubclass, Values{"ok", "not \\"ok\\""} : ToSubclass] '
            "uint32 Grow([In] uint32 By = 1, [Out] string Names[]);"
        ),
        "\tvoid Stop();",
        "};",
    ]


def test_declarations_are_parted_by_a_blank_line_over_all_portions() -> None:
    renderer = Mof()
    selection = Selection(["Size"])
    thing = CimInstance.of(THING, {"Size": 5, "Id": "a"})
    first = renderer.rows(selection.records([thing, derive(None, "Test_Empty")]))
    assert first == 'instance of Test_Thing\n{\n\tSize = "5";\n};\n\nclass Test_Empty\n{\n};\n'
    assert renderer.rows([]) == ""
    assert renderer.rows(selection.records([thing])).startswith("\ninstance of Test_Thing")
    assert renderer.pause() + renderer.end() == ""
