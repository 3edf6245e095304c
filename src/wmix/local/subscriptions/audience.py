"""Who may see an event: its security descriptor held against a subscriber. [MS-WMI] 5.2, brief 7.1.6.

An event without a descriptor is for everybody who may read the namespace.  One with a descriptor is for those whom it
grants WBEM_RIGHT_SUBSCRIBE, and for administrators; to others it is silently not delivered, and so is one whose
descriptor cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.layout import UNSET
from wmix.errors import WmiError
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.port.caller import Caller
    from wmix.security.sid import Sid

    Values = tuple[object, ...]

__all__ = ["Audience", "audience_of"]

#: Descriptors for which the answer is kept.
_KEPT = 64


class Audience:
    """One subscriber: *sids* are its identities, or None for an administrator."""

    __slots__ = ("_answers", "_sids")

    def __init__(self, sids: frozenset[Sid] | None) -> None:
        self._sids = sids
        self._answers: dict[tuple[int, ...], bool] = {}

    def of(self, layout: InstanceLayout, rows: Sequence[Values]) -> Sequence[Values]:
        """Of *rows* those that the subscriber may see."""
        place = layout.exact.get("SECURITY_DESCRIPTOR")
        if self._sids is None or place is None:
            return rows
        return [row for row in rows if row[place] is None or row[place] is UNSET or self._is_granted(row[place])]

    def _is_granted(self, descriptor: object) -> bool:
        if not isinstance(descriptor, tuple):
            return False
        answer = self._answers.get(descriptor)
        if answer is None:
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            answer = self._answers[descriptor] = self._judge(bytes(descriptor))
        return answer

    def _judge(self, octets: bytes) -> bool:
        from wmix.local.namespace_security import GENERIC  # few events have a descriptor
        from wmix.security.access import granted
        from wmix.security.descriptor import SecurityDescriptor

        try:
            descriptor = SecurityDescriptor.read(octets)
        except WmiError:
            return False
        rights = granted(descriptor, self._sids or frozenset(), generic=GENERIC, most=Rights.ALL)
        return bool(rights & Rights.SUBSCRIBE)


async def audience_of(place: LocalNamespace, caller: Caller) -> Audience:
    """*caller* as an audience."""
    if caller.is_administrator:
        return Audience(None)
    return Audience(await place.registry.host.workers.run(lambda: place.principals.of(caller)))
