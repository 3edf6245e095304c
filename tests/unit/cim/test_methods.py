"""Methods: signature classes and the numbering of parameters."""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter, check_signatures
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refused(status: int) -> Iterator[None]:
    with pytest.raises(WmiError) as caught:
        yield
    assert caught.value.status == status, caught.value


@pytest.fixture
def create() -> CimMethod:
    return CimMethod.declare(
        "Create",
        [
            CimParameter("CommandLine", CimType.STRING, qualifiers=[Qualifier.of("Optional")]),
            CimParameter("Size", CimType.UINT32, is_out=True),
            CimParameter("ProcessId", CimType.UINT32, is_in=False, is_out=True),
        ],
        qualifiers=[Qualifier.of("Static")],
    )


def signature(**ids: object) -> CimClass:
    """A signature class whose parameters have these IDs; None for a parameter without one."""
    properties = []
    for name, number in ids.items():
        held = QualifierSet() if number is None else QualifierSet([Qualifier.of("ID", number)])
        properties.append(CimProperty(name, CimType.UINT32, qualifiers=held))
    return CimClass("__PARAMETERS", properties=properties)


def test_each_direction_is_a_parameters_class(create: CimMethod) -> None:
    ins, outs = create.in_signature, create.out_signature
    assert ins is not None
    assert outs is not None
    assert (ins.name, outs.name) == ("__PARAMETERS", "__PARAMETERS")
    assert ins.is_abstract
    assert list(ins) == ["CommandLine", "Size"]
    assert list(outs) == ["Size", "ProcessId", "ReturnValue"]
    assert create.return_type == CimType.UINT32
    assert create.is_static


def test_parameters_carry_the_qualifiers_that_windows_gives_them(create: CimMethod) -> None:
    outs = create.out_signature
    assert outs is not None
    held = outs.properties["ProcessId"].qualifiers
    assert [(q.name, q.value, q.flavor) for q in held.entries()] == [
        ("CIMTYPE", "uint32", 0x03),
        ("Out", True, 0x00),
        ("ID", 2, 0x11),
    ]
    result = outs.properties["ReturnValue"].qualifiers
    assert [(q.name, q.flavor) for q in result.entries()] == [("CIMTYPE", 0x03), ("out", 0x00)]


def test_on_an_instance_of_the_outputs_the_id_is_propagated(create: CimMethod) -> None:
    """Reference case exec-qualifier-01: flavor 49 on Windows, and no ID on ReturnValue."""
    outs = create.out_signature
    assert outs is not None
    result = CimInstance(outs.layout, outs.layout.unset)
    number = result.properties_["ProcessId"].qualifiers.get("id")
    assert number is not None
    assert (number.value, number.flavor) == (2, 0x31)
    assert "ID" not in result.properties_["ReturnValue"].qualifiers


def test_a_side_without_parameters_is_none() -> None:
    owner = CimMethod.declare("GetOwner", [CimParameter("User", CimType.STRING, is_in=False, is_out=True)])
    assert owner.in_signature is None
    nothing = CimMethod.declare("Nothing", returns=None)
    assert (nothing.in_signature, nothing.out_signature, nothing.return_type) == (None, None, None)
    assert nothing.parameters == ()


def test_parameters_are_found_again_in_order_of_their_numbers(create: CimMethod) -> None:
    assert [(p.name, p.id, p.is_in, p.is_out) for p in create.parameters] == [
        ("CommandLine", 0, True, False),
        ("Size", 1, True, True),
        ("ProcessId", 2, False, True),
    ]
    assert create.parameters[0].qualifiers == (Qualifier.of("Optional"),)
    again = CimMethod.declare("Create", create.parameters, qualifiers=create.qualifiers.entries())
    assert again == create
    assert again.parameters == create.parameters


def test_numbers_that_are_given_decide_the_order() -> None:
    method = CimMethod.declare(
        "M", [CimParameter("B", CimType.UINT8, id=1), CimParameter("A", CimType.UINT8, id=0)], returns=None
    )
    assert [p.name for p in method.parameters] == ["A", "B"]


def test_missing_and_foreign_numbers() -> None:
    with refused(codes.WBEM_E_MISSING_PARAMETER_ID):
        check_signatures("M", signature(A=0, B=None), None)
    for number in (-1, "0", True):
        with refused(codes.WBEM_E_INVALID_PARAMETER_ID):
            check_signatures("M", signature(A=number), None)
    with refused(codes.WBEM_E_INVALID_PARAMETER_ID):
        check_signatures("M", signature(A=0, B=0), None)


def test_numbers_run_from_zero_over_both_sides() -> None:
    check_signatures("M", signature(A=0), signature(B=1, ReturnValue=None))
    check_signatures("M", None, signature(ReturnValue=None))
    for ins, outs in [(signature(A=0, B=2), None), (signature(A=1), None), (signature(A=0), signature(B=2))]:
        with refused(codes.WBEM_E_NONCONSECUTIVE_PARAMETER_IDS):
            check_signatures("M", ins, outs)


def test_the_return_value_has_no_number_and_is_no_array() -> None:
    with refused(codes.WBEM_E_PARAMETER_ID_ON_RETVAL):
        check_signatures("M", signature(A=0), signature(ReturnValue=1))
    with refused(codes.WBEM_E_INVALID_METHOD_PARAMETERS):
        array = CimProperty("ReturnValue", CimType.UINT8, is_array=True)
        check_signatures("M", None, CimClass("__PARAMETERS", properties=[array]))


def test_both_sides_of_one_parameter_must_agree() -> None:
    check_signatures("M", signature(A=0), signature(a=0))
    with refused(codes.WBEM_E_INVALID_DUPLICATE_PARAMETER):
        check_signatures("M", signature(A=0, B=1), signature(A=1, B=0))
    other = CimProperty("A", CimType.STRING, qualifiers=QualifierSet([Qualifier.of("ID", 0)]))
    with refused(codes.WBEM_E_INVALID_DUPLICATE_PARAMETER):
        check_signatures("M", signature(A=0), CimClass("__PARAMETERS", properties=[other]))


def test_signatures_of_a_deferred_method_are_made_once_when_asked_for(create: CimMethod) -> None:
    made = []

    def make() -> tuple[CimClass | None, CimClass | None]:
        made.append(1)
        return create.in_signature, create.out_signature

    method = CimMethod.deferred("Create", make, create.qualifiers, "")
    child = method.inherited()
    assert not made
    assert child.in_signature is create.in_signature
    assert method.out_signature is create.out_signature
    assert made == [1]
    assert not child.local


def test_equality_counts_signatures_and_qualifiers(create: CimMethod) -> None:
    assert create.copy() == create
    assert create != CimMethod.declare("Create", create.parameters)
    assert create != CimMethod.declare("Create", qualifiers=create.qualifiers.entries())
    assert create != "Create"
    assert pickle.loads(pickle.dumps(create)) == create
    assert CimParameter("A", CimType.UINT8) == CimParameter("a", CimType.UINT8)
    assert CimParameter("A", CimType.UINT8) != CimParameter("A", CimType.UINT16)
    assert "[in, out] uint8[] A" in repr(CimParameter("A", CimType.UINT8, True, is_out=True))
    assert repr(create) == "<CimMethod Create>"
