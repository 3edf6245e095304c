"""All interfaces of WMI by their identifiers: where a server looks a call up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.wbem.call_result import CALL_RESULT
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT
from wmix.protocol.wbem.login import LEVEL1_LOGIN, LOGIN_CLIENT_ID, LOGIN_CLIENT_ID_EX, LOGIN_HELPER
from wmix.protocol.wbem.object_sink import OBJECT_SINK
from wmix.protocol.wbem.services import SERVICES
from wmix.protocol.wbem.smart_enum import FETCH_SMART_ENUM, WCO_SMART_ENUM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wmix.protocol.dcom.methods import Interface
    from wmix.protocol.ndr.guid import Guid

WBEM_INTERFACES: Final[Mapping[Guid, Interface]] = {
    interface.iid: interface
    for interface in (
        LEVEL1_LOGIN,
        LOGIN_CLIENT_ID,
        LOGIN_CLIENT_ID_EX,
        LOGIN_HELPER,
        SERVICES,
        ENUM_CLASS_OBJECT,
        CALL_RESULT,
        FETCH_SMART_ENUM,
        WCO_SMART_ENUM,
        OBJECT_SINK,
    )
}
