from dataclasses import replace

import numpy as np
import pytest

from med3dvlm.engine import report, whole_words
from med3dvlm.engine.conversation import TokenEvent
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.report import (
    TITLES,
    ReportState,
    Section,
    header_facts,
    scan_facts,
    write_report,
)
from med3dvlm.engine.sentences import WHOLE, Sentence, region_of, sentences_of
from med3dvlm.engine.understanding.sentences import NO_PHASE
from med3dvlm.phantoms.true_report import NO_TRUNK, NOT_ASSESSED
from med3dvlm.volumes.volume import Volume, canonical_affine


@pytest.fixture
def states(
    engine: Engine, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> list[ReportState]:
    monkeypatch.setattr(report, "LONGEST", 10)
    return list(write_report(engine, features, volume))


def test_a_report_has_its_sections_in_order(states: list[ReportState]) -> None:
    assert all(tuple(part.title for part in state.sections) == TITLES for state in states)
    last = states[-1]
    assert all(part.text for part in last.sections)
    headings = [line for line in last.markdown().splitlines() if line.startswith("### ")]
    assert headings == [f"### {title}" for title in TITLES]


def test_a_report_grows_and_says_how_far_it_is(states: list[ReportState]) -> None:
    done = [state.done for state in states]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (1, states[-1].steps)
    assert "### Findings" not in states[0].markdown(), "an empty section has no heading"
    lengths = [len(state.sections[1].text) for state in states]
    assert lengths == sorted(lengths)


def test_what_could_have_stood_there_comes_when_the_report_is_written(
    engine: Engine, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it: a report took one and a half times as long."""
    monkeypatch.setattr(report, "LONGEST", 10)
    monkeypatch.setattr(whole_words, "LEAST", 1e-9)
    *_, written, last = write_report(engine, features, volume)

    def others(state: ReportState) -> list[bool]:
        sentences = [sentence for part in state.sections for sentence in part.sentences]
        return [bool(token.alternatives) for one in sentences for token in one.tokens]

    assert written.done == last.done == last.steps
    assert written.markdown() == last.markdown()
    assert not any(others(written))
    assert all(others(last))


def test_the_technique_is_what_the_file_says_and_marks_what_the_model_reads(
    states: list[ReportState], volume: Volume
) -> None:
    section = states[-1].sections[0]
    technique = section.text
    assert technique.startswith(scan_facts(volume))
    assert section.sentences[0].source == "file"
    assert section.sentences[0].probability is None
    assert "Model's reading of the plane:" in technique
    assert "Model's reading of the phase:" in technique


def test_sizes_are_named_by_their_direction() -> None:
    volume = Volume(
        voxels=np.zeros((4, 5, 6), np.int16), affine=canonical_affine((2.5, 1.0, 0.75)), unit="HU"
    )
    assert scan_facts(volume) == (
        "Scan of unknown modality, 6 x 5 x 4 voxels of 0.75 x 1.00 x 2.50 mm "
        "(right-left, front-back, foot-head)."
    )


def test_a_stopped_report_ends_without_asking_further(
    engine: Engine, features: VolumeFeatures, volume: Volume
) -> None:
    states = list(write_report(engine, features, volume, stopped=lambda: True))
    assert states[-1].sections[1:] == (Section("Findings"), Section("Impression"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A stone. Impression: kidney stone.", ("A stone.", "Kidney stone.")),
        ("A stone. ", ("A stone.", "")),
        ("", ("", "")),
    ],
)
def test_an_impression_that_the_model_opens_itself_is_split_off(
    text: str, parts: tuple[str, str]
) -> None:
    tokens = [event(letter) for letter in text]
    split = report._split(tokens)
    assert tuple(" ".join(one.text for one in part) for part in split) == parts


def event(text: str, probability: float = 0.5) -> TokenEvent:
    return TokenEvent(text=text, probability=probability, alternatives=(), seconds=0.0)


def a_report() -> ReportState:
    said = "A cyst of 3.5 mm in the left kidney. Moderate aortic plaque. Average build. "
    findings = tuple(sentences_of([event(word + " ") for word in said.split()]))
    impression = tuple(sentences_of([event("A <b>cyst</b> [x](y).")]))
    technique = Section("Technique", (Sentence("CT.", source="file"),))
    return ReportState(
        (technique, Section("Findings", findings), Section("Impression", impression)), 4, 4
    )


def test_every_sentence_of_the_model_has_its_tokens_and_probability() -> None:
    for sentence in a_report().sections[1].sentences:
        assert "".join(token.text for token in sentence.tokens).strip() == sentence.text
        assert sentence.probability == pytest.approx(0.5)


def test_findings_are_laid_to_parts_of_the_body() -> None:
    text = a_report().markdown()
    assert "- **General:** Average build." in text
    assert "- **Vessels:** Moderate aortic plaque." in text
    assert "- **Kidneys and adrenals:** A cyst of 3.5 mm in the left kidney." in text
    assert text.index("General") < text.index("Vessels") < text.index("Kidneys")


@pytest.mark.parametrize(
    ("sentence", "region"),
    [
        ("Gallbladder stone of 9 mm.", "Liver and bile ducts"),
        ("The bladder is empty.", "Pelvis"),
        ("Left hip prosthesis.", "Bones and soft tissue"),
        ("No abnormality.", "General"),
        ("Axial CT of the abdomen, in the arterial phase.", "General"),
        ("The spine, liver, spleen and small bowel are unremarkable.", "General"),
        *((sentence, WHOLE) for sentence in (*NO_TRUNK, *NOT_ASSESSED[1:])),
    ],
)
def test_a_part_of_the_body_is_known_by_its_words(sentence: str, region: str) -> None:
    assert region_of(sentence) == region


def test_that_a_limb_shows_no_trunk_is_said_once_and_before_all_parts(
    engine: Engine, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood under Technique, and once more under Pelvis."""
    answers = ("Axial", NO_PHASE, f"{NO_TRUNK[0]} ", "Not assessed.")
    said = dict(zip(report.PROMPTS, answers, strict=True))
    monkeypatch.setattr(report, "_answer", lambda _, __, prompt, ___: iter([event(said[prompt])]))
    text = list(write_report(engine, features, volume))[-1].markdown()
    assert text.count("chest, abdomen or pelvis") == 1
    assert f"### Findings\n{NO_TRUNK[0]}\n" in text
    assert "The contrast phase is not assessed." in text


def test_every_phantom_finding_has_a_part_of_the_body() -> None:
    from med3dvlm.phantoms.facts import draw_facts
    from med3dvlm.phantoms.true_report import describe

    for seed in range(60):
        for finding in draw_facts(seed).findings:
            text = describe(finding, np.random.default_rng(seed))
            assert region_of(text) != "General", text


def test_markdown_shows_what_a_model_writes_as_text() -> None:
    text = a_report().markdown()
    assert "<b>" not in text.replace("\\<", "")
    assert "[x]" not in text.replace("\\[x\\]", "")


def test_a_reader_changes_one_sentence_and_the_others_stay_the_models() -> None:
    state = a_report()
    kept = state.sections[1].sentences[1]
    edited = state.edited("Findings", f"No cyst.\n{kept.text} Extra <i>.")
    sources = [sentence.source for sentence in edited.sections[1].sentences]
    assert sources == ["reader", "model", "reader"]
    assert edited.sections[1].sentences[1] == kept
    assert edited.sections[1].edited
    assert edited.sections[2] == state.sections[2]


def test_an_edited_section_keeps_the_headings_of_its_regions() -> None:
    """They vanished, and what was sorted by region became one block."""
    kidneys = Sentence("A cyst in the left kidney.")
    state = ReportState((Section("Findings", (Sentence("The liver is normal."), kidneys)),), 4, 4)
    edited = state.edited(
        "Findings", "The spleen is large.\nIt reaches the pelvic brim.\nIt is soft.\nNo fever."
        f"\n{kidneys.text}\nIt measures 3 cm.\nThe liver is normal.",
    )  # fmt: skip
    assert edited.markdown() == (
        "### Findings\n"
        "- **Liver and bile ducts:** The liver is normal.\n"
        "- **Spleen and pancreas:** The spleen is large.\n"
        "- **Kidneys and adrenals:** A cyst in the left kidney. It measures 3 cm.\n"
        "- **Pelvis:** It reaches the pelvic brim. It is soft. No fever."
    )


def test_header_words_are_believed_where_they_look_as_they_should() -> None:
    """A name can stand in any free text of a header."""
    facts = {
        "Body part": "MILLER", "Kernel": "Shelley", "Tube voltage": "120 kV",
        "Slice thickness": "2.5 mm", "Contrast agent": "given", "Manufacturer": "Mary",
    }  # fmt: skip
    volume = Volume(
        voxels=np.zeros((2, 2, 2), np.int16), affine=canonical_affine((1, 1, 1)), unit="HU",
        details=facts,
    )  # fmt: skip
    [said] = header_facts(volume)
    assert said == (
        "From the header: slice thickness 2.5 mm, tube voltage 120 kV, contrast agent given."
    )
    known = replace(volume, details={"Body part": "CHEST", "Kernel": "B30f"})
    assert header_facts(known) == ["From the header: body part CHEST, kernel B30f."]
    assert header_facts(replace(volume, details={})) == []
