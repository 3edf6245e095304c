"""Verbs: what both clients understand by their arguments, as requests for the engine.

Everything here is pure: the clients differ only in how they wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidParameter
from wmix.port import flags as f
from wmix.port.context import Context
from wmix.port.requests import (
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteInstance,
    ExecMethod,
    ExecQuery,
    GetObject,
    PutInstance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    ContextLike = Context | Mapping[str, object]
    PathLike = str | ObjectPath | CimInstance | CimClass

__all__ = ["Mode", "as_context", "as_path", "class_enum", "delete", "execute", "get", "instance_enum", "put", "query"]

#: How results are delivered: the caller waits for all; takes them as they come; is called back.
Mode = Literal["semisync", "sync", "async"]

_SET_FLAGS = {
    "semisync": f.WBEM_FLAG_RETURN_IMMEDIATELY | f.WBEM_FLAG_FORWARD_ONLY,
    "sync": f.WBEM_FLAG_FORWARD_ONLY,
    "async": 0,
}


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


def query(wql: str, mode: str, context: ContextLike | None) -> ExecQuery:
    """``query``: keys come along, selected or not, so that every object has a path."""
    if not isinstance(wql, str):
        raise InvalidParameter(f"a query is text, not {type(wql).__name__}")
    return ExecQuery(query=wql, flags=set_flags(mode) | f.WBEM_FLAG_ENSURE_LOCATABLE, context=as_context(context))


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


def put(instance: CimInstance, create: bool | None, context: ContextLike | None) -> PutInstance:
    """``put``: *create* True for a new instance only, False for an existing one only, None for either.

    Raises:
        InvalidParameter: *instance* is none.
    """
    if not isinstance(instance, CimInstance):
        raise InvalidParameter(f"put needs an instance, not {type(instance).__name__}")
    change = 0 if create is None else f.WBEM_FLAG_CREATE_ONLY if create else f.WBEM_FLAG_UPDATE_ONLY
    return PutInstance(object=instance, flags=f.WBEM_FLAG_RETURN_IMMEDIATELY | change, context=as_context(context))


def delete(path: PathLike, context: ContextLike | None) -> DeleteInstance:
    """``delete``."""
    return DeleteInstance(path=as_path(path), flags=f.WBEM_FLAG_RETURN_IMMEDIATELY, context=as_context(context))


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
        twice = [name for name in named if params and name in params]
        if twice:
            raise InvalidParameter(f"the parameter {twice[0]} of {method} is given twice")
        given = {**(params or {}), **named}
    return ExecMethod(
        path=as_path(path),
        method=method,
        parameters=given,
        flags=f.WBEM_FLAG_RETURN_IMMEDIATELY,
        context=as_context(context),
    )
