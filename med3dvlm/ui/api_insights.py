"""The endpoints on words, prompts and layers, for scripts and language models.

    endpoints = insight_endpoints(services, switches, read, brought)

Like all endpoints they wait in the queue of the page, keep nothing and end when the caller leaves
(`med3dvlm/ui/api.py`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.explain.prompt_pairs import pair_share, read_pairs, single_share
from med3dvlm.explain.words.inside import MEANS, MEANS_NOT, word_rows
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.services import Services
from med3dvlm.ui.api_values import text_of
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes import Volume
from med3dvlm.volumes.grid import AS_TRAINED

INSIGHTS = ("look_inside", "compare_prompts", "describe_layers")
WORK = "api"
Gone = Callable[[], bool]
Read = Callable[[Path, gr.Request, Gone], Volume]
Brought = Callable[[Any], AbstractContextManager[Path]]


def insight_endpoints(
    services: Loading[Services], switches: Switches, read: Read, brought: Brought
) -> tuple[Callable[..., Any], ...]:
    """The endpoints in the order of `INSIGHTS`."""

    def look_inside(request: gr.Request, scan: gr.FileData, question: str) -> dict:  # type: ignore[type-arg]  # Gradio reads plain types alone
        """Ask about a 3D scan and look into each word of the answer. Not for clinical use.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            question: The question.

        Returns:
            The language model's own answer; for each word its probability with both grids and with
            one, its alternatives, and the likeliest token after each layer.
        """
        with errors_for_callers(), brought(scan) as path:
            asked = text_of("question", question)
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                found = services.value().insights.answer(volume, AS_TRAINED, asked)
            return {
                "question": found.question, "answer": found.answer,
                "words": word_rows(found.words), "means": MEANS, "means_not": MEANS_NOT,
                "model": services.value().card.info.name,
            }  # fmt: skip

    def compare_prompts(request: gr.Request, scan: gr.FileData, states: str, denies: str) -> dict:  # type: ignore[type-arg]
        """Decide a finding in a 3D scan by pairs of texts. Not for clinical use.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            states: Texts that state the finding, up to four, one a line.
            denies: As many texts that deny it.

        Returns:
            For each pair the probability of the text that states the finding, and the SigLIP
            probability of either text by itself.
        """
        with errors_for_callers(), brought(scan) as path:
            pairs = read_pairs(text_of("states", states), text_of("denies", denies))
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                known = services.value()
                with closing(known.insights.fits(pairs, (volume,), AS_TRAINED)) as scans:
                    logits = next(scans)
            rows = [
                {
                    "states": pair.states, "denies": pair.denies,
                    "probability": float(pair_share(two)),
                    "siglip": [float(share) for share in single_share(two)],
                }
                for pair, two in zip(pairs, logits, strict=True)
            ]  # fmt: skip
            return {"pairs": rows, "model": known.card.info.name}

    def describe_layers(request: gr.Request, scan: gr.FileData) -> dict:  # type: ignore[type-arg]
        """Follow a 3D scan through the model: every step with its shape. Not for clinical use.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.

        Returns:
            The steps with shapes and parameters, and the share of voxels that the stem reads.
        """
        with errors_for_callers(), brought(scan) as path, switches.errand(request, WORK) as gone:
            volume = read(path, request, gone)
            known = services.value()
            stops = known.insights.journey(volume, AS_TRAINED)
            steps = [
                {
                    "step": stop.name, "shape": list(stop.shape), "counts": stop.axes,
                    "parameters": stop.parameters, "about": stop.about,
                }
                for stop in stops
            ]  # fmt: skip
            read_share = known.insights.stem(volume, AS_TRAINED).measured
            return {"steps": steps, "share_read": read_share, "model": known.card.info.name}

    return look_inside, compare_prompts, describe_layers
