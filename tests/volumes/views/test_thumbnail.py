import io

import numpy as np
import pytest
from PIL import Image

from med3dvlm.volumes.views.thumbnail import GAP, PANEL, Plane, slice_picture, thumbnail
from med3dvlm.volumes.volume import Volume, canonical_affine
from med3dvlm.volumes.window import Window

WINDOW = Window(center=0, width=2000)


def picture(volume: Volume, **how) -> np.ndarray:
    image = Image.open(io.BytesIO(thumbnail(volume, WINDOW, **how)))
    assert image.format == "WEBP"
    return np.asarray(image.convert("L")).astype(int)


def volume(voxels: np.ndarray, spacing=(1.0, 1.0, 1.0)) -> Volume:
    return Volume(voxels=voxels.astype(np.int16), affine=canonical_affine(spacing), unit="HU")


def block() -> np.ndarray:
    """A grey body without margins, so that nothing is cut."""
    return np.zeros((30, 30, 30), np.int16)


def brightest(pixels: np.ndarray) -> tuple[float, float]:
    """Row and column of the bright spot, as shares of the picture."""
    rows, columns = np.nonzero(pixels > pixels.max() - 40)
    return float(rows.mean() / pixels.shape[0]), float(columns.mean() / pixels.shape[1])


def test_two_planes_stand_side_by_side() -> None:
    width, height = PANEL
    assert picture(volume(block())).shape == (height, 2 * width + GAP)
    assert picture(volume(block()), planes=("axial",)).shape == (height, width)


def test_the_same_volume_gives_the_same_bytes() -> None:
    scan = volume(np.random.default_rng(0).integers(-900, 900, (9, 20, 20)))
    assert thumbnail(scan, WINDOW) == thumbnail(scan, WINDOW)


@pytest.mark.parametrize(
    ("plane", "place", "row_above", "column_left"),
    [
        ("axial", (15, 4, 25), True, False),  # front, left of the patient
        ("axial", (15, 25, 4), False, True),  # back, right of the patient
        ("coronal", (25, 15, 25), True, False),  # head, left of the patient
        ("coronal", (4, 15, 4), False, True),  # feet, right of the patient
    ],
)
def test_slices_are_seen_as_radiologists_see_them(
    plane: Plane, place: tuple[int, int, int], row_above: bool, column_left: bool
) -> None:
    voxels = block()
    voxels[:, 14:16, 15] = -1000  # something dark, or the body would be cut away as a margin
    z, y, x = place
    voxels[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3] = 1000
    row, column = brightest(picture(volume(voxels), planes=(plane,)))
    assert (row < 0.5) == row_above
    assert (column < 0.5) == column_left


def test_the_slices_go_through_the_centre_that_is_asked() -> None:
    voxels = block()
    voxels[3, 10:20, 10:20] = 1000
    axial: tuple[Plane, ...] = ("axial",)
    assert picture(volume(voxels), center=(3, 15, 15), planes=axial).max() > 200
    assert picture(volume(voxels), planes=axial).max() < 200
    beyond = picture(volume(voxels), center=(-9, 99, 15.4), planes=axial)
    assert beyond.max() < 200, "a centre outside the scan is moved to its edge"


@pytest.mark.parametrize(
    ("shape", "spacing", "panel"),
    [
        ((8, 20, 40), (1, 1, 1), (80, 160)),
        ((8, 40, 40), (1, 2, 1), (120, 60)),
        ((8, 20, 40), (1, 2, 1), (120, 120)),
    ],
)
def test_a_slice_keeps_its_true_proportions(shape, spacing, panel) -> None:
    pixels = picture(volume(np.full(shape, 500), spacing), planes=("axial",))
    rows, columns = (np.flatnonzero((pixels > 90).any(axis=axis)) for axis in (1, 0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert (height, width) == pytest.approx(panel, abs=3)


def test_dark_margins_are_cut_away() -> None:
    voxels = np.full((40, 40, 40), -1000)
    voxels[:, 15:25, 15:25] = 500
    pixels = picture(volume(voxels), planes=("axial",))
    assert (pixels[:, 20:140] > 90).mean() > 0.95


def test_a_scan_of_air_has_a_picture_too() -> None:
    assert picture(volume(np.full((4, 4, 4), -1000))).max() < 20


def test_a_slice_that_does_not_say_where_the_head_is_is_shown_as_it_lies() -> None:
    """Told that its rows go from head to feet and its columns from left to right, it is upright."""
    stored = np.full((40, 40), 400, np.int16)
    stored[15:25, 15:25] = -1000  # darker than the margins, so that none is cut
    stored[:10, :10] = 900
    turned = np.array([[-1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], float)
    places = [
        brightest(np.asarray(Image.open(io.BytesIO(picture)).convert("L")).astype(int))
        for picture in (slice_picture(stored, turned, known=known) for known in (False, True))
    ]
    assert max(places[0]) < 0.3, "above and to the left, as stored"
    assert places[1][0] < 0.3, "the head is above"
    assert places[1][1] > 0.7, "the patient's left is to the right"
