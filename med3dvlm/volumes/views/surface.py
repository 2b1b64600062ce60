"""Triangles where the values of a scan cross a level: bone, skin, air inside the body.

surface = surface_of(volume, BONE_SURFACE)
surface.vertices, surface.faces      # LPS millimetres (n, 3); corners of triangles (m, 3)

The scan is downsampled first and the number of triangles is limited, so that any scan takes about
a second and little memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.views.blocks import Triple, block_centre, block_means
from med3dvlm.volumes.volume import Volume

LONGEST_AXIS = 192
MOST_FACES = 100_000
GROWTH = 1.25  # of a cell's edge from one attempt to the next
SMOOTH_CELLS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceKind:
    """Which surface to look for.

    Attributes:
        name: for the user.
        level: in the unit of the scan.
        colour: as CSS has it.
        least_ml: smaller pieces are left out, in millilitres.
        air: regions below the level that the body encloses, instead of regions above it.
        hull: only the largest piece, with its cavities filled.
    """

    name: str
    level: float
    colour: str = "#d8c3a5"
    least_ml: float = 0.0
    air: bool = False
    hull: bool = False

    def at(self, level: float) -> "SurfaceKind":
        """The same at another level."""
        return replace(self, level=level)


SKIN_SURFACE = SurfaceKind(name="Skin", level=-300, colour="#e0b69b", hull=True)
BONE_SURFACE = SurfaceKind(name="Bone and contrast", level=220, colour="#efe3c8", least_ml=0.3)
METAL_SURFACE = SurfaceKind(name="Dense bone and metal", level=700, colour="#c9d3dd", least_ml=0.1)
AIR_SURFACE = SurfaceKind(
    name="Air in the body", level=-500, colour="#9fb8d8", least_ml=1.0, air=True
)
CT_SURFACES = (BONE_SURFACE, SKIN_SURFACE, AIR_SURFACE, METAL_SURFACE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """A mesh in LPS millimetres.

    Attributes:
        vertices: (n, 3) float32, `(left, back, head)`.
        faces: (m, 3) int32, indices of vertices.
        cell_mm: edge of the cells it was found in, along z, y, x.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    cell_mm: tuple[float, float, float]


def surface_of(volume: Volume, kind: SurfaceKind, *, most_faces: int = MOST_FACES) -> Surface:
    """Find a surface; empty if no value crosses the level.

    Args:
        volume: the scan.
        kind: which surface.
        most_faces: the scan is downsampled until there are no more triangles than this.

    Raises:
        ConfigError: `most_faces` is too small for any surface.
    """
    cell = max(max(volume.extent_mm) / LONGEST_AXIS, min(volume.spacing_mm))
    for factor in _coarser(volume, cell):
        surface = _surface(volume, kind, factor)
        if len(surface.faces) <= most_faces:
            return surface
    raise ConfigError(f"no surface of this scan has fewer than {most_faces} triangles")


def _coarser(volume: Volume, cell_mm: float) -> Iterator[Triple]:
    """Factors for ever larger cells, until each axis has only one or two."""
    factor = None
    while factor is None or max(n // f for n, f in zip(volume.shape, factor, strict=True)) > 2:
        found = _factor(volume, cell_mm)
        if found != factor:
            yield found
        factor, cell_mm = found, cell_mm * GROWTH


def _factor(volume: Volume, cell_mm: float) -> Triple:
    """Voxels per cell, as close to cubes of this edge as the scan allows."""
    z, y, x = (
        min(max(1, round(cell_mm / mm)), max(1, count // 2))
        for mm, count in zip(volume.spacing_mm, volume.shape, strict=True)
    )
    return z, y, x


def _surface(volume: Volume, kind: SurfaceKind, factor: Triple) -> Surface:
    from skimage.measure import marching_cubes  # imports scipy, which is slow to load

    cells = block_means(volume.voxels, factor)
    cell_mm = tuple(f * s for f, s in zip(factor, volume.spacing_mm, strict=True))
    inside = _inside(np.nan_to_num(cells), kind, cell_ml=float(np.prod(cell_mm)) / 1000)
    if min(inside.shape) < 2 or not (inside > 0).any() or not (inside < 0).any():
        vertices, faces = np.empty((0, 3)), np.empty((0, 3), np.int32)
    else:
        vertices, faces, _, _ = marching_cubes(inside, 0.0)
    index = vertices * factor + block_centre(factor)
    places = np.column_stack([index[:, ::-1], np.ones(len(index))]) @ volume.affine[:3].T
    return Surface(
        vertices=places.astype(np.float32), faces=faces.astype(np.int32),
        cell_mm=(cell_mm[0], cell_mm[1], cell_mm[2]),
    )  # fmt: skip


def _inside(
    cells: NDArray[np.float32], kind: SurfaceKind, *, cell_ml: float
) -> NDArray[np.float32]:
    """Positive inside the wanted pieces, negative outside, in the unit of the scan."""
    from skimage.filters import gaussian
    from skimage.measure import label

    smooth = gaussian(cells, SMOOTH_CELLS, preserve_range=True)
    inside: NDArray[np.float32] = (kind.level - smooth) if kind.air else (smooth - kind.level)
    far = np.float32(max(float(np.abs(inside).max()), 1.0))
    pieces = label(inside > 0, connectivity=1)
    counts = np.bincount(pieces.ravel())
    counts[0] = 0  # outside
    if kind.air:
        counts[_at_the_sides(pieces)] = 0
    kept = (counts == counts.max()) if kind.hull else (counts * cell_ml >= kind.least_ml)
    kept[0] = False
    wanted = kept[pieces]
    inside = np.where((inside > 0) & ~wanted, -far, inside)
    if kind.hull:
        holes = label(~wanted, connectivity=1)
        open_air = np.isin(holes, _at_the_sides(holes))
        inside = np.where(wanted | open_air, inside, far)
    return inside.astype(np.float32)


def _at_the_sides(pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pieces that reach the left, right, front or back of the scan: the air around the body."""
    sides = (pieces[:, 0], pieces[:, -1], pieces[:, :, 0], pieces[:, :, -1])
    found = np.unique(np.concatenate([side.ravel() for side in sides]))
    return found[found > 0]
