"""The endpoints that explain the model to scripts and language models.

    endpoints = explaining_endpoints(services, switches, read, brought)

Like all endpoints they wait in the queue of the page, keep nothing and end when the caller leaves
(`med3dvlm/ui/api.py`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from med3dvlm.choices import YES_NO, read_choices
from med3dvlm.engine.understanding.own_words import presence_question
from med3dvlm.errors import PromptError
from med3dvlm.explain.lab.behaviour import Watch, shift, stability
from med3dvlm.explain.lab.perturbations import PERTURBATIONS
from med3dvlm.explain.lab.trials import run_trial
from med3dvlm.explain.maps.map import Map
from med3dvlm.explain.maps.occlusion import SAID
from med3dvlm.explain.maps.saved import cell_rows
from med3dvlm.hosting.models.loading import Loading
from med3dvlm.hosting.models.maps import METHODS, SPLIT, Method
from med3dvlm.hosting.models.services import Services
from med3dvlm.phantoms.findings import KINDS
from med3dvlm.phantoms.planted import LARGEST_MM, Trial
from med3dvlm.phantoms.splits import TEST
from med3dvlm.ui.api_values import LARGEST_SEED, number_of, one_of, text_of, whole_of
from med3dvlm.ui.explain.asking import ModelReader, check_size
from med3dvlm.ui.explain.maps.part import known_kind
from med3dvlm.ui.explain.said import NOT_MEASURED
from med3dvlm.ui.page.boundary import errors_for_callers
from med3dvlm.ui.page.stopping import Switches
from med3dvlm.volumes import Volume
from med3dvlm.volumes.grid import AS_TRAINED

EXPLAINING = ("explain_volume", "perturb_volume", "detect_lesion")
WORK, ALL = "api", "all"
MOST_CONTRAST = 4.0
Gone = Callable[[], bool]
Read = Callable[[Path, gr.Request, Gone], Volume]
Brought = Callable[[Any], AbstractContextManager[Path]]


def explaining_endpoints(
    services: Loading[Services], switches: Switches, read: Read, brought: Brought
) -> tuple[Callable[..., Any], ...]:
    """The endpoints in the order of `EXPLAINING`."""

    def explain_volume(
        request: gr.Request,
        scan: gr.FileData,
        text: str,
        method: str = SPLIT,
        baseline: str = "mean",
    ) -> dict:  # type: ignore[type-arg]  # Gradio reads plain types alone
        """Map what the model's score for a 3D scan comes from. For research and teaching only.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            text: A kind of finding, a question with choices, or any text.
            method: "text split", "occlusion" (its coarse blocks), "gradient" (on the low grid), or
                "gradient on the high grid".
            baseline: What occlusion puts in place of a block: mean, black or blurred.

        Returns:
            The cells, the highest first, with their places in mm; the grid, what the map means and
            what it doesn't, and how far it can be believed.
        """  # fmt: skip
        with errors_for_callers(), brought(scan) as path:
            wanted = text_of("text", text)
            how = one_of("method", method, METHODS), one_of("baseline", baseline, tuple(SAID))
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                return _explained(services.value(), volume, wanted, how, gone)

    def perturb_volume(
        request: gr.Request, scan: gr.FileData, question: str, change: str = ALL
    ) -> dict:  # type: ignore[type-arg]
        """Ask about a 3D scan before and after a change of it. For research and teaching only.

        Args:
            request: Who asks.
            scan: A NIfTI, NRRD, MetaImage or DICOM file, or a zip of a DICOM series.
            question: With choices, as in "Which plane? A. axial B. coronal", or one of yes or no.
            change: One of the changes of the page, such as "blank", or "all".

        Returns:
            The options with their probabilities: of the scan, without an image, and after each
            change; how far each moved them, and the share of answers that stayed the same.
        """
        with errors_for_callers(), brought(scan) as path:
            asked = text_of("question", question)
            names = [one_of("change", change, (ALL, *PERTURBATIONS))]
            with switches.errand(request, WORK) as gone:
                volume = read(path, request, gone)
                every = list(PERTURBATIONS) if names == [ALL] else names
                return _perturbed(services.value(), volume, asked, every, gone)

    def detect_lesion(
        request: gr.Request,
        kind: str,
        place: str = "",
        size_mm: int = 20,
        contrast: float = 1.0,
        seed: int = TEST.start,
    ) -> dict:  # type: ignore[type-arg]
        """Paint a lesion into a phantom and ask the model about it. For research and teaching only.

        Args:
            request: Who asks.
            kind: A kind of finding, such as "lung nodule".
            place: One of the kind's places; the first if it is empty.
            size_mm: Longest diameter in mm, up to 300; 0 paints nothing.
            contrast: 1 is usual, 0 is none.
            seed: The person.

        Returns:
            The trial, the question, and the probability of a yes with the lesion, without it, and
            without an image.
        """  # fmt: skip
        with errors_for_callers():
            trial = _trial(kind, place, size_mm, contrast, seed)
            with switches.errand(request, WORK):
                return _detected(services.value(), trial)

    return explain_volume, perturb_volume, detect_lesion


def _explained(
    services: Services, volume: Volume, wanted: str, how: tuple[Method, str], gone: Gone
) -> dict[str, Any]:
    method, baseline = how
    kind = known_kind(wanted, services)
    shown: Map | None = None
    with closing(
        services.map(method, volume, AS_TRAINED, kind or wanted, baseline)
    ) as steps:  # fmt: skip
        for step in steps:
            finer = shown is not None and step.map.mapping.grid != shown.mapping.grid
            if finer or gone():
                break
            shown = step.map
    if shown is None:
        raise PromptError("The caller has left.")
    measured = services.certificates.get(method) if kind or method == SPLIT else None
    return {
        "legend": shown.legend,
        "grid": list(shown.mapping.grid),
        "cells": cell_rows(shown, volume),
        "means": shown.means,
        "means_not": shown.means_not,
        "how_far_to_believe_it": measured.verdict if measured else NOT_MEASURED,
        "model": services.card.info.name,
    }


def _perturbed(
    services: Services, volume: Volume, question: str, changes: list[str], gone: Gone
) -> dict[str, Any]:
    check_size(volume)
    choices = read_choices(question)
    asked, options = (choices.text, choices.options) if choices else (question, YES_NO)
    watch = Watch(reader=ModelReader(services), options={asked: options})
    before, blind = watch.of(volume), watch.blind()
    after = {}
    for change in changes:
        if gone():
            break
        after[change] = watch.of(PERTURBATIONS[change](volume))
    return {
        "question": asked,
        "before": before.answers[asked],
        "without_image": blind.answers[asked],
        "after": {
            change: {"options": found.answers[asked], "moved": shift(before, found)}
            for change, found in after.items()
        },
        "stayed": stability(before, list(after.values())),
        "model": services.card.info.name,
    }


def _trial(kind: Any, place: Any, size_mm: Any, contrast: Any, seed: Any) -> Trial:
    known = KINDS[one_of("kind", kind, tuple(KINDS))]
    places = known.places or ("",)
    return Trial(
        kind=known.name,
        place=one_of("place", place, places) if place else places[0],
        size_mm=whole_of("size_mm", size_mm, 0, LARGEST_MM),
        contrast=number_of("contrast", contrast, 0, MOST_CONTRAST),
        seed=whole_of("seed", seed, 0, LARGEST_SEED),
    )


def _detected(services: Services, trial: Trial) -> dict[str, Any]:
    question, weights = presence_question(trial.kind), services.card.digest
    result = run_trial(ModelReader(services), trial, question=question, weights=weights)
    return asdict(result) | {"model": services.card.info.name}
