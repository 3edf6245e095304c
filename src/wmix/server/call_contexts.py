"""IWbemContext of a call as the engine's context. [MS-WMI] 2.2.13."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.port.context import Context
from wmix.protocol.wbem.context import WireContext
from wmix.protocol.wmio import decode_object

if TYPE_CHECKING:
    from wmix.protocol.wbem.context import ContextValue

__all__ = ["call_context"]


def call_context(octets: bytes | None) -> Context | None:
    """The named values of a call; None without a context.

    Raises:
        ProtocolError: it cannot be read.
        InvalidParameter: a reserved name with a value that it cannot have.
    """
    if octets is None:
        return None
    context = Context()
    for item in WireContext.decode(octets).items:
        context[item.name] = _value(item.value)
    return context


def _value(value: ContextValue) -> object:
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    return decode_object(value) if isinstance(value, bytes) else value
