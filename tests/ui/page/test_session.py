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


def test_each_scan_has_a_conversation_of_its_own(scan: Scan, other_scan: Scan) -> None:
    first, second = Dialogue((Exchange(question="a?"),)), Dialogue((Exchange(question="c?"),))
    kept = Conversations().keeping(scan, first).keeping(other_scan, second)
    assert (kept.of(scan), kept.of(other_scan)) == (first, second)


def test_the_same_voxels_under_another_name_are_the_same_scan(scan: Scan) -> None:
    talk = Dialogue((Exchange(question="a?"),))
    renamed = Scan(volume=scan.volume, name="renamed.nii")
    assert Conversations().keeping(scan, talk).of(renamed) == talk


def test_a_later_conversation_takes_the_place_of_the_first(scan: Scan) -> None:
    talk = Dialogue((Exchange(question="a?"),))
    kept = Conversations().keeping(scan, talk).keeping(scan, Dialogue())
    assert kept.of(scan) == Dialogue()
    assert len(kept.by_digest) == 1


def test_an_unknown_scan_and_none_have_said_nothing(scan: Scan) -> None:
    assert Conversations().of(scan) == Conversations().of(None) == Dialogue()


def test_keeping_changes_nobody_elses_value(scan: Scan) -> None:
    before = Conversations()
    before.keeping(scan, Dialogue((Exchange(question="a?"),)))
    assert before == Conversations()


def test_only_the_latest_conversations_are_kept(
    scan: Scan, other_scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "KEPT_CONVERSATIONS", 1)
    talk = Dialogue((Exchange(question="a?"),))
    kept = Conversations().keeping(scan, talk).keeping(other_scan, talk)
    assert kept.of(scan) == Dialogue()
    assert kept.of(other_scan) == talk


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
    assert [state.time_to_live for state in states] == [session.LIFETIME_SECONDS] * 3
    assert [state.value for state in states] == [None, None, Conversations()]
