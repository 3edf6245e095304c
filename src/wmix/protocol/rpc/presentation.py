"""Presentation contexts: which interfaces are spoken on a connection, and in which transfer syntax. [C706] 12.6.3.

Bind-time feature negotiation rides on them as a context with a made-up transfer syntax, whose last eight octets are the
features that the client knows ([MS-RPCE] 3.3.1.5.3); the answer to it carries those that the server grants.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wmix.protocol.ndr.octets import Reader, Writer

__all__ = [
    "ACCEPTED",
    "NDR",
    "NDR64",
    "BindTimeFeatures",
    "ContextReason",
    "ContextResult",
    "ContextVerdict",
    "PresentationContext",
    "SyntaxId",
    "feature_context",
    "judge_contexts",
    "ndr_context",
    "requested_features",
]


class SyntaxId(Record):
    """An interface or a transfer syntax with its version: p_syntax_id_t."""

    uuid: Guid = NULL_GUID
    major: int = 0
    minor: int = 0


class ContextVerdict(IntEnum):
    """p_cont_def_result_t; the last one only for bind-time features."""

    ACCEPTANCE = 0
    USER_REJECTION = 1
    PROVIDER_REJECTION = 2
    NEGOTIATE_ACK = 3


class ContextReason(IntEnum):
    """p_provider_reason_t: why a provider rejects a context."""

    NOT_SPECIFIED = 0
    ABSTRACT_SYNTAX_NOT_SUPPORTED = 1
    TRANSFER_SYNTAXES_NOT_SUPPORTED = 2
    LOCAL_LIMIT_EXCEEDED = 3


class BindTimeFeatures(IntFlag):
    """[MS-RPCE] 2.2.2.14."""

    SECURITY_CONTEXT_MULTIPLEXING = 0x01
    KEEP_CONNECTION_ON_ORPHAN = 0x02


NDR: Final = SyntaxId(Guid.parse("8A885D04-1CEB-11C9-9FE8-08002B104860"), 2, 0)
NDR64: Final = SyntaxId(Guid.parse("71710533-BEBA-4937-8319-B5DBEF9CCC36"), 1, 0)
_NO_SYNTAX: Final = SyntaxId()

#: The octets that a feature syntax begins with, and its version.
_FEATURE_PREFIX: Final = Guid.parse("6CB71C2C-9812-4540-0000-000000000000")[:8]
_FEATURE_MAJOR: Final = 1


class PresentationContext(Record):
    """p_cont_elem_t: an interface that the client wants to speak, and the transfer syntaxes that it offers."""

    context_id: int = 0
    abstract_syntax: SyntaxId = _NO_SYNTAX
    transfer_syntaxes: tuple[SyntaxId, ...] = (NDR,)


class ContextResult(Record):
    """p_result_t: the answer to one context; for bind-time features ``reason`` holds those granted."""

    verdict: int = 0
    reason: int = 0
    transfer_syntax: SyntaxId = _NO_SYNTAX

    @property
    def is_accepted(self) -> bool:
        """Whether calls may use the context."""
        return self.verdict == ContextVerdict.ACCEPTANCE


ACCEPTED: Final = ContextResult(ContextVerdict.ACCEPTANCE, 0, NDR)


def ndr_context(context_id: int, uuid: Guid, major: int = 0, minor: int = 0) -> PresentationContext:
    """The context for an interface in NDR; DCOM interfaces are all of version 0.0."""
    return PresentationContext(context_id, SyntaxId(uuid, major, minor), (NDR,))


def feature_context(context_id: int, abstract_syntax: SyntaxId, features: int) -> PresentationContext:
    """The element that asks for *features*; it names the interface of another element."""
    syntax = SyntaxId(Guid(_FEATURE_PREFIX + features.to_bytes(8, "little")), _FEATURE_MAJOR, 0)
    return PresentationContext(context_id, abstract_syntax, (syntax,))


def requested_features(context: PresentationContext) -> int | None:
    """The features that an element asks for; None when it is an ordinary context."""
    for syntax in context.transfer_syntaxes:
        if syntax.uuid[:8] == _FEATURE_PREFIX and syntax.major == _FEATURE_MAJOR:
            return int.from_bytes(syntax.uuid[8:], "little")
    return None


def judge_contexts(
    contexts: Iterable[PresentationContext], is_supported: Callable[[SyntaxId], bool], features: int
) -> tuple[ContextResult, ...]:
    """A server's answers to *contexts*, in their order: NDR and nothing else, for the interfaces it supports.

    Args:
        is_supported: whether the server speaks an interface.
        features: the bind-time features that it can grant.
    """
    results = []
    for context in contexts:
        wanted = requested_features(context)
        if wanted is not None:
            results.append(ContextResult(ContextVerdict.NEGOTIATE_ACK, wanted & features))
        elif not is_supported(context.abstract_syntax):
            reason = ContextReason.ABSTRACT_SYNTAX_NOT_SUPPORTED
            results.append(ContextResult(ContextVerdict.PROVIDER_REJECTION, reason))
        elif NDR in context.transfer_syntaxes:
            results.append(ACCEPTED)
        else:
            reason = ContextReason.TRANSFER_SYNTAXES_NOT_SUPPORTED
            results.append(ContextResult(ContextVerdict.PROVIDER_REJECTION, reason))
    return tuple(results)


_CONTEXT: Final = Struct("<HBB")
_ABSTRACT: Final = Struct("<16sHH")
_RESULT: Final = Struct("<HH16sHH")
_COUNT: Final = Struct("<B3x")


def read_contexts(reader: Reader) -> tuple[PresentationContext, ...]:
    """p_cont_list_t."""
    (count,) = reader.unpack(_COUNT)
    contexts = []
    for _ in range(count):
        context_id, syntaxes, _ = reader.unpack(_CONTEXT)
        abstract = _read_syntax(reader)
        contexts.append(
            PresentationContext(context_id, abstract, tuple([_read_syntax(reader) for _ in range(syntaxes)]))
        )
    return tuple(contexts)


def _read_syntax(reader: Reader) -> SyntaxId:
    uuid, major, minor = reader.unpack(_ABSTRACT)
    return SyntaxId(Guid(uuid), major, minor)


def write_contexts(writer: Writer, contexts: tuple[PresentationContext, ...]) -> None:
    """p_cont_list_t; the elements are not padded."""
    writer.data += _COUNT.pack(len(contexts))
    for context in contexts:
        writer.data += _CONTEXT.pack(context.context_id, len(context.transfer_syntaxes), 0)
        for syntax in (context.abstract_syntax, *context.transfer_syntaxes):
            writer.data += _ABSTRACT.pack(syntax.uuid, syntax.major, syntax.minor)


def read_results(reader: Reader) -> tuple[ContextResult, ...]:
    """p_result_list_t."""
    (count,) = reader.unpack(_COUNT)
    results = []
    for _ in range(count):
        verdict, reason, uuid, major, minor = reader.unpack(_RESULT)
        results.append(ContextResult(verdict, reason, SyntaxId(Guid(uuid), major, minor)))
    return tuple(results)


def write_results(writer: Writer, results: tuple[ContextResult, ...]) -> None:
    """p_result_list_t."""
    writer.data += _COUNT.pack(len(results))
    for result in results:
        syntax = result.transfer_syntax
        writer.data += _RESULT.pack(result.verdict, result.reason, syntax.uuid, syntax.major, syntax.minor)
