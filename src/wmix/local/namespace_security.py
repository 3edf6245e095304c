r"""Who may do what in a namespace: its security descriptor, and the rights that it grants. [MS-WMI] 2.2.30, 3.1.4.18.

What is stored of a namespace is what was set there; what is in force also has the entries that it inherits from the
namespaces above it, so that a change above is seen below at once.  Where nobody has set anything, root has
:data:`DEFAULT`, and the others have what they inherit from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied, InvalidParameter
from wmix.port.backend import NamespaceSecurity
from wmix.port.caller import Rights
from wmix.security.access import explicit_part, granted, inherited
from wmix.security.descriptor import SecurityDescriptor

if TYPE_CHECKING:
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Repository, Scope

__all__ = [
    "DEFAULT",
    "GENERIC",
    "admitted_rights",
    "descriptor_of",
    "requires_encryption",
    "set_descriptor",
    "set_encryption",
]

DEFAULT: Final = SecurityDescriptor.parse("O:BAG:BAD:(A;CI;CCDCLCSWRPWPDTLORCWD;;;BA)(A;CI;CCDCLCSWRPWPDTLORC;;;AU)")
"""The descriptor of root before anybody sets one: administrators may do everything, and whoever logged in what the
login grants, but for changing the descriptor (decision 0016)."""

_WRITES: Final = Rights.FULL_WRITE | Rights.PARTIAL_WRITE | Rights.WRITE_PROVIDER
GENERIC: Final = (
    (0x80000000, Rights.ENABLE | Rights.READ_CONTROL),
    (0x40000000, _WRITES | Rights.READ_CONTROL),
    (0x20000000, Rights.METHOD_EXECUTE | Rights.READ_CONTROL),
    (0x10000000, Rights.ALL),
)
"""What generic rights (read, write, execute, all) stand for in a namespace."""

#: The level of RPC at which what is sent is sealed.
_SEALED: Final = 6


async def admitted_rights(place: LocalNamespace, scope: Scope) -> int:
    """The rights that the namespace grants the caller.

    Raises:
        AccessDenied: the namespace wants what is sent to be encrypted, and it is not.
    """
    caller = scope.caller
    if caller.is_remote and caller.authentication_level < _SEALED:
        await _check_encryption(place)
    if caller.is_administrator:
        return Rights.ALL
    descriptor = await descriptor_of(place.repository, place.namespace)
    sids = await place.registry.host.workers.run(lambda: place.principals.of(caller))
    return granted(descriptor, sids, generic=GENERIC, most=Rights.ALL)


async def _check_encryption(place: LocalNamespace) -> None:
    if await requires_encryption(place.repository, place.namespace):
        raise AccessDenied(
            f"{place.namespace} is only for those who encrypt",
            namespace=place.namespace,
            hint="connect with packet privacy (authentication level 6)",
        )


async def descriptor_of(repository: Repository, namespace: str) -> SecurityDescriptor:
    """The descriptor that is in force in *namespace*."""
    parts = namespace.split("\\")
    line = ["\\".join(parts[: depth + 1]) for depth in range(len(parts))]
    found: SecurityDescriptor | None = None
    for stored in await repository.security(line):
        own = None if stored.descriptor is None else SecurityDescriptor.read(stored.descriptor)
        if found is None:
            found = own or DEFAULT
            found = found.replace(owner=found.owner or DEFAULT.owner, group=found.group or DEFAULT.group)
        else:
            found = inherited(found, own or SecurityDescriptor())
    return found or DEFAULT


async def requires_encryption(repository: Repository, namespace: str) -> bool:
    """Whether those who enter *namespace* from afar have to encrypt."""
    (stored,) = await repository.security([namespace])
    return stored.requires_encryption


async def set_descriptor(repository: Repository, namespace: str, descriptor: SecurityDescriptor) -> None:
    """Store the entries of *descriptor* that are not inherited as those of *namespace*.

    Raises:
        InvalidParameter: the descriptor has no access list, by which everybody might do everything.
    """
    own = explicit_part(descriptor)
    if own.dacl is None:
        raise InvalidParameter(
            f"the descriptor for {namespace} has no access list: everybody might do everything",
            hint="give an entry for everybody (S-1-1-0) if that is what is meant",
        )
    octets = own.octets
    async with repository.transaction():
        (stored,) = await repository.security([namespace])
        await repository.set_security(namespace, NamespaceSecurity(octets, stored.requires_encryption))


async def set_encryption(repository: Repository, namespace: str, required: bool) -> None:
    """Store whether those who enter *namespace* from afar have to encrypt."""
    async with repository.transaction():
        (stored,) = await repository.security([namespace])
        if stored.requires_encryption != required:
            await repository.set_security(namespace, NamespaceSecurity(stored.descriptor, required))
