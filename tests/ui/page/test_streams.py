from copy import deepcopy
from typing import Any

import pytest
from gradio import utils

from benchmarks.visitor import changed_by
from med3dvlm.ui.page import streams
from med3dvlm.ui.page.streams import difference, send_updates_whole

SET = {"__type__": "update", "value": 28, "minimum": 0}
LEFT_ALONE = {"__type__": "update"}
SCAN = {"scan": "a", "overlay": {"legend": "heat"}}


def arrived(values: list[Any]) -> list[Any]:
    """What a busy browser has of a stream once all has come, with the changes made in place."""
    held = values[0]
    kept = [held]
    for old, new in zip(deepcopy(values), deepcopy(values[1:]), strict=False):
        held = changed_by(held, utils.diff(old, new))
        kept.append(held)
    return kept


@pytest.mark.parametrize(
    "values",
    [
        [SET, LEFT_ALONE], [SET, LEFT_ALONE, SET, LEFT_ALONE], [SET, 30, LEFT_ALONE],
        [SCAN, LEFT_ALONE], ["a", "ab", LEFT_ALONE, "b"],
    ],
)  # fmt: skip
def test_a_busy_browser_misses_nothing_of_a_stream(
    values: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slider that a trial had set kept its old value: the next message took the new one away."""
    monkeypatch.setattr(utils, "diff", utils.diff)
    send_updates_whole()
    assert arrived(deepcopy(values)) == values


def test_gradio_alone_loses_what_the_next_value_leaves_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When this fails, Gradio has mended it, and `send_updates_whole` can go."""
    monkeypatch.setattr(utils, "diff", streams._in_place)
    assert arrived(deepcopy([SET, LEFT_ALONE])) == [LEFT_ALONE, LEFT_ALONE]


def test_a_growing_answer_is_still_sent_word_by_word() -> None:
    assert difference("Yes", "Yes, a") == [["append", [], ", a"]]
    told = {"words": ["Yes"]}
    assert difference(told, {"words": ["Yes", "a"]}) == [["add", ["words", 1], "a"]]
    assert difference(SET, dict(SET)) == []
