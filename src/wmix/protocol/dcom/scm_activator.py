"""IRemoteSCMActivator: activation by property BLOBs, on port 135. [MS-DCOM] 3.1.2.5.2.3.

Both methods take and give an OBJREF with the BLOB as its data (``ActivationRequest``, ``ActivationReply``).  Calls have
ORPCTHIS, but no object.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.dcom.identifiers import IID_IRemoteSCMActivator
from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.strings import INTERFACE_POINTER
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U32

__all__ = [
    "REMOTE_SCM_ACTIVATOR",
    "ActivationAnswer",
    "RemoteCreateInstance",
    "RemoteGetClassObject",
]


class RemoteGetClassObject(Parameters):
    """Opnum 3, in: a class object; WMI has no use for it."""

    properties: bytes | None = wire(INTERFACE_POINTER)


class RemoteCreateInstance(Parameters):
    """Opnum 4, in: an object of a class."""

    outer: bytes | None = wire(INTERFACE_POINTER, default=None)
    properties: bytes | None = wire(INTERFACE_POINTER, default=None)


class ActivationAnswer(Parameters):
    """Opnums 3 and 4, out; without properties when it failed."""

    properties: bytes | None = wire(INTERFACE_POINTER, default=None)
    hresult: int = wire(U32, default=0)


REMOTE_SCM_ACTIVATOR: Final = Interface(
    "IRemoteSCMActivator",
    IID_IRemoteSCMActivator,
    (
        Method("RemoteGetClassObject", 3, RemoteGetClassObject, ActivationAnswer),
        Method("RemoteCreateInstance", 4, RemoteCreateInstance, ActivationAnswer),
    ),
)
