"""Methods of classes by way of ClassObject: defining them, deleting them, and who introduced them."""

from __future__ import annotations

import pytest

from conformance.fixture_f import JOB, PART, instance
from wmix import com
from wmix.cim.classes import CimClass
from wmix.cim.methods import PARAMETERS_CLASS

NO_ERROR = (com.WBEM_S_NO_ERROR,)


def wrapped(cls: CimClass) -> com.ClassObject:
    return com.ClassObject(cls.clone_())


def signature(**parameters: int | None) -> com.ClassObject:
    """A copy of ``__PARAMETERS`` with sint32 parameters and their IDs; None for none."""
    made = com.ClassObject(CimClass(PARAMETERS_CLASS))
    for name, number in parameters.items():
        assert made.put(name, 0, None, com.CIM_SINT32) == NO_ERROR
        if number is not None:
            held = made.get_property_qualifier_set(name).qualifier_set
            assert held is not None
            assert held.put("ID", number, 0) == NO_ERROR
    return made


def test_a_method_is_defined_with_its_parameters() -> None:
    part = wrapped(PART)
    assert part.put_method("Turn", 0, signature(By=0, Times=1), signature(Times=1, ReturnValue=None)) == NO_ERROR
    hresult, ins, outs = part.get_method("turn")
    assert hresult == com.WBEM_S_NO_ERROR
    assert ins is not None
    assert outs is not None
    assert ins.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == ["By", "Times"]
    held = outs.get_property_qualifier_set("Times").qualifier_set
    assert held is not None
    assert held.get("out").value is True
    assert held.get("ID")[1:] == (1, 0x11)
    assert part.get_method_origin("Turn").class_name == "CF_Part"
    assert "sint32 Turn([in] sint32 By, [in, out] sint32 Times);" in (part.get_object_text().object_text or "")


def test_a_method_without_parameters_has_no_signatures() -> None:
    part = wrapped(PART)
    assert part.put_method("Rest") == NO_ERROR
    assert part.get_method("Rest") == (com.WBEM_S_NO_ERROR, None, None)
    assert part.put_method("Rest", 0, signature()) == NO_ERROR
    assert part.get_method("Rest") == (com.WBEM_S_NO_ERROR, None, None)


@pytest.mark.parametrize(
    ("ins", "outs", "expected"),
    [
        ({"A": 0, "B": 2}, None, com.WBEM_E_NONCONSECUTIVE_PARAMETER_IDS),
        ({"A": None}, None, com.WBEM_E_MISSING_PARAMETER_ID),
        ({"A": -1}, None, com.WBEM_E_INVALID_PARAMETER_ID),
        (None, {"ReturnValue": 0}, com.WBEM_E_PARAMETER_ID_ON_RETVAL),
        ({"A": 0}, {"A": 1}, com.WBEM_E_INVALID_DUPLICATE_PARAMETER),
    ],
)
def test_signatures_are_checked(
    ins: dict[str, int | None] | None, outs: dict[str, int | None] | None, expected: int
) -> None:
    part = wrapped(PART)
    sides = [None if side is None else signature(**side) for side in (ins, outs)]
    assert part.put_method("Turn", 0, *sides) == (expected,)
    assert part.get_method("Turn").hresult == com.WBEM_E_NOT_FOUND


def test_an_inherited_method_keeps_its_signature() -> None:
    derived = wrapped(JOB).spawn_derived_class().new_class
    assert derived is not None
    assert derived.put_method("Create", 0, signature(Other=0)) == (com.WBEM_E_PROPAGATED_METHOD,)
    _, ins, outs = derived.get_method("Create")
    assert derived.put_method("Create", 0, ins, outs) == NO_ERROR
    assert derived.delete_method("Create") == (com.WBEM_S_RESET_TO_DEFAULT,)
    assert derived.delete_method("Create") == (com.WBEM_E_PROPAGATED_METHOD,)
    assert derived.get_method_origin("Create").class_name == "CF_Job"


def test_delete_tells_what_it_did() -> None:
    job = wrapped(JOB)
    assert job.delete_method("create") == NO_ERROR
    assert job.delete_method("create") == (com.WBEM_E_NOT_FOUND,)
    assert job.delete_method(None) == (com.WBEM_E_INVALID_PARAMETER,)


def test_an_enumeration_tells_local_from_inherited_methods() -> None:
    derived = wrapped(JOB).spawn_derived_class().new_class
    assert derived is not None
    derived.put_method("Own")

    def names(flags: int) -> list[str | None]:
        assert derived.begin_method_enumeration(flags) == NO_ERROR
        found = []
        while (result := derived.next_method()).hresult == com.WBEM_S_NO_ERROR:
            found.append(result.name)
        assert result.hresult == com.WBEM_S_NO_MORE_DATA
        return found

    assert names(0) == ["Create", "Own"]
    assert names(com.WBEM_FLAG_LOCAL_ONLY) == ["Own"]
    assert names(com.WBEM_FLAG_PROPAGATED_ONLY) == ["Create"]


def test_looking_at_the_qualifiers_of_an_inherited_method_does_not_declare_it() -> None:
    derived = wrapped(JOB).spawn_derived_class().new_class
    assert derived is not None
    held = derived.get_method_qualifier_set("Create").qualifier_set
    assert held is not None
    assert held.get("Static").value is True
    assert held.delete("nosuch") == (com.WBEM_E_NOT_FOUND,)
    assert held.delete("Static") == (com.WBEM_E_PROPAGATED_QUALIFIER,)
    assert derived.delete_method("Create") == (com.WBEM_E_PROPAGATED_METHOD,)
    assert held.put("Implemented", True) == NO_ERROR
    assert held.get("implemented").value is True
    assert derived.delete_method("Create") == (com.WBEM_S_RESET_TO_DEFAULT,)


def test_instances_have_no_methods() -> None:
    part = com.ClassObject(instance(PART, Id="x"))
    assert part.put_method("Turn") == (com.WBEM_E_ILLEGAL_OPERATION,)
    assert part.delete_method("Turn") == (com.WBEM_E_ILLEGAL_OPERATION,)
    assert part.get_method_qualifier_set("Turn") == (com.WBEM_E_ILLEGAL_OPERATION, None)


def test_a_signature_is_a_class() -> None:
    part = wrapped(PART)
    assert part.put_method("Turn", 0, com.ClassObject(instance(PART, Id="x"))) == (com.WBEM_E_INVALID_PARAMETER,)
    with pytest.raises(TypeError):
        part.put_method("Turn", 0, "text")  # type: ignore[arg-type]
