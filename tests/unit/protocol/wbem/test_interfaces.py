"""The tables of the interfaces: operation numbers of the IDL, and every method both ways with any values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.dcom.orpc import OrpcThat, OrpcThis, decode_answer, decode_call, encode_answer, encode_call
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import WIDE_STRING
from wmix.protocol.ndr.types import GUID, U32
from wmix.protocol.wbem import smart_enum
from wmix.protocol.wbem.automation import BSTR
from wmix.protocol.wbem.interface_types import (
    ABSENT,
    CLASS_OBJECT,
    CONTEXT,
    IN_OUT_OBJECT,
    IN_OUT_REFERENCE,
    REFERENCE,
    WANTED,
)
from wmix.protocol.wbem.interfaces import WBEM_INTERFACES

if TYPE_CHECKING:
    from wmix.protocol.dcom.methods import Interface, Method
    from wmix.protocol.ndr.parameters import Parameters

OPNUMS = {
    "IWbemLevel1Login": "EstablishPosition RequestChallenge WBEMLogin NTLMLogin",
    "IWbemLoginClientID": "SetClientInfo",
    "IWbemLoginClientIDEx": "SetClientInfoEx",
    "IWbemLoginHelper": "SetEvent",
    "IWbemServices": "OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass PutClassAsync "
    "DeleteClass DeleteClassAsync CreateClassEnum CreateClassEnumAsync PutInstance PutInstanceAsync DeleteInstance "
    "DeleteInstanceAsync CreateInstanceEnum CreateInstanceEnumAsync ExecQuery ExecQueryAsync ExecNotificationQuery "
    "ExecNotificationQueryAsync ExecMethod ExecMethodAsync",
    "IEnumWbemClassObject": "Reset Next NextAsync Clone Skip",
    "IWbemCallResult": "GetResultObject GetResultString GetResultServices GetCallStatus",
    "IWbemFetchSmartEnum": "GetSmartEnum",
    "IWbemWCOSmartEnum": "Next",
    "IWbemObjectSink": "Indicate SetStatus",
}

_texts = st.text(st.characters(codec="utf-16", exclude_characters="\0"), max_size=8)
_guids = st.binary(min_size=16, max_size=16).map(Guid)
_references = st.builds(
    ObjRefStandard,
    _guids,
    st.builds(StdObjRef, st.just(0), st.integers(0, 9), *[st.integers(0, 2**64 - 1)] * 2, _guids),
    st.just(DualStringArray((StringBinding(NCACN_IP_TCP, "srv1"),))),
)
_objects = st.none() | st.binary(max_size=9)
_u32 = st.integers(0, 0xFFFFFFFF)

#: Values for the types that have one instance; others are found by their name.
STRATEGIES: dict[object, st.SearchStrategy[Any]] = {
    U32: _u32,
    GUID: _guids,
    BSTR: st.none() | _texts,
    CLASS_OBJECT: _objects,
    CONTEXT: _objects,
    REFERENCE: st.none() | _references,
    WANTED: st.booleans(),
    IN_OUT_OBJECT: st.just(ABSENT) | _objects,
    IN_OUT_REFERENCE: st.just(ABSENT) | st.none() | _references,
}
BY_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "challenge": st.lists(st.integers(0, 255), min_size=1, max_size=16).map(tuple),
    "objects": st.lists(st.binary(max_size=9), max_size=4).map(tuple),
    "buffer": st.none() | st.binary(min_size=1, max_size=9),
    "proxy": _guids,
}


def values_of(kind: type[Parameters]) -> st.SearchStrategy[Any]:
    """Any value of a parameter list."""
    fields = {}
    for name, place in kind.layout.places:
        if name.startswith("_"):
            continue
        if isinstance(place.type, Unique) and place.type.target is WIDE_STRING:
            fields[name] = st.none() | _texts
        else:
            fields[name] = BY_FIELD[name] if name in BY_FIELD else STRATEGIES[place.type]
    return st.builds(kind, **fields)


METHODS = [
    pytest.param(interface, method, id=f"{interface.name}.{method.name}")
    for interface in WBEM_INTERFACES.values()
    for method in interface.methods.values()
]


def test_the_operation_numbers_are_those_of_the_idl() -> None:
    found = {i.name: " ".join(method.name for method in i.methods.values()) for i in WBEM_INTERFACES.values()}
    assert found == OPNUMS
    for interface in WBEM_INTERFACES.values():
        assert list(interface.methods) == list(range(3, 3 + len(interface.methods)))


@pytest.mark.parametrize(("interface", "method"), METHODS)
@settings(max_examples=15)
@given(data=st.data())
def test_every_method_goes_both_ways(interface: Interface, method: Method, data: st.DataObject) -> None:
    request = data.draw(values_of(method.request))
    this = OrpcThis(causality=Guid(bytes(range(16))))
    assert decode_call(method.request, encode_call(this, request)) == (this, request)
    reply = data.draw(values_of(method.reply))
    stub = encode_answer(reply)
    assert decode_answer(method.reply, stub) == (OrpcThat(), reply)
    assert stub[-4:] == reply.hresult.to_bytes(4, "little"), "the result is the last four octets"


def test_an_interface_is_found_by_its_identifier() -> None:
    interface = WBEM_INTERFACES[smart_enum.WCO_SMART_ENUM.iid]
    assert interface.name == "IWbemWCOSmartEnum"
    assert interface.find(3) is interface["Next"]
    assert interface.find(4) is None
