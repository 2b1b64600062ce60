"""Open a label map for a scan, recognised by its content: one file, or several together.

    labels = open_labels(Path("organs.seg.nrrd"), volume)
    labels.names, labels.mask("liver")

The labels are brought onto the scan's grid by their true position. What doesn't fit is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from med3dvlm.errors import NoScanError, VolumeError
from med3dvlm.volumes.formats.archive import unpacked
from med3dvlm.volumes.formats.dicom.elements import dicom_errors
from med3dvlm.volumes.formats.dicom.encoding import (
    UnknownSyntaxError,
    inflates_beyond,
    is_dicom,
    read_data,
)
from med3dvlm.volumes.labels import arrays, contours, segmentation
from med3dvlm.volumes.labels.label_map import LabelMap, LabelPainter
from med3dvlm.volumes.labels.layers import Layer
from med3dvlm.volumes.labels.place import Place
from med3dvlm.volumes.limits import DEFAULT_LIMITS, Limits
from med3dvlm.volumes.volume import Volume

READABLE = (
    "NIfTI, NRRD (with the segments of 3D Slicer), MetaImage, DICOM segmentations (SEG) and "
    "structure sets (RTSTRUCT), or a zip of these"
)
DICOM_KINDS = {segmentation.MODALITY: segmentation.layers_of, contours.MODALITY: contours.layers_of}
REMEDY = "Export the labels again."
IS_AN_IMAGE = "this is a picture and no label map. Open it as a scan, or save the labels alone."
ML_PER_MM3 = 1e-3
WHOLE = 0.995  # share of the labels inside from which on nothing is said


def open_labels(
    path: Path | str, scan: Volume | Place, *, limits: Limits = DEFAULT_LIMITS
) -> LabelMap:
    """Open a label map for a scan.

    Args:
        path: a file, a folder or a zip.
        scan: the scan, or where its voxels lie.
        limits: how much may be read.

    Raises:
        VolumeError: what is wrong with the file, or why it doesn't fit the scan.
    """
    path = Path(path)
    place = Place.of(scan) if isinstance(scan, Volume) else scan
    if not path.exists():
        raise VolumeError(f"{path.name}: there is no such file or folder.")
    with _named(path.name), unpacked(path, timed := limits.started()) as upload:
        painter = LabelPainter(place.shape, abs(np.linalg.det(place.affine[:3, :3])) * ML_PER_MM3)
        fits, notes = [], list(upload.notes)
        for layer in _layers(upload.files, place, timed):
            if layer.inside:
                painter.add(layer.values, layer.names)
            fits.append((layer.inside, layer.points, layer.away_mm))
            notes += layer.notes
        if not fits:
            raise NoScanError(f"it contains no label map. Supported: {READABLE}.")
        return painter.finish([*notes, *_fit(fits)])


def _layers(files: Sequence[Path], place: Place, limits: Limits) -> Iterator[Layer]:
    """The layers of all files that hold labels."""
    for file in files:
        limits.check_time()
        if is_dicom(file):
            yield from _dicom_layers(file, place, limits)
        elif arrays.recognises(file):
            yield from arrays.layers_of(file, place, limits)


def _dicom_layers(file: Path, place: Place, limits: Limits) -> Iterator[Layer]:
    if inflates_beyond(file, limits.unpacked_bytes):
        raise VolumeError("it is too large once unpacked.")
    with dicom_errors(file.name, REMEDY):
        try:
            data, _ = read_data(file)
        except UnknownSyntaxError as error:
            raise VolumeError(f"its pixels are in an unknown encoding ({error}).") from None
        kind = str(data.get("Modality", ""))
        if kind in DICOM_KINDS:
            yield from DICOM_KINDS[kind](data, place, limits)
        elif "PixelData" in data:
            raise VolumeError(IS_AN_IMAGE)


def _fit(fits: Sequence[tuple[float, int, float]]) -> list[str]:
    """A note on labels that reach beyond the scan.

    Raises:
        VolumeError: nothing of them lies in it.
    """
    share = sum(inside * points for inside, points, _ in fits) / sum(p for _, p, _ in fits)
    if not share:
        away = min(away for _, _, away in fits)
        raise VolumeError(
            f"its labels lie outside the scan, {away:.0f} mm or more away from it. Open the scan "
            "that they were drawn on."
        )
    if share >= WHOLE:
        return []
    return [f"Of what is labelled in the file, {100 * (1 - share):.0f} % lies outside the scan."]


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Start each refusal with the name of what was chosen."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except VolumeError as error:
        said = str(error)
        raise type(error)(said if said.startswith(f"{name}:") else f"{name}: {said}") from error
    except OSError as error:
        raise VolumeError(f"{name}: the file can't be read ({error.strerror}).") from None
