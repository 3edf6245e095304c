"""Input of methods: the method of a class by name, and in-parameters held against its signature. [MS-WMI] 3.1.4.3.22.

Brief 6.6.7, 8.1.  The same checks serve this machine, which runs the method, and a client, which wants to know what is
wrong before anything is sent.  Depends on ``classes``, ``methods``, ``types`` and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.cim.instances import CimInstance
from wmix.cim.names import nearest
from wmix.cim.types import coerce
from wmix.errors import InvalidMethod, OutOfRange, TypeMismatch, error_for
from wmix.status import WBEM_E_INVALID_METHOD_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.cim.classes import CimClass
    from wmix.cim.methods import CimMethod

__all__ = ["check_parameters", "find_method"]


def find_method(cls: CimClass, name: str) -> CimMethod:
    """The method *name* of *cls*, any case.

    Raises:
        InvalidMethod: there is none; the hint names a similar one.
    """
    method = cls.methods.get(name)
    if method is None:
        near = nearest(name, cls.methods)
        raise InvalidMethod(
            f"{cls.name} has no method {name}",
            hint=f"did you mean {near}?" if near else f"`wmix describe {cls.name}` shows what it has",
        )
    return method


def check_parameters(
    cls: CimClass, method: CimMethod, given: Mapping[str, object] | CimInstance | None
) -> dict[str, Any]:
    """The in-parameters in the signature's spelling and types, defaults filled in; what has neither is missing.

    Raises:
        InvalidMethodParameters: a name or a type does not fit; the message names the parameter.
    """
    signature = method.in_signature
    parameters: dict[str, Any] = {}
    if signature is not None:
        parameters = {prop.name: prop.default for prop in signature.properties.values() if prop.default is not None}
    if given is None:
        return parameters
    values = given.values_() if isinstance(given, CimInstance) else given
    for name, value in values.items():
        prop = None if signature is None else signature.properties.get(name)
        if prop is None:
            known = [] if signature is None else list(signature.properties)
            near = nearest(name, known)
            raise error_for(
                WBEM_E_INVALID_METHOD_PARAMETERS,
                f"{cls.name}.{method.name} has no parameter {name}",
                hint=f"did you mean {near}?" if near else f"it has {', '.join(known) or 'none'}",
            )
        try:
            parameters[prop.name] = coerce(value, prop.type, prop.is_array, what=f"{method.name}({prop.name})")
        except (TypeMismatch, OutOfRange) as error:
            raise error_for(WBEM_E_INVALID_METHOD_PARAMETERS, error.detail) from error
    return parameters
