"""IWbemCallResult: the outcome of a semisynchronous call, waited for by one of four getters. [MS-WMI] 3.1.4.5."""

from __future__ import annotations

from typing import Final

from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U32
from wmix.protocol.wbem.automation import BSTR
from wmix.protocol.wbem.identifiers import IID_IWbemCallResult
from wmix.protocol.wbem.interface_types import CLASS_OBJECT
from wmix.protocol.wbem.login import ServicesReply

__all__ = [
    "CALL_RESULT",
    "GetCallStatusReply",
    "GetResultObjectReply",
    "GetResultStringReply",
    "WaitForResult",
]


class WaitForResult(Parameters):
    """Opnums 3 to 6, in: milliseconds to wait, 0xFFFFFFFF without limit."""

    timeout: int = wire(U32)


class GetResultObjectReply(Parameters):
    """Opnum 3, out."""

    wire_name = "GetResultObject"
    object: bytes | None = wire(CLASS_OBJECT, default=None)
    hresult: int = wire(U32, default=0)


class GetResultStringReply(Parameters):
    """Opnum 4, out."""

    wire_name = "GetResultString"
    string: str | None = wire(BSTR, default=None)
    hresult: int = wire(U32, default=0)


class GetCallStatusReply(Parameters):
    """Opnum 6, out; ``status`` is that of the operation, ``hresult`` that of asking."""

    wire_name = "GetCallStatus"
    status: int = wire(U32, default=0)
    hresult: int = wire(U32, default=0)


CALL_RESULT: Final = Interface(
    "IWbemCallResult",
    IID_IWbemCallResult,
    (
        Method("GetResultObject", 3, WaitForResult, GetResultObjectReply),
        Method("GetResultString", 4, WaitForResult, GetResultStringReply),
        Method("GetResultServices", 5, WaitForResult, ServicesReply),
        Method("GetCallStatus", 6, WaitForResult, GetCallStatusReply),
    ),
)
