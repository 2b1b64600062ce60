"""Every experiment on a random model: what comes out fits its text, and can be scored."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from med3dvlm.engine.familiarity import Familiarity
from med3dvlm.errors import CheckpointError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.trust.certificate import Certificate
from med3dvlm.explain.trust.faithfulness import Areas
from med3dvlm.explain.trust.localisation import HitRates, Rate
from med3dvlm.hosting.models.maps import OCCLUSION
from med3dvlm.lessons.experiments import EXPERIMENTS
from med3dvlm.lessons.revealed import Revealed, score_of
from med3dvlm.lessons.scenes import scene_of
from med3dvlm.ui.learn.experiments.asking import both_sides, goes_along
from med3dvlm.ui.learn.experiments.bench import Bench, agrees
from med3dvlm.ui.learn.experiments.placing import NONE_FAILED, believed, strongest
from med3dvlm.ui.learn.experiments.run import RUNS, run
from med3dvlm.ui.learn.experiments.sizes import first_crossing
from med3dvlm.volumes.grid import GridMap
from tests.ui.learn.conftest import step_of

SAID = {
    "click": (0.0, 0.0), "choice": 0, "number": "5", "percentages": "0 10 20 30",
    "writing": "A liver cyst.",
}  # fmt: skip
RATE = Rate(value=0.5, low=0.4, high=0.6)
HITS = HitRates(
    top=3, cells=32, cases=10, map=RATE, prior=RATE, shuffled=RATE, randomised=RATE, margin=RATE,
    chance=0.1,
)  # fmt: skip
AREAS = Areas(deletion=0.2, insertion=0.6, deletion_random=0.3, insertion_random=0.5)
CERTIFICATE = Certificate(
    method=OCCLUSION, hits=HITS, several_places=None, follows=None, moved=0, areas=AREAS,
    deletion_gain=RATE, insertion_gain=RATE,
)  # fmt: skip


@pytest.fixture
def measured(bench: Bench) -> Bench:
    """As if familiarity and maps of the random model had been measured."""
    familiarity = Familiarity(score=2, nearer=252, compared=256, outside=True)
    services = replace(
        bench.services, certificates={OCCLUSION: CERTIFICATE}, familiarity=lambda _: familiarity
    )
    return Bench(services=services, library=bench.library)


def test_each_kind_has_a_function() -> None:
    assert set(RUNS) == set(EXPERIMENTS)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_what_comes_out_fits_its_text(measured: Bench, experiment: str) -> None:
    step = step_of(experiment)
    scene = scene_of(step, 7)
    *progress, revealed = run(measured, scene)
    assert isinstance(revealed, Revealed)
    assert all(0 <= float(share) <= 1 for share in progress)  # type: ignore[arg-type]
    assert set(revealed.values) == set(step.kind.values)
    assert step.reveal.format(**revealed.values)
    assert revealed.model is None or 0 <= revealed.model <= 1
    assert 0 <= score_of(step, revealed, SAID[step.kind.prediction], scene) <= 1


@pytest.mark.parametrize("experiment", ["familiar", "certificate"])
def test_what_was_never_measured_is_said(bench: Bench, experiment: str) -> None:
    with pytest.raises(CheckpointError, match="go on to the next step"):
        list(run(bench, scene_of(step_of(experiment), 7)))


def test_the_figures_of_a_certificate_are_not_told_before_they_are_guessed() -> None:
    said = believed(CERTIFICATE)
    assert said.startswith("This map is no better than that of another finding")
    assert not re.search(r"\d", said)
    sharp = replace(HITS, map=Rate(value=0.9, low=0.8, high=1.0), margin=RATE)
    assert believed(replace(CERTIFICATE, hits=sharp)) == NONE_FAILED


def test_a_threshold_lies_between_two_sizes() -> None:
    assert first_crossing([4, 8, 12], [0.1, 0.3, 0.7]) == pytest.approx(10)
    assert first_crossing([4, 8], [0.8, 0.9]) == pytest.approx(2.5)
    assert first_crossing([4, 8], [0.1, 0.2]) == float("inf")


def test_the_strongest_block_is_that_of_the_shown_slice() -> None:
    scene = scene_of(step_of("look"), 7)
    depth, rows, columns = scene.shown.shape
    values = np.zeros((2, 2, 2), np.float32)
    layer = int(scene.z >= depth / 2)
    values[layer, 1, 0], values[1 - layer, 0, 1] = 1, 9
    mapping = GridMap(start=(0, 0, 0), stop=(depth, rows, columns), grid=(2, 2, 2))
    shown = Map(values=values, mapping=mapping, legend="", means="", means_not="")
    block, (row, column) = strongest(shown, scene)
    assert block[rows // 2 :, : columns // 2].all()
    assert block.sum() == (rows // 2) * (columns // 2)
    assert row > rows / 2
    assert column < columns / 2


def test_a_class_sees_the_matrix_from_afar(measured: Bench) -> None:
    """It was 96 pixels wide, as in a list of Explain, where other steps show a slice of 480."""
    *_, revealed = run(measured, scene_of(step_of("matrix"), 7))
    assert isinstance(revealed, Revealed)
    assert min(Image.open(io.BytesIO(revealed.picture)).size) >= 300


def test_an_answer_goes_along_unless_it_denies() -> None:
    assert goes_along("Left kidney")
    assert not goes_along("There is no kidney stone.")
    assert not goes_along("That part is not in this scan.")


def test_sides_are_those_of_one_place() -> None:
    assert both_sides("left upper lobe") == ("Right upper lobe", "Left upper lobe")


def test_the_model_gets_a_point_for_leaning_to_the_truth() -> None:
    assert (agrees(0.7, there=True), agrees(0.7, there=False), agrees(0.2, there=False)) == (
        1,
        0,
        1,
    )
