r"""Monikers: ``winmgmts:`` names, which COM's GetObject binds to a namespace or an object. Brief 2.6.10, 2.6.11.

``winmgmts:[{security}!][[locale=...]!][\\server\namespace[:object] | namespace | object]``.  The security settings are
``authenticationLevel``, ``impersonationLevel``, ``authority``, ``locale`` and privileges in parentheses, a ``!`` before
one that is not wanted.  Words are understood in any case.  A single word is a class of the default namespace, as in
``winmgmts:Win32_Process``; text with a slash outside quotes is a namespace.

On this machine the caller is the user of the process, so levels and privileges change nothing; a level that does not
let the server act for the caller is refused, as everywhere.  A host may be delegated to, with Kerberos; it is asked at
privacy, whatever authenticationLevel says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wmix.com.arguments import optional, required
from wmix.com.errors import failed
from wmix.com.locator import Locator
from wmix.com.results import MonikerResult
from wmix.errors import AccessDenied, WmiError, error_for
from wmix.port.flags import WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.record import Record
from wmix.status import MK_E_SYNTAX

if TYPE_CHECKING:
    from wmix.com.classobject import ClassObject
    from wmix.com.services import Services
    from wmix.net.security.impersonation import Impersonation

__all__ = ["Moniker", "get_object", "parse_moniker"]

DEFAULT_NAMESPACE: Final = "root\\cimv2"
"""What a moniker without a namespace means (2.6.9)."""

_PREFIX: Final = "winmgmts:"
_AUTHENTICATION: Final = ("default", "none", "connect", "call", "pkt", "pktintegrity", "pktprivacy")
_IMPERSONATION: Final = ("anonymous", "identify", "impersonate", "delegate")
_VALUES: Final[dict[str, tuple[str, ...] | None]] = {
    "authenticationlevel": _AUTHENTICATION,
    "impersonationlevel": _IMPERSONATION,
    "authority": None,
    "locale": None,
}
_PRIVILEGES: Final = """
createtoken primarytoken lockmemory increasequota machineaccount tcb security takeownership loaddriver systemprofile
systemtime profilesingleprocess increasebasepriority createpagefile createpermanent backup restore shutdown debug audit
systemenvironment changenotify remoteshutdown undock syncagent enabledelegation managevolume
"""
_SECURITY: Final = re.compile(r"\{([^{}]*)\}")
_LOCALE: Final = re.compile(r"\[\s*locale\s*=\s*([^\[\]]*?)\s*\]", re.IGNORECASE)
_PATH_TEXT_ENDS: Final = re.compile("[:\"'=]")
"""What ends the part of a path in which slashes part namespaces: the colon before the object, or the object's keys."""


class Moniker(Record):
    r"""What a moniker names.

    ``namespace`` is as ConnectServer takes it, ``object_path`` is "" for the namespace itself; ``privileges`` maps
    names to whether they are wanted.
    """

    namespace: str
    object_path: str
    authentication: str | None
    impersonation: str | None
    authority: str | None
    locale: str | None
    privileges: dict[str, bool]


def parse_moniker(text: str) -> Moniker:
    """Take a moniker apart.

    Raises:
        WmiError: MK_E_SYNTAX.
    """
    if text[: len(_PREFIX)].casefold() != _PREFIX:
        raise _syntax(text, f"a moniker begins with {_PREFIX}")
    rest = text[len(_PREFIX) :]
    items: dict[str, str] = {}
    privileges: dict[str, bool] = {}
    bracketed = False
    if found := _SECURITY.match(rest):
        _read_security(text, found[1], items, privileges)
        rest, bracketed = rest[found.end() :], True
    if found := _LOCALE.match(rest):
        if "locale" in items:
            raise _syntax(text, "the locale is given twice")
        items["locale"] = found[1]
        rest, bracketed = rest[found.end() :], True
    if bracketed and rest:
        if rest[0] != "!":
            raise _syntax(text, "a '!' stands between the settings and the path")
        rest = rest[1:]
    namespace, object_path = _split(rest)
    return Moniker(
        namespace=namespace,
        object_path=object_path,
        authentication=items.get("authenticationlevel"),
        impersonation=items.get("impersonationlevel"),
        authority=items.get("authority"),
        locale=items.get("locale"),
        privileges=privileges,
    )


def _read_security(text: str, settings: str, items: dict[str, str], privileges: dict[str, bool]) -> None:
    outside, parenthesis, inside = settings.partition("(")
    if parenthesis:
        inside, closed, after = inside.partition(")")
        if not closed or after.strip():
            raise _syntax(text, "privileges stand in one pair of parentheses, after everything else")
        for word in inside.split(","):
            name = word.strip()
            wanted = not name.startswith("!")
            name = name.lstrip("!").strip()
            if name.casefold() not in _PRIVILEGES.split():
                raise _syntax(text, f"there is no privilege {name!r}")
            privileges[name] = wanted
        outside = outside.strip().removesuffix(",")
        if not outside:
            return
    for item in outside.split(","):
        name, equals, value = (part.strip() for part in item.partition("="))
        folded = name.casefold()
        allowed = _VALUES.get(folded)
        if not equals or not value or folded not in _VALUES or folded in items:
            raise _syntax(text, f"{item.strip()!r} is no security setting, or is there twice")
        if allowed is not None and value.casefold() not in allowed:
            raise _syntax(text, f"{value!r} is no {name}: it is one of {', '.join(allowed)}")
        items[folded] = value.casefold() if allowed is not None else value


def _split(path: str) -> tuple[str, str]:
    """Namespace and object of the path; either may be left out."""
    end = _PATH_TEXT_ENDS.search(path)
    if end is not None and end[0] == ":":
        namespace = path[: end.start()]
        return namespace or DEFAULT_NAMESPACE, path[end.end() :]
    leading = path if end is None else path[: end.start()]
    if "\\" in leading or "/" in leading:
        return path, ""
    return DEFAULT_NAMESPACE, path


def _syntax(text: str, detail: str) -> WmiError:
    return error_for(
        MK_E_SYNTAX,
        f"{text!r}: {detail}",
        operation="GetObject",
        hint=r"write for example winmgmts:{impersonationLevel=impersonate}!\\.\root\cimv2:Win32_Process",
    )


def get_object(display_name: str | None, locator: Locator | None = None) -> MonikerResult:
    r"""What a moniker names: :class:`Services` of a namespace, or the :class:`ClassObject` of a class or an instance.

    Args:
        display_name: such as ``winmgmts:``, ``winmgmts:root\cimv2:Win32_LogicalDisk.DeviceID='C:'``.
        locator: how to connect; by default to this machine, with an engine that lives as long as the services.

    Returns:
        MK_E_SYNTAX for what is no moniker; WBEM_E_INVALID_NAMESPACE, WBEM_E_NOT_FOUND, WBEM_E_INVALID_OBJECT_PATH, and
        what :meth:`Locator.connect_server` answers.
    """
    way = optional(locator, Locator, "locator")
    try:
        moniker = parse_moniker(required(display_name, "display name", "GetObject"))
        if moniker.impersonation in ("anonymous", "identify"):
            raise AccessDenied(
                f"the impersonation level {moniker.impersonation} does not let the server act for the caller",
                operation="GetObject",
                hint="leave it out, or write impersonationLevel=impersonate",
            )
    except WmiError as error:
        return MonikerResult(failed(error), None)
    return _bound(moniker, way or Locator())


def _bound(moniker: Moniker, way: Locator) -> MonikerResult:
    hresult, services = way.connect_server(
        moniker.namespace,
        locale=moniker.locale,
        authority=moniker.authority,
        impersonation=_wanted(moniker),
    )
    if services is None or not moniker.object_path:
        return MonikerResult(hresult, services)
    try:
        return _object(services, moniker.object_path)
    finally:
        services.release()


def _wanted(moniker: Moniker) -> Impersonation | None:
    """The level to connect at; those below have been refused."""
    if moniker.impersonation is None:
        return None
    return "delegate" if moniker.impersonation == "delegate" else "impersonate"


def _object(services: Services, path: str) -> MonikerResult:
    hresult, _, call = services.get_object(path, WBEM_FLAG_RETURN_IMMEDIATELY, None, call_result=True)
    if call is None:
        return MonikerResult(hresult, None)
    found: ClassObject | None
    try:
        hresult, found = call.get_result_object(-1)
    finally:
        call.release()
    return MonikerResult(hresult, found)
