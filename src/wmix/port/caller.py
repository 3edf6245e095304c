"""Who calls: name, rights, local or remote, authentication level. [MS-WMI] 3.1.4.1.4, wbemcli namespace rights."""

from __future__ import annotations

from typing import Final

from wmix.record import Record

__all__ = ["Caller", "Rights"]


class Rights:
    """Bits of access to a namespace; a caller holds a sum of them."""

    ENABLE: Final = 0x1
    METHOD_EXECUTE: Final = 0x2
    FULL_WRITE: Final = 0x4
    PARTIAL_WRITE: Final = 0x8
    WRITE_PROVIDER: Final = 0x10
    REMOTE_ENABLE: Final = 0x20
    SUBSCRIBE: Final = 0x40
    PUBLISH: Final = 0x80
    READ_CONTROL: Final = 0x20000
    WRITE_DAC: Final = 0x40000
    READ: Final = ENABLE | REMOTE_ENABLE
    ALL: Final = 0x600FF

    NAMES: Final = {
        ENABLE: "ENABLE",
        METHOD_EXECUTE: "METHOD_EXECUTE",
        FULL_WRITE: "FULL_WRITE",
        PARTIAL_WRITE: "PARTIAL_WRITE",
        WRITE_PROVIDER: "WRITE_PROVIDER",
        REMOTE_ENABLE: "REMOTE_ENABLE",
        SUBSCRIBE: "SUBSCRIBE",
        PUBLISH: "PUBLISH",
        READ_CONTROL: "READ_CONTROL",
        WRITE_DAC: "WRITE_DAC",
    }

    @classmethod
    def describe(cls, rights: int) -> str:
        """The names of the bits in *rights*, joined by ``|``; ``none`` for 0."""
        return "|".join(name for bit, name in cls.NAMES.items() if rights & bit) or "none"


class Caller(Record):
    """The principal of a request.

    ``authentication_level`` is that of RPC (0 to 6; 6 is packet privacy); in process it is 6, as nothing can listen.
    ``rights`` are what the login granted; what a namespace grants narrows them, unless they are all that there are:
    who was granted everything is an administrator.  ``sids`` are the identifiers of the user and of the user's groups;
    none means that they follow from the name (decision 0016).
    ``runs_as`` is the account of this machine that methods, and writes of providers, run as; None for that of the
    process itself.
    ``locales`` name the child namespaces with localised qualifiers, the preferred first: ``ms_`` and an LCID in hex.
    """

    name: str
    rights: int = Rights.ALL
    is_remote: bool = False
    authentication_level: int = 6
    address: str | None = None
    locales: tuple[str, ...] = ("ms_409",)
    runs_as: str | None = None
    sids: tuple[str, ...] = ()

    @property
    def is_administrator(self) -> bool:
        """Whether the login granted everything."""
        return not Rights.ALL & ~self.rights

    def lacks(self, needed: int) -> int:
        """The bits of *needed* that this caller does not hold; 0 when it holds all."""
        return needed & ~self.rights
