import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.explain.lab.detectability import trials_of
from med3dvlm.explain.lab.lesions import BALLS
from med3dvlm.explain.lab.trials import read_trial
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import Trial, plant
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.explain.lesions.painting import (
    ABSENT,
    NO_NUMBER,
    OPEN_SCAN,
    PHANTOM,
    REAL,
    has_size,
    in_phantom,
    in_scan,
    sizes_of,
)
from med3dvlm.ui.explain.lesions.part import LesionLab
from med3dvlm.ui.explain.running import HELD, NOT_OPENED
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Scan
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.ui.scan.looks import middle
from med3dvlm.volumes.reader import open_volume
from tests.ui.conftest import TINY, Parts
from tests.ui.explain.conftest import Fake, saying, steps_of

After = Callable[..., dict[Any, Any]]
PERSON, NODULE, PLACE = SHOWROOM.start, "lung nodule", "left lower lobe"


@pytest.fixture
def lab(parts: Parts, working: Callable[..., Any], fake: Fake) -> LesionLab:
    likely = fake(
        choose=lambda *_: np.array([0.75, 0.25]), answer=saying("Yes, <i>there</i>."),
        map=lambda *_: (step for step in steps_of(2)),
    )  # fmt: skip
    return working(parts.explain.lesions, likely)


def painted(
    lab: LesionLab, visitor: gr.Request, *chosen: Any, scan: Scan | None = None, voxel: Any = None
) -> Any:
    """The updates of what is painted first, and then of what takes longer."""
    yield from painted_with(lab, visitor, None, *chosen, scan=scan, voxel=voxel)


def painted_with(
    lab: LesionLab, visitor: gr.Request, earlier: Any, *chosen: Any, scan: Scan | None = None,
    voxel: Any = None,
) -> Any:  # fmt: skip
    given, held = (scan, voxel, *chosen), dict[Any, Any]()
    for update in guarded(lab.paint, lab.work.refuse)(visitor, earlier, *given):
        held |= update
        yield update
    waits, earlier = held.get(lab.unexplained, False), held.get(lab.earlier)
    yield from guarded(lab.go_on, lab.work.refuse)(visitor, waits, earlier, *given)


@pytest.mark.usefixtures("small")
def test_a_phantom_is_painted_encoded_and_asked(
    lab: LesionLab, visitor: gr.Request, after: After
) -> None:
    updates = list(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 1.0, PERSON))
    first = next(update[lab.result] for update in updates if lab.result in update)
    assert "75.0 %" in first, "the probability comes before the answer"
    assert "there" not in first.split("Answer")[1].split("</p>")[0]
    held = after(updates)
    assert "Yes, &lt;i&gt;there&lt;/i&gt;." in held[lab.result]
    assert "Is there a lung nodule?" in held[lab.result]
    assert "data:image/webp" in held[lab.result]
    assert held[lab.began]


@pytest.mark.usefixtures("small")
def test_a_trial_is_exported_and_can_be_repeated_from_the_file(
    lab: LesionLab, visitor: gr.Request, after: After, cache: Path
) -> None:
    held = after(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 0.5, PERSON))
    path = Path(str(held[lab.export].value["path"]))
    assert path.is_relative_to(cache)
    again = read_trial(path.read_text())
    assert again.trial == Trial(seed=PERSON, kind=NODULE, place=PLACE, size_mm=30, contrast=0.5)
    assert again.weights == lab.work.services.value().card.digest
    assert (again.with_lesion, again.without, again.blind) == (0.75, 0.75, 0.75)
    nifti, png, cells = (Path(str(held[one].value["path"])) for one in lab.files.map)
    assert sorted(open_volume(nifti).shape) == sorted(TINY), "on the grid of what was painted"
    assert png.read_bytes().startswith(b"\x89PNG")
    assert cells.read_text().startswith("z,y,x,")
    names, numbers = Path(str(held[lab.files.numbers].value["path"])).read_text().splitlines()
    row = dict(zip(names.split(","), numbers.split(","), strict=False))
    assert (row["kind"], row["size_mm"], row["with_lesion"]) == (NODULE, "30", "0.75")
    assert "75.0 % without the lesion, 75.0 % without an image" in held[lab.result]


def repeated(
    lab: LesionLab, visitor: gr.Request, path: Path, scan: Scan | None = None
) -> dict[Any, Any]:
    """What the components hold once a file was uploaded and its trial painted."""
    held: dict[Any, Any] = guarded(lab.restore, lab.refuse_file)(str(path), scan)
    if held[lab.earlier] is None:
        assert list(lab.repeat(visitor, None)) == []
        return held
    set_to = [getattr(held.get(part), "value", held.get(part)) for part in lab.chosen]
    given = (held[lab.earlier], *set_to)
    for update in painted_with(lab, visitor, *given, scan=scan, voxel=held[lab.crosshair]):
        held |= update
    return held


@pytest.mark.usefixtures("small")
def test_a_saved_trial_is_repeated_in_the_page(
    lab: LesionLab, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    held = after(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 0.5, PERSON))
    text = Path(str(held[lab.export].value["path"])).read_text()
    file = tmp_path / "trial.json"
    file.write_text(text)
    again = repeated(lab, visitor, file)
    assert (again[lab.kind].value, again[lab.place].value) == (NODULE, PLACE)
    assert (again[lab.size].value, again[lab.contrast], again[lab.person].value) == (
        30, 0.5, PERSON,
    )  # fmt: skip
    assert "It is as it was." in again[lab.repeated]
    assert not file.exists(), "the upload is not kept"
    for change, words in (('"weights": "', "other weights"), ('"with_lesion": 0.', "before")):
        file.write_text(text.replace(change, f"{change}1"))
        assert words in repeated(lab, visitor, file)[lab.repeated]


def test_a_trial_in_a_scan_is_repeated_in_that_scan_alone(
    lab: LesionLab, real_scan: Scan, scan: Scan, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    chosen = (OPEN_SCAN, NODULE, None, 30, 1.0, None)
    held = after(painted(lab, visitor, *chosen, scan=real_scan, voxel=middle(real_scan)))
    text, file = Path(str(held[lab.export].value["path"])).read_text(), tmp_path / "trial.json"
    file.write_text(text)
    again = repeated(lab, visitor, file, real_scan)
    assert "It is as it was." in again[lab.repeated]
    assert tuple(again[lab.crosshair]) == middle(real_scan)
    assert again[lab.source] == OPEN_SCAN
    file.write_text(text)
    assert "another scan" in repeated(lab, visitor, file, scan)[lab.work.notice]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[" * 9000, b'{"scan": 1}'])
def test_a_file_that_is_no_trial_is_named(
    lab: LesionLab, visitor: gr.Request, tmp_path: Path, data: bytes
) -> None:
    file = tmp_path / "trial.json"
    file.write_bytes(data)
    held = repeated(lab, visitor, file)
    assert "not a trial" in held[lab.work.notice]
    assert lab.kind not in held
    assert lab.result not in held, "nothing is painted, so the refusal stays in sight"
    assert not file.exists()


@pytest.mark.usefixtures("small")
def test_a_late_event_of_the_slider_repeats_the_trial_as_well(
    lab: LesionLab, visitor: gr.Request, after: After, tmp_path: Path
) -> None:
    """A move that waited began after the trial was set, and its result was told as another one."""
    held = after(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 0.5, PERSON))
    file = tmp_path / "trial.json"
    file.write_text(Path(str(held[lab.export].value["path"])).read_text())
    trial = lab.restore(str(file), None)[lab.earlier]
    late = after(painted_with(lab, visitor, trial, PHANTOM, NODULE, PLACE, 30, 0.5, PERSON))
    assert "It is as it was." in late[lab.repeated]
    moved = after(painted_with(lab, visitor, trial, PHANTOM, NODULE, PLACE, 31, 0.5, PERSON))
    assert (moved[lab.repeated], moved[lab.earlier]) == (NOTHING, None), "another trial"


@pytest.mark.usefixtures("small")
def test_only_the_first_step_clears_what_was_told(lab: LesionLab, visitor: gr.Request) -> None:
    """The last steps of one lesion took away why the next one can't be painted."""
    updates = list(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 1.0, PERSON))
    steps = [update for update in updates if lab.result in update]
    assert [lab.work.notice in step for step in steps] == [True, *[False] * (len(steps) - 1)]
    assert not any(lab.work.notice in update for update in updates[updates.index(steps[1]) :])


@pytest.mark.usefixtures("small")
def test_the_slider_does_not_wait_for_the_map(lab: LesionLab, visitor: gr.Request) -> None:
    """The event of a moved slider was over when the map was, and the next move waited for it."""
    chosen = (PHANTOM, NODULE, PLACE, 30, 1.0, PERSON)
    quick = list(guarded(lab.paint, lab.work.refuse)(visitor, None, None, None, *chosen))
    shown = [update[lab.result] for update in quick if lab.result in update]
    assert len(shown) == 1
    assert "75.0 %" in shown[0]
    assert list(lab.go_on(visitor, False, None, None, None, *chosen)) == [], "only once"


@pytest.mark.usefixtures("small")
def test_the_map_and_the_place_in_a_search_come_last(lab: LesionLab, visitor: gr.Request) -> None:
    updates = list(painted(lab, visitor, PHANTOM, NODULE, PLACE, 30, 1.0, PERSON))
    results = [update[lab.result] for update in updates if lab.result in update]
    assert "The map follows." in results[0]
    assert f"of {len(KINDS)} findings by likeness" in results[-1]
    assert "It &lt;means&gt;." in results[-1]
    assert "How far to believe it" in results[-1]
    assert not any("went wrong" in str(update) for update in updates)
    assert results[-1].count("<img") == 2


@pytest.mark.usefixtures("small")
def test_of_size_nothing_the_person_is_healthy() -> None:
    trial = Trial(seed=PERSON, kind=NODULE, place=PLACE, size_mm=0)
    nothing, something = in_phantom(trial), in_phantom(replace(trial, size_mm=40))
    assert ABSENT in nothing.told
    assert nothing.center is None
    assert something.center is not None
    assert something.told.endswith("HU.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_chosen_and_painted_at_its_first_size(
    lab: LesionLab, kind: str, visitor: gr.Request
) -> None:
    held = lab.choose(PHANTOM, kind)
    known, size = KINDS[kind], held[lab.size]
    smallest, largest, first = sizes_of(known)
    assert (size.minimum, size.maximum, size.value) == (smallest, largest, first)
    assert size.visible is has_size(known)
    assert held[lab.place].visible is (len(known.places) > 1)
    trial = Trial(
        seed=PERSON, kind=kind, place=held[lab.place].value or "",
        size_mm=first if has_size(known) else known.size_mm[0],
    )  # fmt: skip
    assert plant(trial, shape=TINY).difference.any()


def test_an_altered_organ_begins_near_normal() -> None:
    assert sizes_of(KINDS["splenomegaly"])[0] > 90
    assert sizes_of(KINDS[NODULE])[0] == 0


def test_into_the_open_scan_go_only_kinds_that_can_be_set_at_a_point(lab: LesionLab) -> None:
    held = lab.turn_source(OPEN_SCAN, "ascites")
    assert [key for key, _ in held[lab.kind].choices] == list(BALLS)
    assert held[lab.kind].value in BALLS
    assert not held[lab.person].visible
    assert not held[lab.place].visible
    assert lab.turn_source(PHANTOM, "ascites")[lab.kind].value == "ascites"


def test_a_lesion_in_a_real_scan_is_labelled(
    lab: LesionLab, real_scan: Scan, visitor: gr.Request, after: After
) -> None:
    held = after(
        painted(
            lab,
            visitor,
            OPEN_SCAN,
            NODULE,
            None,
            30,
            1.0,
            None,
            scan=real_scan,
            voxel=middle(real_scan),
        )
    )
    assert REAL in held[lab.result]
    assert "Mary" not in held[lab.result], "nor is the file named"
    record = json.loads(Path(str(held[lab.export].value["path"])).read_text())
    assert record["scan"] == real_scan.volume.digest
    assert "Mary" not in str(record)


def test_the_lesion_is_painted_where_it_says_and_the_scan_stays(real_scan: Scan) -> None:
    before = real_scan.volume.voxels.copy()
    shown = in_scan(real_scan, middle(real_scan), NODULE, size_mm=60, contrast=1.0)
    changed = np.argwhere(shown.volume.voxels != before)
    assert np.abs(changed - middle(real_scan)).max() * min(shown.volume.spacing_mm) < 60
    assert len(changed)
    assert np.array_equal(real_scan.volume.voxels, before)
    nothing = in_scan(real_scan, middle(real_scan), NODULE, size_mm=0, contrast=1.0)
    assert nothing.volume is real_scan.volume
    assert nothing.told == ABSENT


def elsewhere(scan: Scan) -> str:
    """A kind that can be set at a point, but not in the region of a phantom."""
    assert scan.seed is not None
    region = draw_facts(scan.seed).acquisition.region
    return next(kind for kind in BALLS if region not in KINDS[kind].regions)


def test_what_cannot_be_painted_is_said_with_the_remedy(
    lab: LesionLab, scan: Scan, real_scan: Scan, visitor: gr.Request, after: After
) -> None:
    def told(*chosen: Any, **where: Any) -> str:
        held = after(painted(lab, visitor, *chosen, **where))
        assert lab.result not in held, "what is shown stays"
        return str(held[lab.work.notice])

    nodule = (OPEN_SCAN, NODULE, None, 30, 1.0, None)
    assert "Open a scan first" in told(*nodule)
    assert "choose one in the body" in told(*nodule, scan=real_scan, voxel=(0.0, 0.0, 0.0))
    assert "choose one in the body" in told(*nodule, scan=real_scan, voxel=(99.0, 0.0, 0.0))
    wrong = (OPEN_SCAN, elsewhere(scan), None, 30, 1.0, None)
    assert "Choose one of" in told(*wrong, scan=scan, voxel=middle(scan))
    spread = (OPEN_SCAN, "ascites", None, 30, 1.0, None)
    assert "choose one of" in told(*spread, scan=real_scan, voxel=middle(real_scan))
    assert "not negative" in told(PHANTOM, NODULE, PLACE, 30, 1.0, -3)
    assert NO_NUMBER in told(PHANTOM, NODULE, PLACE, None, 1.0, PERSON)
    lab.work.switches.renew(visitor, OPEN)
    assert HELD in told(*nodule, scan=real_scan, voxel=middle(real_scan))
    assert lab.work.give_up(True)[lab.work.notice] != lab.work.give_up(False)
    assert NOT_OPENED in lab.work.give_up(True)[lab.work.notice]


def test_a_scan_too_large_to_copy_is_refused(
    lab: LesionLab, real_scan: Scan, visitor: gr.Request, after: After,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("med3dvlm.ui.explain.asking.LARGEST_VOXELS", 1000)
    chosen = (OPEN_SCAN, NODULE, None, 30, 1.0, None)
    held = after(painted(lab, visitor, *chosen, scan=real_scan, voxel=middle(real_scan)))
    assert "too large" in held[lab.work.notice]


@pytest.mark.usefixtures("small")
def test_the_lab_begins_when_it_is_looked_at_and_follows_the_crosshair(
    lab: LesionLab, real_scan: Scan, visitor: gr.Request, after: After,
    clicked: Callable[..., Any],
) -> None:  # fmt: skip
    chosen = (PHANTOM, NODULE, PLACE, 30, 1.0, PERSON)
    assert after(lab.look_in(visitor, False, None, None, None, *chosen))[lab.began]
    assert list(lab.look_in(visitor, True, None, None, None, *chosen)) == []
    assert list(lab.follow(visitor, None, real_scan, middle(real_scan), *chosen)) == [], (
        "no phantom moves with it"
    )
    assert lab.go(clicked([8, 16, 4])) == {lab.crosshair: (8.0, 16.0, 4.0)}
    own = (OPEN_SCAN, *chosen[1:])
    assert REAL in after(lab.follow(visitor, None, real_scan, middle(real_scan), *own))[lab.result]
    assert REAL in after(lab.follow(visitor, None, real_scan, None, *own))[lab.result], "the middle"


def test_another_scan_removes_what_was_painted_in_the_one_before(
    lab: LesionLab, visitor: gr.Request
) -> None:
    assert lab.turn_to(PHANTOM, visitor) == {lab.crosshair: None}
    held = lab.turn_to(OPEN_SCAN, visitor)
    assert held[lab.result] == NOTHING
    assert not held[lab.export].visible


def test_another_person_is_the_next_one(lab: LesionLab) -> None:
    assert (lab.next_person(7), lab.next_person(None)) == (8, 1)


def test_the_trials_of_the_curve_are_those_of_the_lab() -> None:
    """A point of the curve can be painted in the lab."""
    trial = list(trials_of(NODULE, seeds=[PERSON], steps=3))[-1]
    assert sizes_of(KINDS[NODULE])[1] == trial.size_mm
