"""com: the faithful face: IWbemLocator, IWbemServices and their kin in snake_case. docs/how-to/use-com.md.

In-parameters stand in the order of the IDL; every method returns a named tuple, ``hresult`` first, then the
out-parameters, None when absent.  Times are in milliseconds, -1 waits without limit.  Methods raise for programming
errors only (``TypeError``); what WMI says is the HRESULT, and :func:`get_error_info` has the rest.

All flags and status codes are here by their own names.  The classes are loaded when they are first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.com.constants import *  # noqa: F403 - constants by the hundred; a test compares them with their sources

if TYPE_CHECKING:
    from wmix.com.callresult import CallResult as CallResult
    from wmix.com.classobject import ClassObject as ClassObject
    from wmix.com.context import Context as Context
    from wmix.com.enumerator import Enumerator as Enumerator
    from wmix.com.errors import get_error_info as get_error_info
    from wmix.com.locator import Locator as Locator
    from wmix.com.moniker import get_object as get_object
    from wmix.com.path import Path as Path
    from wmix.com.path import PathKeyList as PathKeyList
    from wmix.com.qualifierset import QualifierSet as QualifierSet
    from wmix.com.services import Services as Services
    from wmix.com.sink import ObjectSink as ObjectSink

_HOMES: Final = {
    "CallResult": "callresult",
    "ClassObject": "classobject",
    "Context": "context",
    "Enumerator": "enumerator",
    "Locator": "locator",
    "ObjectSink": "sink",
    "Path": "path",
    "PathKeyList": "path",
    "QualifierSet": "qualifierset",
    "Services": "services",
    "get_error_info": "errors",
    "get_object": "moniker",
}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted([*globals(), *_HOMES])
