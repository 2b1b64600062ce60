"""A small lopsided phantom, and writers that put it into files in every legal and illegal way."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Header, Nifti1Image
from pydicom import dcmread

from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.volume import Volume, canonical_affine

WriteNifti = Callable[..., Path]
WriteDicom = Callable[..., list[Path]]


@pytest.fixture
def real(volumes_folder: Path) -> Path:
    """The folder of real scans."""
    return volumes_folder


def make_phantom() -> Volume:
    z, y, x = np.mgrid[0:12, 0:20, 0:16]
    body = ((z - 5.5) / 5) ** 2 + ((y - 9.5) / 8) ** 2 + ((x - 7.5) / 6) ** 2 < 1
    voxels = np.where(body, 40, -1000).astype(np.int16)
    voxels[8, 13, 11] = 900
    voxels[3, 5, 4] = -150
    affine = canonical_affine((2.5, 0.75, 0.5), (-10.25, 20.5, -300.0))
    return Volume(voxels=voxels, affine=affine, unit="HU", modality="CT")


@pytest.fixture
def phantom() -> Volume:
    """Air, a body of 40 HU, a bright spot to the left, back and head; every axis differs."""
    return make_phantom()


@pytest.fixture(scope="session")
def phantom_slices(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The phantom as a DICOM series, written once."""
    return save_dicom_series(make_phantom(), tmp_path_factory.mktemp("phantom"))


@pytest.fixture
def write_nifti(tmp_path: Path) -> WriteNifti:
    """Writes `[x, y, z]` data with header fields set as given; returns the path."""

    def write(
        data: np.ndarray,
        affine: np.ndarray | None = None,
        *,
        name: str = "scan.nii",
        kind: Any = Nifti1Image,
        header: Nifti1Header | None = None,
        **fields: Any,
    ) -> Path:
        image = kind(data, np.eye(4) if affine is None else affine, header)
        for field, value in fields.items():
            image.header[field] = value
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.to_filename(path)
        return path

    return write


@pytest.fixture
def patch_header() -> Callable[..., None]:
    """Overwrites fields of an unpacked NIfTI-1 file in place, past nibabel's checks."""

    def patch(path: Path, **fields: Any) -> None:
        data = bytearray(path.read_bytes())
        header = Nifti1Header(bytes(data[:348]), check=False)
        for field, value in fields.items():
            header[field] = value
        data[:348] = header.binaryblock
        path.write_bytes(bytes(data))

    return patch


@pytest.fixture
def write_dicom(tmp_path: Path, phantom_slices: list[Path]) -> WriteDicom:
    """Writes the phantom (or a volume) as a series; `edit` changes each file by its number."""

    def write(
        edit: Callable[[Any, int], None] | None = None,
        *,
        volume: Volume | None = None,
        folder: str = "series",
    ) -> list[Path]:
        home = tmp_path / folder
        home.mkdir(parents=True, exist_ok=True)
        written = save_dicom_series(volume, home) if volume else phantom_slices
        paths = [home / path.name for path in written]
        for number, path in enumerate(paths):
            if edit is not None:
                data = dcmread(written[number])
                edit(data, number)
                data.save_as(path)
            elif volume is None:
                shutil.copy(written[number], path)
        return paths

    return write
