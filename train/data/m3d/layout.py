"""Where files are in the M3D download, and how its index files name them.

    raw = RawData(Path("data"))                       # holds M3D_Cap/, M3D_Cap.json, M3D_VQA/
    name = series_name("M3D_Cap_npy/ct_case/000006/Axial.nii.gz")   # "ct_case/000006/Axial"
    raw.source(name)                                  # the folder of slices, or a prepared file

An index writes `<part>/<case>/<series>` after any folder, with `.npy` or `.nii.gz` at the end, and
the series without diacritics; the raw folder may have them.
"""

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from med3dvlm.errors import TrainingError

PARTS = ("ct_case", "ct_quizze")
SPELLINGS = (".nii.gz", ".npy")
CAPTIONS_FILE = "M3D_Cap.json"
CAPTION_SPLITS = ("train", "validation", "test")
# The names of these splits in the VQA files.
VQA_NAMES = {"train": "train", "validation": "val", "test": "test"}
# Which part of a study each VQA file belongs to.
VQA_SPLITS = {
    "train": "train",
    "yn_train": "train",
    "val": "validation",
    "test": "test",
    "test5k": "test",
}
TEXT_NAME = "text.txt"


def series_name(path: str) -> str:
    """`<part>/<case>/<series>` of an image path with either ending.

    Raises:
        TrainingError: the path doesn't name a series.
    """
    parts = PurePosixPath(path.strip().replace("\\", "/")).parts
    starts = [i for i, part in enumerate(parts) if part in PARTS]
    if not starts or len(parts) != starts[-1] + 3:
        raise TrainingError(
            f"{path!r} doesn't name a series: expected {' or '.join(PARTS)}/<case>/<series>.npy"
        )
    part, case, series = parts[starts[-1] :]
    for ending in SPELLINGS:
        series = series.removesuffix(ending)
    return f"{part}/{case}/{series}"


def case_of(name: str) -> str:
    """`<part>/<case>` of a series: no two splits may share it."""
    return name.rpartition("/")[0]


def without_diacritics(text: str) -> str:
    """Letters without diacritics, as the index files write folder names."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def _ascii(text: str) -> str:
    """Only the characters that every transliteration keeps."""
    return without_diacritics(text).encode("ascii", "ignore").decode().strip().lower()


@dataclass(frozen=True)
class RawData:
    """The folder of a download."""

    root: Path

    @cached_property
    def bases(self) -> list[Path]:
        """Folders that hold the parts: those with slices first, then those with prepared files.

        Raises:
            TrainingError: there is no such folder.
        """
        folders = [self.root / "M3D_Cap", self.root, *sorted(self.root.glob("M3D_Cap*"))]
        found = [
            folder
            for folder in dict.fromkeys(folders)
            if any((folder / part).is_dir() for part in PARTS)
        ]
        if not found:
            raise TrainingError(
                f"{self.root} contains no M3D data: expected M3D_Cap/{PARTS[0]}/<case>/<series>/"
            )
        return found

    @property
    def captions_file(self) -> Path:
        """Path of M3D_Cap.json.

        Raises:
            TrainingError: it is missing.
        """
        return self._file(CAPTIONS_FILE)

    def vqa_files(self) -> dict[str, Path]:
        """The M3D_VQA files that exist, by their suffix (`train`, `val`, ...)."""
        found = {}
        for split in VQA_SPLITS:
            name = f"M3D_VQA_{split}.csv"
            for folder in (self.root, self.root / "M3D_VQA"):
                if (folder / name).is_file():
                    found[split] = folder / name
        return found

    def _file(self, name: str) -> Path:
        for folder in (self.root, *self.bases):
            if (folder / name).is_file():
                return folder / name
        raise TrainingError(f"{self.root} contains no {name}")

    def source(self, name: str) -> Path:
        """The folder of slices of a series, or its prepared file.

        Raises:
            TrainingError: no folder, or more than one, has this name.
        """
        case, _, series = name.rpartition("/")
        for base in self.bases:
            folder = base / case
            if (folder / series).is_dir():
                return folder / series
            for ending in SPELLINGS:
                if (folder / f"{series}{ending}").is_file():
                    return folder / f"{series}{ending}"
            found = _spelled(folder, series)
            if found is not None:
                return found
        raise TrainingError(f"{name}: an index file names this series, but it is missing")

    def text(self, path: str) -> Path:
        """The caption file that an index names, for instance `ct_case/000006/text.txt`.

        Raises:
            TrainingError: it is missing.
        """
        parts = PurePosixPath(path.strip().replace("\\", "/")).parts
        starts = [i for i, part in enumerate(parts) if part in PARTS]
        inner = Path(*parts[starts[-1] :]) if starts else Path(path)
        for base in self.bases:
            if (base / inner).is_file():
                return base / inner
        raise TrainingError(f"{path}: an index file names this caption, but it is missing")


def _spelled(folder: Path, series: str) -> Path | None:
    """The folder of a case whose name without diacritics is that of the series."""
    if not folder.is_dir():
        return None
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    for plain in (without_diacritics, _ascii):
        matching = [path for path in folders if plain(path.name) == plain(series)]
        if len(matching) > 1:
            names = " and ".join(repr(path.name) for path in matching)
            raise TrainingError(f"{folder.name}/{series}: {names} both match this name")
        if matching:
            return matching[0]
    return None
