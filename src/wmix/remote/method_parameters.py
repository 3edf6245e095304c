"""In-parameters of a method of a host: an instance of its in-signature. [MS-WMI] 3.1.4.3.22, 3.2.4.2.7.

The signature comes with the class definition, which is asked for once and kept; names and types are checked against it
before anything is sent.  A class that has changed in the meantime is asked for again after the first call that fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.layout import build_row
from wmix.cim.method_input import check_parameters, find_method
from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidPath

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.cim.classes import CimClass
    from wmix.port.backend import Scope
    from wmix.port.requests import ExecMethod

__all__ = ["Signatures"]

_KEPT: Final = 128


class Signatures:
    """The classes whose methods were called.

    Args:
        fetch: the definition of a class by its name.
    """

    def __init__(self, fetch: Callable[[str, Scope], Awaitable[CimClass | None]]) -> None:
        self._fetch = fetch
        self._classes: dict[str, CimClass] = {}

    async def parameters(self, request: ExecMethod, scope: Scope) -> CimInstance | None:
        """What the method is given; None for nothing.

        Raises:
            InvalidMethod: the class has no such method.
            WmiError: WBEM_E_INVALID_METHOD_PARAMETERS for a name or a value that does not fit.
        """
        given = request.parameters
        if given is None or (not isinstance(given, CimInstance) and not given):
            return None
        try:
            class_name = ObjectPath.parse(request.path or "").class_name
        except InvalidPath:
            return None  # the host will say so
        cls = await self._class(class_name, scope)
        if cls is None:
            return None
        method = find_method(cls, request.method or "")
        checked = check_parameters(cls, method, given)
        if method.in_signature is None:
            return None
        layout = method.in_signature.layout
        return CimInstance(layout, build_row(layout, checked))

    async def _class(self, name: str, scope: Scope) -> CimClass | None:
        folded = name.casefold()
        found = self._classes.get(folded)
        if found is None:
            found = await self._fetch(name, scope)
            if found is not None:
                if len(self._classes) >= _KEPT:
                    self._classes.pop(next(iter(self._classes)))
                self._classes[folded] = found
        return found

    def forget(self) -> None:
        """Ask for every class again."""
        self._classes.clear()
