"""Surfaces of shapes whose size, place and number are known."""

import numpy as np
import pytest

from med3dvlm.errors import ConfigError
from med3dvlm.volumes.views.surface import (
    AIR_SURFACE,
    BONE_SURFACE,
    CT_SURFACES,
    SKIN_SURFACE,
    Surface,
    surface_of,
)
from med3dvlm.volumes.volume import Volume, canonical_affine

SHAPE = (40, 60, 60)
SPACING = (3.0, 2.0, 2.0)
ORIGIN = (-50.0, -40.0, 10.0)
MIDDLE = np.array([ORIGIN[0] + 2 * 29.5, ORIGIN[1] + 2 * 29.5, ORIGIN[2] + 3 * 19.5])


def distance_from_middle() -> np.ndarray:
    z, y, x = np.mgrid[:40, :60, :60]
    return np.sqrt(((x - 29.5) * 2) ** 2 + ((y - 29.5) * 2) ** 2 + ((z - 19.5) * 3) ** 2)


def scan(voxels: np.ndarray) -> Volume:
    affine = canonical_affine(SPACING, ORIGIN)
    return Volume(voxels=voxels.astype(np.int16), affine=affine, unit="HU")


def shells() -> Volume:
    """A body of 45 mm with a hollow of 15 mm, and a ball of bone of 6 mm in a corner, outside."""
    r = distance_from_middle()
    voxels = np.where(r < 45, 40, -1000)
    voxels[r < 15] = -900
    z, y, x = np.mgrid[:40, :60, :60]
    voxels[((x - 4) * 2) ** 2 + ((y - 4) * 2) ** 2 + ((z - 4) * 3) ** 2 < 36] = 900
    return scan(voxels)


def radii(surface: Surface) -> np.ndarray:
    return np.linalg.norm(surface.vertices - MIDDLE, axis=1)


def test_a_ball_has_its_radius_and_its_place() -> None:
    ball = scan(1000 - 20 * distance_from_middle())  # 400 HU at 30 mm
    surface = surface_of(ball, BONE_SURFACE.at(400))
    np.testing.assert_allclose(radii(surface), 30, atol=1)
    np.testing.assert_allclose(surface.vertices.mean(axis=0), MIDDLE, atol=0.5)
    assert surface.faces.max() < len(surface.vertices)


def test_skin_is_the_body_alone_without_its_hollows() -> None:
    found = radii(surface_of(shells(), SKIN_SURFACE))
    assert found.min() > 40
    assert found.max() < 50


def test_air_in_the_body_is_not_the_air_around_it() -> None:
    found = radii(surface_of(shells(), AIR_SURFACE))
    assert found.min() > 10
    assert found.max() < 20


def test_small_pieces_are_left_out() -> None:
    bone = surface_of(shells(), BONE_SURFACE)
    assert radii(bone).min() > 60
    few = BONE_SURFACE.__class__(name="Bone", level=200, least_ml=5.0)
    assert len(surface_of(shells(), few).faces) == 0


def test_no_more_triangles_than_allowed() -> None:
    """Noise has a surface in every cell."""
    noise = scan(np.random.default_rng(0).integers(-1000, 1000, SHAPE))
    kind = BONE_SURFACE.__class__(name="All", level=0)
    fine, coarse = surface_of(noise, kind), surface_of(noise, kind, most_faces=3000)
    assert len(fine.faces) > 20_000
    assert 0 < len(coarse.faces) <= 3000
    assert coarse.cell_mm[0] > fine.cell_mm[0]
    with pytest.raises(ConfigError, match="triangles"):
        surface_of(noise, kind, most_faces=0)


@pytest.mark.parametrize("kind", CT_SURFACES)
@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 3, 3), (64, 1, 1)])
def test_flat_and_even_scans_have_none(kind, shape) -> None:
    flat = Volume(
        voxels=np.zeros(shape, np.int16), affine=canonical_affine((1.0, 1.0, 1.0)), unit="HU"
    )
    assert surface_of(flat, kind).faces.shape == (0, 3)


def test_floats_without_a_number_have_a_surface() -> None:
    voxels = (100 - distance_from_middle()).astype(np.float32)
    voxels[0, 0, 0] = np.nan
    volume = Volume(voxels=voxels, affine=canonical_affine(SPACING, ORIGIN), unit="arbitrary")
    np.testing.assert_allclose(radii(surface_of(volume, BONE_SURFACE.at(70))), 30, atol=1)
