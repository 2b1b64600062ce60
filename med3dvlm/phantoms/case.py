"""A phantom: a CT volume with its complete ground truth.

case = make_case(1234)
case.volume          # a canonical Volume in HU
case.facts.findings  # what is in it, where, how large
case.report          # one wording of a radiology report
make_case(1234, variety="varied")     # as different from the next as two real scans
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from med3dvlm.phantoms import abdomen, chest, pelvis, torso
from med3dvlm.phantoms.acquisition import COVERAGE_MM
from med3dvlm.phantoms.anatomy import Anatomy
from med3dvlm.phantoms.canvas import BRIGHTEST_HU, DARKEST_HU, Box, Canvas, Field
from med3dvlm.phantoms.facts import (
    PAINT_STREAM,
    VARIED_PAINT_STREAM,
    Facts,
    Variety,
    draw_person,
    draw_varied,
    is_varied,
)
from med3dvlm.phantoms.findings import KINDS, SPREADING, Finding, Scene
from med3dvlm.phantoms.texture import crop, noise_bank
from med3dvlm.phantoms.true_report import true_report
from med3dvlm.phantoms.varied.case import paint
from med3dvlm.volumes.volume import Volume, canonical_affine

Shape = tuple[int, int, int]
Mask = NDArray[np.bool_]
CHANGED_HU = 8.0  # less is the faint rim of an edge
DEFAULT_SHAPE: Shape = (64, 128, 128)
NOISE_HU = (5.0, 15.0)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A phantom's volume and truth.

    Attributes:
        facts: what is true of it.
        volume: its picture.
        extents: the voxel boxes of each finding, in order.
        masks: the voxels that painting each finding changed, where they were asked for; of a
            finding that alters an organ, which is painted only once, its boxes.
    """

    facts: Facts
    volume: Volume
    extents: tuple[tuple[Box, ...], ...]
    masks: tuple[Mask, ...] = ()

    @property
    def seed(self) -> int:
        """The seed it was made from."""
        return self.facts.seed

    @cached_property
    def report(self) -> str:
        """The report in the wording of this seed."""
        return true_report(self.facts).text


def make_case(
    seed: int,
    *,
    shape: Shape = DEFAULT_SHAPE,
    count: int | None = None,
    variety: Variety = "tidy",
    masked: bool = False,
) -> Case:
    """Draw and paint the phantom of a seed.

    Args:
        seed: any non-negative integer; see `splits` for what is used where.
        shape: slices, rows and columns of the scan; more voxels give a finer picture of the same.
            A varied case has about as many voxels, spread as its plane and field of view want it.
        count: number of findings, where the seed should not decide.
        variety: `tidy`, `varied` (as various as real scans), or `mixed`, half of each.
        masked: keep which voxels each finding changed; of tidy phantoms alone.
    """
    if is_varied(seed, variety):
        return _varied_case(seed, shape, count)
    return _tidy_case(seed, shape, count, [] if masked else None)


def _varied_case(seed: int, shape: Shape, count: int | None) -> Case:
    facts, subject = draw_varied(seed, count=count)
    rng = np.random.default_rng([seed, VARIED_PAINT_STREAM])
    painted = paint(subject, facts.findings, rng, shape=shape)
    return Case(facts=facts, volume=painted.volume, extents=painted.extents)


def _tidy_case(seed: int, shape: Shape, count: int | None, masks: list[Mask] | None) -> Case:
    facts, anatomy = draw_person(seed, count=count)
    scene = lay_down(facts, anatomy, shape, np.random.default_rng([seed, PAINT_STREAM]))
    paint_anatomy(scene)
    extents = paint_findings(scene, facts.findings, masks)
    torso.draw_table(scene.canvas, anatomy)
    scan(scene)
    volume = scanned_volume(scene.canvas, f"phantom {seed}")
    return Case(facts=facts, volume=volume, extents=extents, masks=tuple(masks or ()))


def lay_down(facts: Facts, anatomy: Anatomy, shape: Shape, rng: np.random.Generator) -> Scene:
    """An empty scan around a person's trunk, whose organs the findings have altered."""
    low, high = COVERAGE_MM[facts.acquisition.region]
    start = low + float(rng.uniform(-8, 8))
    counts, spacing, first = facts.acquisition.sampling(
        shape, start, (high - low) * float(rng.uniform(0.97, 1.05))
    )
    for finding in facts.findings:
        prepare = KINDS[finding.kind].prepare
        if prepare is not None:
            prepare(anatomy, finding)
    canvas = Canvas(counts, spacing, first)
    inside = torso.draw_trunk(canvas, anatomy, facts.acquisition)
    return Scene(
        canvas=canvas, anatomy=anatomy, acquisition=facts.acquisition, inside=inside, rng=rng
    )


def scanned_volume(canvas: Canvas, source: str) -> Volume:
    """What was painted and scanned, as a volume."""
    z, y, x = canvas.first_mm
    return Volume(
        voxels=canvas.hu.astype(np.int16),
        affine=canonical_affine(canvas.spacing_mm, (x, y, z)),
        unit="HU",
        modality="CT",
        notes=("A procedural phantom, not a patient.",),
        details={"Source": source},
    )


def paint_anatomy(scene: Scene) -> None:
    """Draw the normal anatomy; later structures cover earlier ones."""
    canvas, anatomy, acquisition, rng = scene.canvas, scene.anatomy, scene.acquisition, scene.rng
    abdomen.draw_bowel(canvas, anatomy, acquisition, scene.inside, rng)
    abdomen.draw_upper_organs(canvas, anatomy, acquisition, scene.inside, rng)
    chest.draw_lungs(canvas, scene.lungs, rng)
    pelvis.draw_pelvis(canvas, anatomy, acquisition)
    torso.draw_spine(canvas, anatomy, acquisition)
    chest.draw_mediastinum(canvas, anatomy, acquisition, rng)
    abdomen.draw_retroperitoneum(canvas, anatomy, acquisition)
    torso.draw_shoulders(canvas, anatomy, acquisition)


def paint_findings(
    scene: Scene, findings: tuple[Finding, ...], masks: list[Mask] | None = None
) -> tuple[tuple[Box, ...], ...]:
    """Paint spreading findings first; returns the boxes, and fills `masks`, in their order."""
    boxes: dict[int, tuple[Box, ...]] = {}
    changed: dict[int, Mask] = {}
    order = sorted(range(len(findings)), key=lambda i: findings[i].kind not in SPREADING)
    for i in order:
        before = None if masks is None else scene.canvas.hu.copy()
        drawn = KINDS[findings[i].kind].draw(scene, findings[i])
        boxes[i] = tuple(box for box in drawn if not box.empty)
        if before is not None:
            changed[i] = _mask(scene.canvas.hu, before, boxes[i])
    if masks is not None:
        masks.extend(changed[i] for i in range(len(findings)))
    return tuple(boxes[i] for i in range(len(findings)))


def _mask(hu: Field, before: Field, boxes: tuple[Box, ...]) -> Mask:
    mask: Mask = np.abs(hu - before) > CHANGED_HU
    if not mask.any():
        for box in boxes:
            mask[box] = True
    return mask


def scan(scene: Scene) -> None:
    """Simulate thick slices along the slice axis, then noise that decreases with voxel size."""
    canvas = scene.canvas
    _thicken(canvas.hu, scene.acquisition.slice_axis)
    typical_mm = 3.4
    level = float(scene.rng.uniform(*NOISE_HU)) * (typical_mm / canvas.voxel_mm) ** 0.75
    canvas.hu += np.float32(level) * crop(noise_bank(), canvas.shape, scene.rng)
    np.clip(canvas.hu, DARKEST_HU, BRIGHTEST_HU, out=canvas.hu)
    np.rint(canvas.hu, out=canvas.hu)


def _thicken(hu: Field, axis: int) -> None:
    """Average each slice with its neighbours, 1-2-1, in place."""
    slices = np.moveaxis(hu, axis, 0)
    pairs = slices[:-1] + slices[1:]
    np.add(pairs[:-1], pairs[1:], out=slices[1:-1])
    slices[1:-1] *= 0.25
