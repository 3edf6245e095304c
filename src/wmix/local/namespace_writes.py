"""Child namespaces as instances of ``__NAMESPACE``: put creates, delete deletes. [MS-WMI] 3.1.4.18, brief 6.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.path_scanner import is_identifier
from wmix.errors import InvalidOperation, InvalidParameter, NotFound, ObjectExists
from wmix.port.flags import WBEM_FLAG_CREATE_ONLY, WBEM_FLAG_UPDATE_ONLY

if TYPE_CHECKING:
    from wmix.local.namespace import LocalNamespace

__all__ = ["NAMESPACE_CLASS", "delete_namespace", "put_namespace"]

NAMESPACE_CLASS = "__namespace"


async def put_namespace(place: LocalNamespace, name: str, flags: int) -> bool:
    """Create the namespace *name* below this one, unless it exists; whether it was created.

    Raises:
        InvalidParameter: the name is no identifier.
        ObjectExists: it exists, with CREATE_ONLY.
        NotFound: it does not, with UPDATE_ONLY.
    """
    if not is_identifier(name):
        raise InvalidParameter(f"{name!r} is no name for a namespace: a letter, then letters, digits and '_'")
    path = f"{place.namespace}\\{name}"
    exists = await place.schema.namespace(path) is not None
    if exists and flags & WBEM_FLAG_CREATE_ONLY:
        raise ObjectExists(f"the namespace {path} exists", namespace=place.namespace)
    if not exists and flags & WBEM_FLAG_UPDATE_ONLY:
        raise NotFound(f"there is no namespace {path}", namespace=place.namespace)
    if not exists:
        await place.repository.create_namespace(path)
    return not exists


async def delete_namespace(place: LocalNamespace, name: str) -> None:
    """Delete the namespace *name* below this one, with everything in it and below it.

    Raises:
        NotFound: there is none of that name.
        InvalidOperation: it, or one below it, is shipped with the engine.
    """
    path = f"{place.namespace}\\{name}"
    found = await place.schema.namespace(path)
    if found is None:
        raise NotFound(f"there is no namespace {path}", namespace=place.namespace)
    stored = {each.casefold() for each in await place.repository.namespaces()}
    for each in await place.schema.namespaces():
        inside = each.casefold() == found.casefold() or each.casefold().startswith(found.casefold() + "\\")
        if inside and each.casefold() not in stored:
            raise InvalidOperation(f"the namespace {each} is shipped with the engine: it cannot be deleted")
    await place.repository.delete_namespace(found)
