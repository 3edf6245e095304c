"""Which consumers may run programs: those that the configuration names.

``Subscriptions.allowed_consumers`` holds names of classes (``CommandLineEventConsumer``), which allow every instance,
and relative paths (``CommandLineEventConsumer.Name="backup"``), which allow one; letter case does not matter.  The
consumer must have been put by an administrator besides (brief 7.4.3), which ``CreatorSID`` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.paths import ObjectPath
from wmix.errors import AccessDenied, InvalidPath
from wmix.security.sid import ADMINISTRATORS

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings

_ADMINISTRATORS = tuple(ADMINISTRATORS.octets)

__all__ = ["check_allowed", "is_allowed"]


def is_allowed(held: CimInstance, settings: Settings) -> bool:
    """Whether the configuration allows this consumer."""
    own = held.path_
    for text in settings.subscriptions.allowed_consumers:
        if text.casefold() == held.class_name_.casefold():
            return True
        try:
            path = ObjectPath.parse(text)
        except InvalidPath:
            continue
        if own is not None and path.is_instance and own.relative().same_object(path.relative()):
            return True
    return False


def check_allowed(held: CimInstance, settings: Settings) -> None:
    """See that the configuration allows this consumer, and that an administrator has put it.

    Raises:
        AccessDenied: it does not, or somebody else has.
    """
    if not is_allowed(held, settings):
        raise AccessDenied(
            f"the configuration does not allow {held['__RELPATH']} to run",
            hint="name its class or its path in allowed_consumers",
        )
    if held["CreatorSID"] != _ADMINISTRATORS:
        raise AccessDenied(
            f"{held['__RELPATH']} was not put by an administrator", hint="have it put by a caller with all rights"
        )
