from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.case import Case, make_case
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.phantoms.true_report import true_report
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN, Switches
from med3dvlm.ui.scan import examples
from med3dvlm.ui.scan.looks import picture_of
from med3dvlm.ui.scan.truth import HELD, HIDDEN, REAL, TruthTab, overlay_of
from med3dvlm.ui.scan.verdicts import (
    ELSEWHERE,
    FOUND,
    INVENTED,
    MISSED,
    judged,
    table_of,
    true_rows,
)
from med3dvlm.volumes.window import LUNG
from tests.ui.chat.talk import said
from tests.ui.conftest import TINY, Parts

After = Callable[..., dict[Any, Any]]
# Chest, with one finding of the lungs.
PNEUMOTHORAX = examples.EXAMPLE_SEEDS[0]


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case(PNEUMOTHORAX, shape=TINY, masked=True)


@pytest.fixture
def phantom(case: Case) -> Scan:
    return Scan(volume=case.volume, name="", seed=PNEUMOTHORAX)


@pytest.fixture
def truth(
    parts: Parts, loaded: Loading[Services], switches: Switches, monkeypatch: pytest.MonkeyPatch
) -> TruthTab:
    monkeypatch.setattr(examples, "SHAPE", TINY)
    return replace(parts.truth, services=loaded, switches=switches)


def test_the_true_report_finds_everything_and_invents_nothing() -> None:
    """In all its wordings: it is findings that are compared, not words."""
    for seed in SHOWROOM[200:220]:
        case = make_case(seed, shape=TINY)
        for variant in range(3):
            rows = judged(true_rows(case), true_report(case.facts, variant=variant).text)
            assert {row.verdict for row in rows} <= {FOUND}, seed


def test_what_is_missed_misplaced_and_invented_is_told(case: Case) -> None:
    [row] = true_rows(case)
    other = "right" if "left" in row.place else "left"
    assert judged([row], "No abnormality.")[0].verdict == MISSED
    elsewhere = judged([row], f"There is a pneumothorax on the {other} side.")
    assert [one.verdict for one in elsewhere] == [ELSEWHERE]
    first, second = judged([row], "There is a pericardial effusion.")
    assert (first.verdict, second.verdict) == (MISSED, INVENTED)
    assert second.kind == "pericardial effusion"
    assert second.center is None, "there is nowhere to go"


def test_the_table_escapes_and_leads_to_each_finding(case: Case) -> None:
    rows = judged(true_rows(case), "There is a pericardial effusion.")
    table = table_of(rows)
    assert table.count("data-row") == 1
    assert table.count("<tr>") == 3
    assert "normal anatomy" in table_of(())


def test_masks_are_what_was_painted(case: Case) -> None:
    [mask] = case.masks
    [boxes] = case.extents
    inside = np.zeros(TINY, bool)
    for box in boxes:
        inside[box] = True
    assert mask.any()
    assert (mask & inside).sum() > 0.9 * mask.sum()
    overlay = overlay_of(case)
    assert overlay is not None
    assert (overlay.values == 255).sum() == mask.sum()
    assert overlay_of(make_case(PNEUMOTHORAX, shape=TINY)) is None
    plain = make_case(PNEUMOTHORAX, shape=TINY)
    assert np.array_equal(plain.volume.voxels, case.volume.voxels), "looking changes nothing"


def test_nothing_is_shown_before_it_is_asked_for(
    truth: TruthTab, phantom: Scan, real_scan: Scan, visitor: gr.Request
) -> None:
    held = truth.turn_to(phantom, None, None)
    assert held[truth.reveal].visible
    assert (held[truth.table], held[truth.revealed]) == (NOTHING, None)
    assert HIDDEN[:30] in held[truth.notice]
    held = truth.turn_to(real_scan, None, None)
    assert not held[truth.reveal].visible
    assert "real scan" in held[truth.notice]
    assert truth.turn_to(None, None, None)[truth.notice] == NOTHING
    assert REAL[:20] in truth.show(real_scan, None, visitor)[truth.notice]


def test_the_truth_is_shown_and_the_model_judged(
    truth: TruthTab, phantom: Scan, encoded: Encoded, services: Services, visitor: gr.Request,
    after: After,
) -> None:  # fmt: skip
    read = replace(encoded, digest=phantom.volume.digest)
    held = truth.show(phantom, read, visitor)
    assert held[truth.viewer].overlay is not None
    assert held[truth.viewer].move == picture_of(phantom).move, "the place and the window stay"
    anew = replace(phantom)
    again = truth.turn_to(anew, read, held[truth.revealed])
    assert again.keys() == {truth.viewer}
    assert again[truth.viewer].overlay is not None, "prepared anew, it still shows the truth"
    answering = replace(services, answer=lambda *_: (word for word in said("A pneumothorax.")))
    truth = replace(truth, services=Loading("m", lambda tell: answering))
    judged_of = after(truth.judge(phantom, read, held[truth.revealed], visitor))
    assert "pneumothorax" in judged_of[truth.notice].lower()
    assert "found" in judged_of[truth.table]
    assert list(truth.judge(phantom, read, judged_of[truth.revealed], visitor)) == []
    assert list(truth.judge(phantom, read, None, visitor)) == []


def test_the_truth_asked_for_while_a_scan_is_opened_waits_for_it(
    truth: TruthTab, phantom: Scan, real_scan: Scan, visitor: gr.Request
) -> None:
    opening = truth.switches.renew(visitor, OPEN)
    held = truth.show(real_scan, None, visitor)
    assert held.keys() == {truth.waits, truth.notice}
    assert (held[truth.waits], HELD in held[truth.notice]) == (True, True)
    assert HIDDEN[:30] in truth.give_up(True)[truth.notice], "it could not be opened"
    assert truth.give_up(False) == {}
    truth.switches.done(visitor, OPEN, opening)
    shown = truth.show_held(True, phantom, None, visitor)
    assert (shown[truth.waits], shown[truth.revealed].digest) == (False, phantom.volume.digest)
    assert truth.show_held(False, phantom, None, visitor) == {}


def test_a_click_goes_there_in_the_right_window(
    truth: TruthTab, phantom: Scan, clicked: Callable[..., Any], visitor: gr.Request
) -> None:
    revealed = truth.show(phantom, None, visitor)[truth.revealed]
    shown = truth.go(clicked(0), phantom, None, revealed)[truth.viewer]
    assert shown.window == LUNG
    assert shown.crosshair == revealed.rows[0].center
    assert truth.go(clicked(7), phantom, None, revealed) == {truth.viewer: gr.skip()}
    assert truth.go(clicked(0), phantom, None, None) == {truth.viewer: gr.skip()}
