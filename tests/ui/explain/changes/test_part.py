from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from med3dvlm.config import DEFAULT_MODEL
from med3dvlm.engine.engine import load_engine
from med3dvlm.engine.own_answer import own_answer
from med3dvlm.engine.understanding import own_words
from med3dvlm.explain.lab.behaviour import Behaviour
from med3dvlm.explain.lab.perturbations import ANOTHER, PERTURBATIONS, WITHOUT_ORGAN
from med3dvlm.phantoms.facts import draw_facts
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.painted import masks_of
from med3dvlm.phantoms.splits import SHOWROOM
from med3dvlm.ui.explain.changes.part import (
    AFTER,
    BEFORE,
    BLIND,
    NO_MASKS,
    PerturbationLab,
    changed_scan,
    questions_about,
    verdict,
    without,
)
from med3dvlm.ui.explain.running import HELD
from med3dvlm.ui.page.boundary import guarded
from med3dvlm.ui.page.notice import NOTHING
from med3dvlm.ui.page.session import Labelled, Scan
from med3dvlm.ui.page.stopping import OPEN
from med3dvlm.volumes.labels.label_map import labels_of_masks
from med3dvlm.volumes.reader import open_volume
from tests.ui.conftest import TINY, Parts
from tests.ui.explain.conftest import Fake

After = Callable[..., dict[Any, Any]]
STONE = "kidney stone"


@pytest.fixture
def lab(parts: Parts, working: Callable[..., Any]) -> PerturbationLab:
    return working(parts.explain.perturb)


def compared(
    lab: PerturbationLab, visitor: gr.Request, *given: Any, labelled: Labelled | None = None
) -> Any:
    return guarded(lab.compare, lab.work.refuse)(*given, labelled, visitor)


@pytest.mark.parametrize("change", [*PERTURBATIONS, ANOTHER])
def test_every_change_gives_another_scan(scan: Scan, change: str) -> None:
    changed = changed_scan(scan, change)
    assert changed.digest != scan.volume.digest or change == "thick slices"
    assert changed.unit == "HU"


def test_before_after_and_without_an_image_are_three_columns(
    lab: PerturbationLab, scan: Scan, visitor: gr.Request, after: After, cache: Path
) -> None:
    held = after(compared(lab, visitor, "blank", STONE, None, scan))
    result = held[lab.result]
    assert [title in result for title in (BEFORE, f"{AFTER}: blank", BLIND)] == [True] * 3
    assert result.count("<img") == 2
    rows = Path(str(held[lab.export].value["path"])).read_text().splitlines()
    assert rows[0] == "question,option,Before,After,Without an image"
    assert rows[1].startswith("Is there a kidney stone?,Yes,0.")
    assert rows[-1].startswith(f"place in a search for kidney stone,of {len(KINDS)},")
    asked = questions_about(STONE)
    assert result.count("explain-bars") == 3 * len(asked)
    assert f"of {len(asked)} likeliest answers" in held[lab.work.notice]
    assert f"Of {len(KINDS)} findings by likeness" in held[lab.work.notice]


def test_a_model_that_looks_is_told_from_one_that_does_not(
    lab: PerturbationLab, working: Callable[..., Any], fake: Fake, scan: Scan,
    visitor: gr.Request, after: After,
) -> None:  # fmt: skip
    own = fake().value().encode(scan.volume, scan.choice).image_tokens

    def looking(features: Any, question: str, options: Any) -> Any:
        first = 0.9 if np.array_equal(features.image_tokens, own) else 0.1
        return np.array([first, *[(1 - first) / (len(options) - 1)] * (len(options) - 1)])

    def blind(features: Any, question: str, options: Any) -> Any:
        return np.full(len(options), 1 / len(options))

    for choose, words in ((looking, "0 of 5"), (blind, "5 of 5")):
        part = working(lab, fake(choose=choose))
        held = after(compared(part, visitor, "blank", STONE, None, scan))
        assert words in held[lab.work.notice]


def test_without_search_there_are_no_ranks() -> None:
    bare = Behaviour({"q": {"Yes": 0.5, "No": 0.5}})
    assert "likeness" not in verdict(STONE, bare, bare)
    ranked = replace(bare, ranks={STONE: 3})
    assert verdict(STONE, ranked, ranked).endswith("stayed in place 3."), "it went from 3 to 3"


def test_the_place_is_asked_for_only_where_there_are_several() -> None:
    assert len(questions_about(STONE)) == 5
    assert len(questions_about("gallstone")) == 4


REAL = Path("assets/examples")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "region"), [("crlm-1004", "Abdomen"), ("lidc-0314", "Chest")])
def test_the_region_of_a_real_scan_is_the_one_that_the_answer_names(name: str, region: str) -> None:
    """With letters before the options the model took the last of every real scan, the pelvis.

    The same question under Answer, without options, names what the scan shows.
    """
    engine = load_engine(DEFAULT_MODEL)
    features = engine.encode(open_volume(REAL / f"{name}.nii.gz"))
    options = questions_about(STONE)[own_words.REGION]
    shares = engine.choose(features, own_words.REGION, options)
    assert options[int(np.argmax(shares))] == region
    assert own_answer(engine, features, own_words.REGION).text == region


def test_another_scan_is_not_the_same_phantom(scan: Scan) -> None:
    own = Scan(volume=changed_scan(scan, ANOTHER), name="", seed=SHOWROOM.start)
    assert changed_scan(own, ANOTHER).digest != own.volume.digest


def test_what_cannot_be_compared_is_said(
    lab: PerturbationLab, scan: Scan, visitor: gr.Request, after: After,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    held = after(compared(lab, visitor, "blank", STONE, None, None))
    assert "Open a scan first" in held[lab.work.notice]
    with monkeypatch.context() as patch:
        patch.setattr("med3dvlm.ui.explain.asking.LARGEST_VOXELS", 1000)
        held = after(compared(lab, visitor, "blank", STONE, None, scan))
        assert "too large" in held[lab.work.notice]
    lab.work.switches.renew(visitor, OPEN)
    held = after(compared(lab, visitor, "blank", STONE, None, scan))
    assert HELD in held[lab.work.notice]
    assert held[lab.work.held]
    assert lab.result not in held


def test_after_a_refusal_the_columns_are_said_to_be_of_the_change_before(
    lab: PerturbationLab, real_scan: Scan, visitor: gr.Request, after: After, cache: Path
) -> None:
    """A refusal stood over the columns of another change as if they were its own."""
    held = after(compared(lab, visitor, "blank", STONE, None, real_scan))
    earlier = held[lab.work.earlier]
    assert "from before: blank, asked about kidney stone." in earlier.value
    assert not earlier.visible
    held = after(compared(lab, visitor, WITHOUT_ORGAN, STONE, None, real_scan))
    assert NO_MASKS in held[lab.work.notice]
    assert lab.result not in held, "the columns stay"
    assert held[lab.work.earlier].visible
    held = after(compared(lab, visitor, "noise", STONE, None, real_scan))
    assert not held[lab.work.earlier].visible
    gone = lab.turn_to(real_scan, "blank", STONE, None, visitor)
    assert gone[lab.work.earlier].value == NOTHING


def test_a_phantoms_own_finding_is_asked_about(
    lab: PerturbationLab, real_scan: Scan, visitor: gr.Request
) -> None:
    seed = next(seed for seed in SHOWROOM if draw_facts(seed).findings)
    phantom = Scan(volume=real_scan.volume, name="", seed=seed)
    held = lab.turn_to(phantom, "blank", STONE, None, visitor)
    assert held[lab.kind] == draw_facts(seed).findings[0].kind
    assert held[lab.result] == NOTHING
    assert lab.turn_to(real_scan, "blank", STONE, None, visitor)[lab.kind] == STONE
    assert lab.turn_to(None, "blank", STONE, None, visitor)[lab.kind] == STONE


def test_an_organ_of_a_phantom_is_taken_out_by_the_painters_masks(
    lab: PerturbationLab, scan: Scan, real_scan: Scan, visitor: gr.Request, after: After
) -> None:
    offered = lab.choose(WITHOUT_ORGAN, scan)[lab.organ]
    organs = [name for name, _ in offered.choices]
    assert offered.visible
    assert offered.value in organs
    assert scan.seed is not None
    mask = masks_of(scan.seed, TINY)[organs[-1]]
    changed = without(scan, organs[-1]).voxels
    assert np.ptp(changed[mask]) == 0
    assert np.array_equal(changed[~mask], scan.volume.voxels[~mask])
    held = after(compared(lab, visitor, WITHOUT_ORGAN, STONE, organs[-1], scan))
    assert f"{organs[-1]} taken out" in held[lab.result]
    held = after(compared(lab, visitor, WITHOUT_ORGAN, STONE, "tail", scan))
    assert "This phantom shows" in held[lab.work.notice]
    held = after(compared(lab, visitor, WITHOUT_ORGAN, STONE, None, real_scan))
    assert NO_MASKS in held[lab.work.notice]
    assert not lab.choose(WITHOUT_ORGAN, real_scan)[lab.organ].visible
    assert not lab.choose("blank", scan)[lab.organ].visible


def test_a_label_of_a_real_scan_is_taken_out(
    lab: PerturbationLab, scan: Scan, real_scan: Scan, visitor: gr.Request, after: After
) -> None:
    box = np.zeros(real_scan.volume.shape, bool)
    box[2:5, 6:9, 3:7] = True
    labels = labels_of_masks({"Spleen": box}, 1.0)
    labelled = Labelled(real_scan.volume.digest, labels)
    offered = lab.choose(WITHOUT_ORGAN, real_scan, labelled)[lab.organ]
    assert [name for name, _ in offered.choices] == ["Spleen"]
    held = after(
        compared(lab, visitor, WITHOUT_ORGAN, STONE, "Spleen", real_scan, labelled=labelled)
    )
    assert "Spleen taken out" in held[lab.result]
    changed = without(real_scan, "Spleen", labelled).voxels
    assert np.ptp(changed[box]) == 0
    assert np.array_equal(changed[~box], real_scan.volume.voxels[~box])
    held = after(compared(lab, visitor, WITHOUT_ORGAN, STONE, "x", real_scan, labelled=labelled))
    assert "There are: Spleen" in held[lab.work.notice]
    other = lab.choose(WITHOUT_ORGAN, scan, labelled)[lab.organ]
    assert "Spleen" not in [name for name, _ in other.choices], "they are of another scan"
