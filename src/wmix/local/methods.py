"""ExecMethod: find the function that implements a method, check its input, shape its output. [MS-WMI] 3.1.4.3.22.

Brief 1.4.57 to 1.4.62, 6.6.7, 8.1.  What goes wrong inside the operation is the method's ReturnValue; an error of the
call means that the method was not run, or that its function failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.cim.method_input import check_parameters, find_method
from wmix.cim.methods import RETURN_VALUE
from wmix.errors import (
    InvalidMethod,
    NotFound,
    OutOfRange,
    ProviderError,
    TypeMismatch,
    UnknownProperty,
    WmiError,
    error_for,
)
from wmix.local.objects import find_instance, key_values, parse_path, resolve_class
from wmix.port.backend import Outcome
from wmix.port.provider import MethodCall
from wmix.status import (
    WBEM_E_METHOD_DISABLED,
    WBEM_E_METHOD_NOT_IMPLEMENTED,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.methods import CimMethod
    from wmix.local.namespace import LocalNamespace
    from wmix.port.backend import Scope
    from wmix.port.requests import ExecMethod
    from wmix.providers.registration import MethodDefinition

__all__ = ["exec_method"]


async def exec_method(place: LocalNamespace, request: ExecMethod, scope: Scope) -> Outcome:
    """Run a method and give its out-parameters.

    Raises:
        NotFound: there is no such class or instance.
        InvalidMethod: the class has no such method, or it cannot run on such a path.
        WmiError: WBEM_E_METHOD_NOT_IMPLEMENTED, WBEM_E_METHOD_DISABLED, WBEM_E_INVALID_METHOD_PARAMETERS.
        ProviderError: the function failed.
    """
    path = parse_path(place, request.path or "")
    cls = await resolve_class(place, path)
    method = find_method(cls, request.method or "")
    if method.qualifiers.value("disabled"):
        raise error_for(WBEM_E_METHOD_DISABLED, f"the method {method.name} of {cls.name} is disabled")
    keys: Mapping[str, object] | None = None
    if path.is_class:
        if not method.is_static:
            raise InvalidMethod(
                f"{cls.name}.{method.name} runs on an instance, and {path} is a class",
                hint=f"name one, as {cls.name}.{'='.join((cls.keys[0], '...')) if cls.keys else '=@'}",
            )
    else:
        keys = key_values(cls, path)
        if not method.is_static:
            cls, keys = await _true_class(place, cls, keys, scope, str(path))
        elif not (cls.is_singleton and cls.name.startswith("__")):
            # Scripts get __SystemSecurity=@ and call it, and Windows lets them (decision 0016).
            raise InvalidMethod(f"{cls.name}.{method.name} is static: run it on the class", hint=f"path {cls.name}")
    definition = _implementation(place, cls, method)
    parameters = check_parameters(cls, method, request.parameters)
    call = MethodCall(
        cls,
        method.name,
        namespace=place.namespace,
        scope=scope,
        settings=place.settings,
        keys=keys,
        parameters=parameters,
    )
    scope.may_stop = definition.cancellable
    try:
        result = await place.registry.host.call(definition, call)
        return Outcome(object=_out_parameters(place, cls, method, result))
    except (UnknownProperty, TypeMismatch, OutOfRange) as error:
        raise _failure(definition, cls, method, f"gave what its signature does not have: {error.detail}") from error
    except WmiError:
        raise
    except Exception as error:
        raise _failure(definition, cls, method, f"raised {type(error).__name__}: {error}") from error


async def _true_class(
    place: LocalNamespace, cls: CimClass, keys: Mapping[str, object], scope: Scope, path: str
) -> tuple[CimClass, Mapping[str, object]]:
    """See that the instance exists, and which class it really is of (6.6.7)."""
    if cls.qualifiers.value("Bypass_GetObject"):
        return cls, keys
    found = await find_instance(place, cls, keys, scope, properties=frozenset(cls.keys))
    if found is None:
        raise NotFound(f"there is no instance {path}", namespace=place.namespace)
    own = found.class_
    return own, {name: found[name] for name in own.keys} or keys


def _implementation(place: LocalNamespace, cls: CimClass, method: CimMethod) -> MethodDefinition:
    """The function of the nearest class, from *cls* upwards, that implements *method* (8.1.5).

    Raises:
        WmiError: WBEM_E_METHOD_NOT_IMPLEMENTED when there is none.
    """
    for name in (cls.name, *cls.derivation):
        definition = place.registry.method(place.namespace, name, method.name)
        if definition is not None:
            return definition
    raise error_for(
        WBEM_E_METHOD_NOT_IMPLEMENTED, f"the method {method.name} of {cls.name} has no implementation on this machine"
    )


def _out_parameters(place: LocalNamespace, cls: CimClass, method: CimMethod, result: object) -> CimInstance | None:
    signature = method.out_signature
    if signature is None:
        return None
    if result is None:
        row: Mapping[str, object] = {}
    elif isinstance(result, int | float | str | bool):
        row = {RETURN_VALUE: result}
    elif hasattr(result, "keys"):
        row = result  # type: ignore[assignment]  # a mapping, by its keys
    else:
        raise TypeMismatch(f"{cls.name}.{method.name} returned a {type(result).__name__}; give a number or a mapping")
    layout = signature.layout
    values = place.planner.builder(layout)({**dict.fromkeys(layout.names), **row})
    return CimInstance(layout, values)


def _failure(definition: MethodDefinition, cls: CimClass, method: CimMethod, what: str) -> ProviderError:
    return ProviderError(
        f"the method {cls.name}.{method.name} (function {definition.name}) {what}",
        provider=definition.name,
        class_name=cls.name,
        hint="this is a fault of the provider, not of the request",
    )
