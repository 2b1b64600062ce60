"""A few visitors at once, briefly; `make soak` is the long one."""

import re

import pytest

from benchmarks.soak import soak, table

VISITORS, SECONDS = 4, 6.0


@pytest.mark.slow
@pytest.mark.apart
def test_visitors_at_once_get_their_own_answers_and_leave_nothing() -> None:
    outcome = soak(VISITORS, SECONDS)
    record = outcome.record
    assert not record.errors
    assert not record.crossed
    assert record.visits >= VISITORS
    assert len(record.seconds["ask"]) == 3 * record.visits
    assert outcome.growth < 1.3
    assert outcome.left == 0, "files of visitors who have gone are removed"
    assert outcome.after == [], "nothing is left after the end"
    assert "visitor0" not in outcome.log, "names are not logged"
    assert "Traceback" not in outcome.log
    assert "Stopped." in outcome.log, "it was ended as a server is"
    text = "\n".join(table(outcome, VISITORS, SECONDS))
    assert re.search(r"\| ask \| \d+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|", text)
