"""Presentation contexts: what a server answers, and features that ride on them."""

from __future__ import annotations

from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.rpc.presentation import (
    ACCEPTED,
    NDR,
    NDR64,
    ContextResult,
    PresentationContext,
    SyntaxId,
    feature_context,
    judge_contexts,
    ndr_context,
    requested_features,
)

KNOWN = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
UNKNOWN = Guid.parse("9556DC9A-828C-11CF-A37E-00AA003240C7")


def _is_supported(syntax: SyntaxId) -> bool:
    return syntax == SyntaxId(KNOWN, 0, 0)


def test_the_three_elements_of_a_native_client_get_the_three_answers() -> None:
    contexts = [
        ndr_context(0, KNOWN),
        PresentationContext(1, SyntaxId(KNOWN), (NDR64,)),
        feature_context(2, SyntaxId(KNOWN), 0x7),
    ]
    assert judge_contexts(contexts, _is_supported, 0x3) == (ACCEPTED, ContextResult(2, 2), ContextResult(3, 3))


def test_an_unknown_interface_is_refused_for_itself() -> None:
    results = judge_contexts([ndr_context(0, UNKNOWN), ndr_context(1, KNOWN)], _is_supported, 0)
    assert results == (ContextResult(2, 1, SyntaxId(NULL_GUID)), ACCEPTED)
    assert [result.is_accepted for result in results] == [False, True]


def test_ndr_is_chosen_among_several_syntaxes() -> None:
    assert judge_contexts([PresentationContext(0, SyntaxId(KNOWN), (NDR64, NDR))], _is_supported, 0) == (ACCEPTED,)


def test_features_are_the_last_eight_octets_of_a_made_up_syntax() -> None:
    context = feature_context(1, SyntaxId(KNOWN), 0x3)
    assert str(context.transfer_syntaxes[0].uuid) == "6cb71c2c-9812-4540-0300-000000000000"
    assert requested_features(context) == 3
    assert requested_features(ndr_context(0, KNOWN)) is None
