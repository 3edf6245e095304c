"""What WMI tells beside a status: an instance of ``__ExtendedStatus``, or of a class below it. [MS-WMI] 2.2.20."""

from __future__ import annotations

from wmix.errors import ExtendedStatus, ProtocolError

__all__ = ["extended_status"]


def extended_status(octets: bytes) -> ExtendedStatus | None:
    """What an error object says; None when it cannot be read: the status that it goes with tells enough."""
    from wmix.cim.instances import CimInstance
    from wmix.protocol.wmio.encoding_unit import decode_object

    try:
        item = decode_object(octets)
    except ProtocolError:
        return None
    if not isinstance(item, CimInstance):
        return None
    code = item.get_("StatusCode")
    return ExtendedStatus(
        status_code=code & 0xFFFFFFFF if isinstance(code, int) else None,
        description=item.get_("Description"),
        operation=item.get_("Operation"),
        parameter_info=item.get_("ParameterInfo"),
        provider_name=item.get_("ProviderName"),
    )
