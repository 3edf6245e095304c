"""What the objects of a server share: the engine, who may do what, and how objects are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from wmix.protocol.wmio import decode_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.engine.engine import Engine
    from wmix.net.server.incoming import IncomingCall
    from wmix.port.caller import Caller
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.server.client_sink import ClientSink
    from wmix.server.object_writer import ObjectWriter

__all__ = ["Host", "object_of", "seconds"]

_INFINITE: Final = 0xFFFFFFFF


class Host(Protocol):
    """The server, as its objects see it."""

    engine: Engine
    writer: ObjectWriter

    def sink(
        self, call: IncomingCall, reference: ObjRef | None, ended: Callable[[ClientSink], None] | None = None
    ) -> ClientSink:
        """The sink that a client passed with *call*; *ended* is told when it has heard of its end.

        Raises:
            InvalidParameter: there is none.
            NotSupported: the server cannot call it.
        """
        ...

    def caller(self, call: IncomingCall, locales: tuple[str, ...]) -> Caller:
        """Who makes *call*, with the rights that were granted."""
        ...


def seconds(timeout: int) -> float | None:
    """A time of the wire, milliseconds, in seconds; None for 0xFFFFFFFF, which is without limit."""
    return None if timeout == _INFINITE else timeout / 1000


def object_of(octets: bytes | None) -> CimInstance | CimClass | None:
    """An object that a client sent; octets behind it are ignored.

    Raises:
        ProtocolError: it cannot be read.
    """
    return None if octets is None else decode_object(octets)
