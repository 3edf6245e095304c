"""Stubs: objects of this side as the other side sees them: interfaces whose methods are functions here.

A method of a stub is marked with the operation that it answers.  It takes the :class:`~.incoming.IncomingCall` and the
in-parameters, and gives the out-parameters, at once or, as a coroutine, later::

    class Login(Stub):
        @answers(LEVEL1_LOGIN, "EstablishPosition")
        def establish_position(self, call: IncomingCall, asked: EstablishPosition) -> EstablishPositionReply: ...

A ``WmiError`` becomes the HRESULT of the answer, an :class:`RpcFault` a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from wmix.errors import AccessDenied
from wmix.protocol.dcom.identifiers import IID_IUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wmix.protocol.dcom.methods import Interface, Method
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters

    #: An operation and the function that answers it.
    Operation = tuple[Method, Callable[..., Any]]

__all__ = ["ACCESS_DENIED", "RpcFault", "Stub", "answers"]

F = TypeVar("F", bound="Callable[..., Any]")
_MARK: Final = "_answers"
#: Win32 codes travel as the status of a fault without the 8007 of their HRESULT.
ACCESS_DENIED: Final = 5


class RpcFault(Exception):
    """A call that fails below its method; ``status`` is that of the fault."""

    def __init__(self, status: int) -> None:
        super().__init__(f"fault 0x{status:08X}")
        self.status = status


def answers(interface: Interface, *names: str) -> Callable[[F], F]:
    """Mark a method of a stub as the answer to operations of *interface*."""
    methods = [interface[name] for name in names]

    def mark(function: F) -> F:
        marked = [*getattr(function, _MARK, ()), *[(interface.iid, method) for method in methods]]
        setattr(function, _MARK, marked)
        return function

    return mark


class Stub:
    """An object that can be exported; its interfaces are those of which a method is marked."""

    #: Interfaces by identifier, their operations by number.
    operations: ClassVar[Mapping[Guid, Mapping[int, Operation]]] = {IID_IUnknown: {}}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found: dict[Guid, dict[int, Operation]] = {iid: dict(table) for iid, table in cls.operations.items()}
        for function in vars(cls).values():
            for iid, method in getattr(function, _MARK, ()):
                found.setdefault(iid, {})[method.opnum] = (method, function)
        cls.operations = found

    @classmethod
    def supports(cls, iid: Guid) -> bool:
        """Whether the object has an interface."""
        return iid in cls.operations

    def failed(self, method: Method, asked: Any, hresult: int) -> Parameters:  # noqa: ARG002 - for those that need it
        """The answer of a method that failed: its out-parameters are null."""
        return method.reply(hresult=hresult)

    def check_caller(self, user: str, owner: str) -> None:
        """See that *user* may call an object of *owner*.

        Raises:
            AccessDenied: it may not ([MS-WMI] 3.1.4.4).
        """
        if user.casefold() != owner.casefold():
            raise AccessDenied("this object belongs to another user", hint="log in as the user who made it")

    def released(self) -> None:
        """No reference is left, or its client is gone: let go of what the object holds."""
