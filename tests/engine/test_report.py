import numpy as np
import pytest

from med3dvlm.engine import report
from med3dvlm.engine.engine import Engine
from med3dvlm.engine.features import VolumeFeatures
from med3dvlm.engine.report import TITLES, ReportState, scan_facts, write_report
from med3dvlm.volumes.volume import Volume, canonical_affine


@pytest.fixture
def states(
    engine: Engine, features: VolumeFeatures, volume: Volume, monkeypatch: pytest.MonkeyPatch
) -> list[ReportState]:
    monkeypatch.setattr(report, "LONGEST", 10)
    return list(write_report(engine, features, volume))


def test_a_report_has_its_sections_in_order(states: list[ReportState]) -> None:
    assert all(tuple(title for title, _ in state.sections) == TITLES for state in states)
    last = states[-1]
    assert all(text for _, text in last.sections)
    headings = [line for line in last.markdown().splitlines() if line.startswith("### ")]
    assert headings == [f"### {title}" for title in TITLES]


def test_a_report_grows_and_says_how_far_it_is(states: list[ReportState]) -> None:
    done = [state.done for state in states]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (1, states[-1].steps)
    assert "### Findings" not in states[0].markdown(), "an empty section has no heading"
    lengths = [len(state.sections[1][1]) for state in states]
    assert lengths == sorted(lengths)


def test_the_technique_is_what_the_file_says_and_marks_what_the_model_reads(
    states: list[ReportState], volume: Volume
) -> None:
    technique = states[-1].sections[0][1]
    assert technique.startswith(scan_facts(volume))
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
    assert states[-1].sections[1:] == (("Findings", ""), ("Impression", ""))


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
    assert report._split(text) == parts
