"""A painted lesion has its size in millimetres, its HU, and a note; elsewhere nothing changes."""

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.explain.lab.lesions import BALLS, with_lesion
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.volumes.volume import Volume, canonical_affine

MIDDLE = (15, 30, 60)


def body(unit: str = "HU", dtype: type = np.int16) -> Volume:
    voxels = np.full((30, 60, 120), -1000, dtype)
    voxels[5:25, 10:50, 20:100] = 50
    affine = canonical_affine((4.0, 2.0, 1.0))
    return Volume(voxels=voxels, affine=affine, unit=unit)  # type: ignore[arg-type]


def test_it_is_a_ball_in_millimetres() -> None:
    after = with_lesion(body(), MIDDLE, "kidney stone", size_mm=40)
    bright = after.voxels > 600
    spans = [(np.ptp(np.nonzero(bright)[axis]) + 1) * s for axis, s in enumerate((4, 2, 1))]
    assert spans == pytest.approx([40, 40, 40], abs=5)
    assert bright.sum() * 8 == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.1)
    assert after.voxels[MIDDLE] == 1150
    assert (after.voxels[:, :, :30] == body().voxels[:, :, :30]).all()
    assert after.notes[-1].startswith("A painted lesion in a real scan: kidney stone, 40 mm")
    assert after.digest != body().digest


def test_half_the_contrast_lies_half_way() -> None:
    after = with_lesion(body(), MIDDLE, "kidney stone", size_mm=40, contrast=0.5)
    assert after.voxels[MIDDLE] == 600


@pytest.mark.parametrize("kind", BALLS)
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_each_of_these_kinds_can_be_painted(kind: str, dtype: type) -> None:
    before = body(dtype=dtype)
    after = with_lesion(before, MIDDLE, kind, size_mm=12)
    assert kind in KINDS
    assert after.voxels.dtype == before.voxels.dtype
    assert (after.voxels != before.voxels).any()


@pytest.mark.parametrize(
    ("volume", "voxel", "kind", "size", "words"),
    [
        (body(), MIDDLE, "pleural effusion", 20, "can't be set at a point"),
        (body(), MIDDLE, "broken heart", 20, "is no finding"),
        (body("arbitrary"), MIDDLE, "liver cyst", 20, "no Hounsfield"),
        (body(), MIDDLE, "liver cyst", 0, "size"),
        (body(), MIDDLE, "liver cyst", 500, "size"),
        (body(), (1, 1, 1), "liver cyst", 20, "only air"),
        (body(), (15, 30, 400), "liver cyst", 20, "outside the scan"),
        (body(), (-3, 30, 40), "liver cyst", 20, "outside the scan"),
    ],
)
def test_what_can_not_be_painted_is_said(
    volume: Volume, voxel: tuple[int, int, int], kind: str, size: float, words: str
) -> None:
    with pytest.raises(VolumeError, match=words):
        with_lesion(volume, voxel, kind, size_mm=size)
