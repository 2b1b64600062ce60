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
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Encoded, Scan
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.ui.report.tab import (
    EDITED,
    EMPTY,
    HELD,
    NOT_OPENED,
    STEPS,
    STOPPED,
    ReportTab,
    progress_of,
)
from med3dvlm.ui.scan.examples import truth_of

Held = dict[Any, Any]


def can_write(report: ReportTab, held: Held) -> bool:
    assert held[report.write].visible is not held[report.stop].visible
    return bool(held[report.write].visible)


def compose(
    report: ReportTab, scan: Scan, encoded: Encoded | None, visitor: gr.Request
) -> Iterator[Held]:
    """Begin a report and stream it, as the page's events do it."""
    signal = report.begin(scan, visitor)[report.signal]
    return report.compose(signal, scan, encoded, visitor)


@pytest.fixture
def written(report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request) -> list[Held]:
    """All updates of one report."""
    return list(compose(report, scan, encoded, visitor))


def test_beginning_shows_a_stop_and_clears_the_old_report(
    report: ReportTab, scan: Scan, visitor: gr.Request
) -> None:
    held = report.begin(scan, visitor)
    assert held[report.sheet] == ""
    assert STEPS[0] in held[report.notice]
    assert not any(held[button].visible for button in report.downloads)
    assert not can_write(report, held)


def test_without_a_scan_the_user_is_told_to_open_one(
    report: ReportTab, visitor: gr.Request
) -> None:
    held = guarded(report.begin, report.refuse)(None, visitor)
    assert "Open a scan first" in held[report.notice]
    assert held.keys() == {report.notice}
    assert list(report.compose(None, None, None, visitor)) == []


def test_the_report_grows_section_by_section(report: ReportTab, written: list[Held]) -> None:
    texts = [held[report.sheet].markdown() for held in written]
    assert len(set(texts)) > 5
    titles = [[t for t in ("Technique", "Findings", "Impression") if t in text] for text in texts]
    assert titles[0] == ["Technique"]
    assert titles[-1][:2] == ["Technique", "Findings"]
    assert all(len(one) <= len(later) for one, later in pairwise(titles))


def file_of(button: gr.DownloadButton) -> Path:
    return Path(button.value["path"] if isinstance(button.value, dict) else button.value)


def test_a_finished_report_can_be_kept_as_three_files(
    report: ReportTab, cache: Path, written: list[Held], services: Services, scan: Scan
) -> None:
    """Below the cache: from there they expire, and nothing outside may be fetched."""
    held = written[-1]
    for button, ending in zip(report.downloads, (".md", ".pdf", ".json"), strict=True):
        path = file_of(held[button])
        assert path.name == f"{scan.name}-report{ending}"
        assert path.is_relative_to(cache)
        assert held[button].visible
        assert services.card.digest.encode() in path.read_bytes() or ending == ".pdf"
    assert held[report.written].provenance.model_digest == services.card.digest
    assert can_write(report, held)


def test_the_report_does_not_name_the_file(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    """It may be called after a patient. Only the names of the report's files say so."""
    named = Scan(volume=scan.volume, name="Mary \u80ba 5 %.nii")
    *_, last = compose(report, named, encoded, visitor)
    assert "Mary" not in last[report.sheet].markdown()
    assert "Mary" not in str(last[report.written].provenance.rows)
    for button in report.downloads:
        path = file_of(last[button])
        assert path.stem == "Mary \u80ba 5 %-report"
        assert b"Mary" not in path.read_bytes()


def edit(report: ReportTab, scan: Scan | None, kept: Any, index: int, text: str) -> Held:
    event = gr.EditData(None, {"index": index, "value": text, "previous_value": ""})
    return report.change(event, kept, scan)


def test_a_section_without_end_is_not_kept(
    report: ReportTab, scan: Scan, written: list[Held]
) -> None:
    """It was written into three files, whatever came, and compared with anything."""
    held = edit(report, scan, written[-1][report.written], 1, "a " * 20_000)
    assert set(held) == {report.notice}
    assert "20,000 characters at most" in held[report.notice]


def test_a_reader_changes_a_section_and_the_files_follow(
    report: ReportTab, scan: Scan, written: list[Held]
) -> None:
    held = edit(report, scan, written[-1][report.written], 1, "A cyst of <b>\ud83d.")
    assert held[report.sheet].sections[1].text == "A cyst of <b>\ufffd.", "half an emoji is a sign"
    assert held[report.written].state == held[report.sheet]
    shown = report.sheet.data_of(held[report.sheet])
    assert shown.editable
    assert [section.edited for section in shown.sections] == [False, True, False]
    assert shown.sections[1].groups[0].sentences[0].words[0].text == "A cyst of <b>\ufffd."
    path = file_of(held[report.downloads[0]])
    assert "Edited by a reader: Findings." in path.read_text()


def test_a_report_of_another_scan_is_not_changed(
    report: ReportTab, other_scan: Scan, written: list[Held]
) -> None:
    kept = written[-1][report.written]
    for scan in (other_scan, None):
        assert "a different scan" in edit(report, scan, kept, 1, "x")[report.notice]


def test_each_sentence_shows_how_sure_the_model_was(report: ReportTab, written: list[Held]) -> None:
    shown = report.sheet.data_of(written[-1][report.sheet])
    sentences = [one for part in shown.sections for group in part.groups for one in group.sentences]
    assert {one.source for one in sentences} == {"file", "model"}
    for one in sentences:
        assert (one.probability is None) == (one.source == "file")
    first = report.sheet.data_of(written[0][report.sheet])
    assert not first.editable, "only a complete report can be changed"
    sent = report.sheet.postprocess(written[-1][report.sheet]).json_text
    assert sent == shown.model_dump_json()
    assert report.sheet.data_of("Nothing yet").empty == "Nothing yet"


def test_a_report_is_compared_with_what_is_really_there(
    report: ReportTab, scan: Scan, other_scan: Scan, written: list[Held]
) -> None:
    kept = written[-1][report.written]
    truth = report.take_truth(scan)[report.reference]
    assert truth == truth_of(scan.seed)
    assert "BLEU-4" in report.put_beside(truth, kept, scan)[report.compared]
    refuse = guarded(report.put_beside, report.say_of_comparison)
    for held in (refuse(truth, None, scan), refuse(truth, kept, other_scan)):
        assert "write a report first" in held[report.compared]
    assert report.take_truth(None)[report.reference] == ""


def test_stop_ends_the_report_and_what_is_written_stays(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    stream = compose(report, scan, encoded, visitor)
    next(stream)
    held = report.stop_writing(visitor)
    [last] = list(stream)
    for told in (held, last):
        assert report.sheet not in told
        assert STOPPED in told[report.notice], "the last word, whatever came late"
        assert can_write(report, told)


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

    tab = replace(report, services=Loading("m", lambda tell: replace(services, report=endless)))
    stream = compose(tab, scan, encoded, visitor)
    next(stream)
    tab.stop_writing(visitor)
    assert STOPPED in next(stream)[tab.notice]
    assert closed


def test_a_report_that_was_stopped_early_is_not_begun(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    stream = compose(report, scan, encoded, visitor)
    report.stop_writing(visitor)
    [held] = list(stream)
    assert STOPPED in held[report.notice]
    assert report.sheet not in held


def test_another_scan_leaves_the_report_of_the_one_before_no_last_word(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    stream = compose(report, scan, encoded, visitor)
    next(stream)
    report.switches.supersede(visitor)
    assert list(stream) == []


def test_of_two_streams_for_one_report_one_writes(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    signal = report.begin(scan, visitor)[report.signal]
    first, second = (report.compose(signal, scan, encoded, visitor) for _ in range(2))
    assert list(first)
    assert list(second) == []


def test_another_visitor_does_not_stop_it(
    report: ReportTab, scan: Scan, encoded: Encoded, visitor: gr.Request,
    other_visitor: gr.Request,
) -> None:  # fmt: skip
    stream = compose(report, scan, encoded, visitor)
    next(stream)
    report.stop_writing(other_visitor)
    assert next(stream)
    stream.close()


def test_a_scan_that_was_not_read_has_no_report(
    report: ReportTab, encoded: Encoded, other_scan: Scan, visitor: gr.Request
) -> None:
    with pytest.raises(PromptError, match="has not read this scan"):
        next(compose(report, other_scan, encoded, visitor))


def test_an_error_leaves_the_button(report: ReportTab) -> None:
    held = report.say("No <model>.")
    assert "No &lt;model&gt;." in held[report.notice]
    assert can_write(report, held)


def test_another_scan_has_no_report_yet(
    report: ReportTab, other_scan: Scan, visitor: gr.Request
) -> None:
    held = report.turn_to(other_scan, None, visitor)
    assert (held[report.sheet], held[report.notice]) == ("", NOTHING)
    assert not any(held[button].visible for button in report.downloads)
    assert can_write(report, held)
    assert held[report.use_truth].visible
    assert report.turn_to(None, None, visitor)[report.sheet] == EMPTY


def test_the_truth_is_offered_for_phantoms_alone(
    report: ReportTab, real_scan: Scan, visitor: gr.Request
) -> None:
    assert not report.turn_to(real_scan, None, visitor)[report.use_truth].visible


def test_coming_back_shows_the_report_that_was_written(
    report: ReportTab, scan: Scan, other_scan: Scan, written: list[Held], visitor: gr.Request
) -> None:
    kept = written[-1][report.written]
    assert report.turn_to(other_scan, kept, visitor)[report.sheet] == ""
    held = report.turn_to(scan, kept, visitor)
    assert held[report.sheet] == kept.state
    assert all(held[button].visible for button in report.downloads)


def test_the_reports_on_all_scans_of_a_visit_are_kept_with_their_changes(
    report: ReportTab, scan: Scan, other_scan: Scan, encoded: Encoded, services: Services,
    written: list[Held], visitor: gr.Request,
) -> None:  # fmt: skip
    """A second report took the place of the first, and of what a reader had put into it."""
    kept = edit(report, scan, written[-1][report.written], 1, "A cyst.")[report.written]
    features = services.encode(other_scan.volume, other_scan.choice)
    others = Encoded(other_scan.volume.digest, features, model=services.card.digest)
    signal = report.begin(other_scan, visitor, kept)[report.signal]
    *_, last = report.compose(signal, other_scan, others, visitor, kept)
    held = report.turn_to(scan, last[report.written], visitor)
    assert held[report.sheet].sections[1].text == "A cyst."
    assert "A cyst." in file_of(held[report.downloads[0]]).read_text()
    again = report.turn_to(other_scan, held[report.written], visitor)
    assert again[report.sheet] == last[report.sheet]


def test_an_edited_report_is_given_up_only_if_that_is_asked_for_twice(
    report: ReportTab, scan: Scan, written: list[Held], visitor: gr.Request
) -> None:
    kept = edit(report, scan, written[-1][report.written], 1, "A cyst.")[report.written]
    held = report.begin(scan, visitor, kept)
    assert held.keys() == {report.warned, report.notice}
    assert EDITED in held[report.notice]
    assert not can_write(report, report.begin(scan, visitor, kept, held[report.warned]))
    assert report.begin_held(True, scan, visitor, kept)[report.waits] is False


def test_a_reference_that_was_typed_stays_when_another_scan_is_opened(
    report: ReportTab, scan: Scan, other_scan: Scan, visitor: gr.Request
) -> None:
    """A pasted report was gone after a click on a card."""
    held = report.turn_to(other_scan, None, visitor, "A pasted report.", "")
    assert held[report.reference] == gr.skip()
    truth = report.take_truth(scan)
    known = truth[report.reference], truth[report.offered]
    given = report.turn_to(other_scan, None, visitor, *known)
    assert given[report.reference] == ""


def test_a_report_asked_for_while_a_scan_is_opened_waits_for_it(
    report: ReportTab, scan: Scan, other_scan: Scan, visitor: gr.Request
) -> None:
    opening = report.switches.renew(visitor, OPEN)
    held = report.begin(other_scan, visitor)
    assert held.keys() == {report.waits, report.notice}
    assert (held[report.waits], HELD in held[report.notice]) == (True, True)
    report.switches.done(visitor, OPEN, opening)
    begun = report.begin_held(True, scan, visitor)
    assert not can_write(report, begun)
    assert begun[report.waits] is False
    assert report.begin_held(False, scan, visitor) == {}


def test_a_scan_that_could_not_be_opened_has_no_report_that_waits(report: ReportTab) -> None:
    held = report.give_up(True)
    assert (held[report.waits], NOT_OPENED in held[report.notice]) == (False, True)
    assert report.give_up(False) == {}


def test_a_report_begun_as_the_scan_opened_is_not_ended_by_its_opening(
    report: ReportTab, scan: Scan, other_scan: Scan, encoded: Encoded, visitor: gr.Request
) -> None:
    stream = compose(report, scan, encoded, visitor)
    next(stream)
    assert report.turn_to(scan, None, visitor).keys() == {report.reference, report.use_truth}
    assert report.written in list(stream)[-1]
    stream = compose(report, scan, encoded, visitor)
    next(stream)
    assert report.turn_to(other_scan, None, visitor)[report.sheet] == ""
    assert all(report.written not in held for held in stream)


def test_progress_names_each_step_until_the_last() -> None:
    shown = [progress_of(ReportState((), done, len(STEPS))) for done in range(len(STEPS) + 1)]
    for step, notice in zip(STEPS, shown, strict=False):
        assert step in notice
    assert ['value="0"' in shown[0], 'value="75"' in shown[3], shown[4]] == [True, True, NOTHING]
