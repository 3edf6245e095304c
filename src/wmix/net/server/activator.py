"""IRemoteSCMActivator and IActivation: new objects of the classes that a server has. [MS-DCOM] 3.1.2.5.2.3.

The answer tells everything that a client needs for its next step: references to the interfaces that it asked for, and
where the exporter is.  Class objects are not given out: WMI has no use for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.activation_reply import ActivatedInterface, ActivationReply, RemoteReplyScmInfo
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.legacy_activation import (
    ACTIVATION,
    MODE_GET_CLASS_OBJECT,
    RemoteActivation,
    RemoteActivationReply,
)
from wmix.protocol.dcom.scm_activator import (
    REMOTE_SCM_ACTIVATOR,
    ActivationAnswer,
    RemoteCreateInstance,
    RemoteGetClassObject,
)
from wmix.status import E_INVALIDARG, E_NOINTERFACE, E_NOTIMPL, REGDB_E_CLASSNOTREG, S_OK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wmix.net.server.exporter import ObjectExporter
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.ndr.guid import Guid

    #: Makes an object for the user of a call.
    Factory = Callable[[IncomingCall], Stub]

__all__ = ["Activator"]

#: Interfaces that one activation may ask for (MAX_REQUESTED_INTERFACES, [MS-DCOM] 2.2.28.1).
_MOST_INTERFACES: Final = 0x8000


class Activator(Stub):
    """Makes objects of *classes*."""

    def __init__(
        self,
        exporter: ObjectExporter,
        ipid_rem_unknown: Guid,
        classes: Mapping[Guid, Factory],
        authn_hint: int,
    ) -> None:
        self._exporter = exporter
        self._ipid = ipid_rem_unknown
        self._classes = classes
        self.authn_hint = authn_hint

    @answers(REMOTE_SCM_ACTIVATOR, "RemoteGetClassObject")
    def remote_get_class_object(self, call: IncomingCall, asked: RemoteGetClassObject) -> ActivationAnswer:
        """There are no class objects."""
        del call, asked
        return ActivationAnswer(None, E_NOTIMPL)

    @answers(REMOTE_SCM_ACTIVATOR, "RemoteCreateInstance")
    def remote_create_instance(self, call: IncomingCall, asked: RemoteCreateInstance) -> ActivationAnswer:
        """A new object, by properties."""
        if asked.properties is None:
            return ActivationAnswer(None, E_INVALIDARG)
        request = ActivationRequest.decode(asked.properties)
        hresult, interfaces = self._activate(call, request.class_id, request.iids)
        if not interfaces:
            return ActivationAnswer(None, hresult)
        exporter = RemoteReplyScmInfo(self._exporter.oxid, call.channel.bindings.exporter, self._ipid, self.authn_hint)
        return ActivationAnswer(ActivationReply(tuple(interfaces), exporter).encode(), S_OK)

    @answers(ACTIVATION, "RemoteActivation")
    def remote_activation(self, call: IncomingCall, asked: RemoteActivation) -> RemoteActivationReply:
        """A new object, the older way."""
        iids = asked.iids or ()
        nothing = (None,) * len(iids)
        if asked.mode == MODE_GET_CLASS_OBJECT:
            return RemoteActivationReply(hresult=E_NOTIMPL, interfaces=nothing, results=(E_NOTIMPL,) * len(iids))
        hresult, interfaces = self._activate(call, asked.class_id, iids)
        if not interfaces:
            return RemoteActivationReply(hresult=hresult, interfaces=nothing, results=(hresult,) * len(iids))
        return RemoteActivationReply(
            self._exporter.oxid,
            call.channel.bindings.exporter,
            self._ipid,
            self.authn_hint,
            interfaces=tuple([item.reference for item in interfaces]),
            results=tuple([item.result for item in interfaces]),
        )

    def _activate(
        self, call: IncomingCall, class_id: Guid, iids: tuple[Guid, ...]
    ) -> tuple[int, list[ActivatedInterface]]:
        """The interfaces of a new object, none of them when it fails."""
        factory = self._classes.get(class_id)
        if factory is None:
            return REGDB_E_CLASSNOTREG, []
        if not 0 < len(iids) <= _MOST_INTERFACES:
            return E_INVALIDARG, []
        stub = factory(call)
        first = next((iid for iid in iids if stub.supports(iid)), None)
        if first is None:
            stub.released()
            return E_NOINTERFACE, []
        resolver = call.channel.bindings.resolver
        std = self._exporter.export(stub, first, owner=call.user, channel=call.channel)
        exported = self._exporter.find(std.ipid)
        interfaces = []
        for iid in iids:
            given = std if iid == first else None
            if given is None and exported is not None:
                given = self._exporter.query_interface(exported.object, iid, std.public_refs)
            if given is None:
                interfaces.append(ActivatedInterface(iid, E_NOINTERFACE))
            else:
                reference = self._exporter.reference(iid, given, resolver)
                interfaces.append(ActivatedInterface(iid, S_OK, reference.encode()))
        return S_OK, interfaces
