"""A host as ConnectServer names it, with who logs in there. [MS-WMI] 3.1.4.1.4, brief 1.4.1 to 1.4.7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.config import Callbacks
    from wmix.engine.engine import Engine
    from wmix.net.client.host import HostAddress
    from wmix.net.security.credentials import Credentials

__all__ = ["RemotePlace"]


class RemotePlace(Record):
    """What makes a connection to a host another one: address, user, locale."""

    address: HostAddress
    credentials: Credentials
    locale: str | None
    impersonation: str = "impersonate"
    callbacks: Callbacks | bool = False

    @classmethod
    def of(
        cls,
        server: str,
        user: str | None,
        password: str | None,
        authority: str | None,
        locale: str | None,
        impersonation: str,
        callbacks: Callbacks | bool = False,
    ) -> Self:
        """The place that the arguments of ConnectServer name.

        Raises:
            InvalidParameter: a password without a user, no host at all, or a level that the credentials cannot have.
        """
        from wmix.net.client.host import HostAddress
        from wmix.net.security.impersonation import impersonation_level

        credentials = _credentials(user, password, authority)
        impersonation_level(impersonation, credentials)
        return cls(HostAddress.parse(server), credentials, locale or None, impersonation, callbacks)

    def engine(self) -> Engine:
        """An engine over the host, on the running loop."""
        from wmix.engine.assembly import remote_engine

        return remote_engine(
            self.address,
            self.credentials,
            locale=self.locale,
            impersonation=self.impersonation,
            callbacks=self.callbacks,
        )


def _credentials(user: str | None, password: str | None, authority: str | None) -> Credentials:
    from wmix.net.security.credentials import NTLM, Kerberos

    kind, _, name = (authority or "").partition(":")
    if kind.casefold() == "kerberos":
        return Kerberos(user or None, password or None, spn=name)
    if not user and not password and not authority:
        return Kerberos()
    return NTLM(user or "", password or "", domain=name or None)
