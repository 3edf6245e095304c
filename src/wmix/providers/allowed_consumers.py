"""Which consumers may run programs: those that the configuration names.

``Subscriptions.allowed_consumers`` holds names of classes (``CommandLineEventConsumer``), which allow every instance,
and relative paths (``CommandLineEventConsumer.Name="backup"``), which allow one; letter case does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.paths import ObjectPath
from wmix.errors import AccessDenied, InvalidPath

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings

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
    """See that the configuration allows this consumer.

    Raises:
        AccessDenied: it does not.
    """
    if not is_allowed(held, settings):
        raise AccessDenied(
            f"the configuration does not allow {held['__RELPATH']} to run",
            hint="name its class or its path in allowed_consumers",
        )
