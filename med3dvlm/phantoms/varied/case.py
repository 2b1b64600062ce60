"""Painting a varied case: the body, what is in and around it, and the image made of it.

painted = paint(subject, facts.findings, rng, shape=(64, 128, 128))
painted.volume, painted.extents
"""

from dataclasses import dataclass, replace

import numpy as np

from med3dvlm.phantoms.canvas import Box, Canvas, Field
from med3dvlm.phantoms.findings import KINDS, SPREADING, Finding
from med3dvlm.phantoms.varied.body import fill, outline
from med3dvlm.phantoms.varied.extras import draw_extras, draw_streaks
from med3dvlm.phantoms.varied.limbs import Pose, draw_arms
from med3dvlm.phantoms.varied.others import DRAWN, draw_other
from med3dvlm.phantoms.varied.resonance import as_resonance
from med3dvlm.phantoms.varied.scanner import (
    Scanner,
    cut_circle,
    draw_scanner,
    record,
    sampling,
)
from med3dvlm.phantoms.varied.scene import VariedScene
from med3dvlm.phantoms.varied.subject import Subject
from med3dvlm.phantoms.varied.surroundings import draw_surroundings
from med3dvlm.phantoms.varied.tissues import enhanced
from med3dvlm.phantoms.varied.warp import bend, draw_warp, moved_box
from med3dvlm.volumes.volume import Volume, canonical_affine

Shape = tuple[int, int, int]
Boxes = tuple[tuple[Box, ...], ...]
# Voxels painted beyond each edge, for the warp to look up.
MARGIN: Shape = (2, 3, 3)


@dataclass(frozen=True, kw_only=True)
class Painted:
    """The image of a subject, and the voxel boxes of each finding in order."""

    volume: Volume
    extents: Boxes


def paint(
    subject: Subject, findings: tuple[Finding, ...], rng: np.random.Generator, *, shape: Shape
) -> Painted:
    """Paint a subject and scan it; `shape` says how many voxels there are, about."""
    # Streams of their own: the same person is scanned with and without a finding.
    body_rng, finding_rng, scan_rng = rng.spawn(3)
    person, scanner = subject.person, draw_scanner(scan_rng, gantry=subject.name != "trunk")
    plane = subject.acquisition.plane
    counts, spacing, first = sampling(
        subject.view, plane, subject.thickness_mm, build=person.build, shape=shape
    )
    scene = _scene(subject, _canvas(counts, spacing, first, person.build), body_rng)
    boxes = _paint_scene(scene, subject, findings, finding_rng)
    canvas, extents = _scan(scene, scanner, boxes, scan_rng)
    if subject.name not in DRAWN and subject.name != "magnetic resonance":
        draw_surroundings(canvas, scan_rng)
    if subject.name == "magnetic resonance":
        canvas.hu = as_resonance(canvas.hu, scan_rng)
    else:
        record(canvas, scanner, plane, scan_rng)
        if scanner.circle:
            cut_circle(canvas, scanner)
    resonance = subject.name == "magnetic resonance"
    volume = Volume(
        voxels=canvas.hu.astype(np.int16),
        affine=canonical_affine(spacing, (first[2], first[1], first[0])),
        unit="arbitrary" if resonance else "HU",
        modality="MR" if resonance else "CT",
        notes=("A procedural phantom, not a patient.",),
    )
    return Painted(volume=volume, extents=extents)


def _canvas(
    counts: Shape,
    spacing: tuple[float, float, float],
    first: tuple[float, float, float],
    build: tuple[float, float, float],
) -> Canvas:
    """The scanned box in the body's own mm, with its margin."""
    z, y, x = (s / b for s, b in zip(spacing, build, strict=True))
    nz, ny, nx = (n + 2 * m for n, m in zip(counts, MARGIN, strict=True))
    a, b, c = (f - m * s for f, m, s in zip(first, MARGIN, (z, y, x), strict=True))
    return Canvas((nz, ny, nx), (z, y, x), (a, b, c))


def _scene(subject: Subject, canvas: Canvas, rng: np.random.Generator) -> VariedScene:
    person = subject.person
    acquisition = enhanced(rng, subject.acquisition, age=person.age)
    return VariedScene(
        canvas=canvas,
        anatomy=person,
        acquisition=acquisition,
        inside=np.zeros((0, 0, 0), np.float32),
        rng=rng,
    )


def _paint_scene(
    scene: VariedScene,
    subject: Subject,
    findings: tuple[Finding, ...],
    rng: np.random.Generator,
) -> list[list[Box]]:
    """Whatever the subject is, then its findings; returns their boxes as they were painted."""
    if subject.name in DRAWN:
        draw_other(subject.name, scene.canvas, scene.acquisition, scene.rng)
        return []
    if subject.name == "arm":
        draw_arms(scene.canvas, scene.anatomy, scene.acquisition, Pose("down"))
        return []
    # Sizes are real mm, the body's frame may be larger or smaller.
    scale = float(np.prod(scene.anatomy.build)) ** (1 / 3)
    framed = [replace(f, size_mm=round(f.size_mm / scale)) for f in findings]
    for finding in framed:
        prepare = KINDS[finding.kind].prepare
        if prepare is not None:
            prepare(scene.anatomy, finding)
    scene.inside = outline(scene.canvas, scene.anatomy, scene.acquisition, scene.rng)
    fill(scene)
    metal = draw_extras(scene)
    scene.rng = rng
    boxes: list[list[Box]] = [[] for _ in framed]
    for i in sorted(range(len(framed)), key=lambda i: framed[i].kind not in SPREADING):
        drawn = KINDS[framed[i].kind].draw(scene, framed[i])
        boxes[i] = [box for box in drawn if not box.empty]
    draw_streaks(scene, metal)
    return boxes


def _scan(
    scene: VariedScene, scanner: Scanner, boxes: list[list[Box]], rng: np.random.Generator
) -> tuple[Canvas, Boxes]:
    """The body as it lies in the scanner: bent, tilted, without the margin."""
    painted = scene.canvas
    axes: tuple[Field, Field, Field] = (painted.z, painted.y, painted.x)
    z, y, x = ((float(axis[0]) + float(axis[-1])) / 2 for axis in axes)
    warp = draw_warp(rng, center=(z, y, x), tilt=scanner.tilt, strength_mm=scanner.warp_mm)
    counts = tuple(n - 2 * m for n, m in zip(painted.shape, MARGIN, strict=True))
    first = tuple(float(axis[m]) for axis, m in zip(axes, MARGIN, strict=True))
    canvas = Canvas(counts, painted.spacing_mm, first)  # type: ignore[arg-type]
    canvas.hu = bend(warp, painted.hu, axes, MARGIN)
    moved = (tuple(moved_box(warp, box, axes, MARGIN) for box in found) for found in boxes)
    return canvas, tuple(tuple(box for box in found if not box.empty) for found in moved)
