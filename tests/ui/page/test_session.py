import copy
from concurrent.futures import ThreadPoolExecutor

import pytest

from med3dvlm.engine.dialogue import Dialogue, Exchange
from med3dvlm.errors import PromptError
from med3dvlm.ui.page import session
from med3dvlm.ui.page.session import (
    Conversations,
    Encoded,
    Scan,
    features_of,
    opened,
    session_states,
)


def said(*questions: str) -> Dialogue:
    return Dialogue(tuple(Exchange(question=question) for question in questions))


def test_each_scan_has_a_conversation_of_its_own(scan: Scan, other_scan: Scan) -> None:
    kept = Conversations()
    kept.change(scan, lambda _: said("a?"))
    kept.change(other_scan, lambda _: said("c?"))
    assert (kept.of(scan), kept.of(other_scan)) == (said("a?"), said("c?"))
    renamed = Scan(volume=scan.volume, name="renamed.nii")
    assert kept.of(renamed) == said("a?"), "the same voxels are the same scan"


def test_an_unknown_scan_and_none_have_said_nothing(scan: Scan) -> None:
    assert Conversations().of(scan) == Conversations().of(None) == Dialogue()


def test_changes_at_the_same_time_are_all_kept(scan: Scan) -> None:
    """Two events each wrote what they had read before: one of the questions was gone."""
    kept = Conversations()

    def ask(number: int) -> None:
        kept.change(scan, lambda now: now.asking(Exchange(question=f"{number}?")))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(200)))
    assert len({exchange.question for exchange in kept.of(scan).exchanges}) == 200


def test_an_exchange_is_replaced_where_it_stands_and_nowhere_else(scan: Scan) -> None:
    kept = Conversations()
    one, two = kept.change(scan, lambda _: said("a?", "b?")).exchanges
    later = one.ended("complete")
    assert kept.swap(scan, one, later) == Dialogue((later, two))
    assert kept.swap(scan, one, later) is None, "it is no longer there"
    assert kept.of(scan) == Dialogue((later, two))


def test_every_visit_begins_with_conversations_of_its_own(scan: Scan) -> None:
    first = Conversations()
    first.change(scan, lambda _: said("a?"))
    assert copy.deepcopy(first).of(scan) == Dialogue()


def test_only_the_latest_conversations_are_kept(
    scan: Scan, other_scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "KEPT_CONVERSATIONS", 1)
    kept = Conversations()
    for one in (scan, other_scan):
        kept.change(one, lambda _: said("a?"))
    assert kept.of(scan) == Dialogue()
    assert kept.of(other_scan) == said("a?")


def test_features_belong_to_one_scan(encoded: Encoded, scan: Scan, other_scan: Scan) -> None:
    assert features_of(encoded, scan) is encoded.features
    assert encoded.of(other_scan) is None
    assert encoded.of(None) is None
    for stale in (encoded, None):
        with pytest.raises(PromptError, match="has not read this scan"):
            features_of(stale, other_scan)


def test_no_scan_says_how_to_open_one(scan: Scan) -> None:
    assert opened(scan) is scan
    with pytest.raises(PromptError, match="Open a scan first"):
        opened(None)


def test_what_a_visitor_has_open_is_forgotten_in_time() -> None:
    """State without an end would keep a patient's scan in memory until the app stops."""
    states = session_states()
    assert [state.time_to_live for state in states] == [session.LIFETIME_SECONDS] * 4
    assert [state.value for state in states[:2]] == [None, None]
