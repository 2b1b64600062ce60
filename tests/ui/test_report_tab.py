from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from med3dvlm.engine.report import ReportState, Section
from med3dvlm.engine.sentences import Sentence
from med3dvlm.errors import PromptError
from med3dvlm.hosting.services import Services
from med3dvlm.hosting.slot import Slot
from med3dvlm.ui.boundary import guarded
from med3dvlm.ui.model_status import PURPOSE
from med3dvlm.ui.notice import NOTHING
from med3dvlm.ui.report_tab import EMPTY, STEPS, STOPPED, ReportTab, progress_of, written_by
from med3dvlm.ui.session import Encoded, Scan

Held = dict[Any, Any]


def can_write(report: ReportTab, held: Held) -> bool:
    assert held[report.write].visible is not held[report.stop].visible
    return bool(held[report.write].visible)


@pytest.fixture
def written(report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request) -> list[Held]:
    """All updates of one report."""
    report.begin(scan, visitor)
    return list(report.compose(True, scan, encoded, visitor))


def test_beginning_shows_a_stop_and_clears_the_old_report(
    report: ReportTab, scan: Scan, visitor: gr.Request
) -> None:
    held = report.begin(scan, visitor)
    assert (held[report.going], held[report.text]) == (True, "")
    assert STEPS[0] in held[report.notice]
    assert not held[report.download].visible
    assert not can_write(report, held)


def test_without_a_scan_the_user_is_told_to_open_one(
    report: ReportTab, visitor: gr.Request
) -> None:
    held = guarded(report.begin, report.say)(None, visitor)
    assert "Open a scan first" in held[report.notice]
    assert held[report.going] is False
    assert list(report.compose(False, None, None, visitor)) == []


def test_the_report_grows_section_by_section(report: ReportTab, written: list[Held]) -> None:
    texts = [held[report.text] for held in written]
    assert len(set(texts)) > 5
    titles = [[t for t in ("Technique", "Findings", "Impression") if t in text] for text in texts]
    assert titles[0] == ["Technique"]
    assert titles[-1][:2] == ["Technique", "Findings"]
    assert all(len(one) <= len(later) for one, later in pairwise(titles))


def test_a_report_ends_with_the_model_and_its_purpose(
    report: ReportTab, services: Services, written: list[Held]
) -> None:
    last = written[-1][report.text].rstrip("\n*")
    assert last.endswith(PURPOSE)
    assert services.card.info.name in last
    assert services.card.digest in written_by(services)
    assert last.endswith(written_by(services))


def test_the_file_is_below_the_cache_and_holds_the_report(
    report: ReportTab, cache: Path, written: list[Held]
) -> None:
    """From there it expires; and nothing outside may be fetched."""
    held = written[-1]
    [path] = cache.rglob("report.md")
    assert path.read_text() == held[report.text]
    assert held[report.download].visible
    assert str(path) in str(held[report.download].value)
    assert held[report.going] is False
    assert can_write(report, held)


def test_the_report_does_not_name_the_file(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    """It may be called after a patient."""
    named = Scan(volume=scan.volume, name="Mary Shelley.nii")
    report.begin(named, visitor)
    assert all(
        "Mary" not in held[report.text] for held in report.compose(True, named, encoded, visitor)
    )


def test_stop_ends_the_report_and_what_is_written_stays(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    report.begin(scan, visitor)
    stream = report.compose(True, scan, encoded, visitor)
    next(stream)
    held = report.stop_writing(visitor)
    assert list(stream) == []
    assert report.text not in held
    assert STOPPED in held[report.notice]
    assert held[report.going] is False
    assert can_write(report, held)


def test_stop_closes_the_models_generator(
    report: ReportTab, services: Services, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    closed = []

    def endless(*_: object) -> Iterator[ReportState]:
        try:
            while True:
                yield ReportState((Section("Findings", (Sentence("A"),)),), 1, 4)
        finally:
            closed.append(True)

    tab = replace(report, services=Slot("m", lambda tell: replace(services, report=endless)))
    tab.begin(scan, visitor)
    stream = tab.compose(True, scan, encoded, visitor)
    next(stream)
    tab.stop_writing(visitor)
    assert next(stream, None) is None
    assert closed


def test_a_report_that_was_stopped_early_is_not_begun(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    report.begin(scan, visitor)
    report.stop_writing(visitor)
    assert list(report.compose(True, scan, encoded, visitor)) == []


def test_another_visitor_does_not_stop_it(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request,
    other_visitor: gr.Request,
) -> None:  # fmt: skip
    report.begin(scan, visitor)
    stream = report.compose(True, scan, encoded, visitor)
    next(stream)
    report.stop_writing(other_visitor)
    assert next(stream)
    stream.close()


def test_a_scan_that_was_not_read_has_no_report(
    report: ReportTab, encoded: Encoded, other_scan: Scan, visitor: gr.Request
) -> None:
    report.begin(other_scan, visitor)
    with pytest.raises(PromptError, match="has not read this scan"):
        next(report.compose(True, other_scan, encoded, visitor))


def test_an_error_leaves_the_button(report: ReportTab) -> None:
    held = report.say("No <model>.")
    assert "No &lt;model&gt;." in held[report.notice]
    assert held[report.going] is False
    assert can_write(report, held)


def test_another_scan_has_no_report_yet(report: ReportTab, other_scan: Scan) -> None:
    held = report.turn_to(other_scan)
    assert (held[report.text], held[report.notice]) == ("", NOTHING)
    assert not held[report.download].visible
    assert can_write(report, held)
    assert report.turn_to(None)[report.text] == EMPTY


def test_progress_names_each_step_until_the_last() -> None:
    shown = [progress_of(ReportState((), done, len(STEPS))) for done in range(len(STEPS) + 1)]
    for step, notice in zip(STEPS, shown, strict=False):
        assert step in notice
    assert ['value="0"' in shown[0], 'value="75"' in shown[3], shown[4]] == [True, True, NOTHING]
