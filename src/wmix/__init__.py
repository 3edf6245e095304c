"""wmix: WMI (Windows Management Instrumentation), whole, in Python, on any machine.

::

    import wmix

    with wmix.connect() as wmi:
        for process in wmi.query("SELECT Name, ProcessId FROM Win32_Process"):
            print(process.Name, process.ProcessId)

Everything public is here or in ``wmix.com``, the faithful face of the IWbem interfaces.  Names are loaded when they
are first used: importing the package costs next to nothing.
"""

# As type checkers know it.  Importing typing (or __future__) takes longer than all else here, and until
# ``wmix.__main__`` runs an interrupt of the command shows a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wmix import com
    from wmix.cim.classes import CimClass
    from wmix.cim.datetime import CimDateTime
    from wmix.cim.instances import CimInstance
    from wmix.cim.paths import ObjectPath
    from wmix.cim.types import CimType
    from wmix.client.asynchronous import AsyncClient
    from wmix.client.blocking import Client, connect
    from wmix.config import Callbacks, Limits, Settings, Subscriptions, Timeouts
    from wmix.errors import (
        AccessDenied,
        AuthError,
        Cancelled,
        ConnectError,
        DeadlineExceeded,
        InvalidClass,
        InvalidDatetime,
        InvalidMethod,
        InvalidNamespace,
        InvalidOperation,
        InvalidParameter,
        InvalidPath,
        InvalidQuery,
        NotFound,
        NotSupported,
        ObjectExists,
        OutOfRange,
        ProtocolError,
        ProviderError,
        QuotaExceeded,
        SynchronousCallWarning,
        TypeMismatch,
        UnknownProperty,
        WmiError,
    )
    from wmix.net.security.credentials import NTLM, Kerberos, Negotiate
    from wmix.port.caller import Caller, Rights
    from wmix.port.context import Context
    from wmix.port.events import EventRequest, InstanceChange
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.consumers import Delivery, consumer
    from wmix.providers.registration import events, method, provider
    from wmix.security.descriptor import SecurityDescriptor
    from wmix.version import __version__

_HOMES = {
    "wmix.client.blocking": "Client connect",
    "wmix.client.asynchronous": "AsyncClient",
    "wmix.providers.consumers": "Delivery consumer",
    "wmix.providers.registration": "events method provider",
    "wmix.net.security.credentials": "NTLM Kerberos Negotiate",
    "wmix.version": "__version__",
    "wmix.config": "Callbacks Limits Settings Subscriptions Timeouts",
    "wmix.port.caller": "Caller Rights",
    "wmix.port.context": "Context",
    "wmix.port.events": "EventRequest InstanceChange",
    "wmix.port.provider": "InstanceRequest MethodCall",
    "wmix.cim.classes": "CimClass",
    "wmix.cim.datetime": "CimDateTime",
    "wmix.cim.instances": "CimInstance",
    "wmix.cim.paths": "ObjectPath",
    "wmix.cim.types": "CimType",
    "wmix.security.descriptor": "SecurityDescriptor",
    "wmix.errors": (
        "AccessDenied AuthError Cancelled ConnectError DeadlineExceeded InvalidClass InvalidDatetime InvalidMethod "
        "InvalidNamespace InvalidOperation InvalidParameter InvalidPath InvalidQuery NotFound NotSupported "
        "ObjectExists OutOfRange ProtocolError ProviderError QuotaExceeded SynchronousCallWarning TypeMismatch "
        "UnknownProperty WmiError"
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "NTLM",
    "AccessDenied",
    "AsyncClient",
    "AuthError",
    "Callbacks",
    "Caller",
    "Cancelled",
    "CimClass",
    "CimDateTime",
    "CimInstance",
    "CimType",
    "Client",
    "ConnectError",
    "Context",
    "DeadlineExceeded",
    "Delivery",
    "EventRequest",
    "InstanceChange",
    "InstanceRequest",
    "InvalidClass",
    "InvalidDatetime",
    "InvalidMethod",
    "InvalidNamespace",
    "InvalidOperation",
    "InvalidParameter",
    "InvalidPath",
    "InvalidQuery",
    "Kerberos",
    "Limits",
    "MethodCall",
    "Negotiate",
    "NotFound",
    "NotSupported",
    "ObjectExists",
    "ObjectPath",
    "OutOfRange",
    "ProtocolError",
    "ProviderError",
    "QuotaExceeded",
    "Rights",
    "SecurityDescriptor",
    "Settings",
    "Subscriptions",
    "SynchronousCallWarning",
    "Timeouts",
    "TypeMismatch",
    "UnknownProperty",
    "WmiError",
    "__version__",
    "com",
    "connect",
    "consumer",
    "events",
    "method",
    "provider",
]


def __getattr__(name: str) -> "Any":
    home = "wmix.com" if name == "com" else _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'wmix' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(home)
    if name == "com":
        return module
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
