"""port: what the engine and its sources agree on.

Two protocols meet here.  A :class:`~wmix.port.backend.Backend` answers the calls of one namespace, on this machine or
on a host; a :class:`~wmix.port.provider.Provider` yields the instances of one class.  Around them stand the words that
they exchange: requests, scope, batches, outcomes, callers, contexts and flags.

Everything is data and contract: no I/O, no clock, no threads.  The engine is written over this package alone and
cannot tell which source it talks to.
"""

from wmix.port.backend import Backend, Capabilities, Outcome, Repository, Scope
from wmix.port.batch import Batch, ObjectBatch, RowBatch
from wmix.port.caller import Caller, Rights
from wmix.port.context import Context
from wmix.port.provider import Comparison, InstanceRequest, MethodCall, Provider

__all__ = [
    "Backend",
    "Batch",
    "Caller",
    "Capabilities",
    "Comparison",
    "Context",
    "InstanceRequest",
    "MethodCall",
    "ObjectBatch",
    "Outcome",
    "Provider",
    "Repository",
    "Rights",
    "RowBatch",
    "Scope",
]
