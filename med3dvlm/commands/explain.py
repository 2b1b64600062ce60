"""A map of what a model's score for one scan comes from, with how far it can be believed."""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.commands import options
from med3dvlm.engine.engine import Engine
from med3dvlm.errors import CheckpointError, Med3DVLMError, PromptError
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import Baseline, occlude
from med3dvlm.explain.maps.saved import COLUMNS, cell_rows, over_voxels
from med3dvlm.explain.probes import OptionProbe, TextProbe
from med3dvlm.explain.trust.certificate import certificates_beside
from med3dvlm.model.checkpoint import LoadedDualEncoder
from med3dvlm.volumes import Volume, open_volume
from med3dvlm.volumes.formats.nifti import save_nifti

METHODS = ("text split", "occlusion", "gradient")
NIFTI = (".nii", ".nii.gz")
LONGEST_TEXT = 4000
UNMEASURED = "How far this map can be believed was not measured for these weights."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", type=Path, help="a file or a DICOM folder")
    parser.add_argument("--text", help="explain how alike the scan and this text are")
    parser.add_argument("--question", help="explain the probability of the first option")
    parser.add_argument("--option", action="append", help="of the question; Yes and No by default")
    parser.add_argument("--method", choices=METHODS,
                        help="text split for a text, gradient for a question by default"
                        )  # fmt: skip
    parser.add_argument("--baseline", choices=get_args(Baseline), default="mean",
                        help="what occlusion puts in place of a block")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True,
                        help="a new .nii or .nii.gz file on the grid of the scan, or a .csv"
                        )  # fmt: skip
    options.add_model(parser)


def run(chosen: argparse.Namespace) -> Iterator[str]:
    """Write the map; yields what it means, where it is highest, and how far to believe it.

    Raises:
        PromptError: neither or both of text and question were given, or the method doesn't fit.
        Med3DVLMError: the file exists or has another ending.
    """
    method = _method(chosen)
    _check_out(chosen.out)
    engine = options.engine_of(chosen)
    volume = open_volume(chosen.scan)
    shown = _map(engine, volume, chosen, method)
    _save(shown, volume, chosen.out)
    yield f"{chosen.out}: {shown.legend}, {' x '.join(map(str, shown.mapping.grid))} cells"
    yield f"It means: {shown.means}"
    yield f"It doesn't mean: {shown.means_not}"
    for row in cell_rows(shown, volume)[:3]:
        place = ", ".join(f"{row[name]:.0f}" for name in COLUMNS[3:6])
        yield f"{row['value']:.5f} around {place} mm (left, posterior, superior)"
    yield _verdict(engine, chosen, method)


def _method(chosen: argparse.Namespace) -> str:
    texts = [text for text in (chosen.text, chosen.question, *(chosen.option or ())) if text]
    if (chosen.text is None) == (chosen.question is None):
        raise PromptError("Give either a --text or a --question.")
    if sum(map(len, texts)) > LONGEST_TEXT:
        raise PromptError(f"Text, question and options have at most {LONGEST_TEXT} characters.")
    method = chosen.method or (METHODS[0] if chosen.text is not None else METHODS[2])
    if method == "text split" and chosen.text is None:
        raise PromptError("A text split explains a text: give --text instead of --question.")
    if method == "gradient" and chosen.question is None:
        raise PromptError("A gradient explains an answer: give --question instead of --text.")
    return str(method)


def _check_out(out: Path) -> None:
    if not out.name.endswith((*NIFTI, ".csv")):
        raise Med3DVLMError(f"{out}: name a file that ends in .nii, .nii.gz or .csv.")
    if out.exists():
        raise Med3DVLMError(f"{out} already exists. Name a new file.")


def _map(engine: Engine, volume: Volume, chosen: argparse.Namespace, method: str) -> Map:
    with engine.models() as (vlm, dual):
        if chosen.text is not None:
            probe = TextProbe(_searching(dual), chosen.text)
            seen = _searching(dual).input.prepare(volume)
            if method == "text split":
                return probe.split(seen)
            *_, last = occlude(probe.score, seen, baseline=chosen.baseline)
            return last.map
        choices = read_choices(chosen.question)
        asked = choices.text if choices else chosen.question
        answers = choices.options if choices else tuple(chosen.option or YES_NO)
        asking = OptionProbe(vlm, asked, answers)
        seen = vlm.input.prepare(volume)
        if method == "gradient":
            return asking.gradients(seen)[0]
        *_, last = occlude(asking.score, seen, baseline=chosen.baseline)
        return last.map


def _searching(dual: LoadedDualEncoder | None) -> LoadedDualEncoder:
    if dual is None:
        raise CheckpointError("This model has no dual encoder: explain a --question instead.")
    return dual


def _save(shown: Map, volume: Volume, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix != ".csv":
        save_nifti(over_voxels(shown, volume), out)
        return
    with out.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        table.writerows(cell_rows(shown, volume))


def _verdict(engine: Engine, chosen: argparse.Namespace, method: str) -> str:
    """What phantoms told about this kind of map, if it was measured for these weights."""
    with engine.models() as (vlm, dual):
        model = vlm if chosen.text is None else _searching(dual)
        certificate = certificates_beside(model).get(method)
    return certificate.verdict if certificate else UNMEASURED
