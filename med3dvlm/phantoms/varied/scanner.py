"""How a scanner and its console make an image of what lies in it: sampling, kernel, noise, errors.

scanner = draw_scanner(rng, gantry=False)
record(canvas, scanner, "axial", rng)   # in place: blur or sharpen, noise, wrong rescaling
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from med3dvlm.errors import ConfigError
from med3dvlm.phantoms.acquisition import PLANES, Plane
from med3dvlm.phantoms.canvas import BRIGHTEST_HU, DARKEST_HU, Canvas, Field
from med3dvlm.phantoms.texture import crop, noise_bank, smooth_noise_bank
from med3dvlm.phantoms.varied.field import View

Triple = tuple[int, int, int]
Mm = tuple[float, float, float]
Kernel = Literal["smooth", "standard", "sharp"]
KERNELS: dict[Kernel, float] = {"smooth": 0.3, "standard": 0.45, "sharp": 0.25}
NOISE_HU = (1.5, 14.0)
TYPICAL_MM = 3.4
# Shares of the slices, rows and columns asked for that a scan may have.
FEWEST, MOST = 8, 1.6
PADDINGS = (-1024, -2000, -3024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """Settings and faults of one scan.

    Attributes:
        kernel: of the reconstruction.
        noise_hu: at a voxel of usual size, in a slim part of the body.
        starved: how much more noise there is where shoulders or hips take the light, 0 to 1.
        slope: of the stored values, 1 when right; `offset_hu` likewise, 0 when right.
        circle: whether what lies outside the round field of view was not reconstructed.
        padding_hu: what stands there instead.
        tilt: how the patient is turned about the axes, as shear: nod, lean, roll.
        warp_mm: how far the body's shape leaves that of the book.
    """

    kernel: Kernel
    noise_hu: float
    starved: float
    slope: float
    offset_hu: float
    circle: bool
    padding_hu: int
    tilt: tuple[float, float, float]
    warp_mm: float


def draw_scanner(rng: np.random.Generator, *, gantry: bool) -> Scanner:
    """One in eight stores values that are a little wrong; a third is cut to a circle.

    Args:
        rng: what it is drawn from.
        gantry: whether the gantry may be tilted, as it is for heads.
    """
    low, high = NOISE_HU
    wrong = rng.random() < 0.12
    leaning = float(rng.uniform(-0.4, 0.4)) if gantry and rng.random() < 0.25 else 0.0
    nod, lean, roll = (float(a) for a in rng.normal(0, (0.035, 0.025, 0.05)))
    return Scanner(
        kernel=tuple(KERNELS)[int(rng.choice(len(KERNELS), p=list(KERNELS.values())))],
        noise_hu=low * (high / low) ** float(rng.random()),
        starved=float(rng.uniform(0, 1)) ** 2,
        slope=float(rng.uniform(0.95, 1.06)) if wrong else 1.0,
        offset_hu=float(rng.uniform(-24, 24)) if wrong else 0.0,
        circle=bool(rng.random() < 0.35),
        padding_hu=PADDINGS[int(rng.integers(len(PADDINGS)))],
        tilt=(nod + leaning, lean, roll),
        warp_mm=float(rng.uniform(2, 10)),
    )


def sampling(
    view: View, plane: Plane, thickness_mm: float, *, build: Mm, shape: Triple
) -> tuple[Triple, Mm, Mm]:
    """Voxels, spacing in real mm and first centre in the body's mm, each along z, y, x.

    About as many voxels as in (slices, rows, columns) of `shape`, spread as the plane wants it.
    """
    if min(shape) < FEWEST:
        raise ConfigError(f"a phantom needs at least 8 voxels along each axis, got {shape}")
    lengths = np.array(view.lengths) * build
    budget = float(np.prod(shape))
    if plane == "none":
        counts = lengths / np.cbrt(lengths.prod() / budget)
    else:
        axis = PLANES.index(plane)
        counts = np.empty(3)
        most = MOST * shape[0]
        counts[axis] = np.clip(lengths[axis] / thickness_mm, FEWEST, most)
        across = [a for a in range(3) if a != axis]
        area = lengths[across].prod()
        counts[across] = lengths[across] * np.sqrt(budget / counts[axis] / area)
    largest = 1.5 * max(shape)
    whole = np.clip(np.rint(counts), FEWEST, largest).astype(int)
    step = np.array(view.lengths) / whole
    spacing = step * build
    first = np.array([view.z[0], view.y[0], view.x[0]]) + step / 2
    z, y, x = (int(n) for n in whole)
    return (
        (z, y, x),
        (float(spacing[0]), float(spacing[1]), float(spacing[2])),
        (float(first[0]), float(first[1]), float(first[2])),
    )


def record(canvas: Canvas, scanner: Scanner, plane: Plane, rng: np.random.Generator) -> None:
    """Slice thickness, kernel, noise and wrong values, in place."""
    hu = canvas.hu
    if plane != "none":
        _average(hu, PLANES.index(plane), 0.12)
    across = [a for a in range(3) if plane == "none" or a != PLANES.index(plane)]
    if scanner.kernel != "standard":
        _filter(hu, across, sharp=scanner.kernel == "sharp")
    bank = smooth_noise_bank() if scanner.kernel == "smooth" else noise_bank()
    level = scanner.noise_hu * min((TYPICAL_MM / canvas.voxel_mm) ** 0.75, 2.0)
    level *= {"smooth": 0.7, "standard": 1.0, "sharp": 1.5}[scanner.kernel]
    noise = crop(bank, canvas.shape, rng)
    hu += noise * (np.float32(level) * _starvation(canvas, scanner.starved))
    if (scanner.slope, scanner.offset_hu) != (1.0, 0.0):
        hu *= np.float32(scanner.slope)
        hu += np.float32(scanner.offset_hu)
    np.clip(hu, DARKEST_HU, BRIGHTEST_HU, out=hu)
    np.rint(hu, out=hu)


def _starvation(canvas: Canvas, starved: float) -> Field:
    """Noise by slice: higher where there is more to shine through."""
    dense = (canvas.hu[:, ::4, ::4] > -300).mean(axis=(1, 2))
    share = dense / max(float(dense.max()), 0.05)
    level: Field = (1 + starved * (2.0 * share**2 - 0.6)).astype(np.float32)
    return level[:, None, None]


def cut_circle(canvas: Canvas, scanner: Scanner) -> None:
    """Padding outside the round field of view, in every axial slice."""
    y, x = (axis - (axis[0] + axis[-1]) / 2 for axis in (canvas.y, canvas.x))
    half = max(float(y[-1]), float(x[-1]))
    outside = np.hypot(y[:, None], x[None, :]) > half * 1.01
    canvas.hu[:, outside] = scanner.padding_hu


def _average(hu: Field, axis: int, share: float) -> None:
    """Give each slice this share of both its neighbours, in place."""
    slices = np.moveaxis(hu, axis, 0)
    beside = slices[:-2] + slices[2:]
    slices[1:-1] *= np.float32(1 - 2 * share)
    beside *= np.float32(share)
    slices[1:-1] += beside


def _filter(hu: Field, axes: list[int], *, sharp: bool) -> None:
    """Blur by half a voxel, or add what such a blur takes away."""
    blurred = hu.copy() if sharp else hu
    for axis in axes:
        _average(blurred, axis, 0.2)
    if sharp:
        blurred -= hu
        blurred *= np.float32(-0.7)
        hu += blurred
