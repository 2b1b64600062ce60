"""A step on the open scan, without a browser."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from med3dvlm.errors import PromptError
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.learn.own_scan import UNKNOWN, OwnScanPart
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.page.stopping import Switches
from tests.ui.conftest import Parts

After = Callable[[Any], dict[Any, Any]]


@pytest.fixture
def part(parts: Parts, loaded: Loading[Services], switches: Switches) -> OwnScanPart:
    own = parts.learn.own
    return replace(own, work=replace(own.work, services=loaded, switches=switches))


def test_a_question_is_put_and_predicted_and_answered(
    part: OwnScanPart, real_scan: Scan, visitor: gr.Request, after: After
) -> None:
    put = part.put_question("Is there a <b>stone</b>?")
    assert put[part.prediction].choices == [("Yes", 0), ("No", 1)]
    assert put[part.known].value == UNKNOWN
    asked, marks, scores = put[part.asked], {}, set()
    for known, predicted in ((0, 0), (1, 1)):
        held = after(part.reveal(asked, known, predicted, {}, real_scan, visitor))
        (mark,) = held[part.marks].values()
        scores.add(mark.score)
        assert mark.model == mark.score, "predicted and true were the same option"
        assert "&lt;b&gt;stone" in held[part.result]
        assert "Mary" not in held[part.result]
        marks = held[part.marks]
    assert scores == {0, 1}
    unknown = after(part.reveal(asked, UNKNOWN, 0, {}, real_scan, visitor))
    assert next(iter(unknown[part.marks].values())).model is None
    assert "gets no score" in unknown[part.result]
    again = after(part.reveal(asked, 0, 0, marks, real_scan, visitor))
    assert again[part.marks] == marks, "the first prediction counts"


def test_without_a_question_a_prediction_or_a_scan_nothing_is_asked(
    part: OwnScanPart, real_scan: Scan, visitor: gr.Request
) -> None:
    asked = part.put_question("Is there a stone?")[part.asked]
    with pytest.raises(PromptError, match="Choose an answer"):
        list(part.reveal(asked, None, None, {}, real_scan, visitor))
    with pytest.raises(PromptError, match="Choose an answer"):
        list(part.reveal(None, None, 0, {}, real_scan, visitor))
    with pytest.raises(PromptError, match="Open a scan"):
        list(part.reveal(asked, None, 0, {}, None, visitor))
    with pytest.raises(PromptError, match="yes or no"):
        part.put_question("")
