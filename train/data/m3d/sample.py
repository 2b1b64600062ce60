"""A small data set of phantoms in exactly M3D's layout, to test everything end to end.

make_sample(Path("raw"), SampleSpec(train=16, validation=4, test=4))

The slices are windowed 8-bit images in display orientation, as in M3D: axial with the patient's
right on the left, coronal and sagittal with the head up. A few series have the quirks of real ones:
palette images, a slice of another size, a stray file, diacritics in a folder name, a text without
findings, a case with two series.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from med3dvlm.choices import read_choices
from med3dvlm.phantoms import questions
from med3dvlm.phantoms.acquisition import Plane
from med3dvlm.phantoms.case import Case, Shape, make_case
from med3dvlm.phantoms.questions import QUESTION_TYPES, Question
from med3dvlm.phantoms.splits import TEST, TRAINING, VALIDATION
from med3dvlm.volumes.window import MEDIASTINUM, MODEL_CT, Window
from train.data.m3d.index import COLUMN_LETTERS, COLUMNS
from train.data.m3d.layout import (
    CAPTIONS_FILE,
    PARTS,
    TEXT_NAME,
    VQA_NAMES,
    without_diacritics,
)

SEEDS = {"train": TRAINING, "validation": VALIDATION, "test": TEST}
# One case in this many has each quirk.
AWKWARD_EVERY = 8


@dataclass(frozen=True, kw_only=True)
class SampleSpec:
    """How many cases each split has, and how their series are written.

    Attributes:
        shape: slices, rows, columns of the phantoms.
        spelling: suffix of image paths in the index files, `.npy` or `.nii.gz`.
        first: offset of the first case in each split's range of seeds.
    """

    train: int
    validation: int
    test: int
    shape: Shape = (24, 48, 48)
    spelling: str = ".npy"
    first: int = 0


def make_sample(root: Path, spec: SampleSpec) -> None:
    """Write `M3D_Cap/`, `M3D_Cap.json` and `M3D_VQA/` into a folder."""
    captions: dict[str, list[dict[str, str]]] = {}
    for split, seeds in SEEDS.items():
        captions[split], rows, yes_no = [], [], []
        for i in range(getattr(spec, split)):
            case = make_case(seeds[spec.first + i], shape=spec.shape)
            names = _write_case(root / "M3D_Cap", split, i, case)
            for name in names:
                image = f"M3D_Cap_npy/{without_diacritics(name)}{spec.spelling}"
                text = f"M3D_Cap_npy/{name.rpartition('/')[0]}/{TEXT_NAME}"
                captions[split].append({"image": image, "text": text})
            image = captions[split][-1]["image"]
            asked = questions.ask(case.facts, np.random.default_rng([case.seed, 21]))
            rows += [_row(image, case, q) for q in asked if q.form == "closed"]
            yes_no += [_row(image, case, q) for q in asked if q.form == "yes/no"]
        _write_questions(root, VQA_NAMES[split], rows)
        if split == "train":
            _write_questions(root, "yn_train", yes_no)
        if split == "test":
            _write_questions(root, "test5k", rows[: max(1, len(rows) // 2)])
    (root / CAPTIONS_FILE).write_text(json.dumps(captions, indent=1))


def _write_case(base: Path, split: str, number: int, case: Case) -> list[str]:
    """Write the slice folders and the text of a case; returns the raw names of its series."""
    part = PARTS[number % 2]
    identity = f"{list(SEEDS).index(split)}{number:05d}"
    awkward = number % AWKWARD_EVERY
    folder = base / part / identity
    plane, phase = case.facts.acquisition.plane, case.facts.acquisition.phase.replace(" ", "_")
    name = f"{plane.capitalize()}_{phase}"
    if awkward == 3:
        name += "_P\u00f6schl"
    series = {name: MODEL_CT}
    if awkward == 1:
        series[f"{name}_narrow"] = MEDIASTINUM
    for title, window in series.items():
        mode = {2: "P", 4: "RGB"}.get(awkward, "L")
        ending = "jpeg" if awkward == 5 else "png"
        _write_slices(folder / title, screen_slices(case, window), mode, ending)
    if awkward == 6:
        Image.new("L", (20, 30)).save(folder / name / "9999.png")
        (folder / name / "Thumbs.db").write_bytes(b"\x00")
    report = case.report.replace(". ", ".\n")
    text = f"study_findings:\n{report}\ndiscussion:\nA procedural phantom.\n"
    if awkward == 7:
        text = f"study_findings:\n \ndiscussion:\n{report}\n"
    (folder / TEXT_NAME).write_text(text, encoding="utf-8")
    return [f"{part}/{identity}/{title}" for title in series]


def screen_slices(case: Case, window: Window) -> NDArray[np.uint8]:
    """Images (S, H, W) in a phantom's acquisition plane, as a radiologist sees them."""
    grey = np.round(window.apply(case.volume.voxels) * 255).astype(np.uint8)
    return on_screen(grey, case.facts.acquisition.plane)


def on_screen(voxels: NDArray[np.uint8], plane: Plane) -> NDArray[np.uint8]:
    """Canonical voxels [z, y, x] as slices of a plane: right on the left, front or head on top."""
    if plane == "axial":
        return voxels
    headed = voxels[::-1]
    return np.moveaxis(headed, 1 if plane == "coronal" else 2, 0)


def _write_slices(folder: Path, slices: NDArray[np.uint8], mode: str, ending: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(slices, start=1):
        shown = Image.fromarray(np.ascontiguousarray(picture))
        if mode == "P":
            shown.putpalette([level for grey in range(256) for level in (grey, grey, grey)])
        elif mode != "L":
            shown = shown.convert(mode)
        shown.save(folder / f"{number}.{ending}")


def _row(image: str, case: Case, question: Question) -> dict[str, Any]:
    """A question in the published columns; yes/no questions have the choices Yes and No."""
    options = question.options or ("Yes", "No")
    closed = read_choices(question.question)
    right = question.right if question.options else options.index(question.answer)
    padded = [*options, *["NA"] * (len(COLUMN_LETTERS) - len(options))]
    choices = {f"Choice {at}": option for at, option in zip(COLUMN_LETTERS, padded, strict=True)}
    kinds: tuple[str, ...] = QUESTION_TYPES
    return {
        "Image Path": image, "Text": case.report, "Question Type": kinds.index(question.kind) + 1,
        "Question": closed.question if closed else question.question, **choices,
        "Answer": options[right], "Answer Choice": COLUMN_LETTERS[right],
    }  # fmt: skip


def _write_questions(root: Path, name: str, rows: list[dict[str, Any]]) -> None:
    folder = root / "M3D_VQA"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"M3D_VQA_{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
