"""Verbs: what both clients understand by their arguments, as requests for the engine.

Everything here is pure: the clients differ only in how they wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.paths import ObjectPath, normalize_namespace
from wmix.errors import InvalidNamespace, InvalidParameter, InvalidPath
from wmix.port import flags as f
from wmix.port.context import Context
from wmix.port.requests import (
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    PutClass,
    PutInstance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.port.requests import Request

    ContextLike = Context | Mapping[str, object]
    PathLike = str | ObjectPath | CimInstance | CimClass

__all__ = [
    "Mode",
    "Update",
    "as_context",
    "as_path",
    "class_enum",
    "delete",
    "execute",
    "get",
    "instance_enum",
    "localised",
    "notification_query",
    "put",
    "query",
]

#: How results are delivered: the caller waits for all; takes them as they come; is called back.
Mode = Literal["semisync", "sync", "async"]

_SET_FLAGS = {
    "semisync": f.WBEM_FLAG_RETURN_IMMEDIATELY | f.WBEM_FLAG_FORWARD_ONLY,
    "sync": f.WBEM_FLAG_FORWARD_ONLY,
    "async": 0,
}

#: How the update of a class treats its subclasses and instances.
Update = Literal["compatible", "safe", "force"]

_UPDATE_FLAGS = {
    "compatible": f.WBEM_FLAG_UPDATE_COMPATIBLE,
    "safe": f.WBEM_FLAG_UPDATE_SAFE_MODE,
    "force": f.WBEM_FLAG_UPDATE_FORCE_MODE,
}
_LOCALISED = (ExecQuery, CreateInstanceEnum, CreateClassEnum, GetObject, PutClass, PutInstance)


def set_flags(mode: str) -> int:
    """The flags of a call that yields a set, in *mode*.

    Raises:
        InvalidParameter: there is no such mode.
    """
    try:
        return _SET_FLAGS[mode]
    except KeyError:
        raise InvalidParameter(f"mode is 'semisync', 'sync' or 'async', not {mode!r}") from None


def as_context(context: ContextLike | None) -> Context | None:
    """A context from a mapping of named values; None stays None."""
    if context is None or isinstance(context, Context):
        return context
    return Context(context)


def as_path(path: PathLike) -> str:
    """The text of a path, or of the path of an object.

    Raises:
        InvalidParameter: the object has no path (a key is NULL or was not selected), or it is no path at all.
    """
    if isinstance(path, str):
        return path
    found = path if isinstance(path, ObjectPath) else getattr(path, "path_", None)
    if isinstance(found, ObjectPath):
        return str(found)
    if isinstance(path, CimInstance | CimClass):
        raise InvalidParameter(f"{path!r} has no path: a key is NULL or was not selected")
    raise InvalidParameter(f"a path is text, an ObjectPath or an object, not {type(path).__name__}")


def query(wql: str, mode: str, context: ContextLike | None, limit: int | None = None) -> ExecQuery:
    """``query``: keys come along, selected or not, so that every object has a path.

    Raises:
        InvalidParameter: no text, no such mode, or a limit below 1.
    """
    if not isinstance(wql, str):
        raise InvalidParameter(f"a query is text, not {type(wql).__name__}")
    if limit is not None and limit < 1:
        raise InvalidParameter(f"a limit is at least 1, not {limit}")
    flags = set_flags(mode) | f.WBEM_FLAG_ENSURE_LOCATABLE
    return ExecQuery(query=wql, flags=flags, context=as_context(context), limit=limit)


def notification_query(
    wql: str, max_queue: int | None, context: ContextLike | None, mode: str = "semisync"
) -> ExecNotificationQuery:
    """``watch``.

    Raises:
        InvalidParameter: the query is no text, or the queue has no room.
    """
    if not isinstance(wql, str):
        raise InvalidParameter(f"a query is text, not {type(wql).__name__}")
    if max_queue is not None and max_queue < 1:
        raise InvalidParameter(f"max_queue is at least 1, not {max_queue}")
    return ExecNotificationQuery(query=wql, flags=set_flags(mode), context=as_context(context), max_queue=max_queue)


def instance_enum(class_name: str, deep: bool, mode: str, context: ContextLike | None) -> CreateInstanceEnum:
    """``instances``."""
    flags = set_flags(mode) | (f.WBEM_FLAG_DEEP if deep else f.WBEM_FLAG_SHALLOW)
    return CreateInstanceEnum(class_name=class_name, flags=flags, context=as_context(context))


def class_enum(superclass: str | None, deep: bool, mode: str) -> CreateClassEnum:
    """``classes``."""
    flags = set_flags(mode) | (f.WBEM_FLAG_DEEP if deep else f.WBEM_FLAG_SHALLOW)
    return CreateClassEnum(superclass=superclass, flags=flags)


def get(path: PathLike, context: ContextLike | None) -> GetObject:
    """``get``, ``cls`` and ``begin_get``.

    Raises:
        InvalidParameter: the path is empty.
    """
    text = as_path(path)
    if not text:
        raise InvalidParameter("get needs the path of an object", hint='write for example Win32_Process.Handle="1"')
    return GetObject(path=text, flags=f.WBEM_FLAG_RETURN_IMMEDIATELY, context=as_context(context))


def put(
    item: CimInstance | CimClass, create: bool | None, update: str, context: ContextLike | None
) -> PutInstance | PutClass:
    """``put``: *create* True for a new object only, False for an existing one only, None for either.

    Raises:
        InvalidParameter: *item* is neither an instance nor a class, or *update* is no mode.
    """
    if update not in _UPDATE_FLAGS:
        raise InvalidParameter(f"update is 'compatible', 'safe' or 'force', not {update!r}")
    if update != "compatible" and not isinstance(item, CimClass):
        raise InvalidParameter(f"update={update!r} is for classes, and this is {type(item).__name__}")
    change = 0 if create is None else f.WBEM_FLAG_CREATE_ONLY if create else f.WBEM_FLAG_UPDATE_ONLY
    flags = f.WBEM_FLAG_RETURN_IMMEDIATELY | change
    if isinstance(item, CimClass):
        return PutClass(object=item, flags=flags | _UPDATE_FLAGS[update], context=as_context(context))
    if isinstance(item, CimInstance):
        return PutInstance(object=item, flags=flags, context=as_context(context))
    raise InvalidParameter(f"put needs an instance or a class, not {type(item).__name__}")


def delete(path: PathLike, context: ContextLike | None, namespace: str, server: str) -> DeleteInstance | DeleteClass:
    """``delete``: a path without keys is that of a class.

    Raises:
        InvalidNamespace: the path leads to a class of another namespace than *namespace*.
        InvalidPath: it leads to a class of another machine than *server*.
    """
    text, flags = as_path(path), f.WBEM_FLAG_RETURN_IMMEDIATELY
    try:
        parsed = ObjectPath.parse(text)
    except InvalidPath:  # told with the result, as every error that is no wrong argument of Python
        parsed = None
    if parsed is None or not parsed.is_class:
        return DeleteInstance(path=text, flags=flags, context=as_context(context))
    if parsed.namespace is not None and parsed.namespace.casefold() != normalize_namespace(namespace).casefold():
        raise InvalidNamespace(
            f"{text!r} leads to {parsed.namespace}, this client to {namespace}",
            namespace=namespace,
            hint="delete it with a client of that namespace",
        )
    if parsed.server is not None and parsed.server.casefold() not in (".", "localhost", server.casefold()):
        raise InvalidPath(f"{text!r} leads to the machine {parsed.server}; this is {server}")
    return DeleteClass(class_name=parsed.class_name, flags=flags, context=as_context(context))


def localised(request: Request) -> Request:
    """*request* with localised qualifiers, where its call knows them."""
    if isinstance(request, _LOCALISED):
        return request.replace(flags=request.flags | f.WBEM_FLAG_USE_AMENDED_QUALIFIERS)
    return request


def execute(
    path: PathLike,
    method: str,
    params: Mapping[str, object] | CimInstance | None,
    named: Mapping[str, object],
    context: ContextLike | None,
) -> ExecMethod:
    """``call``: parameters as one mapping, as names, or both.

    Raises:
        InvalidParameter: a parameter is given twice.
    """
    given: Mapping[str, object] | CimInstance | None = params
    if named:
        if isinstance(params, CimInstance):
            raise InvalidParameter("give the parameters as one object or by name, not both")
        given = {**(params or {}), **named}
        if len({fold(name) for name in given}) < len(params or ()) + len(named):
            raise InvalidParameter(f"a parameter of {method} is given twice", hint="names ignore case")
    return ExecMethod(
        path=as_path(path),
        method=method,
        parameters=given,
        flags=f.WBEM_FLAG_RETURN_IMMEDIATELY,
        context=as_context(context),
    )
