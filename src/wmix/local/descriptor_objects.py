"""Security descriptors as objects: ``__SecurityDescriptor`` with ``__ACE`` and ``__Trustee``. Brief 6.5, 8.4.1.

Objects of the classes below them (``Win32_SecurityDescriptor`` and so on) are read as well.  Whom an entry is for is
said by the octets of the identifier, else by its text, else by domain and name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidParameter, error_for
from wmix.security.ace import Ace, guid_octets, guid_text
from wmix.security.descriptor import SecurityDescriptor
from wmix.security.sid import Sid
from wmix.status import WBEM_E_INVALID_METHOD_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.local.principals import Principals

__all__ = ["CLASSES", "from_object", "to_object"]

CLASSES: Final = ("__SecurityDescriptor", "__ACE", "__Trustee")
"""The classes of descriptors, of their entries, and of those whom they name."""

_CONTROLS: Final = 0xFFFF
_FLAGS: Final = 0xFF


def to_object(descriptor: SecurityDescriptor, classes: Sequence[CimClass], principals: Principals) -> CimInstance:
    """*descriptor* as an instance of the first of *classes*, which are those of :data:`CLASSES`."""
    whole, entry, trustee = classes

    def person(sid: Sid | None) -> CimInstance | None:
        if sid is None:
            return None
        domain, name = principals.name(sid)
        values = {
            "SID": tuple(sid.octets),
            "SidLength": sid.size,
            "SidString": str(sid),
            "Domain": domain,
            "Name": name,
        }
        return CimInstance.of(trustee, values)

    def listed(entries: tuple[Ace, ...] | None) -> tuple[CimInstance, ...] | None:
        if entries is None:
            return None
        return tuple(
            [
                CimInstance.of(
                    entry,
                    {
                        "AccessMask": ace.mask,
                        "AceFlags": ace.flags,
                        "AceType": ace.type,
                        "GuidObjectType": _shown(ace.object_type),
                        "GuidInheritedObjectType": _shown(ace.inherited_object_type),
                        "Trustee": person(ace.sid),
                    },
                )
                for ace in entries
            ]
        )

    return CimInstance.of(
        whole,
        {
            "ControlFlags": SecurityDescriptor.read(descriptor.octets).control,
            "Owner": person(descriptor.owner),
            "Group": person(descriptor.group),
            "DACL": listed(descriptor.dacl),
            "SACL": listed(descriptor.sacl),
        },
    )


def from_object(given: object, principals: Principals) -> SecurityDescriptor:
    """The descriptor that an object of ``__SecurityDescriptor`` or of a class below it tells.

    Raises:
        WmiError: WBEM_E_INVALID_METHOD_PARAMETERS when a part is missing or wrong; the message names it.
    """
    found = _of_class(given, CLASSES[0], "the descriptor")
    return SecurityDescriptor(
        _person(found.get_("Owner"), "Owner", principals),
        _person(found.get_("Group"), "Group", principals),
        _entries(found.get_("DACL"), "DACL", principals),
        _entries(found.get_("SACL"), "SACL", principals),
        _number(found, "ControlFlags", _CONTROLS, "ControlFlags", default=0),
    )


def _shown(type_octets: bytes | None) -> str | None:
    return None if type_octets is None else guid_text(type_octets)


def _entries(given: Any, what: str, principals: Principals) -> tuple[Ace, ...] | None:
    if given is None:
        return None
    found: list[Ace] = []
    for i, item in enumerate(given):
        place = f"{what}[{i}]"
        entry = _of_class(item, CLASSES[1], place)
        sid = _person(entry.get_("Trustee"), f"{place}.Trustee", principals)
        if sid is None:
            raise _wrong(f"{place} has no Trustee")
        found.append(
            Ace(
                _number(entry, "AceType", _FLAGS, place),
                _number(entry, "AceFlags", _FLAGS, place, default=0),
                _number(entry, "AccessMask", 0xFFFFFFFF, place),
                sid,
                _type(entry.get_("GuidObjectType"), place),
                _type(entry.get_("GuidInheritedObjectType"), place),
            )
        )
    return tuple(found)


def _person(given: object, what: str, principals: Principals) -> Sid | None:
    if given is None:
        return None
    trustee = _of_class(given, CLASSES[2], what)
    octets, text, name = [trustee.get_(part) for part in ("SID", "SidString", "Name")]
    try:
        if octets:
            return Sid.read(bytes(octets))
        if text:
            return Sid.parse(text)
    except InvalidParameter as error:
        raise _wrong(f"{what}: {error.detail}") from error
    if not name:
        raise _wrong(f"{what} has neither SID, nor SidString, nor Name")
    return principals.named(trustee.get_("Domain"), name)


def _type(given: str | None, what: str) -> bytes | None:
    if not given:
        return None
    try:
        return guid_octets(given)
    except InvalidParameter as error:
        raise _wrong(f"{what}: {error.detail}") from error


def _number(found: CimInstance, name: str, most: int, what: str, *, default: int | None = None) -> int:
    value = found.get_(name)
    if value is None:
        value = default
    if not isinstance(value, int) or not 0 <= value <= most:
        raise _wrong(f"{what}: {name} is a number from 0 to {most}, not {value!r}")
    return value


def _of_class(given: object, name: str, what: str) -> CimInstance:
    if not isinstance(given, CimInstance) or not given.class_.inherits_from(name):
        shown = given.class_name_ if isinstance(given, CimInstance) else type(given).__name__
        raise _wrong(f"{what} is an instance of {name}, not of {shown}")
    return given


def _wrong(what: str) -> Exception:
    return error_for(WBEM_E_INVALID_METHOD_PARAMETERS, what)
