"""``__SystemSecurity`` and ``__thisNAMESPACE``, the singletons that every namespace has. [MS-WMI] 2.2.30, brief 8.4.

The methods read and set the security descriptor of the namespace in which they are called.  Conversions are imported
with the first call: most programs never ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.errors import error_for
from wmix.local.rights import require
from wmix.port.caller import Rights
from wmix.providers.registration import MethodDefinition, ProviderDefinition
from wmix.status import WBEM_E_INVALID_METHOD_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.local.system import LocalSystem
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import ProviderFunction

__all__ = ["SYSTEM_SECURITY", "system_security"]

SYSTEM_SECURITY: Final = "__SystemSecurity"
_SUCCESS: Final = {"ReturnValue": 0}


class _SystemSecurity:
    """The functions behind the methods."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._repository = system.repository

    async def get_sd(self, call: MethodCall) -> Mapping[str, object]:
        """GetSD: the octets of the descriptor, in self-relative form."""
        from wmix.local.namespace_security import descriptor_of

        require(call.caller, Rights.READ_CONTROL, call.namespace)
        descriptor = await descriptor_of(self._repository, call.namespace)
        return {**_SUCCESS, "SD": tuple(descriptor.octets)}

    async def set_sd(self, call: MethodCall) -> Mapping[str, object]:
        """SetSD: the entries that are not inherited become those of the namespace."""
        from wmix.local.namespace_security import set_descriptor
        from wmix.security.descriptor import SecurityDescriptor

        require(call.caller, Rights.WRITE_DAC, call.namespace)
        octets = _required(call, "SD")
        await set_descriptor(self._repository, call.namespace, SecurityDescriptor.read(bytes(octets)))
        return _SUCCESS

    async def get_security_descriptor(self, call: MethodCall) -> Mapping[str, object]:
        """GetSecurityDescriptor: the descriptor as an object, with the names of those whom it names."""
        from wmix.local.descriptor_objects import CLASSES, to_object
        from wmix.local.namespace_security import descriptor_of

        require(call.caller, Rights.READ_CONTROL, call.namespace)
        descriptor = await descriptor_of(self._repository, call.namespace)
        classes = [await self._system.schema.resolve(call.namespace, name) for name in CLASSES]
        # Names may come over the network.
        made = await self._system.host.workers.run(lambda: to_object(descriptor, classes, self._system.principals))
        return {**_SUCCESS, "Descriptor": made}

    async def set_security_descriptor(self, call: MethodCall) -> Mapping[str, object]:
        """SetSecurityDescriptor: as SetSD, with the descriptor as an object."""
        from wmix.local.descriptor_objects import from_object
        from wmix.local.namespace_security import set_descriptor

        require(call.caller, Rights.WRITE_DAC, call.namespace)
        given = _required(call, "Descriptor")
        descriptor = await self._system.host.workers.run(lambda: from_object(given, self._system.principals))
        await set_descriptor(self._repository, call.namespace, descriptor)
        return _SUCCESS

    async def get_caller_access_rights(self, call: MethodCall) -> Mapping[str, object]:
        """GetCallerAccessRights: what the caller may do here; everybody who may enter is told (8.4.1)."""
        return {**_SUCCESS, "rights": call.caller.rights & Rights.ALL}

    # -- instances

    async def system_security(self, _: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        """The one instance, on which the methods may be called as well as on the class."""
        yield {}

    async def this_namespace(self, request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        """The descriptor, for those who may read it."""
        from wmix.local.namespace_security import descriptor_of

        shown = None
        if request.wants("SECURITY_DESCRIPTOR") and not request.caller.lacks(Rights.READ_CONTROL):
            shown = tuple((await descriptor_of(self._repository, request.namespace)).octets)
        yield {"SECURITY_DESCRIPTOR": shown}


def system_security(system: LocalSystem) -> list[ProviderDefinition | MethodDefinition]:
    """The methods and instances of both classes."""
    made = _SystemSecurity(system)
    return [
        _method("GetSD", made.get_sd),
        _method("SetSD", made.set_sd),
        _method("GetSecurityDescriptor", made.get_security_descriptor),
        _method("SetSecurityDescriptor", made.set_security_descriptor),
        _method("GetCallerAccessRights", made.get_caller_access_rights),
        _singleton(SYSTEM_SECURITY, made.system_security),
        _singleton("__thisNAMESPACE", made.this_namespace),
    ]


def _required(call: MethodCall, name: str) -> Any:
    value = call.parameters.get(name)
    if value is None:
        raise error_for(WBEM_E_INVALID_METHOD_PARAMETERS, f"{SYSTEM_SECURITY}.{call.method} needs {name}")
    return value


def _method(name: str, function: ProviderFunction) -> MethodDefinition:
    return MethodDefinition(
        SYSTEM_SECURITY,
        name,
        function,
        namespace="root",
        static=True,
        parameters=None,
        out=None,
        cancellable=False,
        name=f"{SYSTEM_SECURITY}.{name}",
    )


def _singleton(class_name: str, function: ProviderFunction) -> ProviderDefinition:
    return ProviderDefinition(
        class_name,
        function,
        namespace="root",
        keys=(),
        properties=None,
        parent=None,
        pushes=(),
        name=class_name,
        singleton=True,
    )
