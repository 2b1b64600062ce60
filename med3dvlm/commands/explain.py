"""A map of what a model's score for one scan comes from, with how far it can be believed."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from med3dvlm.commands import options
from med3dvlm.explain.maps.occlusion import Baseline
from med3dvlm.explain.maps.saved import COLUMNS
from med3dvlm.scripting.explanation import METHODS, Wanted, check_out, explained
from med3dvlm.volumes import open_volume


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
    wanted = Wanted(
        text=chosen.text, question=chosen.question, options=tuple(chosen.option or ()),
        method=chosen.method, baseline=chosen.baseline,
    )  # fmt: skip
    check_out(chosen.out)
    engine = options.engine_of(chosen)
    made = explained(engine, open_volume(chosen.scan), wanted)
    made.save(chosen.out)
    shown = made.map
    yield f"{chosen.out}: {shown.legend}, {' x '.join(map(str, shown.mapping.grid))} cells"
    yield f"It means: {shown.means}"
    yield f"It doesn't mean: {shown.means_not}"
    for row in made.places():
        place = ", ".join(f"{row[name]:.0f}" for name in COLUMNS[3:6])
        yield f"{row['value']:.5f} around {place} mm (left, posterior, superior)"
    yield made.verdict
