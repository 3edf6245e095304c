"""What a provider sees as ``request.wmi``: a client of the engine that asks it, for the same caller and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wmix.client.asynchronous import AsyncClient
from wmix.client.blocking import Client

if TYPE_CHECKING:
    from wmix.engine.services import Services
    from wmix.port.backend import Scope

__all__ = ["client_for_provider"]


def client_for_provider(services: Services, scope: Scope) -> AsyncClient | Client:
    """An asynchronous client for a provider on the event loop, a blocking one for a provider on a worker thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return Client.over(services, until=scope.deadline)
    return AsyncClient.over(services, until=scope.deadline)
