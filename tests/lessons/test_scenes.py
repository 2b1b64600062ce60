"""The phantoms of steps, their pictures, and what predictions about them are worth."""

import io

import numpy as np
import pytest
from PIL import Image

from med3dvlm.errors import PromptError
from med3dvlm.lessons.content import ANOTHER, Step, read_lessons
from med3dvlm.lessons.curve_drawing import curve_drawing
from med3dvlm.lessons.pictures import LEARNER, TRUTH, slice_picture
from med3dvlm.lessons.revealed import Revealed, check_said, score_of, words_of
from med3dvlm.lessons.scenes import FINDABLE, Scene, scene_of, trial_of
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.window import BONE

GAME = read_lessons()[6]


def step_of(experiment: str) -> Step:
    steps = (step for lesson in read_lessons() for step in lesson.steps)
    return next(step for step in steps if step.experiment == experiment)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_of(step_of("look"), 7)


def test_a_seed_is_a_phantom(scene: Scene) -> None:
    again = scene_of(step_of("look"), 7)
    assert again.shown.digest == scene.shown.digest
    assert scene.there
    assert scene.mask.any()
    assert scene.mask.sum() == scene.pair.mask.sum(axis=(1, 2)).max()


def test_the_game_draws_other_findings_that_can_be_seen() -> None:
    trials = [trial_of(step, GAME.seed) for step in GAME.turns]
    assert len({trial.seed for trial in trials}) == 10
    assert len({trial.kind for trial in trials}) > 3
    for trial in trials:
        low, high = KINDS[trial.kind].size_mm
        assert trial.kind in FINDABLE
        assert (low + high) / 2 - 1 <= trial.size_mm <= high


def test_a_healthy_step_has_nothing_to_find() -> None:
    steps = (step for lesson in read_lessons() for step in lesson.steps)
    healthy = next(step for step in steps if step.size_mm == 0)
    assert not scene_of(healthy, 3).there


def test_another_person_stands_in_for_the_scan() -> None:
    steps = [step for lesson in read_lessons() for step in lesson.steps]
    scene = scene_of(next(step for step in steps if step.change == ANOTHER), 3)
    assert scene.shown.digest not in {scene.pair.ill.digest, scene.pair.healthy.digest}
    assert not scene.marked


def test_a_wrong_window_is_shown_as_it_was_exported() -> None:
    """In the grey scale of the lung its black was grey, while the text says black."""
    steps = (step for lesson in read_lessons() for step in lesson.steps)
    scene = scene_of(next(step for step in steps if step.change == "wrong window"), 3)
    assert scene.window == BONE


def test_what_was_moved_is_not_outlined_where_it_was() -> None:
    steps = [step for lesson in read_lessons() for step in lesson.steps]
    for change in ("cropped", "blank", "head and feet swapped"):
        scene = scene_of(next(step for step in steps if step.change == change), 3)
        assert scene.there
        assert not scene.mask.any()
        assert scene.mask.shape == scene.shown.shape[1:]
        assert slice_picture(scene.shown, scene.window, scene.z, mask=scene.mask)


def test_places_in_a_picture_and_in_a_slice_are_the_same(scene: Scene) -> None:
    place = scene.place_of((0.25, 0.75))
    assert scene.shares_of(place) == pytest.approx((0.25, 0.75))


def test_a_click_on_the_finding_is_a_point(scene: Scene) -> None:
    step = step_of("find")
    row, column = np.argwhere(scene.mask)[0]
    revealed = Revealed(truth=scene.mask)
    assert score_of(step, revealed, (float(row), float(column)), scene) == 1
    assert score_of(step, revealed, (0.0, 0.0), scene) == 0
    assert "from the left" in words_of(step, (0.0, 0.0), scene)


@pytest.mark.parametrize(
    ("experiment", "said", "truth", "points", "words"),
    [
        ("changed", 1, 1, 1, "No"),
        ("changed", 0, 1, 0, "Yes"),
        ("threshold", "20", 21.0, 1, "20 mm"),
        ("threshold", "2", 21.0, 0, "2 mm"),
        ("curve", "0 0 40 100\n0 0 20 100", (0.0, 0.0, 30.0, 100.0), 1, "0 0 40 100 | 0 0 20 100"),
        ("written", "A liver cyst.", frozenset({"liver cyst"}), 1, "A liver cyst."),
        ("written", "Normal.", frozenset({"liver cyst"}), 0, "Normal."),
    ],
)
def test_predictions_are_scored_right_and_wrong(
    scene: Scene, experiment: str, said: int | str, truth: object, points: float, words: str
) -> None:
    step = step_of(experiment)
    check_said(step, said)
    assert score_of(step, Revealed(truth=truth), said, scene) == points  # type: ignore[arg-type]
    assert words_of(step, said, scene) == words


@pytest.mark.parametrize(
    ("experiment", "said", "told"),
    [
        ("find", None, "Click in the slice"),
        ("changed", None, "Choose an answer"),
        ("changed", 7, "Choose an answer"),
        ("threshold", "", "one number"),
        ("sure", "101", "from 0 to 100"),
        ("sure", "-1", "from 0 to 100"),
        ("agreement", "6", "from 0 to 5"),
        ("curve", "1 2", "type 4 percentages"),
        ("written", "  ", "Write a few words"),
    ],
)
def test_nothing_is_revealed_before_a_prediction(
    experiment: str, said: int | str | None, told: str
) -> None:
    with pytest.raises(PromptError, match=told):
        check_said(step_of(experiment), said)


def test_a_picture_shows_what_was_clicked_and_the_truth(scene: Scene) -> None:
    row, column = np.argwhere(scene.mask).mean(axis=0)
    plain = slice_picture(scene.shown, scene.window, scene.z)
    marked = slice_picture(
        scene.shown, scene.window, scene.z, mask=scene.mask, learner=(2.0, 2.0),
        model=(float(row), float(column)),
    )  # fmt: skip
    before, after = (np.asarray(Image.open(io.BytesIO(data)), np.int32) for data in (plain, marked))
    _, down, across = scene.shown.spacing_mm
    rows, columns = scene.mask.shape
    assert before.shape[0] / before.shape[1] == pytest.approx(
        rows * down / (columns * across), rel=0.02
    )
    for colour in (TRUTH, LEARNER):
        assert (np.abs(after - colour).sum(axis=2) < 90).any()
        assert not (np.abs(before - colour).sum(axis=2) < 90).any()


def test_a_picture_says_which_side_is_right(scene: Scene) -> None:
    """Lessons ask for sides; only who knows how a CT is shown could tell them apart."""
    data = slice_picture(scene.shown, scene.window, scene.z)
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    middle = picture[len(picture) // 2 - 9 : len(picture) // 2 + 9]
    for edge in (middle[:, :20], middle[:, -20:]):
        assert edge.max() > 230
        assert edge.min() < 25


def test_a_curve_tells_its_numbers_to_who_cant_see_it() -> None:
    drawn = curve_drawing((4, 10), model=(0, 100), learners=[(0, 50), (20, 100)])
    assert "4 mm: class 10 %, model 0 %; 10 mm: class 75 %, model 100 %" in drawn
    assert drawn.count("<polyline class='learner'") == 2
