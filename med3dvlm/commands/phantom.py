"""A phantom as a file: a CT of nobody, to try the app, its endpoints and the commands with."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from med3dvlm.errors import Med3DVLMError
from med3dvlm.phantoms.case import make_case
from med3dvlm.volumes.formats.dicom.writer import save_dicom_series
from med3dvlm.volumes.formats.nifti import save_nifti

NIFTI = (".nii", ".nii.gz")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("seed", type=_seed, help="which phantom: a number of 0 or more")
    parser.add_argument(
        "--out", type=Path, required=True, help="a .nii or .nii.gz file, or a folder for DICOM"
    )


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Write it; lines of what it is and what is true of it.

    Raises:
        Med3DVLMError: the name is that of another format, or something is there already.
    """
    out: Path = chosen.out
    nifti = out.name.endswith(NIFTI)
    if out.suffix and not nifti:
        raise Med3DVLMError(f"{out}: name a file that ends in .nii or .nii.gz, or a new folder.")
    if out.exists():
        raise Med3DVLMError(f"{out} is there already. Name a new file or folder.")
    case = make_case(chosen.seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    if nifti:
        save_nifti(case.volume, out)
    else:
        save_dicom_series(case.volume, out)
    yield f"{out}: {'NIfTI' if nifti else 'DICOM'}, {case.volume.shape[0]} slices"
    yield case.report


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
