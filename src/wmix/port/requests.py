"""Requests: one record per method of IWbemServices, with the arguments that the caller gave. [MS-WMI] 3.1.4.3.

A request says what is wanted, not in which of the three modes: the engine's door has one verb per mode
(:mod:`wmix.engine.services`).  ``flags`` are those of the call, as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.port.context import Context

__all__ = [
    "CreateClassEnum",
    "CreateInstanceEnum",
    "DeleteClass",
    "DeleteInstance",
    "ExecMethod",
    "ExecNotificationQuery",
    "ExecQuery",
    "GetObject",
    "OpenNamespace",
    "PutClass",
    "PutInstance",
    "Request",
]


class Request(Record):
    """Base of all requests: the flags and the context of the call."""

    flags: int = 0
    context: Context | None = None

    @property
    def operation(self) -> str:
        """The name of the method, as the specification spells it."""
        return type(self).__name__

    @property
    def text(self) -> str:
        """What the call is about (path, class, query), for audit and messages."""
        for name in ("path", "query", "class_name", "superclass", "namespace"):
            value = getattr(self, name, None)
            if value:
                return str(value)
        return ""


class OpenNamespace(Request):
    """IWbemServices::OpenNamespace: ``namespace`` is relative to the current one, e.g. ``cimv2`` or ``a\\b``."""

    namespace: str | None = None


class GetObject(Request):
    """IWbemServices::GetObject: a class or an instance by path; no path gives a new, empty class."""

    path: str | None = None


class PutClass(Request):
    """IWbemServices::PutClass."""

    object: CimClass | CimInstance | None = None


class DeleteClass(Request):
    """IWbemServices::DeleteClass."""

    class_name: str | None = None


class CreateClassEnum(Request):
    """IWbemServices::CreateClassEnum: direct children (SHALLOW) or all descendants; no name means the top."""

    superclass: str | None = None


class PutInstance(Request):
    """IWbemServices::PutInstance.

    ``tells_change`` asks for the outcome's ``change``, for which the backend has to look first.
    """

    object: CimClass | CimInstance | None = None
    tells_change: bool = False


class DeleteInstance(Request):
    """IWbemServices::DeleteInstance."""

    path: str | None = None


class CreateInstanceEnum(Request):
    """IWbemServices::CreateInstanceEnum: this class (SHALLOW), or its descendants too."""

    class_name: str | None = None


class ExecQuery(Request):
    """IWbemServices::ExecQuery: ``language`` is WQL, in any case.

    ``limit`` is how many objects the caller will read at most, when it knows: a help for whoever fetches them.
    """

    query: str | None = None
    language: str | None = "WQL"
    limit: int | None = None


class ExecNotificationQuery(Request):
    """IWbemServices::ExecNotificationQuery.

    ``max_queue`` bounds the events that may wait to be read; None stands for the backend's own bound.
    """

    query: str | None = None
    language: str | None = "WQL"
    max_queue: int | None = None


class ExecMethod(Request):
    """IWbemServices::ExecMethod: ``parameters`` are a mapping, or an instance of the in-signature."""

    path: str | None = None
    method: str | None = None
    parameters: Mapping[str, object] | CimInstance | None = None
