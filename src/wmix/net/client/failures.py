"""Failures of the wire as errors: phase, address and port, symbol, and what is known about causes and remedies.

A status says little by itself: "access denied" on port 135 is a matter of the password or of DCOM rights, at the login
to a namespace one of the namespace's security ([MS-WMI] 3.1.4.1.4).  So the advice here is chosen by the phase.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.errors import AuthError, ConnectError, DeadlineExceeded, ProtocolError, WmiError, error_for
from wmix.net.client.phases import CONNECTING, Phase

if TYPE_CHECKING:
    from wmix.protocol.rpc.events import BindRefused

__all__ = ["ConnectTimeout", "bind_refused", "lost", "refused", "timed_out", "unreachable", "unresolved", "violated"]

_FIRST_PORT: Final = (
    "see that the host is up, that its firewall lets TCP 135 in (rule group 'Windows Management Instrumentation'), and "
    "that the RPC service runs"
)
_NOBODY: Final = (
    "the host is up and nobody listens at this port: see that it is the right one (135 unless named), and that "
    "the RPC service of Windows runs there, or `wmix serve`"
)
_SECOND_PORT: Final = (
    "the host answers on its first port, and a firewall or NAT keeps the second one: let the dynamic ports in (rule "
    "'WMI-In'), or give WMI a fixed port there and name it with object_port (--object-port), a forwarded address with "
    "object_host (--object-host)"
)
_LOGIN: Final = (
    "see the user name, domain and password; a local account that is not the built-in administrator is filtered by UAC "
    "from afar (LocalAccountTokenFilterPolicy); the user needs remote launch and activation rights of DCOM (group "
    "'Distributed COM Users'); NTLM may be refused by policy, then use Kerberos"
)
_EXPORTER: Final = (
    "the host took the login on its first port and refuses calls on the second: the user lacks remote access rights of "
    "DCOM, or the host wants integrity or privacy"
)
_NAMESPACE: Final = (
    "the user is logged in and lacks Enable Account or Remote Enable in the security of this namespace (wmimgmt.msc), "
    "or the namespace wants an encrypted connection"
)
_AUTHENTICATION_TYPE: Final = (
    "the host does not take this kind of login; try another one of NTLM, Kerberos and Negotiate"
)
#: bind_nak, [C706] 12.6.3.1.
_BIND_REASONS: Final = {
    0: "no reason given",
    1: "temporary congestion",
    2: "a limit of the host",
    4: "its protocol version",
    8: "the authentication type is not known there",
    9: "the login failed",
}
_UNKNOWN_TYPE: Final = 8
_INVALID_CHECKSUM: Final = 9

_OS_STATUS: Final = {
    errno.ECONNREFUSED: codes.ERROR_CONNECTION_REFUSED,
    errno.EHOSTUNREACH: codes.ERROR_HOST_UNREACHABLE,
    errno.ENETUNREACH: codes.ERROR_HOST_UNREACHABLE,
}


class ConnectTimeout(ConnectError, DeadlineExceeded):
    """There was no answer in time while the connection was made."""

    default_status = codes.RPC_S_SERVER_UNAVAILABLE


def unresolved(host: str, error: OSError | UnicodeError) -> ConnectError:
    """The name stands for no address."""
    return ConnectError(
        f"the name {host!r} has no address: {getattr(error, 'strerror', None) or error}",
        status=codes.RPC_S_SERVER_UNAVAILABLE,
        phase=Phase.RESOLVE,
        host=host,
        hint="see the spelling and the name service, or give an address",
    )


def unreachable(place: str, phase: Phase, error: OSError) -> ConnectError:
    """No connection to *place*."""
    status = _OS_STATUS.get(error.errno or 0, codes.RPC_S_SERVER_UNAVAILABLE)
    hint = _SECOND_PORT if phase is Phase.OBJECT_CONNECT else _FIRST_PORT
    if status == codes.ERROR_CONNECTION_REFUSED and phase is not Phase.OBJECT_CONNECT:
        hint = _NOBODY
    # The loop puts a text of its own into the error, with the address again.
    told = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror or error
    return ConnectError(f"no connection to {place}: {told}", status=status, phase=phase, host=place, hint=hint)


def timed_out(phase: Phase, place: str, seconds: float, *, operation: str | None = None) -> DeadlineExceeded:
    """Nothing came for the time that a phase may take."""
    what = f"no answer from {place} within {seconds:.3g} s"
    hints = {Phase.RESOLVE: "the name service is slow or away", Phase.OBJECT_CONNECT: _SECOND_PORT}
    if phase in CONNECTING:
        hint = hints.get(phase, _FIRST_PORT)
        return ConnectTimeout(what, phase=phase, host=place, operation=operation, hint=hint)
    hint = "the host or the network is busy or gone; a longer deadline gives it more time"
    return DeadlineExceeded(what, phase=phase, host=place, operation=operation, hint=hint)


def lost(place: str, phase: Phase, cause: Exception | None = None) -> ConnectError:
    """The connection ended before the answer came."""
    told = f": {cause}" if cause is not None and str(cause) else ""
    return ConnectError(
        f"{place} closed the connection before it answered{told}",
        status=codes.RPC_S_CALL_FAILED,
        phase=phase,
        host=place,
        hint="the host or its WMI service went away, or something between cut the connection; connect anew",
    )


def violated(place: str, phase: Phase, error: ProtocolError) -> ProtocolError:
    """The peer sent what the protocol does not allow."""
    return ProtocolError(
        f"{place} does not speak the protocol: {error.detail}",
        status=error.status,
        phase=phase,
        host=place,
        hint="see that the port is that of DCOM (135) on a Windows host or of `wmix serve`, and that nothing between "
        "changes the octets",
    )


def bind_refused(event: BindRefused, place: str, phase: Phase) -> WmiError:
    """A bind or the continuation of a login was refused."""
    if event.status is not None:
        return refused(event.status, place, phase)
    reason = event.reason or 0
    detail = f"{place} refuses the association: {_BIND_REASONS.get(reason, f'reason {reason}')}"
    if reason == _UNKNOWN_TYPE:
        status = codes.RPC_S_UNKNOWN_AUTHN_SERVICE
        return AuthError(detail, status=status, phase=phase, host=place, hint=_AUTHENTICATION_TYPE)
    if reason == _INVALID_CHECKSUM:
        return AuthError(detail, status=codes.SEC_E_LOGON_DENIED, phase=phase, host=place, hint=_LOGIN)
    return ConnectError(detail, status=codes.RPC_S_CALL_FAILED_DNE, phase=phase, host=place, hint=_FIRST_PORT)


def refused(
    status: int, place: str, phase: Phase, *, operation: str | None = None, namespace: str | None = None
) -> WmiError:
    """A fault, or the failing result of a call on the way to a namespace."""
    error = error_for(
        codes.hresult(status),
        phase=phase,
        host=place,
        operation=operation,
        namespace=namespace,
        hint=_advice(status, phase),
    )
    if error.hint is None and phase in CONNECTING:
        error.hint = _FIRST_PORT
    return error


def _advice(status: int, phase: Phase) -> str | None:
    value = codes.hresult(status)
    if value == codes.RPC_S_SEC_PKG_ERROR:
        return _LOGIN if phase in CONNECTING else "the octets were changed on their way, or the login has expired"
    if value == codes.WBEM_E_ACCESS_DENIED and phase is Phase.LOGIN:
        return _NAMESPACE
    if value == codes.E_ACCESSDENIED:
        return _EXPORTER if phase in (Phase.LOGIN, Phase.CALL) else _LOGIN if phase in CONNECTING else None
    return None
