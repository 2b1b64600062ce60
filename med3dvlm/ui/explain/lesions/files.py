"""What is saved of a painted lesion besides its trial: its numbers, and its map.

files = build_files()
yield files.stale(); yield files.of(step); yield files.gone()
"""

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from med3dvlm.ui.explain.lesions.steps import Step
from med3dvlm.ui.explain.overlaid import build_downloads, written
from med3dvlm.ui.explain.saving import csv_of, kept
from med3dvlm.ui.page.boundary import Updates


@dataclass(frozen=True, kw_only=True)
class LesionFiles:
    """The buttons that save the numbers and the map of a lesion."""

    numbers: gr.DownloadButton
    map: tuple[gr.DownloadButton, ...]

    @property
    def shown(self) -> list[gr.DownloadButton]:
        """All buttons."""
        return [self.numbers, *self.map]

    def of(self, step: Step) -> Updates:
        """The files that a step has brought."""
        if step.drawn is not None:
            drawn, painted = step.drawn, step.drawn.painted
            return written(self.map, drawn.map, painted.volume, painted.window)
        if not step.trial:
            return {}
        table = csv_of([row_of(step.trial, step.shown.rank)])
        return {self.numbers: kept(self.numbers, "lesion.csv", table)}

    def stale(self) -> Updates:
        """Another lesion is being painted: the files are those of the one before."""
        return {button: gr.DownloadButton(interactive=False) for button in self.shown}

    def gone(self) -> Updates:
        """Nothing is painted."""
        return {button: gr.DownloadButton(visible=False) for button in self.shown}


def row_of(trial: str, rank: str) -> dict[str, Any]:
    """The numbers of a trial's JSON as one row, with the place in a search."""
    found = json.loads(trial)
    row: dict[str, Any] = found.pop("trial", {}) | found
    if "voxel" in row:
        row["voxel"] = " ".join(f"{number:g}" for number in row["voxel"])
    return row | ({"search": rank} if rank else {})


def build_files() -> LesionFiles:
    """Lay the buttons out."""
    numbers = gr.DownloadButton(
        "Numbers as CSV", visible=False, size="sm", elem_id="lesion-csv", min_width=120
    )
    return LesionFiles(numbers=numbers, map=build_downloads("lesion-map", "Map as {kind}"))
