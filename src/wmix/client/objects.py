"""Instances that know the client they came from, so that they can be put back and deleted.

Which client it is stands on the Python class, not on every object: each client has a subclass of its own, and an
instance costs no more than one without a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from wmix.cim.paths import ObjectPath
    from wmix.client.asynchronous import AsyncClient
    from wmix.client.blocking import Client

__all__ = ["AsyncInstance", "Instance", "bound_to"]


class Instance(CimInstance):
    """An instance that a :class:`~wmix.client.blocking.Client` gave."""

    __slots__ = ()
    _client: Client

    def put_(self, *, create: bool | None = None) -> ObjectPath:
        """Write this instance; see :meth:`Client.put`."""
        return self._client.put(self, create=create)

    def delete_(self) -> None:
        """Delete this instance; see :meth:`Client.delete`."""
        self._client.delete(self)

    def __reduce__(self) -> tuple[object, ...]:
        return CimInstance(self.layout_, tuple(self.raw_values_()), self.origin_).__reduce__()


class AsyncInstance(CimInstance):
    """An instance that an :class:`~wmix.client.asynchronous.AsyncClient` gave."""

    __slots__ = ()
    _client: AsyncClient

    def put_(self, *, create: bool | None = None) -> Coroutine[Any, Any, ObjectPath]:
        """Write this instance; see :meth:`AsyncClient.put`."""
        return self._client.put(self, create=create)

    def delete_(self) -> Coroutine[Any, Any, None]:
        """Delete this instance; see :meth:`AsyncClient.delete`."""
        return self._client.delete(self)

    def __reduce__(self) -> tuple[object, ...]:
        return CimInstance(self.layout_, tuple(self.raw_values_()), self.origin_).__reduce__()


def bound_to(kind: type[CimInstance], client: object) -> type[CimInstance]:
    """The subclass of *kind* whose instances belong to *client*."""
    return type(kind.__name__, (kind,), {"__slots__": (), "_client": client, "__module__": kind.__module__})
