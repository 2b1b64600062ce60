"""Volumes as files that a user would have."""

from pathlib import Path

import numpy as np
from nibabel.nifti1 import Nifti1Image

from med3dvlm.volumes.volume import Volume

RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def save_nifti(volume: Volume, path: Path) -> Path:
    """A canonical volume as NIfTI, whose world is RAS."""
    image = Nifti1Image(volume.voxels.transpose(2, 1, 0).astype(np.int16), RAS @ volume.affine)
    image.header.set_xyzt_units("mm")
    image.to_filename(path)
    return path
