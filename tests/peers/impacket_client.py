"""impacket's client on a server of a test; it believes in port 135, so that its way there is turned to the real one."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from impacket.dcerpc.v5 import dcomrt, transport
from impacket.dcerpc.v5.dcom import wmi
from impacket.dcerpc.v5.dtypes import NULL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.testing.serving import Served

__all__ = ["connected", "query", "rows"]


class _Transports:
    """What impacket makes transports from, knowing at which port the server of the test is."""

    def __init__(self, served: Served, host: str) -> None:
        self._resolver = f"ncacn_ip_tcp:{host}"
        self._port = served.port
        self._made: list[Any] = []

    def DCERPCTransportFactory(self, binding: str) -> Any:
        if binding == self._resolver:
            binding = f"{binding}[{self._port}]"
        made = transport.DCERPCTransportFactory(binding)
        self._made.append(made)
        return made

    def close(self) -> None:
        """Close the sockets: impacket leaves those open that it did not get to use to the end."""
        for made in self._made:
            if isinstance(sock := made.get_socket(), socket.socket):
                sock.close()


@contextmanager
def connected(
    served: Served,
    *,
    namespace: str = "//./root/cimv2",
    user: str | None = None,
    password: str | None = None,
    domain: str | None = None,
    level: int | None = None,
    kerberos: bool = False,
) -> Iterator[Any]:
    """impacket's IWbemServices of a namespace; *kerberos* takes the tickets that KRB5CCNAME names."""
    before = dcomrt.transport
    host = "localhost" if kerberos else served.host
    transports = dcomrt.transport = _Transports(served, host)
    options: dict[str, Any] = {} if level is None else {"authLevel": level}
    if kerberos:
        options |= {"doKerberos": True, "kdcHost": "127.0.0.1"}
    try:
        connection = dcomrt.DCOMConnection(
            host,
            served.user if user is None else user,
            served.password if password is None else password,
            served.domain if domain is None else domain,
            oxidResolver=True,
            **options,
        )
        try:
            login = wmi.IWbemLevel1Login(
                connection.CoCreateInstanceEx(wmi.CLSID_WbemLevel1Login, wmi.IID_IWbemLevel1Login)
            )
            services = login.NTLMLogin(namespace, NULL, NULL)
            login.RemRelease()
            yield services
            services.RemRelease()
        finally:
            with suppress(KeyError):  # impacket, when no login has succeeded
                connection.disconnect()
    finally:
        dcomrt.transport = before
        transports.close()


def rows(enumerator: Any) -> list[dict[str, Any]]:
    """What is left of an enumerator, as impacket reads it."""
    found: list[dict[str, Any]] = []
    while True:
        try:
            (item,) = enumerator.Next(0xFFFFFFFF, 1)
        except wmi.DCERPCSessionError as error:
            if error.get_error_code() != 1:  # WBEM_S_FALSE
                raise
            return found
        found.append({name: prop["value"] for name, prop in item.getProperties().items()})


def query(served: Served, text: str, *, namespace: str = "//./root/cimv2") -> list[dict[str, Any]]:
    """All rows of a query over a connection of its own."""
    with connected(served, namespace=namespace) as services:
        enumerator = services.ExecQuery(text)
        found = rows(enumerator)
        enumerator.RemRelease()
        return found
