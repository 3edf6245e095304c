"""Results: what the methods of com return.

One named tuple per signature: ``hresult`` first, then the out-parameters in the order of the IDL, without Hungarian
prefix, None when absent.  Where the IDL has an optional call-result pointer there are two: without it and with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.com.callresult import CallResult
    from wmix.com.classobject import ClassObject
    from wmix.com.context import Context
    from wmix.com.enumerator import Enumerator
    from wmix.com.event_sink import EventSink
    from wmix.com.qualifierset import QualifierSet
    from wmix.com.services import Services

__all__ = [
    "CallResultStatus",
    "ClassNameResult",
    "CloneResult",
    "ConnectResult",
    "ContextCloneResult",
    "ContextNextResult",
    "EnumeratorCloneResult",
    "EnumeratorResult",
    "GetObjectCallResult",
    "GetObjectResult",
    "MethodNextResult",
    "MethodResult",
    "MonikerResult",
    "NamesResult",
    "NextResult",
    "ObjectResult",
    "ObjectTextResult",
    "OpenNamespaceCallResult",
    "OpenNamespaceResult",
    "ParamsCallResult",
    "ParamsResult",
    "PropertyNextResult",
    "PropertyResult",
    "QualifierNextResult",
    "QualifierResult",
    "QualifierSetResult",
    "ResponseHandlerResult",
    "ServicesResult",
    "SpawnDerivedClassResult",
    "SpawnResult",
    "Status",
    "StatusCallResult",
    "StringResult",
    "ValueResult",
]


class Status(NamedTuple):
    """A method without out-parameters."""

    hresult: int


# -- IWbemLocator, IWbemServices


class ConnectResult(NamedTuple):
    """ConnectServer."""

    hresult: int
    services: Services | None


class MonikerResult(NamedTuple):
    """GetObject of a moniker."""

    hresult: int
    object: Services | ClassObject | None


class OpenNamespaceResult(NamedTuple):
    """OpenNamespace."""

    hresult: int
    working_namespace: Services | None


class OpenNamespaceCallResult(NamedTuple):
    """OpenNamespace with ``call_result=True``."""

    hresult: int
    working_namespace: Services | None
    call_result: CallResult | None


class ResponseHandlerResult(NamedTuple):
    """QueryObjectSink."""

    hresult: int
    response_handler: EventSink | None


class GetObjectResult(NamedTuple):
    """GetObject."""

    hresult: int
    object: ClassObject | None


class GetObjectCallResult(NamedTuple):
    """GetObject with ``call_result=True``."""

    hresult: int
    object: ClassObject | None
    call_result: CallResult | None


class StatusCallResult(NamedTuple):
    """PutClass, DeleteClass, PutInstance, DeleteInstance with ``call_result=True``."""

    hresult: int
    call_result: CallResult | None


class EnumeratorResult(NamedTuple):
    """CreateClassEnum, CreateInstanceEnum, ExecQuery, ExecNotificationQuery."""

    hresult: int
    enumerator: Enumerator | None


class ParamsResult(NamedTuple):
    """ExecMethod."""

    hresult: int
    out_params: ClassObject | None


class ParamsCallResult(NamedTuple):
    """ExecMethod with ``call_result=True``."""

    hresult: int
    out_params: ClassObject | None
    call_result: CallResult | None


# -- IEnumWbemClassObject


class NextResult(NamedTuple):
    """Next: ``objects`` are the slots that were written; ``returned`` is None where the count was left as it was."""

    hresult: int
    objects: Sequence[ClassObject] | None
    returned: int | None


class EnumeratorCloneResult(NamedTuple):
    """Clone of an enumerator."""

    hresult: int
    enumerator: Enumerator | None


# -- IWbemCallResult


class CallResultStatus(NamedTuple):
    """GetCallStatus: ``hresult`` says whether the operation has ended, ``status`` how."""

    hresult: int
    status: int | None


class ObjectResult(NamedTuple):
    """GetResultObject."""

    hresult: int
    object: ClassObject | None


class StringResult(NamedTuple):
    """GetResultString."""

    hresult: int
    string: str | None


class ServicesResult(NamedTuple):
    """GetResultServices."""

    hresult: int
    services: Services | None


# -- IWbemClassObject


class PropertyResult(NamedTuple):
    """Get: ``type`` is a CIM type, with 0x2000 for an array; ``flavor`` tells where the value comes from."""

    hresult: int
    value: Any
    type: int | None
    flavor: int | None


class PropertyNextResult(NamedTuple):
    """Next of an enumeration of properties."""

    hresult: int
    name: str | None
    value: Any
    type: int | None
    flavor: int | None


class NamesResult(NamedTuple):
    """GetNames."""

    hresult: int
    names: list[str] | None


class CloneResult(NamedTuple):
    """Clone of an object."""

    hresult: int
    copy: ClassObject | None


class SpawnResult(NamedTuple):
    """SpawnInstance."""

    hresult: int
    new_instance: ClassObject | None


class SpawnDerivedClassResult(NamedTuple):
    """SpawnDerivedClass."""

    hresult: int
    new_class: ClassObject | None


class ObjectTextResult(NamedTuple):
    """GetObjectText."""

    hresult: int
    object_text: str | None


class MethodResult(NamedTuple):
    """GetMethod: the signatures are classes; None for a side without parameters."""

    hresult: int
    in_signature: ClassObject | None
    out_signature: ClassObject | None


class MethodNextResult(NamedTuple):
    """NextMethod."""

    hresult: int
    name: str | None
    in_signature: ClassObject | None
    out_signature: ClassObject | None


class QualifierSetResult(NamedTuple):
    """GetQualifierSet, GetPropertyQualifierSet, GetMethodQualifierSet."""

    hresult: int
    qualifier_set: QualifierSet | None


class ClassNameResult(NamedTuple):
    """GetPropertyOrigin, GetMethodOrigin."""

    hresult: int
    class_name: str | None


# -- IWbemQualifierSet, IWbemContext


class QualifierResult(NamedTuple):
    """Get of a qualifier."""

    hresult: int
    value: Any
    flavor: int | None


class QualifierNextResult(NamedTuple):
    """Next of an enumeration of qualifiers."""

    hresult: int
    name: str | None
    value: Any
    flavor: int | None


class ValueResult(NamedTuple):
    """GetValue of a context."""

    hresult: int
    value: Any


class ContextNextResult(NamedTuple):
    """Next of an enumeration of context values."""

    hresult: int
    name: str | None
    value: Any


class ContextCloneResult(NamedTuple):
    """Clone of a context."""

    hresult: int
    new_copy: Context | None
