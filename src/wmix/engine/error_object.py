"""The error object: an ``__ExtendedStatus`` that explains a failure. Brief 0.8, 2.4.12.

Asynchronous calls get it with their final SetStatus, synchronous ones by ``com.get_error_info()``.  A provider sets
status and description; the engine fills in the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.errors import ProviderError

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.errors import WmiError

__all__ = ["error_object"]

_ENGINE = "Windows Management"


@lru_cache(maxsize=1)
def _extended_status() -> CimClass:
    """``__ExtendedStatus : __NotifyStatus : __SystemClass``, the same in every namespace."""
    system = derive(None, "__SystemClass", check=False)
    notify = derive(system, "__NotifyStatus", properties=[CimProperty("StatusCode", CimType.UINT32)], check=False)
    texts = ("Description", "Operation", "ParameterInfo", "ProviderName")
    return derive(
        notify, "__ExtendedStatus", properties=[CimProperty(name, CimType.STRING) for name in texts], check=False
    )


def error_object(error: WmiError) -> CimInstance:
    """The ``__ExtendedStatus`` for *error*."""
    told = error.extended
    provider = error.provider if isinstance(error, ProviderError) else None
    values = {
        "StatusCode": error.status,
        "Description": (told.description if told else None) or error.detail or None,
        "Operation": (told.operation if told else None) or error.operation,
        "ParameterInfo": told.parameter_info if told else None,
        "ProviderName": (told.provider_name if told else None) or provider or _ENGINE,
    }
    layout = _extended_status().layout
    return CimInstance(layout, tuple(values.get(name) for name in layout.names))
