"""The endpoint mapper, as far as port 135 is expected to have one. [C706] appendix O.

No client of WMI asks it, since activation tells the port of the exporter; whoever asks learns that nothing is
registered under what it looks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.rpc.endpoint_mapper import (
    ENDPOINT_MAPPER,
    EPT_MAP,
    EPT_S_NOT_REGISTERED,
    EptMapReply,
    EptMapRequest,
)

if TYPE_CHECKING:
    from wmix.net.server.incoming import IncomingCall

__all__ = ["EPM", "EndpointMapper"]

EPM: Final = Interface(
    "epm", ENDPOINT_MAPPER.uuid, (Method("ept_map", EPT_MAP, EptMapRequest, EptMapReply, is_orpc=False),)
)


class EndpointMapper(Stub):
    """Knows no endpoints."""

    @answers(EPM, "ept_map")
    def ept_map(self, call: IncomingCall, asked: EptMapRequest) -> EptMapReply:
        """No endpoint of that interface."""
        del call
        return EptMapReply(max_towers=asked.max_towers, status=EPT_S_NOT_REGISTERED)
