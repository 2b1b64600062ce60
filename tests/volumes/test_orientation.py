from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from med3dvlm.errors import VolumeError
from med3dvlm.volumes.orientation import axis_codes, plane_name, swap_ras_lps, to_canonical

SHAPE = (4, 5, 6)  # k, j, i
SPACING = np.array([0.7, 1.1, 2.5])  # x, y, z


def marked() -> np.ndarray:
    return np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)


def places(voxels: np.ndarray, affine: np.ndarray) -> dict[int, np.ndarray]:
    """World place of every voxel by its value; values are unique."""
    k, j, i = np.indices(voxels.shape).reshape(3, -1)
    world = affine[:3, :3] @ np.stack([i, j, k]) + affine[:3, 3:]
    return dict(zip(voxels.ravel().tolist(), world.T, strict=True))


def assert_same_places(voxels, affine, turned, turned_affine) -> None:
    before, after = places(voxels, affine), places(turned, turned_affine)
    assert before.keys() == after.keys()
    worst = max(np.abs(before[value] - after[value]).max() for value in before)
    assert worst < 1e-9 * max(1, np.abs(affine).max())


def all_orientations() -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return list(product(permutations(range(3)), product((1, -1), repeat=3)))


def oriented(axes: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    """Affine whose stored axis `n` runs along world axis `axes[n]`, forwards or backwards."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for stored, (world, sign) in enumerate(zip(axes, signs, strict=True)):
        affine[world, stored] = sign * SPACING[world]
    affine[:3, 3] = [3, -40, 100]
    return affine


@pytest.mark.parametrize(("axes", "signs"), all_orientations())
def test_each_of_48_orientations_becomes_canonical(axes, signs) -> None:
    affine = oriented(axes, signs)
    turned, canonical, notes = to_canonical(marked(), affine)
    np.testing.assert_allclose(canonical[:3, :3], np.diag(SPACING))
    assert_same_places(marked(), affine, turned, canonical)
    assert turned.flags.c_contiguous
    assert notes == ()


def test_codes_name_all_48_orientations() -> None:
    codes = {axis_codes(oriented(axes, signs)) for axes, signs in all_orientations()}
    assert len(codes) == 48
    assert axis_codes(np.eye(4)) == "LPS"
    assert axis_codes(swap_ras_lps(np.eye(4))) == "RAS"
    assert axis_codes(oriented((2, 0, 1), (-1, 1, -1))) == "ILA"


def test_canonical_volume_passes_untouched() -> None:
    voxels = marked()
    turned, _, _ = to_canonical(voxels, np.diag([0.7, 1.1, 2.5, 1]))
    assert turned is voxels or np.shares_memory(turned, voxels)


def rotation(axis: np.ndarray, degrees: float) -> np.ndarray:
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


unit = st.floats(-1, 1).filter(lambda x: abs(x) > 0.01)


@settings(deadline=None)
@given(
    axis=st.tuples(unit, unit, unit),
    degrees=st.floats(-180, 180),
    mirrored=st.booleans(),
    spacing=st.tuples(*[st.floats(0.1, 10)] * 3),
    origin=st.tuples(*[st.floats(-1000, 1000)] * 3),
)
def test_world_places_survive_any_rotation(axis, degrees, mirrored, spacing, origin) -> None:
    affine = np.eye(4)
    affine[:3, :3] = rotation(np.array(axis), degrees) * spacing
    affine[:3, 0] *= -1 if mirrored else 1
    affine[:3, 3] = origin
    turned, canonical, _ = to_canonical(marked(), affine)
    assert_same_places(marked(), affine, turned, canonical)
    assert np.linalg.det(canonical[:3, :3]) > 0, "the picture is mirrored"
    remaining = (np.trace(canonical[:3, :3] / np.linalg.norm(canonical[:3, :3], axis=0)) - 1) / 2
    assert np.degrees(np.arccos(np.clip(remaining, -1, 1))) < 62.8  # the cube group's worst case


@pytest.mark.parametrize(("degrees", "words"), [(9.3, "9.3 degrees"), (40, "only approximate")])
def test_oblique_scan_keeps_its_axes_and_says_the_angle(degrees, words) -> None:
    affine = np.eye(4)
    affine[:3, :3] = rotation(np.array([1.0, 0, 0]), degrees) * SPACING
    turned, canonical, notes = to_canonical(marked(), affine)
    np.testing.assert_allclose(canonical, affine)
    np.testing.assert_array_equal(turned, marked())
    assert len(notes) == 1
    assert words in notes[0]


@pytest.mark.parametrize(
    "affine",
    [
        np.diag([1.0, 0, 1, 1]),
        np.diag([1.0, np.nan, 1, 1]),
        np.array([[1.0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    ],
)
def test_broken_geometry_is_refused(affine) -> None:
    with pytest.raises(VolumeError, match="geometry is invalid"):
        to_canonical(marked(), affine)


def test_ras_and_lps_swap_back_and_forth() -> None:
    affine = oriented((1, 2, 0), (1, -1, 1))
    np.testing.assert_array_equal(swap_ras_lps(swap_ras_lps(affine)), affine)
    np.testing.assert_array_equal(swap_ras_lps(affine)[:2], -affine[:2])


def test_planes_are_named_by_their_normal() -> None:
    assert [plane_name(np.array(n)) for n in ((0.9, 0.1, 0.2), (0, -1, 0), (0, 0.3, -0.9))] == [
        "sagittal", "coronal", "axial",
    ]  # fmt: skip
