"""A map of what a model's score for one scan comes from, with how far it can be believed.

made = explained(engine, volume, Wanted(text="kidney stone"))
made.verdict
made.save(folder / "map.nii.gz")
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.engine.engine import Engine
from med3dvlm.errors import CheckpointError, Med3DVLMError, PromptError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import Baseline, occlude
from med3dvlm.explain.maps.saved import COLUMNS, cell_rows, over_voxels
from med3dvlm.explain.probes import OptionProbe, TextProbe
from med3dvlm.explain.trust.certificate import certificates_beside
from med3dvlm.model.checkpoint import LoadedDualEncoder
from med3dvlm.volumes.formats.nifti import save_nifti
from med3dvlm.volumes.views.planes import plane_picture
from med3dvlm.volumes.volume import Volume

Method = Literal["text split", "occlusion", "gradient", "gradient on the high grid"]
METHODS: tuple[Method, ...] = get_args(Method)
NIFTI = (".nii", ".nii.gz")
LONGEST_TEXT = 4000
UNMEASURED = "How far this map can be believed was not measured for these weights."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be explained: how alike the scan and a text are, or an answer to a question.

    Attributes:
        text: one of the two.
        question: the other; what is explained is the probability of its first option.
        options: of the question; those written in it, else Yes and No.
        method: None for `text split` of a text and `gradient` of a question.
        baseline: what occlusion puts in place of a block.

    Raises:
        PromptError: neither or both were given, they are too long, or the method doesn't fit.
    """

    text: str | None = None
    question: str | None = None
    options: tuple[str, ...] = ()
    method: Method | None = None
    baseline: Baseline = "mean"

    def __post_init__(self) -> None:
        if (self.text is None) == (self.question is None):
            raise PromptError("Give either a text or a question.")
        texts = [text for text in (self.text, self.question, *self.options) if text]
        if sum(map(len, texts)) > LONGEST_TEXT:
            raise PromptError(f"Text, question and options have at most {LONGEST_TEXT} characters.")
        if self.way not in METHODS:
            raise PromptError(f"The method is one of {', '.join(METHODS)}, not {self.method}.")
        if self.way == "text split" and self.text is None:
            raise PromptError("A text split explains a text: give a text instead of a question.")
        if self.way.startswith("gradient") and self.question is None:
            raise PromptError("A gradient explains an answer: give a question instead of a text.")

    @property
    def way(self) -> Method:
        """The method."""
        return self.method or ("gradient" if self.text is None else "text split")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """A map over a scan.

    Attributes:
        volume: the scan.
        map: a number for each cell, with what it means and what it doesn't.
        verdict: how far it can be believed, as measured on phantoms.
    """

    volume: Volume
    map: Map
    verdict: str

    def places(self, count: int = 3) -> list[dict[str, float]]:
        """The highest cells: index, middle in LPS millimetres, and value."""
        return cell_rows(self.map, self.volume)[:count]

    def save(self, out: Path | str) -> None:
        """Write the map to a new file: .nii or .nii.gz on the grid of the scan, .csv, or .png.

        Raises:
            Med3DVLMError: the file exists or has another ending.
        """
        path = Path(out)
        check_out(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            path.write_bytes(self._repr_png_())
            return
        if path.suffix != ".csv":
            save_nifti(over_voxels(self.map, self.volume), path)
            return
        with path.open("w", newline="", encoding="utf-8") as stream:
            table = csv.DictWriter(stream, COLUMNS)
            table.writeheader()
            table.writerows(cell_rows(self.map, self.volume))

    def __str__(self) -> str:
        return f"{self.map.legend}. {self.map.means} {self.map.means_not} {self.verdict}"

    def _repr_png_(self) -> bytes:
        """For notebooks and .png: the planes through the highest cell, with the map over them."""
        values: Any = over_voxels(self.map, self.volume).voxels
        z, y, x = np.argwhere(values == values.max()).mean(axis=0)
        return plane_picture(self.volume, center=(z, y, x), over=values)


def check_out(out: Path) -> None:
    """Refuse a file that can't be written, before anything is computed.

    Raises:
        Med3DVLMError: it exists or has another ending.
    """
    if not out.name.endswith((*NIFTI, ".csv", ".png")):
        raise Med3DVLMError(f"{out}: name a file that ends in .nii, .nii.gz, .csv or .png.")
    if out.exists():
        raise Med3DVLMError(f"{out} already exists. Name a new file.")


def explained(engine: Engine, volume: Volume, wanted: Wanted) -> Explanation:
    """Make the map.

    Raises:
        CheckpointError: a text is to be explained, and the model has no dual encoder.
    """
    made = _map(engine, volume, wanted)
    with engine.models() as (vlm, dual):
        model = vlm if wanted.text is None else _searching(dual)
        certificate = certificates_beside(model).get(wanted.way)
    verdict = certificate.verdict_on(made.values.size) if certificate else UNMEASURED
    return Explanation(volume=volume, map=made, verdict=verdict)


def _map(engine: Engine, volume: Volume, wanted: Wanted) -> Map:
    with engine.models() as (vlm, dual):
        if wanted.text is not None:
            probe = TextProbe(_searching(dual), wanted.text)
            seen = _searching(dual).input.prepare(volume)
            if wanted.way == "text split":
                return probe.split(seen)
            *_, last = occlude(probe.score, seen, baseline=wanted.baseline)
            return last.map
        question = wanted.question or ""
        choices = read_choices(question)
        asked = choices.text if choices else question
        answers = choices.options if choices else wanted.options or YES_NO
        asking = OptionProbe(vlm, asked, answers)
        seen = vlm.input.prepare(volume)
        if wanted.way.startswith("gradient"):
            low, high = asking.gradients(seen)
            return low if wanted.way == "gradient" else high
        *_, last = occlude(asking.score, seen, baseline=wanted.baseline)
        return last.map


def _searching(dual: LoadedDualEncoder | None) -> LoadedDualEncoder:
    if dual is None:
        raise CheckpointError("This model has no dual encoder: explain a question instead.")
    return dual
