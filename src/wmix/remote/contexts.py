"""Named values of a call as they travel to the host: IWbemContext. [MS-WMI] 2.2.13.

Values have the types of Automation.  A context has no integers of 64 bits: those that need more than 32 are refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.errors import InvalidParameter
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem.context import VT_ARRAY, ContextItem, VarType, WireContext
from wmix.protocol.wmio.encoding_unit import encode_object

if TYPE_CHECKING:
    from wmix.port.context import Context
    from wmix.protocol.wbem.context import Scalar

__all__ = ["context_octets"]

_I4: Final = range(-(1 << 31), 1 << 31)
_UI4: Final = range(1 << 31, 1 << 32)


def context_octets(context: Context | None) -> bytes | None:
    """The octets of *context*; None for none.

    Raises:
        InvalidParameter: a value that contexts cannot have; the message names it.
    """
    if context is None or not len(context):
        return None
    items = tuple([_item(name, value) for name, value in context.items()])
    return WireContext(Guid(os.urandom(16)), items).encode()


def _item(name: str, value: object) -> ContextItem:
    if isinstance(value, list | tuple):
        kinds = {_kind(name, element) for element in value} or {VarType.BSTR}
        if kinds == {VarType.I4, VarType.UI4}:
            kinds = {VarType.UI4} if min(value) >= 0 else kinds
        if len(kinds) != 1:
            raise InvalidParameter(f"the context value {name} has elements of different types")
        return ContextItem(name, VT_ARRAY | kinds.pop(), tuple([_scalar(element) for element in value]))
    return ContextItem(name, _kind(name, value), _scalar(value))


def _kind(name: str, value: object) -> VarType:
    match value:
        case None:
            return VarType.NULL
        case bool():
            return VarType.BOOL
        case int() if value in _I4:
            return VarType.I4
        case int() if value in _UI4:
            return VarType.UI4
        case float():
            return VarType.R8
        case str():
            return VarType.BSTR
        case CimInstance() | CimClass():
            return VarType.UNKNOWN
    raise InvalidParameter(
        f"the context value {name} cannot travel: {value!r}",
        hint="give text, a truth value, a number of 32 bits, a real number, an object, or a list of such",
    )


def _scalar(value: object) -> Scalar:
    if isinstance(value, CimInstance | CimClass):
        return encode_object(value, decoration=getattr(value, "origin_", None))
    return value  # type: ignore[return-value]  # _kind has looked at it
