"""Whatever happens to a file on its way, opening it gives a volume or a `VolumeError`."""

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from med3dvlm.errors import VolumeError
from med3dvlm.volumes import Limits, open_volume
from med3dvlm.volumes.nifti import save_nifti

CASES = 120
LIMITS = Limits(voxels=10**7, unpacked_bytes=10**8)
EXTREMES = (bytes(4), b"\xff" * 4, b"\xff\xff\xff\x7f", b"\x00\x00\xc0\x7f", b"\x01\x00\x80\x7f")


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut, flipped, overwritten or shifted; mostly near the start, where the header is."""
    changed = bytearray(data)
    if rng.random() < 0.2:
        del changed[rng.randrange(1, len(changed)) :]
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(min(len(changed), rng.choice((352, 1500, len(changed)))))
        how = rng.randrange(4)
        if how == 0:
            changed[at] = rng.randrange(256)
        elif how == 1:
            changed[at : at + 4] = rng.choice(EXTREMES)
        elif how == 2:
            changed[at] ^= 1 << rng.randrange(8)
        elif len(changed) > 10:
            del changed[at : at + rng.randrange(1, 5)]
        if not changed:
            break
    return bytes(changed)


@pytest.mark.parametrize("kind", ["scan.nii", "scan.nii.gz", "slice.dcm", "series.zip"])
def test_damage_never_escapes_as_another_error(kind, phantom, write_dicom, tmp_path) -> None:
    whole = tmp_path / kind
    if kind.startswith("scan"):
        save_nifti(phantom, whole)
    elif kind == "slice.dcm":
        whole = write_dicom()[0]
    else:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as opened:
            for path in write_dicom()[:3]:
                opened.write(path, path.name)
    rng = random.Random(kind)
    target = tmp_path / "upload"
    survivors = 0
    for _ in range(CASES):
        target.write_bytes(damaged(whole.read_bytes(), rng))
        survivors += opens(target)
    assert 0 < survivors < CASES


def named_or_fail(error: VolumeError) -> bool:
    assert str(error).startswith("upload: ")
    return False


def opens(path: Path) -> bool:
    try:
        volume = open_volume(path, limits=LIMITS)
    except VolumeError as error:
        return named_or_fail(error)
    assert np.isfinite(volume.voxels).all()
    assert len(volume.digest) == 32
    return True
