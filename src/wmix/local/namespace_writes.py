"""Child namespaces as instances of ``__NAMESPACE``: put creates, delete deletes. [MS-WMI] 3.1.4.18, brief 6.1."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from wmix.cim.path_scanner import is_identifier
from wmix.errors import AccessDenied, InvalidOperation, InvalidParameter, NotFound, ObjectExists
from wmix.local.rights import require
from wmix.port.caller import Rights
from wmix.port.flags import WBEM_FLAG_CREATE_ONLY, WBEM_FLAG_UPDATE_ONLY

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope

__all__ = ["NAMESPACE_CLASS", "delete_namespace", "put_namespace", "show_security"]

NAMESPACE_CLASS: Final = "__namespace"
SECURITY_SDDL: Final = "NamespaceSecuritySDDL"
REQUIRES_ENCRYPTION: Final = "RequiresEncryption"


async def put_namespace(place: LocalNamespace, name: str, instance: CimInstance, flags: int, scope: Scope) -> bool:
    """Create the namespace *name* below this one, unless it exists; whether it was created.

    The qualifiers ``NamespaceSecuritySDDL`` and ``RequiresEncryption`` of *instance* set who may do what in it.

    Raises:
        InvalidParameter: the name is no identifier, or the security descriptor is none.
        AccessDenied: the security descriptor is not the caller's to set.
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
    sddl = instance.qualifiers_.value(SECURITY_SDDL)
    encryption = instance.qualifiers_.value(REQUIRES_ENCRYPTION)
    if sddl is None and encryption is None:
        if not exists:
            await place.repository.create_namespace(path)
        return not exists
    from wmix.local.namespace_security import set_descriptor, set_encryption
    from wmix.security.descriptor import SecurityDescriptor

    descriptor = None if sddl is None else SecurityDescriptor.parse(str(sddl))
    require(scope.caller, Rights.WRITE_DAC, place.namespace)
    if exists:
        await _require_below(place, path, Rights.WRITE_DAC, scope)
    async with place.repository.transaction():
        if not exists:
            await place.repository.create_namespace(path)
        if descriptor is not None:
            await set_descriptor(place.repository, path, descriptor)
        if encryption is not None:
            await set_encryption(place.repository, path, bool(encryption))
    return not exists


async def show_security(place: LocalNamespace, found: CimInstance, scope: Scope) -> None:
    """Put the qualifiers that tell of the namespace's security on *found*, as far as the caller may read it (6.1.5)."""
    from wmix.local.namespace_security import descriptor_of, requires_encryption

    path = f"{place.namespace}\\{found['Name']}"
    if await requires_encryption(place.repository, path):
        found.qualifiers_.put(REQUIRES_ENCRYPTION, True)
    try:
        require(scope.caller, Rights.READ_CONTROL, place.namespace)
        await _require_below(place, path, Rights.READ_CONTROL, scope)
    except AccessDenied:
        return
    # A descriptor with conditional entries has no text; GetSD has its octets.
    with contextlib.suppress(InvalidParameter):
        found.qualifiers_.put(SECURITY_SDDL, (await descriptor_of(place.repository, path)).sddl)


async def _require_below(place: LocalNamespace, path: str, needed: int, scope: Scope) -> None:
    """See that the caller has the rights in the namespace *path* too."""
    granted = await place.below(path).login(scope)
    if granted is not None:
        require(scope.caller.replace(rights=scope.caller.rights & granted), needed, path)


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
    for each in await place.schema.namespaces():
        inside = each.casefold() == found.casefold() or each.casefold().startswith(found.casefold() + "\\")
        if inside and place.schema.is_shipped(each):
            raise InvalidOperation(
                f"the namespace {each} is shipped with the engine: it cannot be deleted",
                hint="delete the classes in it that are yours",
            )
    await place.repository.delete_namespace(found)
